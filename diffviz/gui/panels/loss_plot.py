"""LossPlot: the loss of every step, faint, its running mean, and that of held-out pictures, on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from diffviz.gui.panels.lens_ink import paint_line
from diffviz.gui.panels.plot_axes import lying_fit, paint_axes, upright_fit
from diffviz.gui.theme import letters
from diffviz.numerals import tick_text
from diffviz.palette import DARK, Palette
from diffviz.ticks import fitting_ticks, power_ticks

MOST = 4000  # points; beyond, every second one is forgotten
FONT_PX = 11
DOT_PX = 3  # radius
LEFT, TOP, RIGHT, BOTTOM = 44, 4, 6, 22  # pixels around the plot, for the axes
EDGE = 14  # nearer to it a number would be cut


class LossPlot(QWidget):
    """Points are added while a training runs."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("loss_plot")
        self.setMinimumHeight(120)
        self._font = letters(FONT_PX)
        self._palette = DARK
        self._points: list[tuple[float, float, float]] = []
        self._measured: list[tuple[float, float]] = []

    def show_points(
        self, at: np.ndarray, losses: np.ndarray, smoothed: np.ndarray, held_out: Sequence[tuple[int, float]] = ()
    ) -> None:
        """Begin with these, float (N,) each; empty arrays clear the plot. ``held_out``: (step, loss)."""
        self._measured = list(held_out)
        self._points = list(zip(at.tolist(), losses.tolist(), smoothed.tolist(), strict=True))
        self.update()

    def add_point(self, step: int, loss: float, smoothed: float) -> None:
        """One more; steps that were lost with a checkpoint and come again replace what was shown of them."""
        _forget(self._points, step)
        _forget(self._measured, step)
        self._points.append((step, loss, smoothed))
        if len(self._points) > MOST:
            self._points = self._points[::2]
        self.update()

    def add_held_out(self, step: int, loss: float) -> None:
        """The loss on held-out pictures at a checkpoint."""
        _forget(self._measured, step)
        self._measured.append((step, loss))
        self.update()

    def held_out(self) -> list[float]:
        """The losses on held-out pictures, the newest last."""
        return [loss for _, loss in self._measured]

    def points(self) -> list[tuple[float, float, float]]:
        """(step, loss, running mean) of what is drawn."""
        return list(self._points)

    def set_look(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        table = np.array(self._points, dtype=np.float64).reshape(-1, 3)
        steps, measured = np.array(self._measured, dtype=np.float64).reshape(-1, 2).T
        each, mean, measured = (np.log10(np.maximum(losses, 1e-12)) for losses in (*table[:, 1:].T, measured))
        first, last, low, high = _ends(table[:, 0], each, mean, measured)
        area = QRectF(self.rect()).adjusted(LEFT, TOP, -RIGHT, -BOTTOM)
        across, up = area.width() / (last - first), area.height() / (high - low)
        pixel = lambda x, y: (area.left() + (x - first) * across, area.bottom() - (y - low) * up)  # noqa: E731
        painter, palette = QPainter(self), self._palette
        painter.fillRect(self.rect(), QColor(palette.card))
        heights = power_ticks(low, high, area.height() / (2 * FONT_PX), upright_fit(self._font, up))
        ticks = fitting_ticks(first, last, 10, lying_fit(self._font, across, tick_text))
        levels = [x for x in ticks if x.is_integer()]  # there is no half of a step
        labels = {
            "left": [(pixel(0, y)[1], tick_text(10**y, True)) for y in heights],
            "bottom": [(pixel(x, 0)[0], tick_text(x)) for x in levels if pixel(x, 0)[0] < self.width() - EDGE],
        }
        paint_axes(painter, area, labels, palette, self._font, grid=True)
        painter.setClipRect(area)
        faint = QColor(palette.signal)
        faint.setAlpha(95)
        painter.setPen(QPen(faint))
        paint_line(painter, *pixel(table[:, 0], each))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(palette.signal), 2))
        paint_line(painter, *pixel(table[:, 0], mean))
        if len(table) == 1:
            _paint_dots(painter, *pixel(table[:, 0], mean), palette.signal)
        painter.setPen(QColor(palette.noise))
        paint_line(painter, *pixel(steps, measured))
        _paint_dots(painter, *pixel(steps, measured), palette.noise)
        painter.end()


def _ends(
    steps: np.ndarray, each: np.ndarray, mean: np.ndarray, measured: np.ndarray
) -> tuple[float, float, float, float]:
    """The first and the last step and the least and the largest exponent that are shown."""
    if not len(steps):
        return 0.0, 1.0, -1.0, 0.0
    # single steps reach far out: the mean and most of them must be seen, not the last outlier
    low, high = np.quantile(each, (0.01, 0.99))
    seen = np.concatenate([mean[len(mean) // 20 :], measured])
    low, high = min(low, mean.min(), seen.min()), max(high, seen.max())
    high = max(high, low + 0.1)
    wide, tall = 0.01 * (steps[-1] - steps[0]) or 0.5, 0.05 * (high - low)
    return float(steps[0] - wide), float(steps[-1] + wide), float(low - tall), float(high + tall)


def _paint_dots(painter: QPainter, x: np.ndarray, y: np.ndarray, colour: str) -> None:
    painter.setPen(QColor(colour))
    painter.setBrush(QColor(colour))
    for point in zip(x, y, strict=True):
        painter.drawEllipse(QPointF(*point), DOT_PX, DOT_PX)


def _forget(rows: list[Any], step: int) -> None:
    """Drop the rows from ``step`` on: they come again."""
    while rows and rows[-1][0] >= step:
        rows.pop()
