"""Several samples as one picture."""

import numpy as np
import pytest

from diffviz.kinds.tiles import side, tile


def numbered(count: int, height: int = 4, width: int = 6) -> np.ndarray:
    return np.stack([np.full((height, width, 3), 10 + k, np.uint8) for k in range(count)])


@pytest.mark.parametrize(("count", "expected"), [(1, 1), (2, 2), (4, 2), (5, 3), (9, 3), (16, 4), (17, 5)])
def test_side_is_the_smallest_square(count: int, expected: int) -> None:
    assert side(count) == expected


@pytest.mark.parametrize("count", [1, 4, 16])
def test_sample_k_lies_in_row_k_over_side(count: int) -> None:
    grid, n = tile(numbered(count)), side(count)
    assert grid.shape == (4 * n, 6 * n, 3)
    for k in range(count):
        row, column = divmod(k, n)
        cell = grid[row * 4 : row * 4 + 4, column * 6 : column * 6 + 6]
        assert (cell == 10 + k).all()


def test_missing_tiles_are_grey() -> None:
    grid = tile(numbered(3))
    assert (grid[4:, 6:] == 127).all()


def test_a_tile_is_not_transposed() -> None:
    picture = np.arange(4 * 6 * 3, dtype=np.uint8).reshape(1, 4, 6, 3)
    batch = np.concatenate([picture, picture, picture, picture])
    assert np.array_equal(tile(batch)[4:, :6], picture[0])


def test_a_new_contiguous_array() -> None:
    for count in (1, 4):
        pictures = numbered(count)
        made = tile(pictures)
        assert made.flags.c_contiguous and made.dtype == np.uint8
