"""SchedulerDialog: asks for the schedule of a model whose folder has none."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialogButtonBox, QFormLayout, QLabel, QVBoxLayout, QWidget

from diffviz import catalog
from diffviz.gui.panels.controls import Combo, WholeSpin
from diffviz.gui.panels.dialog import Dialog
from diffviz.gui.panels.layouts import filled

PREDICTIONS = (("ε, the noise", "epsilon"), ("v", "v"), ("x_0, the picture", "x0"))


class SchedulerDialog(Dialog):
    """``chosen(schedule, T, prediction)`` when the person has said it."""

    chosen = Signal(str, int, str)

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent, "scheduler_dialog", "Which schedule was it trained with?")
        words = QLabel(
            f"{name} has weights but no scheduler_config.json. The numbers are right only with the schedule and the "
            "prediction type of the training; its paper or training script says them."
        )
        words.setWordWrap(True)
        self.schedule = Combo(((entry.label, entry.name) for entry in catalog.SCHEDULES.values()), "linear")
        self.prediction, self.T = Combo(PREDICTIONS, "epsilon"), WholeSpin(minimum=2, maximum=10_000, value=1000)
        form = QFormLayout()
        form.addRow("β schedule", self.schedule)
        form.addRow("T", self.T)
        form.addRow("the network predicts", self.prediction)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.button(QDialogButtonBox.StandardButton.Ok).setText("Load with these")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self.accepted.connect(
            lambda: self.chosen.emit(self.schedule.currentData(), self.T.value(), self.prediction.currentData())
        )
        self.finished.connect(self.deleteLater)
        filled(QVBoxLayout(self), words, form, buttons, margins=(18, 16, 18, 14), spacing=12)
        self.setMinimumWidth(420)
