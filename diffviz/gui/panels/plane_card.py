"""PlaneCard: what is drawn over points in the plane."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QToolButton, QWidget

from diffviz import catalog
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.rows import Card
from diffviz.scene import Scene

PLANE = ("density", "arrows", "paths")


class PlaneCard(Card):
    """Seen where points are open. ``chosen(name, on)``: the person turned one of ``PLANE`` on or off."""

    chosen = Signal(str, bool)

    def __init__(self, actions: Mapping[str, QAction]) -> None:
        super().__init__("Plane")
        self.setObjectName("points_view")
        self._actions = {name: actions[name] for name in PLANE}
        row = QWidget()
        layout = filled(QHBoxLayout(row), margins=(0, 0, 0, 0), spacing=5)
        for name, action in self._actions.items():
            button = QToolButton()
            button.setObjectName(f"{name}_button")
            button.setDefaultAction(action)
            button.setAccessibleName(action.iconText().strip())
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            layout.addWidget(button, 1)
            action.triggered.connect(lambda on, name=name: self.chosen.emit(name, on))
        self.add_wide(row)
        self.hide()

    def show_scene(self, scene: Scene) -> None:
        """What is on, where there is a plane."""
        self.setVisible(catalog.KINDS[scene.data.kind].plane and not scene.laboratory)
        for name, action in self._actions.items():
            action.setChecked(getattr(scene.view, name))
