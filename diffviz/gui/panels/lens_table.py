"""LensTable: the numbers of a chart's table; the row of the present level stands first and stays in sight."""

from __future__ import annotations

from typing import Any

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
from diffviz.gui.theme import drawn
from diffviz.palette import DARK, Palette

FONT_PX, WIDTH_PX, LEVEL_PX, ROW_PX, BAR_PX = 12, 92, 56, 21, 10
Index = QModelIndex | QPersistentModelIndex


class _Rows(QAbstractTableModel):
    """Rows of numbers, written as they are read."""

    def __init__(self) -> None:
        super().__init__()
        self.table: Table | None = None
        self.palette = DARK
        self._fonts = QFont("DejaVu Sans"), QFont("DejaVu Sans")
        self._fonts[1].setBold(True)

    def show_table(self, table: Table) -> None:
        known, self.table = self.table, table
        if known is None or known.values is not table.values or known.columns is not table.columns:
            self.beginResetModel()
            self.endResetModel()
        elif self.columnCount():
            self.dataChanged.emit(self.index(0, 0), self.index(0, self.columnCount() - 1))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008  Qt's own signature
        return 0 if self.table is None or parent.isValid() else len(self.table.values) + (self.table.marked is not None)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if self.table is None or parent.isValid() else len(self.table.columns)

    def _column(self, index: int) -> Column:
        assert self.table is not None
        return self.table.columns[index]

    def value(self, row: int, column: int) -> float:
        assert self.table is not None
        first = int(self.table.marked is not None)
        values = self.table.marked if row < first else self.table.values[row - first]
        assert values is not None
        return float(values[column])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        marked = self.table is not None and self.table.marked is not None and index.row() == 0
        if role == Qt.ItemDataRole.DisplayRole:
            value = self.value(index.row(), index.column())
            return f"{value:g}" if index.column() == 0 else number(value)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._column(index.column()).tip
        if role == Qt.ItemDataRole.ForegroundRole:
            return QColor(getattr(self.palette, self._column(index.column()).role))
        if role == Qt.ItemDataRole.BackgroundRole and marked:
            return QColor(self.palette.hover)
        if role == Qt.ItemDataRole.FontRole:
            return self._fonts[marked]
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or self.table is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return drawn(self._column(section).sign)
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._column(section).tip
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def set_look(self, palette: Palette, scale: float) -> None:
        self.palette = palette
        for font in self._fonts:
            font.setPixelSize(round(FONT_PX * scale))
        self.layoutChanged.emit()


class LensTable(QWidget):
    """Two views of the same rows: the present level's alone, which stays, and under it all others, which scroll."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = _Rows()
        self.now, self.others = _View(self._rows), _View(self._rows)
        self.now.setObjectName("numbers_now_view")
        self.now.setAccessibleName("quantities at t")
        self.others.setObjectName("numbers_view")
        self.others.setAccessibleName("quantities over t")
        self.others.horizontalHeader().hide()
        self.now.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.now.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.others.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.others.horizontalScrollBar().valueChanged.connect(self.now.horizontalScrollBar().setValue)
        self.now.horizontalScrollBar().valueChanged.connect(self.others.horizontalScrollBar().setValue)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self._head = QHBoxLayout()  # as wide as what scrolls under it
        self._head.addWidget(self.now)
        box.addLayout(self._head)
        box.addWidget(self.others, 1)
        self._scale = 1.0

    def show_table(self, table: Table) -> None:
        """Its rows; where only the present level's has changed, nothing moves."""
        columns = self._rows.columnCount()
        self._rows.show_table(table)
        marked = table.marked is not None
        self.now.setVisible(marked)
        self.others.horizontalHeader().setVisible(not marked)
        for row in range(1, min(2, self._rows.rowCount())):
            self.now.setRowHidden(row, False)
        self.others.setRowHidden(0, marked)
        if columns != self._rows.columnCount():
            self._lay_columns()

    def set_look(self, palette: Palette, scale: float) -> None:
        self._scale = scale
        self._rows.set_look(palette, scale)
        for view in (self.now, self.others):
            view.verticalHeader().setDefaultSectionSize(round(ROW_PX * scale))
            view.horizontalHeader().setFixedHeight(round(24 * scale))
        self.now.setFixedHeight(round((24 + ROW_PX) * scale))
        self._head.setContentsMargins(0, 0, round(BAR_PX * scale), 0)
        self._lay_columns()

    def _lay_columns(self) -> None:
        for view in (self.now, self.others):
            for column in range(self._rows.columnCount()):
                view.setColumnWidth(column, round((WIDTH_PX if column else LEVEL_PX) * self._scale))


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
