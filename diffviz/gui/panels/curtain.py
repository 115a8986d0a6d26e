"""Curtain: a black screen while somebody talks; any key or click brings the pictures back."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget


class Curtain(QWidget):
    """Lies over a window. ``lifted()``: the keys are the window's again."""

    lifted = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("curtain")
        self.setAccessibleName("black screen; any key brings the pictures back")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.BlankCursor)
        self.hide()

    def draw(self) -> None:
        """Cover the window."""
        self.setGeometry(self.window().rect())
        self.raise_()
        self.show()
        self.setFocus()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # no key does what it does otherwise
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt):
            self._lift()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._lift()

    def _lift(self) -> None:
        self.hide()
        self.lifted.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        painter.end()
