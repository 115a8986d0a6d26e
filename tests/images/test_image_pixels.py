"""Numbers as pixels: the same in whatever order they lie in memory."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.images.pixels import shown


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
@pytest.mark.parametrize("value_range", [1.0, 3.0])
def test_any_order_in_memory_shows_the_same(channels: int, value_range: float) -> None:
    values = np.random.default_rng(channels).normal(size=(2, channels, 5, 300)).astype(np.float32) * 2
    before = values.copy()
    expected = np.rint(np.clip(values / value_range, -1, 1) * 127.5 + 127.5)[:, : 3 if channels >= 3 else 1]
    expected = np.broadcast_to(expected.transpose(0, 2, 3, 1), (2, 5, 300, 3))
    channels_last = np.ascontiguousarray(values.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    for order in (values, channels_last, values[:, :, ::-1][:, :, ::-1]):
        pixels = shown(order, value_range)
        assert np.abs(pixels - expected).max() <= 1 and (pixels == expected).mean() > 0.999  # ties may round either way
        assert pixels.dtype == np.uint8 and pixels.flags.c_contiguous and pixels.flags.writeable
    assert np.array_equal(shown(values, value_range), shown(channels_last, value_range))
    assert np.array_equal(values, before)


def test_large_pictures_are_scaled_piece_by_piece_without_a_seam() -> None:
    values = np.linspace(-1.2, 1.2, 3 * 400 * 500, dtype=np.float32).reshape(1, 3, 400, 500)
    pixels = shown(values)[0].transpose(2, 0, 1).reshape(-1).astype(int)
    assert pixels[0] == 0 and pixels[-1] == 255 and set(np.diff(pixels)) == {0, 1}
