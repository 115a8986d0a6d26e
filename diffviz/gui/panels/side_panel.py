"""SidePanel: schedule, noise and reverse chain, and the Generate button with what it is doing."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from diffviz import catalog
from diffviz.diffusion import NoiseSchedule
from diffviz.gui.panels.changes import SINCE, Changes, RowName
from diffviz.gui.panels.column import LANE, Column
from diffviz.gui.panels.condition_box import ConditionBox
from diffviz.gui.panels.controls import (
    Combo,
    RealSpin,
    WholeSpin,
    choose,
    fill_combo,
    label,
    named,
    show_value,
    tell_setting,
)
from diffviz.gui.panels.folder_row import FolderRow
from diffviz.gui.panels.guidance_rows import GuidanceRows
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.more import Fold
from diffviz.gui.panels.noise_card import NoiseCard
from diffviz.gui.panels.plane_card import PlaneCard
from diffviz.gui.panels.rows import Card, ParamRows
from diffviz.gui.panels.run_card import RunCard, order
from diffviz.gui.panels.schedule_card import ScheduleCard
from diffviz.gui.panels.sound_card import SoundCard
from diffviz.gui.panels.tab_order import stand_in_order
from diffviz.gui.panels.words_row import WordsRow
from diffviz.gui.theme import X_HAT, drawn, wrapped
from diffviz.palette import DARK, Palette
from diffviz.scene import COUNTS, MAX_GUIDANCE, MAX_SEED, MAX_T, Scene
from diffviz.session.glossary import output_tip
from diffviz.session.provenance import ROWS
from diffviz.vocabulary import Wording

WIDTH = 264
TRAIN = "\0train"  # the entry of the model menu that opens the panel of trainings
REDERIVE = (
    f"Off: ε̂ stays what the network said, though {X_HAT}_0 was clipped to [-1, 1]. "
    f"On: ε̂ = (x_t − √ᾱ_t {X_HAT}_0)/√(1−ᾱ_t), so that the sum holds; DDIM with guidance above 1 needs it"
)
PACES = (
    ("full speed", "max"),
    *((f"{n} steps/s", str(n)) for n in (30, 10, 4)),
    ("1 step/s", "1"),
    ("step by step", "step"),
)


class SidePanel(QWidget):
    """Every option. Signals carry what the person chose; nothing here changes the scene by itself."""

    model_chosen = Signal(str)  # "" is "open a folder", TRAIN "train one"
    sampler_chosen = Signal(str)
    sampler_param_chosen = Signal(str, object)
    setting_chosen = Signal(str, object)  # see Options.take

    def __init__(self, actions: dict[str, QAction]) -> None:
        super().__init__()
        self.run = RunCard(actions)
        self.generate, self.progress = self.run.generate, self.run.progress
        self.schedule_card = ScheduleCard(actions["design"], actions["pin_schedule"])
        self.noise_card, self.plane_card = NoiseCard(actions["new_noise"]), PlaneCard(actions)
        self.sound_card = SoundCard(actions["play_sound"])
        self.chain = Fold("chain_fold", "The chain that removes the noise again: its model, class, sampler and steps")
        self.more = Fold("more_fold", "Guidance, clipping, spacing and whatever else a chain can be told", "More")
        self._chain_card()
        column = QWidget()
        self._own: tuple[QWidget, ...] = self.schedule_card, self.noise_card
        self._rest = self.plane_card, self.sound_card, self.chain, self.chain_card, self.more_card
        self._cards = filled(QVBoxLayout(column), *self._own, *self._rest, None, margins=(0, 0, 0, 0), spacing=6)
        self.column = Column(column)
        below = filled(QVBoxLayout(), self.run, margins=(0, 0, LANE, 0))
        filled(QVBoxLayout(self), (self.column, 1), below, margins=(0, 0, 0, 0), spacing=8)
        self._changes = Changes(self._named_rows())
        self._connect()

    # -- building

    def _named_rows(self) -> dict[str, RowName]:  # those that make a chain, by setting
        stands_for = (
            (self.model, "model.name model.weights"),
            (self.label_, "model.class_label"),
            (self.guidance, "model.guidance model.rescale model.guidance_low model.guidance_high"),
            *((self.words.blend, "model.blend"), (self.guidance_rows.clip, "model.clip")),
            *((self.rederive, "model.rederive_eps"), (self.count, "count"), (self.class_rows, "class_rows")),
            *((self.noise, "noise"), (self.sampler, "sampler.name"), (self.steps, "sampler.steps")),
            (self.spacing, "sampler.spacing sampler.offset"),
        )
        rows = {name: self._name_of(widget) for widget, names in stands_for for name in names.split()}
        rows["seed"] = self.noise_card.seed_name
        return rows | {f"sampler.{name}": label for name, label in self._sampler_params.names.items()}

    def _name_of(self, widget: QWidget) -> RowName:
        return (self.chain_card if self.chain_card.isAncestorOf(widget) else self.more_card).name_of(widget)

    def _chain_card(self) -> None:
        self.chain_card, self.more_card = Card("Reverse chain"), Card("More")
        self.model = named(Combo(), "model_combo")
        self.model.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.model.setMinimumContentsLength(8)
        self.summary = named(label("", "small", wraps=True), "model_summary")
        self.label_ = ConditionBox()
        self.guidance = named(RealSpin(minimum=0, maximum=MAX_GUIDANCE, singleStep=0.5), "guidance_spin")
        self.rederive = named(QCheckBox("derive ε̂ again"), "rederive_check", REDERIVE, by_tab=True)
        samplers = ((entry.label, entry.name) for entry in catalog.SAMPLERS.values())
        spacings = ((entry.label, entry.name) for entry in catalog.SPACINGS.values())
        self.sampler = named(Combo(samplers, "ddpm"), "sampler_combo")
        self.steps = named(WholeSpin(minimum=1, maximum=MAX_T), "steps_spin")
        self.spacing = named(Combo(spacings, "trailing"), "spacing_combo")
        self.pace = named(Combo(PACES, "max"), "pace_combo")
        self.count = named(Combo(((str(count), count) for count in COUNTS), 1), "count_combo")
        self.class_rows = named(QCheckBox("of one class"), "class_rows_check", by_tab=True)
        self.noise = named(WholeSpin(minimum=-1, maximum=MAX_SEED, specialValueText="from seed"), "noise_spin")
        self._chain_rows(self.chain_card)
        self._more_rows(self.more_card)

    def _chain_rows(self, card: Card) -> None:
        card.add_row("model", self.model, "What removes the noise: a network, or data whose E[x_0|x_t] stands for one")
        card.add_wide(self.summary)
        self.words = WordsRow(card, self.label_)
        card.add_row("samples", self.count, "Sample k starts from seed + k; click one to look into it, Esc returns")
        card.add_row("sampler", self.sampler)
        card.add_row("steps", self.steps, "How many of the model's levels the chain visits")
        card.add_wide(self.more)

    def _more_rows(self, card: Card) -> None:
        card.add_row(
            "guidance",
            self.guidance,
            "uncond + w (cond − uncond); w = 1 is off (papers that call off 0 mean w − 1). Above 1 samples are surer "
            "of their class, and spread less",
        )
        self.guidance_rows = GuidanceRows(card)
        card.add_row("ε̂", self.rederive, REDERIVE)
        card.add_row("rows", self.class_rows, "The chosen class and those after it, each with the same noises: compare")
        card.add_row("pace", self.pace, "How fast the chain is run; “step by step” waits for the right arrow key")
        card.add_row("step noise", self.noise, "Seed of the fresh noise that the steps add; x_T stays that of the seed")
        self.folder_row = FolderRow()
        card.add_wide(self.folder_row)
        card.add_row("spacing", self.spacing, "Which levels are visited")
        self._sampler_params = ParamRows(card, self.sampler_param_chosen, catalog.SAMPLERS.values())
        self.defaults = named(QPushButton("Back to defaults"), "defaults_button", by_tab=True)
        card.add_wide(self.defaults)
        asked = self.model, self.label_, self.words.surprise, self.words.blend, self.guidance, self.rederive
        run = self.sampler, self.steps, self.spacing, self.count, self.class_rows, self.noise
        self._tips: dict[QWidget, str] = {widget: widget.toolTip() for widget in (*asked, *run, self.defaults)}
        self._locked = self._held = self._coming = ""
        self._laboratory, self._forward = False, True
        self._asked, self._kind = Scene(), "picture"  # what is shown, and the kind that the model makes
        self._unread: frozenset[str] = frozenset()
        self._one, self._noisy, self._look = True, True, (DARK, 1.0)
        self._running = self._known = self._classes = self._has_null = self._in_sigma = False

    def _connect(self) -> None:
        self.chain.toggled.connect(self._arrange)
        self.more.toggled.connect(self._arrange)
        self.model.currentIndexChanged.connect(lambda i: self.model_chosen.emit(self.model.itemData(i)))
        self.sampler.currentIndexChanged.connect(lambda i: self.sampler_chosen.emit(self.sampler.itemData(i)))
        self.label_.asked_for.connect(lambda asked: self.setting_chosen.emit("model.class_label", asked))
        self.label_.editTextChanged.connect(self._word_generate)
        # while a chain pauses Generate would stop it
        self.label_.entered.connect(lambda: (self.run.go_on if self._running else self.generate).click())
        self.words.blend.chosen.connect(lambda share: self.setting_chosen.emit("model.blend", share))
        told: dict[QWidget, str] = {self.guidance: "model.guidance", self.rederive: "model.rederive_eps"}
        told |= {self.steps: "sampler.steps", self.spacing: "sampler.spacing", self.pace: "view.pace"}
        told |= {self.count: "count", self.class_rows: "class_rows", self.noise: "noise"}
        for control, setting in told.items():
            tell_setting(control, setting, self.setting_chosen)

    # -- what is shown

    def show_scene(
        self, scene: Scene, schedule: NoiseSchedule, lock: str, adds_noise: bool, kind: str, seen: str
    ) -> None:
        """All options. ``schedule``: in force; ``lock``: why it cannot be changed; ``kind`` is made, ``seen`` shown."""
        free = not lock
        self.schedule_card.show_schedule(scene, schedule, lock)
        self.noise_card.show_scene(scene)
        self.plane_card.show_scene(scene, seen)
        self.sound_card.show_scene(scene, seen)
        for box, on in ((self.rederive, scene.model.rederive_eps), (self.class_rows, scene.class_rows)):
            show_value(box, on)
        sampler = catalog.SAMPLERS[scene.sampler.name]
        choose(self.sampler, sampler.name)
        self._tips[self.sampler] = sampler.tip
        show_value(self.steps, scene.sampler.steps)
        choose(self.spacing, scene.sampler.spacing)
        choose(self.pace, scene.view.pace)
        choose(self.count, scene.count)
        show_value(self.noise, scene.noise)
        self._asked, self._kind = scene, kind
        self._word_chain()
        self._one, self._noisy, self._forward = scene.count == 1, adds_noise, free
        self.words.show_said(scene.model, scene.in_rows and not scene.laboratory)
        self._word_generate()
        show_value(self.guidance, scene.model.guidance)
        self._show_read(scene)
        chosen = dict(scene.sampler.params)
        values = {param.name: chosen.get(param.name, param.default) for param in sampler.params}
        self._in_sigma = values.get("grid", "steps") != "steps"
        declared = () if "sampler" in self._unread else sampler.params
        self._sampler_params.show_params(declared, values)  # type: ignore[arg-type]
        self._arrange()
        self._enable()

    def _show_read(self, scene: Scene) -> None:
        """In the laboratory only what its experiment reads."""
        spec = scene.experiment
        unread = catalog.unread(spec.name, spec.params) if scene.laboratory else frozenset()
        guides = False if "guidance" in unread else True if "w" in unread else None
        self.guidance_rows.show_spec(scene.model, guides)
        if unread == self._unread:
            return
        self._unread = unread
        self.folder_row.show_read(not unread.issuperset(("spacing", "sampler")))
        more: dict[str, QWidget] = {"rederive": self.rederive, "clip": self.guidance_rows.clip, "noise": self.noise}
        more["spacing"] = self.spacing
        own = {"w": self.guidance, "sampler": self.sampler, "steps": self.steps}
        self.words.show_read("class" not in unread)
        for name, widget in {**more, **own}.items():
            hidden = name in unread or (name == "w" and "guidance" in unread)
            for part in (self._name_of(widget), widget):
                part.setVisible(not hidden)
        self.more.setVisible(not unread.issuperset((*more, "guidance")))  # there is nothing in it

    def add_first(self, card: QWidget, rows: Mapping[str, RowName]) -> None:
        """The laboratory's card, above the others, and its rows by setting."""
        self._first = card
        self._changes.add(rows)
        self._cards.insertWidget(0, card)
        self.set_look(*self._look)

    def show_page(self, laboratory: bool) -> None:
        """What belongs to the page."""
        self._first.setVisible(laboratory)
        more = [part for widget in (self.class_rows, self.pace) for part in self.more_card.row_of(widget)]
        noise, chain = self.noise_card, self.chain_card
        for widget in (noise.wide_range, *noise.row_of(noise.second), *more, *chain.row_of(self.count)):
            widget.setVisible(not laboratory)
        self._laboratory = laboratory
        self._arrange()

    def _arrange(self) -> None:
        """Little first: adding noise, the chain is one line; removing it, what is rarely set stands under More."""
        laboratory = self._laboratory
        forward = self._forward and not laboratory
        # under More where it opens them: nothing that is seen moves then
        stand_in_order(self._cards, *(self._own + self._rest if forward or laboratory else self._rest + self._own))
        chain = self.chain.isChecked() or not forward
        more = chain and self.more.isChecked() and not self.more.isHidden()
        self.schedule_card.setVisible(forward or (more and not laboratory))
        self.noise_card.setVisible((forward or laboratory or more) and "seed" not in self._unread)
        self.chain.setVisible(forward)
        self.chain_card.setVisible(chain)
        self.more_card.setVisible(more)
        self.run.denoise.setVisible(forward)
        self._word_generate()

    @property
    def folds(self) -> str:
        """Which lines are open, by name."""
        return " ".join(fold.objectName() for fold in (self.chain, self.more) if fold.isChecked())

    def open_folds(self, names: str) -> None:
        """Open these lines and close the others."""
        for fold in (self.chain, self.more):
            fold.setChecked(fold.objectName() in names.split())

    def _word_generate(self) -> None:
        """What the button does: with the words as they stand in the field, which a click tells first."""
        model = self._asked.model
        if self.label_.told_words:
            model = dataclasses.replace(model, class_label=" ".join(self.label_.currentText().split()) or None)
        words = order(self._asked.replace(model=model), self._kind)
        self.generate.show_order("Stop" if self._running else "Run" if self._laboratory else words)

    def show_models(self, items: Iterable[tuple[str, str]], current: str, train: str) -> None:
        """(label, name) pairs of the model menu; the last ones open a folder, and what ``train`` says."""
        fill_combo(self.model, [*items, ("Open model folder…", ""), (train, TRAIN)], current)

    def show_summary(self, words: str, coming: str = "") -> None:
        """A line about the model; ``coming``: the one that waits for what runs, whose class is not there yet."""
        self._coming = coming
        self.summary.setText(drawn(words))
        self._word_chain()

    def _word_chain(self) -> None:
        scene, words = self._asked, f"{self._coming}, loading…"
        if not self._coming:
            asked = ROWS if scene.in_rows else scene.model.asked
            sampled = f"{catalog.SAMPLERS[scene.sampler.name].label} {scene.sampler.steps}"
            words = f"{catalog.model_name(scene.model.name)} · {asked} · {sampled}"
        self.chain.say(words=words)

    def show_model(self, summary: str, T: int, learned_variance: bool, exact: bool) -> None:
        """What was read of a model, or of ``exact`` data that stand for one."""
        self.show_summary(summary)
        self.summary.setToolTip(wrapped(output_tip(summary, exact)))
        lacking = "" if learned_variance else "This model has not learned a variance"
        self._sampler_params.set_choice_locked("variance", "learned_range", lacking)
        self.steps.setMaximum(T)
        self.guidance_rows.set_T(T)

    def show_condition(
        self, class_names: tuple[str, ...], words: Wording | None, guides: bool, chosen: str | None
    ) -> None:
        """What the model can be asked for: its classes, or words."""
        self.words.show_known(class_names, words, guides, chosen)
        self._tips[self.label_] = self.words.tip
        self._known, self._classes, self._has_null = True, bool(class_names), guides
        self._enable()

    def show_differing(self, words: str) -> None:
        """Which of the settings under More are not as at first, "" for none."""
        self.more.say(differs=words)
        self.chain.say(differs=words)
        self.defaults.setVisible(bool(words))
        self._tips[self.defaults] = f"Set back: {words}"
        self._enable()

    def show_changes(self, changed: frozenset[str], laboratory: bool, can_return: bool) -> None:
        """Mark the settings that are others than those of the chain, or the sheet, that is shown."""
        self._changes.show(changed, laboratory)
        names = self._changes.names_in(self.more_card, *([] if laboratory else [self.noise_card]))
        self.more.say(changed=names, since=SINCE[laboratory])
        self.run.settings.setVisible(can_return)

    def show_running(self, running: bool, progress: tuple[int, int], status: str) -> None:
        """Generate or Stop, the progress in steps and a line about it."""
        self._running = running
        self._word_generate()
        self.progress.setRange(0, max(1, progress[1]))
        # a progress bar paints the window at once when its value changes: it shall wait for the pictures
        self.progress.setUpdatesEnabled(False)
        self.progress.setValue(progress[0])
        self.progress.setUpdatesEnabled(True)
        self.progress.setVisible(running)
        self.run.show_status(status)

    def show_locked(self, locked: str, held: str) -> None:
        """Why nothing can be changed while a job runs; ``held``: what a paused chain keeps too. "" where it can."""
        if (locked, held) != (self._locked, self._held):
            self._locked, self._held = locked, held
            self._enable()

    def _enable(self) -> None:
        """What can be changed now; a disabled control says why."""
        running, held = self._locked, self._held
        coming = "" if self._known else "The model is still loading"
        no_class = "" if self._classes else coming or "This model was trained without classes"
        no_null = "" if self._has_null else coming or "Guidance needs a null class, which this model lacks"
        asked = running or ("" if self.label_.told_words else no_class)
        reasons: dict[QWidget, str] = {
            self.label_: asked,
            **dict.fromkeys((self.words.surprise, self.words.blend), asked),
            self.guidance: running or no_null,
        }
        reasons |= dict.fromkeys((self.rederive, self.sampler, self.steps, self.defaults), running)
        reasons |= dict.fromkeys((self.model, self.count), held)
        one = "One sample has one row; choose more samples" if self._one else ""
        reasons[self.class_rows] = held or no_class or one
        noisy = self._noisy or "sampler" in self._unread  # an experiment that reads it has samplers of its own
        reasons[self.noise] = running or ("" if noisy else "This sampler adds no fresh noise")
        reasons[self.spacing] = running or (
            "The grid says which levels are visited between its ends" if self._in_sigma else ""
        )
        for widget, reason in reasons.items():
            widget.setEnabled(not reason)
            widget.setToolTip(wrapped(reason or self._tips[widget]))
        self.chain_card.name_of(self.sampler).setToolTip(wrapped(self._tips[self.sampler]))
        self._sampler_params.set_locked(running)
        self.folder_row.set_locked(running)
        self.guidance_rows.set_locked(running or no_null, running)

    def set_look(self, palette: Palette, scale: float) -> None:
        self._look = palette, scale
        self.setFixedWidth(round(WIDTH * scale) + LANE)
        for card in self.findChildren(Card):
            card.grid.setColumnMinimumWidth(0, round(78 * scale))
        self.schedule_card.set_look(scale)
        self.words.set_look(palette, scale)
        self.run.set_look(palette, scale)
