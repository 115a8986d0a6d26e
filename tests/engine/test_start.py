""" "Denoise from here": the nearest level in SNR, and the picture in the model's shape."""

import numpy as np
import pytest

from diffviz.diffusion import SCHEDULES
from diffviz.engine.start import fitted, start_level

LINEAR = SCHEDULES["linear"](T=1000)


@pytest.mark.parametrize("t", [1, 2, 17, 250, 999, 1000])
def test_the_same_schedule_gives_the_same_level(t: int) -> None:
    assert start_level(LINEAR.alpha_bar, float(LINEAR.alpha_bar[t])) == t


@pytest.mark.parametrize("name", ["cosine", "scaled_linear", "sigmoid", "exponential"])
@pytest.mark.parametrize("t", [3, 60, 150, 190])
def test_no_other_level_is_nearer_in_snr(name: str, t: int) -> None:
    other = SCHEDULES[name](T=200)
    level = start_level(LINEAR.alpha_bar, float(other.alpha_bar[t]))
    wanted = float(other.snr_db[t])
    gaps = np.abs(LINEAR.snr_db[1:] - wanted)
    assert 1 <= level <= 1000
    assert gaps[level - 1] <= gaps.min() + 1e-9


def test_a_clean_picture_has_no_noise_to_remove() -> None:
    assert start_level(LINEAR.alpha_bar, 1.0) == 0


def test_pure_noise_starts_at_the_top() -> None:
    assert start_level(LINEAR.alpha_bar, 0.0) == 1000


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
