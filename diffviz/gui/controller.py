"""Controller: builds what happens in the window, and connects it; nothing else."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from diffviz.engine.engine import Engine
from diffviz.gui.branches import BranchDesk
from diffviz.gui.chains import Chains
from diffviz.gui.doors import Doors
from diffviz.gui.favourites import FavouriteDesk
from diffviz.gui.forward_view import ForwardView
from diffviz.gui.generating import ChainDesk
from diffviz.gui.hearing import Hearing
from diffviz.gui.jobs import Jobs
from diffviz.gui.lens_view import LensView
from diffviz.gui.models import ModelDesk
from diffviz.gui.numbers import Values
from diffviz.gui.options import Options
from diffviz.gui.pages import Pages
from diffviz.gui.panels.controls import free_keys, say_typed
from diffviz.gui.panels.equation_panel import EquationPanel
from diffviz.gui.panels.message_bar import MessageBar
from diffviz.gui.panels.schedule_panel import SchedulePanel
from diffviz.gui.panels.side_panel import SidePanel
from diffviz.gui.parts import Parts
from diffviz.gui.picture_desk import PictureDesk
from diffviz.gui.pictures import PictureShelf
from diffviz.gui.pixels import Pixels
from diffviz.gui.plane_view import PlaneView
from diffviz.gui.playback import Playback
from diffviz.gui.preferences import Preferences
from diffviz.gui.reception import Reception
from diffviz.gui.reverse_view import ReverseView
from diffviz.gui.shared import Shared
from diffviz.gui.showing import Showing
from diffviz.gui.spoken import Spoken
from diffviz.gui.strip_view import StripView
from diffviz.gui.walk import Levels, States, Walk
from diffviz.gui.welcome import Welcome
from diffviz.gui.words_desk import WordsDesk
from diffviz.scene import Scene
from diffviz.schedule_file import own_schedules
from diffviz.session.state import ASIDE, Session
from diffviz.session.store import Store

if TYPE_CHECKING:
    from diffviz.gui.laboratory import Laboratory

from PySide6.QtCore import Qt

from diffviz.engine.messages import Event
from diffviz.gui.file_actions import FileActions
from diffviz.gui.panels.noise_card import FILE


class Bridge(QObject):
    """``emit`` may be called from any thread; ``arrived`` comes out in the thread that made the bridge."""

    arrived = Signal(object)
    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        # signal to signal on one object: queued, because the emitting thread is not the object's
        self._posted.connect(self.arrived, Qt.ConnectionType.QueuedConnection)

    def emit_event(self, event: Event) -> None:
        """Hand an event over to the GUI thread."""
        self._posted.emit(event)


class Controller(QObject):
    """The parts of a window by name, and the signals between them.

    Signals: ``stirred()`` when something may have come to rest: an event was handled, or a picture painted;
    ``focus_wanted()``: the keys belong to the slider again; ``device_changed(label)``; ``values_changed(text)`` for the
    pixel under the cursor.
    """

    stirred = Signal()
    focus_wanted = Signal()
    device_changed = Signal(str)
    values_changed = Signal(str)

    def __init__(self, window: QMainWindow, scene: Scene, actions: dict[str, QAction], device: str, held: Any) -> None:
        super().__init__(window)
        self._window, self.actions = window, actions
        self.store = Store(scene)
        self.bridge = Bridge()
        self.engine = Engine(self.bridge.emit_event, device, held)
        self.bar = MessageBar()
        self.device_known = self._picture_asked = False  # the device is there when the engine has said so
        parts = self._build_parts()
        self._build_screen(parts)
        self._build_desks(parts)
        self.actions["save_sound"].triggered.connect(lambda: self.doors.files.save_sound(self.hearing.heard()))
        connect_side(self.side, self.options, self.models, self.doors)
        self.side.generate.clicked.connect(self.toggle)
        self._connect()

    # -- building

    def _build_parts(self) -> Parts:
        self.view = EquationPanel()
        self.schedule_panel = SchedulePanel(self.actions)
        self.side = SidePanel(self.actions)
        self.shelf = PictureShelf(self)
        self.playback = Playback(self)
        self.chains = Chains(self.store)
        self.jobs = Jobs(self.store, self.engine, self.bar)
        again, say = lambda: self.showing.show_options(), self.values_changed.emit
        self.options = Options(self.store, self.bar, self.chains, again, say)
        self.pages = Pages(self.store, self.chains)
        self.forward = ForwardView(self.engine, self.view)
        self.reverse = ReverseView(self.engine, self.view, self.chains)
        return Parts(
            self._window,
            self.store,
            self.engine,
            self.bar,
            self.actions,
            equation=self.view,
            curves=self.schedule_panel,
            side=self.side,
            shelf=self.shelf,
            playback=self.playback,
            chains=self.chains,
            jobs=self.jobs,
            options=self.options,
            pages=self.pages,
            view=self.forward,
            reverse=self.reverse,
            say=self.values_changed.emit,
        )

    def _build_screen(self, parts: Parts) -> None:
        self.showing, self.spoken, self.strip = Showing(parts), Spoken(parts), StripView(parts)
        self.plane = PlaneView(parts)
        self.lens = LensView(parts, self.plane)
        self.hearing = Hearing(parts)
        self.pixels = Pixels(parts, self._values_at)
        self.levels, states = Levels(parts), States(parts)
        self.walk = Walk(
            parts,
            {"forward": lambda: self.levels, "reverse": lambda: states, "laboratory": lambda: self.laboratory},
            self.showing.show_t,
        )

    def _build_desks(self, parts: Parts) -> None:
        self.pictures = PictureDesk(parts)
        self.models = ModelDesk(parts, focus=lambda *_: self.focus_wanted.emit())
        self.generating = ChainDesk(parts, self.models.when_loaded)
        shared = self.shared = Shared(
            **vars(parts),
            models=self.models,
            generating=self.generating,
            pictures=self.pictures,
            lens=self.lens,
            plane=self.plane,
            open_scene=self.open_scene,
        )
        self.branches = BranchDesk(shared)
        self.words = WordsDesk(shared)
        self.favourites = FavouriteDesk(shared, pointed=lambda: self.pixels.tile)
        self.side.run.star.setMenu(self.favourites.menu)
        self.doors = Doors(shared, lambda: self.laboratory)
        told = {"device_known": self._device_ready, "done": self.stirred.emit}
        self.reception = Reception(shared, self.doors, self.strip, **told)

    @cached_property
    def laboratory(self) -> Laboratory:
        """The page of experiments, made when it is first opened."""
        from diffviz.gui.laboratory import Laboratory

        laboratory = Laboratory(self.shared, self.hearing.let_hear)
        self.pictures.arrived.connect(laboratory.show_card)
        laboratory.page.sheet.painted.connect(self.stirred)
        for card in laboratory.page.pair.cards:
            card.view.painted.connect(self.stirred)
        return laboratory

    def _device_ready(self, label: str) -> None:
        self.device_known = True
        self.device_changed.emit(label)

    def welcome(self, preferences: Preferences) -> Welcome:
        """The opening and the first hint of a window that remembers whether they were seen."""
        return Welcome(self.shared, preferences, self.levels)

    def _connect(self) -> None:
        panel, options = self.schedule_panel, self.options
        self.store.changed.connect(self._changed)
        self.store.changed.connect(lambda old, new: self.bar.show_session(new))
        self.bridge.arrived.connect(self.reception.receive)
        self.playback.moved.connect(self.walk.play_to)
        self.playback.playing_changed.connect(lambda playing: self.store.update(playing=playing))
        panel.t_changed.connect(self.walk.go_to)
        panel.gesture_began.connect(self._gesture_began)
        panel.gesture_ended.connect(self._gesture_ended)
        panel.curves_chosen.connect(lambda kind: options.view(curves=kind))
        panel.speed_chosen.connect(lambda speed: options.view(speed=speed))
        panel.pacing_chosen.connect(lambda pacing: options.view(pacing=pacing))
        self.generating.begun.connect(free_keys)  # the arrows walk its states
        self.pictures.arrived.connect(self.showing.show_new_picture)
        self.pictures.arrived.connect(lambda: self.models.data_arrived(self.pictures.opened))
        painted = self.view.painted, panel.strip.painted, panel.lens.plot.painted
        for signal in (self.shelf.ready, self.shelf.refused, *painted):
            signal.connect(self.stirred)
        self.view.hovered.connect(self.pixels.hovered)
        self.hearing.entered.connect(self.pixels.look_into)
        self.view.clicked.connect(self._clicked)
        self.view.viewport.fit_wanted.connect(self.pixels.fill)
        self.view.line.linkActivated.connect(lambda _: self.actions["unfold"].trigger())
        line = self.view.divider
        line.moved.connect(lambda share: options.view(split=share))
        line.gesture_began.connect(self._gesture_began)
        line.gesture_ended.connect(self._gesture_ended)
        self.view.large_chosen.connect(lambda name: options.view(large=name))
        self.view.settled.connect(self.showing.show_size)
        self.view.settled.connect(self.stirred)
        self.view.painted.connect(self.pixels.refresh)
        self.plane.read.connect(self.pixels.refresh)

    # -- starting and ending

    def start(self) -> None:
        """Show the scene; picture and torch are read when the window has painted."""
        self.side.schedule_card.show_own(own_schedules())
        self.models.load(self.scene.model.name)  # waits for the engine's thread, before any chain
        self.showing.show_all()
        self.lens.show()

    def read_picture(self) -> None:
        """The scene's own picture, at the first paint."""
        if not self._picture_asked:
            self._picture_asked = True
            self.shelf.fetch(self.scene.data)

    def start_engine(self) -> None:
        """A moment after the first paint: torch in the engine's threads, then the model."""
        self.read_picture()
        self.engine.start()
        self.engine.control.set_pace(self.scene.view.pace)

    @property
    def busy(self) -> bool:
        """Whether anything is still being read, loaded, computed or painted."""
        waiting = self.shelf.busy or self.models.loading or self.jobs.running
        shown = self.laboratory.page if self.scene.laboratory else self.view
        asked = self._page.busy or self.strip.busy or self.lens.busy or self.plane.busy
        return not self.device_known or waiting or asked or shown.fresh or self.schedule_panel.lens.fresh

    @property
    def _page(self) -> ForwardView | ReverseView:
        """What draws the equation of the page that is seen, or was before the laboratory."""
        return self.forward if self.scene.forward else self.reverse

    def close(self) -> bool:
        """Cancel everything and wait for the threads; whether they ended in time."""
        self.playback.stop()
        self.hearing.close()
        self.shelf.close()
        ended = self.engine.close()
        self.bridge.arrived.disconnect(self.reception.receive)  # what is still on its way finds no widgets
        return ended

    def _values_at(self, x: int, y: int) -> tuple[str, Values]:
        """Where a pixel of the page that is seen is, and its numbers; over x_t in the plane, density and score."""
        place, values = self._page.values_at(x, y)
        return place, [*values, *self.plane.values()]

    # -- the session

    @property
    def scene(self) -> Scene:
        return self.store.scene

    @property
    def session(self) -> Session:
        """This moment: what is shown, what made it, what runs."""
        return self.store.session

    def open_scene(self, scene: Scene) -> None:
        """Replace everything; the picture and the model follow."""
        self.playback.stop()
        self.jobs.cancel()
        before = self.chains.run.job if self.chains.states else ASIDE
        self.chains.put_aside()
        self.models.take_scene()
        self.store.set(scene, replaced=before, words="the opened scene")
        self.models.want(scene.model.name)  # also where another one is on its way

    def _changed(self, old: Session, new: Session) -> None:
        if old.scene.view.pace != new.scene.view.pace:
            self.engine.control.set_pace(new.scene.view.pace)
        if old.page != new.page or (new.job.kind and old.job != new.job and not old.job.running):
            self.playback.stop()
        if old.scene.forward is not new.scene.forward:
            self.focus_wanted.emit()

    def fit(self) -> None:
        """Whole pictures, on the page that is seen."""
        (self.laboratory.page.pair.viewport.fit if self.scene.laboratory else self.pixels.fill)()

    def generate(self) -> None:
        """Run the chain, or in the laboratory its experiment."""
        (self.laboratory.run if self.scene.laboratory else self.generating.generate)()

    def toggle(self) -> None:
        """The button: Generate or Run, or Stop while a chain or an experiment runs."""
        if self.session.job.kind in ("generate", "experiment"):
            self.jobs.cancel()
        else:
            say_typed(self._window)
            self.generate()

    def _gesture_began(self) -> None:
        self.playback.stop()
        self.store.begin_gesture()

    def _gesture_ended(self) -> None:
        self.store.end_gesture()
        self.showing.show_t()

    def _clicked(self, x: int, y: int) -> None:
        if self.scene.forward or not self.pixels.clicked(x, y):
            self.lens.pin(x, y)

    def leave(self) -> bool:
        """Esc: the brush away, back to the grid, from futures to their chain; whether there was anything to leave."""
        if self.doors.put_brush_away():
            return True
        return self.pixels.leave_tile() or (bool(self.chains.run.fan) and self.branches.back())


def connect_side(side: SidePanel, options: Options, models: ModelDesk, doors: Doors) -> None:
    """Let each intent edit the scene."""
    card, noise = side.schedule_card, side.noise_card
    card.chosen.connect(lambda name: doors.schedules.choose(name))
    card.param_chosen.connect(options.schedule_param)
    card.reset_asked.connect(lambda: options.schedule(params=()))
    noise.guess_chosen.connect(lambda name: _choose_guess(name, options, doors.files))
    side.sound_card.chosen.connect(lambda name: options.view(heard=name))
    side.model_chosen.connect(models.choose)
    side.sampler_chosen.connect(options.sampler)
    side.folder_row.button.clicked.connect(options.as_said)
    side.defaults.clicked.connect(options.as_default)
    side.sampler_param_chosen.connect(options.sampler_param)
    for panel in (side, card, noise, side.plane_card, side.guidance_rows):
        panel.setting_chosen.connect(options.take)


def _choose_guess(name: str, options: Options, files: FileActions) -> None:
    """What stands in the posterior's place of x_0; a file is asked for."""
    source = files.ask_other() if name == FILE else name
    if source:
        options.view(guess=source)
    else:
        options.show_again()
