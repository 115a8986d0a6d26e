"""Samplers: the reverse process p_θ, as generators of ReverseStep.

A sampler is one function that checks its own keywords and makes a rule: what a step from t to s adds up. ``Sampler``
adds the keywords that all have. It becomes known by its line in SAMPLERS, and by one in ``catalog.SAMPLERS`` to menus.
"""

from __future__ import annotations

import math
from functools import partial

import torch
from torch import Tensor

from diffviz.diffusion.denoiser import Denoiser, Prediction
from diffviz.diffusion.forward import chain_alpha, posterior_coefficients
from diffviz.diffusion.reverse import Move, Rule, Sampler
from diffviz.diffusion.schedules import NoiseSchedule
from diffviz.diffusion.solvers import dpmpp_2m, euler, euler_ancestral, heun

VARIANCES = ("fixed_small", "fixed_large", "learned_range")


@partial(Sampler, order=None)
def ddpm(denoiser: Denoiser, schedule: NoiseSchedule, *, variance: str = "fixed_small") -> Rule:
    """Ancestral sampling from q(x_s | x_t, x̂_0) (Ho et al. 2020, algorithm 2).

    x_s = c_0 x̂_0 + c_t x_t + sigma z        (``posterior_coefficients``; no noise at the last step)

    Args:
        variance: sigma² is the posterior's β̃ ("fixed_small"), β_{t|s} ("fixed_large"), or between both in the
            logarithm as the network says for each pixel ("learned_range"; the term shown is then the mean sigma).
    Raises:
        ValueError: during the chain too, if the variance is to be the network's and it gives none.
    """
    if variance not in VARIANCES:
        raise ValueError(f"variance = {variance!r} is not one of {', '.join(VARIANCES)}.")

    def rule(x_t: Tensor, t: float, s: float, prediction: Prediction) -> Move:
        c_0, c_t, beta_tilde = posterior_coefficients(t, s, schedule)
        beta = 1.0 - chain_alpha(t, s, schedule)
        sigma: float | Tensor
        if variance == "learned_range":
            sigma = _learned_sigma(prediction, beta_tilde, beta)
        else:
            sigma = (beta_tilde if variance == "fixed_small" else beta) ** 0.5
        return Move((("x̂_0", c_0, prediction.x0_hat), ("x_t", c_t, x_t)), sigma)

    return rule


@Sampler
def ddim(denoiser: Denoiser, schedule: NoiseSchedule, *, eta: float = 0.0, last: str = "one") -> Rule:
    """Implicit sampling (Song et al. 2021, eq. 12 and 16).

    x_s = √ᾱ_s x̂_0 + √(1-ᾱ_s-sigma²) ε̂ + sigma z,  sigma = η √((1-ᾱ_s)/(1-ᾱ_t)) √(1-ᾱ_t/ᾱ_s) = η √β̃

    Args:
        eta: 0 (deterministic) to 1 (as much fresh noise as ``ddpm`` with fixed_small).
        last: ᾱ where the last step arrives: "one", or that of the "first" level, which leaves its little noise in
            the picture (diffusers' set_alpha_to_one = False).
    """
    if last not in ("one", "first"):
        raise ValueError(f"last = {last!r} is not one of one, first.")
    if not 0 <= eta <= 1:
        raise ValueError(f"eta = {eta} is outside 0..1.")

    def rule(x_t: Tensor, t: float, s: float, prediction: Prediction) -> Move:
        alpha_bar_s = schedule.alpha_bar_at(1 if s == 0 and last == "first" else s)
        sigma = eta * posterior_coefficients(t, s, schedule)[2] ** 0.5
        # η = 1 into a level of nearly no noise: rounding may take the difference below 0
        direction = max(1.0 - alpha_bar_s - sigma**2, 0.0) ** 0.5
        return Move((("x̂_0", alpha_bar_s**0.5, prediction.x0_hat), ("ε̂", direction, prediction.eps_hat)), sigma)

    return rule


SAMPLERS: dict[str, Sampler] = {
    "ddpm": ddpm,
    "ddim": ddim,
    "euler": euler,
    "euler_ancestral": euler_ancestral,
    "heun": heun,
    "dpmpp_2m": dpmpp_2m,
}


def _learned_sigma(prediction: Prediction, beta_tilde: float, beta: float) -> float | Tensor:
    """Deviation per pixel: log variance between log β̃ and log β (Nichol & Dhariwal 2021, eq. 15)."""
    if prediction.variance is None:
        raise ValueError("variance = 'learned_range' needs a network that learns it; use fixed_small or fixed_large.")
    if beta_tilde == 0:  # the last step, which adds no noise
        return 0.0
    f = (prediction.variance + 1.0) / 2.0
    return torch.exp(0.5 * (f * math.log(beta) + (1.0 - f) * math.log(beta_tilde)))
