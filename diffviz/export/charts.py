"""A sheet's plots in a figure: curves named at their ends, over linear or logarithmic axes."""

from __future__ import annotations

import numpy as np

from diffviz.chart import apart, linear_axis, log_axis
from diffviz.export import lettering
from diffviz.export.lettering import Run
from diffviz.export.pens import Box, Pixels, draw_axes
from diffviz.palette import SERIES, Palette, rgb
from diffviz.sheet import COLOURS, Plot

_DASHES = (0.0, 7.0, 2.5)  # after the colours
_SAMPLE = 24  # units, a piece of a line before its name
_MOST = 7  # labelled values of an axis


def draw_chart(canvas: np.ndarray, box: Box, plot: Plot, unit: float, palette: Palette) -> None:
    """Write the plot as a card into uint8 (H, W, 3), in place; ``unit``: pixels of one unit, text has 11."""
    left, top, width, height = box
    pen, text, radius = Pixels(canvas), 11 * unit, 8 * unit
    lettering.paint(canvas, left, top, lettering.rounded(height, width, radius), rgb(palette.border))
    lettering.paint(canvas, left, top, lettering.rounded(height, width, radius, max(1.0, unit)), rgb(palette.card))
    title = lettering.shortened(plot.title, 12.5 * unit, width - 24 * unit, bold=True)
    heading = lettering.runs_of(title, palette.text, bold=True)
    pen.text((left + 12 * unit, top + 21 * unit), heading, 12.5 * unit)
    pen.text((left + 12 * unit, top + 39 * unit), lettering.runs_of(plot.y_label, palette.muted), text)
    curves = [(i, curve.name, plot.stretches(curve), curve.dots) for i, curve in plot.numbered]
    curves = [curve for curve in curves if curve[2]]
    if not curves:
        pen.text((left + width / 2, top + height / 2), [Run("no values", palette.muted)], text, "m")
        return
    every = np.concatenate([part for _, _, parts, _ in curves for part in parts])
    low, high = every.min(axis=0), every.max(axis=0)
    x_axis, y_axis = (
        (log_axis if log else linear_axis)("", float(low[k]), float(high[k]))
        for k, log in enumerate((plot.log_x, plot.log_y))
    )
    sample = _SAMPLE * unit if plot.dashed else 0.0
    longest = max(lettering.width(lettering.runs_of(name, ""), text) for _, name, _, _ in curves)
    names = min(longest + sample + 14 * unit, 0.42 * width)
    ticks = y_axis.ticks(_MOST)  # none where the ends are one number but for its last digits
    labels = max((lettering.width([Run(y_axis.text(tick), "")], text) for tick in ticks), default=0.0)
    area = (
        round(left + 16 * unit + labels),
        round(top + 50 * unit),
        round(width - 22 * unit - labels - names),
        round(height - 50 * unit - 42 * unit),
    )
    draw_axes(pen, area, x_axis, y_axis, (_MOST, _MOST), unit, palette)
    below = area[0] + area[2] / 2, area[1] + area[3] + 33 * unit
    pen.text(below, lettering.runs_of(plot.x_label, palette.muted), text, "m")
    ends = []
    for i, name, parts, dots in curves:
        colour, dash = SERIES[palette.name][i % COLOURS], _DASHES[i // COLOURS % 3] * unit
        for part in parts:
            across, up = x_axis.share(part[:, 0]) * area[2], (1 - y_axis.share(part[:, 1])) * area[3]
            at = np.stack([area[0] + across, area[1] + up], axis=1)
            if len(at) > 1:
                pen.line(at, 1.8 * unit, colour, dash)
            if dots or len(at) == 1:
                for x, y in at:
                    pen.disc(x, y, 3.4 * unit, colour)
        last = max(np.concatenate(parts).tolist())
        ends.append((float(1 - y_axis.share(last[1])) * area[3], name, colour, dash))
    _name_ends(pen, area, ends, names - 14 * unit, sample, unit)


def _name_ends(
    pen: Pixels, area: Box, ends: list[tuple[float, str, str, float]], room: float, sample: float, unit: float
) -> None:
    """Each curve's name at the height of its end, moved apart where ends lie close; after a ``sample`` of its line."""
    left, top, width, height = area
    text = 11 * unit
    line = min(1.25 * text, (height + text) / len(ends))
    order = sorted(ends)
    bottom = height - 0.2 * text + line / 2
    places = apart([y for y, *_ in order], [line] * len(order), -line / 2, bottom)
    for y, (_, name, colour, dash) in zip(places, order, strict=True):
        x = left + width + 9 * unit
        if sample:
            pen.line(np.array([[x, top + y], [x + 0.8 * sample, top + y]]), 1.8 * unit, colour, dash)
        runs = lettering.runs_of(lettering.shortened(name, text, room - sample), colour)
        pen.text((x + sample, top + y + 0.36 * text), runs, text)
