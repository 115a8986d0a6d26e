"""RunCard: Generate and Stop, Pause, what is going on, and going on from the state shown."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QMenu,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
)

from diffviz.gui.icons import icon
from diffviz.gui.panels.controls import label
from diffviz.gui.panels.layouts import filled
from diffviz.palette import Palette


class RunCard(QFrame):
    """The card under the options. ``generate`` is the one filled button."""

    def __init__(self, actions: dict[str, QAction]) -> None:
        super().__init__()
        self.setProperty("look", "card")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.generate = QPushButton("Generate")
        self.generate.setObjectName("generate_button")
        self.generate.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys with the slider
        self.generate.setProperty("look", "primary")
        self.pause = _button(actions["pause"], "pause_button")
        self.progress = QProgressBar()
        self.progress.setObjectName("progress_bar")
        self.progress.setTextVisible(False)
        self.status = label("", "small")
        self.status.setObjectName("progress_label")
        self.status.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.note = label("", "small")
        self.note.setObjectName("paused_note")
        self.note.setWordWrap(True)
        self.note.hide()
        self.go_on = _button(actions["go_on"], "go_on_button")
        self.futures = _button(actions["futures"], "futures_button")
        self.star = QToolButton()
        self.star.setObjectName("favourites_button")
        self.star.setAccessibleName("favourites")
        self.star.setToolTip("Favourites: mark the sample shown, and find marked ones again")
        self.star.setProperty("look", "menu")
        self.star.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.star.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.back = _button(actions["return"], "return_button", Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.repeat = _button(actions["repeat"], "repeat_button", Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.history = label("", "small")
        self.history.setObjectName("history_label")
        self.history.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.settings = _button(actions["take_settings"], "take_settings_button")
        self._past = QFrame()
        self._buttons = (self.pause, self.go_on, self.futures, self.star, self.back, self.repeat, self.settings)
        self._lay_out()

    def _lay_out(self) -> None:
        first = filled(QHBoxLayout(), self.pause, (self.generate, 1), self.star, spacing=6)
        second = filled(QHBoxLayout(), (self.go_on, 1), (self.futures, 1), spacing=6)
        filled(QHBoxLayout(self._past), (self.history, 1), self.repeat, self.back, margins=(0, 0, 0, 0), spacing=4)
        rows = (first, self.progress, self.status, self.note, second, self.settings, self._past)
        filled(QVBoxLayout(self), *rows, margins=(12, 10, 12, 10), spacing=6)
        self.pause.hide()
        self.settings.hide()
        self.show_branch(False, ("", ""), False, False)

    def show_branch(self, there: bool, past: tuple[str, str], repeat: bool, parent: bool) -> None:
        """``there``: whether branches can be seen at all; ``past``: where the chain comes from, short and long.

        ``repeat``: whether it can be run again; ``parent``: whether there is a chain to go back to.
        """
        for button in (self.go_on, self.futures, self.star):
            button.setVisible(there)
        self.history.setText(past[0])
        self.history.setToolTip(past[1])
        self.repeat.setVisible(repeat)
        self.back.setVisible(parent)
        self._past.setVisible(there and (repeat or parent))

    def show_note(self, text: str) -> None:
        """What the keys do now, "" where they do what they always do."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def show_favourites(self, menu: QMenu) -> None:
        """What opens at the star."""
        self.star.setMenu(menu)

    def set_look(self, palette: Palette, scale: float) -> None:
        self.star.setIcon(icon("star", palette))
        for button in self._buttons:
            button.setIconSize(QSize(round(16 * scale), round(16 * scale)))


def _button(
    action: QAction, name: str, style: Qt.ToolButtonStyle = Qt.ToolButtonStyle.ToolButtonTextOnly
) -> QToolButton:
    button = QToolButton()
    button.setObjectName(name)
    if style == Qt.ToolButtonStyle.ToolButtonTextOnly:
        action.setIconText(action.iconText().strip())  # no icon to keep apart from
    button.setDefaultAction(action)
    button.setToolButtonStyle(style)
    button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    return button
