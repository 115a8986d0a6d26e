"""A folder as a training with several checkpoints leaves it, without the weights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from PIL import Image

from diffviz.bands import GAP
from diffviz.train.recipe import Recipe, write_recipe

CLASSES = ("cat", "dog", "bird")
STEPS = (10, 25, 40)
CELL = 8 + GAP


def grid_of(step: int, columns: int = len(CLASSES), rows: int = 2) -> np.ndarray:
    """uint8 (H, W, 3): random cells on white, others at every step."""
    rng = np.random.default_rng(step)
    grid = np.full((rows * CELL + GAP, columns * CELL + GAP, 3), 255, dtype=np.uint8)
    for top in range(GAP, rows * CELL, CELL):
        for left in range(GAP, columns * CELL, CELL):
            grid[top : top + 8, left : left + 8] = rng.integers(0, 256, (8, 8, 3))
    return grid


def make_past(folder: Path, steps: tuple[int, ...] = STEPS, held_out: bool = False) -> Path:
    """A step takes two seconds, and the loss of step k is 1/k, on pictures that were held out 2/k."""
    (folder / "training" / "samples").mkdir(parents=True)
    (folder / "unet").mkdir()
    (folder / "training" / "state.safetensors").touch()
    (folder / "unet" / "diffusion_pytorch_model.safetensors").touch()
    write_recipe(folder / "training" / "recipe.json", Recipe(data=str(folder), size=8, steps=max(steps)))
    (folder / "diffviz.json").write_text(json.dumps({"class_names": list(CLASSES)}), encoding="utf-8")
    lines = "".join(f"{k},{2 * k}.0,1e-3,{1 / k}\n" for k in range(1, max(steps) + 1))
    (folder / "training" / "losses.csv").write_text(f"step,seconds,lr,loss\n{lines}", encoding="utf-8")
    if held_out:
        rows = "".join(f"{k},{2 / k}\n" for k in steps)
        (folder / "training" / "held_out.csv").write_text(f"step,loss\n{rows}", encoding="utf-8")
    for step in steps:
        Image.fromarray(grid_of(step)).save(folder / "training" / "samples" / f"{step:08d}.png")
    return folder
