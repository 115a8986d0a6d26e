"""PlotCursor: the line at t over the schedule's curves, with a dot and a number on each curve.

It is painted by itself: as items of the plot's scene, each move would ask some forty Python functions one by one, and
each of them would wait for Python's lock while a chain runs.
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from diffviz.palette import DARK, Palette

FONT_PX = 12
DOT_PX = 5.5  # radius


@dataclass(frozen=True)
class Dot:
    """A curve at the cursor.

    Args:
        t, y: where it lies on the plot's axes.
        text: the number beside it.
        role: "signal" or "noise".
        above: whether the number stands above the dot or below it.
    """

    t: float
    y: float
    text: str
    role: str
    above: bool


class PlotCursor:
    """What moves with t. ``dots``: of the curves that have a value there."""

    def __init__(self) -> None:
        self.t = 0.0
        self.dots: list[Dot] = []
        self._left = False
        self._palette, self._scale = DARK, 1.0

    def show(self, t: float, dots: list[Dot], left: bool) -> None:
        """The cursor at t; ``left``: the numbers stand at the left of it."""
        self.t, self.dots, self._left = t, dots, left

    def set_look(self, palette: Palette, scale: float) -> None:
        self._palette, self._scale = palette, scale

    def paint(self, painter: QPainter, area: QRectF, x: float, places: list[QPointF]) -> None:
        """Draw into ``area``: the line at x, and each dot at its place, in pixels."""
        palette, scale = self._palette, self._scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(palette.text), 2))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        font = QFont("DejaVu Sans")
        font.setPixelSize(round(FONT_PX * scale))
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        for dot, place in zip(self.dots, places, strict=True):
            self._write(painter, dot, place, metrics)
        colours = {"signal": palette.signal, "noise": palette.noise}
        painter.setPen(QPen(QColor(palette.card), 2))
        for dot, place in zip(self.dots, places, strict=True):
            painter.setBrush(QColor(colours[dot.role]))
            painter.drawEllipse(place, DOT_PX * scale, DOT_PX * scale)

    def _write(self, painter: QPainter, dot: Dot, place: QPointF, metrics: QFontMetricsF) -> None:
        """The number on a backdrop that lets the curves shine through."""
        scale = self._scale
        width, height = metrics.horizontalAdvance(dot.text) + 8 * scale, metrics.height() + 2 * scale
        left = place.x() - width - 4 * scale if self._left else place.x() + 4 * scale
        top = place.y() - height - 6 * scale if dot.above else place.y() + 6 * scale
        box = QRectF(left, top, width, height)
        backdrop = QColor(self._palette.card)
        backdrop.setAlpha(150)
        painter.fillRect(box, backdrop)
        painter.setPen(QColor(self._palette.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, dot.text)
