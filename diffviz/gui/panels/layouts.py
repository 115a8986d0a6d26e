"""Widgets in rows and columns."""

from __future__ import annotations

from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLayout, QToolButton, QWidget

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


def action_button(
    action: QAction, name: str = "", style: Qt.ToolButtonStyle = Qt.ToolButtonStyle.ToolButtonIconOnly, **more: Any
) -> QToolButton:
    """A button that says and does what an action does; ``more`` as ``named`` has it."""
    button = named(QToolButton(toolButtonStyle=style), name, **more)
    button.setDefaultAction(action)
    return button


def add_steps(dialog: QWidget, row: QBoxLayout, name: str, undo: QAction, redo: QAction) -> None:
    """Undo and redo as two buttons of a dialog, "NAME_undo" and "NAME_redo", whose keys work in it too."""
    for action, step in ((undo, "undo"), (redo, "redo")):
        row.addWidget(action_button(action, f"{name}_{step}"))
        dialog.addAction(action)
