"""A real window to measure in: opened, driven and watched from outside."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from PySide6.QtCore import QEventLoop, QObject, QTimer
from PySide6.QtWidgets import QApplication, QSlider

from diffviz.assets import asset
from diffviz.engine.messages import JobCancelled, JobDone, JobFailed, Noised
from diffviz.gui.app import build_window
from diffviz.gui.main_window import MainWindow
from diffviz.scene import Scene

TIMEOUT_S = 120.0


def sample_picture(side: int) -> np.ndarray:
    """A shipped photograph as uint8 (side, side, 3)."""
    with Image.open(asset("images", "astronaut.png")) as picture:
        return np.array(picture.convert("RGB").resize((side, side), Image.Resampling.LANCZOS))


@contextlib.contextmanager
def open_window(scene: Scene | None = None, device: str = "auto") -> Iterator[MainWindow]:
    """The shown window, its model loaded; closed at the end. Reads and writes no settings."""
    window = build_window(scene, None, device)
    window.show()
    try:
        window.wait_until_idle(TIMEOUT_S)
        yield window
    finally:
        window.close()
        window.deleteLater()
        QApplication.processEvents()


def open_picture(window: MainWindow, picture: np.ndarray) -> None:
    """Show a picture as the person would open it, from a file, and noise that file's own pixels."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture.png"
        Image.fromarray(picture).save(path)
        window.open_picture(str(path))
        window.controller.options.view(own_pixels=True)
        window.wait_until_idle(TIMEOUT_S)


class Waiting(QObject):
    """An event loop that runs until somebody calls ``end``."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = QEventLoop()
        self._ended = False

    def end(self) -> None:
        self._ended = True
        self._loop.quit()

    def run(self, what: str) -> None:
        """Raises TimeoutError if it is never ended."""
        if not self._ended:
            timer = QTimer()
            timer.setSingleShot(True)
            timer.timeout.connect(self._loop.quit)
            timer.start(round(1000 * TIMEOUT_S))
            self._loop.exec()
            timer.stop()
        if not self._ended:
            raise TimeoutError(f"no {what} within {TIMEOUT_S:g} s")
        self._ended = False


class PaintWatch:
    """Moves the slider and waits until x_t of exactly that level is painted."""

    def __init__(self, window: MainWindow) -> None:
        self.slider = window.findChild(QSlider, "t_slider")
        self._view = window.controller.view.x_t.view
        self._waiting = Waiting()
        self._wanted: int | None = None
        self._answer: Noised | None = None
        window.controller.bridge.arrived.connect(self._arrived)
        self._view.painted.connect(self._painted)

    def move(self, t: int) -> float:
        """Seconds from setting the slider to the end of the paint that shows x_t of level t."""
        self._wanted = t
        began = time.perf_counter()
        self.slider.setValue(t)
        self._waiting.run(f"painted x_t of level {t}")
        return time.perf_counter() - began

    def _arrived(self, event: Any) -> None:
        if isinstance(event, Noised):
            self._answer = event

    def _painted(self) -> None:
        answer = self._answer
        if answer is not None and answer.request.t == self._wanted and self._view.array() is answer.x_t:
            self._waiting.end()


class JobWatch:
    """Waits for the closing event of a chain or export."""

    def __init__(self, window: MainWindow) -> None:
        self.closing: JobDone | JobCancelled | JobFailed | None = None
        self.closed_s = 0.0
        self._waiting = Waiting()
        window.controller.bridge.arrived.connect(self._arrived)

    def begin(self) -> None:
        """Forget the last closing event."""
        self.closing = None

    def wait(self) -> float:
        """Run the event loop until the job has ended; when that was, in ``time.perf_counter``'s seconds."""
        if self.closing is None:
            self._waiting.run("end of the job")
        if isinstance(self.closing, JobFailed):
            raise RuntimeError(self.closing.message)
        return self.closed_s

    def _arrived(self, event: Any) -> None:
        if isinstance(event, (JobDone, JobCancelled, JobFailed)):
            self.closing, self.closed_s = event, time.perf_counter()
            self._waiting.end()
