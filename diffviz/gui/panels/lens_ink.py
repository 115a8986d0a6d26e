"""Ink: draws the series of a chart's plot, in the colours and line styles of a palette."""

from __future__ import annotations

import math
from typing import Any, cast

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QImage, QPainter, QPainterPath, QPen, QPolygonF
from shiboken6 import VoidPtr

from diffviz.chart import Axis, Plot, Series, Shade
from diffviz.palette import SERIES, Palette

FULLEST = 200  # of 255: what is drawn over a density is seen
MOST_POINTS = 700  # of a line: more than there are pixels
SMOOTH = 6  # heights of the area that a line goes up and down in all
DASHES = {"dashed": [5.0, 3.5], "dotted": [1.5, 2.5]}


class Ink:
    """Colours by their roles, see ``Series``; ``scale``: of the text."""

    def __init__(self, palette: Palette, scale: float) -> None:
        self._palette, self._scale = palette, scale

    def colour(self, role: str) -> str:
        return SERIES[self._palette.name][int(role) - 1] if role.isdigit() else getattr(self._palette, role)

    def fill(self, series: Series) -> QBrush:
        colour = QColor(self.colour(series.role))
        colour.setAlpha(70 if series.style == "band" else 120)
        return QBrush(colour)

    def pen(self, series: Series) -> QPen:
        colour = QColor(self.colour(series.role))
        if series.style == "thin" and series.role == "text":  # one of many over a density
            colour.setAlphaF(0.6)
        made = QPen(colour, (0.8 if series.style == "thin" else 2) * self._scale)
        if series.style == "thin":
            made.setCapStyle(Qt.PenCapStyle.FlatCap)  # see-through stretches do not lie on each other
        if series.style in DASHES:
            made.setDashPattern(DASHES[series.style])
        return made

    def paint_sample(self, painter: QPainter, series: Series, place: QPointF, length: float) -> None:
        """A piece of a series for the legend, from ``place`` on to the right."""
        scale, x, y = self._scale, place.x(), place.y()
        if series.style in ("band", "bars"):
            wide = min(14.0, length)
            painter.fillRect(
                QRectF(x + (length - wide) * scale, y - 4 * scale, wide * scale, 9 * scale), self.fill(series)
            )
        elif series.style == "dots":
            painter.setBrush(QColor(self.colour(series.role)))
            painter.drawEllipse(QPointF(x + (length - 5) * scale, y), 2.5 * scale, 2.5 * scale)
        else:
            pen = self.pen(series)
            if series.style in DASHES:  # a gap is seen in a short piece too
                dash, gap = DASHES[series.style]
                shorter = min(1.0, length * scale / ((2 * dash + gap) * pen.widthF()))
                pen.setDashPattern([shorter * dash, shorter * gap])
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawLine(place, QPointF(x + length * scale, y))

    def paint(self, painter: QPainter, plot: Plot, series: Series, area: QRectF) -> None:
        """Draw a series into the area of its plot."""
        step = max(1, len(series.x) // MOST_POINTS) if series.style != "bars" else 1
        x = area.left() + plot.x.share(series.x[::step]) * area.width()
        y = area.bottom() - plot.y.share(series.y[::step]) * area.height()
        if series.style == "bars":
            wide = (x[1] - x[0]) if len(x) > 1 else area.width()
            self._bars(painter, np.append(x - wide / 2, x[-1] + wide / 2), y, area.bottom(), series)
        elif series.style == "band" and series.low is not None:
            low = area.bottom() - plot.y.share(series.low[::step]) * area.height()
            self._fill(painter, np.concatenate([x, x[::-1]]), np.concatenate([y, low[::-1]]), series)
        elif series.style == "dots":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self.colour(series.role)))
            for point in zip(x.tolist(), y.tolist(), strict=True):
                if all(map(math.isfinite, point)):
                    painter.drawEllipse(QPointF(*point), 2.5 * self._scale, 2.5 * self._scale)
        else:
            painter.setPen(self.pen(series))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            shown = np.isfinite(x) & np.isfinite(y)
            y = np.clip(y, area.top() - 9999, area.bottom() + 9999)
            smooth = float(np.abs(np.diff(y[shown])).sum()) < SMOOTH * area.height()
            if series.style in DASHES or smooth:
                paint_line(painter, x, y)
            else:  # each stretch by itself: the outline of a whole line that jumps up and down takes ten times as long
                at = np.flatnonzero(shown[:-1] & shown[1:])
                ends = np.stack([at, at + 1], axis=1).ravel()
                if len(ends):  # Qt's memory of nothing cannot be written to
                    painter.drawLines(cast(list[QPointF], _polygon(x[ends], y[ends])))  # which it is to Qt

    def shade(self, shade: Shade) -> QImage:
        """A density as an image that is clear where there is none; its first row is the highest."""
        pixels = np.empty((*shade.values.shape, 4), np.uint8)
        share = np.rint(FULLEST * shade.shares()[::-1])
        colour = QColor(self.colour(shade.role))
        for channel, part in enumerate((colour.blue(), colour.green(), colour.red(), 255)):
            pixels[..., channel] = np.rint(share * (part / 255))
        height, width = shade.values.shape
        image_format = QImage.Format.Format_ARGB32_Premultiplied
        return QImage(np.ascontiguousarray(pixels).data, width, height, 4 * width, image_format).copy()

    def paint_shade(self, painter: QPainter, plot: Plot, shade: Shade, area: QRectF) -> None:
        """Draw a density into the area of its plot, smoothly between the middles of its cells."""
        (left, right), (low, high) = (_ends(axis, middles) for axis, middles in ((plot.x, shade.x), (plot.y, shade.y)))
        target = QRectF(
            QPointF(area.left() + left * area.width(), area.bottom() - high * area.height()),
            QPointF(area.left() + right * area.width(), area.bottom() - low * area.height()),
        )
        painter.save()
        painter.setClipRect(area)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(target, self.shade(shade))
        painter.restore()

    def _bars(self, painter: QPainter, edges: np.ndarray, y: np.ndarray, foot: float, series: Series) -> None:
        """Bars beside each other, from whole pixel to whole pixel: filled at once, and without a seam."""
        ratio = painter.device().devicePixelRatio()
        corners = np.rint(edges * ratio) / ratio
        bars = zip(corners[:-1].tolist(), np.diff(corners).tolist(), y.tolist(), strict=True)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.fill(series))
        painter.drawRects([QRectF(x, top, wide, foot - top) for x, wide, top in bars if math.isfinite(top)])
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

    def _fill(self, painter: QPainter, x: np.ndarray, y: np.ndarray, series: Series) -> None:
        path = QPainterPath()
        path.addPolygon(_polygon(x, y))
        painter.fillPath(path, self.fill(series))


def paint_line(painter: QPainter, x: np.ndarray, y: np.ndarray) -> None:
    """A line through points in pixels, broken where they are not finite."""
    shown = np.isfinite(x) & np.isfinite(y)
    for piece in np.split(np.arange(len(x)), np.flatnonzero(np.diff(shown)) + 1):
        if len(piece) > 1 and shown[piece[0]]:
            painter.drawPolyline(_polygon(x[piece], y[piece]))


def _ends(axis: Axis, middles: np.ndarray) -> tuple[float, float]:
    """Where equal cells begin and end, as shares of an axis, of their middles."""
    first, last = float(axis.share(middles[0])), float(axis.share(middles[-1]))
    half = (last - first) / max(1, 2 * (len(middles) - 1))
    return first - half, last + half


def _polygon(x: np.ndarray, y: np.ndarray) -> QPolygonF:
    """Corners, written into Qt's own memory: a Python object for each would take longer than to draw them."""
    made = QPolygonF()
    made.resize(len(x))
    memory: Any = VoidPtr(made.data(), 16 * len(x), True)  # type: ignore[arg-type,call-arg]  # not as it is declared
    corners = np.frombuffer(memory, np.float64).reshape(-1, 2)
    corners[:, 0], corners[:, 1] = x, y
    return made
