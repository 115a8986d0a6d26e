"""Starting the window."""

from __future__ import annotations

import dataclasses
import gc
import logging
import os
import signal
import socket
import sys
from types import TracebackType
from typing import Any

from PySide6.QtCore import QSettings, QSocketNotifier, Qt, QTimer
from PySide6.QtWidgets import QApplication

from diffviz import catalog
from diffviz.faults import LogHandler
from diffviz.files import log_path, models_dir
from diffviz.gui.main_window import MainWindow
from diffviz.kinds import named
from diffviz.scene import DataSpec, ModelSpec, Scene

log = logging.getLogger(__name__)
# what the first launch shows: a class whose first sample is known to be good, seed 0 of the shipped model
FIRST = Scene(model=ModelSpec("emoji-32", "person"))


def build_window(
    scene: Scene | None = None, settings: QSettings | None = None, device: str = "auto", held: Any = None
) -> MainWindow:
    """The whole window, with the running QApplication or a new one, without starting the event loop.

    Args:
        scene: what to show; the first-launch scene by default.
        settings: where layout and theme are remembered; None reads and writes nothing.
        device: auto | cpu | cuda | mps.
        held: models in memory, {name: Model}, which the model menu offers beside the others.
    """
    app = QApplication.instance() or QApplication(sys.argv[:1])
    app.setApplicationName("diffviz")
    return MainWindow(scene or FIRST, settings, device, held)


def run(
    path: str | None = None,
    scene: str | None = None,
    model: str | None = None,
    device: str = "auto",
    seed: int | None = None,
    scheduler: tuple[str | None, int | None, str | None] | None = None,
    schedule: str | None = None,
) -> int:
    """Open the window and stay until it is closed; the exit code.

    Args:
        path: a picture or a scene to open.
        scene: a scene file.
        model: shipped name, folder or hub id.
        seed: of the noise.
        scheduler: schedule, T and prediction of a model that brings none; None is the plain one.
        schedule: a file that holds one, for adding noise.
    """
    log_path(), models_dir()  # without a home a sentence now, instead of faults later
    logging.getLogger("diffviz").addHandler(LogHandler())
    app = QApplication.instance() or QApplication(sys.argv[:1])
    if QSettings().organizationName() == "":
        app.setOrganizationName("diffviz")
    app.setApplicationName("diffviz")
    settings = QSettings("diffviz", "diffviz")
    start = FIRST
    if seed is not None:
        start = start.replace(seed=seed)
    if model is not None:
        start = with_model(start, model)
    window = build_window(start, settings, device)
    window.controller.models.follows = True
    if scheduler is not None:
        name, T, prediction = scheduler
        window.controller.models.load(start.model.name, (name or "linear", T or 1000, prediction or "epsilon"))
    sys.excepthook = lambda kind, error, trace: _unexpected(window, kind, error, trace)
    window.show()
    _close_when_told(window)
    # what is there with torch stays until the end: later collections, which stop the window, need not look at it
    window.controller.device_changed.connect(_collect_garbage, Qt.ConnectionType.SingleShotConnection)
    for given in (scene, path, schedule):
        if given is not None:
            window.doors.last_time.wanted = False
            window.files.open_any(given)
    if (path, scene, model, seed, scheduler, schedule) == (None,) * 6:
        QTimer.singleShot(0, window, window.welcome.play_once)
    code = app.exec()
    if not window.ended_cleanly:  # a thread sits in a long native call: nothing is left to save
        logging.shutdown()
        os._exit(code)
    return code


def with_model(scene: Scene, name: str) -> Scene:
    """The scene with another model; of one that is exact of points, with these points open."""
    scene = scene.replace(model=type(scene.model)(name=name))
    exact, _, cloud = catalog.exact_cloud(name).partition(":")
    kind, source = named(cloud)
    if not exact.startswith("exact") or not catalog.KINDS[kind.name].cloud:
        return scene
    return scene.replace(data=DataSpec(kind.name, source), view=dataclasses.replace(scene.view, lens=kind.lens))


def _close_when_told(window: MainWindow) -> None:
    """A termination signal closes the window, which keeps what it was left with; Qt's loop alone would not hear it."""
    heard, told = socket.socketpair()
    for end in (heard, told):
        end.setblocking(False)
    signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
    notifier = QSocketNotifier(heard.fileno(), QSocketNotifier.Type.Read, window)
    notifier.activated.connect(lambda: heard.recv(64))  # Python runs its handlers when it is entered
    notifier.destroyed.connect(heard.close)
    told.detach()
    for name in ("SIGTERM", "SIGINT", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: window.close())


def _collect_garbage() -> None:
    gc.freeze()
    gc.enable()


def _unexpected(
    window: MainWindow, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    log.error("unexpected fault", exc_info=(kind, error, trace))
    sys.__excepthook__(kind, error, trace)
    window.controller.bar.show_message(
        f"Something unexpected happened ({kind.__name__}). The log has the details: {log_path()}"
    )
