"""Controller: builds what happens in the window, and connects it; nothing else."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from diffviz.engine.engine import Engine
from diffviz.gui.branches import BranchDesk
from diffviz.gui.bridge import Bridge
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
from diffviz.gui.side_wiring import connect_side
from diffviz.gui.spoken import Spoken
from diffviz.gui.status import Status
from diffviz.gui.strip_view import StripView
from diffviz.gui.walk import Levels, States, Walk
from diffviz.gui.welcome import Welcome
from diffviz.scene import Scene
from diffviz.schedule_file import own_schedules
from diffviz.session.state import NO_RUN, Session
from diffviz.session.store import Store

if TYPE_CHECKING:
    from diffviz.gui.laboratory import Laboratory


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

    def __init__(
        self, window: QWidget, scene: Scene, actions: dict[str, QAction], device: str = "auto", held: Any = None
    ) -> None:
        super().__init__(window)
        self._window, self.actions = window, actions
        self.store = Store(scene)
        self.bridge = Bridge()
        self.engine = Engine(self.bridge.emit_event, device, held)
        self.bar = MessageBar()
        self.device_known = self._picture_asked = False  # the device is there when the engine has said so
        self._build_screen()
        self._build_desks()
        self._build_sharing()
        self.actions["save_sound"].triggered.connect(lambda: self.doors.files.save_sound(self.hearing.heard()))
        connect_side(self.side, self.options, self.models, self.doors)
        self.side.generate.clicked.connect(self.toggle)
        self._connect()

    # -- building

    def _build_screen(self) -> None:
        self.view = EquationPanel()
        self.schedule_panel = SchedulePanel(self.actions)
        self.side = SidePanel(self.actions)
        self.shelf = PictureShelf(self)
        self.playback = Playback(self)
        self.chains = Chains(self.store)
        self.jobs = Jobs(self.store, self.engine, self.bar)
        self.options = Options(self.store, self.bar, self.chains, lambda: self.showing.show_options())
        self.forward = ForwardView(self.engine, self.view)
        self.reverse = ReverseView(self.engine, self.view, self.chains)
        self.showing = Showing(
            self.store,
            chains=self.chains,
            options=self.options,
            forward=self.forward,
            reverse=self.reverse,
            schedule_panel=self.schedule_panel,
            side=self.side,
            status=Status(self.side, self.schedule_panel, self.chains, self.jobs),
            playback=self.playback,
        )
        self.spoken = Spoken(self._window, self.store, self.view, self.schedule_panel)
        film = self.schedule_panel.strip
        self.strip = StripView(self.store, self.engine, film, forward=self.forward, chains=self.chains)
        seen = self.forward, self.chains, self.options
        self.plane = PlaneView(self.store, self.engine, self.view, seen, datum=lambda: self.shelf.kept(self.scene.data))
        panels = self.schedule_panel, self.view
        self.lens = LensView(self.store, self.engine, panels, seen, reverse=self.reverse, plane=self.plane)
        listen, heard = self.actions["play_sound"], (self.forward, self.chains, self.reverse)
        self.hearing = Hearing(self.store, self.bar, self.view, listen, seen=heard, datum=self.plane.datum)
        self.pages = Pages(self.store, self.chains)
        self.levels = Levels(self.store, lambda: self.options.own_schedule)
        walkable = {"forward": self.levels, "reverse": States(self.store, self.engine, self.chains)}
        pages = {name: lambda page=page: page for name, page in walkable.items()}
        every = {**pages, "laboratory": lambda: self.laboratory}
        self.walk = Walk(self.store, self.playback, every, self.showing.show_t)

    def _build_desks(self) -> None:
        fit = self.view.viewport.fit
        at, say = self._values_at, self.values_changed.emit
        self.pixels = Pixels(self.chains, self.reverse, self.view.viewport, self.options, at=at, say=say)
        self.pictures = PictureDesk(
            self.store,
            self.bar,
            shelf=self.shelf,
            pages=self.pages,
            view=self.forward,
            fit=fit,
            ask=self.actions["open"],
        )
        self.models = ModelDesk(
            self.store,
            self.engine,
            self.bar,
            chains=self.chains,
            jobs=self.jobs,
            side=self.side,
            actions=self.actions,
            focus=lambda *_: self.focus_wanted.emit(),
        )
        self.generating = ChainDesk(
            self.store,
            self.engine,
            self.bar,
            jobs=self.jobs,
            chains=self.chains,
            options=self.options,
            picture=self.forward,
            pages=self.pages,
            when_loaded=self.models.when_loaded,
            shelf=self.shelf,
        )

    def _build_sharing(self) -> None:
        """The desks that share what there is by now."""
        shared = self.shared = Shared(
            self._window,
            self.store,
            self.engine,
            self.bar,
            self.actions,
            jobs=self.jobs,
            chains=self.chains,
            models=self.models,
            pages=self.pages,
            generating=self.generating,
            view=self.forward,
            panel=self.view.x_t,
            pictures=self.pictures,
            shelf=self.shelf,
            open_scene=self.open_scene,
            options=self.options,
            side=self.side,
            say=self.values_changed.emit,
            lens=self.lens,
            plane=self.plane,
        )
        self.branches = BranchDesk(shared, self.view.viewport.fit)
        self.favourites = FavouriteDesk(shared, pointed=lambda: self.pixels.tile)
        self.side.run.show_favourites(self.favourites.menu)
        self.doors = Doors(shared, lambda: self.laboratory)
        self.reception = Reception(
            shared,
            self.doors,
            reverse=self.reverse,
            strip=self.strip,
            device_known=self._device_ready,
            done=self.stirred.emit,
        )

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
        return Welcome(self.shared, preferences, slider=self.schedule_panel.slider, levels=self.levels)

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
        self.models.datum = self.plane.datum
        self.pictures.arrived.connect(self.showing.show_new_picture)
        self.pictures.arrived.connect(self.models.data_arrived)
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
        before = self.chains.run.job if self.chains.states else NO_RUN
        self.chains.put_aside()
        self.models.follows = False  # the scene says how its chain is run
        self.store.set(scene, replaced=before, words="the opened scene")
        self.models.want(scene.model.name)  # also where another one is on its way

    def _changed(self, old: Session, new: Session) -> None:
        if old.scene.view.pace != new.scene.view.pace:
            self.engine.control.set_pace(new.scene.view.pace)
        if old.page != new.page or (new.job.kind and old.job != new.job and not old.job.running):
            self.playback.stop()
        if old.scene.forward is not new.scene.forward:
            self.view.viewport.fit()  # pictures of another size
            self.focus_wanted.emit()

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
