"""Widgets in rows and columns; Still: words that change without moving them, Column: cards that roll."""

from __future__ import annotations

from typing import TypeVar

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QScrollArea,
    QScrollBar,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from diffviz.gui.panels.controls import named

Item = QWidget | QLayout | None
Box = TypeVar("Box", bound=QBoxLayout)


def filled(
    box: Box,
    *items: Item | tuple[Item, int],
    spacing: int | None = None,
    margins: tuple[int, int, int, int] | None = None,
) -> Box:
    """The layout with these in it, each alone or with its stretch; None is room that stretches.

    ``margins``: left, top, right, bottom.
    """
    if margins is not None:
        box.setContentsMargins(*margins)
    if spacing is not None:
        box.setSpacing(spacing)
    for entry in items:
        item, stretch = entry if isinstance(entry, tuple) else (entry, 0)
        if item is None:
            box.addStretch(stretch or 1)
        elif isinstance(item, QLayout):
            box.addLayout(item, stretch)
        else:
            box.addWidget(item, stretch)
    return box


def in_a_row(*items: Item | tuple[Item, int], spacing: int | None = None) -> QWidget:
    """A widget with these beside each other, and nothing around them."""
    row = QWidget()
    filled(QHBoxLayout(row), *items, margins=(0, 0, 0, 0), spacing=spacing)
    return row


def add_steps(dialog: QWidget, row: QBoxLayout, name: str, undo: QAction, redo: QAction) -> None:
    """Undo and redo as two buttons of a dialog, "NAME_undo" and "NAME_redo", whose keys work in it too."""
    for action, step in ((undo, "undo"), (redo, "redo")):
        button = named(QToolButton(), f"{name}_{step}")
        button.setDefaultAction(action)
        row.addWidget(button)
        dialog.addAction(action)


class Column(QScrollArea):
    """Its bar lies over the edge of the cards: beside them it would take of their width, and words that wrap would move
    what is under the pointer."""

    def __init__(self, cards: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWidget(cards)
        self.bar = QScrollBar(Qt.Orientation.Vertical, self)
        self.bar.hide()
        own = self.verticalScrollBar()
        own.valueChanged.connect(self.bar.setValue)
        self.bar.valueChanged.connect(own.setValue)
        own.rangeChanged.connect(self._show_range)
        QApplication.instance().focusChanged.connect(self._roll_to)  # type: ignore[union-attr]

    def _roll_to(self, before: QWidget | None, here: QWidget | None) -> None:
        """What got the keys by a key is seen; with the mouse, or when the window comes back, nothing moves."""
        by_key = before is not None and not QApplication.mouseButtons()
        if by_key and here is not None and self.isAncestorOf(here):
            self.ensureWidgetVisible(here, 0, 8)

    def _show_range(self, low: int, high: int) -> None:
        self.bar.setPageStep(self.verticalScrollBar().pageStep())
        self.bar.setRange(low, high)
        self.bar.setValue(self.verticalScrollBar().value())
        self.bar.setVisible(high > low)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.bar.sizeHint().width()
        self.bar.setGeometry(self.width() - wide, 0, wide, self.height())


class Still(QWidget):
    """Room for a label whose words change at each move: the window is laid out anew only when they need other height.

    A label tells the layout at each change of its text, and the layout then asks everything in the window for its size.
    """

    def __init__(self, label: QLabel) -> None:
        super().__init__()
        self._label = label
        self._heights: dict[tuple[int, int], int] = {}
        label.setParent(self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        label = self._label
        return QSize(0, label.heightForWidth(self.width()) if label.wordWrap() else label.sizeHint().height())

    def refit(self) -> None:
        """The words were changed. Texts of one length take as many lines: only their numbers differ."""
        key = (len(self._label.text()), self.width())
        if key not in self._heights:
            self._heights[key] = self.sizeHint().height()
        if self._heights[key] != self.height():
            self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._heights.clear()
        super().changeEvent(event)

    def resizeEvent(self, event: object) -> None:
        self._label.setGeometry(self.rect())
        self.refit()
