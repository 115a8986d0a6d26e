"""Samplers that solve the probability-flow ODE in σ = √((1-ᾱ)/ᾱ) (Karras et al. 2022), or in λ = -ln σ.

They think in x_VE = x/√ᾱ, whose noise has deviation σ; their steps are written here for the variance-preserving x
that goes in and comes out. With x_VE of level t moved to x_VE' of level s, x_s = √ᾱ_s x_VE'.
"""

from __future__ import annotations

import math
from functools import partial

from torch import Tensor

from diffviz.diffusion.denoiser import Denoiser, Prediction
from diffviz.diffusion.reverse import Move, Rule, Summands, add_up, in_sigma
from diffviz.diffusion.schedules import NoiseSchedule


@in_sigma
def euler(denoiser: Denoiser, schedule: NoiseSchedule) -> Rule:
    """Euler's method, first order (Karras et al. 2022, algorithm 1 without its correction).

    x_VE' = x_VE + (σ' - σ) (x_VE - x̂_0)/σ, which is x_s = c_0 x̂_0 + c_t x_t with c_0 = √ᾱ_s (1 - σ'/σ) and
    c_t = √ᾱ_s/√ᾱ_t σ'/σ.
    """

    def rule(x_t: Tensor, t: float, s: float, prediction: Prediction) -> Move:
        c_0, c_t = _line(schedule, t, s, _sigma(schedule, s))
        return Move((("x̂_0", c_0, prediction.x0_hat), ("x_t", c_t, x_t)))

    return rule


@in_sigma
def euler_ancestral(denoiser: Denoiser, schedule: NoiseSchedule, *, eta: float = 1.0) -> Rule:
    """Euler's method down to less noise than level s has, and fresh noise up to it (k-diffusion).

    σ_up = min(σ', η √(σ'² (σ² - σ'²)/σ²)),  σ_down = √(σ'² - σ_up²),
    x_s = c_0 x̂_0 + c_t x_t + √ᾱ_s σ_up z with c_0 and c_t as in ``euler``, σ_down in the place of σ'

    Args:
        eta: 0 (``euler``) to 1.
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

    return rule


@partial(in_sigma, order=2, asks=2)
def heun(denoiser: Denoiser, schedule: NoiseSchedule) -> Rule:
    """Heun's method, second order: the mean of the slopes at both ends (Karras et al. 2022, algorithm 1).

    An ``euler`` step leads to x̃ at level s, where the denoiser says x̂_0′; with ρ = σ/σ',

    x_s = √ᾱ_s (½ (1 - ρ) + 1 - 1/ρ) x̂_0 + √ᾱ_s ½ (ρ - 1) x̂_0′ + √ᾱ_s/√ᾱ_t/ρ x_t

    The step into σ' = 0 is Euler's: n steps ask the denoiser 2n - 1 times.
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

    return rule


@partial(in_sigma, order=2)
def dpmpp_2m(denoiser: Denoiser, schedule: NoiseSchedule, *, before: tuple[float, Tensor] | None = None) -> Rule:
    """DPM-Solver++(2M), second order from the predictions of two steps (Lu et al. 2022, algorithm 2).

    With λ = ln(√ᾱ/√(1-ᾱ)), h = λ_s - λ_t, r = h_before/h and x̂_0 old, the prediction of the step before:

    x_s = √(1-ᾱ_s)/√(1-ᾱ_t) x_t + √ᾱ_s (1 - e^-h) ((1 + 1/2r) x̂_0 - 1/2r x̂_0 old)

    The first step has no old x̂_0 and the one into level 0 no finite h: both are of first order, without it, which is
    ``euler``'s step.

    Args:
        before: level and x̂_0 of the step that led to x, to go on with a chain that was left there exactly as if it
            had not been; None where it begins.
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

    return rule


def _sigma(schedule: NoiseSchedule, t: float) -> float:
    """σ of level t, whole or not."""
    alpha_bar = schedule.alpha_bar_at(t)
    return ((1.0 - alpha_bar) / alpha_bar) ** 0.5


def _line(schedule: NoiseSchedule, t: float, s: float, sigma: float) -> tuple[float, float]:
    """c_0 and c_t of the straight line from x_t towards x̂_0 as far as ``sigma``, scaled for level s."""
    a_t, a_s = schedule.alpha_bar_at(t) ** 0.5, schedule.alpha_bar_at(s) ** 0.5
    ratio = sigma / _sigma(schedule, t)
    return a_s * (1.0 - ratio), a_s / a_t * ratio
