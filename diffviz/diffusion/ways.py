"""Ways: from one x_T down to x_0, the ODE's and the SDE's, step by step or in longer steps while x_T is dragged."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion.denoiser import Denoiser
from diffviz.diffusion.forward import posterior_coefficients
from diffviz.diffusion.levels import step_levels
from diffviz.diffusion.samplers import SAMPLERS
from diffviz.diffusion.schedules import NoiseSchedule

STEPS = 100
LONG = 4  # steps in one, while x_T is dragged


def both_ways(
    denoiser: Denoiser, schedule: NoiseSchedule, start: Sequence[float], seed: int, moving: bool = False
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Levels (K,) from T down, and the ODE's way (DDIM, η = 0) and the SDE's (η = 1) from one x_T, float32 (K, D) each.

    Args:
        start: x_T, D numbers. seed: of the SDE's fresh noise.
        moving: in a quarter of the steps. The fresh noise of a long step is made of that of the steps in it, so that
            the SDE's way is nearly the same.
    """
    levels = way_levels(schedule, moving)
    x_T = torch.tensor([start], dtype=torch.float32)
    noise = iter(_fresh(schedule, len(start), seed, moving))
    _, ode = walk_ode(denoiser, schedule, x_T, moving)
    sde = SAMPLERS["ddim"](denoiser, x_T, schedule, levels=levels, eta=1.0, randn_like=lambda x: next(noise))
    return np.array(levels, np.float64), ode[:, 0], torch.cat([x_T, *(step.x_s for step in sde)]).numpy()


def walk_ode(
    denoiser: Denoiser, schedule: NoiseSchedule, x_T: Tensor, moving: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Levels (K,) from T down, and the places (K, n, D) of DDIM at η = 0 from x_T (n, D); ``moving`` as above."""
    levels = way_levels(schedule, moving)
    steps = SAMPLERS["ddim"](denoiser, x_T[None], schedule, levels=levels)  # n points are one sample, as of a chain
    return np.array(levels, np.float64), torch.stack([x_T, *(step.x_s[0] for step in steps)]).numpy()


def way_levels(schedule: NoiseSchedule, moving: bool = False) -> list[float]:
    """The levels of a way, from T to 0."""
    levels = step_levels(schedule.T, min(STEPS, schedule.T))
    return [*levels[: -1 : LONG if moving else 1], 0]


def _fresh(schedule: NoiseSchedule, dimensions: int, seed: int, moving: bool) -> list[Tensor]:
    """z (1, D) of each step that adds noise.

    As long as x̂_0 stays as it is, x_s = c_0 x̂_0 + c_t x_t + σ z of two steps is that of one whose σ z is
    c_t σ_1 z_1 + σ_2 z_2, and its variance β̃ of both: the posterior composes.
    """
    generator = torch.Generator().manual_seed(seed)
    levels = way_levels(schedule)
    gathered: list[Tensor] = []
    ends = set(way_levels(schedule, moving)[1:-1])
    begin, sum_z = levels[0], torch.zeros(1, dimensions)
    for t, s in pairwise(levels[:-1]):
        _, c_t, beta_tilde = posterior_coefficients(t, s, schedule)
        sum_z = c_t * sum_z + beta_tilde**0.5 * torch.randn((1, dimensions), generator=generator)
        if s in ends:
            gathered.append(sum_z / posterior_coefficients(begin, s, schedule)[2] ** 0.5)
            begin, sum_z = s, torch.zeros_like(sum_z)
    return gathered
