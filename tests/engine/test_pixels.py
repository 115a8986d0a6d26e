"""Between pixels and tensors: v/127.5 - 1, and back by clamping and rounding."""

import numpy as np
import pytest
import torch
from PIL import Image

from diffviz.engine.pixels import from_uint8, in_channels, to_uint8

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
    assert in_channels(from_uint8(grey), 1).shape == (1, 1, 2, 2)
    assert np.array_equal(to_uint8(in_channels(from_uint8(grey), 1))[0], grey)
    picture = np.random.default_rng(0).integers(0, 256, (9, 9, 3), dtype=np.uint8)
    luma = np.asarray(Image.fromarray(picture).convert("L")).astype(int)
    assert np.abs(to_uint8(in_channels(from_uint8(picture), 1))[0, :, :, 0] - luma).max() <= 1


def test_a_colour_model_takes_the_picture_and_others_refuse_it_in_words() -> None:
    x = torch.zeros(1, 3, 2, 2)
    assert in_channels(x, 3) is x
    with pytest.raises(ValueError, match="4 channels"):
        in_channels(x, 4)
