"""QuietPlot: pyqtgraph's plot without what a reader does not need, its pens, and axes that say what is plotted."""

from __future__ import annotations

import math

import pyqtgraph as pg
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPen
from PySide6.QtWidgets import QWidget

from diffviz.numerals import tick_text
from diffviz.ticks import power_ticks, several_ticks

OVERHANG = {True: (0, 4), False: (12, 0)}  # pixels (x, y) of labels beyond the ends of an upright axis, and a lying one
LABEL_PX = 13  # of an upright axis, for a label
GAP_PX = 6  # between labels of an axis that lies
ROOM = {True: 24, False: 70}  # pixels of a label on an upright axis, and on one that lies


def pen(plot: QWidget, colour: object, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen of ``width`` pixels of the widget: pyqtgraph's count those of the screen, of which there may be more.

    A plot asks for them again at a DevicePixelRatioChange: it was moved to another screen.
    """
    return pg.mkPen(colour, width=width * plot.devicePixelRatioF(), style=style)


class ScaledAxis(pg.AxisItem):
    """An axis whose labels are a function of the plotted value: a factor, or a power of ten.

    ``first``, ``last``: the ends of what is labelled; what lies beyond is room for the curves' names and numbers.
    ``letters``: how many times as large as in a window its labels are.
    """

    factor = 1.0
    power = False
    letters = 1.0
    first, last = -math.inf, math.inf

    def tickValues(self, minimum: float, maximum: float, size: float) -> list[tuple[float, list[float]]]:
        size /= self.letters
        most, highest = max(2.0, size / ROOM[self.orientation in ("left", "right")]), min(maximum, self.last)
        pixels = size * self.letters / max(1e-12, maximum - minimum)  # of a plotted unit
        if self.power:
            fit = lambda a, b: b - a >= self._room([a, b]) / pixels  # noqa: E731
            return [(1.0, power_ticks(minimum, highest, most, fit))]
        levels = super().tickValues(minimum, maximum, size)
        levels = [level for level in levels if level[0] * pixels >= self._room(level[1])]
        low, high = self.first - 1e-9, self.last + 1e-9
        levels = [(spacing, [tick for tick in ticks if low <= tick <= high]) for spacing, ticks in levels]
        if not levels or len(levels[0][1]) < 2:  # the others have room for labels only at times
            return [(1.0, several_ticks([], max(minimum, self.first), highest))]
        return levels

    def _room(self, values: list[float]) -> float:
        """Pixels from one of these labels to the next, so that none lies on another."""
        if self.orientation in ("left", "right"):
            return LABEL_PX * self.letters
        metrics = QFontMetricsF(self.style["tickFont"] or self.font())
        widths = map(metrics.horizontalAdvance, self.tickStrings(values, 1.0, 1.0))
        return max(widths, default=0.0) + GAP_PX * self.letters

    def boundingRect(self) -> QRectF:
        # with a grid pyqtgraph leaves out a label that reaches over the end of its axis, on a short one both ends'
        x, y = OVERHANG[self.orientation in ("left", "right")]
        return super().boundingRect().adjusted(-x, -y, x, y)

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [tick_text(10**value, True) if self.power else tick_text(value * self.factor) for value in values]
