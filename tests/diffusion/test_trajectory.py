"""A trajectory at any level at once: the same law as the chain that goes step by step."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import pytest
import torch
from analytic import noise, noise_correlation

from diffviz.diffusion import SCHEDULES, NoiseSchedule, zero_terminal_snr
from diffviz.diffusion.trajectory import Trajectory, bridge

T = 40
MANY = 40_000  # their correlations miss by 1/√n = 0.005
SCHEDULE_OF = {
    "linear": SCHEDULES["linear"](T),
    "cosine": SCHEDULES["cosine"](T),
    "zero terminal SNR": zero_terminal_snr(SCHEDULES["linear"](T)),
}


def trajectory(schedule: NoiseSchedule, n: int = MANY, max_bytes: int = 2**28) -> Trajectory:
    return Trajectory(schedule, lambda t: noise(n, seed=1000 + t), max_bytes)


@pytest.mark.parametrize("name", SCHEDULE_OF)
def test_its_noises_have_the_chains_correlation(name: str) -> None:
    schedule = SCHEDULE_OF[name]
    path = trajectory(schedule)
    eps = torch.stack([path.eps(t) for t in range(1, T + 1)])
    measured = (eps @ eps.T / MANY).numpy()
    expected = np.eye(T)
    for s in range(1, T + 1):
        for t in range(s + 1, T + 1):
            expected[s - 1, t - 1] = expected[t - 1, s - 1] = noise_correlation(s, t, schedule)
    assert np.abs(measured - expected).max() < 5 * math.sqrt(2 / MANY)  # deviations of a product's mean


@pytest.mark.parametrize("name", SCHEDULE_OF)
def test_what_each_step_adds_is_fresh_unit_noise(name: str) -> None:
    """z_t = (x_t - √(1-β_t) x_{t-1})/√β_t, of x_0 = 0: deviation 1, and nothing of another step in it."""
    schedule = SCHEDULE_OF[name]
    path = trajectory(schedule)
    x = [torch.zeros(MANY, dtype=torch.float64)]
    x += [math.sqrt(1 - schedule.alpha_bar[t]) * path.eps(t) for t in range(1, T + 1)]
    z = torch.stack(
        [(x[t] - math.sqrt(schedule.alpha[t]) * x[t - 1]) / math.sqrt(schedule.beta[t]) for t in range(1, T + 1)]
    )
    assert float((z @ z.T / MANY - torch.eye(T)).abs().max()) < 5 * math.sqrt(2 / MANY)


def test_a_level_is_the_same_whatever_was_asked_before_and_kept() -> None:
    schedule = SCHEDULE_OF["linear"]
    whole, forgetful = trajectory(schedule, 8), trajectory(schedule, 8, max_bytes=1)
    for t in (3, 17, 40, 16, 1, 39, 3):
        assert torch.equal(whole.eps(t), forgetful.eps(t))
        assert torch.equal(whole.eps(t), trajectory(schedule, 8).eps(t))
    assert torch.equal(whole.eps(T), noise(8, seed=1000 + T))


def test_one_level_costs_few_draws_and_all_of_them_one_each() -> None:
    drawn: list[int] = []

    def draw(noise_of: Callable[[int], torch.Tensor], levels: Sequence[int]) -> Iterable[torch.Tensor]:
        drawn.extend(levels)
        return map(noise_of, levels)

    a_way = 16 * 2 * 8  # bytes of the levels on a way down, and of one more
    path = Trajectory(SCHEDULES["linear"](10_000), lambda t: noise(2, seed=t), a_way, draw)
    path.eps(4321)
    assert len(drawn) <= math.ceil(math.log2(10_000)) + 1
    drawn.clear()
    for t in range(5000, 6000):
        path.eps(t)
    assert len(drawn) <= 1000 + 15 and len(set(drawn)) == len(drawn)


def test_a_bridge_of_tiny_steps_keeps_its_digits() -> None:
    schedule = NoiseSchedule(np.array([0.0, *[1e-12] * 4]))
    lower, upper, deviation = bridge(1, 2, 3, schedule)
    # Brownian motion B_1, B_2, B_3 in these units: ε_t = B_t/√t
    assert (lower, upper, deviation) == pytest.approx((0.5 / 2**0.5, 0.5 * (3 / 2) ** 0.5, 0.5), rel=1e-9)


def test_levels_outside_are_refused() -> None:
    for t in (0, 41):
        with pytest.raises(IndexError, match=r"outside 1\.\.40"):
            trajectory(SCHEDULE_OF["linear"], 2).eps(t)
