"""GlossaryDialog: every sign and word, searched while one types; "Show me" sets the scene."""

from __future__ import annotations

import re

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QStyle,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from diffviz.gui.panels.controls import named
from diffviz.gui.panels.dialog import Dialog
from diffviz.gui.panels.in_words import in_words
from diffviz.gui.panels.layouts import filled
from diffviz.gui.theme import drawn
from diffviz.session.lookup import found
from diffviz.session.term import Term
from diffviz.session.terms import TERMS

KEY = Qt.ItemDataRole.UserRole
WALK = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class GlossaryDialog(Dialog):
    """Stands beside the window. ``show_wanted(key)``: the person wants to see a term in a scene."""

    show_wanted = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "glossary_dialog", "Glossary")
        tip = "Signs, words and what they mean are searched; the arrows walk what is found"
        field = QLineEdit(clearButtonEnabled=True, placeholderText="Search")
        self.search = named(field, "glossary_search", tip, spoken="search the glossary")
        self.terms = named(QListWidget(), "glossary_list", "Choose a term to read about it", spoken="terms")
        self.entry = named(QTextBrowser(), "glossary_entry", "Formula, meaning and paper of the term", spoken="entry")
        tip = "Set the window so that this is seen; undo takes it back"
        self.show_me = named(QPushButton("Show me"), "show_me_button", tip)
        left = filled(QVBoxLayout(), self.search, (self.terms, 1), spacing=8)
        foot = filled(QHBoxLayout(), None, self.show_me)
        right = filled(QVBoxLayout(), (self.entry, 1), foot, spacing=8)
        filled(QHBoxLayout(self), (left, 2), (right, 3), margins=(16, 14, 16, 14), spacing=12)
        self.search.textChanged.connect(self._find)
        self.search.installEventFilter(self)
        self.terms.currentItemChanged.connect(self._show)
        self.show_me.clicked.connect(self._want)
        self._find("")
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        self.terms.setMinimumWidth(self.terms.sizeHintForColumn(0) + bar + 8)  # no name of a term is cut
        self.resize(720, 460)

    @property
    def key(self) -> str:
        """The term that is read, "" for none."""
        item = self.terms.currentItem()
        return "" if item is None else str(item.data(KEY))

    def open_at(self, key: str) -> None:
        """Read one term."""
        self.search.clear()
        keys = list(found(""))
        self.terms.setCurrentRow(keys.index(key) if key in keys else 0)
        self.come()
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The arrows walk the list while one types."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.key() in WALK:
            QCoreApplication.sendEvent(self.terms, event)
            return True
        return super().eventFilter(watched, event)

    def _want(self) -> None:
        """Out of the way of what is shown."""
        self.close()
        self.show_wanted.emit(self.key)

    def _find(self, words: str) -> None:
        self.terms.clear()
        for key in found(words):
            item = QListWidgetItem(_listed(TERMS[key]))
            item.setData(KEY, key)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, in_words(item.text()))
            self.terms.addItem(item)
        self.terms.setCurrentRow(0)

    def _show(self) -> None:
        self.show_me.setEnabled(bool(self.key))
        if not self.key:
            self.entry.setHtml("<p>Nothing of that name.</p>")
            return
        term = TERMS[self.key]
        formula = f"<p>{term.formula}</p>" if term.formula != term.sign else ""
        self.entry.setHtml(
            drawn(f"<h3>{term.sign}</h3><b>{term.name}</b>{formula}<p>{term.meaning}</p><p><i>{term.paper}</i></p>")
        )
        self.entry.setAccessibleDescription(in_words(f"{term.formula}. {term.meaning}"))


def _listed(term: Term) -> str:
    """Its name, and its sign where that is another."""
    name, sign = (drawn(re.sub(r"<sub>(.*?)</sub>", r"_{\1}", words)) for words in (term.name, term.sign))
    return name if sign in name else f"{name}  ·  {sign}"
