"""Several samples as one picture: the same grid on the screen and in exports."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, sqrt

import numpy as np


def side(count: int) -> int:
    """Tiles a row for ``count`` samples: the smallest square that holds them."""
    return ceil(sqrt(count))


def row_classes(names: Sequence[str], chosen: str | None, count: int) -> list[str]:
    """The class of each row where a grid has one class a row: the model's, in its order, from the chosen one on.

    Raises:
        ValueError: if there are fewer classes than rows.
    """
    rows = ceil(count / side(count))
    if len(names) < rows:
        known = f"{len(names)} classes" if names else "no classes"
        raise ValueError(f"One class per row needs {rows} classes, and this model has {known}; take fewer samples.")
    first = names.index(chosen) if chosen in names else 0
    return [names[(first + row) % len(names)] for row in range(rows)]


def tile_at(height: int, width: int, count: int, x: int, y: int) -> tuple[int, int, int] | None:
    """Of a pixel of ``tile``'s picture: the number of its tile, of that size, and the pixel in it."""
    k = (y // height) * side(count) + x // width
    return (k, x % width, y % height) if k < count else None


def tile(pictures: np.ndarray) -> np.ndarray:
    """uint8 (N, H, W, 3) as one picture, row by row; missing tiles are grey."""
    count, height, width, channels = pictures.shape
    if count == 1:
        return np.ascontiguousarray(pictures[0])
    columns = side(count)
    rows = ceil(count / columns)
    grid = np.full((rows * columns, height, width, channels), 127, dtype=np.uint8)
    grid[:count] = pictures
    grid = grid.reshape(rows, columns, height, width, channels).transpose(0, 2, 1, 3, 4)
    return np.ascontiguousarray(grid.reshape(rows * height, columns * width, channels))
