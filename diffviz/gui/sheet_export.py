"""SheetExport: the laboratory's sheet into a file that a save dialog names; the suffix says what it becomes."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from diffviz.export.encoders import ENCODERS
from diffviz.files import begin_folder, display_name
from diffviz.gui.numbers import byte_text

if TYPE_CHECKING:
    from diffviz.gui.controller import Controller
    from diffviz.gui.file_actions import FileActions
    from diffviz.gui.panels.message_bar import MessageBar
    from diffviz.palette import Palette
    from diffviz.sheet import Sheet

TOPIC = "export"
FILM_S, FILM_FRAMES = 6.0, 150  # of a film, however many levels there are: 25 frames a second at most
PAGES = {".png": "PNG figure", ".csv": "CSV of the numbers"}
FILMS = {suffix: kind.label for suffix, kind in ENCODERS.items() if suffix}


class SheetExport:
    """Asks for a file and has the engine write it; the message bar says how far it is and how it ended."""

    def __init__(self, window: QWidget, controller: Controller, files: FileActions) -> None:
        self._window, self._controller, self._files = window, controller, files
        self._path = Path()

    def ask(self, palette: Palette) -> None:
        """The save dialog, and then the export; ``palette``: of the films, while figures are for paper."""
        sheet = self._controller.laboratory.sheet
        kinds = PAGES | (FILMS if sheet.has_films else {})
        start = Path(self._files.folder or begin_folder()) / f"{_file_name(sheet)}.png"
        path = ask_where(self._window, "Export sheet", start, kinds, self._controller.bar)
        if path is not None:
            self.write(str(path), palette)

    def write(self, path: str, palette: Palette) -> None:
        """Begin to write the sheet that is shown."""
        from diffviz.export.figure import default_size

        jobs, laboratory = self._controller.jobs, self._controller.laboratory
        suffix = Path(path).suffix.lower()
        sheet = laboratory.sheet if suffix in FILMS else laboratory.seen  # films have x_t and x̂_0 side by side
        theme = "light" if suffix in PAGES else palette.name
        options = {"size": default_size(sheet), "theme": theme, "duration_s": FILM_S}
        if jobs.export_sheet(path, options, FILM_FRAMES, sheet, self):
            self._path = Path(path)
            self._files.folder = str(self._path.parent)
            text = f"Writing {self._path.name}…"
            self._controller.bar.show_message(text, "info", ("Cancel", jobs.cancel), topic=TOPIC)

    def show_progress(self, done: int, total: int, seconds: float) -> None:
        """Frames written, in the line at the window's foot: the bar's button must not move under the mouse."""
        self._controller.values_changed.emit(f"{self._path.name}: {done} of {total}")

    def show_end(self, how: str, detail: str) -> None:
        """How it ended: done, failed (which is said already) or cancelled."""
        bar = self._controller.bar
        self._controller.values_changed.emit("")
        bar.clear_topic(TOPIC)
        if how == "done":
            say_written(bar, self._path)
        elif how == "cancelled":
            bar.show_message("Cancelled; nothing was written.", "info", topic=TOPIC)


def ask_where(window: QWidget, title: str, start: Path, kinds: Mapping[str, str], bar: MessageBar) -> Path | None:
    """The file that a save dialog names, with a suffix out of ``kinds`` (suffix: what it means); None for none.

    A name without one of them gets that of the filter; a file that is there by that name was never asked about, so it
    is refused in ``bar``.
    """
    filters = {f"{text} (*{suffix})": suffix for suffix, text in kinds.items()}
    path, chosen = QFileDialog.getSaveFileName(window, title, str(start), ";;".join(filters))
    if not path:
        return None
    full = path if Path(path).suffix.lower() in kinds else path + filters.get(chosen, start.suffix)
    if full != path and os.path.lexists(full):
        text = f"{display_name(full)} is there already; choose it by its whole name to replace it."
        bar.show_message(text, topic=TOPIC)
        return None
    return Path(full)


def say_written(bar: MessageBar, path: Path) -> None:
    """A file is there; the message's button shows where."""
    folder = QUrl.fromLocalFile(str(path.parent))
    size = byte_text(path.stat().st_size) if path.exists() else "0 kB"
    show = ("Show in folder", lambda: (QDesktopServices.openUrl(folder), None)[1])
    bar.show_message(f"{path.name} is written, {size}.", "info", show, topic=TOPIC)


def _file_name(sheet: Sheet) -> str:
    return f"diffviz-{sheet.title.lower().replace(' ', '-')}"
