"""TypedAhead: what a person types while the field that will take it is still on its way; it would be keys else."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from diffviz.gui.panels.condition_box import ConditionBox

_ENDED_BY = (QEvent.Type.MouseButtonPress, QEvent.Type.ApplicationDeactivate)
_OTHERS = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier


class TypedAhead(QObject):
    """From its making on letters are kept, until ``give``, a click or Escape.

    Args:
        waits: whether the field is still on its way.
        ended: called when no more letters are kept.

    Attributes:
        over: whether no more letters are kept.
    """

    def __init__(self, field: ConditionBox, waits: Callable[[], bool], ended: Callable[[], object]) -> None:
        super().__init__(field)
        self._field, self._waits, self._ended, self.over = field, waits, ended, False
        self._text, self._entered = "", False
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]

    def give(self) -> None:
        """Put what was typed into the field, as if it had been typed there; nothing where it was left meanwhile."""
        if self.over:
            return
        self._end()
        self._field.begin()
        if self._field.told_words and self._text:
            self._field.type_in(self._text, self._entered)

    def _end(self) -> None:
        self.over = True
        self._ended()
        QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _ENDED_BY or (isinstance(event, QKeyEvent) and not self._waits()):
            self._end()
            return False
        if not isinstance(event, QKeyEvent) or event.modifiers() & _OTHERS:
            return False
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()  # it comes again as a key, and as no shortcut
            return True
        return event.type() == QEvent.Type.KeyPress and self._keep(event)

    def _keep(self, event: QKeyEvent) -> bool:
        if event.key() == Qt.Key.Key_Escape:
            self._end()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._entered = True
        elif event.key() == Qt.Key.Key_Backspace:
            self._text = self._text[:-1]
        elif event.text().isprintable():
            self._text += event.text()
        return True
