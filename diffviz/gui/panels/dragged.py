"""Dragged: what is dragged with the mouse, from the press to the release."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QHideEvent, QMouseEvent
from PySide6.QtWidgets import QWidget


class Dragged(QWidget if TYPE_CHECKING else object):  # type: ignore[misc]
    """Signals: ``gesture_began`` and ``gesture_ended``; what changes between them is one step of undo."""

    gesture_began = Signal()
    gesture_ended = Signal()
    held = False

    def hold(self) -> None:
        """A drag begins."""
        self.held = True
        self.gesture_began.emit()

    def let_go(self) -> None:
        """It ends, if there is one."""
        if self.held:
            self.held = False
            self.gesture_ended.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.let_go()

    def hideEvent(self, event: QHideEvent) -> None:
        self.let_go()  # the mouse's release goes elsewhere

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.EnabledChange and not self.isEnabled():
            self.let_go()  # likewise
