"""SidePanel: schedule, noise and reverse chain, and the Generate button with what it is doing."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from diffviz import catalog
from diffviz.diffusion import NoiseSchedule
from diffviz.gui.panels.changes import Changes
from diffviz.gui.panels.controls import Combo, RealSpin, WholeSpin, choose, fill_combo, label, show_value
from diffviz.gui.panels.folder_row import FolderRow
from diffviz.gui.panels.guidance_rows import GuidanceRows
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.rows import Card, ParamRows, schedule_values
from diffviz.gui.panels.run_card import RunCard
from diffviz.gui.theme import X_HAT
from diffviz.scene import COUNTS, MAX_GUIDANCE, MAX_SEED, MAX_T, Scene

WIDTH = 264
TRAIN = "\0train"  # the entry of the model menu that opens the panel of trainings
PACES = (
    ("full speed", "max"),
    *((f"{n} steps/s", str(n)) for n in (30, 10, 4)),
    ("1 step/s", "1"),
    ("step by step", "step"),
)


class SidePanel(QWidget):
    """Every option. Signals carry what the person chose; nothing here changes the scene by itself."""

    schedule_chosen = Signal(str)
    T_chosen = Signal(int)
    schedule_param_chosen = Signal(str, object)
    schedule_reset = Signal()
    seed_chosen = Signal(int)
    eps_range_chosen = Signal(int)
    one_step_chosen = Signal(bool)
    model_chosen = Signal(str)  # "" is "open a folder", TRAIN "train one"
    class_chosen = Signal(object)
    guidance_chosen = Signal(float)
    rederive_chosen = Signal(bool)
    sampler_chosen = Signal(str)
    sampler_param_chosen = Signal(str, object)
    steps_chosen = Signal(int)
    spacing_chosen = Signal(str)
    pace_chosen = Signal(str)
    count_chosen = Signal(int)
    class_rows_chosen = Signal(bool)
    noise_chosen = Signal(int)

    def __init__(self, actions: dict[str, QAction]) -> None:
        super().__init__()
        self._actions = actions
        self.run = RunCard(actions)
        self.generate, self.progress, self.status = self.run.generate, self.run.progress, self.run.status
        self._schedule_card()
        self._noise_card()
        self._chain_card()
        column = QWidget()
        cards = QVBoxLayout(column)
        cards.setContentsMargins(0, 0, 0, 0)
        cards.setSpacing(6)
        for card in (self.schedule_card, self.noise_card, self.chain_card):
            cards.addWidget(card)
        cards.addStretch(1)
        self._cards = cards
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(column)
        filled(QVBoxLayout(self), (scroll, 1), self.run, margins=(0, 0, 0, 0), spacing=8)
        self._changes = Changes(self._named_rows())
        self._connect()

    # -- building

    def _named_rows(self) -> dict[str, QLabel]:  # those that make a chain, by setting
        name_of, guided = self.chain_card.name_of, ("guidance", "rescale", "guidance_low", "guidance_high")
        rows = {
            "seed": self.noise_card.name_of(self._seed_row),
            **{"model.name": name_of(self.model), "model.class_label": name_of(self.label_)},
            **{f"model.{name}": name_of(self.guidance) for name in guided},
            **{"model.rederive_eps": name_of(self.rederive), "count": name_of(self.count)},
            **{"class_rows": name_of(self.class_rows), "sampler.name": name_of(self.sampler)},
            **{"noise": name_of(self.noise), "sampler.steps": name_of(self.steps)},
            **{"sampler.spacing": name_of(self.spacing), "sampler.offset": name_of(self.spacing)},
        }
        return rows | {f"sampler.{name}": label for name, label in self._sampler_params.names.items()}

    def _schedule_card(self) -> None:
        card = self.schedule_card = Card("Schedule")
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
        card.add_wide(self.lock)
        self._free_rows: list[QWidget] = [self.schedule, self.T]  # shown while the schedule can be chosen
        self._free_rows.append(card.add_row("β schedule", self.schedule, "How much noise each step adds"))
        self._free_rows.append(card.add_row("T", self.T, "Number of steps of the forward process, 2 to 10,000"))
        card.add_corner(self.reset)
        self._schedule_params = ParamRows(card, self.schedule_param_chosen, catalog.SCHEDULES.values())

    def _noise_card(self) -> None:
        card = self.noise_card = Card("Noise")
        self.seed = WholeSpin()
        self.seed.setObjectName("seed_spin")
        self.seed.setRange(0, MAX_SEED)
        self.new_noise = QToolButton()
        self.new_noise.setDefaultAction(self._actions["new_noise"])
        row = QHBoxLayout()
        self.seed.setMinimumWidth(60)
        row.addWidget(self.seed, 1)
        row.addWidget(self.new_noise)
        self._seed_row = QWidget()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(5)
        self._seed_row.setLayout(row)
        card.add_row("seed", self._seed_row, "ε is a function of the seed and the picture's size alone")
        card.object_under(self.seed)
        self.seed.setToolTip("ε is a function of the seed and the picture's size alone")
        self.seed.setAccessibleName("seed")
        self.wide_range = QCheckBox("show ε and xₜ over ±3")
        self.wide_range.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.wide_range.setObjectName("eps_range_check")
        self.wide_range.setToolTip("ε reaches beyond ±1: this shows ε and x_t over [-3, 3] instead of [-1, 1]")
        self.one_step = QCheckBox("one step beside the jump")
        self.one_step.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.one_step.setObjectName("one_step_check")
        self.one_step.setToolTip("Show √(1-β_t) x_{t-1} + √β_t z with fresh z under the jump from x_0")
        card.add_wide(self.wide_range)
        card.add_wide(self.one_step)

    def _chain_card(self) -> None:
        card = self.chain_card = Card("Reverse chain")
        self.model = Combo()
        self.model.setObjectName("model_combo")
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.model.setMinimumContentsLength(8)
        self.summary = label("", "small")
        self.summary.setObjectName("model_summary")
        self.summary.setWordWrap(True)
        self.label_ = Combo()
        self.label_.setObjectName("class_combo")
        self.label_.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.label_.setMinimumContentsLength(8)
        self.guidance = RealSpin()
        self.guidance.setObjectName("guidance_spin")
        self.guidance.setRange(0, MAX_GUIDANCE)
        self.guidance.setSingleStep(0.5)
        self.rederive = QCheckBox("derive ε̂ again")
        self.rederive.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.rederive.setObjectName("rederive_check")
        self.rederive.setToolTip(
            f"Off: ε̂ stays what the network said, though {X_HAT}_0 was clipped to [-1, 1]. "
            f"On: ε̂ = (x_t − √ᾱ_t {X_HAT}_0)/√(1−ᾱ_t), so that the sum holds; DDIM with guidance above 1 needs it"
        )
        self.sampler = Combo()
        self.sampler.setObjectName("sampler_combo")
        fill_combo(self.sampler, ((entry.label, entry.name) for entry in catalog.SAMPLERS.values()), "ddpm")
        self.steps = WholeSpin()
        self.steps.setObjectName("steps_spin")
        self.steps.setRange(1, MAX_T)
        self.spacing = Combo()
        self.spacing.setObjectName("spacing_combo")
        fill_combo(self.spacing, ((entry.label, entry.name) for entry in catalog.SPACINGS.values()), "trailing")
        self.pace = Combo()
        self.pace.setObjectName("pace_combo")
        fill_combo(self.pace, PACES, "max")
        self.count = Combo()
        self.count.setObjectName("count_combo")
        fill_combo(self.count, ((str(count), count) for count in COUNTS), 1)
        self.class_rows = QCheckBox("of one class")
        self.class_rows.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.class_rows.setObjectName("class_rows_check")
        self.noise = WholeSpin()
        self.noise.setObjectName("noise_spin")
        self.noise.setRange(-1, MAX_SEED)
        self.noise.setSpecialValueText("the seed's")
        self._chain_rows(card)

    def _chain_rows(self, card: Card) -> None:
        card.add_row("model", self.model, "The network that removes the noise")
        card.add_wide(self.summary)
        card.add_row("class", self.label_, 'What the network is asked for; "any" is the unconditional prediction')
        card.add_row(
            "guidance", self.guidance, "uncond + w (cond − uncond); w = 1 is off (papers that call off 0 mean w − 1)"
        )
        self.guidance_rows = GuidanceRows(card)
        card.add_row("ε̂", self.rederive, self.rederive.toolTip())
        card.add_row("samples", self.count, "Sample k starts from seed + k; click one to look into it, Esc returns")
        card.add_row("rows", self.class_rows, "The chosen class and those after it, each with the same noises: compare")
        card.add_row("pace", self.pace, 'How fast the chain is run; "step by step" waits for the right arrow key')
        card.add_row("sampler", self.sampler)
        card.add_row("noise", self.noise, "Seed of the fresh noise that the steps add; x_T stays that of the seed")
        card.add_row("steps", self.steps, "How many of the model's levels the chain visits")
        self.folder_row = FolderRow()
        card.add_wide(self.folder_row)
        card.add_row("spacing", self.spacing, "Which levels are visited")
        self._sampler_params = ParamRows(card, self.sampler_param_chosen, catalog.SAMPLERS.values())
        self._tips: dict[QWidget, str] = {
            widget: widget.toolTip()
            for widget in (
                *(self.model, self.label_, self.guidance, self.rederive),
                *(self.sampler, self.steps, self.spacing, self.count, self.class_rows, self.noise),
            )
        }
        self._idle_word, self._locked, self._held = "Generate", "", ""
        self._one, self._noisy, self._scale = True, True, 1.0
        self._running = self._classes = self._has_null = self._in_sigma = False

    def _connect(self) -> None:
        def data(combo: QComboBox, signal: SignalInstance) -> None:
            combo.currentIndexChanged.connect(lambda i: signal.emit(combo.itemData(i)))

        data(self.schedule, self.schedule_chosen)
        data(self.model, self.model_chosen)
        data(self.label_, self.class_chosen)
        data(self.sampler, self.sampler_chosen)
        data(self.spacing, self.spacing_chosen)
        data(self.pace, self.pace_chosen)
        data(self.count, self.count_chosen)
        self.T.valueChanged.connect(self.T_chosen)
        self.reset.clicked.connect(self.schedule_reset)
        self.seed.valueChanged.connect(self.seed_chosen)
        self.guidance.valueChanged.connect(self.guidance_chosen)
        self.steps.valueChanged.connect(self.steps_chosen)
        self.wide_range.toggled.connect(lambda on: self.eps_range_chosen.emit(3 if on else 1))
        self.one_step.toggled.connect(self.one_step_chosen)
        self.rederive.toggled.connect(self.rederive_chosen)
        self.class_rows.toggled.connect(self.class_rows_chosen)
        self.noise.valueChanged.connect(self.noise_chosen)

    # -- what is shown

    def show_scene(self, scene: Scene, schedule: NoiseSchedule, lock: str, adds_noise: bool) -> None:
        """All options of a scene. ``schedule`` is the one in force; ``lock`` says why it cannot be changed, or ""."""
        free = not lock
        self.lock.setText(lock)
        self.lock.setVisible(bool(lock))
        entry = catalog.SCHEDULES[scene.schedule.name]
        choose(self.schedule, scene.schedule.name)
        show_value(self.T, scene.schedule.T)
        for widget in self._free_rows:
            widget.setEnabled(free)
            widget.setVisible(free)
        self._schedule_params.show_params(entry.params if free else (), schedule_values(entry.params, scene, schedule))
        given = bool(scene.schedule.params)
        self.reset.setVisible(free)
        self.reset.setEnabled(given)
        what = "Back to the schedule's own values, scaled by 1000/T"
        self.reset.setToolTip(what if given else "These are the schedule's own values, scaled by 1000/T")
        show_value(self.seed, scene.seed)
        checks = {
            self.wide_range: scene.view.eps_range == 3,
            self.one_step: scene.view.one_step,
            self.rederive: scene.model.rederive_eps,
            self.class_rows: scene.class_rows,
        }
        for box, on in checks.items():
            box.blockSignals(True)
            box.setChecked(on)
            box.blockSignals(False)
        self.one_step.setEnabled(free)
        self.one_step.setToolTip(
            "Show √(1-β_t) x_{t-1} + √β_t z with fresh z under the jump from x_0"
            if free
            else 'Only in "Add noise": a reverse step is the line under the pictures'
        )
        sampler = catalog.SAMPLERS[scene.sampler.name]
        choose(self.sampler, sampler.name)
        self._tips[self.sampler] = sampler.tip
        show_value(self.steps, scene.sampler.steps)
        choose(self.spacing, scene.sampler.spacing)
        choose(self.pace, scene.view.pace)
        choose(self.count, scene.count)
        show_value(self.noise, scene.noise)
        self._one, self._noisy = scene.count == 1, adds_noise
        choose(self.label_, scene.model.class_label)
        show_value(self.guidance, scene.model.guidance)
        self.guidance_rows.show_spec(scene.model)
        chosen = dict(scene.sampler.params)
        values = {param.name: chosen.get(param.name, param.default) for param in sampler.params}
        self._in_sigma = values.get("grid", "steps") != "steps"
        self._sampler_params.show_params(sampler.params, values)  # type: ignore[arg-type]
        self._enable()

    def add_first(self, card: QWidget) -> None:
        """The laboratory's card, above the others."""
        self._first = card
        self._cards.insertWidget(0, card)
        self.set_look(self._scale)

    def show_page(self, laboratory: bool) -> None:
        """What belongs to the page."""
        self._first.setVisible(laboratory)
        rows = [part for widget in (self.count, self.class_rows, self.pace) for part in self.chain_card.row_of(widget)]
        for widget in (self.schedule_card, self.wide_range, self.one_step, *rows):
            widget.setVisible(not laboratory)
        self._idle_word = "Run" if laboratory else "Generate"
        self.generate.setText("Stop" if self._running else self._idle_word)

    def show_models(self, items: Iterable[tuple[str, str]], current: str) -> None:
        """(label, name) pairs of the model menu; the last ones open a folder, and the panel of trainings."""
        fill_combo(self.model, [*items, ("Open model folder…", ""), ("Train on my pictures…", TRAIN)], current)

    def show_model(
        self,
        summary: str,
        class_names: tuple[str, ...],
        has_null: bool,
        T: int,
        chosen: str | None,
        learned_variance: bool,
    ) -> None:
        """What was read of a model, and its classes."""
        self.summary.setText(summary)
        lacking = "" if learned_variance else "This model has not learned a variance"
        self._sampler_params.set_choice_locked("variance", "learned_range", lacking)
        null = [("any", None)] if has_null or not class_names else []
        fill_combo(self.label_, [*null, *((name, name) for name in class_names)], chosen)
        self._classes, self._has_null = bool(class_names), has_null
        self._enable()
        self.steps.setMaximum(T)
        self.guidance_rows.set_T(T)

    def show_changes(self, changed: frozenset[str]) -> None:
        """Mark the settings that are others than those of the chain shown."""
        self._changes.show(changed)
        self.run.settings.setVisible(bool(changed))

    def show_running(self, running: bool, progress: tuple[int, int], status: str) -> None:
        """Generate or Stop, the progress in steps and a line about it."""
        self._running = running
        self.generate.setText("Stop" if running else self._idle_word)
        self.progress.setRange(0, max(1, progress[1]))
        # a progress bar paints the window at once when its value changes: it shall wait for the pictures
        self.progress.setUpdatesEnabled(False)
        self.progress.setValue(progress[0])
        self.progress.setUpdatesEnabled(True)
        self.progress.setVisible(running)
        self.status.setText(status)
        self.status.setVisible(bool(status))

    def show_locked(self, locked: str, held: str) -> None:
        """Why nothing can be changed while a job runs; ``held``: what a paused chain keeps too. "" where it can."""
        if (locked, held) != (self._locked, self._held):
            self._locked, self._held = locked, held
            self._enable()

    def _enable(self) -> None:
        """What can be changed now; a disabled control says why."""
        running, held = self._locked, self._held
        no_class = "" if self._classes else "This model was trained without classes"
        no_null = "" if self._has_null else "Guidance needs a null class, which this model lacks"
        reasons: dict[QWidget, str] = {self.label_: running or no_class, self.guidance: running or no_null}
        reasons |= dict.fromkeys((self.rederive, self.sampler, self.steps), running)
        reasons |= dict.fromkeys((self.model, self.count), held)
        one = "One sample has one row; choose more samples" if self._one else ""
        reasons[self.class_rows] = held or no_class or one
        reasons[self.noise] = running or ("" if self._noisy else "This sampler adds no fresh noise")
        reasons[self.spacing] = running or (
            "The grid says which levels are visited between its ends" if self._in_sigma else ""
        )
        for widget, reason in reasons.items():
            widget.setEnabled(not reason)
            widget.setToolTip(reason or self._tips[widget])
        self._sampler_params.set_locked(running)
        self.folder_row.set_locked(running)
        self.guidance_rows.set_locked(running or no_null, running)

    def set_look(self, scale: float) -> None:
        self._scale = scale
        self.setFixedWidth(round(WIDTH * scale))
        for card in self.findChildren(Card):
            card.grid.setColumnMinimumWidth(0, round(78 * scale))
        self.reset.setFixedSize(round(24 * scale), round(18 * scale))
        self.reset.setIconSize(QSize(round(14 * scale), round(14 * scale)))
