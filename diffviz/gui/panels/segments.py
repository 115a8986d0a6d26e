"""Segments: radio buttons in a row, that look like one bar."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton

from diffviz.gui.panels.in_words import in_words
from diffviz.gui.panels.layouts import filled
from diffviz.gui.theme import wrapped

ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Up: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Down: 1}


class Segments(QFrame):
    """Radio buttons in a row. ``chosen(key)`` when the person picks another.

    Tab reaches the one that is chosen, the arrows go to the others and choose them.
    """

    chosen = Signal(str)

    def __init__(self, items: Iterable[tuple[str, str, str]], small: bool = False, name: str = "") -> None:
        """``items``: key, label, tooltip; ``name``: what is chosen, for who hears it."""
        super().__init__()
        self.setProperty("look", "segments")
        self.setAccessibleName(name)
        layout = filled(QHBoxLayout(self), margins=(2, 2, 2, 2), spacing=2)
        self.buttons: dict[str, _Segment] = {}
        self._tips: dict[str, str] = {}
        for key, label, tip in items:
            button = _Segment(label)
            button.setAccessibleName(in_words(label))
            button.setToolTip(wrapped(tip))
            button.setProperty("small", small)
            button.toggled.connect(self._reach)
            button.clicked.connect(lambda _=False, key=key: self.chosen.emit(key))
            layout.addWidget(button)
            self.buttons[key], self._tips[key] = button, tip
        self._reach()

    def show_chosen(self, key: str) -> None:
        """Choose one."""
        self.buttons[key].setChecked(True)

    def show_none(self) -> None:
        """Choose none."""
        for button in self.buttons.values():
            button.setAutoExclusive(False)
            button.setChecked(False)
            button.setAutoExclusive(True)

    def lock(self, key: str, why: str) -> None:
        """Let one not be chosen, and say why; "" lets it be."""
        self.buttons[key].setEnabled(not why)
        self.buttons[key].setToolTip(wrapped(why or self._tips[key]))

    def _reach(self) -> None:
        """One stop of the tab key: the chosen one, or the first."""
        chosen = next((button for button in self.buttons.values() if button.isChecked()), None)
        for button in self.buttons.values():
            reached = button is (chosen or next(iter(self.buttons.values())))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus if reached else Qt.FocusPolicy.NoFocus)


class _Segment(QPushButton):
    """A radio button that looks like a part of a bar; a QToolButton would be announced as a check box."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.setCheckable(True)
        self.setAutoExclusive(True)
        self.setProperty("look", "segment")

    def event(self, event: QEvent) -> bool:
        # the arrows are the window's shortcuts, but here they walk from button to button
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in ARROWS:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in ARROWS:
            super().keyPressEvent(event)
            return
        bar = self.parentWidget()
        assert isinstance(bar, Segments)
        row = [button for button in bar.buttons.values() if button.isEnabled()]
        other = row[(row.index(self) + ARROWS[Qt.Key(event.key())]) % len(row)]
        other.click()
        other.setFocus(Qt.FocusReason.TabFocusReason)
