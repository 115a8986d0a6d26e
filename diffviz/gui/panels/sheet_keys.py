"""SheetKeys: a sheet reached with Tab is walked with the arrows; Return looks into a cell, Delete takes a row out."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent

from diffviz.sheet import Sheet

K = Qt.Key
MOVES = {K.Key_Left: (0, -1), K.Key_Right: (0, 1), K.Key_Up: (-1, 0), K.Key_Down: (1, 0)}
CHOOSE = (K.Key_Return, K.Key_Enter)


class SheetKeys:
    """Where the arrows are: ``at``, (row, column) or None. ``walks``: the keys are the sheet's."""

    def __init__(self, view: Any) -> None:
        self._view = view
        self.walks = self.closes = False
        self.at: tuple[int, int] | None = None

    def begin(self, event: QFocusEvent) -> None:
        """After a click the arrows stay the window's."""
        self.walks = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        if not self.walks:
            self.at = None

    def takes(self, event: QKeyEvent) -> bool:
        """Whether the key is the sheet's."""
        return self.walks and event.key() in (*MOVES, *CHOOSE, K.Key_Delete)

    def press(self, event: QKeyEvent, sheet: Sheet) -> None:
        """Walk, choose, or take a row out."""
        if not sheet.rows:
            return
        key, (row, column) = K(event.key()), self.at or (0, 0)
        if key in MOVES:
            if self.at is not None:
                row, column = row + MOVES[key][0], column + MOVES[key][1]
            row, column = min(max(row, 0), len(sheet.rows) - 1), min(max(column, 0), len(sheet.columns) - 1)
            self.at = row, column
            words = (sheet.rows[row].title, sheet.columns[column].title)
            cell = sheet.cells.get(self.at)
            self._view.setAccessibleName(", ".join(filter(None, (*words, cell.note if cell else "not there yet"))))
            self._view.update()
        elif key in CHOOSE and self.at in sheet.cells:
            self._view.cell_clicked.emit(row, column)
        elif key == K.Key_Delete and self.at is not None and self.closes:
            self._view.row_closed.emit(row)
