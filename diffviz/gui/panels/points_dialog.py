"""PointsDialog: points are drawn with a brush; what is dark on the paper becomes a cloud."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QColor
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from diffviz.gui.panels.canvas import LONG_PX, Canvas
from diffviz.gui.panels.controls import label, push_button
from diffviz.gui.panels.dialog import Dialog
from diffviz.gui.panels.layouts import add_steps, filled
from diffviz.palette import Palette

BRUSH_PX = 12
INK = "#000000"


class PointsDialog(Dialog):
    """``drawn(picture)``: uint8 (H, W, 3), after each stroke."""

    drawn = Signal(object)

    def __init__(self, parent: QWidget, undo: QAction, redo: QAction) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("points_dialog")
        self.setWindowTitle("Draw points")
        self.canvas = Canvas()
        self.canvas.size_px = BRUSH_PX
        self.canvas.stroke_ended.connect(lambda: self.drawn.emit(self.canvas.array()))
        how = label("Where you draw there are points; they are spread evenly over the ink.", "muted")
        how.setWordWrap(True)
        self.rub = QToolButton()
        self.rub.setObjectName("points_rub")
        self.rub.setText("Rub out")
        self.rub.setToolTip("The brush takes ink away")
        self.rub.setCheckable(True)
        self.rub.toggled.connect(self._take_ink)
        clear = push_button("points_clear", "Clear", "An empty paper; the points stay until something is drawn")
        clear.clicked.connect(self.clear)
        row = filled(QHBoxLayout(), self.rub, clear, None, spacing=8)
        add_steps(self, row, "points", undo, redo)
        filled(QVBoxLayout(self), how, (self.canvas, 1), row, margins=(16, 12, 16, 14), spacing=10)
        self.resize(420, 480)
        self.clear()

    def clear(self) -> None:
        """White paper."""
        self.canvas.begin(LONG_PX, LONG_PX, np.full((LONG_PX, LONG_PX, 3), 255, np.uint8))

    def set_look(self, palette: Palette) -> None:
        self.canvas.set_look(palette)

    def _take_ink(self, rubs: bool) -> None:
        self.canvas.ink = None if rubs else QColor(INK)
