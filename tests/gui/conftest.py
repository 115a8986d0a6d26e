"""One window a module where tests can share it, and fresh ones where they cannot."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gui_driver import Driver, close_windows, open_window
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from word_network import write_words

from diffviz.engine.experiments import runs
from diffviz.gui.panels.condition_box import ConditionBox
from diffviz.scene import ModelSpec, SamplerSpec, Scene, ScheduleSpec


@pytest.fixture(autouse=True)
def _references_of_few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """What rows of an experiment are measured by: how far it is from the truth is no matter of the window."""
    monkeypatch.setattr(runs, "REFERENCE_STEPS", 10)


@pytest.fixture(scope="session")
def tiny_scene(_tiny_model: Path) -> Scene:
    """Forward on a sample picture, T = 100, and a tiny network for a short chain."""
    return Scene(
        t=40,
        schedule=ScheduleSpec("linear", 100),
        model=ModelSpec(str(_tiny_model), "dot"),
        sampler=SamplerSpec("ddpm", 5),
    )


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
    module_driver.window.controller.side.open_folds("chain_fold more_fold")  # most tests are about what stands there
    yield module_driver
    module_driver.settle()


@pytest.fixture
def told(driver: Driver, tmp_path: Path) -> Iterator[ConditionBox]:
    """The field of a network of words, which is chosen; the network before comes back."""
    models, before = driver.window.controller.models, driver.scene.model.name
    models.choose(str(write_words(tmp_path / "told")))
    driver.idle()
    yield driver.find("class_combo", ConditionBox)
    models.choose(before)  # the list of completions goes with the field
    driver.idle()


@pytest.fixture
def paused(driver: Driver) -> Driver:
    """A chain of ten steps, paused at its third state, with none on its way."""
    controller, states = driver.window.controller, lambda: len(controller.chains.states)
    scene = driver.scene.replace(direction="reverse", t=100, sampler=SamplerSpec("ddpm", 10))
    controller.store.set(scene.replace(view=scene.view.__class__(pace="step")))
    driver.trigger("generate")
    driver.until(lambda: states() == 1)
    for count in (2, 3):
        driver.key(Qt.Key.Key_Right)
        driver.until(lambda count=count: states() == count)
    driver.key(Qt.Key.Key_P)
    assert controller.jobs.paused and controller.chains.index == 2
    controller.store.edit(undo=False, view=scene.view.__class__(pace="30"))
    return driver


@pytest.fixture
def ran(driver: Driver) -> Driver:
    """A finished chain: seed 0, class ring, DDIM 5."""
    spec = dataclasses.replace(driver.scene.model, class_label="ring")
    driver.reset(driver.scene.replace(direction="reverse", model=spec, sampler=SamplerSpec("ddim", 5)))
    driver.generate()
    return driver


@pytest.fixture
def own(driver: Driver) -> Iterator[Driver]:
    """A window in which nothing was trained yet; what it trains ends with the test."""
    yield driver
    driver.without_training()


@pytest.fixture
def settings(tmp_path: Path) -> QSettings:
    """Settings of one's own, which nobody has changed yet."""
    return QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)


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
def own_models(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Models of one's own, for each test anew."""
    monkeypatch.setenv("DIFFVIZ_DATA_DIR", str(tmp_path / "data"))


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
