"""Samplers: the reverse process p_θ, as generators of ReverseStep.

A sampler is one function that checks its keywords and hands ``_chain`` a rule: what a step from t to s adds up.
It becomes known by its line in SAMPLERS, and by one in ``catalog.SAMPLERS`` to menus.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from diffviz.diffusion.denoiser import Denoiser, Prediction
from diffviz.diffusion.forward import chain_alpha, posterior_coefficients
from diffviz.diffusion.schedules import NoiseSchedule, step_levels

RandnLike = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class ReverseStep:
    """One step of a chain, from level t down to level s.

    Attributes:
        i, n: the step's number in 0..n-1, and how many there are.
        t, s: its levels; s is 0 at the last.
        x_t, x_s: the variance-preserving states before and after, shape (B, *S).
        x0_hat, eps_hat: the pair that the step used, shape (B, *S).
        terms: the step's own formula, name and factor of each summand, true also under clipping:
            x_s = c_0 x̂_0 + c_t x_t + sigma z, or x_s = √ᾱ_s x̂_0 + √(1-ᾱ_s-sigma²) ε̂ + sigma z.
    """

    i: int
    n: int
    t: int
    s: int
    x_t: Tensor
    x_s: Tensor
    x0_hat: Tensor
    eps_hat: Tensor
    terms: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class _Move:
    """What a step adds up: (name, factor, tensor) of each summand, and the deviation of the fresh noise.

    ``sigma`` is a tensor of x_t's shape where the deviation differs from pixel to pixel.
    """

    summands: tuple[tuple[str, float, Tensor], ...]
    sigma: float | Tensor = 0.0


# (x_t, t, s, the denoiser's prediction at x_t) -> what to add up
_Rule = Callable[[Tensor, int, int, Prediction], _Move]

VARIANCES = ("fixed_small", "fixed_large", "learned_range")


def ddpm(
    denoiser: Denoiser,
    x: Tensor,
    schedule: NoiseSchedule,
    *,
    steps: int | None = None,
    spacing: str = "trailing",
    levels: Sequence[int] | None = None,
    randn_like: RandnLike = torch.randn_like,
    variance: str = "fixed_small",
) -> Iterator[ReverseStep]:
    """Ancestral sampling from q(x_s | x_t, x̂_0) (Ho et al. 2020, algorithm 2).

    x_s = c_0 x̂_0 + c_t x_t + sigma z        (``posterior_coefficients``; no noise at the last step)

    Args:
        denoiser: ``(x_t, t) -> Prediction``, one level t for the whole batch. Samplers never clip: it may.
        x: State at the first level, shape (B, *S). Maths runs in its dtype and on its device.
        schedule: the denoiser's own.
        steps: Number of steps in 1..T; None is every level.
        spacing: "trailing", "leading" or "linspace", see ``step_levels``.
        levels: Strictly falling ints from the level of x to 0; overrides ``steps`` and ``spacing``.
        randn_like: ``x -> z`` of x's shape, dtype and device; called once per step that adds noise.
        variance: sigma² is the posterior's β̃ ("fixed_small"), β_{t|s} ("fixed_large"), or between both in the
            logarithm as the network says for each pixel ("learned_range"; the term shown is then the mean sigma).
    Raises:
        ValueError: at the call, if an argument is none of these; during the chain, if the variance is to be the
            network's and it gives none.
    """
    if variance not in VARIANCES:
        raise ValueError(f"variance = {variance!r} is not one of {', '.join(VARIANCES)}.")

    def rule(x_t: Tensor, t: int, s: int, prediction: Prediction) -> _Move:
        c_0, c_t, beta_tilde = posterior_coefficients(t, s, schedule)
        beta = 1.0 - chain_alpha(t, s, schedule)
        sigma: float | Tensor
        if variance == "learned_range":
            sigma = _learned_sigma(prediction, beta_tilde, beta)
        else:
            sigma = (beta_tilde if variance == "fixed_small" else beta) ** 0.5
        return _Move((("x̂_0", c_0, prediction.x0_hat), ("x_t", c_t, x_t)), sigma)

    return _chain(rule, denoiser, x, _levels(schedule.T, steps, spacing, levels), randn_like)


def ddim(
    denoiser: Denoiser,
    x: Tensor,
    schedule: NoiseSchedule,
    *,
    steps: int | None = None,
    spacing: str = "trailing",
    levels: Sequence[int] | None = None,
    randn_like: RandnLike = torch.randn_like,
    eta: float = 0.0,
) -> Iterator[ReverseStep]:
    """Implicit sampling (Song et al. 2021, eq. 12 and 16).

    x_s = √ᾱ_s x̂_0 + √(1-ᾱ_s-sigma²) ε̂ + sigma z,  sigma = η √((1-ᾱ_s)/(1-ᾱ_t)) √(1-ᾱ_t/ᾱ_s) = η √β̃

    Args:
        eta: 0 (deterministic) to 1 (as much fresh noise as ``ddpm`` with fixed_small). The others as in ``ddpm``.
    Raises:
        ValueError: at the call, if an argument lies outside its range.
    """
    if not 0 <= eta <= 1:
        raise ValueError(f"eta = {eta} is outside 0..1.")

    def rule(x_t: Tensor, t: int, s: int, prediction: Prediction) -> _Move:
        alpha_bar_s = float(schedule.alpha_bar[s])
        sigma = eta * posterior_coefficients(t, s, schedule)[2] ** 0.5
        # η = 1 into a level of nearly no noise: rounding may take the difference below 0
        direction = max(1.0 - alpha_bar_s - sigma**2, 0.0) ** 0.5
        return _Move((("x̂_0", alpha_bar_s**0.5, prediction.x0_hat), ("ε̂", direction, prediction.eps_hat)), sigma)

    return _chain(rule, denoiser, x, _levels(schedule.T, steps, spacing, levels), randn_like)


SAMPLERS: dict[str, Callable[..., Iterator[ReverseStep]]] = {"ddpm": ddpm, "ddim": ddim}


@torch.no_grad()
def _chain(
    rule: _Rule, denoiser: Denoiser, x: Tensor, levels: Sequence[int], randn_like: RandnLike
) -> Iterator[ReverseStep]:
    """Walk down the levels and yield each step. The sampler's own function has checked the arguments."""
    n = len(levels) - 1
    x_t = x
    for i, (t, s) in enumerate(pairwise(levels)):
        prediction = denoiser(x_t, t)
        move = rule(x_t, t, s, prediction)
        sigma = move.sigma if s > 0 else 0.0
        x_s = _add_up(move.summands, sigma, x_t, randn_like)
        factor = float(sigma.mean()) if isinstance(sigma, Tensor) else sigma
        terms = (*((name, factor_) for name, factor_, _ in move.summands), ("z", factor))
        yield ReverseStep(i, n, t, s, x_t, x_s, prediction.x0_hat, prediction.eps_hat, terms)
        x_t = x_s


def _add_up(
    summands: Sequence[tuple[str, float, Tensor]], sigma: float | Tensor, x_t: Tensor, randn_like: RandnLike
) -> Tensor:
    """The weighted sum in one new tensor; nothing that was given is written to."""
    (_, factor, tensor), *others = summands
    x_s = torch.mul(tensor, factor)
    for _, factor, tensor in others:
        x_s.add_(tensor, alpha=factor)
    if isinstance(sigma, Tensor):
        return x_s.addcmul_(sigma, randn_like(x_t))
    return x_s.add_(randn_like(x_t), alpha=sigma) if sigma > 0 else x_s


def _learned_sigma(prediction: Prediction, beta_tilde: float, beta: float) -> float | Tensor:
    """Deviation per pixel: log variance between log β̃ and log β (Nichol & Dhariwal 2021, eq. 15)."""
    if prediction.variance is None:
        raise ValueError("variance = 'learned_range' needs a network that learns it; use fixed_small or fixed_large.")
    if beta_tilde == 0:  # the last step, which adds no noise
        return 0.0
    f = (prediction.variance + 1.0) / 2.0
    return torch.exp(0.5 * (f * math.log(beta) + (1.0 - f) * math.log(beta_tilde)))


def _levels(T: int, steps: int | None, spacing: str, levels: Sequence[int] | None) -> list[int]:
    if levels is None:
        return step_levels(T, steps, spacing)
    checked = [operator.index(level) for level in levels]
    falling = all(t > s for t, s in pairwise(checked))
    if len(checked) < 2 or not falling or checked[0] > T or checked[-1] != 0:
        raise ValueError(f"levels = {checked} is not a strictly falling list from a level in 1..{T} to 0.")
    return checked
