"""Permissions: what every action says now, and whether it can be chosen; where it cannot, its tooltip says why."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from diffviz.gui.actions import ACTIONS, LOOPS, set_enabled, set_icons, set_tip, train_words
from diffviz.gui.icons import icon
from diffviz.gui.menus import unlettered
from diffviz.gui.panels.plane_card import PLANE
from diffviz.gui.theme import drawn, literal
from diffviz.gui.window_parts import WAYS
from diffviz.palette import Palette
from diffviz.session.permits import permits
from diffviz.session.provenance import shortened
from diffviz.session.state import Session

STROKE = "the stroke in the hand"
RUN = "Run the experiment: its sheet fills while it is computed"


class Permissions:
    """Shows a session in the actions of a window."""

    def __init__(self, actions: Mapping[str, QAction], palette: Palette) -> None:
        self._actions, self._palette = actions, palette
        self._shown: dict[str, str] = {}

    def set_look(self, palette: Palette) -> None:
        self._palette = palette
        set_icons(self._actions, palette)

    def show(self, session: Session) -> None:
        """What a session permits."""
        for name, why in permits(session).items():
            if self._shown.get(name) != why:  # the slider moves far more often than any of these
                self._shown[name] = why
                set_enabled(self._actions[name], not why, why)

    def silent(self, event: QKeyEvent) -> tuple[str, str]:
        """The action whose keys were pressed, and why they do nothing; "" of none, or of one that is allowed."""
        pressed = QKeySequence(event.keyCombination())
        names = (name for name, why in self._shown.items() if why and pressed in self._actions[name].shortcuts())
        name = next(names, "")
        return name, self._shown.get(name, "")

    @staticmethod
    def still_refused(name: str, why: str, now: Session) -> Callable[[Session], bool]:
        """Whether nothing has changed; while a chain runs each of its states is a change, and none that matters."""
        return lambda then: then == now or (then.job.running and permits(then).get(name) == why)

    def show_words(self, session: Session) -> None:
        """What the actions are called that change with the session, and their icons."""
        actions = self._actions
        for key, name in WAYS.items():
            actions[name].setChecked(key == session.page)
        for name in PLANE:  # nothing is on where nothing is drawn
            actions[name].setChecked(getattr(session.scene.view, name) and not self._shown.get(name))
        actions["unfold"].setChecked(session.scene.view.unfolded)
        actions["pin_schedule"].setChecked(bool(session.scene.pinned))
        runs = session.scene.laboratory
        order = "Run" if runs else ACTIONS["generate"].text
        _call(actions["generate"], order)
        actions["generate"].setIconText(order)
        if actions["generate"].isEnabled():
            set_tip(actions["generate"], RUN if runs else ACTIONS["generate"].tip)
        train = train_words(session.scene.data.kind)
        _call(actions["train"], train)
        actions["train"].setIconText(train)  # of which F1 tells
        pause = "Resume" if session.job.paused else "Pause"
        _call(actions["pause"], pause)
        actions["pause"].setIconText(pause)
        play = "Pause" if session.playing else "Play"
        _call(actions["play"], play)
        actions["play"].setIconText(f" {play}")
        self._set_icon("play", play.lower())
        self._show_go_on(session)
        back = "the futures" if session.job.decides else STROKE if session.in_hand else session.undo_words
        for key, words in (("undo", back), ("redo", session.redo_words)):
            _call(actions[key], f"{key.title()}: {drawn(literal(shortened(words)))}" if words else key.title())
            if words and actions[key].isEnabled():
                set_tip(actions[key], f"{key.title()}: {drawn(shortened(words))}".replace("<", "‹"))  # no tag
        back, before = ACTIONS["restore_chain"].text, session.run.replaced
        _call(actions["restore_chain"], f"{back}: {literal(shortened(before))}" if before else back)
        text, name = LOOPS[session.scene.view.loop]
        _call(actions["loop"], text)
        actions["loop"].setIconText(text)
        self._set_icon("loop", name)
        set_tip(actions["loop"], f"{text}; click to change")

    def _set_icon(self, action: str, name: str) -> None:
        made = icon(name, self._palette)
        if self._actions[action].icon().cacheKey() != made.cacheKey():  # the same one would be painted anew each state
            self._actions[action].setIcon(made)

    def _show_go_on(self, session: Session) -> None:
        """From where, if that is not the state shown."""
        run = session.run
        middle = f"t = {round(run.on_from)}" if session.on_chain and run.t == 0 and run.on_from else ""
        for name, words in (("go_on", "Go on from"), ("futures", "8 futures from")):
            action = self._actions[name]
            _call(action, f"{words} {middle or 'here'}")
            if middle and action.isEnabled():
                set_tip(action, f"The chain has arrived; {words.lower()} {middle}, in its middle")
            elif action.isEnabled():
                set_enabled(action, True, "")
        self._actions["go_on"].setIconText(f"Go on from {middle or 'here'}")


def _call(action: QAction, text: str) -> None:
    """Give an action its text, unless it has it: in an open menu with a letter, which would be lost."""
    if unlettered(action.text()) != text:
        action.setText(text)
