"""HelpDesk: F1 names what is seen, the glossary explains it, and the curtain hides it while somebody talks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from diffviz.gui.menus import MENUS
from diffviz.gui.panels.help_overlay import HelpOverlay, Region
from diffviz.gui.panels.over_window import Curtain
from diffviz.gui.shared import Shared
from diffviz.gui.theme import palette_of
from diffviz.kinds import KINDS
from diffviz.session.glossary import shown
from diffviz.session.permits import refusal
from diffviz.session.state import NO_RUN
from diffviz.session.terms import TERMS

if TYPE_CHECKING:
    from diffviz.gui.panels.glossary_dialog import GlossaryDialog

# menus in the order in which their keys are read; what stands in none follows
READ = ("Chain", "View", "Edit", "File", "Help")
LENS = "lens_"  # of their names; one line is for all
IN_PLANE = {
    "forward": "Over x_t: the shade is the density of x_t, arrows point along its score, red is the way of one "
    "point, ringed in x_0 and ε.",
    "reverse": "Over x_t: the shade is the density of x_t, arrows point along its score; from x_T, a ring that can be "
    "dragged, the ODE's path and the SDE's lead down to x_0.",
}
OTHERS = (("Tab, arrows", "Next control, inside it"), ("+, −", "Zoom a picture"))


class HelpDesk(QObject):
    """``closed``: the keys are the window's again.

    Args:
        regions: what is seen now, the largest part first.
    """

    closed = Signal()

    def __init__(self, shared: Shared, regions: Callable[[], Sequence[Region]]) -> None:
        window, actions = shared.window, shared.actions
        super().__init__(window)
        self._window, self._actions, self._regions = window, actions, regions
        self._store, self._chains = shared.store, shared.chains
        self.curtain, self.overlay = Curtain(window), HelpOverlay(window)
        self._glossary: GlossaryDialog | None = None
        self._before: QWidget | None = None  # that had the keys before the overlay
        self._device = "starting…"  # in words, once the engine has chosen it
        actions["help"].triggered.connect(self.name_regions)
        actions["glossary"].triggered.connect(lambda: self.show_glossary())
        actions["about"].triggered.connect(self.show_about)
        actions["blank"].triggered.connect(self.curtain.cover)
        actions["blank"].setEnabled(False)  # until somebody presents
        self.curtain.lifted.connect(lambda _: self.closed.emit())
        self.overlay.lifted.connect(self._overlay_lifted)

    def name_regions(self) -> None:
        """What is what, and which keys there are. Who has the keys now has them afterwards."""
        self._before = QApplication.focusWidget()
        self.overlay.open_over(self._told(), self._keys(), palette_of(self._window))

    def _told(self) -> list[Region]:
        """The regions in words of what is seen: pictures, sounds, points."""
        session = self._store.session
        kind = KINDS[session.seen_kind]
        first, *others = (region._replace(words=kind.told(region.words)) for region in self._regions())
        if not refusal("density", session):
            first = first._replace(words=f"{first.words} {IN_PLANE[session.page]}")
        return [first, *others]

    def _keys(self) -> list[tuple[str, str]]:
        """Each key that the window has, and what it does."""
        names = dict.fromkeys((*(name for menu in READ for name in MENUS[menu].split()), *self._actions))
        keyed = [(name, self._actions[name]) for name in names if name in self._actions]
        keys = [
            (", ".join(key.toString() for key in a.shortcuts()), a.iconText().strip(" …"))
            for name, a in keyed
            if not name.startswith(LENS)
        ]
        lenses = [action.shortcut().toString() for name, action in keyed if name.startswith(LENS)]
        letters = [title.text().partition("&")[2][0] for title in self._window.menuBar().actions()]
        menus = f"Alt+{', '.join(letters)}"
        more = (f"{lenses[0]} … {lenses[-1]}", "Lens"), (menus, "Menus"), *OTHERS
        return [*((keys, words[0].upper() + words[1:]) for keys, words in keys if keys), *more]

    def _overlay_lifted(self, key: int) -> None:
        self.closed.emit()
        before, self._before = self._before, None
        if before is not None and isValid(before) and before.isVisible():
            before.setFocus(Qt.FocusReason.TabFocusReason)
        if QKeySequence(key) == self._actions["glossary"].shortcut():
            self.show_glossary()

    def show_glossary(self, key: str = "x_t") -> None:
        """Every sign and word."""
        if self._glossary is None:
            from diffviz.gui.panels.glossary_dialog import GlossaryDialog

            self._glossary = GlossaryDialog(self._window)
            self._glossary.show_wanted.connect(self._show_term)
        self._glossary.open_at(key)

    def _show_term(self, key: str) -> None:
        run, was, before = self._store.session.run, self._store.scene, NO_RUN
        scene = shown(was, key, self._guides())
        moved = TERMS[key].show.plane or was.data != scene.data
        if moved and run.there and (run.made.data, run.kind) != (scene.data, scene.data.kind):
            before = run.job  # nothing is drawn over a chain of other data; undo shows it again
            self._chains.put_aside()
        self._store.set(scene, replaced=before, words="" if before == NO_RUN else "the scene of the glossary")
        self._window.activateWindow()
        self.closed.emit()

    def _guides(self) -> Sequence[str]:
        """What the network that is loaded can be guided to: its classes, or the words that it is told."""
        state, told = self._store.session.model, self._store.scene.model.class_label
        if not (state.ready and state.guides):
            return ()
        return (*(filter(None, (told,)) if state.worded else self._chains.classes),)

    def know_device(self, text: str) -> None:
        """What the engine has chosen."""
        self._device = text

    def show_about(self) -> None:
        """Versions and device, to copy into a report."""
        from diffviz.gui.panels.about_dialog import AboutDialog

        AboutDialog(self._window, self._device).open()
