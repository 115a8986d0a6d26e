"""SheetExport: the laboratory's sheet into a file that a save dialog names; the suffix says what it becomes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from diffviz.engine import messages as m
from diffviz.export.encoders import ENCODERS
from diffviz.export.options import Options
from diffviz.gui.saving import CANCELLED, TOPIC, ask_where, say_written
from diffviz.gui.shared import Shared
from diffviz.palette import Palette

if TYPE_CHECKING:
    from diffviz.gui.laboratory import Laboratory

FILM_S, FILM_FRAMES = 6.0, 150  # of a film, however many levels there are: 25 frames a second at most
PAGES = {".png": "PNG figure", ".csv": "CSV of the numbers"}
FILMS = {suffix: kind.label for suffix, kind in ENCODERS.items() if suffix}


class SheetExport:
    """Asks for a file and has the engine write it; the message bar says how far it is and how it ended."""

    def __init__(self, shared: Shared, laboratory: Callable[[], Laboratory]) -> None:
        self._window, self._store, self._port, self._notices = shared.window, shared.store, shared.port, shared.notices
        self._jobs, self._laboratory = shared.jobs, laboratory
        self._folder, self._say = shared.folder, shared.say

    def ask(self, palette: Palette) -> None:
        """The save dialog, and then the export; ``palette``: of the films, while figures are for paper."""
        sheet = self._laboratory().sheet
        kinds = PAGES | (FILMS if sheet.has_films else {})
        start = self._folder.at(f"diffviz-{sheet.title.lower().replace(' ', '-')}.png")
        path = ask_where(self._window, "Export sheet", start, kinds, self._notices)
        if path is not None:
            self.write(str(path), palette)

    def write(self, path: str, palette: Palette) -> None:
        """Begin to write the sheet that is shown."""
        from diffviz.export.figure import default_size

        if self._jobs.refused():
            return
        name, suffix = Path(path).name, Path(path).suffix.lower()
        laboratory = self._laboratory()
        sheet = laboratory.sheet if suffix in FILMS else laboratory.seen  # films have x_t and x̂_0 side by side
        theme = "light" if suffix in PAGES else palette.name
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
        """Done, failed (which is said already) or cancelled."""
        self._say("")
        self._notices.clear_topic(TOPIC)
        if how == "done":
            say_written(self._notices, path)
        elif how == "cancelled":
            self._notices.show_message(CANCELLED, "info", topic=TOPIC)
