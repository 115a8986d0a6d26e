"""NoiseCard: the seed, over which range noise is shown, and the single step beside the jump."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QToolButton, QWidget

from diffviz.gui.panels.controls import WholeSpin, show_value
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.rows import Card
from diffviz.scene import MAX_SEED, Scene

SEED = "ε is a function of the seed and the picture's size alone"
STEP = "Show √(1−β_t) x_{t−1} + √β_t z with fresh z under the jump from x_0"
NO_STEP = 'Only in "Add noise": a reverse step is the line under the pictures'


class NoiseCard(Card):
    """Signals: what the person chose."""

    seed_chosen = Signal(int)
    eps_range_chosen = Signal(int)
    one_step_chosen = Signal(bool)

    def __init__(self, new_noise: QAction) -> None:
        super().__init__("Noise")
        self.seed = WholeSpin()
        self.seed.setObjectName("seed_spin")
        self.seed.setRange(0, MAX_SEED)
        self.seed.setMinimumWidth(60)
        self.new_noise = QToolButton()
        self.new_noise.setDefaultAction(new_noise)
        row = QWidget()
        filled(QHBoxLayout(row), (self.seed, 1), self.new_noise, margins=(0, 0, 0, 0), spacing=5)
        self.seed_name = self.add_row("seed", row, SEED)
        self.object_under(self.seed)
        self.seed.setToolTip(SEED)
        self.seed.setAccessibleName("seed")
        self.wide_range = self._check("eps_range_check", "show ε and xₜ over ±3")
        self.wide_range.setToolTip("ε reaches beyond ±1: this shows ε and x_t over [−3, 3] instead of [−1, 1]")
        self.one_step = self._check("one_step_check", "one step beside the jump")
        self.seed.valueChanged.connect(self.seed_chosen)
        self.wide_range.toggled.connect(lambda on: self.eps_range_chosen.emit(3 if on else 1))
        self.one_step.toggled.connect(self.one_step_chosen)

    def _check(self, name: str, words: str) -> QCheckBox:
        box = QCheckBox(words)
        box.setObjectName(name)
        box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.add_wide(box)
        return box

    def show_scene(self, scene: Scene) -> None:
        """The seed, and how noise is shown."""
        show_value(self.seed, scene.seed)
        for box, on in ((self.wide_range, scene.view.eps_range == 3), (self.one_step, scene.view.one_step)):
            box.blockSignals(True)
            box.setChecked(on)
            box.blockSignals(False)
        self.one_step.setEnabled(scene.forward)
        self.one_step.setToolTip(STEP if scene.forward else NO_STEP)
