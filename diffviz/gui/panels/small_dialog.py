"""SmallDialog: a small network is trained on the points that are open, its loss beside that of the exact answer."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from diffviz.chart import Chart, Plot, Series, level_axis, linear_axis, log_axis
from diffviz.gui.panels.controls import Combo, WholeSpin, label, name_for, named, push_button
from diffviz.gui.panels.dialog import Dialog
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.lens_plot import LensPlot
from diffviz.gui.theme import rich
from diffviz.palette import Palette

PREDICTIONS = (("v", "v"), ("ε, the noise", "epsilon"), ("x₀, the point", "x0"), ("flow, ε − x₀", "flow"))
WHAT = "Three layers of 128 learn from x_t alone what the exact answer says. "
IN_PLANE = WHAT + "In the window x_t has the exact field, and x_0 beside it the network's, red where it is wrong."
ON_LINE = WHAT + "In “Remove noise” the lens Map has the network's ODE beside the exact one, red where it is wrong."


class SmallDialog(Dialog):
    """Signals: ``train_wanted(prediction, seconds)``, ``go_on_wanted(seconds)``, ``stop_wanted``, ``save_wanted``."""

    train_wanted = Signal(str, float)
    go_on_wanted = Signal(float)
    stop_wanted = Signal()
    save_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "small_dialog", "Train a small network")
        tip = "What the network is asked for at each x_t"
        self.prediction = named(Combo(PREDICTIONS, "epsilon"), "small_prediction_combo", tip)
        seconds = WholeSpin(minimum=1, maximum=600, value=10, suffix=" s")
        self.seconds = named(seconds, "small_seconds_spin", "How long to train")
        name_for(self.prediction, "what the network predicts")
        name_for(self.seconds, "seconds of training")
        self.start = push_button("small_train_button", "Train", "A new network, from random weights")
        self.go_on = push_button("small_go_on_button", "Go on", "")
        self.save = push_button("small_save_button", "Save as…", "Copy the model's folder to a place of your own")
        self.start.clicked.connect(self._start)
        self.go_on.clicked.connect(lambda: self.go_on_wanted.emit(float(self.seconds.value())))
        self.save.clicked.connect(self.save_wanted)
        self.plot = named(LensPlot(), "small_plot")
        self._how = IN_PLANE
        self.sentence = named(label(rich(self._how), "small", wraps=True), "small_sentence")
        self.sentence.setMinimumHeight(3 * self.fontMetrics().height())
        names = [label(text, "muted") for text in ("predicts", "for")]
        names[0].setBuddy(self.prediction)
        names[1].setBuddy(self.seconds)
        pairs = names[0], self.prediction, names[1], self.seconds
        row = filled(QHBoxLayout(), *pairs, None, self.start, self.go_on, self.save, spacing=8)
        filled(QVBoxLayout(self), row, self.sentence, (self.plot, 1), margins=(16, 12, 16, 14), spacing=10)
        self.resize(640, 380)
        self._running = False
        self.show_state(False, False, "")

    def _start(self) -> None:
        if self._running:
            self.stop_wanted.emit()
        else:
            self.train_wanted.emit(self.prediction.currentData(), float(self.seconds.value()))

    # -- what is shown

    def show_state(self, running: bool, trained: bool, why_not: str) -> None:
        """Whether a training runs, whether there is a network to save, and why it can't be gone on with."""
        self._running = running
        self.start.setText("Stop" if running else "Train")
        self.start.setToolTip("Stop here; what was learnt is kept" if running else "A new network, from random weights")
        for widget in (self.prediction, self.seconds):
            widget.setEnabled(not running)
        self.go_on.setEnabled(not running and not why_not)
        self.go_on.setToolTip(why_not or "Train the same network longer")
        self.save.setEnabled(not running and trained)

    def show_words(self, text: str) -> None:
        """What is to be said instead of numbers; "" for how it goes."""
        self.sentence.setText(rich(text or self._how))

    def show_kept(self, name: str) -> None:
        """The training of points that were open before has ended with them."""
        self.show_words(f"What was learnt of {name} is kept: open it again to go on. {self._how}")

    def show_new(self, how: str) -> None:
        """Nothing is learnt yet; ``how`` it goes."""
        self._how = how
        self.show_course("", None)

    def show_course(self, said: str, chart: Chart | None) -> None:
        """How far a network is."""
        self.show_words(said)
        self.plot.show_chart(chart)

    def set_look(self, palette: Palette) -> None:
        self.plot.set_look(palette, 1.0)


def learning_chart(steps: list[tuple[int, float]], floor: float, by_level: tuple[np.ndarray, ...]) -> Chart:
    """Loss over steps and over t, each above its floor; ``by_level``: levels up to T, losses, floors."""
    x, y = np.array(steps, np.float64).T
    at, losses, floors = by_level
    ends = np.array([0.0, max(float(x[-1]), 1.0)])
    over_steps = Plot(
        "loss over steps",
        linear_axis("step", 0.0, ends[1]),
        log_axis("loss", min(float(y.min()), floor), max(float(y.max()), floor)),
        (Series("floor", ends, np.array([floor, floor]), "text", "dashed"), Series("network", x, y, "1")),
    )
    every = np.concatenate((losses, floors))
    every = every[every > 0]
    over_t = Plot(
        "loss over t",
        level_axis(int(at[-1])),
        log_axis("loss", float(every.min()), float(every.max())),
        (Series("floor", at, floors, "text", "dashed"), Series("network", at, losses, "1")),
    )
    return Chart("learning", "", (over_steps, over_t))
