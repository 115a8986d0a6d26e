"""Which pictures are for measuring only, and that they stay so from one training to the next."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from diffviz.train.recipe import Recipe

HELD_OUT_FROM = 200  # fewer pictures are all trained on: too few to spare, and to measure by


@dataclass(frozen=True)
class Before:
    """What is known of the training that the weights come from.

    ``held_out``: names of pictures that it never trained on. ``folders``: the sub-folders that it read; None: all.
    """

    held_out: frozenset[str]
    folders: frozenset[str] | None = None

    def read(self, name: str) -> bool:
        """Whether it had this picture, to train on or to measure by."""
        return self.folders is None or name.split("/")[0] in self.folders


def hold_out(names: Sequence[str], recipe: Recipe, before: Before | None = None) -> np.ndarray:
    """Which pictures are for measuring: bool (N,), a function of the recipe's seed.

    What the training before held out stays held out, and nothing is measured by what it trained on: its weights know
    those pictures. Where it held out none of these, they are taken for other pictures.

    Args:
        names: relative to the folder, "cat-face/smile.png".
    """
    held = np.zeros(len(names), dtype=bool)
    if not recipe.hold_out:
        return held
    if before is not None and before.held_out.isdisjoint(names):
        before = None
    if before is not None:
        held[:] = [name in before.held_out for name in names]
    fresh = np.array([k for k, name in enumerate(names) if before is None or not before.read(name)], dtype=np.int64)
    if len(names) >= HELD_OUT_FROM:
        order = np.random.default_rng(recipe.seed).permutation(len(fresh))
        held[fresh[order[: round(recipe.hold_out * len(fresh))]]] = True
    return held


def read_before(folder: Path, goes_on: bool) -> Before | None:
    """What a model's diffviz.json tells of its training, or None where it tells nothing.

    Args:
        goes_on: it is the same training; else another begins with its weights, and may have more folders.
    """
    try:
        value = json.loads((folder / "diffviz.json").read_text(encoding="utf-8"))
        notes = value["training"]
        held_out = frozenset(map(str, notes["held_out"]))
        classes = notes["classes"] or {name: [name] for name in value.get("class_names", ())}
        folders = frozenset(str(each) for several in classes.values() for each in several)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return Before(held_out, None if goes_on else folders or None)
