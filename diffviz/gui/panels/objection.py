"""Objection: a short sentence beside a box whose number is not taken, or about words that could say more."""

from __future__ import annotations

from PySide6.QtCore import QPoint
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QLabel, QWidget

from diffviz.gui.panels.controls import show_note


class Objection(QLabel):
    """Hidden while there is nothing to say; read out by a screen reader when there is."""

    def __init__(self, name: str, over: QWidget | None = None) -> None:
        """``over``: the box above which it lies, where no layout holds it."""
        super().__init__(over.parentWidget() if over is not None else None)
        self.setObjectName(f"{name}_objection")
        self.setProperty("look", "objection" if over is not None else "wrong")
        self.setWordWrap(over is None)
        self._over = over
        self.hide()

    def say(self, sentence: str, wrong: bool = True) -> None:
        """ "" when a good number is there. Not ``wrong``: everything is taken, and this is advice."""
        if self._over is None:
            show_note(self, sentence, wrong)
        self.setText(sentence)
        self.setAccessibleName(sentence)
        if sentence and self._over is not None:
            self.adjustSize()
            box = self._over.geometry()
            self.move(box.topRight() - QPoint(self.width() - 1, self.height() + 4))
            self.raise_()
        self.setVisible(bool(sentence))
        if sentence:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
