"""Lists in groups, each of them under its name, which cannot be chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QStandardItemModel
from PySide6.QtWidgets import QAbstractItemView, QComboBox

from diffviz.gui.panels.controls import MOST_ITEMS
from diffviz.gui.theme import letters


class _ToFirst(QObject):
    """Home leads to the first entry of an open list; Qt stays where it is, as a name stands in the first line."""

    def __init__(self, combo: QComboBox) -> None:
        super().__init__(combo)
        combo.view().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() != QEvent.Type.KeyPress or cast(QKeyEvent, event).key() != Qt.Key.Key_Home:
            return False
        view = cast(QAbstractItemView, watched)
        rows = (view.model().index(row, 0) for row in range(view.model().rowCount()))
        view.setCurrentIndex(next(row for row in rows if row.flags() & Qt.ItemFlag.ItemIsEnabled))
        return True


def fill_groups(combo: QComboBox, groups: Iterable[tuple[str, Iterable[tuple[str, object, str]]]]) -> None:
    """Put (label, data, tip) triples into a combo, each group of them under its name, which cannot be chosen."""
    if combo.findChild(_ToFirst) is None:
        _ToFirst(combo)
    with QSignalBlocker(combo):
        combo.clear()
        bold = letters(combo.font().pixelSize(), combo.font(), bold=True)
        for name, items in groups:
            combo.addItem(name)
            head = cast(QStandardItemModel, combo.model()).item(combo.count() - 1)
            head.setFlags(Qt.ItemFlag.NoItemFlags)
            head.setData(bold, Qt.ItemDataRole.FontRole)
            for text, data, tip in items:
                combo.addItem(text, data)
                combo.setItemData(combo.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        combo.setMaxVisibleItems(min(combo.count(), MOST_ITEMS))
