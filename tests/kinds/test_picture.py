"""Pictures: v/127.5 - 1, and back by clamping and rounding; cut and resized for a model."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from pixels import from_uint8, to_uint8

from diffviz.kinds import PICTURE
from diffviz.kinds.kind import GAIN
from diffviz.kinds.picture import fitted, in_channels

COLOURS = np.random.default_rng(7).integers(0, 256, (24, 40, 3), dtype=np.uint8)
ALL = np.arange(256, dtype=np.uint8)


def test_every_value_comes_back() -> None:
    picture = np.stack([ALL, ALL[::-1], np.roll(ALL, 7)], axis=-1).reshape(16, 16, 3)
    assert np.array_equal(to_uint8(from_uint8(picture))[0], picture)


def test_the_scale_is_the_fields() -> None:
    x = from_uint8(np.array([[[0, 255, 51]]], dtype=np.uint8))
    assert x.dtype == torch.float32 and x.shape == (1, 3, 1, 1)
    assert x.flatten().tolist() == pytest.approx([-1.0, 1.0, 51 / 127.5 - 1])


def test_channels_come_first_and_back_last() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    x = from_uint8(picture)
    assert x.shape == (1, 3, 5, 7)
    assert torch.equal(x[0, 2], torch.from_numpy(picture[:, :, 2].astype(np.float32)) / 127.5 - 1)


@pytest.mark.parametrize("value_range", [1, 3])
def test_clamped_then_rounded_never_truncated(value_range: int) -> None:
    x = torch.linspace(-4, 4, 4001, dtype=torch.float64).to(torch.float32).reshape(1, 1, 1, -1)
    clamped = np.clip(x.numpy().reshape(-1).astype(np.float64) / value_range, -1, 1)
    exact = (clamped + 1) * 127.5
    shown = to_uint8(x, value_range)[0, 0, :, 0]
    assert np.abs(shown - exact).max() <= 0.5 + 1e-3  # truncation would miss by up to 1
    assert shown.min() == 0 and shown.max() == 255


def test_a_new_array_each_time() -> None:
    x = torch.zeros(2, 3, 4, 4)
    first, second = to_uint8(x), to_uint8(x)
    assert first.flags.c_contiguous and not np.shares_memory(first, second)
    x += 1
    assert (first == 128).all()


def test_the_tensor_stays_as_it_was() -> None:
    x = torch.randn(1, 3, 4, 4)
    before = x.clone()
    to_uint8(x)
    assert torch.equal(x, before)


def test_one_channel_is_grey_and_of_five_three_are_shown() -> None:
    grey = to_uint8(torch.full((1, 1, 2, 2), 1.0))
    assert grey.shape == (1, 2, 2, 3) and (grey == 255).all()
    many = torch.stack([torch.full((2, 2), v) for v in (-1.0, 0.0, 1.0, -1.0, -1.0)]).unsqueeze(0)
    assert to_uint8(many)[0, 0, 0].tolist() == [0, 128, 255]


def test_a_grey_model_takes_the_luma() -> None:
    grey = np.full((2, 2, 3), 90, np.uint8)
    x = PICTURE.x_0(grey, (1, 2, 2))
    assert x.shape == (1, 2, 2) and np.array_equal(PICTURE.raster(x[None])[0], grey)
    picture = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    luma = np.asarray(Image.fromarray(picture).convert("L")).astype(int)
    assert np.abs(PICTURE.raster(PICTURE.x_0(picture, (1, 9, 9))[None])[0, :, :, 0] - luma).max() <= 1


def test_a_colour_model_takes_the_picture_and_others_refuse_it_in_words() -> None:
    x = torch.zeros(1, 3, 2, 2)
    assert in_channels(x, 3) is x
    with pytest.raises(ValueError, match="4 channels"):
        PICTURE.x_0(np.zeros((2, 2, 3), np.uint8), (4, 2, 2))


def test_a_picture_takes_the_models_size() -> None:
    picture = np.random.default_rng(2).integers(0, 256, (20, 31, 3), dtype=np.uint8)
    assert np.array_equal(PICTURE.x_0(picture, (3, 8, 8)), PICTURE.x_0(fitted(picture, 8, 8)))


def test_it_lies_in_memory_as_the_picture_does() -> None:
    x = from_uint8(np.zeros((5, 7, 3), np.uint8))
    assert x.is_contiguous(memory_format=torch.channels_last)


def test_what_samples_take_and_are_called() -> None:
    assert PICTURE.bytes_of((1, 4, 6), 5) == (5 * 4 * 6 * 3, 5 * 4 * 6 * 4)
    assert [PICTURE.words((c, 4, 6)) for c in (1, 3, 4)] == ["6x4 grey", "6x4 RGB", "6x4 4 channels"]


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
@pytest.mark.parametrize("value_range", [1.0, 3.0])
def test_any_order_in_memory_shows_the_same(channels: int, value_range: float) -> None:
    values = np.random.default_rng(channels).normal(size=(2, channels, 5, 300)).astype(np.float32) * 2
    before = values.copy()
    expected = np.rint(np.clip(values / value_range, -1, 1) * 127.5 + 127.5)[:, : 3 if channels >= 3 else 1]
    expected = np.broadcast_to(expected.transpose(0, 2, 3, 1), (2, 5, 300, 3))
    channels_last = np.ascontiguousarray(values.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    for order in (values, channels_last, values[:, :, ::-1][:, :, ::-1]):
        pixels = PICTURE.raster(order, value_range)
        assert np.abs(pixels - expected).max() <= 1 and (pixels == expected).mean() > 0.999  # ties may round either way
        assert pixels.dtype == np.uint8 and pixels.flags.c_contiguous and pixels.flags.writeable
    assert np.array_equal(PICTURE.raster(values, value_range), PICTURE.raster(channels_last, value_range))
    assert np.array_equal(values, before)


def test_large_pictures_are_scaled_piece_by_piece_without_a_seam() -> None:
    values = np.linspace(-1.2, 1.2, 3 * 400 * 500, dtype=np.float32).reshape(1, 3, 400, 500)
    pixels = PICTURE.raster(values)[0].transpose(2, 0, 1).reshape(-1).astype(int)
    assert pixels[0] == 0 and pixels[-1] == 255 and set(np.diff(pixels)) == {0, 1}


@pytest.mark.parametrize("shape", [(100, 50), (50, 100), (8, 8), (3, 900), (1, 1)])
def test_fitted_has_the_models_shape(shape: tuple[int, int]) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3), dtype=np.uint8)
    made = fitted(picture, 32, 32)
    assert made.shape == (32, 32, 3) and made.dtype == np.uint8


def test_fitted_takes_the_middle() -> None:
    picture = np.zeros((30, 90, 3), np.uint8)
    picture[:, :30], picture[:, 60:] = (255, 0, 0), (0, 0, 255)
    assert (fitted(picture, 10, 10) == 0).all()


def test_fitted_keeps_a_picture_that_fits() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (32, 32, 3), dtype=np.uint8)
    assert np.array_equal(fitted(picture, 32, 32), picture)


def test_difference_is_amplified_and_measured() -> None:
    first, second = np.full((2, 2, 3), 100, np.uint8), np.full((2, 2, 3), 90, np.uint8)
    shown, rms = PICTURE.difference(first, second)
    assert (shown == 10 * GAIN).all() and rms == pytest.approx(10 / 127.5)
    assert (PICTURE.difference(second, first)[0] == 10 * GAIN).all()


@pytest.mark.parametrize("side, shape", [(20, (12, 20, 3)), (400, (240, 400, 3)), (40, (24, 40, 3)), (1, (1, 1, 3))])
def test_resizing_keeps_the_aspect(side: int, shape: tuple[int, ...]) -> None:
    picture = PICTURE.resampled(COLOURS, side)
    assert picture.shape == shape and picture.dtype == np.uint8 and picture.flags.c_contiguous


def test_resizing_keeps_a_constant() -> None:
    flat = np.full((9, 13, 3), 77, dtype=np.uint8)
    assert np.all(PICTURE.resampled(flat, 50) == 77)
    assert PICTURE.resampled(COLOURS, 40) is COLOURS


def test_all_numbers_are_one_distribution_and_none_is_copied() -> None:
    x = PICTURE.x_0(np.arange(24, dtype=np.uint8).reshape(2, 4, 3))[None]
    ((name, values),) = PICTURE.marginals(x)
    assert (
        name == ""
        and np.shares_memory(values.reshape(-1), x)
        and np.array_equal(np.sort(values, None), np.sort(x, None))
    )
