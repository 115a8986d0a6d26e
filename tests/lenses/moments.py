"""Moments for the tests of the lenses."""

from __future__ import annotations

from typing import Any

import torch

from diffviz.chart import Chart
from diffviz.diffusion import SCHEDULES, NoiseSchedule, add_noise
from diffviz.lens_catalog import lens_params
from diffviz.lenses import LENSES, Looked, Moment

LINEAR = SCHEDULES["linear"]()


def moment(schedule: NoiseSchedule, t: float, s: float | None = None, guessed: bool = False) -> Moment:
    """Level t of a ramp of grey, looked at in its middle; ``guessed``: as a state of a chain."""
    x_0 = torch.linspace(-1, 1, 3 * 8 * 8).reshape(1, 3, 8, 8)
    eps = torch.randn(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    x_t = add_noise(x_0, round(t), eps, schedule)
    looked = Looked((slice(None), 4, 4), "x = 4, y = 4", ("red", "green", "blue"))
    lower = max(t - 1, 0) if s is None else s
    return Moment(schedule, t, lower, x_0, eps, x_t, "picture", guessed, looked, None if guessed else 0)


def chart_of(lens: str, what: Moment, **given: Any) -> Chart:
    params = lens_params({f"{lens}.{name}": value for name, value in given.items()}.items(), lens)
    return LENSES[lens]().chart(what, dict(params))
