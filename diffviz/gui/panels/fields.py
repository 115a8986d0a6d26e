"""Fields of words: a line of text, and a file or folder that is chosen or typed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLineEdit, QToolButton, QWidget

from diffviz.gui.panels.controls import Modest
from diffviz.gui.panels.layouts import filled


class TextField(Modest, QLineEdit):
    """A line of text; ``said(text)`` when it is complete."""

    said = Signal(str)

    def __init__(self, empty: str = "") -> None:
        """``empty``: the words that stand where nothing is said."""
        super().__init__()
        self.setPlaceholderText(empty)
        self._said = ""
        self.editingFinished.connect(self._say)

    @property
    def typing(self) -> bool:  # type: ignore[override]
        return self.text() != self._said

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.setCursorPosition(0)  # a long text shows its beginning

    def say_typed(self) -> None:
        self._say()

    def _say(self) -> None:
        self._said = self.text()
        self.said.emit(self._said)

    def setValue(self, text: object) -> None:
        """As a spin box takes its value; what is being typed stays."""
        if str(text) != self.text() and not (self.hasFocus() and self.typing):
            self.setText(str(text))
            self._said = str(text)
            self.setCursorPosition(0)


class PathField(QWidget):
    """A file or folder, chosen in a dialog or typed; ``said(path)``, "" for none."""

    said = Signal(str)

    def __init__(self, kind: str, empty: str) -> None:
        """``kind``: "picture" or "folder"; ``empty``: the words that stand where nothing is chosen."""
        super().__init__()
        self._kind = kind
        self.field = TextField()
        self.field.setPlaceholderText(empty)
        self.field.setClearButtonEnabled(True)
        self.button = button = QToolButton()
        button.setText("…")
        self.tell(str)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(self._ask)
        button.setFixedWidth(30)
        filled(QHBoxLayout(self), (self.field, 1), button, margins=(0, 0, 0, 0), spacing=4)
        self.field.said.connect(self.said)
        self.setFocusProxy(self.field)

    def tell(self, told: Callable[[str], str]) -> None:
        """Say what is chosen in other words, those of another kind of data."""
        self._told = told(f"Choose a {self._kind}")
        self.button.setToolTip(self._told)
        self.button.setAccessibleName(self._told.lower())

    def setToolTip(self, tip: str) -> None:
        super().setToolTip(tip)
        self.field.setToolTip(tip)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.field.setAccessibleName(name)

    def setValue(self, path: object) -> None:
        self.field.setValue(path)

    def _ask(self) -> None:
        if self._kind == "folder":
            path = QFileDialog.getExistingDirectory(self.window(), self._told, self.field.text())
        else:
            path, _ = QFileDialog.getOpenFileName(self.window(), self._told, self.field.text())
        if path:
            self.field.setText(path)
            self.said.emit(path)
