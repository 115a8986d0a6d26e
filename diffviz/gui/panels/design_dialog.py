"""DesignDialog: the β schedule as four curves whose points are moved; each follows the others."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from diffviz.diffusion import NoiseSchedule
from diffviz.gui.icons import icon
from diffviz.gui.numbers import fraction, signed
from diffviz.gui.panels.controls import Combo, label, named, push_button, show_value
from diffviz.gui.panels.design_plot import LOWEST_DB, DesignPlot, Quantity
from diffviz.gui.panels.dialog import Dialog
from diffviz.gui.panels.layouts import add_steps, filled
from diffviz.gui.theme import rich
from diffviz.numerals import brief
from diffviz.palette import Palette
from diffviz.session.glossary import explain

COUNTS = (3, 5, 7, 9, 13, 17, 25)
QUANTITIES = (
    Quantity("beta", "β", "noise", lambda v: fraction(v, 5)),
    Quantity("alpha_bar", "ᾱ", "signal", lambda v: fraction(v, 4)),
    Quantity("snr_db", "SNR in dB", "signal", lambda v: signed(f"{v:.1f}") if abs(v) < 1e4 else "−∞"),
    Quantity("sigma", "σ", "noise", lambda v: brief(v, 4) if v < 1e9 else "∞", power=True),
)
SIGNS = {"beta": "beta", "alpha_bar": "alpha_bar", "snr_db": "snr", "sigma": "sigma"}  # of the glossary
HOW = "Drag a point of any curve up or down; the other three and x_t follow. ← → choose a point, ↑ ↓ move it."
PLAIN = "With ᾱ_T above 0 a chain begins with pure noise where training saw a trace of the picture."
MOVED = "Dashed: before its end was moved. "
ZERO = "At t = T nothing of x_0 is left: from ε̂, x̂_0 would be divided by √ᾱ_T = 0; the network must predict v or x_0."


class DesignDialog(Dialog):
    """A window of its own beside the main one.

    Signals: ``moved(quantity, k, value)`` between ``gesture_began`` and ``gesture_ended``; ``count_chosen(n)``;
    ``zero_snr_chosen(on)``; ``save_wanted(name)``; ``import_wanted()``; ``export_wanted()``.

    Attributes:
        chosen: the point that the keys move.
    """

    moved = Signal(str, int, float)
    gesture_began = Signal()
    gesture_ended = Signal()
    count_chosen = Signal(int)
    zero_snr_chosen = Signal(bool)
    save_wanted = Signal(str)
    import_wanted = Signal()
    export_wanted = Signal()

    def __init__(self, parent: QWidget, undo: QAction, redo: QAction) -> None:
        super().__init__(parent, "design_dialog", "Design a β schedule", QSize(820, 600))
        self.chosen = 0
        self._shown: tuple[NoiseSchedule, NoiseSchedule, tuple[int, ...], float] | None = None
        self.plots = {quantity.key: DesignPlot(quantity) for quantity in QUANTITIES}
        self._numbers = {key: QLabel() for key in self.plots}
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(10)
        for i, (key, plot) in enumerate(self.plots.items()):
            grid.addLayout(self._framed(key, plot), i // 2, i % 2)
            plot.moved.connect(lambda k, value, key=key: self.moved.emit(key, k, value))
            plot.point_chosen.connect(self.choose)
            plot.gesture_began.connect(self.gesture_began)
            plot.gesture_ended.connect(self.gesture_ended)
        self.how = label(rich(HOW), "muted", wraps=True)
        self.consequence = named(label("", "small", wraps=True), "design_consequence")
        self.consequence.setMinimumHeight(2 * self.fontMetrics().height())
        parts = self.how, (grid, 1), self._switches(undo, redo), self.consequence, self._keeping()
        filled(QVBoxLayout(self), *parts, margins=(16, 12, 16, 14), spacing=10)

    # -- building

    def _framed(self, key: str, plot: DesignPlot) -> QVBoxLayout:
        name = label(plot.quantity.name, "title")
        name.setBuddy(plot)
        tip = rich(explain(SIGNS[key]))
        for widget in (name, self._numbers[key]):
            widget.setToolTip(tip)
        self._numbers[key].setObjectName(f"design_{key}_number")
        self._numbers[key].setTextFormat(Qt.TextFormat.RichText)
        head = filled(QHBoxLayout(), name, None, self._numbers[key], spacing=6)
        return filled(QVBoxLayout(), head, (plot, 1), spacing=2)

    def _switches(self, undo: QAction, redo: QAction) -> QHBoxLayout:
        tip = "How many points there are; the curve stays as it is"
        counts = Combo(((str(count), count) for count in COUNTS), 9)
        self.count = named(counts, "design_count", tip, spoken="number of points")
        self.count.currentIndexChanged.connect(lambda i: self.count_chosen.emit(self.count.itemData(i)))
        self.zero_snr = named(QCheckBox("zero terminal SNR"), "design_zero_snr", rich(explain("zero_snr")))
        self.zero_snr.toggled.connect(self.zero_snr_chosen)
        name = label("Points", "muted")
        name.setBuddy(self.count)
        row = filled(QHBoxLayout(), name, self.count, self.zero_snr, None, spacing=8)
        add_steps(self, row, "design", undo, redo)
        return row

    def _keeping(self) -> QHBoxLayout:
        called = "name of the schedule"
        field = QLineEdit(maxLength=60, placeholderText=called)
        self.name = named(field, "design_name", "The schedule is kept by this name; Return saves it", spoken=called)
        self.name.textChanged.connect(lambda: self.show_saved(""))
        self.save = push_button("design_save", "Save", "Keep it by this name: the schedule combo then offers it")
        self.name.returnPressed.connect(self.save.click)
        self.save.clicked.connect(lambda: self.save_wanted.emit(self.name.text().strip()))
        self.saved = named(label("", "small", wraps=True), "design_saved")
        take = push_button("design_import", "Import…", "Take a list of β from a JSON file")
        give = push_button("design_export", "Export…", "Write the β as JSON, as diffusers' schedulers take them")
        take.clicked.connect(self.import_wanted)
        give.clicked.connect(self.export_wanted)
        self.name.setFixedWidth(200)
        return filled(QHBoxLayout(), self.name, self.save, (self.saved, 1), take, give, spacing=8)

    # -- what is shown

    def show_schedule(
        self, schedule: NoiseSchedule, plain: NoiseSchedule, levels: Sequence[int], t: float, zero_snr: bool
    ) -> None:
        """The schedule that is designed.

        Args:
            schedule: the one in force.
            plain: the same before its end was moved to ᾱ_T = 0; its points are those that are moved.
            levels: where the points stand.
            t: the window's level.
        """
        self._shown = schedule, plain, tuple(levels), t
        self.chosen = min(self.chosen, len(levels) - 1)
        show_value(self.zero_snr, zero_snr)
        end = fraction(float(schedule.alpha_bar[-1]), 4)
        moved = MOVED if plain.snr_db[-1] > LOWEST_DB else ""  # else both are one line, as of flow matching
        self.consequence.setText(rich(f"{moved}{ZERO}" if zero_snr else f"ᾱ_T = {end}. {PLAIN}"))
        self._draw()

    def show_name(self, name: str) -> None:
        """What the schedule is called, where it has a name."""
        if not self.name.hasFocus():
            self.name.setText(name)

    def show_saved(self, words: str) -> None:
        """That it is kept, or why not."""
        self.saved.setText(words)

    def choose(self, k: int) -> None:
        """Let the keys move point k."""
        self.chosen = k
        self._draw()

    def _draw(self) -> None:
        if self._shown is None:
            return
        schedule, plain, levels, t = self._shown
        at = levels[self.chosen]
        for key, plot in self.plots.items():
            final = getattr(schedule, key)
            plot.show_values(getattr(plain, key), final, levels, self.chosen, t)
            self._numbers[key].setText(f"t = {at} &nbsp; <b>{plot.quantity.write(float(final[at]))}</b>")

    def set_look(self, palette: Palette) -> None:
        for plot in self.plots.values():
            plot.set_look(palette)
        self.setWindowIcon(icon("image", palette))
