"""The schedule's two coefficient curves with a moving cursor, as one card of a frame."""

from __future__ import annotations

import math

import numpy as np

from diffviz.chart import apart
from diffviz.export import lettering
from diffviz.export.lettering import Run
from diffviz.export.source import Beside
from diffviz.palette import Palette, rgb
from diffviz.ticks import level_ticks

SIGNAL_NAME = "√ᾱ"
NOISE_NAME = "√(1−ᾱ"


class Plot:
    """√ᾱ_t solid and √(1-ᾱ_t) dashed over t, drawn once; ``mark`` adds the cursor of one level.

    Args:
        box: left, top, width, height of the whole card inside its frame, in pixels.
        beside: the pinned schedule, whose curves are dotted.
        unit: pixels of one unit of the layout; text is 13 units high.
    """

    def __init__(
        self,
        box: tuple[int, int, int, int],
        unit: float,
        alpha_bar: np.ndarray,
        palette: Palette,
        beside: Beside | None = None,
    ) -> None:
        self._unit, self._palette, self._beside = unit, palette, beside
        self._signal, self._noise = np.sqrt(alpha_bar), np.sqrt(1 - alpha_bar)
        self._T = len(alpha_bar) - 1
        self._text = 12 * unit
        left, top, width, height = box
        self._names_px = lettering.width([Run("√(1−ᾱt) noise", palette.noise)], self._text)
        self._left = round(left + 34 * unit)
        self._top = round(top + 10 * unit)
        self._width = round(width - 34 * unit - self._names_px - 14 * unit)
        self._height = round(height - 10 * unit - 28 * unit)

    @property
    def axis(self) -> tuple[int, int]:
        """x of t = 0, and how wide the axis is."""
        return self._left, self._width

    def draw_static(self, canvas: np.ndarray) -> None:
        """Axes, grid, curves and their names, in place."""
        unit, palette = self._unit, self._palette
        line = max(1, round(unit))
        for value in (0.0, 0.5, 1.0):
            y = round(self._y(value))
            canvas[y : y + line, self._left : self._left + self._width] = rgb(palette.plot_grid)
            label = [Run(f"{value:.1f}", palette.muted)]
            lettering.draw(canvas, (self._left - 8 * unit, y + 0.36 * self._text), label, self._text, "r")
        base = self._top + self._height
        for t in level_ticks(self._T, most=6):
            x = round(self._x(t))
            canvas[base : base + round(4 * unit), x : x + line] = rgb(palette.border)
            lettering.draw(canvas, (x, base + 18 * unit), [Run(str(t), palette.muted)], self._text, "m")
        lettering.draw(
            canvas, (self._left + self._width + 26 * unit, base + 18 * unit), [Run("t", palette.text)], self._text
        )
        if self._beside is not None:
            other = self._beside.alpha_bar
            self._curves(canvas, np.sqrt(other), np.sqrt(1 - other), dotted=True)
            words = lettering.shortened(f"⋯ {self._beside.names[1]}", self._text, self._names_px)
            place = self._left + self._width + 10 * unit, self._y(0.5) + 0.36 * self._text
            lettering.draw(canvas, place, [Run(words, palette.muted)], self._text)
        self._curves(canvas, self._signal, self._noise)
        self._name_curves(canvas)

    def _curves(self, canvas: np.ndarray, signal: np.ndarray, noise: np.ndarray, dotted: bool = False) -> None:
        """Two tables over the whole axis, in place; ``dotted``: those of another schedule, of a T of its own."""
        unit, palette = self._unit, self._palette
        # √(1-ᾱ) leaves 0 like a square root: denser points there keep its first bend round
        dense = np.linspace(0, 1, 100) ** 3 * self._T
        levels = np.unique(np.concatenate([np.linspace(0, self._T, self._width // 3 + 2), dense]))
        margin = round(3 * unit) + 1
        for table, colour, dash in (
            (signal, palette.signal, 2.2 * unit if dotted else 0.0),
            (noise, palette.noise, 2.2 * unit if dotted else 7 * unit),
        ):
            values = np.interp(levels / self._T * (len(table) - 1), np.arange(len(table)), table)
            points = np.stack([levels / self._T * self._width, (1 - values) * self._height], axis=1) + margin
            shape = (self._height + 2 * margin, self._width + 2 * margin)
            coverage = lettering.polyline(*shape, points, (1.6 if dotted else 2.2) * unit, dash)
            lettering.paint(canvas, self._left - margin, self._top - margin, coverage, rgb(colour))

    def _name_curves(self, canvas: np.ndarray) -> None:
        palette, x = self._palette, self._left + self._width + 10 * self._unit
        # the tick labels stand below the axis, a name that sits on it stays clear of them
        signal = [Run(SIGNAL_NAME, palette.signal), Run("t", palette.signal, sub=True), Run(" signal", palette.signal)]
        noise = [
            Run(NOISE_NAME, palette.noise),
            Run("t", palette.noise, sub=True),
            Run(") noise", palette.noise),
        ]
        ends = sorted(((self._y(self._signal[-1]), signal), (self._y(self._noise[-1]), noise)), key=lambda end: end[0])
        heights = apart([y for y, _ in ends], [1.5 * self._text] * 2, -math.inf, math.inf)
        for y, (_, runs) in zip(heights, ends, strict=True):
            lettering.draw(canvas, (x, y + 0.36 * self._text), runs, self._text)

    def mark(self, canvas: np.ndarray, t: float, alpha_bar: float) -> None:
        """The cursor at level t with one labelled dot on each curve, in place; ``alpha_bar`` is ᾱ_t."""
        unit, palette = self._unit, self._palette
        x, line = round(self._x(t)), max(1, round(1.4 * unit))
        canvas[self._top : self._top + self._height, x - line // 2 : x - line // 2 + line] = rgb(palette.text)
        values = math.sqrt(alpha_bar), math.sqrt(1 - alpha_bar)
        heights = self._y(values[0]), self._y(values[1])
        dot, ring = lettering.disc(4.5 * unit), lettering.disc(6.2 * unit)
        for y, colour in zip(heights, (palette.signal, palette.noise), strict=True):
            for shape, fill in ((ring, palette.card), (dot, colour)):
                half = shape.shape[0] // 2
                lettering.paint(canvas, x - half, round(y) - half, shape, rgb(fill))
        self._label_dots(canvas, x, values, heights)

    def _label_dots(
        self, canvas: np.ndarray, x: int, values: tuple[float, float], heights: tuple[float, float]
    ) -> None:
        """The two coefficients beside their dots, between the curves where there is room."""
        size, gap, palette = self._text, 10 * self._unit, self._palette
        length = lettering.width([Run("0.000", palette.text, bold=True)], size)
        signal_is_higher = heights[0] <= heights[1]
        # signal falls and noise rises: before they cross the room between them is to the left, after that to the right
        to_left = signal_is_higher and x - self._left > length + 2 * gap
        to_left = to_left or self._left + self._width - x < length + 2 * gap
        start = round(x - gap - length if to_left else x + gap)
        inwards = abs(heights[0] - heights[1]) > 3.2 * size
        for y, value, colour, higher in (
            (heights[0], values[0], palette.signal, signal_is_higher),
            (heights[1], values[1], palette.noise, not signal_is_higher),
        ):
            middle = y + (0.95 * size if higher == inwards else -0.95 * size)
            middle = min(max(middle, self._top + 0.5 * size), self._top + self._height - 0.7 * size)
            plate = lettering.rounded(round(1.3 * size), round(length + 0.5 * size), 3 * self._unit) * 0.85
            corner = round(start - 0.25 * size), round(middle - 0.65 * size)
            lettering.paint(canvas, *corner, plate, rgb(palette.card))
            lettering.draw(canvas, (start, middle + 0.36 * size), [Run(f"{value:.3f}", colour, bold=True)], size)

    def _x(self, t: float) -> float:
        return self._left + t / self._T * self._width

    def _y(self, value: float) -> float:
        return self._top + (1 - value) * self._height
