""" "Denoise from here": the nearest level in SNR."""

import numpy as np
import pytest

from diffviz.diffusion import SCHEDULES
from diffviz.engine.start import start_level

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
