"""Schedule: the curves of the schedule over t. The window draws them by itself, at once; films and files take these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from diffviz.chart import Axis, Chart, Dot, Plot, Series, Table, level_axis, linear_axis, log_axis, number
from diffviz.diffusion import NoiseSchedule, quantities
from diffviz.lenses.lens import Kept, Lens, Moment
from diffviz.lenses.numbers import COLUMNS

LISTED = ("t", "beta", "alpha", "alpha_bar", "signal", "noise", "sigma", "snr", "snr_db")
SHARES = Axis("", -0.05, 1.05)
# of each choice of curves its plots: title, and of each curve quantity, name, role and style
CURVES: dict[str, tuple[tuple[str, tuple[tuple[str, str, str, str], ...]], ...]] = {
    "coefficients": (
        (
            "factors over t",
            (("signal", "√ᾱ signal", "signal", "line"), ("noise", "√(1−ᾱ) noise", "noise", "dashed")),
        ),
    ),
    "alpha_bar": (
        ("ᾱ over t", (("alpha_bar", "ᾱ", "signal", "line"),)),
        ("β over t", (("beta", "β", "noise", "dashed"),)),
    ),
    "alpha": (("α over t", (("alpha", "α", "signal", "line"),)),),
    "snr": (("SNR in dB over t", (("snr_db", "SNR", "text", "line"),)),),
    "sigma": (("σ over t", (("sigma", "σ", "noise", "line"),)),),
}
Pinned = tuple[NoiseSchedule, str]


class Schedule(Lens):
    """√ᾱ and √(1-ᾱ), with every level in the table."""

    name = "schedule"

    def __init__(self) -> None:
        self._parts = Kept(_parts)

    def chart(self, moment: Moment, params: Mapping[str, Any]) -> Chart:
        return _at(moment.t, *self._parts(moment.schedule))


def chart_of(schedule: NoiseSchedule, t: float, curves: str = "coefficients", pinned: Pinned | None = None) -> Chart:
    """The chart of a schedule at level t; ``curves``: which; ``pinned``: another one, by name, its curves dotted."""
    return _at(t, *_parts(schedule, curves, pinned))


def _at(t: float, plots: tuple[Plot, ...], table: Table) -> Chart:
    shown = []
    for plot in plots:
        own = [(each, float(np.interp(t, each.x, each.y))) for each in plot.series if each.style != "dotted"]
        dots = tuple(Dot(t, y, number(y), each.role) for each, y in own if np.isfinite(y))
        shown.append(replace(plot, dots=dots, t=t))
    return Chart("schedule", "", tuple(shown), table)


def _parts(
    schedule: NoiseSchedule, curves: str = "coefficients", pinned: Pinned | None = None
) -> tuple[tuple[Plot, ...], Table]:
    """What does not depend on t."""
    columns = quantities(schedule, 1.0)
    table = Table(tuple(COLUMNS[name] for name in LISTED), np.stack([columns[name] for name in LISTED], axis=1))
    plots = []
    for title, lines in CURVES.get(curves, CURVES["coefficients"]):
        series = [Series(name, columns["t"], columns[key], role, style) for key, name, role, style in lines]
        if pinned is not None:
            other, label = quantities(pinned[0], 1.0), pinned[1]
            x = np.linspace(0, schedule.T, pinned[0].T + 1)  # the same shares of T
            for i, (key, _, role, _) in enumerate(lines):
                series.append(Series("" if i else label, x, other[key], role, "dotted"))
        plots.append(Plot(title, level_axis(schedule.T), _axis(curves, title, series), tuple(series)))
    return tuple(plots), table


def _axis(curves: str, title: str, series: list[Series]) -> Axis:
    if curves in ("coefficients", "spread") or title.startswith("ᾱ"):
        return SHARES
    values = np.concatenate([each.y for each in series])
    values = values[np.isfinite(values) & (values > 0 if curves == "sigma" else True)]
    return (log_axis if curves == "sigma" else linear_axis)("", float(values.min()), float(values.max()))
