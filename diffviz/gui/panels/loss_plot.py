"""LossPlot: the loss of every step, faint, its running mean, and that of held-out pictures, on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QRectF
from PySide6.QtGui import QColor

from diffviz.gui.panels.quiet_plot import ScaledAxis, pen
from diffviz.palette import DARK, Palette

MOST = 4000  # points; beyond, every second one is forgotten
FONT_PX = 11
DOT = 6  # pixels
LEFT, TOP, RIGHT, BOTTOM = 44, 4, 6, 22  # pixels around the plot, for the axes


class LossPlot(pg.GraphicsView):
    """Points are added while a training runs.

    A view and two axes, placed by hand: a PlotWidget has menus that nobody owns, and a graphics layout makes Qt keep a
    hidden window for its style.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("loss_plot")
        self.setMinimumHeight(120)
        for widget in (self, self.viewport()):
            widget.setAcceptDrops(False)
        self.setFrameShape(pg.QtWidgets.QFrame.Shape.NoFrame)
        self._view = pg.ViewBox(enableMenu=False, enableMouse=False)
        self._axes = {"left": ScaledAxis("left"), "bottom": pg.AxisItem("bottom")}
        self._axes["left"].power = True
        self._each = pg.PlotCurveItem(antialias=False)
        self._mean = pg.PlotCurveItem(antialias=True)
        self._held_out = pg.PlotDataItem(antialias=True, symbol="o", symbolSize=DOT)
        self.setCentralItem(None)  # its own, which has a layout
        self.addItem(self._view)
        for axis in self._axes.values():
            self.addItem(axis)
            axis.linkToView(self._view)
        for curve in (self._each, self._mean, self._held_out):
            self._view.addItem(curve)
        self.sigDeviceRangeChanged.connect(self._place)
        self._palette = DARK
        self._points: list[tuple[float, float, float]] = []
        self._measured: list[tuple[float, float]] = []

    def show_points(
        self, at: np.ndarray, losses: np.ndarray, smoothed: np.ndarray, held_out: Sequence[tuple[int, float]] = ()
    ) -> None:
        """Begin with these, float (N,) each; empty arrays clear the plot. ``held_out``: (step, loss)."""
        self._measured = list(held_out)
        self._points = list(zip(at.tolist(), losses.tolist(), smoothed.tolist(), strict=True))
        self._draw()

    def add_point(self, step: int, loss: float, smoothed: float) -> None:
        """One more; steps that were lost with a checkpoint and come again replace what was shown of them."""
        _forget(self._points, step)
        _forget(self._measured, step)
        self._points.append((step, loss, smoothed))
        if len(self._points) > MOST:
            self._points = self._points[::2]
        self._draw()

    def add_held_out(self, step: int, loss: float) -> None:
        """The loss on held-out pictures at a checkpoint."""
        _forget(self._measured, step)
        self._measured.append((step, loss))
        self._draw()

    def held_out(self) -> list[float]:
        """The losses on held-out pictures, the newest last."""
        return [loss for _, loss in self._measured]

    def points(self) -> list[tuple[float, float, float]]:
        """(step, loss, running mean) of what is drawn."""
        return list(self._points)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.set_look(self._palette)
        return super().event(event)

    def set_look(self, palette: Palette) -> None:
        self._palette = palette
        self.setBackground(palette.card)
        faint = QColor(palette.signal)
        faint.setAlpha(95)
        self._each.setPen(pen(self, faint))
        self._mean.setPen(pen(self, palette.signal, 2))
        self._held_out.setPen(pen(self, palette.noise))
        self._held_out.setSymbolPen(None)
        self._held_out.setSymbolBrush(palette.noise)
        font = self.font()
        font.setPixelSize(FONT_PX)
        for axis in self._axes.values():
            axis.setPen(pen(self, palette.plot_grid))
            axis.setTextPen(palette.muted)
            axis.setTickFont(font)
        self._axes["left"].setGrid(60)  # of 255

    def _place(self) -> None:
        plot = QRectF(LEFT, TOP, max(1, self.width() - LEFT - RIGHT), max(1, self.height() - TOP - BOTTOM))
        self._view.setGeometry(plot)
        self._axes["left"].setGeometry(QRectF(0, TOP, LEFT, plot.height()))
        self._axes["bottom"].setGeometry(QRectF(LEFT, plot.bottom(), plot.width(), BOTTOM))

    def _draw(self) -> None:
        table = np.array(self._points, dtype=np.float64).reshape(-1, 3)
        with np.errstate(divide="ignore"):
            each, mean = np.log10(np.maximum(table[:, 1:].T, 1e-12))
        self._each.setData(table[:, 0], each)
        self._mean.setData(table[:, 0], mean)
        steps, measured = np.array(self._measured, dtype=np.float64).reshape(-1, 2).T
        measured = np.log10(np.maximum(measured, 1e-12))
        self._held_out.setData(steps, measured)
        if len(table) < 2:
            return
        # single steps reach far out: the mean and most of them must be seen, not the last outlier
        low, high = np.quantile(each, (0.01, 0.99))
        seen = np.concatenate([mean[len(mean) // 20 :], measured])
        low, high = min(low, mean.min(), seen.min()), max(high, seen.max())
        self._view.setXRange(table[0, 0], table[-1, 0], padding=0.01)
        self._view.setYRange(low, max(high, low + 0.1), padding=0.05)


def _forget(rows: list[Any], step: int) -> None:
    """Drop the rows from ``step`` on: they come again."""
    while rows and rows[-1][0] >= step:
        rows.pop()
