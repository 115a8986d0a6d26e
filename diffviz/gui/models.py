"""ModelDesk: which model is loaded, which one is wanted, and the menu of models."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QInputDialog

from diffviz import catalog
from diffviz.assets import builtin_models
from diffviz.engine import messages as m
from diffviz.files import display_name, hub_name, model_folder, own_models
from diffviz.gui.actions import train_words
from diffviz.gui.panels.side_panel import TRAIN
from diffviz.gui.parts import Parts
from diffviz.gui.theme import drawn
from diffviz.kinds import KINDS, PICTURE
from diffviz.sampling import PLAIN
from diffviz.scene import DataSpec, ModelSpec, Scene
from diffviz.session.permits import NO_POINTS
from diffviz.session.state import NO_RUN, ModelState, Session

MODEL_FILES = ("model_index.json", "config.json", "unet", "training")  # any of them: meant as a model
RECORDED = "\0recorded"  # the menu's entry for the model of an opened run
WORDED = ModelSpec("faces-64", guidance=2.0)  # it ships


class ModelDesk:
    """Loads models through the engine and shows what was read; the one loaded before stays where one is refused."""

    def __init__(self, parts: Parts, focus: Callable[[], None]) -> None:
        store, self._port, self._notices, self._side = parts.store, parts.port, parts.notices, parts.side
        self._store, self._chains, self._jobs, self._actions = store, parts.chains, parts.jobs, parts.actions
        self._shelf, self._focus = parts.shelf, focus
        self.opened: list[str] = []
        self.wanted = store.scene.model.name
        self.train_on: Callable[[str], None] = lambda folder: None  # the window opens its panel of trainings
        self._then: dict[bool, Callable[[], None]] = {}  # what was asked for meanwhile: a chain, or to type words
        self._begun: DataSpec | None = store.scene.data  # what the window begins with
        self.follows = False  # the model on its way brings its own settings: no saved scene says others
        self._worded = {WORDED.name}  # those that are told words, as far as they were loaded
        self._own = ""  # the model that there is of what is open without any training
        self._led = False  # the model on its way goes with what was opened: no step of its own in undo
        self._awaits = False  # the model that is wanted is exact of data that are on their way themselves
        self._unseen = False  # something was opened while a model was on its way
        self._last: dict[str, ModelSpec] = {}  # of each kind of data the model that was loaded last, as asked
        self._kinds: dict[str, str] = {}  # of data, of the models that were loaded
        self._opened_run = NO_RUN  # the one whose model is shown and not loaded
        self._opened_runs: dict[int, tuple[m.ModelInfo, str, str | None]] = {}
        self._job = 0
        store.changed.connect(self._scene_changed)

    def _scene_changed(self, old: Session, new: Session) -> None:
        job, left = new.run.job, old.run.job == self._opened_run != new.run.job
        if old.run.job != job != self._opened_run and job in self._opened_runs:  # undo, or redo, shows it again
            self.show_recorded(job, *self._opened_runs[job])
        elif left and self.recorded and not self.loading:  # its model is not the scene's to run
            self._opened_run = NO_RUN
            self.load(new.scene.model.name)
        elif old.scene.model.name != new.scene.model.name:
            self.want(new.scene.model.name)

    def _say(self, **changes: Any) -> None:
        """Change the session's model."""
        self._store.update(model=dataclasses.replace(self._store.session.model, **changes))

    @property
    def state(self) -> ModelState:
        return self._store.session.model

    @property
    def loading(self) -> bool:
        return self.state.loading

    @property
    def recorded(self) -> str:
        """The file of the chain shown, whose model is not here."""
        return self.state.recorded

    def when_loaded(self, then: Callable[[], None], chain: bool = True) -> None:
        """Call back once, when the model on its way is there and not replaced by another wish; ``chain``: one begins
        then, which is said, after what else waits."""
        self._then[chain] = then
        self._say(waited=True in self._then)

    def items(self) -> list[tuple[str, str]]:
        """(label, name) of the model that what is open is by itself, of those in memory, the shipped ones, those
        trained here, and the opened folders; none of another kind of data than what is open but for the one that is
        wanted. Of those that are known to be told words it says so."""
        kind = self._store.scene.data.kind
        own = [str(folder) for folder in own_models(kind)]
        opened = [name for name in self.opened if name == self.wanted or self._kinds.get(name, kind) == kind]
        names = dict.fromkeys(filter(None, [self._own, *self._port.held, *KINDS[kind].models, *own, *opened]))
        called = {name: name if name in self._port.held else short_name(name) for name in names}
        return [(f"{label} · words" if name in self._worded else label, name) for name, label in called.items()]

    def data_arrived(self, opened: bool) -> None:
        """Something is there. Of another kind than the model's, or where that was the model of what was open before,
        the model goes with it where it was ``opened``, or the window begins with it; else the scene names its own."""
        before, data = self._own, self._store.scene.data  # of an empty plane the model stays until points come
        self._own = self.wanted if data.empty and self.wanted.startswith("exact:") else own_model_of(data)
        info = self._chains.model
        if self._awaits:
            self.load(self.wanted)
        elif not opened and self._led and self.loading:  # what led to the model on its way was undone
            self.want(self._store.scene.model.name)
        elif not (opened or self._store.scene.data == self._begun):
            self.show_menu()
        elif self.loading or info is None:
            self._unseen = True
        elif self._unfit(info) or (not self.recorded and self.wanted == before != self._own):
            self._lead()
        else:
            self.show_menu()

    def _unfit(self, info: m.ModelInfo) -> bool:
        session = self._store.session
        return info.kind != session.scene.data.kind or session.learnt_others(info.learnt)

    def _lead(self) -> None:
        """Load what fits the data that is open, where there is such a model."""
        kind, info, spec = self._store.scene.data.kind, self._chains.model, self._store.scene.model
        if info is not None and info.name == spec.name and not self.recorded:
            self._last[info.kind] = spec
        first = ModelSpec(next(iter(KINDS[kind].models), ""))
        name = self._own or self._last.get(kind, first).name
        if name and name != self.wanted:
            self.load(name)
            self._led = True

    def take_scene(self) -> None:
        """A scene is opened, which names its model and says how its chain is run: nothing else leads to one."""
        self.follows, self._begun, self._unseen = False, None, False

    def show_menu(self) -> None:
        items, info = self.items(), self._chains.model
        if self.recorded and info is not None:
            items.insert(0, (f"({short_name(info.name)})", RECORDED))
        shown = RECORDED if self.recorded and not self.loading else self.wanted
        self._side.show_models(items, shown, train_words(self._store.scene.data.kind))
        if info is not None and not self.loading:
            own = f"{NO_POINTS}." if self._store.scene.pointless else _described(info)
            self._side.show_summary(f"{info.summary} · of {self.recorded}, not loaded" if self.recorded else own)

    def choose(self, name: str) -> None:
        """The person picked an entry of the menu: a model, or one of the last two, which open something."""
        if name in ("", TRAIN):
            self.show_menu()
            self._actions["train" if name else "open_model"].trigger()
        elif self.recorded and name != RECORDED:
            self.load(name)  # also one of the same name: its weights may be others
        elif not self.recorded:
            self.want(name)

    def want(self, name: str) -> None:
        """Load a model unless it is loaded or on its way; the class of an opened scene may be none of its."""
        info, spec = self._chains.model, self._store.scene.model
        if _as_listed(name) != self.wanted:
            self.load(name)
        elif self.recorded:
            return  # what its chain was asked for stays, also where the file does not name it among the classes
        elif info is not None and not self.loading and spec.class_label != (label := self._class_of(info, spec)):
            self._store.edit(model=dataclasses.replace(spec, class_label=label), undo=False)

    def load(self, name: str, scheduler: tuple[str, int, str] | None = None) -> None:
        """Ask the engine for a model; the scene follows when it is loaded."""
        name = _as_listed(name)
        self._job += 1
        self.wanted, self._then = name, {}
        if self._jobs.paused:  # it would be waited for
            self._jobs.cancel()
        if name not in [known for _, known in self.items()]:
            self.opened.append(name)
        self._led = False
        self._say(loading=True, waited=False)
        self.show_menu()
        short, before = short_name(name), self._chains.model
        if self._jobs.running and before is not None:
            self._side.show_summary(f"{short} waits for what runs; below it is still {short_name(before.name)}", short)
        else:
            self._side.show_summary(f"loading {short}…")
        datum = self._shelf.clouds([name]).get(name)
        data = self._store.scene.data
        self._awaits = datum is None and data.source.startswith("sha256:") and name == own_model_of(data)
        if not self._awaits:
            self._port.send(m.LoadRequest(self._job, name, scheduler, datum))

    def loaded(self, event: m.ModelLoaded) -> None:
        """A model was read: show it, keep the class if it has one of that name."""
        if event.job != self._job:
            return
        begun = self._begun if self.follows and self._store.scene.data == self._begun else None
        unfit = self._unfit(event.info)
        with self._store.together():
            self._take(event.info)
            if begun is not None and unfit and begun.source.startswith("builtin:"):
                # it was asked for by its name, and nothing was opened: something that it knows is shown
                self._store.edit(data=_sample_of(event.info), undo=False)
        self._last[event.info.kind] = self._store.scene.model
        self._kinds[event.info.name] = event.info.kind
        (self._worded.add if event.info.vocabulary is not None else self._worded.discard)(event.info.name)
        self.show_menu()
        self._notices.clear_topic("model")
        unseen, self._unseen = self._unseen, False
        if unseen and self._unfit(event.info):
            self._lead()
            return
        if event.info.any_size:
            self._say_size(event.info)
        then, self._then = self._then, {}
        for chain in sorted(then):
            then[chain]()

    def _take(self, info: m.ModelInfo) -> None:
        """The scene's model is this one."""
        scene = self._store.scene
        chosen = self._chains.model is not None and scene.model.name != info.name
        self._chains.model = info
        taken = self._asked_of(info, scene)
        self._say(known=True, loading=False, recorded="", waited=False, number=self._job, **_said_of(info))
        self._show(info, taken.model.class_label)
        if self._led:  # so it does with what was done while it was on its way
            same = scene.data, scene.model.name
            self._store.amend(lambda past: self._asked_of(info, past) if (past.data, past.model.name) == same else None)
        self.follows = False
        self._store.set(taken, undo=chosen and not self._led)

    def _asked_of(self, info: m.ModelInfo, scene: Scene) -> Scene:
        """A scene with that model, without what this cannot be asked for."""
        spec, sampler, last = scene.model, scene.sampler, self._last.get(info.kind)
        if self._led and last is not None and last.name == info.name:
            spec = last  # it comes back with what is open: what it was asked for too
        label = self._class_of(info, spec)
        guidance = spec.guidance if info.guides else 1.0
        low = spec.guidance_low if spec.guidance_low < info.schedule.T else 0
        spec = dataclasses.replace(spec, name=info.name, class_label=label, guidance=guidance, guidance_low=low)
        sampler = dataclasses.replace(sampler, steps=min(sampler.steps, info.schedule.T))
        if self.follows or _as_listed(scene.model.name) != info.name:
            sampler, spec = sampler.as_said(info.sampling or PLAIN), dataclasses.replace(spec, clip="own")
        elif not info.learned_variance and ("variance", "learned_range") in sampler.params:
            sampler = dataclasses.replace(sampler, params=())
        rows = scene.class_rows and bool(info.class_names)
        return scene.replace(model=spec, sampler=sampler, class_rows=rows)

    def _show(self, info: m.ModelInfo, label: str | None) -> None:
        self._side.show_model(info.summary, info.schedule.T, info.learned_variance, info.name.startswith("exact"))
        self._side.show_condition(info.class_names, info.vocabulary, info.guides, label)

    def _say_size(self, info: m.ModelInfo) -> None:
        height, width = info.sample_shape[1:]
        text = f"{short_name(info.name)}: its folder names no size of pictures; it is opened at {width}x{height}."
        remedy = ("Another size…", lambda: self._ask_size(info.name, width))
        self._notices.show_message(
            text, "info", remedy=remedy, topic="model", holds=lambda s: s.scene.model.name == info.name
        )

    def _class_of(self, info: m.ModelInfo, spec: ModelSpec) -> str | None:
        """The scene's class, or any, or the first, where the model lacks it; said of a scene that names this model."""
        self._notices.clear_topic("class")
        names = info.class_names
        named, words = _as_listed(spec.name) == info.name, info.vocabulary
        if words is not None and not named and not words.read(spec.class_label or "").says:
            return None  # a class of another model would be a word that this one does not know
        if spec.class_label in names or words is not None:
            return spec.class_label
        label = None if info.null_class is not None else next(iter(names), None)
        if spec.class_label is not None and named:
            text = f"{short_name(info.name)} has no class “{spec.class_label}”; {label or 'any'} takes its place."
            self._notices.show_message(
                text,
                "warning",
                topic="class",
                holds=lambda s: (s.scene.model.name, s.scene.model.class_label) == (info.name, label),
            )
        return label

    def show_recorded(self, run: int, info: m.ModelInfo, file: str, asked: str | None) -> None:
        """A chain was opened from a file: say which model it is of, which is not loaded, and what it was asked for."""
        self._job += 1  # a model on its way would take the chain away again
        self._opened_run, self._opened_runs[run] = run, (info, file, asked)
        self.wanted, self._then = _as_listed(info.name), {}
        self._chains.model = info
        named = () if asked is None or asked in info.class_names else (asked,)  # words: a file has no vocabulary
        said = {**_said_of(info), "learnt": "", "worded": bool(named)}
        self._say(known=True, loading=False, recorded=file, waited=False, number=self._job, **said)
        self._show(dataclasses.replace(info, class_names=(*info.class_names, *named)), asked)
        self._side.words.show_told(bool(named))
        self.show_menu()

    def failed(self, event: m.ModelFailed) -> None:
        """A model was refused: say why; the loaded one stays."""
        if event.job != self._job:
            return
        self._then = {}
        self._say(loading=False, waited=False)
        info = self._chains.model
        self._say_failed(event)
        if event.name in self.opened and event.name != (info.name if info else ""):
            self.opened.remove(event.name)
        if info is not None:
            self.wanted = info.name
            spec = self._store.scene.model
            if spec.name == event.name:  # of an opened scene: it says what is loaded
                self._store.edit(model=dataclasses.replace(spec, name=info.name), undo=False)
        elif event.name != PICTURE.models[0]:
            self.load(PICTURE.models[0])
        else:
            self._side.show_summary("no model loaded")
        self.show_menu()

    def _say_failed(self, event: m.ModelFailed) -> None:
        if event.ask_scheduler:
            remedy = ("Say which…", lambda: self._ask(event.name))
            self._notices.show_message(event.message, remedy=remedy, topic="model")
        elif is_picture_folder(event.name):
            folder = os.path.abspath(event.name)
            text = f"{display_name(folder)}: holds pictures and no model; train one on them, or let them be one."
            train = ("Train on them…", lambda: self.train_on(folder))
            exact = ("Use as exact model", lambda: self.load(f"exact:{folder}"))
            self._notices.show_message(text, remedy=train, other=exact, topic="model")
        else:
            remedy = ("Open another…", self._actions["open_model"].trigger)
            self._notices.show_message(event.message, remedy=remedy, topic="model")

    def _ask(self, name: str) -> None:
        from diffviz.gui.panels.scheduler_dialog import SchedulerDialog

        dialog = SchedulerDialog(self._notices.window(), Path(name).name)
        dialog.chosen.connect(lambda *choice: self.load(name, choice))
        dialog.finished.connect(self._focus)
        dialog.open()

    def _ask_size(self, name: str, side: int) -> None:
        dialog = QInputDialog(self._notices.window())
        dialog.setObjectName("size_dialog")
        dialog.setWindowTitle("Which size was it trained at?")
        dialog.setLabelText("Side of the pictures in pixels")
        dialog.setInputMode(QInputDialog.InputMode.IntInput)
        dialog.setIntRange(2, 2048)
        dialog.setIntValue(side)
        dialog.intValueSelected.connect(lambda chosen: self.load(f"{name}@{chosen}"))
        dialog.finished.connect(self._focus)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _described(info: m.ModelInfo) -> str:
    """The summary and below it the notes; names of tensors and files may be broken at their dots, to be read whole."""
    return "\n".join((info.summary, *(re.sub(r"([._/-])", "\\1\u200b", drawn(note)) for note in info.notes)))


def _as_listed(name: str) -> str:
    """The name as the menu has it: of a model that was trained here, its folder; of a cloud that ships, its own."""
    return name if name in builtin_models() else catalog.exact_cloud(model_folder(name))


def own_model_of(data: DataSpec) -> str:
    """The model that there is of what is open without any training; "" for none."""
    return "" if data.empty else KINDS[data.kind].own_model(data.source)


def _sample_of(info: m.ModelInfo) -> DataSpec:
    """Something that ships and that a model knows: what it learnt, or the first of its kind."""
    kind = KINDS[info.kind]
    sources = [f"builtin:{sample}" for sample in kind.samples]
    learnt = (each for each in sources if info.learnt and kind.digest(kind.read(each).array) == info.learnt)
    return DataSpec(kind.name, next(learnt, sources[0]))


def leans_on_data(made: Scene) -> bool:
    """Whether a chain is of what was open then: it began with it, or its model is exact of it."""
    return bool(made.start) or made.model.name == own_model_of(made.data)


def short_name(name: str) -> str:
    """What the menu calls a model: its folder's name; of data that stands for one, "exact · faces"."""
    if name.startswith("exact"):
        return catalog.model_name(name)
    return hub_name(name) or Path(name).name or name


def is_picture_folder(name: str) -> bool:
    """Whether a refused model is a folder of pictures: no model whose training left some beside its weights."""
    folder = Path(name)
    if "\0" in name or not os.path.isdir(folder) or any(os.path.exists(folder / file) for file in MODEL_FILES):
        return False
    from diffviz.train.pictures import holds_pictures  # not before the first paint

    return holds_pictures(folder)


def _said_of(info: m.ModelInfo) -> dict[str, Any]:
    """What the session knows of a model that was loaded."""
    said = {"kind": info.kind, "guides": info.guides, "pictures": info.pictures, "learnt": info.learnt}
    return {**said, "worded": info.vocabulary is not None}
