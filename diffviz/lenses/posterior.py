"""Posterior: q(x_s | x_t, x_0) over t, and its bell at one pixel beside what is known without x_t."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from diffviz.chart import Axis, Chart, Dot, Mark, Plot, Series, level_axis, number
from diffviz.diffusion import NoiseSchedule, posterior_coefficients, posterior_columns
from diffviz.lenses.lens import Kept, Lens, Moment

LEAST = 1e-6  # of the curves: what is smaller is below the plot
POINTS = 121  # of a bell
REACH = 3.6  # deviations that are drawn
WIDE = 4.0  # of the axis of values, the same at every t: one sees the bells move
NO_STEP = "From t = 0 no step leads back: x_0 is there. Move t up."
NEAR = 4.0  # deviations of the posterior, in the plot that looks closely


class Posterior(Lens):
    """The coefficients over t, the bells of level s at one pixel, and the same from near.

    "From near": the posterior's own width, beside which q(x_s | x_0) is wide and flat.
    """

    name = "posterior"

    def __init__(self) -> None:
        self._curves = Kept(_curves)

    def chart(self, moment: Moment, params: Mapping[str, Any]) -> Chart:
        back = min(max(1, int(params["back"])), moment.schedule.T)
        # in "Remove noise" the chain says where its step goes
        s = moment.s if moment.guessed and back == 1 else max(moment.t - back, 0)
        back = max(1, round(moment.t - s)) if moment.guessed else back
        over_t = self._over_t(moment, back, s)
        if moment.t <= 0:
            return Chart(self.name, NO_STEP, (over_t,))
        c_0, c_t, variance = posterior_coefficients(moment.t, s, moment.schedule)
        numbers = moment.at(moment.x_0), moment.at(moment.x_t)
        k = min(int(params["channel"]), len(numbers[0])) - 1
        x_0, x_t = (values[k] for values in numbers)
        guess = None if moment.guess is None else moment.at(moment.guess)[k]
        guessed = None if guess is None else c_0 * guess + c_t * x_t
        bells = _Bells(moment, s, (c_0 * x_0 + c_t * x_t, math.sqrt(variance)), (x_0, x_t, guess), guessed)
        where = f"{moment.looked.channels[k]} of {moment.looked.place}"
        sentence = _sentence(moment, (s, where), (c_0, c_t, variance), (x_0, x_t, guess))
        used = ("back", back), ("channel", k + 1)
        return Chart(self.name, sentence, (over_t, bells.wide(), bells.near()), used=used)

    def _over_t(self, moment: Moment, back: int, s: float) -> Plot:
        t, schedule = moment.t, moment.schedule
        series, axis = self._curves(schedule, back)
        dots: tuple[Dot, ...] = ()
        if t > 0:
            c_0, c_t, variance = posterior_coefficients(t, s, schedule)
            values = (("c_0", c_0, "signal"), ("c_t", c_t, "text"), ("β̃", variance, "noise"))
            dots = tuple(Dot(t, y, number(y), role) for _, y, role in values if y >= LEAST)
        return Plot("over t", level_axis(schedule.T), axis, series, dots, t=t, width=1.35)


class _Bells:
    """Bells of level s, each drawn to the height 1: their widths are what is compared.

    ``numbers``: x_0, x_t and in "Add noise" the network's x̂_0; ``guessed``: the mean that the posterior has with it.
    """

    def __init__(
        self,
        moment: Moment,
        s: float,
        posterior: tuple[float, float],
        numbers: tuple[float, float, float | None],
        guessed: float | None,
    ) -> None:
        alpha_bar = moment.schedule.alpha_bar_at(s)
        self._posterior, (self._x_0, self._x_t, self._guess), self._mean = posterior, numbers, guessed
        self._forward = math.sqrt(alpha_bar) * self._x_0, math.sqrt(1.0 - alpha_bar)
        self._hat = "x̂_0" if moment.guessed else "x_0"
        self._names = f"q(x_s | {self._hat})", ("p_θ(x_s | x_t)" if moment.guessed else "q(x_s | x_t, x_0)")

    def wide(self) -> Plot:
        """All that q(x_s | x_0) reaches."""
        (mean, deviation), (centre, narrow) = self._forward, self._posterior
        series = [_bell(self._names[0], mean, deviation, "signal", "dashed")]
        series.append(_bell(self._names[1], centre, narrow, "noise", "line"))
        marks = [Mark(self._x_t, "x_t", "text"), Mark(self._x_0, self._hat, "signal")]
        if self._guess is not None:
            marks.append(Mark(self._guess, "x̂_0", "signal"))
        reach = max(WIDE, 1.05 * abs(self._x_t))
        axis = Axis("x", -reach, reach)
        shown = tuple(each for each in series if each is not None)
        return Plot("bells, height 1", axis, _HEIGHT, shown, marks=tuple(marks))

    def near(self) -> Plot:
        """The posterior's own width, and where it would be with the network's x̂_0."""
        (mean, deviation), (centre, narrow) = self._forward, self._posterior
        off = 0.0 if self._mean is None else abs(self._mean - centre)
        reach = max(NEAR * max(narrow, 1e-4), 1.2 * off)
        axis = Axis("x", centre - reach, centre + reach)
        series = [_bell("", mean, deviation, "signal", "dashed", (axis.low, axis.high))]
        series.append(_bell(self._names[1], centre, narrow, "noise", "line"))
        if self._mean is not None:
            series.append(_bell("p_θ(x_s | x_t)", self._mean, narrow, "text", "dashed"))
        marks = Mark(centre, "mean", "noise"), Mark(self._x_t, "x_t", "text"), Mark(self._x_0, self._hat, "signal")
        return Plot("from near", axis, _HEIGHT, tuple(each for each in series if each is not None), marks=marks)


_HEIGHT = Axis("density / its maximum", 0.0, 1.08)


def _bell(
    name: str, mean: float, deviation: float, role: str, style: str, over: tuple[float, float] | None = None
) -> Series | None:
    """A Gaussian of height 1; None of one without width, which a mark shows."""
    if deviation <= 0:
        return None
    low, high = over or (mean - REACH * deviation, mean + REACH * deviation)
    x = np.linspace(low, high, POINTS)
    return Series(name, x, np.exp(-0.5 * ((x - mean) / deviation) ** 2), role, style)


def _curves(schedule: NoiseSchedule, back: int) -> tuple[tuple[Series, ...], Axis]:
    columns = posterior_columns(schedule, back)
    t = np.arange(schedule.T + 1, dtype=np.float64)
    step = "_t" if back == 1 else "_{t|s}"
    series = (
        Series("c_0", t, columns.c_0, "signal"),
        Series("c_t", t, columns.c_t, "text", "dotted"),
        Series("β̃", t, columns.beta_tilde, "noise"),
        Series(f"β{step}", t, columns.beta, "noise", "dashed"),
    )
    shown = np.concatenate([each.y[np.isfinite(each.y) & (each.y > 0)] for each in series])
    low = max(LEAST, float(shown.min()))
    return series, Axis("", 10.0 ** math.floor(math.log10(low)), 1.6, log=True)


def _sentence(
    moment: Moment,
    at: tuple[float, str],
    coefficients: tuple[float, float, float],
    values: tuple[float, float, float | None],
) -> str:
    (s, where), (c_0, c_t, variance), (x_0, x_t, guess) = at, coefficients, values
    hat = "x̂_0" if moment.guessed else "x_0"
    sums = f"{number(c_0)} · {number(x_0)} + {number(c_t)} · {number(x_t)} = {number(c_0 * x_0 + c_t * x_t)}"
    mean = (
        f"x_s at s = {s:g}, {where}: mean c_0 {hat} + c_t x_t = {sums}, deviation √β̃ = {number(math.sqrt(variance))}."
    )
    skips = " One Gaussian for any s < t, whatever lies between: so a sampler may skip levels."
    if moment.guessed:
        return f"{mean} p_θ is the posterior with the model's guess x̂_0 for x_0.{skips if moment.t - s > 1 else ''}"
    if guess is not None:
        off, size = abs(c_0 * (guess - x_0)), moment.said.partition(", ")[2]
        whose = f" (of the picture at {size})" if size else ""
        far = f": {number(off / math.sqrt(variance))} deviations off" if variance else f": {number(off)} off"
        return f"{mean} A reverse step p_θ is this with the model's guess x̂_0 = {number(guess)}{whose}{far}."
    if moment.said:
        return f"{mean} No p_θ here: {moment.said}."
    if moment.t - s > 1:
        return f"{mean}{skips}"
    return f"{mean} A reverse step draws so, with the model's guess x̂_0 for x_0."
