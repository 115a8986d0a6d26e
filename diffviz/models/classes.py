"""diffviz.json: names for a network's classes, and the kind of data that it knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
    null = value.get("null_class")
    if null is not None and (type(null) is not int or not 0 <= null < count):
        raise ModelError(f'{name}: has "null_class": {short(null)}, expected null or a label in 0..{count - 1}.')
    names = value.get("class_names") or [str(k) for k in range(count - (null == count - 1))]
    if not isinstance(names, list) or not all(isinstance(n, str) and 0 < len(n) <= MAX_NAME for n in names):
        raise ModelError(f'{name}: "class_names" is no list of names of 1..{MAX_NAME} letters; correct it.')
    if len(set(names)) < len(names):
        raise ModelError(f'{name}: "class_names" has a name twice; correct it.')
    if len(names) > count:
        raise ModelError(f"{name}: names {len(names)} classes, the network knows {count}; correct it.")
    return Classes(tuple(names), null, count)
