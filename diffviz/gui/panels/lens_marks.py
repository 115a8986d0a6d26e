"""Marks: what moves over a lens's plot: marks with their names, the cursor at t, dots with their numbers, a grip."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QStaticText

from diffviz.chart import Plot, apart
from diffviz.gui.panels.lens_ink import Ink
from diffviz.gui.theme import letters, rich
from diffviz.palette import Palette

FONT_PX = 12
LANE = 19  # of names over a plot, and the lines that lead from them to their marks
NAME = 14  # of it the names'
DOT_PX = 5.0
MOST_WORDS = 200


class Words:
    """Words with real indices, each laid out once."""

    def __init__(self, scale: float) -> None:
        self.font = letters(FONT_PX * scale)
        self.metrics = QFontMetricsF(self.font)
        self._known: dict[str, QStaticText] = {}

    def __call__(self, text: str) -> QStaticText:
        known = self._known.get(text)
        if known is None:
            if len(self._known) > MOST_WORDS:
                self._known.clear()
            known = self._known[text] = QStaticText(rich(text.replace(" ", "\u00a0")))
            known.prepare(font=self.font)
        return known

    def width(self, text: str) -> float:
        return self(text).size().width()

    def fitted(self, text: str, room: float) -> QStaticText:
        """The same; where it is wider than ``room`` without what stands after a comma or colon, or with dots."""
        for whole in (text, text.rpartition(", ")[0], text.rpartition(": ")[0]):
            if whole and self.width(whole) <= room:
                return self(whole)
        return self(self.metrics.elidedText(text, Qt.TextElideMode.ElideRight, room))


class Marks:
    """Draws them in the colours of a palette; ``scale``: of the text."""

    def __init__(self, palette: Palette, scale: float, ink: Ink, words: Words) -> None:
        self._palette, self._scale, self._ink, self._words = palette, scale, ink, words
        self._backdrop = QColor(palette.card)
        self._backdrop.setAlpha(215)  # the curves shine through

    def paint(self, painter: QPainter, plot: Plot, area: QRectF, above: bool) -> None:
        """Into the area of its plot; ``above``: whether a lane for names is left free over it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._words.font)
        for mark in plot.seen():
            painter.setPen(QPen(QColor(self._ink.colour(mark.role)), 1.6 * self._scale, Qt.PenStyle.DashDotLine))
            x = across(plot, area, mark.x)
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        self._names_led(painter, plot, area, area.top() - (LANE * self._scale if above else 0))
        if plot.t is not None:
            x = across(plot, area, plot.t)
            painter.setPen(QPen(QColor(self._palette.text), 2))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        for series in plot.moving:
            self._ink.paint(painter, plot, series, area)
        self._dots(painter, plot, area)
        if plot.grip is not None:
            self._grip(painter, at_grip(plot, area))

    def _names_led(self, painter: QPainter, plot: Plot, area: QRectF, top: float) -> None:
        """Beside each other, moved apart, each with a line that leads to its mark."""
        marks, scale = [mark for mark in plot.seen() if mark.name], self._scale
        at = [across(plot, area, mark.x) for mark in marks]
        sizes = [self._words.width(mark.name) + 8 * scale for mark in marks]
        for mark, x, size, middle in zip(marks, at, sizes, apart(at, sizes, area.left(), area.right()), strict=True):
            box = QRectF(middle - size / 2, top, size, NAME * scale)
            painter.fillRect(box, self._backdrop)
            painter.setPen(QPen(QColor(self._ink.colour(mark.role)), 1.2 * scale))
            painter.drawStaticText(QPointF(box.left() + 4 * scale, top), self._words(mark.name))
            painter.drawLine(QPointF(middle, top + NAME * scale), QPointF(x, top + LANE * scale))

    def _dots(self, painter: QPainter, plot: Plot, area: QRectF) -> None:
        palette, scale, line = self._palette, self._scale, self._words.metrics.height()
        places = [(across(plot, area, dot.x), upwards(plot, area, dot.y), dot) for dot in plot.dots]
        places = [(x, y, dot) for x, y, dot in places if math.isfinite(y) and area.top() - 1 <= y <= area.bottom() + 1]
        places.sort(key=lambda place: place[1])
        heights = apart([y for _, y, _ in places], [line] * len(places), area.top() - 4, area.bottom() + 2)
        for (x, _, dot), middle in zip(places, heights, strict=True):
            wide = self._words.metrics.horizontalAdvance(dot.text) + 6 * scale
            left = x + 9 * scale if x + 9 * scale + wide <= area.right() else x - 9 * scale - wide
            if dot.text:
                box = QRectF(left, middle - line / 2, wide, line)
                painter.fillRect(box, self._backdrop)
                painter.setPen(QColor(self._ink.colour(dot.role)))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, dot.text)
        painter.setPen(QPen(QColor(palette.card), 2))
        for x, y, dot in places:
            painter.setBrush(QColor(self._ink.colour(dot.role)))
            painter.drawEllipse(QPointF(x, y), DOT_PX * scale, DOT_PX * scale)

    def _grip(self, painter: QPainter, place: QPointF) -> None:
        """A ring that can be dragged, with its name."""
        painter.setPen(QPen(QColor(self._palette.text), 2 * self._scale))
        painter.setBrush(QColor(self._palette.card))
        painter.drawEllipse(place, 1.2 * DOT_PX * self._scale, 1.2 * DOT_PX * self._scale)
        words = self._words("x_T")
        left = QPointF(place.x() + 1.8 * DOT_PX * self._scale, place.y() - words.size().height() / 2)
        painter.drawStaticText(left, words)


def across(plot: Plot, area: QRectF, x: float) -> float:
    """Where a number of the axis x is in the area."""
    return area.left() + float(plot.x.share(x)) * area.width()


def upwards(plot: Plot, area: QRectF, y: float) -> float:
    """Where a number of the axis y is in the area; NaN where it has no place."""
    return area.bottom() - float(plot.y.share(y)) * area.height()


def at_grip(plot: Plot, area: QRectF) -> QPointF:
    """The middle of the ring of a plot that has one."""
    assert plot.grip is not None
    return QPointF(area.right(), upwards(plot, area, plot.grip))
