"""Spoken: what is on the screen, in words for who hears it: names without markup, told when t has come to rest."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QLabel, QWidget

from diffviz import catalog
from diffviz.gui.panels.in_words import in_words
from diffviz.gui.parts import Parts

REST_MS = 400  # a name that changes at each move would be read at each move
# the three cards by direction; {} is the kind of data
TERMS = {
    "forward": ("noisy {} x t", "clean {} x 0", "noise epsilon"),
    "reverse": ("state x t of the chain", "predicted clean {} x hat 0", "predicted noise epsilon hat"),
}


class Spoken(QObject):
    """Names the pictures and whatever is written with markup."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._window, self._store, self._view, self._panel = parts.window, parts.store, parts.equation, parts.curves
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.tell)
        self._store.changed.connect(lambda old, new: self._rest.start())
        self._view.painted.connect(self._rest.start)  # its caption has come with it

    def tell(self) -> None:
        """Say what is there now."""
        scene, where = self._store.scene, self._panel.place
        kind = scene.data.kind if scene.forward else self._store.session.model.kind
        terms = [term.format(catalog.KINDS[kind].label.lower()) for term in TERMS[scene.direction]]
        captions = [in_words(card.caption) for card in self._view.jump.cards]
        whose = captions[1] if scene.forward else captions[0]
        for card, parts in zip(
            self._view.jump.cards,
            ((terms[0], whose, where), (terms[1], captions[1]), (terms[2], captions[2])),
            strict=True,
        ):
            card.view.setAccessibleName(", ".join(filter(None, parts)))
        self._panel.slider.setAccessibleDescription(where)
        self._panel.plot.setAccessibleName(f"curves over t: {in_words(', '.join(self._panel.plot.names))}")
        for widget in self._window.findChildren(QWidget):
            if "<" in widget.toolTip():
                widget.setAccessibleDescription(in_words(widget.toolTip()))
        for label in self._window.findChildren(QLabel):
            words = in_words(label.text())
            if words and label.isVisible() and (words != label.text() or label.accessibleName()):
                label.setAccessibleName(words)
