"""Controller: what the person wants goes to the store and the engine; what comes back goes to the panels."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from diffviz import catalog
from diffviz.diffusion import NoiseSchedule
from diffviz.engine import messages as m
from diffviz.engine.denoising import make_schedule
from diffviz.engine.engine import Engine
from diffviz.engine.futures import adds_noise
from diffviz.files import log_path
from diffviz.gui.branches import BranchDesk
from diffviz.gui.bridge import Bridge
from diffviz.gui.favourites import FavouriteDesk
from diffviz.gui.forward_view import ForwardView
from diffviz.gui.jobs import JobDesk
from diffviz.gui.models import ModelDesk
from diffviz.gui.options import Options
from diffviz.gui.panels.equation_panel import VIEWS
from diffviz.gui.panels.message_bar import MessageBar
from diffviz.gui.panels.schedule_panel import SchedulePanel
from diffviz.gui.panels.side_panel import SidePanel
from diffviz.gui.picture_desk import PictureDesk
from diffviz.gui.pictures import PictureShelf
from diffviz.gui.pixels import Pixels
from diffviz.gui.playback import Playback
from diffviz.gui.reverse_view import ReverseView
from diffviz.gui.store import SceneStore
from diffviz.gui.walk import Walk
from diffviz.scene import Scene, ScheduleSpec
from diffviz.session.state import Session, SheetState

if TYPE_CHECKING:
    from diffviz.gui.laboratory import Laboratory

log = logging.getLogger(__name__)


class Controller(QObject):
    """The wiring between store, engine and panels.

    Signals: ``state_changed()`` when work began or ended; ``device_changed(label)``; ``values_changed(text)`` for the
    pixel under the cursor.
    """

    state_changed = Signal()
    focus_wanted = Signal()  # the keys belong to the slider again
    device_changed = Signal(str)
    values_changed = Signal(str)
    run_opened = Signal(object)  # a RunOpened
    run_saved = Signal(str)  # the path

    def __init__(
        self, parent: QObject, scene: Scene, actions: dict[str, QAction], device: str = "auto", held: Any = None
    ) -> None:
        super().__init__(parent)
        self.actions = actions
        self.store = SceneStore(scene, lambda: self.reverse.run.job)
        self.bridge = Bridge()
        self.engine = Engine(self.bridge.emit_event, device, held)
        self.shelf = PictureShelf(self)
        self.playback = Playback(self)
        self.view = VIEWS[scene.data.kind]()
        self.schedule_panel = SchedulePanel(actions)
        self.side = SidePanel(actions)
        self.bar = MessageBar()
        self.forward = ForwardView(self.engine, self.view)
        self.reverse = ReverseView(self.engine, self.view)
        self.pictures = PictureDesk(self)
        self.options = Options(self)
        self.walk = Walk(self)
        self.pixels = Pixels(self)
        self.models = ModelDesk(self)
        self.jobs = JobDesk(self)
        self.branches = BranchDesk(self)
        self.favourites = FavouriteDesk(self)
        self.device_known = False
        self._picture_asked = False
        self._schedules: tuple[ScheduleSpec, NoiseSchedule] | None = None
        self._forward_t = scene.t
        self._connect()

    def _connect(self) -> None:
        side, panel, store = self.side, self.schedule_panel, self.store
        store.changed.connect(self._scene_changed)
        store.history_changed.connect(self.state_changed)
        store.run_wanted.connect(self._show_recorded)
        self.bridge.arrived.connect(self._receive)
        self.playback.moved.connect(self.walk.play_to)
        self.playback.playing_changed.connect(self.state_changed)
        panel.t_changed.connect(self.walk.go_to)
        panel.gesture_began.connect(self._gesture_began)
        panel.gesture_ended.connect(self._gesture_ended)
        panel.curves_chosen.connect(lambda kind: self.options.view(curves=kind))
        panel.speed_chosen.connect(lambda speed: self.options.view(speed=speed))
        panel.pacing_chosen.connect(lambda pacing: self.options.view(pacing=pacing))
        side.schedule_chosen.connect(lambda name: self.options.schedule(name=name, params=()))
        side.T_chosen.connect(lambda T: self.options.schedule(T=T))
        side.schedule_param_chosen.connect(self.options.schedule_param)
        side.schedule_reset.connect(lambda: self.options.schedule(params=()))
        side.seed_chosen.connect(lambda seed: store.edit(seed=seed))
        side.eps_range_chosen.connect(lambda value: self.options.view(eps_range=value))
        side.one_step_chosen.connect(lambda on: self.options.view(one_step=on))
        side.model_chosen.connect(self.models.choose)
        side.class_chosen.connect(lambda name: self.options.part("model", class_label=name))
        side.guidance_chosen.connect(lambda value: self.options.part("model", guidance=value))
        side.guidance_rows.chosen.connect(lambda field, value: self.options.part("model", **{field: value}))
        side.rederive_chosen.connect(lambda on: self.options.part("model", rederive_eps=on))
        side.sampler_chosen.connect(self.options.sampler)
        side.folder_row.button.clicked.connect(self.options.as_said)
        side.sampler_param_chosen.connect(self.options.sampler_param)
        side.steps_chosen.connect(lambda steps: self.options.part("sampler", steps=steps))
        side.spacing_chosen.connect(lambda name: self.options.part("sampler", spacing=name))
        side.pace_chosen.connect(lambda pace: self.options.view(pace=pace))
        side.count_chosen.connect(lambda count: store.edit(count=count))
        side.noise_chosen.connect(lambda seed: store.edit(noise=seed))
        side.class_rows_chosen.connect(lambda on: store.edit(class_rows=on))
        side.generate.clicked.connect(self.jobs.toggle)
        self.reverse.fans_changed.connect(self._show_schedule)
        self.reverse.ticks_changed.connect(panel.show_ticks)
        self.reverse.progressed.connect(self.chain_moved)
        self.view.hovered.connect(self.pixels.hovered)
        self.view.clicked.connect(self.pixels.clicked)
        self.view.painted.connect(self.state_changed)
        self.view.painted.connect(self.pixels.refresh)

    # -- starting and ending

    def start(self) -> None:
        """Show the scene; picture and torch are read when the window has painted."""
        self.models.load(self.scene.model.name)  # waits for the engine's thread, before any chain
        if self.scene.direction == "reverse":
            self._forward_t = min(Scene().t, self.scene.schedule.T)
        self.show_all()

    def read_picture(self) -> None:
        """The scene's own picture, at the first paint."""
        if not self._picture_asked:
            self._picture_asked = True
            self.shelf.fetch(self.scene.data.source)

    def start_engine(self) -> None:
        """A moment after the first paint: torch in the engine's threads, then the model."""
        self.read_picture()
        self.engine.start()
        self.engine.set_pace(self.scene.view.pace)

    @property
    def busy(self) -> bool:
        """Whether anything is still being read, loaded, computed or painted."""
        view = self.forward if self.scene.direction == "forward" else self.reverse
        waiting = self.shelf.busy or self.models.loading or self.jobs.running
        shown = self.laboratory.page if self.in_laboratory else self.view
        return not self.device_known or waiting or view.busy or shown.fresh

    def close(self) -> bool:
        """Cancel everything and wait for the threads; whether they ended in time."""
        self.playback.stop()
        self.shelf.close()
        return self.engine.close()

    # -- the scene

    @property
    def scene(self) -> Scene:
        return self.store.scene

    @property
    def session(self) -> Session:
        """This moment: what is shown, what made it, what runs."""
        sheet = self.laboratory.state if "laboratory" in vars(self) else SheetState()  # it was opened once
        store, parts = self.store, (self.models.state, self.jobs.state, self.reverse.state, sheet)
        undo, redo = store.undo_words, store.redo_words
        return Session(store.scene, *parts, store.can_undo, store.can_redo, undo_words=undo, redo_words=redo)

    @property
    def schedule(self) -> NoiseSchedule:
        """The schedule in force: the scene's in Forward, the model's own in Reverse."""
        if self.scene.direction == "reverse" and self.reverse.schedule is not None:
            return self.reverse.schedule
        spec = self.scene.schedule
        if self._schedules is None or self._schedules[0] != spec:
            self._schedules = (spec, make_schedule(spec))
        return self._schedules[1]

    @cached_property
    def laboratory(self) -> Laboratory:
        """The page of experiments, made when it is first opened."""
        from diffviz.gui.laboratory import Laboratory

        return Laboratory(self)

    @property
    def in_laboratory(self) -> bool:
        """Whether the page of experiments is the one that is seen."""
        return self.scene.view.page == "laboratory"

    def open_laboratory(self) -> None:
        """The page of experiments; they run reverse chains, so the model's schedule is in force."""
        self.set_direction("reverse", "laboratory")

    def set_direction(self, direction: str, page: str = "equation") -> None:
        """Forward or Reverse, on a page; each has its own t."""
        view = dataclasses.replace(self.scene.view, page=page)
        if direction == self.scene.direction:
            self.store.edit(view=view)
            return
        self.playback.stop()
        if direction == "reverse":
            self._forward_t = self.scene.t
            t = self.reverse.model.schedule.T if self.reverse.model else self.scene.schedule.T
            if self.reverse.level is not None:
                t = round(self.reverse.level)
        else:
            t = min(self._forward_t, self.scene.schedule.T)
        self.store.edit(direction=direction, t=t, view=view)
        self.focus_wanted.emit()

    def open_scene(self, scene: Scene) -> None:
        """Replace everything; the picture and the model follow."""
        self.playback.stop()
        self.jobs.cancel()
        self.reverse.put_aside()
        self._forward_t = scene.t if scene.direction == "forward" else self._forward_t
        self.models.follows = False  # the scene says how its chain is run
        self.store.set(scene, words="the opened scene")
        self.models.want(scene.model.name)  # also where another one is on its way

    def _show_recorded(self, job: int) -> None:
        """Undo goes to a moment at which another chain was shown; one that is no longer recorded stays away."""
        run = self.reverse.kept.get(job)
        if run is not None and not self.reverse.running:
            self.reverse.show_run(run)
            self.show_all()

    def _gesture_began(self) -> None:
        self.playback.stop()
        self.store.begin_gesture()

    def _gesture_ended(self) -> None:
        self.store.end_gesture()
        self.show_t()

    def _scene_changed(self, old: Scene, new: Scene) -> None:
        if old.data != new.data:
            self.shelf.fetch(new.data.source)
        if old.model.name != new.model.name:
            self.models.want(new.model.name)
        if old.view.pace != new.view.pace:
            self.engine.set_pace(new.view.pace)
        if (old.experiment, old.view.page) != (new.experiment, new.view.page):
            if "laboratory" in vars(self):  # it was opened once
                self.laboratory.show_scene(old, new)
            self.jobs.show_progress()
        t = self._true_t(old, new)
        if old.direction != new.direction:
            self.show_all()
        else:
            self._show_changes(old, new)
        if t != new.t:
            self.store.edit(t=t, undo=False)

    def _true_t(self, old: Scene, new: Scene) -> int:
        """The t of what is shown: in Reverse that of the nearest recorded state, which undo may have left."""
        if new.direction != "reverse" or (self.reverse.running and old.direction != new.direction):
            return new.t
        if self.reverse.level is None:
            return self.schedule.T  # nothing has run: x_T is what there is
        return new.t if round(self.reverse.level) == new.t else self.reverse.go_to_level(new.t)

    def _show_changes(self, old: Scene, new: Scene) -> None:
        if (old.schedule, old.view.curves) != (new.schedule, new.view.curves):
            self._show_schedule()
        if dataclasses.replace(old, t=new.t) != new:
            self.show_options()
        self.show_t()
        self.show_now()

    # -- showing

    def show_all(self) -> None:
        """Draw the whole scene anew."""
        if self.scene.direction == "forward":
            self.forward.show(self.scene)
        self._show_schedule()
        self.show_options()
        self.show_t()
        ticks = self.reverse.timeline if self.scene.direction == "reverse" else None
        self.schedule_panel.show_ticks(ticks.levels if ticks else ())
        self.jobs.show_progress()
        self.show_now()

    def _show_schedule(self) -> None:
        spec, reverse = self.scene.schedule, self.scene.direction == "reverse"
        known = catalog.SCHEDULES.get(self.schedule.name if reverse else spec.name)
        name = f"{known.label if known else self.schedule.name}, T = {self.schedule.T}"
        fans = tuple(self.reverse.fans.values()) if reverse else None
        self.schedule_panel.show_schedule(self.schedule, self.scene.view.curves, name, fans)
        self.options.check_end()

    def show_options(self) -> None:
        lock = ""
        if self.scene.direction == "reverse":
            own = f"{self.schedule.name}, T = {self.schedule.T}"
            lock = f"{own}: the model's own. A network only knows the noise levels it was trained on."
        self.side.show_scene(self.scene, self.schedule, lock.replace("_", " "), adds_noise(self.scene.sampler))
        self.side.folder_row.show_settings(self.scene, self.models.said)
        self.schedule_panel.show_scene(self.scene)
        view = self.scene.view
        self.playback.set_options(view.speed, view.loop)

    def show_t(self) -> None:
        level = self.reverse.level if self.scene.direction == "reverse" else None
        self.schedule_panel.show_t(min(self.scene.t, self.schedule.T) if level is None else level, self.schedule)

    def show_now(self) -> None:
        if self.scene.direction == "forward":
            self.forward.request(self.scene)
        else:
            if not self.reverse.states:
                self.reverse.request_start(self.scene)
            self.reverse.show(self.scene)
        self.state_changed.emit()

    def show_state(self) -> None:
        """Draw the recorded state that is shown now, and let the scene's t follow it."""
        t = self.scene.t if self.reverse.level is None else round(self.reverse.level)
        if t != self.scene.t:
            self.store.edit(t=t, undo=False)
        else:  # two states between the same whole levels share their t
            self.show_t()
            self.show_now()

    def chain_moved(self) -> None:
        if self.scene.direction == "reverse" and self.reverse.following:
            self.show_state()
        self.jobs.show_progress()

    # -- events of the engine

    def _receive(self, event: m.Event) -> None:
        handlers: dict[type, Callable[[Any], None]] = {
            m.Noised: self._noised,
            m.StartNoise: self._start_noise,
            m.DeviceReady: self._device_ready,
            m.ModelLoaded: self.models.loaded,
            m.ModelFailed: self.models.failed,
            m.ChainStarted: self.reverse.started,
            m.ChainStates: self._chain_states,
            m.ExperimentParts: lambda parts: self.laboratory.receive(parts),
            m.ExportProgress: self.jobs.export_progress,
            m.RunOpened: self.jobs.run_opened,
            m.JobDone: self.jobs.done,
            m.JobFailed: self.jobs.failed,
            m.JobCancelled: self.jobs.cancelled,
            m.Fault: self._fault,
        }
        handlers[type(event)](event)
        self.state_changed.emit()

    def _noised(self, event: m.Noised) -> None:
        visible = self.scene.direction == "forward"
        # the answer's own schedule: the scene may have moved on
        same = event.request.schedule == self.scene.schedule
        self.forward.receive(event, self.schedule if same else make_schedule(event.request.schedule), visible)

    def _start_noise(self, event: m.StartNoise) -> None:
        self.reverse.receive_start(event)
        if self.scene.direction == "reverse" and not self.reverse.states:
            self.reverse.show(self.scene)

    def _device_ready(self, event: m.DeviceReady) -> None:
        self.device_known = True
        self.device_changed.emit(event.label)
        if event.note:
            self.bar.show_message(event.note, "warning")

    def _chain_states(self, event: m.ChainStates) -> None:
        try:
            self.reverse.receive(event)
        finally:
            self.engine.ack(event.job)

    def _fault(self, event: m.Fault) -> None:
        self.forward.failed()
        self.reverse.failed()
        self.bar.show_message(f"{event.message} The log has the details: {log_path()}")
