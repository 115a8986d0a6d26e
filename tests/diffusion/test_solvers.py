"""The samplers in σ: their order, their network calls, their grids, and what they refuse."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from analytic import Gaussian, drawing, max_error, noise

from diffviz.diffusion import SAMPLERS, SCHEDULES, network_denoiser, sigma_levels, step_levels, zero_terminal_snr

LINEAR = SCHEDULES["linear"](T=1000)
SOLVERS = ["euler", "euler_ancestral", "heun", "dpmpp_2m"]
GRIDS = ["steps", "karras", "exponential"]
GAUSSIAN = Gaussian(LINEAR, 0.3, 0.4)


def sigma(t):
    alpha_bar = LINEAR.alpha_bar_at(t)
    return ((1 - alpha_bar) / alpha_bar) ** 0.5


@pytest.mark.parametrize("grid", ["karras", "exponential"])
@pytest.mark.parametrize(("name", "order"), [("euler", 1), ("heun", 2), ("dpmpp_2m", 2)])
def test_order_on_gaussian_data(name, order, grid):
    """Errors against the exact path fall as a power of the steps: a straight line on log-log axes."""
    x, counts = noise(500), np.array([20, 40, 80, 160])
    errors = []
    for steps in counts:
        *_, last = SAMPLERS[name](GAUSSIAN, x, LINEAR, steps=int(steps), grid=grid)
        # at t = 1: the step into level 0 is of first order for all, and no longer than the grid's end
        errors.append(max_error(last.x_t, GAUSSIAN.path(x, 1000, 1)))
    slope, _ = np.polyfit(np.log(counts), np.log(errors), 1)
    assert -slope == pytest.approx(order, abs=0.15) and SAMPLERS[name].order == order
    assert errors[-1] < (0.03 if order == 1 else 1e-3)


@pytest.mark.parametrize(("name", "order"), [("euler", 1), ("heun", 2)])
def test_order_over_whole_levels(name, order):
    x, counts = noise(500), np.array([20, 40, 80, 160])
    errors = []
    for steps in counts:
        levels = [*(round(t) for t in np.linspace(1000, 1, steps + 1)), 0]
        *_, last = SAMPLERS[name](GAUSSIAN, x, LINEAR, levels=levels)
        errors.append(max_error(last.x_t, GAUSSIAN.path(x, 1000, 1)))
    slope, _ = np.polyfit(np.log(counts), np.log(errors), 1)
    assert -slope == pytest.approx(order, abs=0.15)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("steps", [1, 2, 9])
@pytest.mark.parametrize("name", SOLVERS)
def test_number_of_network_calls(name, steps, grid):
    asked = []

    def denoiser(x_t, t):
        asked.append(t)
        return GAUSSIAN(x_t, t)

    chain = list(SAMPLERS[name](denoiser, noise(2, 1, 2, 2), LINEAR, steps=steps, grid=grid))
    assert len(chain) == steps and len(asked) == SAMPLERS[name].asks * (steps - 1) + 1
    if name == "heun":
        assert len(asked) == 2 * steps - 1
        assert asked == [t for step in chain for t in (step.t, step.s) if t]
    else:
        assert asked == [step.t for step in chain]


@pytest.mark.parametrize("grid", GRIDS)
def test_ancestral_without_noise_is_euler(grid):
    x = noise(2, 3, 4, 4)
    euler = list(SAMPLERS["euler"](GAUSSIAN, x, LINEAR, steps=12, grid=grid))
    ancestral = list(SAMPLERS["euler_ancestral"](GAUSSIAN, x, LINEAR, steps=12, grid=grid, eta=0.0, randn_like=None))
    for a, b in zip(euler, ancestral, strict=True):
        assert torch.equal(a.x_s, b.x_s) and a.terms == b.terms


def test_ancestral_keeps_the_noise_of_the_level():
    """σ_down² + σ_up² = σ'², and all that fits is the posterior's: η = 1 is DDPM's fixed_small."""
    x = noise(2, 3, 4, 4)
    for eta in (0.3, 1.0):
        for step in SAMPLERS["euler_ancestral"](GAUSSIAN, x, LINEAR, steps=9, eta=eta):
            factors, a_s = dict(step.terms), LINEAR.alpha_bar[step.s] ** 0.5
            up = factors["z"] / a_s
            down = factors["x_t"] * LINEAR.alpha_bar[step.t] ** 0.5 / a_s * sigma(step.t)
            assert up**2 + down**2 == pytest.approx(sigma(step.s) ** 2, abs=1e-12)
    draws = [drawing(4), drawing(4)]
    ancestral = SAMPLERS["euler_ancestral"](GAUSSIAN, x, LINEAR, steps=9, randn_like=draws[0])
    ddpm = SAMPLERS["ddpm"](GAUSSIAN, x, LINEAR, steps=9, randn_like=draws[1])
    for a, b in zip(ancestral, ddpm, strict=True):
        assert max_error(a.x_s, b.x_s) < 1e-12


def test_euler_without_clipping_is_ddim():
    """Both are the same line of the same ODE, written in σ and in ᾱ."""
    x = noise(2, 3, 4, 4)
    pairs = zip(
        SAMPLERS["euler"](GAUSSIAN, x, LINEAR, steps=9), SAMPLERS["ddim"](GAUSSIAN, x, LINEAR, steps=9), strict=True
    )
    assert all(max_error(a.x_s, b.x_s) < 1e-12 for a, b in pairs)


@pytest.mark.parametrize("grid", ["karras", "exponential"])
@pytest.mark.parametrize("name", SOLVERS)
def test_grids_are_walked_whatever_the_spacing(name, grid):
    x = noise(2, 3, 4, 4)
    chains = [
        list(SAMPLERS[name](GAUSSIAN, x, LINEAR, steps=7, grid=grid, spacing=spacing, randn_like=drawing()))
        for spacing in ("trailing", "leading")
    ]
    levels = sigma_levels(LINEAR, 7, grid)
    for chain in chains:
        assert [(step.t, step.s) for step in chain] == list(pairwise(levels))
        assert all(a.x_s is b.x_t for a, b in pairwise(chain))
        assert torch.equal(chain[-1].x_s, chain[-1].x0_hat)
    assert torch.equal(chains[0][-1].x_s, chains[1][-1].x_s)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("name", ["euler", "heun", "dpmpp_2m"])
def test_states_are_variance_preserving(name, grid):
    """Of data that is one point the path is a line in x, x_t = √ᾱ_t x_0 + √(1-ᾱ_t) ε: every solver stays on it."""
    eps = noise(2, 3, 4, 4)
    point = Gaussian(LINEAR, 0.7, 0.0)
    x = LINEAR.alpha_bar[1000] ** 0.5 * 0.7 + (1 - LINEAR.alpha_bar[1000]) ** 0.5 * eps
    for step in SAMPLERS[name](point, x, LINEAR, steps=9, grid=grid):
        alpha_bar = LINEAR.alpha_bar_at(step.s)
        assert max_error(step.x_s, alpha_bar**0.5 * 0.7 + (1 - alpha_bar) ** 0.5 * eps) < 1e-10


@pytest.mark.parametrize("shift", [1.0, 3.0])
def test_euler_takes_the_steps_of_flow_matching(shift):
    """x_τ' = x_τ + (τ' - τ) u, u = ε̂ - x̂_0: Euler in σ is Euler along the straight way, shifted or not."""
    schedule = SCHEDULES["flow"](T=100, shift=shift)
    tau = schedule.sigma / (1 + schedule.sigma)
    for step in SAMPLERS["euler"](Gaussian(schedule, 0.3, 0.4), noise(50), schedule, steps=20):
        x, x_next = (
            (1 - tau[t]) / schedule.alpha_bar[t] ** 0.5 * x for t, x in ((step.t, step.x_t), (step.s, step.x_s))
        )
        expected = x + float(tau[step.s] - tau[step.t]) * (step.eps_hat - step.x0_hat)
        assert max_error(x_next, expected) < 1e-9


def test_one_straight_step_of_gaussian_data_is_exact_for_a_single_start():
    """From pure noise it ends at the data's mean, which the exact path does from x_T = 0 alone."""
    schedule = SCHEDULES["flow"](T=1000)
    gaussian, x = Gaussian(schedule, 0.3, 0.4), torch.linspace(-2, 2, 41, dtype=torch.float64)
    (step,) = SAMPLERS["euler"](gaussian, x, schedule, steps=1)
    assert max_error(step.x_s, torch.full_like(x, 0.3)) < 1e-4
    off = (step.x_s - gaussian.path(x, 1000, 0)).abs()
    assert float(off[20]) < 1e-4 and float(off[[0, 40]].min()) == pytest.approx(0.8, abs=1e-3)


def test_a_list_of_levels_overrides_the_grid():
    chain = list(SAMPLERS["heun"](GAUSSIAN, noise(1, 1, 2, 2), LINEAR, grid="?", levels=[9, 4, 0]))
    assert [(step.t, step.s) for step in chain] == [(9, 4), (4, 0)]


@pytest.mark.parametrize("name", SOLVERS)
def test_the_steps_grid_is_the_default(name):
    chain = list(SAMPLERS[name](GAUSSIAN, noise(1, 1, 2, 2), LINEAR, steps=6))
    assert [step.t for step in chain] == step_levels(1000, 6)[:-1]


@pytest.mark.parametrize("name", SOLVERS)
def test_an_unknown_grid_is_refused(name):
    with pytest.raises(ValueError, match="grid = 'even' is not one of steps, karras, exponential"):
        SAMPLERS[name](GAUSSIAN, noise(1, 1, 2, 2), LINEAR, steps=3, grid="even")


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("name", SOLVERS)
def test_zero_terminal_snr_is_refused_in_words_at_the_call(name, grid):
    schedule = zero_terminal_snr(LINEAR)
    with pytest.raises(ValueError, match=r"σ is infinite at t = 1000.*use ddpm or ddim, or begin at a lower t"):
        SAMPLERS[name](GAUSSIAN, noise(1, 1, 2, 2), schedule, steps=3, grid=grid)
    begun = SAMPLERS[name](Gaussian(schedule, 0.3, 0.4), noise(1, 1, 2, 2), schedule, levels=[999, 500, 0])
    assert all(step.x_s.isfinite().all() for step in begun)


@pytest.mark.parametrize("name", SOLVERS)
def test_kept_eps_plays_no_part(name):
    """Clipped predictions lead where their x̂_0 does: the network's own ε̂ is shown, not used."""

    def chain(rederive_eps):
        denoiser = network_denoiser(lambda x, t, c: 0.2 * x - 0.5, LINEAR, rederive_eps=rederive_eps)
        return list(SAMPLERS[name](denoiser, noise(1, 1, 4, 4), LINEAR, steps=8, randn_like=drawing()))

    kept, derived = chain(False), chain(True)
    assert max_error(kept[1].eps_hat, derived[1].eps_hat) > 0.01
    assert torch.equal(kept[-1].x_s, derived[-1].x_s)
