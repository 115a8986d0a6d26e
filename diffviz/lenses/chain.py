"""Chain: t small steps with fresh noise beside the one jump: what they add up to, and the ways that they take."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from diffviz.chart import Axis, Chart, Dot, Plot, Series, level_axis, linear_axis
from diffviz.diffusion import NoiseSchedule
from diffviz.diffusion.chains import Accumulated, accumulate, chains, measure
from diffviz.lenses.lens import Kept, Lens, Moment, levels_over, some_of

PATHS = 20
NUMBERS = 2**23  # that are drawn to measure, 32 MiB: values of the picture times T
VALUES = 65_536  # of the picture, at most: of few steps
POINTS = 500  # of a path
DOTS = 14  # of what is measured
SHARES = Axis("", 0.0, 1.1)
ENERGY = 100.0  # Σ x_0², below which a measured factor of x_0 is off by 0.1 and says nothing


class Chain(Lens):
    """What the steps add up to, predicted and measured, and chains of one pixel over t."""

    name = "chain"

    def __init__(self) -> None:
        self._many, self._few = Kept(_noise), Kept(_noise)
        self._measured, self._sums, self._paths = Kept(_measured), Kept(_sums), Kept(_paths)

    def chart(self, moment: Moment, params: Mapping[str, Any]) -> Chart:
        schedule, t, seed = moment.schedule, moment.t, moment.seed or 0
        many = self._many(schedule, seed, max(16, min(VALUES, NUMBERS // schedule.T)))
        found = self._measured(moment.x_0, many, schedule)
        levels = level_axis(schedule.T)
        sums = Plot("what t steps come to", levels, SHARES, self._sums(found, schedule), t=t)
        x_0, eps, x_t = map(moment.at, (moment.x_0, moment.eps, moment.x_t))
        k = min(int(params["channel"]), len(x_0)) - 1
        held = None if moment.fresh else eps[k]
        y, ways = self._paths(self._few(schedule, seed, PATHS), schedule, x_0[k], held)
        what = f"{PATHS} chains of {moment.looked.channels[k]} at {moment.looked.place}"
        paths = Plot(what, levels, y, ways, (Dot(t, x_t[k], "", "text"),), t=t)
        return Chart(self.name, _sentence(moment, found), (sums, paths), used=(("channel", k + 1),))


@dataclass(frozen=True, eq=False)
class _Found:
    """What follows from β step by step; what was measured, of how many values, and Σ x_0² of them."""

    added: Accumulated
    measured: Accumulated
    count: int
    energy: float


def _noise(schedule: NoiseSchedule, seed: int, count: int) -> np.ndarray:
    """What the steps of so many chains have added, float32 (T+1, count)."""
    z = np.random.default_rng((seed, count)).standard_normal((schedule.T, count), np.float32)
    return chains(np.zeros(count, np.float32), z, schedule)


def _measured(x_0: Tensor, noise: np.ndarray, schedule: NoiseSchedule) -> _Found:
    """On real chains of the picture's own values."""
    values = some_of(x_0.numpy(), noise.shape[1])
    noise, energy = noise[:, : len(values)], float(np.square(values, dtype=np.float64).sum())
    added = accumulate(schedule)
    measured = measure(values, noise, added.signal)
    if energy < ENERGY:
        measured = measured._replace(signal=np.full(schedule.T + 1, np.nan))
    return _Found(added, measured, len(values), energy)


def _sums(found: _Found, schedule: NoiseSchedule) -> tuple[Series, ...]:
    levels = np.arange(schedule.T + 1.0)
    added, measured = found.added, found.measured
    at = np.unique(np.linspace(0, schedule.T, DOTS).round().astype(int))
    return (
        Series("∏√(1−β)", levels, added.signal, "signal"),
        Series("√ᾱ", levels, np.sqrt(schedule.alpha_bar), "text", "dashed"),
        Series("variance", levels, added.variance, "noise"),
        Series("1−ᾱ", levels, 1 - schedule.alpha_bar, "text", "dashed"),
        Series("measured", levels[at], measured.signal[at], "signal", "dots"),
        Series("", levels[at], measured.variance[at], "noise", "dots"),
    )


def _paths(
    noise: np.ndarray, schedule: NoiseSchedule, x_0: float, eps: float | None
) -> tuple[Axis, tuple[Series, ...]]:
    """The chains from x_0, linear in it so that their noise is drawn once, and the way of a held ε where it is one."""
    at = levels_over(schedule, POINTS)
    levels = at.astype(np.float64)
    mean, deviation = np.sqrt(schedule.alpha_bar[at]) * x_0, np.sqrt(1 - schedule.alpha_bar[at])
    ways = mean[:, None] + noise[at]
    series = [
        Series("±2σ", levels, mean + 2 * deviation, "noise", "band", mean - 2 * deviation),
        Series("±1σ", levels, mean + deviation, "noise", "band", mean - deviation),
        *(Series("" if n else "chains", levels, way, "muted", "thin") for n, way in enumerate(ways.T)),
        Series("√ᾱ x_0", levels, mean, "signal", "dashed"),
    ]
    if eps is not None:
        series.append(Series("held ε", levels, mean + deviation * eps, "text"))
    high = max(3.0, float(np.abs(ways).max()), *(float(np.abs(each.y).max()) for each in series))
    return linear_axis("", -high, high), tuple(series)


def _sentence(moment: Moment, found: _Found) -> str:
    t, x_0 = round(moment.t), "x̂_0" if moment.guessed else "x_0"
    signal, variance = found.added.signal[t], found.added.variance[t]
    factor = f"measured {found.measured.signal[t]:.3f} ± {(variance / max(found.energy, 1e-9)) ** 0.5:.3f}"
    if found.energy < ENERGY:
        factor = f"not measured: {x_0} is too near 0, or of too few numbers"
    left = f"measured {found.measured.variance[t]:.3f} ± {variance * (2 / found.count) ** 0.5:.3f}, its standard error"
    held = f"That of a held ε is smooth: no sample of q(x_1 … x_T | {x_0})."
    way = "This one is on the screen." if moment.fresh else held
    return (
        f"Factors √(1−β) multiply to √ᾱ_t = {signal:.3f} ({factor}), variances add up to 1−ᾱ_t = {variance:.3f} "
        f"({left}): steps and jump have one law at each t. A chain's way is rough. {way}"
    )
