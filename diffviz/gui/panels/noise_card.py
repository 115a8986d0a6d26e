"""NoiseCard: the seed, whether noise is held, over which range it is shown, and the second row of pictures."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QToolButton

from diffviz import catalog
from diffviz.gui.panels.controls import Combo, WholeSpin, choose, fill_combo, named, show_value, tell_setting
from diffviz.gui.panels.layouts import in_a_row
from diffviz.gui.panels.rows import Card
from diffviz.gui.theme import wrapped
from diffviz.scene import MAX_SEED, Scene
from diffviz.session.wording import guess_name

SEED = "ε is a function of the seed and the size of x₀ alone"
ROWS = (("none", "none"), ("one step", "step"), ("posterior", "posterior"))
ROW = (
    "A second row of pictures. One step: x_t = √(1−β_t) x_{t−1} + √β_t z, fresh z. Posterior: x_{t−1} = c_0 x_0 + "
    "c_t x_t + √β̃_t z, what a step back would be if x_0 were known. In “Remove noise” both are the sampler's own "
    "step, with x̂_0 in its place"
)
GUESSES = (("the true one", "true"), ("the model's", "network"))
FILE = "file"  # is asked for
GUESS = (
    "What stands in the place of x_0 in the posterior. With the model's x̂_0 it is the reverse step p_θ; with another "
    "picture the mean is drawn towards that one"
)
HOW = (("held", "held"), ("fresh at each step", "fresh"))
HELD = (
    "Held: one ε at every t. Each x_t is one of q(x_t | x_0), and nothing flickers, but the film of them is no "
    "trajectory. Fresh at each step: the film is one of q(x_1 … x_T | x_0), x_t = √(1−β_t) x_{t−1} + √β_t z_t; the ε "
    "beside it is what the z have gathered by t. Both end in one x_T"
)


class NoiseCard(Card):
    """Signals: what the person chose."""

    setting_chosen = Signal(str, object)  # see Options.take
    guess_chosen = Signal(str)

    def __init__(self, new_noise: QAction) -> None:
        super().__init__("Noise")
        self.seed = named(WholeSpin(maximum=MAX_SEED, minimumWidth=60), "seed_spin", SEED, spoken="seed")
        self.new_noise = QToolButton()
        self.new_noise.setDefaultAction(new_noise)
        row = in_a_row((self.seed, 1), self.new_noise, spacing=5)
        self.seed_name = self.add_row("seed", row, SEED)
        self.object_under(self.seed)
        self.how = named(Combo(HOW, "held"), "forward_noise_combo")
        self.add_row("noise", self.how, HELD)
        tip = wrapped("ε reaches beyond ±1: this shows ε and x_t over [−3, 3] instead of [−1, 1]")
        self.wide_range = named(QCheckBox("show ε and xₜ over ±3"), "eps_range_check", tip, by_tab=True)
        self.add_wide(self.wide_range)
        self.second = named(Combo(ROWS, "none"), "second_row_combo")
        self.add_row("second row", self.second, ROW)
        self.guess = named(Combo(), "guess_combo")
        self.add_row("x<sub>0</sub>", self.guess, GUESS)
        self.guess.currentIndexChanged.connect(lambda i: self.guess_chosen.emit(self.guess.itemData(i)))
        self.wide_range.toggled.connect(lambda on: self.setting_chosen.emit("view.eps_range", 3 if on else 1))
        for control, setting in ((self.seed, "seed"), (self.how, "forward_noise"), (self.second, "view.second")):
            tell_setting(control, setting, self.setting_chosen)

    def show_scene(self, scene: Scene) -> None:
        """The seed, and how noise is shown."""
        show_value(self.seed, scene.seed)
        show_value(self.wide_range, scene.view.eps_range == 3)
        choose(self.how, scene.forward_noise)
        for part in self.row_of(self.how):  # a chain that removes noise has its own
            part.setVisible(scene.forward)
        choose(self.second, scene.view.second)
        others = [(name.replace("_", " "), name) for name in catalog.KINDS[scene.data.kind].samples()]
        if scene.view.guess.startswith("path:"):
            others.append((guess_name(scene.view.guess), scene.view.guess))
        fill_combo(self.guess, (*GUESSES, *others, ("a file…", FILE)), scene.view.guess)
        for part in self.row_of(self.guess):
            part.setVisible(scene.forward and scene.view.second == "posterior")
