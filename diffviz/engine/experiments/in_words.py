"""A sheet in the words of the kind of data that it is of."""

from __future__ import annotations

import dataclasses

from diffviz.kinds import Kind
from diffviz.sheet import Cell, Head, Outline, Part, Plot, Remark, RowNote


def in_words_of(kind: Kind, part: Part) -> Part:
    """The part, with what it says of pictures said of the kind, see ``Kind.told``."""
    told = kind.told
    if isinstance(part, Outline):
        rows, columns = (tuple(_head(kind, head) for head in heads) for heads in (part.rows, part.columns))
        return dataclasses.replace(part, rows=rows, columns=columns)
    if isinstance(part, Cell | RowNote) and part.note:
        return dataclasses.replace(part, note=told(part.note))
    if isinstance(part, Plot):
        curves = tuple(dataclasses.replace(curve, name=told(curve.name)) for curve in part.curves)
        title, x_label, y_label = map(told, (part.title, part.x_label, part.y_label))
        return dataclasses.replace(part, title=title, x_label=x_label, y_label=y_label, curves=curves)
    return Remark(told(part.text), told(part.numbers)) if isinstance(part, Remark) else part


def _head(kind: Kind, head: Head) -> Head:
    return dataclasses.replace(head, title=kind.told(head.title), note=kind.told(head.note))
