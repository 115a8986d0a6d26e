"""ScheduleCard: which β schedule adds the noise, T, and the schedule's parameters; or why they cannot be chosen."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QToolButton, QWidget

from diffviz import catalog
from diffviz.diffusion import NoiseSchedule
from diffviz.gui.panels.controls import Combo, WholeSpin, choose, fill_combo, label, show_value
from diffviz.gui.panels.rows import Card, ParamRows, schedule_values
from diffviz.scene import MAX_T, Scene


class ScheduleCard(Card):
    """Signals: what the person chose."""

    chosen = Signal(str)
    T_chosen = Signal(int)
    param_chosen = Signal(str, object)
    reset_asked = Signal()

    def __init__(self) -> None:
        super().__init__("Schedule")
        self.schedule = Combo()
        self.schedule.setObjectName("schedule_combo")
        fill_combo(self.schedule, ((entry.label, entry.name) for entry in catalog.SCHEDULES.values()), "linear")
        self.T = WholeSpin()
        self.T.setObjectName("T_spin")
        self.T.setRange(2, MAX_T)
        self.lock = label("", "small")
        self.lock.setWordWrap(True)
        self.reset = QToolButton()
        self.reset.setObjectName("schedule_reset_button")
        self.reset.setProperty("look", "flat")
        self.reset.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.reset.setAccessibleName("default values")
        self.add_wide(self.lock)
        self._free_rows: list[QWidget] = [self.schedule, self.T]  # shown while the schedule can be chosen
        self._free_rows.append(self.add_row("β schedule", self.schedule, "How much noise each step adds"))
        self._free_rows.append(self.add_row("T", self.T, "Number of steps of the forward process, 2 to 10,000"))
        self.add_corner(self.reset)
        self._params = ParamRows(self, self.param_chosen, catalog.SCHEDULES.values())
        self.schedule.currentIndexChanged.connect(lambda i: self.chosen.emit(self.schedule.itemData(i)))
        self.T.valueChanged.connect(self.T_chosen)
        self.reset.clicked.connect(self.reset_asked)

    def show_schedule(self, scene: Scene, schedule: NoiseSchedule, lock: str) -> None:
        """``schedule`` is the one in force; ``lock`` says why it cannot be changed, or ""."""
        free = not lock
        self.lock.setText(lock)
        self.lock.setVisible(bool(lock))
        entry = catalog.SCHEDULES[scene.schedule.name]
        choose(self.schedule, scene.schedule.name)
        show_value(self.T, scene.schedule.T)
        for widget in self._free_rows:
            widget.setEnabled(free)
            widget.setVisible(free)
        self._params.show_params(entry.params if free else (), schedule_values(entry.params, scene, schedule))
        given = bool(scene.schedule.params)
        self.reset.setVisible(free)
        self.reset.setEnabled(given)
        what = "Back to the schedule's own values, scaled by 1000/T"
        self.reset.setToolTip(what if given else "These are the schedule's own values, scaled by 1000/T")

    def set_look(self, scale: float) -> None:
        self.reset.setFixedSize(round(24 * scale), round(18 * scale))
        self.reset.setIconSize(QSize(round(14 * scale), round(14 * scale)))
