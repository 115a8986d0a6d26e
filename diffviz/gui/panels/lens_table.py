"""LensTable: the numbers of a chart's table; the row of the present level stands first and stays in sight."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QSize, Qt
from PySide6.QtGui import QColor, QFont, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QHBoxLayout,
    QHeaderView,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from diffviz.chart import Column, Table, number
from diffviz.gui.panels.controls import named
from diffviz.gui.panels.layouts import filled
from diffviz.gui.theme import drawn
from diffviz.palette import DARK, Palette

FONT_PX, WIDTH_PX, LEVEL_PX, ROW_PX, BAR_PX = 12, 92, 56, 21, 10
Index = QModelIndex | QPersistentModelIndex


class _Rows(QAbstractTableModel):
    """Rows of numbers, written as they are read."""

    def __init__(self, marked: bool) -> None:
        super().__init__()
        self._marked = marked  # whether they stand out
        self._columns: tuple[Column, ...] = ()
        self._values = np.empty((0, 0))
        self.palette = DARK
        self._font = QFont("DejaVu Sans")
        self._font.setBold(marked)

    def show_rows(self, columns: tuple[Column, ...], values: np.ndarray) -> None:
        """``values``: float (n, columns)."""
        if values is self._values and columns == self._columns:
            return
        same = len(values) == len(self._values) and columns == self._columns
        self._columns, self._values = columns, values
        if same:
            self.dataChanged.emit(self.index(0, 0), self.index(len(values) - 1, len(columns) - 1))
        else:
            self.beginResetModel()
            self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if parent.isValid() else len(self._values)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self._columns)

    def value(self, row: int, column: int) -> float:
        return float(self._values[row, column])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.DisplayRole:
            value = self.value(index.row(), index.column())
            return f"{value:g}" if index.column() == 0 else number(value)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._columns[index.column()].tip
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(getattr(self.palette, self._columns[index.column()].role))
        if role == Qt.ItemDataRole.BackgroundRole and self._marked:
            return QColor(self.palette.hover)
        if role == Qt.ItemDataRole.FontRole:
            return self._font
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or section >= len(self._columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return drawn(self._columns[section].sign)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._columns[section].tip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def set_look(self, palette: Palette, scale: float) -> None:
        self.palette = palette
        self._font.setPixelSize(round(FONT_PX * scale))
        self.layoutChanged.emit()


class LensTable(QWidget):
    """The row of the present level, which stays, and under it all others, which scroll."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = _Rows(marked=True), _Rows(marked=False)
        self.now = named(_View(self._rows[0]), "numbers_now_view", spoken="quantities at t")
        self.others = named(_View(self._rows[1]), "numbers_view", spoken="quantities over t")
        self.others.horizontalHeader().hide()
        self.now.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.now.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.others.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.others.horizontalScrollBar().valueChanged.connect(self.now.horizontalScrollBar().setValue)
        self.now.horizontalScrollBar().valueChanged.connect(self.others.horizontalScrollBar().setValue)
        self._head = filled(QHBoxLayout(), self.now)  # as wide as what scrolls under it
        filled(QVBoxLayout(self), self._head, (self.others, 1), margins=(0, 0, 0, 0), spacing=0)
        self._scale = 1.0

    def show_table(self, table: Table) -> None:
        """Its rows; where only the present level's has changed, the others are not even asked."""
        marked, others = self._rows
        columns = others.columnCount()
        if table.marked is not None:
            marked.show_rows(table.columns, table.marked[None])
        others.show_rows(table.columns, table.values)
        self.now.setVisible(table.marked is not None)
        self.others.horizontalHeader().setVisible(table.marked is None)
        if columns != others.columnCount():
            self._lay_columns()

    def set_look(self, palette: Palette, scale: float) -> None:
        self._scale = scale
        for rows in self._rows:
            rows.set_look(palette, scale)
        for view in (self.now, self.others):
            view.verticalHeader().setDefaultSectionSize(round(ROW_PX * scale))
            view.horizontalHeader().setFixedHeight(round(24 * scale))
        self.now.setFixedHeight(round((24 + ROW_PX) * scale))
        self._head.setContentsMargins(0, 0, round(BAR_PX * scale), 0)
        self._lay_columns()

    def _lay_columns(self) -> None:
        """As wide as numbers are, wider where the sign above them is."""
        views = self.now, self.others
        for column in range(self._rows[1].columnCount()):
            least = round((WIDTH_PX if column else LEVEL_PX) * self._scale)
            width = max(least, *(view.horizontalHeader().sectionSizeHint(column) for view in views))
            for view in views:
                view.setColumnWidth(column, width)


class _View(QTableView):
    """A table to read, and to copy from."""

    def __init__(self, rows: _Rows) -> None:
        super().__init__()
        self._rows = rows
        self.setModel(rows)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.horizontalHeader().setHighlightSections(False)
        self.setShowGrid(False)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setProperty("look", "plain")

    def sizeHint(self) -> QSize:
        return QSize(200, 60)

    def minimumSizeHint(self) -> QSize:
        return QSize(100, 40)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy what is chosen, as a spreadsheet takes it."""
        if event.matches(QKeySequence.StandardKey.Copy):
            chosen = sorted((index.row(), index.column()) for index in self.selectionModel().selectedIndexes())
            lines: dict[int, list[str]] = {}
            for row, column in chosen:
                lines.setdefault(row, []).append(repr(self._rows.value(row, column)))
            QApplication.clipboard().setText("\n".join("\t".join(line) for line in lines.values()))
            return
        super().keyPressEvent(event)
