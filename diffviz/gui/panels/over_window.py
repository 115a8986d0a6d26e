"""OverWindow: what lies over a whole window and goes at the first key or click; Curtain: a black one."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

MODIFIERS = (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt)  # the beginning of a key, not one


class OverWindow(QWidget):
    """Takes every key while it is seen. ``lifted(key)``: the keys are the window's again; with its modifiers, 0 after
    a click."""

    lifted = Signal(int)

    def __init__(self, window: QWidget, name: str) -> None:
        super().__init__(window)
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.hide()

    def cover(self) -> None:
        """Lie over the window."""
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
        if event.key() not in MODIFIERS:
            self._lift(event.keyCombination().toCombined())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._lift(0)

    def _lift(self, key: int) -> None:
        self.hide()
        self.lifted.emit(int(key))


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
