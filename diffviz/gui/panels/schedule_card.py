"""ScheduleCard: which β schedule adds the noise, T, and the schedule's parameters; or why they cannot be chosen."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QToolButton, QWidget

from diffviz import catalog
from diffviz.diffusion import NoiseSchedule
from diffviz.diffusion.schedules import BETA_ENDS
from diffviz.gui.panels.controls import Combo, WholeSpin, fill_combo, label, named, show_value, tell_setting
from diffviz.gui.panels.layouts import in_a_row
from diffviz.gui.panels.rows import Card, ParamRows, schedule_values
from diffviz.gui.theme import literal, wrapped
from diffviz.scene import MAX_T, Scene
from diffviz.session.glossary import explain

OWN = "own:"  # before the name of a schedule that the person has kept
SCALED = (
    "Multiply the default ends of β by 1000/T, so that the total noise stays the same when T changes. Without it fewer "
    "steps add less noise: at T = 200, linear ends at ᾱ_T = 0.13 instead of 3·10⁻⁵"
)
NOT_SCALED = "This schedule gives ᾱ as a function of t/T: there is nothing to scale"
GIVEN = "The ends of β are given, and taken as they are: there is nothing to scale"


class ScheduleCard(Card):
    """Signals: what the person chose."""

    chosen = Signal(str)
    param_chosen = Signal(str, object)
    setting_chosen = Signal(str, object)  # see Options.take
    reset_asked = Signal()

    def __init__(self, design: QAction, pin: QAction) -> None:
        super().__init__("Schedule")
        self.design, self.pin = self._flat("design_button", design), self._flat("pin_button", pin)
        self.schedule = named(Combo(), "schedule_combo")
        self._own: tuple[str, ...] = ()
        self.T = named(WholeSpin(minimum=2, maximum=MAX_T), "T_spin")
        self.lock = label("", "small", wraps=True)
        self.reset = named(QToolButton(), "schedule_reset_button", spoken="default values", look="flat", by_tab=True)
        self.add_corner(in_a_row(self.reset, self.pin, self.design, spacing=2))
        self.add_wide(self.lock)
        self._free_rows: list[QWidget] = [self.schedule, self.T]  # shown while the schedule can be chosen
        self._free_rows.append(self.add_row("β schedule", self.schedule, "How much noise each step adds"))
        self._free_rows.append(self.add_row("T", self.T, "Number of steps of the forward process, 2 to 10,000"))
        self._params = ParamRows(self, self.param_chosen, catalog.SCHEDULES.values())
        self.scaled = named(QCheckBox("scale β with T"), "schedule_scaled", by_tab=True)
        tip = wrapped(explain("zero_snr"))
        self.zero_snr = named(QCheckBox("zero SNR"), "schedule_zero_snr", tip, by_tab=True)
        self._free_rows.append(in_a_row(self.scaled, self.zero_snr, spacing=8))
        self.add_wide(self._free_rows[-1])
        self.schedule.currentIndexChanged.connect(lambda i: self.chosen.emit(self.schedule.itemData(i)))
        self.reset.clicked.connect(self.reset_asked)
        for control, name in ((self.T, "T"), (self.scaled, "scaled"), (self.zero_snr, "zero_snr")):
            tell_setting(control, f"schedule.{name}", self.setting_chosen)

    def _flat(self, name: str, action: QAction) -> QToolButton:
        button = named(QToolButton(), name, look="flat")
        button.setDefaultAction(action)
        return button

    def show_own(self, names: Iterable[str]) -> None:
        """The schedules that the person has kept, for the combo."""
        self._own = tuple(names)

    def _show_choice(self, scene: Scene) -> None:
        spec, entries = scene.schedule, [(entry.label, entry.name) for entry in catalog.SCHEDULES.values()]
        entries += [(literal(name), f"{OWN}{name}") for name in self._own]
        chosen = spec.name
        if spec.name == catalog.CUSTOM.name:
            kept = f"{OWN}{spec.title}"
            chosen = kept if spec.title in self._own else spec.name
            if chosen == spec.name:
                entries.append((spec.title or catalog.CUSTOM.label, spec.name))
        fill_combo(self.schedule, entries, chosen)

    def _show_switches(self, scene: Scene) -> None:
        spec = scene.schedule
        ends, given = BETA_ENDS.get(spec.name, {}), {name for name, _ in spec.params}
        for box, on in ((self.scaled, spec.scaled), (self.zero_snr, spec.zero_snr)):
            show_value(box, on)
        why = NOT_SCALED if not ends else GIVEN if given.issuperset(ends) else ""
        self.scaled.setEnabled(not why)
        self.scaled.setToolTip(wrapped(why or SCALED))

    def show_schedule(self, scene: Scene, schedule: NoiseSchedule, lock: str) -> None:
        """``schedule``: what its parameters describe; ``lock`` says why it cannot be changed, or ""."""
        free = not lock
        self.lock.setText(lock)
        self.lock.setVisible(bool(lock))
        entry = catalog.schedule(scene.schedule.name)
        self._show_choice(scene)
        show_value(self.T, scene.schedule.T)
        for widget in self._free_rows:
            widget.setEnabled(free)
            widget.setVisible(free)
        self._show_switches(scene)
        self._params.show_params(entry.params if free else (), schedule_values(entry.params, scene, schedule))
        given = bool(scene.schedule.params)
        self.reset.setVisible(free and bool(entry.params))
        self.reset.setEnabled(given)
        what = "Back to the schedule's own values"
        self.reset.setToolTip(what if given else "These are the schedule's own values")

    def set_look(self, scale: float) -> None:
        for button in (self.reset, self.pin, self.design):
            button.setFixedSize(round(28 * scale), round(18 * scale))
            button.setIconSize(QSize(round(14 * scale), round(14 * scale)))
