"""PlaneCard: what is drawn over points in the plane, and the brush that draws them."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSizePolicy, QToolButton, QWidget

from diffviz import catalog
from diffviz.gui.panels.controls import named
from diffviz.gui.panels.layouts import action_button, in_a_row
from diffviz.gui.panels.rows import Card
from diffviz.gui.theme import drawn
from diffviz.scene import Scene

PLANE = ("density", "arrows", "paths")


class PlaneCard(Card):
    """Seen where points are open.

    Signals: ``setting_chosen``, see Options.take; ``rub_chosen(on)``: the brush is to take points away;
    ``clear_wanted()``.
    """

    setting_chosen = Signal(str, object)
    rub_chosen = Signal(bool)
    clear_wanted = Signal()

    def __init__(self, actions: Mapping[str, QAction]) -> None:
        super().__init__("Plane")
        self.setObjectName("points_view")
        shown = []
        for name in PLANE:
            action = actions[name]
            action.setIconText(action.iconText().strip())  # no icon to keep apart from
            style = Qt.ToolButtonStyle.ToolButtonTextOnly
            button = action_button(action, f"{name}_button", style, spoken=action.iconText(), by_tab=True)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            shown.append((button, 1))
            action.triggered.connect(lambda on, name=name: self.setting_chosen.emit(f"view.{name}", on))
        self.add_wide(in_a_row(*shown, spacing=5))
        self.add_wide(self._brush_row(actions["brush"]))
        self.hide()

    def _brush_row(self, brush: QAction) -> QWidget:
        self.brush, self.rub, self.clear = QToolButton(), QToolButton(), QToolButton()
        for button, name, text, tip in (
            (self.brush, "points_brush", "brush", "Draw points on x_0: they come where the brush goes  (D)"),
            (self.rub, "points_rub", "rub out", "The brush takes points away"),
            (self.clear, "points_clear", "clear", "An empty plane; undo brings the points back"),
        ):
            named(button, name, drawn(tip), by_tab=True)
            button.setText(text)
            button.setCheckable(button is not self.clear)
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.brush.clicked.connect(brush.trigger)
        self.rub.clicked.connect(self.rub_chosen)
        self.clear.clicked.connect(self.clear_wanted)
        self.show_brush(False, False)
        return in_a_row((self.brush, 1), (self.rub, 1), (self.clear, 1), spacing=5)

    def show_brush(self, on: bool, rubs: bool) -> None:
        """Whether it is in the hand, and what it does."""
        self.brush.setChecked(on)
        self.rub.setChecked(rubs)
        for button in (self.rub, self.clear):
            button.setVisible(on)

    def show_scene(self, scene: Scene, seen_kind: str) -> None:
        """Seen where there is a plane."""
        kind = scene.data.kind
        self.setVisible(catalog.KINDS[kind].plane and seen_kind == kind and not scene.laboratory)
