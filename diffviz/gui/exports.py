"""ExportDesk: films and filmstrips of what the window shows; SheetExport: the laboratory's sheet, by a suffix."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from diffviz.engine import messages as m
from diffviz.engine.futures import adds_noise
from diffviz.export.encoders import ENCODERS
from diffviz.export.options import Options
from diffviz.gui.panels.export_dialog import ExportDialog
from diffviz.gui.panels.export_order import MOST, Order, Shown
from diffviz.gui.saving import TOPIC, ask_where, say_ended
from diffviz.gui.shared import Shared
from diffviz.gui.theme import X_HAT, palette_of
from diffviz.kinds import PICTURE
from diffviz.session import permits

if TYPE_CHECKING:
    from diffviz.gui.laboratory import Laboratory


class ExportDesk:
    """The dialog, what it is told and what it wants."""

    def __init__(self, shared: Shared) -> None:
        self._store, self._port, self._notices, self._jobs = shared.store, shared.port, shared.notices, shared.jobs
        self._chains, self._picture, self._folder = shared.chains, shared.view, shared.folder
        self._panel, self._known = shared.equation.x_t, shared.lens.known
        self._job, self._path = -1, Path()
        self.dialog = ExportDialog(shared.window)
        self.dialog.wanted.connect(self.write)
        self.dialog.cancel_wanted.connect(self._cancel)
        self.dialog.looked.connect(self._look)
        self.dialog.watched.connect(self._watched)
        self._store.changed.connect(self._look)

    def show(self) -> None:
        self.dialog.come()

    def _look(self, *_: object) -> None:
        """Tell the dialog what is shown, while it is open."""
        if not self.dialog.isVisible():
            return
        scene, size = self._store.scene, None
        if scene.laboratory:  # whose sheet another dialog exports
            self.dialog.close()
            return
        if self._store.session.seen_kind == PICTURE.name:
            own = self._picture.picture if scene.forward else None  # on the screen it has the size of its card
            picture = self._panel.displayed_array() if own is None else own
            height, width = picture.shape[:2] if picture.size else (256, 256)
            size = height, width
        most = MOST if scene.forward else max(2, len(self._chains.states))
        folder = str(self._folder.at("x").parent)
        rows = "" if scene.forward else f"xₜ above {X_HAT}₀"
        if scene.forward and scene.pinned:
            rows = f"{scene.schedule.label} above {scene.pinned[0].label}"
        lens = scene.view.lens != "schedule"
        busy = permits.running(self._store.session)
        fresh = scene.fresh if scene.forward else adds_noise(self._chains.run.scene.sampler)
        self.dialog.show_shown(Shown(scene.forward, most, size, folder, busy, rows, lens, fresh))

    def _watched(self, seen: bool) -> None:
        """The dialog was opened, or put away: then a notice keeps what it would say."""
        if seen:
            self._notices.clear_topic(TOPIC)
        elif self._jobs.runs(self._job):
            text = f"Writing {self._path.name}…"
            self._notices.show_message(text, "info", ("Cancel", self._cancel), topic=TOPIC)

    def _ended(self, how: str, detail: str) -> None:
        self.dialog.show_end(how, detail)
        if not self.dialog.isVisible():
            say_ended(self._notices, self._path, how)

    def write(self, order: Order) -> bool:
        """Begin to write; whether nothing else ran."""
        if self._jobs.refused():
            return False
        self._job, self._path = self._jobs.begin("export", self._ended, self.dialog.show_progress), Path(order.path)
        self._folder.note(self._path)
        now = self._store.scene
        chain = self._chains.run
        sample = None if now.forward else chain.open_tile
        # settings that were changed since made nothing
        made = now if now.forward else chain.scene if sample is None else chain.single(sample)
        scene = made.replace(direction=now.direction, view=dataclasses.replace(now.view, pacing=order.pacing))
        what = scene, order.path, order.options, self._picture.picture, order.filmstrip, chain.job
        self._port.send(m.ExportRequest(self._job, *what, known=self._known(), sample=sample))
        return True

    def _cancel(self) -> None:
        if self._jobs.runs(self._job):
            self._jobs.cancel()


FILM_S, FILM_FRAMES = 6.0, 150  # of a film, however many levels there are: 25 frames a second at most
PAGES = {".png": "PNG figure", ".csv": "CSV of the numbers"}
NAMED = r"\w+"  # as every system takes it in a file's name
FILMS = {suffix: kind.label for suffix, kind in ENCODERS.items() if suffix}


class SheetExport:
    """Asks for a file and has the engine write it; the message bar says how far it is and how it ended."""

    def __init__(self, shared: Shared, laboratory: Callable[[], Laboratory]) -> None:
        self._window, self._store, self._port, self._notices = shared.window, shared.store, shared.port, shared.notices
        self._jobs, self._laboratory = shared.jobs, laboratory
        self._folder, self._say = shared.folder, shared.say

    def ask(self) -> None:
        """The save dialog, and then the export."""
        sheet = self._laboratory().sheet
        pages = {suffix: kind for suffix, kind in PAGES.items() if suffix != ".csv" or sheet.has_numbers}
        kinds = pages | (FILMS if sheet.has_films else {})
        start = self._folder.at(f"diffviz-{'-'.join(re.findall(NAMED, sheet.title.lower()))}.png")
        path = ask_where(self._window, "Export sheet", start, kinds, self._notices)
        if path is None:
            return
        typed = Path(path.stem).suffix.lower()  # of a name that got another one
        if typed in {*PAGES, *FILMS} - {*kinds}:
            text = f"{sheet.title}: there is no {typed} of this sheet; end the name with {' or '.join(kinds)}."
            self._notices.show_message(text, topic=TOPIC)
        else:
            self.write(str(path))

    def write(self, path: str) -> None:
        """Begin to write the sheet that is shown: a film in the window's colours, a figure for paper."""
        from diffviz.export.figure import default_size

        if self._jobs.refused():
            return
        name, suffix = Path(path).name, Path(path).suffix.lower()
        laboratory = self._laboratory()
        sheet = laboratory.sheet if suffix in FILMS else laboratory.seen  # films have x_t and x̂_0 side by side
        stopped = self._store.session.sheet.stopped
        sheet = dataclasses.replace(sheet, title=" · ".join(filter(None, (sheet.title, stopped))))
        theme = "light" if suffix in PAGES else palette_of(self._window).name
        options = Options(frames=FILM_FRAMES, duration_s=FILM_S, size=default_size(sheet), theme=theme)
        job = self._jobs.begin(
            "export",
            lambda how, detail: self._ended(Path(path), how),
            # in the line at the window's foot: the notice's button must not move under the mouse
            lambda done, total, seconds: self._say(f"{name}: {done} of {total}"),
        )
        self._folder.note(path)
        self._notices.show_message(f"Writing {name}…", "info", ("Cancel", self._jobs.cancel), topic=TOPIC)
        self._port.send(m.ExportRequest(job, self._store.scene, path, options, sheet=sheet))

    def _ended(self, path: Path, how: str) -> None:
        self._say("")
        say_ended(self._notices, path, how)
