"""Several samples as one picture: the same grid on the screen and in exports."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt
from typing import NamedTuple

import numpy as np


class Grid(NamedTuple):
    """How several samples stand, row by row."""

    rows: int = 1
    columns: int = 1

    @property
    def several(self) -> bool:
        """Whether it is more than one."""
        return self.rows * self.columns > 1

    @classmethod
    def of(cls, count: int, columns: int) -> Grid:
        """As many rows as ``count`` samples need."""
        return cls(ceil(count / columns), columns)


ONE = Grid()


def side(count: int) -> int:
    """Of the smallest square that holds ``count`` samples; where each class has its own noises, how many those are."""
    return ceil(sqrt(count))


def square(count: int) -> Grid:
    """``side`` tiles a row."""
    return Grid.of(count, side(count))


def row_classes(names: Sequence[str], chosen: str | None, count: int) -> list[str]:
    """The class of each ``side`` samples where a square has one class a row: the model's, from the chosen one on.

    Raises:
        ValueError: if there are fewer classes than rows.
    """
    rows = ceil(count / side(count))
    if len(names) < rows:
        known = f"{len(names)} classes" if names else "no classes"
        raise ValueError(f"One class per row needs {rows} classes, and this model has {known}; take fewer samples.")
    first = names.index(chosen) if chosen in names else 0
    return [names[(first + row) % len(names)] for row in range(rows)]


def tile_at(size: tuple[int, int], count: int, columns: int, x: int, y: int) -> tuple[int, int, int] | None:
    """Of a pixel of ``tile``'s picture: the number of its tile, of ``size`` (H, W), and the pixel in it."""
    height, width = size
    k = (y // height) * columns + x // width
    return (k, x % width, y % height) if k < count else None


def tile(pictures: np.ndarray, grid: Grid | None = None) -> np.ndarray:
    """uint8 (N, H, W, 3) as one picture, row by row, in a square if nothing else is said; missing tiles are grey."""
    count, height, width, channels = pictures.shape
    if count == 1:
        return np.ascontiguousarray(pictures[0])
    rows, columns = grid or square(count)
    made = np.full((rows * columns, height, width, channels), 127, dtype=np.uint8)
    made[:count] = pictures
    made = made.reshape(rows, columns, height, width, channels).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(made.reshape(rows * height, columns * width, channels))
