"""One window a module where tests can share it, and fresh ones where they cannot."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gui_driver import Driver
from PySide6.QtCore import QCoreApplication, QEvent, QSettings
from PySide6.QtWidgets import QApplication, QFileDialog

from diffviz.gui.app import build_window
from diffviz.scene import ModelSpec, SamplerSpec, Scene, ScheduleSpec

GONE_S = 5.0


@pytest.fixture(scope="session")
def tiny_scene(_tiny_model: Path) -> Scene:
    """Forward on a sample picture, T = 100, and a tiny network for a short chain."""
    return Scene(
        t=40,
        schedule=ScheduleSpec("linear", 100),
        model=ModelSpec(str(_tiny_model), "dot"),
        sampler=SamplerSpec("ddpm", 5),
    )


def open_window(
    scene: Scene | None, settings: QSettings | None = None, idle: bool = True, device: str = "cpu"
) -> Driver:
    window = build_window(scene, settings, device)
    window.show()
    window.activateWindow()
    driver = Driver(window, scene or Scene())
    if idle:
        driver.idle(60.0)
        driver.paint()
    return driver


def close_windows(drivers: list[Driver], threads: set[threading.Thread]) -> None:
    """Close them for good; their threads must be gone soon."""
    for driver in drivers:
        driver.window.close()
        driver.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    gc.collect()
    deadline = time.monotonic() + GONE_S
    while (left := set(threading.enumerate()) - threads) and time.monotonic() < deadline:
        for thread in left:
            thread.join(0.05)
    left = {thread for thread in left if type(thread).__name__ != "TMonitor"}
    assert not left, f"a window left {[thread.name for thread in left]}"


@pytest.fixture(scope="module")
def module_driver(qapp: QApplication, tiny_scene: Scene) -> Iterator[Driver]:
    threads = set(threading.enumerate())
    driver = open_window(tiny_scene)
    yield driver
    close_windows([driver], threads)


@pytest.fixture
def driver(module_driver: Driver) -> Iterator[Driver]:
    """The module's window, in the first scene: Forward, t = 40 of 100, seed 0, nothing running."""
    module_driver.reset()
    yield module_driver
    module_driver.settle()


@pytest.fixture
def make_driver(qapp: QApplication, tiny_scene: Scene) -> Iterator[Callable[..., Driver]]:
    """A window of one's own: ``make_driver(scene=..., settings=..., idle=True, device="cpu")``."""
    threads = set(threading.enumerate())
    made: list[Driver] = []

    def make(scene: Scene | None = tiny_scene, **more: Any) -> Driver:
        made.append(open_window(scene, **more))
        return made[-1]

    yield make
    close_windows(made, threads)


@pytest.fixture
def picture_file(tmp_path: Path) -> Path:
    """A colourful picture of 20x12 pixels."""
    from PIL import Image

    path = tmp_path / "bunt.png"
    Image.fromarray(np.random.default_rng(1).integers(0, 256, (12, 20, 3), dtype=np.uint8)).save(path)
    return path


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """What the next file dialogs return, without their being shown."""

    def give(path: object) -> None:
        for name in ("getOpenFileName", "getSaveFileName"):
            monkeypatch.setattr(QFileDialog, name, staticmethod(lambda *_, **__: (str(path), "")))
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", staticmethod(lambda *_, **__: str(path)))

    return give
