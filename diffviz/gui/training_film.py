"""TrainingFilm: the samples of a training's checkpoints as an animation, written in a thread."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidget

from diffviz.files import begin_folder
from diffviz.gui.exports import FILMS
from diffviz.gui.panels.message_bar import MessageBar
from diffviz.gui.saving import CANCELLED, TOPIC, ask_where, say_written
from diffviz.gui.theme import palette_of
from diffviz.train.past import Grid

STOP_S = 5.0  # a frame, and the removal of what was begun


class TrainingFilm(QObject):
    """One film at a time; the message bar says how it ends."""

    _ended = Signal(str)  # what was wrong, "" for nothing

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thread: threading.Thread | None = None
        self._stopped = threading.Event()
        self._folder = begin_folder()
        self._path = Path()
        self._bar: MessageBar | None = None
        self._ended.connect(self._say_end, Qt.ConnectionType.QueuedConnection)

    @property
    def running(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def ask(self, window: QWidget, bar: MessageBar, title: str, columns: Sequence[str], grids: Sequence[Grid]) -> None:
        """The save dialog, and then the film of these grids."""
        if self.running:
            bar.show_message("A film is being written; wait for it, or cancel it.", "info", topic="busy")
            return
        path = ask_where(window, "Save film", self._folder / f"{title}-learning.gif", FILMS, bar)
        if path is None:
            return
        self._folder, self._path, self._bar = path.parent, path, bar
        self._stopped.clear()
        shots = [(grid.note, grid.path) for grid in grids]
        bar.show_message(f"Writing {path.name}…", "info", ("Cancel", self._stopped.set), topic=TOPIC)
        words = (title, tuple(columns), shots, path, palette_of(window).name)
        self._thread = threading.Thread(target=self._write, args=words, name="diffviz-film", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """The window closes: the film that is being written is given up."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(STOP_S)

    def _write(
        self, title: str, columns: Sequence[str], shots: Sequence[tuple[str, Path]], path: Path, theme: str
    ) -> None:
        from diffviz.export.learning import FPS, default_size, export_learning
        from diffviz.export.options import Options

        wrong = ""
        try:
            options = Options(fps=FPS, size=default_size(shots), theme=theme)
            film = export_learning(title, columns, shots, path, options)
            with contextlib.closing(film) as steps:
                for _ in steps:
                    if self._stopped.is_set():
                        wrong = CANCELLED
                        break
        except ValueError as error:  # ExportError, PictureError
            wrong = str(error)
        self._ended.emit(wrong)

    def _say_end(self, wrong: str) -> None:
        assert self._bar is not None
        if wrong:
            self._bar.show_message(wrong, "info" if self._stopped.is_set() else "error", topic=TOPIC)
        else:
            say_written(self._bar, self._path)
