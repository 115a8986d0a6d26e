"""Doors: every way in and out of the window: pictures, scenes, runs, sheets and films."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from diffviz.engine.port import Port
from diffviz.gui.chains import Chains
from diffviz.gui.file_actions import FileActions
from diffviz.gui.folder import LastFolder
from diffviz.gui.forward_view import ForwardView
from diffviz.gui.jobs import Jobs
from diffviz.gui.last_time import LastTime
from diffviz.gui.models import ModelDesk
from diffviz.gui.pages import Pages
from diffviz.gui.panels.message_bar import MessageBar
from diffviz.gui.panels.picture_card import PictureCard
from diffviz.gui.picture_desk import PictureDesk
from diffviz.gui.pictures import PictureShelf
from diffviz.gui.run_files import RunFiles
from diffviz.gui.scene_files import SceneFiles
from diffviz.gui.sheet_export import SheetExport
from diffviz.palette import Palette
from diffviz.scene import Scene
from diffviz.session.store import Store

if TYPE_CHECKING:
    from diffviz.gui.exports import ExportDesk
    from diffviz.gui.laboratory import Laboratory


class Doors:
    """Builds the desks of files, which share the folder of the last one."""

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
        view: ForwardView,
        panel: PictureCard,
        pictures: PictureDesk,
        shelf: PictureShelf,
        laboratory: Callable[[], Laboratory],
        open_scene: Callable[[Scene], None],
        say: Callable[[str], None],
    ) -> None:
        self._window, self._store, self._port = window, store, port
        self._jobs, self._chains, self._view, self._panel = jobs, chains, view, panel
        folder = self.folder = LastFolder()
        self.files = FileActions(
            window, store, notices, panel=panel, pictures=pictures, shelf=shelf, folder=folder, say=say
        )
        self.scenes = SceneFiles(
            window,
            store,
            notices,
            actions,
            chains=chains,
            view=view,
            pictures=pictures,
            shelf=shelf,
            folder=folder,
            open_any=self.files.open_any,
            show=open_scene,
        )
        self.runs = RunFiles(
            window,
            store,
            port,
            notices,
            jobs=jobs,
            chains=chains,
            models=models,
            pages=pages,
            folder=folder,
            open_any=self.files.open_any,
        )
        self.files.open_scene = self.scenes.open
        self.files.open_run, self.files.open_model = self.runs.open, models.load
        self.last_time = LastTime(store, notices, chains=chains, scenes=self.scenes, runs=self.runs)
        self.sheets = SheetExport(
            window, store, port, notices, jobs=jobs, laboratory=laboratory, folder=folder, say=say
        )

    @cached_property
    def films(self) -> ExportDesk:
        """Made when it is first asked for: a launch does not wait for what it imports."""
        from diffviz.gui.exports import ExportDesk

        return ExportDesk(
            self._window,
            self._store,
            self._port,
            jobs=self._jobs,
            chains=self._chains,
            picture=self._view,
            panel=self._panel,
            folder=self.folder,
        )

    def show_export(self, palette: Palette) -> None:
        """The export dialog, beside the window; in the laboratory a save dialog for its sheet."""
        if self._store.session.page == "laboratory":
            self.sheets.ask(palette)
        else:
            self.films.show()

    def close(self) -> None:
        if "films" in vars(self):  # it was asked for
            self.films.dialog.close()
