"""Which sub-folders make which class: as it is written down, and as it is chosen from what a folder holds."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from diffviz.bounded import Missing, Unreadable, parse_object, read_object, several, short, take, text
from diffviz.files import display_name
from diffviz.train.recipe import MIN_PICTURES, TrainError

# ((class name, (sub-folder, ...)), ...)
Classes = tuple[tuple[str, tuple[str, ...]], ...]

MAX_CLASSES = 1000
MAX_NOTES_BYTES = 2**24  # of diffviz.json, which names every picture that was held out
MAX_NAME = 100  # of a class, as the door for models reads them
_EXAMPLE = '{"cat": ["cat-face"], "food": ["fruit", "sweets"]}'


@dataclass(frozen=True)
class Found:
    """What a folder holds by its files' names: the pictures of each sub-folder that has some, or of all of it.

    ``folders``: ((sub-folder, pictures), ...), sorted by name; one with the name "" where there are no sub-folders.
    ``loose``: pictures beside the sub-folders, which are in no class.
    """

    folders: tuple[tuple[str, int], ...]
    loose: int = 0

    @property
    def count(self) -> int:
        """All pictures."""
        return sum(count for _, count in self.folders)

    @property
    def names(self) -> tuple[str, ...]:
        """The sub-folders; none where they make no classes."""
        return tuple(name for name, _ in self.folders if name)

    @property
    def problem(self) -> str:
        """Why they are too few to train on, or ""."""
        held = {0: "no pictures", 1: "1 picture"}.get(self.count, f"{self.count} pictures")
        return "" if self.count >= MIN_PICTURES else f"holds {held}, a training needs at least {MIN_PICTURES}."

    def missing(self, classes: Classes) -> tuple[str, ...]:
        """The sub-folders of these classes that are not there."""
        return tuple(folder for _, folders in classes for folder in folders if folder not in self.names)

    def plain(self, classes: Classes) -> Classes:
        """The classes, () where they take everything as it is."""
        return () if classes == tuple((name, (name,)) for name in self.names) else classes

    def of(self, classes: Classes) -> Found:
        """The same by classes: their names and pictures, in their order. No classes: the folders are the classes."""
        if not classes:
            return self
        counts = dict(self.folders)
        return Found(tuple((name, sum(counts.get(folder, 0) for folder in folders)) for name, folders in classes))


def names_problem(names: Sequence[str]) -> str:
    """Why classes cannot be called so, or be so many, or ""."""
    if len(names) > MAX_CLASSES:
        return f"There are {len(names)} classes, at most {MAX_CLASSES} are possible; merge some."
    bad = next((name for name in names if not 0 < len(name) <= MAX_NAME or not name.isprintable()), None)
    if bad is None:
        return ""
    return f"{short(repr(bad), 120)} is no name for a class: 1 to {MAX_NAME} printable letters; rename it."


def read_classes(given: str | os.PathLike[str]) -> Classes:
    """{"cat": ["cat-face"], "food": ["fruit", "sweets"]}, from a file or as it is: classes a person would pick.

    Raises:
        TrainError: if it is no such JSON.
    """
    words = os.fspath(given)
    typed = words.lstrip().startswith("{")
    shown = "--classes" if typed else display_name(given)
    try:
        value = parse_object(words) if typed else read_object(given)
    except Missing as error:
        raise TrainError(f"{shown}: {error}; check its name and folder.") from error
    except Unreadable as error:
        raise TrainError(f"{shown}: {error}; expected {_EXAMPLE}.") from error
    classes = classes_of(value.items())
    if not classes:
        raise TrainError(f"{shown}: holds no classes; expected {_EXAMPLE}.")
    return classes


def known_classes(folder: Path) -> list[str]:
    """The names of the classes that a training in this folder was begun with. Raises Unreadable."""
    return take(read_object(folder / "diffviz.json", MAX_NOTES_BYTES), "class_names", several(text(MAX_NAME)), [])


def classes_of(value: Any) -> Classes:
    """Pairs of a name and its folders as tuples; none for what is something else."""
    try:
        pairs = [(name, folders) for name, folders in value]
    except (TypeError, ValueError):
        return ()
    fits = all(isinstance(name, str) and _are_folders(folders) for name, folders in pairs)
    return tuple((name, tuple(folders)) for name, folders in pairs) if fits else ()


def _are_folders(value: object) -> bool:
    several = isinstance(value, Sequence) and not isinstance(value, str)
    return several and bool(value) and all(isinstance(folder, str) for folder in value)  # type: ignore[attr-defined]
