"""A lens's chart in a frame, a figure or an SVG: its plots side by side, its sentence, or its numbers at t."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from PIL import Image

from diffviz.chart import Chart, Dot, Panel, Plot, Series, Shade, apart, number, panel_places
from diffviz.export import lettering
from diffviz.export.lettering import Run, runs_of
from diffviz.export.pens import Box, Pen, Pixels, Svg, draw_axes
from diffviz.files import write_bytes, write_text
from diffviz.images import png_bytes
from diffviz.lens_catalog import LENSES
from diffviz.palette import SERIES, THEMES, Palette, rgb

LEFT, RIGHT, TOP, BOTTOM = 46, 14, 22, 22  # units around an area of curves
LINE = 15  # units of the names, where they stand under the title
LANE = 18  # units of the marks' names, where there are several
SAMPLE = 20  # units of a line, in the legend
DASHES = {"dashed": 6.0, "dotted": 2.2}
LINES = 2  # of the sentence
FIGURE, TALL = (960, 300), (960, 460)  # units, and of a lens that wants more height
FULLEST = 0.78  # of a density: what is drawn over it is seen
MOST_POINTS = 600


def figure(chart: Chart, unit: float = 2.0, theme: str = "light") -> np.ndarray:
    """The chart by itself, as a new uint8 (H, W, 3)."""
    width, height = _size(chart, unit)
    canvas = np.full((height, width, 3), rgb(THEMES[theme].card), np.uint8)
    draw(Pixels(canvas), _inner(width, height, unit), chart, unit, THEMES[theme])
    return canvas


def svg(chart: Chart, theme: str = "light") -> str:
    """The same as an SVG, of a unit a pixel."""
    width, height = _size(chart, 1.0)
    pen = Svg(width, height, THEMES[theme].card)
    draw(pen, _inner(width, height, 1.0), chart, 1.0, THEMES[theme])
    return pen.document()


def _size(chart: Chart, unit: float) -> tuple[int, int]:
    width, height = TALL if LENSES[chart.lens].tall else FIGURE
    return round(width * unit), round(height * unit)


def _inner(width: int, height: int, unit: float) -> Box:
    pad = round(14 * unit)
    return pad, pad, width - 2 * pad, height - 2 * pad


def write_chart(chart: Chart, target: Path) -> None:
    """The numbers as CSV, or the chart as PNG or SVG, as the suffix says. Raises OSError."""
    if target.suffix.lower() in (".csv", ".svg"):
        write_text(target, chart.to_csv() if target.suffix.lower() == ".csv" else svg(chart))
    else:
        write_bytes(target, png_bytes(figure(chart)))


def draw(pen: Pen, box: Box, chart: Chart, unit: float, palette: Palette) -> None:
    """Write the chart into a box of what the pen draws on; text has 11 ``unit``."""
    left, top, width, height = box
    text = 11 * unit
    said = chart.message or chart.sentence
    for i, line in enumerate(lettering.wrapped(said, text, width, LINES)):
        pen.text((left, top + (i + 1) * 1.35 * text), runs_of(line, palette.muted), text)
    used = round((LINES * 1.35 + 0.6) * text) if said else 0
    rest = left, top + used, width, height - used
    if chart.plots:
        total, x = sum(plot.width for plot in chart.plots), float(left)
        areas = []
        for plot in chart.plots:
            wide = width * plot.width / total
            areas.append(_Area((round(x), rest[1], round(wide), rest[3]), plot, unit, palette))
            x += wide
        if any(area.crowded for area in areas):  # all of them, so that they stand in a row
            areas = [area.lower() for area in areas]
        for area in areas:
            area.draw(pen)
    elif chart.panels:
        _draw_panels(pen, rest, chart.panels, unit, palette)
    elif chart.table is not None and chart.table.marked is not None:
        _draw_numbers(pen, rest, chart, unit, palette)


def _draw_panels(pen: Pen, box: Box, panels: tuple[Panel, ...], unit: float, palette: Palette) -> None:
    """Small pictures side by side, each panel with its name and number over it."""
    left, top, width, height = box
    text = 11 * unit
    named = max(lettering.width(runs_of(panel.name, ""), 0.95 * text) for panel in panels)
    places = panel_places(panels, width, height, 2.8 * text, 3 * unit, named)
    room = width if len(panels) == 1 else places.corners[1][0][0] - places.corners[0][0][0] - text
    size = max(1, int(places.width)), max(1, int(places.height))
    method = Image.Resampling.NEAREST if size[0] >= panels[0].pictures[0].shape[1] else Image.Resampling.BOX
    for panel, corners in zip(panels, places.corners, strict=True):
        x = left + corners[0][0]
        name = lettering.shortened(panel.name, 0.95 * text, room)
        pen.text((x, top + text), runs_of(name, palette.text), 0.95 * text)
        pen.text((x, top + 2.3 * text), runs_of(f"Δ {panel.number}", palette.muted), 0.95 * text)
        for picture, (dx, dy) in zip(panel.pictures, corners, strict=True):
            pen.picture(left + round(dx), top + round(dy), np.asarray(Image.fromarray(picture).resize(size, method)))


def _draw_numbers(pen: Pen, box: Box, chart: Chart, unit: float, palette: Palette) -> None:
    """The row of the present level, in a grid: signs with their numbers under them."""
    table = chart.table
    assert table is not None and table.marked is not None
    left, top, width, height = box
    columns = max(1, min(len(table.columns), int(width / (92 * unit))))
    rows = -(-len(table.columns) // columns)
    step = min(height / rows, 52 * unit)
    text = min(13 * unit, 0.3 * step)
    for i, (column, value) in enumerate(zip(table.columns, table.marked, strict=True)):
        x, y = left + (i % columns) * width / columns, top + (i // columns) * step
        colour = getattr(palette, column.role)
        pen.text((x, y + 1.3 * text), runs_of(column.sign, palette.muted), 0.9 * text)
        shown = f"{value:g}" if i == 0 else number(float(value))
        pen.text((x, y + 2.7 * text), [Run(shown, colour, bold=True)], text)


class _Area:
    """One plot in its box."""

    def __init__(self, box: Box, plot: Plot, unit: float, palette: Palette) -> None:
        self._plot, self._unit, self._palette = plot, unit, palette
        left, top, width, height = box
        self._right = left + width
        self._left, self._top = round(left + LEFT * unit), round(top + TOP * unit)
        self._width = max(8, round(width - (LEFT + RIGHT) * unit))
        self._height = max(8, round(height - (TOP + BOTTOM) * unit))
        self._head = top
        self._text, self._under = 11 * unit, 0
        if plot.named:
            self._top, self._height = self._top + round(LANE * unit), max(8, self._height - round(LANE * unit))
        self._title = runs_of(plot.title, palette.muted)
        self._title_px = lettering.width(self._title, self._text)
        self._named = [(each, runs_of(each.name, self._colour(each.role))) for each in plot.series if each.name]
        self._lengths = [lettering.width(runs, self._text) + (SAMPLE + 16) * unit for _, runs in self._named]

    @property
    def crowded(self) -> bool:
        """Whether the names of the lines have no room beside the title."""
        return LEFT * self._unit + self._title_px + sum(self._lengths) > self._width

    def lower(self) -> _Area:
        """The same with a line more over it, for the names."""
        self._under = round(LINE * self._unit)
        self._top, self._height = self._top + self._under, max(8, self._height - self._under)
        return self

    def draw(self, pen: Pen) -> None:
        """Axes, names, series, and what is marked."""
        self._axes(pen)
        self._names(pen)
        for shade in self._plot.shades:
            self._shade(pen, shade)
        for series in (*self._plot.series, *self._plot.moving):
            self._series(pen, series)
        self._marks(pen)
        if self._plot.t is not None:
            self._upright(pen, self._plot.t, self._palette.text, 1.6)
        self._dots(pen, [dot for dot in self._plot.dots if 0 <= float(self._plot.y.share(dot.y)) <= 1])

    def _marks(self, pen: Pen) -> None:
        """Upright lines. Several names stand over the area, moved apart, each with a line that leads to its own."""
        text, unit, seen = self._text, self._unit, self._plot.seen()
        for mark in seen:
            self._upright(pen, mark.x, self._colour(mark.role), 1.4, dashed=True)
        named = [(self._x(mark.x), runs_of(mark.name, self._colour(mark.role))) for mark in seen if mark.name]
        at, sizes = [x for x, _ in named], [lettering.width(runs, text) + 8 * unit for _, runs in named]
        middles = apart(at, sizes, self._left, self._left + self._width)
        for (x, runs), middle in zip(named, middles, strict=True):
            pen.text((middle, self._top - 6 * unit - 0.25 * text), runs, text, "m")
            pen.line(np.array([[middle, self._top - 5 * unit], [x, self._top]]), 1.2 * unit, runs[0].colour)

    def _x(self, value: float) -> float:
        return self._left + float(self._plot.x.share(value)) * self._width

    def _y(self, value: float) -> float:
        return self._top + (1 - float(self._plot.y.share(value))) * self._height

    def _colour(self, role: str) -> str:
        return SERIES[self._palette.name][int(role) - 1] if role.isdigit() else getattr(self._palette, role)

    def _upright(self, pen: Pen, x: float, colour: str, wide: float, dashed: bool = False) -> None:
        line = max(1, round(wide * self._unit))
        column, step = round(self._x(x)) - line // 2, max(2, round(7 * self._unit))
        piece = math.ceil(4.5 * self._unit)
        for top in range(0, self._height, step) if dashed else (0,):
            height = min(piece, self._height - top) if dashed else self._height
            pen.box((column, self._top + top, line, height), colour)

    def _axes(self, pen: Pen) -> None:
        plot, unit, text = self._plot, self._unit, self._text
        label = runs_of(plot.x.label, self._palette.muted)
        end = self._right - lettering.width(label, text)
        pen.text((end, self._top + self._height + 1.4 * text), label, text)
        area = self._left, self._top, self._width, self._height
        most = max(2.0, self._width / (55 * unit)), max(2.0, self._height / (26 * unit))
        draw_axes(pen, area, plot.x, plot.y, most, unit, self._palette, end - (4 * unit if label else 0))

    def _names(self, pen: Pen) -> None:
        """The title at the left, each line's name with a piece of the line at the right, or under the title."""
        unit, text = self._unit, self._text
        y, x = self._head + 1.2 * text, float(self._left + self._width)
        pen.text((self._left, y), self._title, text)
        if self.crowded:
            y, x = y + self._under, min(x, self._left + sum(self._lengths))
        for (series, runs), length in zip(reversed(self._named), reversed(self._lengths), strict=True):
            x -= length
            pen.text((x + (SAMPLE + 4) * unit, y), runs, text)
            middle = round(y - 0.36 * text - 6 * unit) + 6 * unit
            self._line(pen, series, np.array([[round(x) + 1.0, middle], [round(x) + SAMPLE * unit, middle]]))

    def _line(self, pen: Pen, series: Series, points: np.ndarray) -> None:
        dash = DASHES.get(series.style, 0.0) * self._unit
        share = 0.6 if series.style == "thin" and series.role == "text" else 1.0  # one of many over a density
        thick = (0.8 if series.style == "thin" else 2) * self._unit
        pen.line(points, thick, self._colour(series.role), dash, share)

    def _series(self, pen: Pen, series: Series) -> None:
        step = max(1, len(series.x) // MOST_POINTS) if series.style != "bars" else 1
        shares = self._plot.x.share(series.x[::step]), self._plot.y.share(series.y[::step])
        x = self._left + shares[0] * self._width
        y = self._top + (1 - np.clip(shares[1], -0.02, 1.02)) * self._height
        area = self._left, self._top, self._width, self._height
        if series.style == "bars":
            low = np.full(len(x), float(self._top + self._height))
            wide = float(x[1] - x[0]) if len(x) > 1 else float(self._width)
            edges = np.repeat(x, 2) + np.tile([-wide / 2, wide / 2], len(x))
            pen.between(area, (edges, np.repeat(y, 2), np.repeat(low, 2)), self._colour(series.role), 0.45)
        elif series.style == "band" and series.low is not None:
            low = self._top + (1 - np.clip(self._plot.y.share(series.low[::step]), 0, 1)) * self._height
            pen.between(area, (x, y, low), self._colour(series.role), 0.25)
        elif series.style == "dots":
            for a, b in zip(x, y, strict=True):
                if math.isfinite(a + b):
                    pen.disc(a, b, 2.4 * self._unit, self._colour(series.role))
        else:
            shown = np.isfinite(x) & np.isfinite(y) & (x >= self._left - 1) & (x <= self._left + self._width + 1)
            for piece in np.split(np.arange(len(x)), np.flatnonzero(np.diff(shown)) + 1):
                if len(piece) > 1 and shown[piece[0]]:
                    self._line(pen, series, np.stack([x[piece], y[piece]], axis=1))

    def _shade(self, pen: Pen, shade: Shade) -> None:
        """A density, straight between the middles of its cells."""
        columns, rows = (np.arange(n) + 0.5 for n in (self._width, self._height))
        x, y = self._plot.x.share(shade.x) * self._width, (1 - self._plot.y.share(shade.y[::-1])) * self._height
        along = np.stack([np.interp(columns, x, row) for row in shade.shares()[::-1]])
        share = np.stack([np.interp(rows, y, column) for column in along.T], axis=1)
        pen.shade(self._left, self._top, FULLEST * share, self._colour(shade.role))

    def _dots(self, pen: Pen, dots: list[Dot]) -> None:
        """Downwards, their numbers beside them, moved apart."""
        unit, text = self._unit, self._text
        dots = sorted(dots, key=lambda each: self._y(each.y))
        heights = [self._y(dot.y) for dot in dots]
        ends = self._top - 0.1 * text, self._top + self._height + 0.6 * text
        for dot, y, middle in zip(dots, heights, apart(heights, [1.2 * text] * len(dots), *ends), strict=True):
            x, line = self._x(dot.x), middle + 0.36 * text
            pen.disc(x, y, 5.8 * unit, self._palette.card)
            pen.disc(x, y, 4.2 * unit, self._colour(dot.role))
            words = [Run(dot.text, self._colour(dot.role), bold=True)]
            length = lettering.width(words, text)
            to_left = x + 9 * unit + length > self._left + self._width
            start = x - 9 * unit - length if to_left else x + 9 * unit
            plate = round(start - 0.25 * text), round(line - text), round(length + 0.5 * text), round(1.25 * text)
            pen.box(plate, self._palette.card, 0.8, 3 * unit)
            pen.text((start, line), words, text)
