"""Sheets that need no network."""

from __future__ import annotations

import numpy as np

from diffviz.sheet import Cell, Curve, Film, Head, Outline, Plot, Remark, RowNote, Sheet

LEVELS = ((100, 75, 50, 25, 0), (100, 40, 0))


def noise(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3), dtype=np.uint8)


def make_sheet(side: int = 8, hats: bool = True, films: bool = True) -> Sheet:
    """Two runs, three columns of t, one plot over logarithmic axes, one remark."""
    columns = tuple(Head(f"t = {t}", t=t) for t in (100, 50, 0))
    sheet = Sheet().with_part(Outline("Compare", (Head("DDPM 4"), Head("DDIM 2")), columns))
    for row, levels in enumerate(LEVELS):
        x_t = noise(row, len(levels), side, side)
        x0_hat = noise(10 + row, len(levels), side, side) if hats else None
        for j, column in enumerate(columns):
            i = int(np.argmin([abs(level - (column.t or 0)) for level in levels]))
            note = "RMS 0.1" if (row, j) == (1, 2) else ""
            sheet = sheet.with_part(Cell(row, j, x_t[i], note, strong=j == 1))
        if films:
            sheet = sheet.with_part(Film(row, levels, x_t, x0_hat))
    curve = Curve("DDIM", (2.0, 10.0, 100.0), (0.1, 0.01, 0.0), dots=True)
    sheet = sheet.with_part(Plot("distance", "steps", "RMS", (curve,), log_x=True, log_y=True))
    return sheet.with_part(RowNote(0, "4 network calls")).with_part(Remark("All from the x_T of seed 0."))


def untimed_sheet() -> Sheet:
    """A picture for each of two seeds: nothing that could be walked."""
    sheet = Sheet().with_part(Outline("Checkpoints", (Head("step 10"),), (Head("seed 0"), Head("seed 1"))))
    for j in range(2):
        sheet = sheet.with_part(Cell(0, j, noise(j, 8, 8)))
    return sheet
