"""DDIM inversion: from a clean picture up to the noise that the deterministic chain would make it of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from diffviz.diffusion.denoiser import Denoiser
from diffviz.diffusion.levels import chosen_levels
from diffviz.diffusion.reverse import add_up
from diffviz.diffusion.schedules import NoiseSchedule


@dataclass(frozen=True)
class InversionStep:
    """One step of an inversion, from level s up to level t.

    Attributes:
        i, n: the step's number in 0..n-1, and how many there are.
        s, t: its levels; s is 0 at the first.
        x_s, x_t: the variance-preserving states before and after, shape (B, *S).
        x0_hat, eps_hat: what the denoiser said at x_s, shape (B, *S); x0_hat is x_0 itself at s = 0.
    """

    i: int
    n: int
    s: float
    t: float
    x_s: Tensor
    x_t: Tensor
    x0_hat: Tensor
    eps_hat: Tensor


def ddim_inversion(
    denoiser: Denoiser,
    x_0: Tensor,
    schedule: NoiseSchedule,
    *,
    steps: int | None = None,
    spacing: str = "trailing",
    levels: Sequence[float] | None = None,
) -> Iterator[InversionStep]:
    """The map of ``ddim`` with η = 0, upwards (Song et al. 2021, section 4.3; Dhariwal & Nichol 2021, appendix F).

    x_t = √ᾱ_t x̂_0(x_s) + √(1-ᾱ_t) ε̂(x_s)

    It is Euler's method for the ODE whose way down ``ddim`` takes, so there and back again errs by O(1/steps). The
    denoiser is asked at the level where the state is; level 0 has no noise to find, so a clean picture is asked about
    at level 1.

    Args:
        denoiser: ``(x_t, t) -> Prediction``. It should not clip, and guidance above 1 is no ODE that leads back.
        x_0: Clean data, shape (B, *S). Maths runs in its dtype and on its device.
        schedule: the denoiser's own.
        steps: Number of steps in 1..T; None is every level.
        spacing: as ``step_levels`` has it, for the chain that leads back.
        levels: As a sampler takes them, strictly falling to 0; they are walked the other way. Overrides the two above.
    Raises:
        ValueError: at the call, if an argument is none of these.
    """
    return _climb(denoiser, x_0, schedule, chosen_levels(schedule.T, steps, spacing, levels)[::-1])


@torch.no_grad()
def _climb(
    denoiser: Denoiser, x_0: Tensor, schedule: NoiseSchedule, levels: Sequence[float]
) -> Iterator[InversionStep]:
    x_s, n = x_0, len(levels) - 1
    for i, (s, t) in enumerate(pairwise(levels)):
        prediction = denoiser(x_s, s or 1)
        x0_hat = prediction.x0_hat if s else x_0
        alpha_bar = schedule.alpha_bar_at(t)
        x_t = add_up((("x̂_0", alpha_bar**0.5, x0_hat), ("ε̂", (1.0 - alpha_bar) ** 0.5, prediction.eps_hat)))
        yield InversionStep(i, n, s, t, x_s, x_t, x0_hat, prediction.eps_hat)
        x_s = x_t
