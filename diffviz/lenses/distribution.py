"""Distribution: x_t over a picture and over ε, and how far it is from pure noise."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from torch import Tensor

from diffviz.chart import Axis, Chart, Dot, Mark, Plot, Series, level_axis, log_axis, number
from diffviz.diffusion import NoiseSchedule
from diffviz.diffusion.distribution import (
    Mixture,
    histogram,
    mixture_density,
    mixture_of,
    noised,
    normal_density,
    told_apart,
)
from diffviz.diffusion.quantities import kl_per_dimension
from diffviz.kinds import KINDS
from diffviz.lenses.lens import Kept, Lens, Moment, some_of

REACH = 4.0  # of the axis of values: N(0, 1) has 6·10⁻⁵ beyond it
BINS = 80
BELL = np.linspace(-REACH, REACH, 121)  # in deviations
MOST = 65_536  # values of x_t that the bars count
HIGHEST = 1.6  # of the axis of densities: peaks of flat colours leave the plot near t = 0
CHANNELS = ("2", "1", "3")  # their colours, the nearest to red, green and blue
EDGES = np.linspace(-REACH, REACH, BINS + 1)
MIDDLES = (EDGES[1:] + EDGES[:-1]) / 2
UNIT = normal_density(BELL)
VALUES, BELLS = Axis("value", -REACH, REACH), Axis("density / largest", 0.0, 1.08)


class Distribution(Lens):
    """All pixels of one picture, one pixel over ε, and the KL divergence to N(0, I) over t."""

    name = "distribution"

    def __init__(self) -> None:
        self._mixtures, self._divergence = Kept(_mixtures), Kept(_divergence)

    def chart(self, moment: Moment, params: Mapping[str, Any]) -> Chart:
        mixtures: dict[str, tuple[Mixture, Axis]] = self._mixtures(moment.x_0, moment.kind)
        alpha_bar = moment.schedule.alpha_bar_at(moment.t)
        plots, said = [], []
        for name, values in KINDS[moment.kind].marginals(moment.x_t.numpy()):
            mixture, y = mixtures[name]
            if moment.guessed:  # another x̂_0 at each t: by that at t = 0 the axis would jump to and fro
                y = _densities(mixture, alpha_bar)
            plots.append(_over_all(name or KINDS[moment.kind].parts, mixture, y, some_of(values, MOST), alpha_bar))
            over, whence = name or f"Over all {KINDS[moment.kind].parts}", "from x̂_0" if moment.guessed else "predicted"
            said.append(_moments(over, mixture, values, alpha_bar, whence))
        mean_square = float(np.mean([mixture.mean_square for mixture, _ in mixtures.values()]))
        bits = moment.x_0.numel() * float(kl_per_dimension(mean_square, np.array(alpha_bar))) / math.log(2)
        y, curve = self._divergence(moment.schedule, mean_square, moment.x_0.numel())
        dots = (Dot(moment.t, bits, number(bits)),) if math.isfinite(bits) else ()
        levels = level_axis(moment.schedule.T)
        plots.append(_over_noise(moment, alpha_bar))
        plots.append(Plot(f"KL to N(0, I), bits of {_size(moment)}", levels, y, (curve,), dots, t=moment.t))
        return Chart(self.name, f"{_whole(moment, mean_square, bits)} {' '.join(said)}", tuple(plots))


def _mixtures(x_0: Tensor, kind: str) -> dict[str, tuple[Mixture, Axis]]:
    """Of each marginal its mixture, and the axis of its densities, the same at every t."""
    made = {}
    for name, values in KINDS[kind].marginals(x_0.numpy()):
        low, high = float(values.min()), float(values.max())
        # a picture's values lie in [-1, 1]: then all 256 of them are kept
        mixture = mixture_of(values, *((-1.0, 1.0) if -1 <= low <= high <= 1 else (low, high)))
        made[name] = mixture, _densities(mixture, 1.0)
    return made


def _densities(mixture: Mixture, alpha_bar: float) -> Axis:
    """As high as a mixture is there."""
    highest = float(mixture_density(mixture, EDGES, alpha_bar).max())
    return Axis("density", 0.0, min(HIGHEST, max(0.46, 1.08 * highest)))


def _over_all(name: str, mixture: Mixture, y: Axis, values: np.ndarray, alpha_bar: float) -> Plot:
    series = (
        Series("counted", MIDDLES, histogram(values, EDGES), "muted", "bars"),
        Series("mixture", MIDDLES, mixture_density(mixture, EDGES, alpha_bar), "signal"),
        Series("N(0, 1)", BELL, UNIT, "noise", "dashed"),
    )
    return Plot(f"x_t over all {name}: a mixture", VALUES, y, series)


def _over_noise(moment: Moment, alpha_bar: float) -> Plot:
    """The bells of one pixel's numbers, each as high as its density is beside its largest; N(0, 1) alike."""
    deviation = (1 - alpha_bar) ** 0.5
    here = zip(moment.looked.channels, CHANNELS, *map(moment.at, (moment.x_0, moment.x_t)), strict=False)
    series: list[Series] = []
    marks: list[Mark] = []
    for name, role, x_0, x_t in here:
        if deviation:
            # as near to its mean as it is narrow: a grid over the whole axis would step over it
            x = alpha_bar**0.5 * x_0 + deviation * BELL
            series.append(Series(name, x, np.exp(-0.5 * np.square(BELL)), role))
        marks.append(Mark(x_t, "x_t", role))
    series.append(Series("N(0, 1)", BELL, UNIT / UNIT.max(), "noise", "dashed"))
    title = f"{moment.looked.place} over ε: Gaussian"
    return Plot(title, VALUES, BELLS, tuple(series), marks=tuple(marks))


def _divergence(schedule: NoiseSchedule, mean_square: float, dimensions: int) -> tuple[Axis, Series]:
    """The divergence of a whole sample over t, in bits; at t = 0 it is infinite."""
    bits = dimensions * kl_per_dimension(mean_square, schedule.alpha_bar) / math.log(2)
    finite = bits[np.isfinite(bits) & (bits > 0)]
    y = log_axis("bits", float(finite.min()), float(finite.max())) if len(finite) else Axis("bits", 0.1, 1, True)
    return y, Series("", np.arange(schedule.T + 1.0), bits, "text")


def _moments(name: str, mixture: Mixture, values: np.ndarray, alpha_bar: float, whence: str) -> str:
    """What was counted beside what follows from x_0, or from the network's guess, which may be wrong."""
    mean, variance = noised(mixture, alpha_bar)
    bars = f"; bars: {MOST:,} of {values.size:,} numbers" if values.size > MOST else ""
    return (
        f"{name}: mean {signed(float(values.mean()))} ({whence} {signed(mean)}), "
        f"deviation {float(values.std()):.3f} ({variance**0.5:.3f}){bars}."
    )


def _size(moment: Moment) -> str:
    """What the divergence is a sum over: the picture in the size of its card, so that it grows with the window."""
    return KINDS[moment.kind].words(moment.x_0.shape[1:])


def _whole(moment: Moment, mean_square: float, bits: float) -> str:
    """How nearly x_t is pure noise, as a whole."""
    if math.isinf(bits):
        return f"At t = 0 there is no noise yet, and every one of the {KINDS[moment.kind].parts} is one value."
    x_0, count = "x̂_0" if moment.guessed else "x_0", moment.x_0.numel()
    share = 100 * told_apart(mean_square, count, moment.schedule.alpha_bar_at(moment.t))
    right = f"{share:.1f} %" if share < 99.95 else "nearly 100 %"
    return (
        f"KL(q(x_t | {x_0}) ‖ N(0, I)) = {number(bits)} bits of {_size(moment)}, {number(bits / count)} a number: "
        f"the best judge, who knows {x_0}, tells x_t from noise in {right} of cases at this size (50 %: guessing)."
    )


def signed(value: float) -> str:
    """A mean, which keeps its sign so that the words stand still; what rounds to 0 has no minus."""
    return f"{round(value, 3) + 0.0:+.3f}".replace("-", "−")
