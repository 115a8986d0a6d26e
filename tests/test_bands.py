"""A grid broken into bands: nothing lost, nothing twice, each band with the lines around its cells."""

from __future__ import annotations

import pytest

from diffviz.bands import GAP, cut


@pytest.mark.parametrize("columns", [1, 2, 7, 13, 18, 64])
def test_every_column_is_in_one_band_and_in_order(columns: int) -> None:
    cell = 34
    for count in range(1, columns + 1):
        bands = cut(columns * cell + GAP, columns, count)
        assert [k for band in bands for k in range(band.first, band.last)] == list(range(columns))
        assert len(bands) <= count and bands[0].width == max(band.width for band in bands)
        for band in bands:
            assert band.left == band.first * cell
            assert band.width == (band.last - band.first) * cell + GAP


def test_one_band_is_the_whole_grid() -> None:
    [band] = cut(104, 3, 1)
    assert (band.left, band.width) == (0, 104)
