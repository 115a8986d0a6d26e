"""Which pictures are for measuring only, and that they stay so from one training to the next."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from diffviz.bounded import OBJECT, Unreadable, mapping, read_object, several, take, text
from diffviz.train.classes import MAX_NOTES_BYTES
from diffviz.train.recipe import Recipe

HELD_OUT_FROM = 200  # fewer pictures are all trained on: too few to spare, and to measure by
MEASURED = 128  # of those held out, at most


@dataclass(frozen=True)
class Before:
    """What is known of the training that the weights come from.

    ``held_out``: names of pictures that it never trained on. ``folders``: the sub-folders that it read; None: all.
    ``goes_on``: it is the same training. ``sheet``: the bytes of the pictures that it trained on, uint8 (3, S, S),
    where it kept them.
    """

    held_out: frozenset[str]
    folders: frozenset[str] | None = None
    goes_on: bool = False
    sheet: frozenset[bytes] = field(default=frozenset(), repr=False)

    def read(self, name: str) -> bool:
        """Whether it had this picture, to train on or to measure by."""
        return self.goes_on or self.folders is None or name.split("/")[0] in self.folders


def hold_out(
    names: Sequence[str], recipe: Recipe, before: Before | None = None, pixels: Iterable[np.ndarray] = ()
) -> np.ndarray:
    """Which pictures are for measuring: bool (N,), a function of the recipe's seed.

    What the training before held out stays held out, and nothing is measured by what it trained on: its weights know
    those pictures. Where another training held out none of these names they are taken for other pictures, but for
    those of its sheet.

    Args:
        names: relative to the folder, "cat-face/smile.png".
        pixels: each uint8 (3, S, S), where ``before`` has a sheet.
    """
    held = np.zeros(len(names), dtype=bool)
    if not recipe.hold_out:
        return held
    known = np.array([before is not None and before.read(name) for name in names], dtype=bool)
    if before is not None:
        held[:] = [name in before.held_out for name in names]
        if not held.any() and not before.goes_on:
            known[:] = False
        if before.sheet:
            known |= np.array([picture.tobytes() in before.sheet for picture in pixels], dtype=bool)
    fresh = np.flatnonzero(~known)
    if len(names) >= HELD_OUT_FROM:
        order = np.random.default_rng(recipe.seed).permutation(len(fresh))
        held[fresh[order[: round(recipe.hold_out * len(fresh))]]] = True
    return held


def measured(held_out: np.ndarray) -> np.ndarray:
    """Indices of at most 128 of those held out, bool (N,): of every class alike, since they are sorted by class."""
    found = held_out.nonzero()[0]
    return found[np.linspace(0, max(0, len(found) - 1), min(len(found), MEASURED)).round().astype(int)]


def read_before(folder: Path, goes_on: bool) -> Before | None:
    """What a model's diffviz.json tells of its training, or None where it tells nothing.

    Args:
        goes_on: it is the same training; else another begins with its weights, and may have more folders.
    """
    names = several(text(4096))
    try:
        value = read_object(folder / "diffviz.json", MAX_NOTES_BYTES)
        notes = take(value, "training", OBJECT)
        held_out = frozenset(take(notes, "held_out", names))
        classes = take(notes, "classes", mapping(names)) or {
            name: [name] for name in take(value, "class_names", names, [])
        }
    except Unreadable:
        return None
    read = frozenset(each for folders in classes.values() for each in folders)
    return Before(held_out, read or None, goes_on, frozenset() if goes_on else _sheet(folder))


def _sheet(folder: Path) -> frozenset[bytes]:
    """The pictures that a model keeps beside its weights; none where it keeps none that can be read."""
    from diffviz.models import ModelError
    from diffviz.models.pictures import find_picture_sheet, read_picture_sheet

    place = find_picture_sheet(folder)
    if place is None:
        return frozenset()
    try:
        return frozenset(picture.tobytes() for picture in read_picture_sheet(place).pixels)
    except ModelError:
        return frozenset()
