"""PlotCursor: the line at t over the schedule's curves, a dot and a number on each curve, and the curves' names.

It is painted by itself: as items of the plot's scene, each move would ask some forty Python functions one by one, and
each of them would wait for Python's lock while a chain runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from diffviz.gui.theme import letters
from diffviz.palette import DARK, Palette

FONT_PX = 12
DOT_PX = 5.5  # radius
APART = 6  # px between a dot and its number
Pixel = Callable[[float, float], QPointF]  # where (t, y) of the plot's axes is


@dataclass(frozen=True)
class Dot:
    """A curve at the cursor.

    Args:
        t, y: where it lies on the plot's axes.
        text: the number beside it.
        role: a colour of the palette: signal, noise, or text and muted of what is neither.
        above: whether the number stands above the dot or below it.
    """

    t: float
    y: float
    text: str
    role: str
    above: bool


@dataclass(frozen=True)
class Name:
    """A curve's name: it begins, or ``ends``, at (t, y) of the plot's axes, ``above`` that point or below it."""

    t: float
    y: float
    text: str
    role: str
    ends: bool
    above: bool


class PlotCursor:
    """What moves with t. ``dots``: of the curves that have a value there; ``names``: of all curves.

    ``near``: whether the names stand close to their curves: the plot is low.
    """

    near = False

    def __init__(self) -> None:
        self.t = 0.0
        self.dots: list[Dot] = []
        self.names: list[Name] = []
        self._left = False
        self.set_look(DARK, 1.0)

    def show(self, t: float, dots: list[Dot], names: list[Name], left: bool) -> None:
        """The cursor at t; ``left``: the numbers stand at the left of it."""
        self.t, self.dots, self.names, self._left = t, dots, names, left

    def set_look(self, palette: Palette, scale: float) -> None:
        self._palette, self._scale = palette, scale
        self._font = letters(FONT_PX * scale)
        self._metrics = QFontMetricsF(self._font)

    def paint(self, painter: QPainter, area: QRectF, pixel: Pixel) -> None:
        """Draw into ``area``: the line at t, and everything at its ``pixel`` of (t, y)."""
        palette, scale = self._palette, self._scale
        x = pixel(self.t, 0.0).x()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        for name in self.names:
            painter.setPen(QColor(getattr(palette, name.role)))
            painter.drawText(inside(self.box_of(name, pixel), area), Qt.AlignmentFlag.AlignCenter, name.text)
        painter.setPen(QPen(QColor(palette.text), 2))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        backdrop = QColor(palette.card)
        backdrop.setAlpha(230 if self.near else 150)  # the curves shine through, where they are not all over it
        for dot, box in zip(self.dots, self.numbers(self.dots, pixel, area, self._left), strict=True):
            painter.setPen(QColor(getattr(palette, dot.role)))
            painter.fillRect(box, backdrop)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, dot.text)
        painter.setPen(QPen(QColor(palette.card), 2))
        for dot in self.dots:
            painter.setBrush(QColor(getattr(palette, dot.role)))
            painter.drawEllipse(pixel(dot.t, dot.y), DOT_PX * scale, DOT_PX * scale)

    def numbers(self, dots: list[Dot], pixel: Pixel, area: QRectF, left: bool) -> list[QRectF]:
        """Room for the numbers of the dots, inside the plot; on a low one they part to its top and foot."""
        boxes = [inside(self.box_of(dot, pixel, left), area) for dot in dots]
        if len(boxes) == 2 and boxes[0].intersects(boxes[1]):
            upper, lower = boxes if dots[0].y >= dots[1].y else boxes[::-1]
            upper.moveTop(area.top())
            lower.moveBottom(area.bottom())
        return boxes

    @property
    def number_height(self) -> float:
        """How far from its dot a number reaches."""
        return self._metrics.height() + (2 + APART) * self._scale

    def box_of(self, mark: Dot | Name, pixel: Pixel, left: bool = False) -> QRectF:
        """Room for the words of a mark, beside and off its place; ``left``: a number stands at the left of the line."""
        scale, place = self._scale, pixel(mark.t, mark.y)
        beside, apart = (4, APART) if isinstance(mark, Dot) else (0, 1 if self.near else 7)
        ends = left if isinstance(mark, Dot) else mark.ends
        width, height = self._metrics.horizontalAdvance(mark.text) + 8 * scale, self._metrics.height() + 2 * scale
        x = place.x() - width - beside * scale if ends else place.x() + beside * scale
        y = place.y() - height - apart * scale if mark.above else place.y() + apart * scale
        return QRectF(x, y, width, height)


def inside(box: QRectF, area: QRectF) -> QRectF:
    """A box that would be cut above or below, moved into the plot."""
    return box.translated(0, max(0.0, area.top() - box.top()) - max(0.0, box.bottom() - area.bottom()))
