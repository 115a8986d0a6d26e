"""Weights of a sound's moments: what is silent in the data counts, though it has no energy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diffviz.kinds import SOUND
from diffviz.kinds.drums import ONSET, stroke
from diffviz.train.pictures import Pictures
from diffviz.train.quiet import MOST, QuietWeights

SHAPE = (16, 4, 4)


def sounds(waves: np.ndarray) -> Pictures:
    """Coefficients (N, 16, 4, 4) of waves (N, 256)."""
    record = np.zeros((), [("rate", "<i4"), ("wave", "<f4", (256,))])
    record["rate"] = 8_000
    pixels = []
    for wave in waves:
        record["wave"] = wave
        pixels.append(SOUND.x_0(record, SHAPE))
    none = np.zeros(len(waves), dtype=bool)
    return Pictures(
        np.stack(pixels), np.zeros(len(waves), dtype=np.int64), tuple(map(str, range(len(waves)))), (), none
    )


def strokes() -> Pictures:
    return sounds(np.stack([stroke(drum, k)[:256] for drum in ("kick", "clap", "tom") for k in range(8)]))


def test_what_is_silent_in_the_data_weighs_most() -> None:
    weights = QuietWeights(strokes(), 0.6).weights
    assert weights.shape == (256,) and float(weights.mean()) == pytest.approx(1, abs=1e-5)
    assert float(weights.min()) >= 0.4 and float(weights.max()) <= 0.4 + 0.6 * MOST + 1e-3
    assert float(weights[: ONSET - 1].min()) > 8 * float(weights[ONSET + 8 :].max())


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_sounds_without_silence_are_weighted_alike(share: float) -> None:
    noise = np.random.default_rng(0).standard_normal((4000, 256)).astype(np.float32) / 4
    weights = QuietWeights(sounds(noise), share).weights
    assert weights.numpy() == pytest.approx(np.ones(256), abs=0.1)


def test_one_silent_sample_does_not_take_all_of_the_loss() -> None:
    noise = np.random.default_rng(0).standard_normal((50, 256)).astype(np.float32) / 4
    noise[:, 100] = 0
    weights = QuietWeights(sounds(noise), 1.0).weights
    assert int(weights.argmax()) == 100 and MOST <= float(weights[100]) <= MOST + 1
    assert float(weights.mean()) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("bands, side", [(16, 4), (16, 16), (4, 6), (2, 3)])
def test_the_error_is_weighed_in_the_wave(bands: int, side: int) -> None:
    pictures = Pictures(
        np.ones((2, bands, side, side), np.float32), np.zeros(2, np.int64), ("a", "b"), (), np.zeros(2, bool)
    )
    quiet = QuietWeights(pictures, 0.0)
    error = torch.randn(3, bands, side, side, generator=torch.Generator().manual_seed(0), requires_grad=True)
    squares = quiet.squares(error)
    # the inverse MDCT is orthonormal, and that of the product's other half scales by 3
    assert squares.detach().numpy() == pytest.approx(9 * SOUND.waves(error.detach().numpy()) ** 2, abs=1e-4)
    assert float(squares.detach().sum()) == pytest.approx(float(error.detach().square().sum()), rel=1e-5)
    squares.sum().backward()
    assert torch.allclose(error.grad, 2 * error, atol=1e-4)
