"""Curtain: a black screen while somebody talks; any key or click brings the pictures back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from diffviz.gui.panels.over_window import OverWindow


class Curtain(OverWindow):
    """Black, without a cursor."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window, "curtain")
        self.setAccessibleName("black screen; any key brings the pictures back")
        self.setCursor(Qt.CursorShape.BlankCursor)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        painter.end()
