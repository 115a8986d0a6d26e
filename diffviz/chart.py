"""Chart: what a lens shows, as plain numbers: plots, a table, a sentence. Window, film and CSV are made of the same.

No torch, no Qt. Words may hold signs as "x_0", "x_{t−1}", "x̂_0"; who draws them sets the index.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from diffviz.numerals import significant, tick_text
from diffviz.ticks import level_ticks, linear_ticks, log_ticks, several_ticks

BARE = {ord("{"): None, ord("}"): None}  # a sign where nobody sets its index


@dataclass(frozen=True)
class Axis:
    """One axis: what it counts and its ends, in its own units.

    ``log``: logarithmic, both ends above 0. ``levels``: it is t, from 0 to T.
    """

    label: str
    low: float
    high: float
    log: bool = False
    levels: bool = False

    def share(self, value: float | np.ndarray) -> np.ndarray:
        """Where a value lies between the ends, 0..1; NaN where the axis has no place for it."""
        low, high, value = self.low, self.high, np.asarray(value, dtype=np.float64)
        if self.log:
            value = np.log10(np.where(value > 0, value, np.nan))
            low, high = math.log10(low), math.log10(high)
        return np.asarray((value - low) / (high - low))

    def ticks(self, most: float) -> list[float]:
        """Round values between the ends, about ``most`` of them."""
        if self.levels:
            return [float(t) for t in level_ticks(round(self.high), most)]
        found = (log_ticks if self.log else linear_ticks)(self.low, self.high, most)
        found = [tick for tick in found if self.low <= tick <= self.high]
        return found if self.log else several_ticks(found, self.low, self.high)

    def text(self, value: float) -> str:
        """A tick's label."""
        return f"{value:g}" if self.levels else tick_text(value, self.log)


def linear_axis(label: str, low: float, high: float) -> Axis:
    """An axis a little beyond both values."""
    if high <= low:
        low, high = low - (abs(low) or 1) * 0.5, high + (abs(high) or 1) * 0.5
    pad = 0.04 * (high - low)
    return Axis(label, low - pad, high + pad)


def log_axis(label: str, low: float, high: float) -> Axis:
    """An axis a little beyond both values, which are above 0."""
    if high <= low:
        low, high = low / 3, high * 3
    pad = 10 ** (0.04 * math.log10(high / low))
    return Axis(label, low / pad, high * pad, log=True)


def level_axis(T: int) -> Axis:
    """The axis of t."""
    return Axis("t", 0, T, levels=True)


@dataclass(frozen=True, eq=False)
class Series:
    """Numbers over an axis.

    Args:
        name: in the legend; "" for none.
        x, y: float (n,). Where y is not finite the line is broken.
        role: a colour: "signal" or "noise" for what belongs to them, else "text" or "muted", or "1" to "8" of
            ``palette.SERIES``.
        style: "line", "thin" (one of many), "dashed", "dotted", "dots", "bars" (x their middles, from 0 up) or "band"
            (from ``low`` to y).
        low: float (n,), the lower edge of a band.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    role: str = "signal"
    style: str = "line"
    low: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Shade:
    """A density over an area: drawn column by column, full where it is largest; or another amount, full at 1.

    Args:
        x, y: the middles of the cells, float (columns,) and (rows,), both rising.
        values: float32 (rows, columns), 0 or more.
        role: see ``Series``.
        amount: what it is where it is no density.
    """

    x: np.ndarray
    y: np.ndarray
    values: np.ndarray
    role: str = "signal"
    amount: str = ""

    def shares(self) -> np.ndarray:
        """How full each cell is, float32 (rows, columns) in 0..1: of a density the root of its share, to see tails."""
        if self.amount:
            return np.clip(self.values, 0, 1).astype(np.float32)
        most = self.values.max(axis=0)
        return np.sqrt(self.values / np.where(most > 0, most, 1.0)).astype(np.float32)


@dataclass(frozen=True)
class Dot:
    """One point that is marked, with its number beside it."""

    x: float
    y: float
    text: str = ""
    role: str = "text"


@dataclass(frozen=True)
class Mark:
    """An upright line at x with its name on top: the present draw, a crossing."""

    x: float
    name: str = ""
    role: str = "text"


@dataclass(frozen=True, eq=False)
class Plot:
    """Series over one pair of axes, which a lens keeps as they are while only ``t``, dots and marks move.

    Args:
        title: a few words.
        series: drawn in this order.
        t: the present level, of a plot over t: its cursor can be dragged.
        width: its share of the room beside other plots.
        shades: what lies under the series, from below.
        moving: series that belong to the moment, as ``t``.
        grip: a y at the right end of x that can be dragged.
    """

    title: str
    x: Axis
    y: Axis
    series: tuple[Series, ...]
    dots: tuple[Dot, ...] = ()
    marks: tuple[Mark, ...] = ()
    t: float | None = None
    width: float = 1.0
    shades: tuple[Shade, ...] = ()
    moving: tuple[Series, ...] = ()
    grip: float | None = None

    @property
    def named(self) -> bool:
        """Whether marks have names, which stand over the plot then, each with a line that leads to its mark."""
        return any(mark.name for mark in self.marks)

    def seen(self) -> list[Mark]:
        """The marks that lie between the ends of x, from left to right."""
        return sorted((mark for mark in self.marks if 0 <= float(self.x.share(mark.x)) <= 1), key=lambda mark: mark.x)


@dataclass(frozen=True)
class Column:
    """Numbers of one quantity: its sign, and its formula and meaning (rich text) for whoever points at it."""

    sign: str
    tip: str
    role: str = "text"


@dataclass(frozen=True, eq=False)
class Table:
    """Numbers in rows and columns, float (n, columns). ``marked``: a row that stands first by itself: that of the
    present level, float (columns,); None for none."""

    columns: tuple[Column, ...]
    values: np.ndarray
    marked: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Panel:
    """Small pictures of one thing, which stand below or beside each other.

    Args:
        name: over them.
        pictures: uint8 (H, W, 3), all of one size.
        numbers: of it, as (what is counted, value); the first stands beside the name.
    """

    name: str
    pictures: tuple[np.ndarray, ...]
    numbers: tuple[tuple[str, float], ...] = ()

    @property
    def number(self) -> str:
        """The first number, as it is read."""
        return number(self.numbers[0][1]) if self.numbers else ""


@dataclass(frozen=True, eq=False)
class Chart:
    """What a lens shows of one moment.

    Args:
        lens: its name.
        sentence: what is to be read in it, with the moment's numbers.
        plots: side by side. table: below or instead of them. panels: instead of both.
        message: why there is nothing to show, in one sentence; then there is none of them.
        used: parameters of the lens by name, where it was made with another value than the one that was asked for.
        idle: the lens's parameters that change nothing here.
        channel: what the parameter of that name is called, see ``Kind.channel``.
    """

    lens: str
    sentence: str = ""
    plots: tuple[Plot, ...] = ()
    table: Table | None = None
    message: str = ""
    panels: tuple[Panel, ...] = ()
    used: tuple[tuple[str, float], ...] = ()
    idle: tuple[str, ...] = ()
    channel: str = "channel"

    def to_csv(self, delimiter: str = ",") -> str:
        """Every number, exactly: the table, a row a panel, or a row each point of a plot; spreadsheets paste tabs."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
        if self.table is not None:
            writer.writerow([column.sign.translate(BARE) for column in self.table.columns])
            writer.writerows([repr(float(value)) for value in row] for row in self.table.values)
            return out.getvalue()
        if self.panels:
            writer.writerow(["", *(name for name, _ in self.panels[0].numbers)])
            writer.writerows([panel.name, *(repr(value) for _, value in panel.numbers)] for panel in self.panels)
        for i, plot in enumerate(self.plots):
            if i:
                writer.writerow([])
            writer.writerow([plot.title, plot.x.label, plot.y.label])
            for series in plot.series:
                edges = [series.y] if series.low is None else [series.low, series.y]
                for x, *ys in zip(series.x, *edges, strict=True):
                    writer.writerow([series.name, *(repr(float(value)) for value in (x, *ys))])
            for shade in plot.shades:
                writer.writerow([plot.title, plot.x.label, plot.y.label, shade.amount or "density"])
                for j, i in np.ndindex(len(shade.x), len(shade.y)):
                    cell = shade.x[j], shade.y[i], shade.values[i, j]
                    writer.writerow(["", *(repr(float(value)) for value in cell)])
        return out.getvalue()


def apart(middles: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Middles of words as near to the given ones as they can be where none lies over another, all of them within the
    ends as far as there is room: those that meet share the way out of each other's (isotonic regression).

    Args:
        middles: where they would stand alone, rising. sizes: how long each is in that direction.
    """
    ahead = [0.0, *accumulate((a + b) / 2 for a, b in pairwise(sizes))][: len(sizes)]
    groups: list[tuple[float, int]] = []  # where a group's first word would be, and how many stand in it
    for middle, before in zip(middles, ahead, strict=True):
        groups.append((middle - before, 1))
        while len(groups) > 1 and groups[-2][0] > groups[-1][0]:
            (a, m), (b, n) = groups.pop(-2), groups.pop()
            groups.append(((a * m + b * n) / (m + n), m + n))
    firsts = [first for first, count in groups for _ in range(count)]
    if not firsts:
        return []
    least, most = low + sizes[0] / 2, high - sizes[-1] / 2 - ahead[-1]
    return [max(least, min(first, most)) + before for first, before in zip(firsts, ahead, strict=True)]


def number(value: float) -> str:
    """A number of a chart, as it is read."""
    return significant(value)


@dataclass(frozen=True)
class Places:
    """Where panels stand: ``side`` and ``upright`` of one picture, ``corners``: of each panel's pictures, top left."""

    width: float
    height: float
    corners: tuple[tuple[tuple[float, float], ...], ...]


def panel_places(
    panels: tuple[Panel, ...], width: float, height: float, head: float, gap: float, named: float = 0.0
) -> Places:
    """Panels side by side in so much room, each with ``head`` over it: its pictures in a row, or below each other where
    that makes them larger; by a whole factor where they are enlarged.

    Args:
        width, height, head, gap: in the pixels that are drawn in; ``gap``: between pictures of one panel.
        named: what the widest name wants.
    """
    rows, columns = panels[0].pictures[0].shape[:2]
    count, own = len(panels), len(panels[0].pictures)
    free, room = height - head, width / count - 3 * gap
    shapes = ((own, 1), (1, own))  # pictures across and down
    scales = [min((room - (x - 1) * gap) / (x * columns), (free - (y - 1) * gap) / (y * rows)) for x, y in shapes]
    scales = [float(math.floor(scale)) if scale >= 1 else max(scale, 0.0) for scale in scales]
    scale = max(scales)
    across = shapes[scales.index(scale)][0]
    wide, high = columns * scale, rows * scale
    step = min(width / count, max(across * (wide + gap), named) + 8 * gap)
    corners = tuple(
        tuple((k * step + (i % across) * (wide + gap), head + (i // across) * (high + gap)) for i in range(own))
        for k in range(count)
    )
    return Places(wide, high, corners)
