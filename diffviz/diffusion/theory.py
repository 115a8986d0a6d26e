"""What the theory says of a whole way: the forward chain, how Gaussian its end is, the bound on the likelihood."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion.denoiser import Denoiser
from diffviz.diffusion.forward import add_noise, forward_step
from diffviz.diffusion.schedules import NoiseSchedule

BIN = 1.0 / 127.5  # the distance between two of the 256 values over [-1, 1]


@torch.no_grad()
def forward_chain(
    x_0: Tensor, schedule: NoiseSchedule, z_like: Callable[[Tensor], Tensor] = torch.randn_like
) -> Iterator[Tensor]:
    """A trajectory of q(x_1..x_T | x_0): x_1, x_2, ..., x_T, each from the one before with fresh noise.

    x_t = √(1-β_t) x_{t-1} + √β_t z_t        (Ho et al. 2020, eq. 2)

    Unlike x_t of a held ε, which is no such trajectory, its accumulated noise ε_t = (x_t - √ᾱ_t x_0)/√(1-ᾱ_t) differs
    from step to step: corr(ε_s, ε_t) = √(ᾱ_t (1-ᾱ_s) / (ᾱ_s (1-ᾱ_t))) for s <= t.

    Args:
        x_0: Clean data, shape (B, *S). Maths runs in its dtype and on its device.
        z_like: ``x -> z`` of x's shape; called once per step.
    """
    x = x_0
    for t in range(1, schedule.T + 1):
        x = forward_step(x, t, z_like(x), schedule)
        yield x


def kl_to_prior(x_0: Tensor, t: float, schedule: NoiseSchedule) -> Tensor:
    """KL(q(x_t | x_0) ‖ N(0, I)): how far x_t is from pure noise, in nats a sample, float64 (B,).

    ½ Σ [ᾱ_t x_0² - ᾱ_t - ln(1-ᾱ_t)] over the dimensions; infinite at t = 0.

    Args:
        x_0: Clean data, shape (B, *S).
        t: Level in 0..T.
    Raises:
        IndexError: if t lies outside 0..T.
    """
    if not 0 <= t <= schedule.T:
        raise IndexError(f"t = {t} is outside 0..{schedule.T}")
    alpha_bar = schedule.alpha_bar_at(t)
    rows = x_0.to(torch.float64).flatten(1)
    if alpha_bar >= 1.0:
        return torch.full((len(rows),), math.inf, dtype=torch.float64)
    rest = -alpha_bar - math.log1p(-alpha_bar)
    return 0.5 * (alpha_bar * rows.square().sum(dim=1) + rest * rows.shape[1])


class VlbTerms(NamedTuple):
    """The bound -ln p(x_0) <= L_0 + ... + L_T, in nats a sample, float64 (B,) each.

    Attributes:
        prior: L_T, KL(q(x_T | x_0) ‖ N(0, I)).
        steps: {t: L_{t-1}} for the levels asked for, t >= 2.
        decoder: L_0, -ln p(x_0 | x_1) of 256 values in each dimension; None where t = 1 was not asked for.
    """

    prior: Tensor
    steps: dict[int, Tensor]
    decoder: Tensor | None


@torch.no_grad()
def vlb_terms(
    denoiser: Denoiser,
    x_0: Tensor,
    schedule: NoiseSchedule,
    levels: range | list[int] | None = None,
    eps_like: Callable[[Tensor], Tensor] = torch.randn_like,
) -> VlbTerms:
    """Terms of the variational bound with β̃ as the variance of both sides (Ho et al. 2020, section 3).

    L_{t-1} = ½ (SNR(t-1) - SNR(t)) ‖x_0 - x̂_0‖²        (Kingma et al. 2021), one draw of ε each

    Args:
        denoiser: ``(x_t, t) -> Prediction``; it should not clip, and is asked once a level.
        x_0: Clean data in [-1, 1], shape (B, *S).
        levels: t in 1..T; all by default.
        eps_like: ``x -> ε`` of x's shape; called once a level.
    Raises:
        IndexError: if a level lies outside 1..T.
    """
    steps: dict[int, Tensor] = {}
    decoder = None
    for t in range(1, schedule.T + 1) if levels is None else levels:
        x_t = add_noise(x_0, t, eps_like(x_0), schedule)
        x0_hat = denoiser(x_t, t).x0_hat
        if t == 1:
            decoder = decoder_nll(x_0, x0_hat, schedule)
        else:
            error = (x_0 - x0_hat).to(torch.float64).flatten(1).square().sum(dim=1)
            steps[t] = vlb_weight(t, schedule) * error
    return VlbTerms(kl_to_prior(x_0, schedule.T, schedule), steps, decoder)


def vlb_weight(t: int, schedule: NoiseSchedule) -> float:
    """½ (SNR(t-1) - SNR(t)), what an error of x̂_0 at level t >= 2 weighs in the bound."""
    if not 2 <= t <= schedule.T:
        raise IndexError(f"t = {t} is outside 2..{schedule.T}")
    return float(vlb_weights(schedule)[t - 2])


def vlb_weights(schedule: NoiseSchedule) -> np.ndarray:
    """``vlb_weight`` of all levels t = 2..T, float64 (T-1,)."""
    snr = schedule.snr[1:]
    return 0.5 * (snr[:-1] - snr[1:])


def bits_per_dimension(nats: Tensor, x_0: Tensor) -> Tensor:
    """Nats a sample as bits a dimension of x_0's."""
    return nats / (math.log(2.0) * math.prod(x_0.shape[1:]))


def decoder_nll(x_0: Tensor, x0_hat: Tensor, schedule: NoiseSchedule) -> Tensor:
    """L_0 = -ln p(x_0 | x_1) in nats a sample, float64 (B,), of x_0 in [-1, 1] and x̂_0 at t = 1, both (B, *S).

    A Gaussian around x̂_0, cut into 256 bins, open at both ends (Ho et al. 2020, eq. 13). Its variance is β_1: β̃_1 is 0.
    """
    deviation = math.sqrt(1.0 - schedule.alpha_bar_at(1))
    x, mean = x_0.to(torch.float64), x0_hat.to(torch.float64)
    above = torch.where(x > 1.0 - BIN / 2, torch.inf, (x + BIN / 2 - mean) / deviation)
    below = torch.where(x < -1.0 + BIN / 2, -torch.inf, (x - BIN / 2 - mean) / deviation)
    # Of both tails the one whose digits are left: the difference of two numbers near 1 has none
    flip = below > 0
    high, low = torch.where(flip, -below, above), torch.where(flip, -above, below)
    log_high, log_low = torch.special.log_ndtr(high), torch.special.log_ndtr(low)
    log_mass = log_high + torch.log(-torch.expm1(torch.clamp(log_low - log_high, max=-1e-300)))
    return -log_mass.flatten(1).sum(dim=1)
