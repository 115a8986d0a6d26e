"""Spectrum: power of x_0, noise and x_t against frequency, and where the noise takes over."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from diffviz.chart import Axis, Chart, Dot, Mark, Plot, Series, level_axis, log_axis
from diffviz.diffusion import NoiseSchedule
from diffviz.diffusion.spectrum import LEAST, Spectra, crossing, spectra, transform
from diffviz.kinds import KINDS
from diffviz.lenses.lens import Kept, Lens, Moment, levels_over

MOST_SAMPLES = 2**18  # of a sound
MOST = 512  # pixels a side that are transformed: as much as keeps up with the slider
FLOOR = 1e-4  # of the axis: β_1 of the usual schedules
LEVELS = 200  # of the curve over t

NO_GRID = "Points have no grid of pixels, so there is no spectrum of them; open a picture or a sound."
TOO_SMALL = f"A spectrum needs at least {LEAST} x {LEAST} pixels; open a larger picture."


class Spectrum(Lens):
    """Power over frequency at t, and the frequency at which the noise takes over, over t."""

    name = "spectrum"

    def __init__(self) -> None:
        self._transform_x_0, self._transform_eps = Kept(_transform), Kept(_transform)
        self._spectra = Kept(spectra)
        self._axes = Kept(_axes)
        self._crossings = Kept(_crossings)
        self._clean = Kept(_clean)

    def chart(self, moment: Moment, params: Mapping[str, Any]) -> Chart:
        heard = KINDS[moment.kind].heard
        unit = "sample" if heard else "pixel"
        if moment.x_0.ndim != 4 and not heard:
            return Chart(self.name, message=NO_GRID)
        if not heard and min(moment.x_0.shape[2:]) < LEAST:
            return Chart(self.name, message=TOO_SMALL)
        pair = self._transform_x_0(moment.x_0, moment.kind), self._transform_eps(moment.eps, moment.kind)
        height, width = (1, _samples(moment)) if heard else (min(n, MOST) for n in moment.x_0.shape[2:])
        found = self._spectra(*pair, width)
        alpha_bar = moment.schedule.alpha_bar_at(moment.t)
        cross = crossing(found.frequency, alpha_bar * found.x_0, 1 - alpha_bar)
        power = self._power(found, self._axes(found, unit), alpha_bar, cross, "x̂_0" if moment.guessed else "x_0")
        way = self._way(found, self._axes(found, unit)[0], moment, cross)
        middle = f"{width:,} samples, their" if heard else f"{width} × {height} px, its"
        said = f"{_sentence(found, alpha_bar, cross, heard)} Of the middle {middle} mean removed, under a Hann window; "
        return Chart(self.name, f"{said}white noise is flat.", (power, way))

    def _power(self, found: Spectra, axes: tuple[Axis, Axis], alpha_bar: float, cross: float | None, x_0: str) -> Plot:
        f, noise = found.frequency, 1 - alpha_bar
        series = (
            self._clean(found, x_0),
            Series(f"ᾱ · {x_0}", f, alpha_bar * found.x_0),
            Series("(1−ᾱ) · ε", f, noise * found.eps, "noise"),
            Series("1−ᾱ", f, np.full(len(f), noise), "noise", "dashed"),
            Series("x_t", f, found.x_t(alpha_bar), "text"),
        )
        x = math.inf if cross is None else cross  # without one the room of its name stays, and so the plot's height
        return Plot("power against frequency", *axes, series, marks=(Mark(x, f"{x:.3f}"),))

    def _way(self, found: Spectra, y: Axis, moment: Moment, cross: float | None) -> Plot:
        dots = () if cross is None else (Dot(moment.t, cross, f"{cross:.3f}"),)
        return Plot(
            "where the noise takes over",
            level_axis(moment.schedule.T),
            y,
            (self._crossings(found, moment.schedule),),
            dots,
            t=moment.t,
        )


def _samples(moment: Moment) -> int:
    """How many of a sound are transformed."""
    return min(math.prod(moment.x_0.shape), MOST_SAMPLES)


def _transform(x: Tensor, kind: str) -> Tensor:
    """Of the middle of a sample (1, C, H, W), at most ``MOST`` pixels a side; of a sound, of what is heard, as
    loud as its numbers are: white noise in them is as strong in it."""
    if KINDS[kind].heard:
        wave = torch.from_numpy(KINDS[kind].waves(x.numpy()))[0] * KINDS[kind].scale(x.shape[1:])
        count = min(len(wave), MOST_SAMPLES)
        begin = (len(wave) - count) // 2
        return transform(wave[None, None, begin : begin + count].contiguous())
    height, width = (min(n, MOST) for n in x.shape[2:])
    top, left = (x.shape[2] - height) // 2, (x.shape[3] - width) // 2
    return transform(x[0, :, top : top + height, left : left + width].contiguous())


def _axes(found: Spectra, unit: str) -> tuple[Axis, Axis]:
    """The same at every t, so that one sees what moves."""
    frequency = log_axis(f"cycles a {unit}", float(found.frequency[0]), float(found.frequency[-1]))
    return frequency, log_axis("power", FLOOR, max(10.0, float(found.x_0.max())))


def _clean(found: Spectra, x_0: str) -> Series:
    return Series(x_0, found.frequency, found.x_0, "muted", "dotted")


def _crossings(found: Spectra, schedule: NoiseSchedule) -> Series:
    """Over t the frequency above which there is more noise than picture; NaN where there is none."""
    levels = levels_over(schedule, LEVELS)
    crossings = [crossing(found.frequency, share * found.x_0, 1 - share) for share in schedule.alpha_bar[levels]]
    return Series(
        "", levels.astype(np.float64), np.array([np.nan if each is None else each for each in crossings]), "text"
    )


def _sentence(found: Spectra, alpha_bar: float, cross: float | None, heard: bool) -> str:
    """Where the noise takes over."""
    if cross is not None and heard:
        return f"Above {cross:.3f} cycles a sample there is more noise than sound."
    if cross is not None:
        return (
            f"Above {cross:.3f} cycles a pixel (waves shorter than {1 / cross:.3g} px) there is more noise than "
            "picture: fine detail drowns first, coarse shapes last."
        )
    if alpha_bar * found.x_0[-1] > 1 - alpha_bar:
        return f"The {'highest frequencies are' if heard else 'finest detail is'} still above the noise."
    return f"There is more noise than {'sound' if heard else 'picture'} at every frequency."
