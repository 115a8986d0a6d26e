"""What a folder tells of the training that made it: how far it is, its losses, its newest samples."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from diffviz.train.recipe import Recipe, TrainError, read_recipe

SMOOTH = 0.98  # as the command smooths
MOST = 2000  # points of a curve


@dataclass(frozen=True, eq=False)
class PastTraining:
    """A training with a checkpoint.

    ``steps`` and ``seconds`` are those of the checkpoint; ``at``, ``losses`` and ``smoothed`` are float (N,) of at most
    some thousand steps; ``samples`` is the newest grid's file, None before the first.
    """

    recipe: Recipe
    steps: int
    seconds: float
    class_names: tuple[str, ...]
    at: np.ndarray = field(repr=False)
    losses: np.ndarray = field(repr=False)
    smoothed: np.ndarray = field(repr=False)
    samples: Path | None

    @property
    def finished(self) -> bool:
        """Whether all of it was trained."""
        if self.recipe.steps is not None:
            return self.steps >= self.recipe.steps
        return self.seconds >= 60 * (self.recipe.minutes or 0)


def past_training(folder: Path) -> PastTraining | None:
    """The training that a folder holds, or None where there is none to go on with."""
    if not (folder / "training" / "state.safetensors").is_file():
        return None
    try:
        recipe = read_recipe(folder / "training" / "recipe.json")
        text = (folder / "training" / "losses.csv").read_text(encoding="utf-8")
        names = json.loads((folder / "diffviz.json").read_text(encoding="utf-8")).get("class_names", [])
        rows = [line.split(",") for line in text.splitlines()[1:] if line.count(",") == 3]
        at, losses = np.array([int(row[0]) for row in rows]), np.array([float(row[3]) for row in rows])
        seconds = float(rows[-1][1]) if rows else 0.0
    except (TrainError, OSError, ValueError, AttributeError):
        return None
    thin = slice(None, None, max(1, len(at) // MOST))
    samples = folder / "samples.png"
    return PastTraining(
        recipe,
        int(at[-1]) if len(at) else 0,
        seconds,
        tuple(map(str, names)),
        at[thin],
        losses[thin],
        _smooth(losses)[thin],
        samples if samples.is_file() else None,
    )


def _smooth(values: np.ndarray) -> np.ndarray:
    """The running mean that the command shows: 0.98 of the one before, corrected for its beginning at 0."""
    made, mean, weight = np.empty(len(values)), 0.0, 0.0
    for i, value in enumerate(values):
        mean, weight = SMOOTH * mean + (1 - SMOOTH) * value, SMOOTH * weight + (1 - SMOOTH)
        made[i] = mean / weight
    return made
