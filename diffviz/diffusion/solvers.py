"""Samplers that solve the probability-flow ODE in σ = √((1-ᾱ)/ᾱ) (Karras et al. 2022), or in λ = -ln σ.

They think in x_VE = x/√ᾱ, whose noise has deviation σ; their steps are written here for the variance-preserving x
that goes in and comes out. With x_VE of level t moved to x_VE' of level s, x_s = √ᾱ_s x_VE'.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor

from diffviz.diffusion.denoiser import Denoiser, Prediction
from diffviz.diffusion.levels import check_finite_sigma, checked_levels, sigma_levels, step_levels
from diffviz.diffusion.reverse import Move, RandnLike, ReverseStep, Summands, add_up, walk
from diffviz.diffusion.schedules import NoiseSchedule

GRIDS = ("steps", "karras", "exponential")


def euler(
    denoiser: Denoiser,
    x: Tensor,
    schedule: NoiseSchedule,
    *,
    steps: int | None = None,
    spacing: str = "trailing",
    levels: Sequence[float] | None = None,
    randn_like: RandnLike = torch.randn_like,
    grid: str = "steps",
) -> Iterator[ReverseStep]:
    """Euler's method, first order (Karras et al. 2022, algorithm 1 without its correction).

    x_VE' = x_VE + (σ' - σ) (x_VE - x̂_0)/σ, which is x_s = c_0 x̂_0 + c_t x_t with c_0 = √ᾱ_s (1 - σ'/σ) and
    c_t = √ᾱ_s/√ᾱ_t σ'/σ.

    Args:
        grid: "steps": whole levels as ``steps`` and ``spacing`` say; "karras" or "exponential": ``steps`` levels
            spread in σ, whatever the spacing (``sigma_levels``). ``levels`` overrides it too. The others as in
            ``ddpm``; ``randn_like`` is never called.
    Raises:
        ValueError: at the call, if an argument is none of these, or σ is infinite at the first level.
    """

    def rule(x_t: Tensor, t: float, s: float, prediction: Prediction) -> Move:
        c_0, c_t = _line(schedule, t, s, _sigma(schedule, s))
        return Move((("x̂_0", c_0, prediction.x0_hat), ("x_t", c_t, x_t)))

    return walk(rule, denoiser, x, _levels(schedule, steps, spacing, levels, grid), randn_like)


def euler_ancestral(
    denoiser: Denoiser,
    x: Tensor,
    schedule: NoiseSchedule,
    *,
    steps: int | None = None,
    spacing: str = "trailing",
    levels: Sequence[float] | None = None,
    randn_like: RandnLike = torch.randn_like,
    eta: float = 1.0,
    grid: str = "steps",
) -> Iterator[ReverseStep]:
    """Euler's method down to less noise than level s has, and fresh noise up to it (k-diffusion).

    σ_up = min(σ', η √(σ'² (σ² - σ'²)/σ²)),  σ_down = √(σ'² - σ_up²),
    x_s = c_0 x̂_0 + c_t x_t + √ᾱ_s σ_up z with c_0 and c_t as in ``euler``, σ_down in the place of σ'

    Args:
        eta: 0 (``euler``) to 1. The others as in ``euler``; ``randn_like`` is called once per step that adds noise.
    Raises:
        ValueError: as ``euler``, or if eta lies outside its range.
    """
    if not 0 <= eta <= 1:
        raise ValueError(f"eta = {eta} is outside 0..1.")

    def rule(x_t: Tensor, t: float, s: float, prediction: Prediction) -> Move:
        sigma_t, sigma_s = _sigma(schedule, t), _sigma(schedule, s)
        # the ratio first: the squares of a large σ could overflow
        up = min(sigma_s, eta * sigma_s * (1.0 - (sigma_s / sigma_t) ** 2) ** 0.5)
        down = (sigma_s**2 - up**2) ** 0.5
        c_0, c_t = _line(schedule, t, s, down)
        sigma = schedule.alpha_bar_at(s) ** 0.5 * up
        return Move((("x̂_0", c_0, prediction.x0_hat), ("x_t", c_t, x_t)), sigma)

    return walk(rule, denoiser, x, _levels(schedule, steps, spacing, levels, grid), randn_like)


def heun(
    denoiser: Denoiser,
    x: Tensor,
    schedule: NoiseSchedule,
    *,
    steps: int | None = None,
    spacing: str = "trailing",
    levels: Sequence[float] | None = None,
    randn_like: RandnLike = torch.randn_like,
    grid: str = "steps",
) -> Iterator[ReverseStep]:
    """Heun's method, second order: the mean of the slopes at both ends (Karras et al. 2022, algorithm 1).

    An ``euler`` step leads to x̃ at level s, where the denoiser says x̂_0′; with ρ = σ/σ',

    x_s = √ᾱ_s (½ (1 - ρ) + 1 - 1/ρ) x̂_0 + √ᾱ_s ½ (ρ - 1) x̂_0′ + √ᾱ_s/√ᾱ_t/ρ x_t

    The step into σ' = 0 is Euler's: n steps ask the denoiser 2n - 1 times. Arguments and errors as in ``euler``.
    """

    def rule(x_t: Tensor, t: float, s: float, prediction: Prediction) -> Move:
        c_0, c_t = _line(schedule, t, s, _sigma(schedule, s))
        predictor = (("x̂_0", c_0, prediction.x0_hat), ("x_t", c_t, x_t))
        if s == 0:
            return Move(predictor)
        second = denoiser(add_up(predictor), s)
        share = schedule.alpha_bar_at(s) ** 0.5 * (_sigma(schedule, t) / _sigma(schedule, s) - 1.0) / 2.0
        # what the second prediction gains, the first one loses
        return Move((("x̂_0", c_0 - share, prediction.x0_hat), ("x̂_0′", share, second.x0_hat), ("x_t", c_t, x_t)))

    return walk(rule, denoiser, x, _levels(schedule, steps, spacing, levels, grid), randn_like)


def dpmpp_2m(
    denoiser: Denoiser,
    x: Tensor,
    schedule: NoiseSchedule,
    *,
    steps: int | None = None,
    spacing: str = "trailing",
    levels: Sequence[float] | None = None,
    randn_like: RandnLike = torch.randn_like,
    grid: str = "steps",
    before: tuple[float, Tensor] | None = None,
) -> Iterator[ReverseStep]:
    """DPM-Solver++(2M), second order from the predictions of two steps (Lu et al. 2022, algorithm 2).

    With λ = ln(√ᾱ/√(1-ᾱ)), h = λ_s - λ_t, r = h_before/h and x̂_0 old, the prediction of the step before:

    x_s = √(1-ᾱ_s)/√(1-ᾱ_t) x_t + √ᾱ_s (1 - e^-h) ((1 + 1/2r) x̂_0 - 1/2r x̂_0 old)

    The first step has no old x̂_0 and the one into level 0 no finite h: both are of first order, without it, which is
    ``euler``'s step.

    Args:
        before: level and x̂_0 of the step that led to x, to go on with a chain that was left there exactly as if it
            had not been; None where it begins. The others, and the errors, as in ``euler``.
    """

    def rule(x_t: Tensor, t: float, s: float, prediction: Prediction) -> Move:
        nonlocal before
        c_0, c_t = _line(schedule, t, s, _sigma(schedule, s))
        summands: Summands = (("x̂_0", c_0, prediction.x0_hat), ("x_t", c_t, x_t))
        if s == 0:
            return Move(summands)
        h = math.log(_sigma(schedule, t) / _sigma(schedule, s))
        if before is not None:
            t_before, x0_old = before
            half = h / (2.0 * math.log(_sigma(schedule, t_before) / _sigma(schedule, t)))  # 1/2r
            new, old = (1.0 + half) * c_0, -half * c_0
            summands = (("x̂_0", new, prediction.x0_hat), ("x̂_0 old", old, x0_old), ("x_t", c_t, x_t))
        before = t, prediction.x0_hat
        return Move(summands)

    return walk(rule, denoiser, x, _levels(schedule, steps, spacing, levels, grid), randn_like)


def _sigma(schedule: NoiseSchedule, t: float) -> float:
    """σ of level t, whole or not."""
    alpha_bar = schedule.alpha_bar_at(t)
    return ((1.0 - alpha_bar) / alpha_bar) ** 0.5


def _line(schedule: NoiseSchedule, t: float, s: float, sigma: float) -> tuple[float, float]:
    """c_0 and c_t of the straight line from x_t towards x̂_0 as far as ``sigma``, scaled for level s."""
    a_t, a_s = schedule.alpha_bar_at(t) ** 0.5, schedule.alpha_bar_at(s) ** 0.5
    ratio = sigma / _sigma(schedule, t)
    return a_s * (1.0 - ratio), a_s / a_t * ratio


def _levels(
    schedule: NoiseSchedule, steps: int | None, spacing: str, levels: Sequence[float] | None, grid: str
) -> list[float]:
    """The levels to visit, of which none has infinite σ."""
    if levels is not None:
        chosen = checked_levels(levels, schedule.T)
    elif grid not in GRIDS:
        raise ValueError(f"grid = {grid!r} is not one of {', '.join(GRIDS)}.")
    elif grid == "steps":
        chosen = step_levels(schedule.T, steps, spacing)
    else:
        chosen = sigma_levels(schedule, steps, grid)
    check_finite_sigma(schedule, chosen[0])
    return chosen
