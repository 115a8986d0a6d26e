"""MessageBar: sentences under the toolbar, each with its remedy and a close button; several stack."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from diffviz.gui.icons import icon, pixmap
from diffviz.gui.panels.layouts import filled
from diffviz.palette import DARK, Palette

MOST = 3  # older ones give way


class Message(QFrame):
    """One sentence."""

    def __init__(self, text: str, level: str, topic: str, palette: Palette) -> None:
        super().__init__()
        self.topic = topic
        self.setProperty("look", "message")
        self.setProperty("level", level)
        self.text = text
        self._level = level
        self._sign = QLabel()
        words = QLabel(text)
        words.setWordWrap(True)
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        words.setTextFormat(Qt.TextFormat.PlainText)
        self.close_button = QToolButton()
        self.close_button.setProperty("look", "flat")
        self.close_button.setToolTip("Close this message")
        self.layout_ = filled(QHBoxLayout(self), self._sign, (words, 1), margins=(10, 5, 5, 5))
        self._copy = QToolButton()
        self._copy.setProperty("look", "flat")
        self._copy.setToolTip("Copy this message")
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
        self.layout_.addWidget(self._copy)
        self.layout_.addWidget(self.close_button)
        self.set_palette(palette)

    def add_button(self, text: str, action: Callable[[], None]) -> None:
        """A remedy; pressing it also closes the message."""
        button = QPushButton(text)
        button.clicked.connect(action)
        button.clicked.connect(self.close_button.click)
        self.layout_.insertWidget(self.layout_.count() - 2, button)

    def set_palette(self, palette: Palette) -> None:
        colour = {"error": palette.error, "warning": palette.warning, "info": palette.signal}[self._level]
        self._sign.setPixmap(pixmap(self._level, colour, 20))
        self.close_button.setIcon(icon("close", palette))
        self._copy.setIcon(icon("copy", palette))


class MessageBar(QWidget):
    """A stack of messages, hidden while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("message_bar")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self._messages: list[Message] = []
        self._palette = DARK
        self.hide()

    def show_message(
        self,
        text: str,
        level: str = "error",
        remedy: tuple[str, Callable[[], None]] | None = None,
        topic: str = "",
        other: tuple[str, Callable[[], None]] | None = None,
    ) -> None:
        """Add a sentence; one that is shown already moves to the end instead of standing twice.

        Args:
            level: error | warning | info.
            remedy: a button's label and what it does.
            topic: what it is about; a newer message about the same takes its place, see ``clear_topic``.
            other: a second remedy, to the right of the first.
        """
        for message in [m for m in self._messages if m.text == text or (topic and m.topic == topic)]:
            self._remove(message)
        message = Message(text, level, topic, self._palette)
        for button in filter(None, (remedy, other)):
            message.add_button(*button)
        message.close_button.clicked.connect(lambda: self._remove(message))
        self._messages.append(message)
        self._layout.addWidget(message)
        for old in self._messages[:-MOST]:
            self._remove(old)
        self.show()

    def texts(self) -> list[str]:
        """The sentences shown, oldest first."""
        return [message.text for message in self._messages]

    def clear(self) -> None:
        """Remove all messages."""
        for message in list(self._messages):
            self._remove(message)

    def clear_topic(self, topic: str) -> None:
        """Remove what is no longer true of a topic."""
        for message in [m for m in self._messages if m.topic == topic]:
            self._remove(message)

    def set_look(self, palette: Palette) -> None:
        self._palette = palette
        for message in self._messages:
            message.set_palette(palette)

    def _remove(self, message: Message) -> None:
        if message in self._messages:
            self._messages.remove(message)
            self._layout.removeWidget(message)
            message.hide()
            message.deleteLater()
        self.setVisible(bool(self._messages))
