"""FileActions: opening, dropping, pasting, copying and saving."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QUrl
from PySide6.QtGui import QCursor, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog

from diffviz.bounded import Refusal
from diffviz.chart import Chart
from diffviz.files import write_bytes
from diffviz.gui.file_kinds import BY_NAME, kind_of
from diffviz.gui.icons import image_of
from diffviz.gui.panels.message_bar import CLIPBOARD
from diffviz.gui.panels.picture_card import PictureCard
from diffviz.gui.panels.picture_keys import PictureKeys
from diffviz.gui.saving import ask_where, written
from diffviz.gui.shared import Shared
from diffviz.kinds import KINDS, PICTURE, POINTS, named
from diffviz.kinds import kind_of as kind_of_content
from diffviz.kinds.points import of_darkness
from diffviz.kinds.sound_files import heard_bytes
from diffviz.lens_catalog import LENSES
from diffviz.scene import DataSpec
from diffviz.session import permits

ENDINGS = dict.fromkeys(ending for kind in KINDS.values() for ending in kind.files.split("(")[1][:-1].split())
ALL = f"All that opens ({' '.join([*ENDINGS, *(f'*{ending}' for ending in BY_NAME)])})"
FILES = ";;".join([ALL, *(kind.files for kind in KINDS.values()), "All files (*)"])
WHOLE = QFileDialog.Option(0)  # a kind's name and its endings
BRIEF = QFileDialog.Option.HideNameFilterDetails  # a kind's name alone: its endings would be cut
MOST_DROPPED = 20
NO_PANEL = "Point at one of the pictures below the sheet to copy it; Export… (Ctrl+E) writes the whole sheet."
NO_PICTURE = "Points are drawn out of a picture, where it is dark; open one first."


class FileActions:
    """Every way in and out of the window, except exports."""

    def __init__(self, shared: Shared) -> None:
        self._window, self._store, self._notices = shared.window, shared.store, shared.notices
        self._panel, self._pictures, self._shelf = shared.equation.x_t, shared.pictures, shared.shelf
        self._say, self.folder, self._export = shared.say, shared.folder, shared.actions["export"]
        self._rest: list[str] = []  # of several that were dropped, tried until one can be opened
        self._shelf.refused.connect(lambda data, text, opening: self._next() if opening else None)
        self._shelf.ready.connect(lambda data, picture, opening: self._opened(data) if opening else None)
        QGuiApplication.clipboard().dataChanged.connect(self._notices.clear_clipboard)
        self.ways: dict[str, Callable[[str], object]] = {}  # by kind of file; False: it could not be opened

    # -- in

    def open_any(self, path: str) -> None:
        """A picture, a scene, a run, a model's folder or a file out of it, by what it is; or a sample by its name."""
        kind, source = named(path)
        if source.startswith("builtin:") and not Path(path).is_dir():
            self._pictures.open(DataSpec(kind.name, source))
        else:
            self.open_first([path])

    def open_first(self, paths: list[str]) -> None:
        """The first of several that can be opened: the window shows one."""
        self._rest = paths[1:MOST_DROPPED]
        what = kind_of(paths[0])
        if self.ways.get(what, lambda path: self.open_picture(path, what))(paths[0]) is False:
            self._next()

    def _next(self) -> None:
        if self._rest:
            self.open_first(self._rest)

    def _opened(self, data: DataSpec) -> None:
        left, self._rest = len(self._rest), []
        if left:
            files = "file was" if left == 1 else "files were"
            text = f"The window shows one picture at a time; {left} more {files} left."
            self._notices.show_message(text, "info", topic="picture", holds=lambda s: s.scene.data == data)

    def open_picture(self, path: str, kind: str = PICTURE.name) -> None:
        self.folder.note(path)
        self._pictures.open(DataSpec(kind, f"path:{Path(path).absolute()}"))

    def ask(self, title: str, files: str, details: QFileDialog.Option = WHOLE) -> None:
        """Open what a person chooses, whatever it is."""
        path, _ = QFileDialog.getOpenFileName(self._window, title, self.folder.path, files, "", details)
        if path:
            self.open_any(path)

    def ask_picture(self) -> None:
        self.ask("Open", FILES, BRIEF)

    def ask_other(self) -> str:
        """The source of another file of the kind that is open, which stays; "" for none."""
        files = f"{KINDS[self._store.scene.data.kind].files};;All files (*)"
        path, _ = QFileDialog.getOpenFileName(self._window, "Another x₀", self.folder.path, files, "", BRIEF)
        return f"path:{Path(path).absolute()}" if path else ""

    def ask_model(self) -> None:
        path = QFileDialog.getExistingDirectory(self._window, "Open model folder", self.folder.path)
        if path:
            self.ways["folder"](path)

    def paste(self) -> None:
        """The clipboard's picture, or the file that was copied."""
        mime = QGuiApplication.clipboard().mimeData()
        if mime is None or not self.take(mime):
            self._notices.show_message(
                "The clipboard holds neither a picture nor points; copy one first.", "info", topic=CLIPBOARD
            )

    def points_of_picture(self) -> None:
        """Open points that are drawn out of the picture that is open, more where it is darker."""
        data = self._store.scene.data
        datum = self._shelf.kept(data)
        seen = None if datum is None else KINDS[data.kind].seen(datum.array)
        if seen is None:
            self._notices.show_message(NO_PICTURE, "info", topic=CLIPBOARD)
            return
        try:
            points = of_darkness(seen)
        except Refusal as error:
            self._notices.show_message(str(error), topic=CLIPBOARD)
            return
        self._pictures.open_bytes(POINTS.encoded(points), "points out of the picture", POINTS.name)

    def take(self, mime: QMimeData) -> bool:
        """Open what was dropped or pasted; whether there was anything."""
        urls: list[QUrl] = mime.urls() if mime.hasUrls() else []
        local = [url.toLocalFile() for url in urls if url.isLocalFile()]
        if local:
            self.open_first(local)
            return True
        if mime.hasImage():
            self._pictures.open_bytes(bytes(mime.data("image/png").data()) or _as_png(mime), "pasted picture")
            return True
        text = mime.text().encode() if mime.hasText() and not urls else b""
        if (kind := kind_of_content(text)) is not None:
            self._pictures.open_bytes(text, f"pasted {kind.name}", kind.name)
            return True
        if urls:
            said = f"{urls[0].toDisplayString()} is not on this computer; save the picture first, then drop the file."
            self._notices.show_message(said)
            return True
        return False

    # -- out

    def panel_under_cursor(self) -> PictureCard | None:
        """The picture panel that was reached with Tab, else the one under the cursor, or x_t where that is seen."""
        widget = QApplication.focusWidget()
        if not (isinstance(widget, PictureKeys) and widget.walked):
            widget = QApplication.widgetAt(QCursor.pos())
        while widget is not None and not isinstance(widget, PictureCard):
            widget = widget.parentWidget()
        shown = isinstance(widget, PictureCard) and widget.displayed_array().size
        other = None if self._store.scene.laboratory else self._panel
        return widget if shown else other

    def copy(self, card: PictureCard | None = None) -> None:
        """A panel, or the one under the cursor, into the clipboard."""
        card = card or self.panel_under_cursor()
        if card is None:
            self._not_yet(NO_PANEL)
            return
        array = card.displayed_array()
        if not array.size:
            self._not_yet("There is no picture to copy yet.")
            return
        QGuiApplication.clipboard().setImage(image_of(array).copy())
        self._say(f"{card.title} copied")

    def save_png(self, card: PictureCard | None = None) -> None:
        """A panel, or the one under the cursor, as PNG; where none is meant in the laboratory, its sheet."""
        card = card or self.panel_under_cursor()
        if card is None:
            why = permits.refusal("export", self._store.session)
            self._not_yet(f"{why}.") if why else self._export.trigger()
            return
        array = card.displayed_array()
        if not array.size:
            self._not_yet("There is no picture to save yet.")
            return
        from diffviz.images import png_bytes

        panel = card.objectName().removesuffix("_panel")
        self._save("Save panel as PNG", panel, {".png": "PNG"}, lambda path: write_bytes(path, png_bytes(array)))

    def save_sound(self, heard: tuple[str, np.ndarray, int] | None) -> None:
        """A panel's sound as WAV, as it is heard."""
        if heard is None:
            self._not_yet("There is no sound to save yet.")
            return
        term, wave, rate = heard
        self._save("Save sound as WAV", term, {".wav": "WAV"}, lambda path: write_bytes(path, heard_bytes(wave, rate)))

    def copy_numbers(self, chart: Chart | None) -> None:
        """Every number of a lens into the clipboard, in columns."""
        if chart is None or chart.message:
            self._not_yet("The lens has no numbers to copy yet.")
            return
        QGuiApplication.clipboard().setText(chart.to_csv("\t"))
        self._say(f"numbers of the lens {LENSES[chart.lens].label} copied")

    def save_numbers(self, chart: Chart | None) -> None:
        """Every number of a lens as CSV."""
        self._save_chart(chart, "numbers", "Save numbers as CSV", {".csv": "CSV"})

    def save_lens(self, chart: Chart | None) -> None:
        """A lens as a figure."""
        self._save_chart(chart, "figure", "Save lens as figure", {".png": "PNG", ".svg": "SVG"})

    def _save_chart(self, chart: Chart | None, what: str, title: str, kinds: dict[str, str]) -> None:
        from diffviz.export.lens_chart import write_chart

        if chart is None or chart.message:
            self._not_yet(f"The lens has no {what} to save yet.")
            return
        self._save(title, chart.lens, kinds, lambda path: write_chart(chart, path))

    def _save(self, title: str, what: str, kinds: dict[str, str], write: Callable[[Path], None]) -> None:
        """Ask where and write a file, named by what it holds and t; say that it is there, or why not."""
        scene = self._store.scene
        t = "" if scene.laboratory else f"-t{scene.t}"  # which is the other pages'
        start = self.folder.at(f"{what}{t}{next(iter(kinds))}")
        path = ask_where(self._window, title, start, kinds, self._notices)
        if path is not None:
            written(self._notices, path, lambda: write(path))

    def _not_yet(self, text: str) -> None:
        then = self._store.session
        self._notices.show_message(
            text, "info", holds=lambda s: (s.scene, s.run, s.job) == (then.scene, then.run, then.job)
        )


def _as_png(mime: QMimeData) -> bytes:
    """A picture that is not handed over as PNG; Qt takes none that is larger than 256 MiB."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImage(mime.imageData()).save(buffer, "PNG")  # type: ignore[call-overload]  # bytes, says the stub; only text works
    return bytes(buffer.data().data())
