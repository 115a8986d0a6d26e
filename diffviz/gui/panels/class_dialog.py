"""ClassDialog: which sub-folders a model learns, what their classes are called, and which of them are one class."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from diffviz.gui.numbers import found_text
from diffviz.gui.panels.controls import label, named, show_note
from diffviz.gui.panels.dialog import Dialog
from diffviz.gui.panels.layouts import filled
from diffviz.train.classes import Classes, Found, names_problem

WORDS = "Tick what the model is to learn. Sub-folders of one name are one class; click a name to change it."
_FOLDER, _NAME, _COUNT = range(3)
_EDITABLE = Qt.ItemFlag.ItemIsEditable
_TICK = Qt.ItemFlag.ItemIsUserCheckable


class ClassDialog(Dialog):
    """``chosen(classes)`` when the person has said it; every sub-folder under its own name is ()."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget, found: Found, classes: Classes) -> None:
        super().__init__(parent, "class_dialog", "Classes", QSize(480, 560))
        self._found = found
        self.table = self._make_table(classes)
        self.note = named(label("", "small", wraps=True), "class_note")
        words = label(WORDS, "muted", wraps=True)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        use = self.buttons.button(QDialogButtonBox.StandardButton.Ok)
        use.setText("Use these classes")
        use.setProperty("look", "primary")
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.accepted.connect(lambda: self.chosen.emit(self._found.plain(self.classes())))
        self.finished.connect(self.deleteLater)
        filled(
            QVBoxLayout(self),
            words,
            (self.table, 1),
            self._row_of_ticks(),
            self.buttons,
            margins=(18, 16, 18, 14),
            spacing=12,
        )
        self.table.itemChanged.connect(self._show_note)
        self._show_note()

    def _make_table(self, classes: Classes) -> QTableWidget:
        name_of = {folder: name for name, folders in classes for folder in folders}
        table = named(QTableWidget(len(self._found.folders), 3), "class_table")
        table.setHorizontalHeaderLabels(["sub-folder", "class", "pictures"])
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        table.setEditTriggers(QAbstractItemView.EditTrigger.AllEditTriggers)
        header = table.horizontalHeader()
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in (_FOLDER, _NAME):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(_COUNT, QHeaderView.ResizeMode.ResizeToContents)
        for row, (folder, count) in enumerate(self._found.folders):
            texts = (folder, name_of.get(folder, folder), str(count))
            first, name, pictures = (QTableWidgetItem(text) for text in texts)
            first.setFlags((first.flags() & ~_EDITABLE) | _TICK)
            first.setCheckState(_state(not classes or folder in name_of))
            first.setToolTip(folder)
            pictures.setFlags(pictures.flags() & ~_EDITABLE)
            pictures.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            for column, item in ((_FOLDER, first), (_NAME, name), (_COUNT, pictures)):
                table.setItem(row, column, item)
        return table

    def _row_of_ticks(self) -> QHBoxLayout:
        row = filled(QHBoxLayout(), spacing=8)
        row.addWidget(self.note, 1)
        for text, ticked in (("All", True), ("None", False)):
            tip = "Tick every sub-folder" if ticked else "Untick them all"
            button = named(QToolButton(), f"class_{text.lower()}_button", tip)
            button.setText(text)
            button.clicked.connect(lambda _=False, ticked=ticked: self.tick_all(ticked))
            row.addWidget(button)
        return row

    # -- what is chosen

    def classes(self) -> Classes:
        """The ticked sub-folders by the names of their classes, in the order in which a name comes first."""
        made: dict[str, list[str]] = {}
        for row, (folder, _) in enumerate(self._found.folders):
            first, name = self.table.item(row, _FOLDER), self.table.item(row, _NAME)
            if first is not None and name is not None and first.checkState() == Qt.CheckState.Checked:
                made.setdefault(name.text().strip(), []).append(folder)
        return tuple((name, tuple(folders)) for name, folders in made.items())

    def tick_all(self, ticked: bool) -> None:
        """Tick every sub-folder, or none."""
        with QSignalBlocker(self.table):
            for row in range(self.table.rowCount()):
                item = self.table.item(row, _FOLDER)
                if item is not None:
                    item.setCheckState(_state(ticked))
        self._show_note()

    def _show_note(self) -> None:
        classes = self.classes()
        chosen = self._found.of(classes) if classes else Found(())
        problem = names_problem([name for name, _ in classes])
        if not problem and chosen.problem:
            problem = f"What is ticked {chosen.problem}"
        show_note(self.note, problem or found_text(chosen.count, chosen.names), bool(problem))
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(not problem)


def _state(ticked: bool) -> Qt.CheckState:
    return Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked
