"""Schedule: the curves of the schedule over t. The window draws them by itself, at once; films and files take these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from diffviz.chart import Axis, Chart, Dot, Plot, Series, Table, level_axis, number
from diffviz.diffusion import NoiseSchedule, quantities
from diffviz.lenses.lens import Kept, Lens, Moment
from diffviz.lenses.numbers import COLUMNS

LISTED = ("t", "beta", "alpha", "alpha_bar", "signal", "noise", "sigma", "snr", "snr_db")


class Schedule(Lens):
    """√ᾱ and √(1-ᾱ), with every level in the table."""

    name = "schedule"

    def __init__(self) -> None:
        self._parts = Kept(_parts)

    def chart(self, moment: Moment, params: Mapping[str, Any]) -> Chart:
        return chart_of(moment.schedule, moment.t, self._parts(moment.schedule))


def chart_of(
    schedule: NoiseSchedule,
    t: float,
    parts: tuple[tuple[Series, ...], Table] | None = None,
    pinned: tuple[NoiseSchedule, str] | None = None,
) -> Chart:
    """The chart of a schedule at level t; ``parts``: what does not depend on it; ``pinned``: another one, by name."""
    series, table = parts or _parts(schedule)
    signal, noise = (float(np.interp(t, each.x, each.y)) for each in series)
    dots = Dot(t, signal, number(signal), "signal"), Dot(t, noise, number(noise), "noise")
    if pinned is not None:
        other, name = pinned
        x = np.linspace(0, schedule.T, other.T + 1)  # the same shares of T
        series = (
            *series,
            Series(name, x, np.sqrt(other.alpha_bar), "signal", "dotted"),
            Series("", x, np.sqrt(1 - other.alpha_bar), "noise", "dotted"),
        )
    plot = Plot("factors over t", level_axis(schedule.T), Axis("", -0.05, 1.05), series, dots, t=t)
    return Chart("schedule", "", (plot,), table)


def _parts(schedule: NoiseSchedule) -> tuple[tuple[Series, ...], Table]:
    columns = quantities(schedule, 1.0)
    table = Table(tuple(COLUMNS[name] for name in LISTED), np.stack([columns[name] for name in LISTED], axis=1))
    series = (
        Series("√ᾱ signal", columns["t"], columns["signal"], "signal"),
        Series("√(1−ᾱ) noise", columns["t"], columns["noise"], "noise", "dashed"),
    )
    return series, table
