"""Pictures to train on, drawn here: three classes that differ in shape and colour."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("cross", "dot", "ring")
COLOURS = {"cross": (220, 40, 40), "dot": (40, 160, 60), "ring": (40, 60, 220)}

# the command's words for the smallest training: 8x8, so that a step takes milliseconds
TINY = ("--preset", "tiny", "--size", "8", "--batch", "8", "--device", "cpu", "--precision", "fp32")


def draw_shape(kind: str, k: int, side: int = 16) -> Image.Image:
    """RGBA, transparent around the shape; ``k`` varies place and size a little."""
    y, x = np.mgrid[:side, :side] - (side - 1) / 2
    y, x = y - (k % 3 - 1), x - (k // 3 % 3 - 1)
    radius = np.hypot(x, y)
    size = side * (0.3 + 0.02 * (k % 5))
    inside = {
        "dot": radius < size,
        "ring": (radius < size) & (radius > size / 2),
        "cross": (np.minimum(abs(x), abs(y)) < size / 3) & (np.maximum(abs(x), abs(y)) < size),
    }[kind]
    rgba = np.zeros((side, side, 4), dtype=np.uint8)
    rgba[inside] = (*COLOURS[kind], 255)
    return Image.fromarray(rgba)


def draw_folder(folder: Path, each: int = 9, side: int = 16) -> Path:
    """``each`` pictures of every class, one class a sub-folder."""
    for kind in CLASSES:
        (folder / kind).mkdir(parents=True)
        for k in range(each):
            draw_shape(kind, k, side).save(folder / kind / f"{kind}-{k:02d}.png")
    return folder


def read_losses(out: Path) -> list[tuple[int, float]]:
    """(step, loss) of every step, as OUT keeps them."""
    with (out / "training" / "losses.csv").open(encoding="utf-8", newline="") as file:
        return [(int(row["step"]), float(row["loss"])) for row in csv.DictReader(file)]
