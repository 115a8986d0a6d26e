"""A sheet's plots in a figure: curves named at their ends, over linear or logarithmic axes."""

from __future__ import annotations

import math

import numpy as np

from diffviz.chart import Axis, apart, linear_axis, log_axis
from diffviz.export import lettering
from diffviz.export.lettering import Run
from diffviz.palette import SERIES, Palette, rgb
from diffviz.sheet import Curve, Plot

Box = tuple[int, int, int, int]  # left, top, width, height in pixels
_DASHES = (0.0, 7.0, 2.5)  # after the eight colours
_MOST = 7  # labelled values of an axis


def _points(plot: Plot, curve: Curve) -> np.ndarray:
    """Float (n, 2) of the points that the axes can show."""
    points = np.array([curve.x, curve.y], dtype=np.float64).T
    shown = np.isfinite(points).all(axis=1)
    for k, log in enumerate((plot.log_x, plot.log_y)):
        if log:  # no logarithm has a place for a zero
            shown &= points[:, k] > 0
    return points[shown]


def draw_chart(canvas: np.ndarray, box: Box, plot: Plot, unit: float, palette: Palette) -> None:
    """Write the plot as a card into uint8 (H, W, 3), in place; ``unit``: pixels of one unit, text has 11."""
    left, top, width, height = box
    text = 11 * unit
    radius = 8 * unit
    lettering.paint(canvas, left, top, lettering.rounded(height, width, radius), rgb(palette.border))
    lettering.paint(canvas, left, top, lettering.rounded(height, width, radius, max(1.0, unit)), rgb(palette.card))
    title = lettering.shortened(plot.title, 12.5 * unit, width - 24 * unit, bold=True)
    heading = lettering.runs_of(title, palette.text, bold=True)
    lettering.draw(canvas, (left + 12 * unit, top + 21 * unit), heading, 12.5 * unit)
    lettering.draw(canvas, (left + 12 * unit, top + 39 * unit), lettering.runs_of(plot.y_label, palette.muted), text)
    curves = [(i, curve.name, _points(plot, curve), curve.dots) for i, curve in plot.numbered]
    curves = [curve for curve in curves if len(curve[2])]
    if not curves:
        lettering.draw(canvas, (left + width / 2, top + height / 2), [Run("no values", palette.muted)], text, "m")
        return
    low, high = (extreme(np.concatenate([p for _, _, p, _ in curves]), axis=0) for extreme in (np.min, np.max))
    x_axis, y_axis = (
        (log_axis if log else linear_axis)("", float(low[k]), float(high[k]))
        for k, log in enumerate((plot.log_x, plot.log_y))
    )
    names = min(
        max(lettering.width(lettering.runs_of(name, ""), text) for _, name, _, _ in curves) + 14 * unit, 0.42 * width
    )
    ticks = y_axis.ticks(_MOST)  # none where the ends are one number but for its last digits
    labels = max((lettering.width([Run(y_axis.text(tick), "")], text) for tick in ticks), default=0.0)
    area = (
        round(left + 16 * unit + labels),
        round(top + 50 * unit),
        round(width - 22 * unit - labels - names),
        round(height - 50 * unit - 42 * unit),
    )
    _draw_axes(canvas, area, (x_axis, y_axis), plot.x_label, unit, palette)
    ends = []
    for i, name, points, dots in curves:
        colour = SERIES[palette.name][i % 8]
        at = np.stack([x_axis.share(points[:, 0]) * area[2], (1 - y_axis.share(points[:, 1])) * area[3]], axis=1)
        _draw_curve(canvas, area, at, colour, _DASHES[i // 8 % 3] * unit, dots, unit)
        ends.append((float(at[np.argmax(at[:, 0]), 1]), name, colour))
    _name_ends(canvas, area, ends, names - 14 * unit, unit)


def _draw_axes(
    canvas: np.ndarray, area: Box, axes: tuple[Axis, Axis], x_label: str, unit: float, palette: Palette
) -> None:
    left, top, width, height = area
    line, text, base = max(1, round(unit)), 11 * unit, top + height
    free = math.inf
    for tick in axes[1].ticks(_MOST):  # upwards
        y = round(base - float(axes[1].share(tick)) * height)
        canvas[y : y + line, left : left + width] = rgb(palette.plot_grid)
        if y <= free:
            label = [Run(axes[1].text(tick), palette.muted)]
            lettering.draw(canvas, (left - 7 * unit, y + 0.36 * text), label, text, "r")
            free = y - 1.2 * text
    canvas[base : base + line, left : left + width] = rgb(palette.border)
    free = -math.inf
    for tick in axes[0].ticks(_MOST):
        x = round(left + float(axes[0].share(tick)) * width)
        canvas[base : base + round(4 * unit), x : x + line] = rgb(palette.border)
        label = [Run(axes[0].text(tick), palette.muted)]
        half = lettering.width(label, text) / 2
        if x - half >= free:
            lettering.draw(canvas, (x, base + 17 * unit), label, text, "m")
            free = x + half + 4 * unit
    lettering.draw(canvas, (left + width / 2, base + 33 * unit), lettering.runs_of(x_label, palette.muted), text, "m")


def _draw_curve(
    canvas: np.ndarray, area: Box, points: np.ndarray, colour: str, dash: float, dots: bool, unit: float
) -> None:
    left, top, width, height = area
    margin = round(5 * unit) + 1
    if len(points) > 1:
        coverage = lettering.polyline(height + 2 * margin, width + 2 * margin, points + margin, 1.8 * unit, dash)
        lettering.paint(canvas, left - margin, top - margin, coverage, rgb(colour))
    if dots or len(points) == 1:
        disc = lettering.disc(3.4 * unit)
        half = disc.shape[0] // 2
        for x, y in points:
            lettering.paint(canvas, round(left + x) - half, round(top + y) - half, disc, rgb(colour))


def _name_ends(canvas: np.ndarray, area: Box, ends: list[tuple[float, str, str]], room: float, unit: float) -> None:
    """Each curve's name at the height of its end, moved apart where ends lie close."""
    left, top, width, height = area
    text = 11 * unit
    line = min(1.25 * text, (height + text) / len(ends))
    order = sorted(ends)
    bottom = height - 0.2 * text + line / 2
    places = apart([y for y, _, _ in order], [line] * len(order), -line / 2, bottom)
    for y, (_, name, colour) in zip(places, order, strict=True):
        runs = lettering.runs_of(lettering.shortened(name, text, room), colour)
        lettering.draw(canvas, (left + width + 9 * unit, top + y + 0.36 * text), runs, text)
