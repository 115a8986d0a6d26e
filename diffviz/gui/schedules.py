"""ScheduleDesk: schedules of one's own: imported, exported, kept by name, and offered in the combo."""

from __future__ import annotations

import dataclasses

from PySide6.QtWidgets import QFileDialog

from diffviz.bounded import Refusal
from diffviz.files import write_text
from diffviz.gui.panels.message_bar import REFUSED
from diffviz.gui.panels.schedule_card import OWN
from diffviz.gui.saving import ask_where, written
from diffviz.gui.shared import Shared
from diffviz.scene import ScheduleSpec
from diffviz.schedule_file import SUFFIX, own_path, own_schedules, read_schedule, schedule_text

FILES = "β schedules (*.json);;All files (*)"


class ScheduleDesk:
    """Between the scene's schedule and files.

    Attributes:
        seen: leads to where the schedule is seen.
    """

    def __init__(self, shared: Shared) -> None:
        self._window, self._store, self._notices = shared.window, shared.store, shared.notices
        self._options, self._side, self._folder = shared.options, shared.side, shared.folder
        self.seen = lambda: shared.pages.go("forward")

    def show_own(self) -> None:
        """Offer what is kept now in the combo."""
        self._side.schedule_card.show_own(own_schedules())
        self._options.show_again()

    def choose(self, name: str) -> None:
        """An entry of the combo: a formula by its name, or one of one's own, whose name says so."""
        if not name.startswith(OWN):
            if name != self._store.scene.schedule.name:  # the scene's own list is there already
                self._options.schedule(name=name, params=(), betas=(), title="")
            return
        try:
            spec = read_schedule(own_path(name.removeprefix(OWN)))
        except Refusal as error:
            self._notices.show_message(str(error), "warning", topic=REFUSED)
            self._options.show_again()
        else:
            self._take(spec)

    def open(self, path: str) -> None:
        """Take the schedule of a file; the scene stays as it is where it is refused."""
        try:
            spec = read_schedule(path)
        except Refusal as error:
            self._notices.show_refused(str(error), self.ask_import)
            return
        self._notices.clear_topic(REFUSED)
        self._folder.note(path)
        self.seen()
        self._take(spec)

    def _take(self, spec: ScheduleSpec) -> None:
        self._options.schedule(**{f.name: getattr(spec, f.name) for f in dataclasses.fields(spec)})

    def ask_import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Import β schedule", self._folder.path, FILES)
        if path:
            self.open(path)

    def ask_export(self) -> None:
        """Write the β of the schedule in force, as diffusers' schedulers take them."""
        spec, schedule = self._store.scene.schedule, self._options.plain
        start = self._folder.at(f"{spec.title or schedule.name}{SUFFIX}")
        kinds = {SUFFIX: "β schedule"}
        path = ask_where(self._window, "Export β schedule", start, kinds, self._notices)
        if path is None:
            return
        zero = self._store.scene.forward and spec.zero_snr
        if written(self._notices, path, lambda: write_text(path, schedule_text(schedule.beta[1:].tolist(), zero))):
            self._folder.note(path)
