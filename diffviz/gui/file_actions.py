"""FileActions: opening, dropping, pasting, copying and saving."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QBuffer, QIODevice, QMimeData, QUrl
from PySide6.QtGui import QCursor, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication, QFileDialog, QWidget

from diffviz.gui.kinds import kind_of
from diffviz.gui.panels.message_bar import CLIPBOARD
from diffviz.gui.panels.picture_card import PictureCard
from diffviz.gui.picture_desk import REFUSED
from diffviz.gui.run_files import RunFiles
from diffviz.gui.runs import made_by_its_chain
from diffviz.gui.sheet_export import ask_where
from diffviz.scene import Scene, SceneError
from diffviz.scene_file import load_scene, save_scene

if TYPE_CHECKING:
    from diffviz.gui.controller import Controller

PICTURES = (
    "Pictures (*.png *.jpg *.jpeg *.webp *.gif *.bmp *.tif *.tiff *.ppm *.ico *.avif *.heic *.heif);;All files (*)"
)
SCENES = "diffviz scenes (*.json *.diffviz);;All files (*)"
MOST_DROPPED = 20
SCENE_KINDS = {".json": "diffviz scene", ".diffviz": "diffviz scene"}


class FileActions:
    """Every way in and out of the window, except exports."""

    def __init__(self, window: QWidget, controller: Controller) -> None:
        self._window, self._controller = window, controller
        self.folder = ""
        self._rest: list[str] = []  # of several that were dropped, tried until one can be opened
        self.runs = RunFiles(window, controller, self)
        controller.shelf.refused.connect(lambda source, text, opening: self._next() if opening else None)
        controller.shelf.ready.connect(lambda source, picture, opening: self._opened(source) if opening else None)
        QGuiApplication.clipboard().dataChanged.connect(controller.bar.clear_clipboard)

    # -- in

    def open_any(self, path: str) -> None:
        """A picture, a scene, a run or a model folder, by what it is."""
        self.open_first([path])

    def open_first(self, paths: list[str]) -> None:
        """The first of several that can be opened: the window shows one."""
        self._rest = paths[1:MOST_DROPPED]
        ways: dict[str, Callable[[str], None]] = {
            "scene": self.open_scene,
            "run": self.runs.open,
            "folder": self._controller.models.load,
            "picture": self.open_picture,
        }
        ways[kind_of(paths[0])](paths[0])

    def _next(self) -> None:
        if self._rest:
            self.open_first(self._rest)

    def _opened(self, source: str) -> None:
        left, self._rest = len(self._rest), []
        if left:
            text = (
                f"The window shows one picture at a time; {left} more {'file was' if left == 1 else 'files were'} left."
            )
            self._controller.bar.show_message(
                text, "info", topic="picture", holds=lambda s: s.scene.data.source == source
            )

    def open_picture(self, path: str) -> None:
        self.folder = str(Path(path).parent)
        self._controller.pictures.open_source(f"path:{Path(path).absolute()}")

    def open_scene(self, path: str) -> None:
        """Read a scene; the one on screen stays where it is refused."""
        controller = self._controller
        try:
            scene, picture = load_scene(path)
        except SceneError as error:
            remedy = ("Open another…", controller.actions["open_scene"].trigger)
            controller.bar.show_refused(str(error), remedy, REFUSED)
            self._next()
            return
        controller.bar.clear_topic(REFUSED)
        self.folder = str(Path(path).parent)
        if picture is not None:
            controller.shelf.put_bytes(picture, Path(path).name, opening=False)  # the scene asks for it by its content
        controller.open_scene(scene)

    def ask_picture(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Open picture", self.folder, PICTURES)
        if path:
            self.open_any(path)

    def ask_scene(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Open scene", self.folder, SCENES)
        if path:
            self.open_any(path)

    def ask_model(self) -> None:
        path = QFileDialog.getExistingDirectory(self._window, "Open model folder", self.folder)
        if path:
            self._controller.models.load(path)

    def paste(self) -> None:
        """The clipboard's picture, or the file that was copied."""
        mime = QGuiApplication.clipboard().mimeData()
        if mime is None or not self.take(mime):
            text = "The clipboard holds no picture; copy one first."
            self._controller.bar.show_message(text, "info", topic=CLIPBOARD)

    def take(self, mime: QMimeData) -> bool:
        """Open what was dropped or pasted; whether there was anything."""
        urls: list[QUrl] = mime.urls() if mime.hasUrls() else []
        local = [url.toLocalFile() for url in urls if url.isLocalFile()]
        if local:
            self.open_first(local)
            return True
        if mime.hasImage():
            image = QImage(mime.imageData())
            buffer = QBuffer()
            buffer.open(QIODevice.OpenModeFlag.WriteOnly)
            image.save(buffer, "PNG")  # type: ignore[call-overload]  # bytes, says the stub; only text works
            self._controller.pictures.open_bytes(bytes(buffer.data().data()), "pasted picture")
            return True
        if urls:
            text = f"{urls[0].toDisplayString()} is not on this computer; save the picture first, then drop the file."
            self._controller.bar.show_message(text)
            return True
        return False

    # -- out

    def panel_under_cursor(self) -> PictureCard:
        """The picture panel under the cursor, or x_t."""
        widget = QApplication.widgetAt(QCursor.pos())
        while widget is not None and not isinstance(widget, PictureCard):
            widget = widget.parentWidget()
        shown = isinstance(widget, PictureCard) and widget.displayed_array().size
        return widget if shown else self._controller.view.x_t  # type: ignore[return-value]

    def copy(self) -> None:
        """The panel under the cursor into the clipboard."""
        card = self.panel_under_cursor()
        array = card.displayed_array()
        if not array.size:
            self._not_yet("There is no picture to copy yet.")
            return
        QGuiApplication.clipboard().setImage(qimage(array))
        self._controller.values_changed.emit(f"{card.accessibleName()} copied")

    def save_png(self) -> None:
        """The panel under the cursor as PNG."""
        card = self.panel_under_cursor()
        array = card.displayed_array()
        if not array.size:
            self._not_yet("There is no picture to save yet.")
            return
        name = f"{card.objectName().removesuffix('_panel')}-t{self._controller.scene.t}.png"
        start = str(Path(self.folder) / name) if self.folder else name
        path = ask_where(self._window, "Save panel as PNG", Path(start), {".png": "PNG"}, self._controller.bar)
        if path is not None:
            self.write_png(str(path), array)

    def _not_yet(self, text: str) -> None:
        then = self._controller.session
        self._controller.bar.show_message(
            text, "info", holds=lambda s: (s.scene, s.run, s.job) == (then.scene, then.run, then.job)
        )

    def write_png(self, path: str, array: np.ndarray) -> None:
        """Write one panel; say it where that fails."""
        from diffviz.images import PictureError, save_png

        try:
            save_png(path, array)
        except PictureError as error:
            self._controller.bar.show_message(str(error), topic=f"write {path}")
        else:
            self._controller.bar.clear_topic(f"write {path}")

    def ask_save_scene(self) -> None:
        start = str(Path(self.folder) / "scene.json") if self.folder else "scene.json"
        path = ask_where(self._window, "Save scene", Path(start), SCENE_KINDS, self._controller.bar)
        if path is not None:
            self.write_scene(str(path))

    def write_scene(self, path: str) -> None:
        """Save the scene, with the picture in it where it is in no file; of a chain that is shown what made it."""
        from diffviz.images import png_bytes

        controller = self._controller
        scene: Scene = made_by_its_chain(controller.scene, controller.reverse.run)
        picture = None
        if scene.data.source.startswith("sha256:") and controller.forward.picture is not None:
            picture = png_bytes(controller.forward.picture)
        try:
            save_scene(scene, path, picture)
        except OSError as error:
            controller.bar.show_message(not_written(path, error), topic=f"write {path}")
        else:
            controller.bar.clear_topic(f"write {path}")


def not_written(path: str, error: OSError) -> str:
    """What the system said about a file, as a sentence with a remedy."""
    return f"{Path(path).name} could not be written ({error.strerror or error}); choose another folder."


def qimage(array: np.ndarray) -> QImage:
    """uint8 (H, W, 3) as a QImage that owns its memory."""
    height, width = array.shape[:2]
    return QImage(array.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()
