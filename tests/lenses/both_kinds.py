"""Moments of a small picture or of points, for the lenses that look at both."""

from __future__ import annotations

import numpy as np
import torch

from diffviz.diffusion import SCHEDULES, NoiseSchedule, add_noise
from diffviz.kinds import KINDS
from diffviz.lenses import Looked, Moment

LINEAR = SCHEDULES["linear"]()
RNG = np.random.default_rng(0)
PICTURE = np.add.outer(np.arange(32), np.arange(40))[..., None].repeat(3, 2) * 3 + RNG.integers(0, 40, (32, 40, 3))


def moment_of(
    x_0: torch.Tensor, t: int, kind: str = "picture", schedule: NoiseSchedule = LINEAR, fresh: bool = False
) -> Moment:
    eps = torch.randn(x_0.shape, generator=torch.Generator().manual_seed(0))
    x_t = add_noise(x_0, t, eps, schedule)
    index, place = KINDS[kind].looked_at(x_t[0].numpy(), (0.5, 0.5))
    looked = Looked(index, place, KINDS[kind].channels(len(x_0[0][index])))
    return Moment(schedule, t, max(t - 1, 0), x_0, eps, x_t, kind, False, looked, 0, fresh)


def picture() -> torch.Tensor:
    return torch.from_numpy(KINDS["picture"].x_0(PICTURE.astype(np.uint8)))[None]


def points() -> torch.Tensor:
    return torch.from_numpy(KINDS["points"].x_0(KINDS["points"].read("builtin:two_moons").array))[None]
