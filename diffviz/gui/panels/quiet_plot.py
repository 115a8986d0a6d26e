"""QuietPlot: pyqtgraph's plot without what a reader does not need, its pens, and axes that say what is plotted."""

from __future__ import annotations

from collections.abc import Mapping

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QPen
from PySide6.QtWidgets import QWidget


def pen(plot: QWidget, colour: object, width: float = 1.0, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
    """A pen of ``width`` pixels of the widget: pyqtgraph's count those of the screen, of which there may be more.

    A plot asks for them again at a DevicePixelRatioChange: it was moved to another screen.
    """
    return pg.mkPen(colour, width=width * plot.devicePixelRatioF(), style=style)


class ScaledAxis(pg.AxisItem):
    """An axis whose labels are a function of the plotted value: a factor, or a power of ten."""

    factor = 1.0
    power = False

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        if self.power:
            return [f"{10**value:.3g}" if float(value).is_integer() else "" for value in values]
        return [f"{value * self.factor:.4g}" for value in values]


class QuietPlot(pg.PlotWidget):
    """No menu, no buttons, no frame, no mouse of pyqtgraph's own; drops belong to the window."""

    def __init__(self, axes: Mapping[str, pg.AxisItem]) -> None:
        super().__init__(axisItems=dict(axes))
        self.setMenuEnabled(False)
        self.hideButtons()
        self.setFrameShape(pg.QtWidgets.QFrame.Shape.NoFrame)
        self.getViewBox().setMouseEnabled(False, False)
        for widget in (self, self.viewport()):
            widget.setAcceptDrops(False)
        menu = self.getPlotItem().ctrlMenu
        menu.setParent(self, menu.windowFlags())  # pyqtgraph leaves it without an owner: it would outlive the window
