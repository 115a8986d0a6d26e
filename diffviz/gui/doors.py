"""Doors: every way in and out of the window: pictures, scenes, runs, sheets and films."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from diffviz import catalog
from diffviz.engine.port import Port
from diffviz.gui.chains import Chains
from diffviz.gui.file_actions import FileActions
from diffviz.gui.folder import LastFolder
from diffviz.gui.forward_view import ForwardView
from diffviz.gui.generating import ChainDesk
from diffviz.gui.jobs import Jobs
from diffviz.gui.lens_view import LensView
from diffviz.gui.models import ModelDesk
from diffviz.gui.options import Options
from diffviz.gui.pages import Pages
from diffviz.gui.panels.message_bar import MessageBar
from diffviz.gui.panels.picture_card import PictureCard
from diffviz.gui.panels.side_panel import SidePanel
from diffviz.gui.picture_desk import PictureDesk
from diffviz.gui.pictures import PictureShelf
from diffviz.gui.plane_view import PlaneView
from diffviz.palette import Palette
from diffviz.scene import Scene
from diffviz.session.store import Store

if TYPE_CHECKING:
    from diffviz.gui.designing import DesignDesk
    from diffviz.gui.drawing import DrawingDesk
    from diffviz.gui.exports import ExportDesk
    from diffviz.gui.laboratory import Laboratory
    from diffviz.gui.last_time import LastTime
    from diffviz.gui.points_brush import PointsBrush
    from diffviz.gui.run_files import RunFiles
    from diffviz.gui.scene_files import SceneFiles
    from diffviz.gui.schedules import ScheduleDesk
    from diffviz.gui.sheet_export import SheetExport
    from diffviz.gui.small_desk import SmallDesk


class Doors:
    """The desks of files, which share the folder of the last one.

    All but the first are made when they are asked for: a launch does not wait for what they import.
    """

    def __init__(
        self,
        window: QWidget,
        store: Store,
        port: Port,
        notices: MessageBar,
        actions: Mapping[str, QAction],
        *,
        jobs: Jobs,
        chains: Chains,
        models: ModelDesk,
        pages: Pages,
        generating: ChainDesk,
        view: ForwardView,
        panel: PictureCard,
        pictures: PictureDesk,
        shelf: PictureShelf,
        laboratory: Callable[[], Laboratory],
        open_scene: Callable[[Scene], None],
        options: Options,
        side: SidePanel,
        say: Callable[[str], None],
        lens: LensView,
        plane: PlaneView,
    ) -> None:
        self._window, self._store, self._port, self._notices, self._actions = window, store, port, notices, actions
        self._jobs, self._chains, self._view, self._panel = jobs, chains, view, panel
        self._models, self._pages, self._pictures, self._shelf = models, pages, pictures, shelf
        self._generating, self._options, self._side = generating, options, side
        self._laboratory, self._open_scene, self._say = laboratory, open_scene, say
        self._lens, self._plane = lens, plane
        folder = self.folder = LastFolder()
        self.files = FileActions(
            window, store, notices, panel=panel, pictures=pictures, shelf=shelf, folder=folder, say=say
        )
        self.files.open_scene = lambda path: self.scenes.open(path)
        self.files.open_run = lambda path: self.runs.open(path)
        self.files.open_model = models.load
        self.files.open_schedule = lambda path: self.schedules.open(path)

    @cached_property
    def scenes(self) -> SceneFiles:
        from diffviz.gui.scene_files import SceneFiles

        return SceneFiles(
            self._window,
            self._store,
            self._notices,
            self._actions,
            chains=self._chains,
            view=self._view,
            pictures=self._pictures,
            shelf=self._shelf,
            folder=self.folder,
            open_any=self.files.open_any,
            show=self._open_scene,
        )

    @cached_property
    def schedules(self) -> ScheduleDesk:
        from diffviz.gui.schedules import ScheduleDesk

        return ScheduleDesk(
            self._window,
            self._store,
            self._notices,
            options=self._options,
            side=self._side,
            folder=self.folder,
            seen=lambda: self._pages.go("forward"),
        )

    @cached_property
    def designing(self) -> DesignDesk:
        from diffviz.gui.designing import DesignDesk

        steps = self._actions["undo"], self._actions["redo"]
        return DesignDesk(
            self._window,
            self._store,
            steps,
            options=self._options,
            chains=self._chains,
            schedules=self.schedules,
        )

    @cached_property
    def drawing(self) -> DrawingDesk:
        from diffviz.gui.drawing import DrawingDesk

        return DrawingDesk(
            self._window,
            self._store,
            (self._actions["undo"], self._actions["redo"]),
            shelf=self._shelf,
            pictures=self._pictures,
            picture=self._view,
            chains=self._chains,
            jobs=self._jobs,
            generating=self._generating,
        )

    @cached_property
    def brush(self) -> PointsBrush:
        from diffviz.gui.points_brush import PointsBrush

        return PointsBrush(
            self._store,
            self._notices,
            panel=self._plane.x_0,
            card=self._side.plane_card,
            forward=self._view,
            pictures=self._pictures,
            pages=self._pages,
            datum=self._plane.datum,
            say=self._say,
        )

    def draw(self, palette: Palette) -> None:
        """What draws x_0: points in the plane with a brush on them, else a picture for the network."""
        if catalog.KINDS[self._store.scene.data.kind].plane:
            self.brush.toggle()
        else:
            self.drawing.show(palette)

    def put_brush_away(self) -> bool:
        """Whether one was in the hand."""
        return "brush" in vars(self) and self.brush.put_away()

    @cached_property
    def runs(self) -> RunFiles:
        from diffviz.gui.run_files import RunFiles

        return RunFiles(
            self._window,
            self._store,
            self._port,
            self._notices,
            jobs=self._jobs,
            chains=self._chains,
            models=self._models,
            pages=self._pages,
            folder=self.folder,
            open_any=self.files.open_any,
        )

    @cached_property
    def last_time(self) -> LastTime:
        from diffviz.gui.last_time import LastTime

        return LastTime(self._store, self._notices, chains=self._chains, scenes=self.scenes, runs=self.runs)

    @cached_property
    def sheets(self) -> SheetExport:
        from diffviz.gui.sheet_export import SheetExport

        return SheetExport(
            self._window,
            self._store,
            self._port,
            self._notices,
            jobs=self._jobs,
            laboratory=self._laboratory,
            folder=self.folder,
            say=self._say,
        )

    @cached_property
    def films(self) -> ExportDesk:
        from diffviz.gui.exports import ExportDesk

        return ExportDesk(
            self._window,
            self._store,
            self._port,
            self._notices,
            jobs=self._jobs,
            chains=self._chains,
            picture=self._view,
            panel=self._panel,
            folder=self.folder,
            known=self._lens.known,
        )

    @cached_property
    def small(self) -> SmallDesk:
        from diffviz.gui.small_desk import SmallDesk

        return SmallDesk(
            self._window,
            self._store,
            self._port,
            jobs=self._jobs,
            models=self._models,
            plane=self._plane,
            lens=self._lens,
        )

    def train(self, palette: Palette, on_pictures: Callable[[], object]) -> None:
        """The dialog that trains on what is open: points here, or pictures."""
        if catalog.KINDS[self._store.scene.data.kind].cloud:
            self.small.show(palette)
        else:
            on_pictures()

    def show_export(self, palette: Palette) -> None:
        """The export dialog, beside the window; in the laboratory a save dialog for its sheet."""
        if self._store.scene.laboratory:
            self.sheets.ask(palette)
        else:
            self.films.show()

    def schedule_slots(self, palette: Callable[[], Palette]) -> dict[str, Callable[[], object]]:
        """What the actions of schedules do."""
        return {
            "pin_schedule": self._options.pin,
            "unfold": self._options.unfold,
            "design": lambda: self.designing.show(palette()),
            "import_schedule": lambda: self.schedules.ask_import(),
            "export_schedule": lambda: self.schedules.ask_export(),
        }

    def set_look(self, palette: Palette) -> None:
        for name in ("designing", "drawing", "small"):
            if name in vars(self):  # it was asked for
                getattr(self, name).dialog.set_look(palette)

    def close(self) -> None:
        if "films" in vars(self):  # it was asked for
            self.films.dialog.close()
