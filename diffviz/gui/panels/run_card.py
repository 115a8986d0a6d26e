"""RunCard: Generate and Stop, Pause, what is going on, and going on from the state shown; and what Generate will do."""

from __future__ import annotations

import re

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFontMetrics
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
)

from diffviz import catalog
from diffviz.gui.icons import icon
from diffviz.gui.panels.controls import label, named
from diffviz.gui.panels.layouts import action_button, filled
from diffviz.gui.panels.still import Still
from diffviz.gui.theme import literal
from diffviz.palette import Palette
from diffviz.scene import Scene

LONGEST = 18  # of a name, in letters; a longer one is a prompt, which stands above the button


def order(scene: Scene, kind: str) -> str:
    """The words on the button; ``kind``: of data, that the model makes."""
    name, count, cloud = scene.model.class_label, scene.count, catalog.KINDS[kind].cloud
    if scene.in_rows and cloud:  # which would be one of several
        name = None
    elif scene.in_rows:
        return f"Generate {round(count**0.5)} of each"
    if name is None:
        one, many = ("points", "clouds") if cloud else (f"a {kind}", f"{kind}s")
        return f"Generate {one}" if count == 1 else f"Generate {count} {many}"
    if len(name) > LONGEST:
        return "Generate from words" if count == 1 else f"Generate {count} {kind}s"
    return f"Generate “{name}”" if count == 1 else f"Generate {count} “{name}”"


PADDING = 6  # of the button, with its frame
BESIDE = 78  # pixels of the row that are never the button's: margins and the dice


class OrderButton(QPushButton):
    """Says what it will do; where there is no room for all of it the name is cut, and whole for who hears it."""

    def __init__(self) -> None:
        super().__init__()
        self._order = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_order(self, words: str) -> None:
        """ "Generate “person”", or "Stop"."""
        if words != self._order:
            self._order = words
            self.setAccessibleName(words)
            self._write()

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._write()

    def _write(self) -> None:
        bold = self.font()
        bold.setBold(True)
        card = self.parentWidget() or self
        # "Stop" stands beside Pause, what it will do has the room of both, which the layout gives it a moment later
        room = max(80, self.width(), card.width() - BESIDE) - 2 * PADDING
        metrics, (verb, quote, name) = QFontMetrics(bold), self._order.partition("“")
        if quote and metrics.horizontalAdvance(self._order) > room:
            left = room - metrics.horizontalAdvance(f"{verb}“”")
            shown = f"{verb}“{metrics.elidedText(name.rstrip('”'), Qt.TextElideMode.ElideMiddle, left)}”"
        else:
            shown = metrics.elidedText(self._order, Qt.TextElideMode.ElideMiddle, room)
        self.setText(literal(shown))


class RunCard(QFrame):
    """The card under the options. ``generate`` is the one filled button."""

    def __init__(self, actions: dict[str, QAction]) -> None:
        super().__init__()
        self.setProperty("look", "card")
        # as high as its words take in the panel's width, also where its buttons would like more of that
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.generate = named(OrderButton(), "generate_button", look="primary", by_tab=True)
        self.pause = _button(actions["pause"], "pause_button")
        self.progress = named(QProgressBar(textVisible=False), "progress_bar")
        self.status = named(label("", "small"), "progress_label")
        self.status.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._status_room = Still(self.status)  # it changes with each state of a chain
        self.note = named(label("", "small", wraps=True), "paused_note")
        self.note.hide()
        self.go_on = _button(actions["go_on"], "go_on_button")
        self.futures = _button(actions["futures"], "futures_button")
        self.decide = _button(actions["decide"], "decide_button")
        self.denoise = _button(actions["denoise"], "denoise_button")
        self.new_noise = _button(actions["new_noise"], "new_noise_button", Qt.ToolButtonStyle.ToolButtonIconOnly)
        tip = "Favourites: mark the sample shown, and find marked ones again"
        star = QToolButton(popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self.star = named(star, "favourites_button", tip, spoken="favourites", look="menu")
        self.back = _button(actions["return"], "return_button", Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.repeat = _button(actions["repeat"], "repeat_button", Qt.ToolButtonStyle.ToolButtonIconOnly)
        self.history = named(label("", "small", wraps=True), "history_label")
        self.history.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.settings = _button(actions["take_settings"], "take_settings_button")
        for button in (self.repeat, self.back):  # no taller than theirs beside a history of several lines
            button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._past = QFrame()
        self._buttons = (self.new_noise, self.star, self.back, self.repeat)
        self._lay_out()

    def _lay_out(self) -> None:
        """Generate stands last: whatever else there is to do now, it stays where it is."""
        filled(QHBoxLayout(self._past), (self.history, 1), self.repeat, self.back, margins=(0, 0, 0, 0), spacing=4)
        branches = filled(QHBoxLayout(), (self.go_on, 1), self.star, spacing=6)
        futures = filled(QHBoxLayout(), (self.futures, 2), (self.decide, 3), spacing=6)
        first = filled(QHBoxLayout(), (self.generate, 1), self.pause, self.new_noise, spacing=6)
        rows = (self._past, self.settings, self.note, branches, futures, self._status_room, self.progress)
        filled(QVBoxLayout(self), *rows, self.denoise, first, margins=(12, 10, 12, 10), spacing=6)
        self.pause.hide()
        self.settings.hide()
        self._status_room.hide()
        self.show_branch(False, ("", ""), False, False)

    def show_branch(self, there: bool, past: tuple[str, str], repeat: bool, parent: bool) -> None:
        """``there``: whether branches can be seen at all; ``past``: where the chain comes from, short and long.

        ``repeat``: whether it can be run again; ``parent``: whether there is a chain to go back to.
        """
        for button in (self.go_on, self.futures, self.decide, self.star, self.new_noise):
            button.setVisible(there)
        self.history.setText(re.sub(r"(→|\bw) (?=\d)", "\\1\u00a0", past[0]))  # a number stays with its sign
        self.history.setToolTip(past[1])
        self.repeat.setVisible(repeat)
        self.back.setVisible(parent)
        self._past.setVisible(there and (repeat or parent))
        layout = self.layout()
        if layout is not None:  # now, or the panel around it would be laid out a moment later, and Generate jump
            layout.activate()

    def show_status(self, text: str) -> None:
        """What goes on, in a line that is there while there is something to say."""
        if text != self.status.text():
            self.status.setText(text)
            self._status_room.setVisible(bool(text))
            self._status_room.refit()

    def show_note(self, text: str) -> None:
        """What the keys do now, "" where they do what they always do."""
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def set_look(self, palette: Palette, scale: float) -> None:
        self.star.setIcon(icon("star", palette))
        for button in self._buttons:
            button.setIconSize(QSize(round(16 * scale), round(16 * scale)))


def _button(
    action: QAction, name: str, style: Qt.ToolButtonStyle = Qt.ToolButtonStyle.ToolButtonTextOnly
) -> QToolButton:
    if style == Qt.ToolButtonStyle.ToolButtonTextOnly:
        action.setIconText(action.iconText().strip())  # no icon to keep apart from
    button = action_button(action, name, style)
    button.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    return button
