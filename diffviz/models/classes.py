"""diffviz.json: names for a network's classes, and the kind of data that it knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from diffviz.kinds import KINDS, PICTURE, Kind
from diffviz.models.errors import ModelError
from diffviz.models.folder import ModelFolder, read_json, short

MAX_NAME = 100


@dataclass(frozen=True)
class Classes:
    """``names[k]`` is label k; ``count`` labels are known to the network; ``null`` stands for "no class", or None."""

    names: tuple[str, ...] = ()
    null: int | None = None
    count: int = 0


def read_kind(folder: ModelFolder, shape: Sequence[int]) -> Kind:
    """What the network's samples of that shape are: pictures, where nothing else is said.

    Raises:
        ModelError: if there is no such kind, or its samples have other shapes.
    """
    if folder.classes is None:
        return PICTURE
    name = folder.shown(folder.classes)
    said = read_json(folder.classes, name).get("kind", PICTURE.name)
    kind = KINDS.get(said) if isinstance(said, str) else None
    if kind is None:
        raise ModelError(f'{name}: has "kind": {short(said)}, expected one of {", ".join(KINDS)}; correct it.')
    if not kind.fits(shape):
        raise ModelError(
            f'{name}: says "{kind.name}", and samples of {"x".join(map(str, shape))} are none; correct it.'
        )
    return kind


def read_classes(folder: ModelFolder, count: int | None) -> Classes:
    """The names in diffviz.json, or "0", "1", ... where there is none.

    Args:
        count: the network's number of labels, None if it knows no classes.
    Raises:
        ModelError: if the file does not fit the network.
    """
    if count is None:
        return Classes()
    if folder.classes is None:
        return Classes(tuple(map(str, range(count))), None, count)
    name = folder.shown(folder.classes)
    value = read_json(folder.classes, name)
    return checked_classes(value.get("class_names") or None, value.get("null_class"), count, name)


def checked_classes(names: Any, null: Any, count: int, name: str) -> Classes:
    """What a file or a program says of a network's ``count`` labels; no ``names``: "0", "1", ...

    Raises:
        ModelError: if it does not fit them.
    """
    if null is not None and not (type(null) is int and 0 <= null < count):
        raise ModelError(f"{name}: null_class = {short(null)} is no whole number in 0..{count - 1}; correct it.")
    if names is None:
        names = [str(k) for k in range(count - (null == count - 1))]
    texts = isinstance(names, list) and all(isinstance(each, str) and 0 < len(each) <= MAX_NAME for each in names)
    if not texts or len(set(names)) < len(names):
        raise ModelError(f"{name}: class_names are texts, all different, of 1..{MAX_NAME} letters; correct them.")
    if len(names) > count:
        raise ModelError(f"{name}: class_names has {len(names)} names, the network knows {count} labels; correct it.")
    return Classes(tuple(names), null, count)
