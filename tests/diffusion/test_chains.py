from __future__ import annotations

import numpy as np
import pytest
import torch

from diffviz import catalog
from diffviz.diffusion import SCHEDULES, forward_chain, zero_terminal_snr
from diffviz.diffusion.chains import accumulate, chains, measure

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("name", sorted(catalog.SCHEDULES))
def test_steps_come_to_the_jump(name: str) -> None:
    schedule = SCHEDULES[name](1000)
    signal, variance = accumulate(schedule)
    assert np.abs(signal - np.sqrt(schedule.alpha_bar)).max() < 1e-12
    assert np.abs(variance - (1 - schedule.alpha_bar)).max() < 1e-12
    assert signal**2 + variance == pytest.approx(np.ones(1001), abs=1e-12)  # nothing is gained, nothing lost


def test_many_chains_are_the_forward_chain() -> None:
    schedule = zero_terminal_snr(SCHEDULES["linear"](30))
    x_0, z = RNG.uniform(-1, 1, 7), RNG.standard_normal((30, 7))
    drawn = iter(torch.from_numpy(z))
    expected = [torch.from_numpy(x_0), *forward_chain(torch.from_numpy(x_0), schedule, lambda x: next(drawn))]
    assert np.abs(chains(x_0, z, schedule) - torch.stack(expected).numpy()).max() < 1e-14


def test_what_is_measured_is_what_is_predicted() -> None:
    """Within five of the errors that the docstring says."""
    schedule, n = SCHEDULES["linear"](200), 4000
    x_0 = RNG.uniform(-1, 1, n).astype(np.float32)
    noise = chains(np.zeros(n, np.float32), RNG.standard_normal((200, n)).astype(np.float32), schedule)
    signal, variance = measure(x_0, noise, accumulate(schedule).signal)
    left = 1 - schedule.alpha_bar
    assert signal[0] == pytest.approx(1) and variance[0] == pytest.approx(0, abs=1e-6)
    assert np.all(np.abs(signal - np.sqrt(schedule.alpha_bar)) <= 5 * np.sqrt(left / np.square(x_0).sum()) + 1e-6)
    assert np.all(np.abs(variance - left) <= 5 * left * np.sqrt(2 / n) + 1e-5)


def test_a_measurement_is_that_of_the_trajectories_themselves() -> None:
    """By the definition: regress each x_t of the chains from x_0 on x_0."""
    schedule, n = SCHEDULES["linear"](50), 300
    x_0, z = RNG.uniform(-1, 1, n), RNG.standard_normal((50, n))
    x = chains(x_0, z, schedule)
    factor = x @ x_0 / (x_0 @ x_0)
    left = np.square(x - factor[:, None] * x_0).sum(axis=1) / (n - 1)
    signal, variance = measure(x_0, chains(np.zeros(n), z, schedule), accumulate(schedule).signal)
    assert np.abs(signal - factor).max() < 1e-13 and np.abs(variance - left).max() < 1e-13


def test_a_grey_picture_has_no_factor_but_a_variance() -> None:
    schedule = SCHEDULES["linear"](50)
    x_0 = np.zeros(3000)
    noise = chains(x_0, RNG.standard_normal((50, 3000)), schedule)
    signal, variance = measure(x_0, noise, accumulate(schedule).signal)
    assert np.isnan(signal).all()
    assert variance[50] == pytest.approx(1 - schedule.alpha_bar[50], rel=0.15)
