"""The MDCT: orthonormal, its own way back, and of Princen and Bradley's condition."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.kinds import mdct

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("bands", "frames"), [(64, 64), (8, 3), (2, 1), (64, 1)])
def test_the_way_back_is_exact_and_energy_is_kept(bands: int, frames: int) -> None:
    wave = RNG.standard_normal((2, bands * frames))
    x = mdct.forward(wave, bands)
    assert x.shape == (2, bands, frames)
    np.testing.assert_allclose(mdct.inverse(x), wave, atol=1e-12)
    np.testing.assert_allclose(np.square(x).sum(axis=(1, 2)), np.square(wave).sum(axis=1), rtol=1e-12)


def test_it_is_an_orthonormal_matrix_so_that_white_noise_stays_white() -> None:
    matrix = mdct.forward(np.eye(96), 16).reshape(96, 96)
    np.testing.assert_allclose(matrix @ matrix.T, np.eye(96), atol=1e-12)


def test_inside_it_is_the_mdct_under_a_sine_window() -> None:
    bands, frames, k, frame = 16, 5, 3, 2
    coefficients = np.zeros((bands, frames))
    coefficients[k, frame] = 1
    n = np.arange(2 * bands)
    # window times cosine, over two blocks: Malvar 1990, backwards in time
    basis = np.sin(np.pi / (2 * bands) * (n + 0.5)) * np.sqrt(2 / bands)
    basis *= np.cos(np.pi / bands * (n + 0.5 - bands / 2) * (k + 0.5))
    wave = mdct.inverse(coefficients)
    begin = frame * bands - bands // 2
    assert np.abs(np.delete(wave, np.arange(begin, begin + 2 * bands))).max() < 1e-12
    got = wave[begin : begin + 2 * bands]
    np.testing.assert_allclose(np.abs(got @ basis), 1, atol=1e-12, err_msg="up to its sign")


def test_a_tone_is_in_its_band_and_floats_stay_floats() -> None:
    wave = np.sin(2 * np.pi * 1000 / 8000 * np.arange(4096)).astype(np.float32)
    x = mdct.forward(wave, 64)
    power = np.square(x).sum(axis=1)
    assert x.dtype == np.float32 and abs(int(power.argmax()) - 16) <= 1 and power[14:18].sum() > 0.99 * power.sum()
