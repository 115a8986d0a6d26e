"""The menu bar: which action stands where; ContextMenus: what can be done with a picture or the curves."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget
from shiboken6 import isValid

from diffviz import catalog
from diffviz.gui.file_actions import FileActions
from diffviz.gui.panels.picture_card import PictureCard
from diffviz.gui.shared import Shared
from diffviz.gui.theme import literal
from diffviz.lens_catalog import LENSES
from diffviz.scene import DataSpec

# actions by name, | a line, capitals a sub-menu
MENUS = {
    "File": "open paste SAMPLES RECENT points_of_picture | open_model train | open_scene save_scene last_time | "
    "open_run save_run | design pin_schedule import_schedule export_schedule | "
    "save_png save_sound save_lens save_numbers export | quit",
    "Edit": "undo redo | copy copy_numbers | brush new_noise",
    "View": f"fit one_to_one | density arrows paths | play_sound | {' '.join(f'lens_{name}' for name in LENSES)} | "
    "unfold | presentation blank THEME | next_part part_before | opening reset_view",
    "Chain": "direction_forward direction_reverse laboratory | say_words generate denoise pause cancel live | "
    "go_on futures decide return repeat restore_chain take_settings FAVOURITES | "
    "play first back next last type_t loop",
    "Help": "help glossary | about",
}
THEMES = (("auto", "Like the desktop"), ("dark", "Dark"), ("light", "Light"))


def fill_menu_bar(bar: QMenuBar, actions: dict[str, QAction], sub_menus: dict[str, QMenu]) -> None:
    """Put the actions and sub-menus into the bar."""
    for menu in sub_menus.values():
        give_letters(menu)
    for title, entries in MENUS.items():
        menu = bar.addMenu(f"&{title}")
        give_letters(menu)
        menu.setToolTipsVisible(True)
        for entry in entries.split():
            if entry == "|":
                menu.addSeparator()
            elif entry in sub_menus:
                menu.addMenu(sub_menus[entry])
            else:
                menu.addAction(actions[entry])


def give_letters(menu: QMenu) -> None:
    """While the menu is open each entry has an underlined letter of its own, whose key chooses it."""
    given: dict[QAction, str] = {}

    def begin() -> None:
        end()
        entries = [action for action in menu.actions() if action.text()]
        for action, text in zip(entries, lettered([action.text() for action in entries]), strict=True):
            action.setText(text)
            given[action] = text
            action.changed.connect(follow)

    def follow() -> None:
        if any(isValid(action) and action.text() != text for action, text in given.items()):
            begin()

    def end() -> None:
        for action in given:
            if isValid(action):  # else it went
                action.changed.disconnect(follow)
                action.setText(unlettered(action.text()))
        given.clear()

    menu.aboutToShow.connect(begin)
    menu.aboutToHide.connect(end)


def lettered(texts: Sequence[str]) -> list[str]:
    """Texts with Qt's & before a letter that no other has: a word's first one, where that can be.

    As many have one as can: who comes later may send an earlier one on to another of its letters.
    """
    plain = [unlettered(text) for text in texts]
    firsts, others = (r"(?<![\w&])[A-Za-z0-9]", "(?<!&)[A-Za-z0-9]")
    places = [[m.start() for sought in (firsts, others) for m in re.finditer(sought, text)] for text in plain]
    owners: dict[str, tuple[int, int]] = {}  # of each letter: which text, and where in it

    def place(k: int, tried: set[str]) -> bool:
        for at in places[k]:
            letter = plain[k][at].lower()
            if letter not in tried:
                tried.add(letter)
                if letter not in owners or place(owners[letter][0], tried):
                    owners[letter] = k, at
                    return True
        return False

    for k in range(len(plain)):
        place(k, set())
    marked = dict(owners.values())
    return [f"{text[: marked[k]]}&{text[marked[k] :]}" if k in marked else text for k, text in enumerate(plain)]


def unlettered(text: str) -> str:
    """A menu's text without the mark of its letter; && stays, which is an & to be read."""
    return re.sub("(?<!&)&(?!&)", "", text)


def theme_menu(parent: QWidget, choose: Callable[[str], None]) -> tuple[QMenu, dict[str, QAction]]:
    """The menu of themes, and its actions by theme."""
    menu = QMenu("Theme", parent)
    group = QActionGroup(menu)
    made = {}
    for name, text in THEMES:
        action = menu.addAction(text)
        action.setCheckable(True)
        action.triggered.connect(lambda _=False, name=name: choose(name))
        group.addAction(action)
        made[name] = action
    return menu, made


def sample_menu(parent: QWidget, show: Callable[[DataSpec], None]) -> QMenu:
    """The menu of what ships, kind by kind."""
    menu = QMenu("Samples", parent)
    for kind, entry in catalog.KINDS.items():
        for name in entry.samples():
            data = DataSpec(kind, f"builtin:{name}")
            action = menu.addAction(name.replace("_", " "))
            action.setData(data)
            action.triggered.connect(lambda _=False, data=data: show(data))
    return menu


def recent_menu(parent: QWidget, recent: Callable[[], list[str]], show: Callable[[str], None]) -> QMenu:
    """The menu of recent pictures, filled when it opens."""
    menu = QMenu("Recent", parent)

    def fill() -> None:
        menu.clear()
        for path in recent():
            menu.addAction(literal(path)).triggered.connect(lambda _=False, path=path: show(path))
        if not recent():
            menu.addAction("No recent pictures").setEnabled(False)

    menu.aboutToShow.connect(fill)
    return menu


# what a picture offers beside copying and saving it; | is a line
OFFERED = ("|", "fit", "one_to_one", "|", "denoise", "go_on", "futures", "decide", "favourite")
TERMS = {"x_t_panel": "x_t", "x_0_panel": "x_0", "eps_panel": "eps"}
REMOVED = {"x_t_panel": "x_t", "x_0_panel": "x0_hat", "eps_panel": "eps_hat"}
CURVES = {"coefficients": "signal", **{name: name for name in ("alpha_bar", "alpha", "snr", "sigma", "spread")}}

LENSES_EXPLAINED = {"posterior": "posterior", "numbers": "kl", "distribution": "kl"}


class ContextMenus(QObject):
    """Menus of the actions that can be chosen now.

    Args:
        explain: opens the glossary at a term.
    """

    def __init__(self, shared: Shared, files: FileActions, explain: Callable[[str], None]) -> None:
        panel = self._panel = shared.curves
        super().__init__(panel)
        self._store, self._actions, self._files, self._explain = shared.store, shared.actions, files, explain
        cards = *shared.equation.jump.cards, *shared.equation.step.cards
        menus: dict[QWidget, Callable[[], QMenu]] = {panel.lens: self.of_lens, panel.plot: self.of_curves}
        menus |= {card.view: partial(self.of_picture, card) for card in cards}
        for widget, made in menus.items():
            widget.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            popup = lambda at, widget=widget, made=made: made().popup(widget.mapToGlobal(at))  # noqa: E731
            widget.customContextMenuRequested.connect(popup)

    def of_picture(self, card: PictureCard) -> QMenu:
        """What can be done with a picture."""
        menu = self._menu(card)
        there = bool(card.displayed_array().size)
        for words, do in (("Copy picture", self._files.copy), ("Save picture as PNG…", self._files.save_png)):
            action = menu.addAction(words, partial(do, card))
            action.setEnabled(there)
        for name in OFFERED:
            if name == "|":
                menu.addSeparator()
            elif self._actions[name].isEnabled():
                menu.addAction(self._actions[name])
        key = (TERMS if self._store.scene.forward else REMOVED).get(card.objectName(), "one_step")
        self._add_explained(menu, key)
        return menu

    def of_curves(self) -> QMenu:
        """Which curves there are, and what they are."""
        menu = self._menu(self._panel)
        chosen = "coefficients"
        for key, button in self._panel.curves.buttons.items():
            action = menu.addAction(button.text(), button.click)
            action.setCheckable(True)
            action.setChecked(button.isChecked())
            action.setEnabled(button.isEnabled())
            chosen = key if button.isChecked() else chosen
        menu.addSeparator()
        self._add_taken(menu, CURVES[chosen])
        return menu

    def of_lens(self) -> QMenu:
        """What can be taken along of a lens, and what it is about."""
        menu = self._menu(self._panel)
        self._add_taken(menu, LENSES_EXPLAINED.get(self._panel.shown, "alpha_bar"))
        return menu

    def _add_taken(self, menu: QMenu, key: str) -> None:
        for name in ("save_lens", "copy_numbers", "save_numbers"):
            menu.addAction(self._actions[name])
        self._add_explained(menu, key)

    def _add_explained(self, menu: QMenu, key: str) -> None:
        menu.addSeparator()
        menu.addAction("What is this?", lambda: self._explain(key))

    def _menu(self, parent: QObject) -> QMenu:
        menu = QMenu(parent)  # type: ignore[call-overload]
        menu.setObjectName("context_menu")
        menu.setToolTipsVisible(True)
        menu.aboutToHide.connect(menu.deleteLater)
        return menu
