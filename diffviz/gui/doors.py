"""Doors: every way in and out of the window: pictures, scenes, runs, sheets and films."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from diffviz import catalog
from diffviz.gui.file_actions import FileActions
from diffviz.gui.file_kinds import model_of
from diffviz.gui.shared import Shared

if TYPE_CHECKING:
    from diffviz.gui.designing import DesignDesk
    from diffviz.gui.drawing import DrawingDesk
    from diffviz.gui.exports import ExportDesk, SheetExport
    from diffviz.gui.laboratory import Laboratory
    from diffviz.gui.last_time import LastTime
    from diffviz.gui.points_brush import PointsBrush
    from diffviz.gui.run_files import RunFiles
    from diffviz.gui.scene_files import SceneFiles
    from diffviz.gui.schedules import ScheduleDesk
    from diffviz.gui.small_desk import SmallDesk


class Doors:
    """The desks of files, which share the folder of the last one.

    All but the first are made when they are asked for: a launch does not wait for what they import.
    """

    def __init__(self, shared: Shared, laboratory: Callable[[], Laboratory]) -> None:
        self._shared, self._store, self.folder, self.laboratory = shared, shared.store, shared.folder, laboratory
        self.files = FileActions(shared)
        self.files.ways = {
            "scene": lambda path: self.scenes.open(path),
            "run": lambda path: self.runs.open(path),
            "schedule": lambda path: self.schedules.open(path),
            "folder": shared.models.load,
            "model": lambda path: shared.models.load(model_of(path)),
        }

    @cached_property
    def scenes(self) -> SceneFiles:
        from diffviz.gui.scene_files import SceneFiles

        return SceneFiles(self._shared)

    @cached_property
    def schedules(self) -> ScheduleDesk:
        from diffviz.gui.schedules import ScheduleDesk

        return ScheduleDesk(self._shared)

    @cached_property
    def designing(self) -> DesignDesk:
        from diffviz.gui.designing import DesignDesk

        return DesignDesk(self._shared, self.schedules)

    @cached_property
    def drawing(self) -> DrawingDesk:
        from diffviz.gui.drawing import DrawingDesk

        return DrawingDesk(self._shared)

    @cached_property
    def brush(self) -> PointsBrush:
        from diffviz.gui.points_brush import PointsBrush

        return PointsBrush(self._shared)

    def draw(self) -> None:
        """What draws x_0: points in the plane with a brush on them, else a picture for the network."""
        if catalog.KINDS[self._store.scene.data.kind].plane:
            self.brush.toggle()
        else:
            self.drawing.show()

    def put_brush_away(self) -> bool:
        """Whether one was in the hand."""
        return "brush" in vars(self) and self.brush.put_away()

    @cached_property
    def runs(self) -> RunFiles:
        from diffviz.gui.run_files import RunFiles

        return RunFiles(self._shared)

    @cached_property
    def last_time(self) -> LastTime:
        from diffviz.gui.last_time import LastTime

        return LastTime(self._shared, self.scenes, self.runs)

    @cached_property
    def sheets(self) -> SheetExport:
        from diffviz.gui.exports import SheetExport

        return SheetExport(self._shared, self.laboratory)

    @cached_property
    def films(self) -> ExportDesk:
        from diffviz.gui.exports import ExportDesk

        return ExportDesk(self._shared)

    @cached_property
    def small(self) -> SmallDesk:
        from diffviz.gui.small_desk import SmallDesk

        return SmallDesk(self._shared)

    def train(self, on_pictures: Callable[[], object]) -> None:
        """The dialog that trains on what is open: points here, or pictures."""
        if catalog.KINDS[self._store.scene.data.kind].cloud:
            self.small.show()
        else:
            on_pictures()

    def show_export(self) -> None:
        """The export dialog, beside the window; in the laboratory a save dialog for its sheet."""
        if self._store.scene.laboratory:
            self.sheets.ask()
        else:
            self.films.show()

    def schedule_slots(self) -> dict[str, Callable[[], object]]:
        """What the actions of schedules do."""
        return {
            "pin_schedule": self._shared.options.pin,
            "unfold": self._shared.options.unfold,
            "design": lambda: self.designing.show(),
            "import_schedule": lambda: self.schedules.ask_import(),
            "export_schedule": lambda: self.schedules.ask_export(),
        }

    def close(self) -> None:
        if "films" in vars(self):  # it was asked for
            self.films.dialog.close()
