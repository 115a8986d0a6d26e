"""What a folder tells of the training that made it: how far it is, its losses, the samples of its checkpoints."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import numpy as np

from diffviz.bounded import Missing, Unreadable
from diffviz.meter import duration
from diffviz.train.classes import known_classes
from diffviz.train.layout import layout
from diffviz.train.losses import LOSSES, RunningMean, read_held_out, read_notes, read_rows
from diffviz.train.recipe import Recipe, TrainError, read_recipe

MOST = 2000  # points of a curve
T = TypeVar("T")


@dataclass(frozen=True)
class Grid:
    """The samples of one checkpoint: its step, the seconds trained until then, and the picture."""

    step: int
    seconds: float
    path: Path

    @property
    def note(self) -> str:
        """ "step 1,200 · after 12 min" """
        return f"step {self.step:,} · after {duration(self.seconds)}"


@dataclass(frozen=True, eq=False)
class PastTraining:
    """A training with a checkpoint.

    ``steps`` and ``seconds`` are those of the checkpoint; ``at``, ``losses`` and ``smoothed`` are float (N,) of at most
    some thousand steps; ``held_out`` has (step, loss) of the checkpoints that measured it; ``grids`` has the oldest
    first.
    """

    recipe: Recipe
    steps: int
    seconds: float
    class_names: tuple[str, ...]
    at: np.ndarray = field(repr=False)
    losses: np.ndarray = field(repr=False)
    smoothed: np.ndarray = field(repr=False)
    held_out: tuple[tuple[int, float], ...]
    grids: tuple[Grid, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The classes above the columns of the grids."""
        return layout(len(self.class_names)).names(self.class_names)

    @property
    def finished(self) -> bool:
        """Whether all of it was trained."""
        return self.recipe.share(self.steps, self.seconds) >= 1

    @property
    def until_step(self) -> int | None:
        """The number of steps to which it goes on; None where it has them all, or where minutes are counted."""
        return None if self.finished else self.recipe.steps


def past_training(folder: Path) -> PastTraining | None:
    """The training that a folder holds, or None where there is none to go on with."""
    if not os.path.isfile(folder / "training" / "state.safetensors"):
        return None
    try:
        recipe = read_recipe(folder / "training" / "recipe.json")
        rows: list[list[str]] = _or(lambda: read_rows(folder / "training" / LOSSES), [])
        names: list[str] = _or(lambda: known_classes(folder), [])
    except (TrainError, Missing):
        return None
    at, losses = np.array([int(row[0]) for row in rows]), np.array([float(row[3]) for row in rows])
    # the checkpoint knows best: a training that was killed may have written losses of steps after it
    last = (int(at[-1]), float(rows[-1][1])) if rows else (0, 0.0)
    steps, seconds = _or(lambda: read_notes(folder / "training" / "state.safetensors"), last)
    running = RunningMean()
    smoothed = np.array([running.add(loss) for loss in losses.tolist()])
    thin = slice(None, None, max(1, len(at) // MOST))
    elapsed = {int(row[0]): float(row[1]) for row in rows}
    return PastTraining(
        recipe,
        steps,
        seconds,
        tuple(names),
        at[thin],
        losses[thin],
        smoothed[thin],
        tuple(read_held_out(folder / "training")),
        tuple(Grid(step, elapsed[step], path) for step, path in _pictures(folder) if step in elapsed),
    )


def _or(read: Callable[[], T], otherwise: T) -> T:
    """What is read, or the other where it is damaged: the rest of the training still counts."""
    try:
        return read()
    except Missing:
        raise
    except Unreadable:
        return otherwise


def _pictures(folder: Path) -> list[tuple[int, Path]]:
    found = (folder / "training" / "samples").glob("*.png")
    return sorted((int(path.stem), path) for path in found if re.fullmatch("[0-9]{1,10}", path.stem))
