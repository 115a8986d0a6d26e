"""What is changed while a chain runs or a model loads: the screen, the scene and the network agree again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chains import direct
from gui_driver import Driver
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton

from diffviz.engine import opening
from diffviz.scene import DataSpec, SamplerSpec
from diffviz.scene_file import save_scene

Key = Qt.Key


@pytest.fixture
def running(driver: Driver) -> Driver:
    """A chain of a hundred steps that has only begun."""
    scene = driver.scene.replace(direction="reverse", t=100, sampler=SamplerSpec("ddpm", 100))
    driver.window.controller.store.set(scene.replace(view=scene.view.__class__(pace="10")))
    driver.trigger("generate")
    driver.until(lambda: len(driver.window.controller.chains.states) >= 2)
    return driver


def states(driver: Driver) -> int:
    return len(driver.window.controller.chains.states)


def test_another_seed_is_for_the_next_chain(running: Driver) -> None:
    before = running.scene
    running.key(Key.Key_N)
    running.window.controller.engine.control.set_pace("max")
    running.idle()
    assert running.scene.seed == 1 and states(running) == 101
    assert running.scene.t == 0 == running.slider.value()
    assert np.array_equal(running.shown("x_t"), direct(before)[-1].x_t[0]), "it ran to its end as it was begun"
    scene = running.scene
    running.window.controller.store.edit(sampler=SamplerSpec("ddpm", 4), view=scene.view.__class__())
    running.generate()
    assert np.array_equal(running.shown("x_t"), direct(running.scene)[-1].x_t[0])


def test_a_scene_that_is_opened_ends_the_chain(running: Driver, tmp_path: Path) -> None:
    other = running.scene.replace(sampler=SamplerSpec("ddim", 20))  # of the same x_T
    save_scene(other, tmp_path / "other.json")
    running.window.doors.scenes.open(str(tmp_path / "other.json"))
    running.idle()
    assert running.scene == other.replace(t=100) and states(running) == 0  # nothing has run: x_T is what there is


def test_settings_that_x_T_does_not_depend_on_leave_it_running(running: Driver) -> None:
    before = states(running)
    running.window.controller.options.view(curves="snr")
    running.until(lambda: states(running) > before + 1)
    running.trigger("cancel")
    running.idle()
    assert states(running) > before


def test_a_model_that_waits_for_a_chain_is_said_where_the_one_before_still_stands(
    running: Driver, tiny_model_folder: Path
) -> None:
    line = running.find("chain_fold", QPushButton)
    models, old = running.window.controller.models, running.scene.model.name
    models.load(str(tiny_model_folder))
    running.window.controller.store.edit(undo=False, seed=5)
    assert "below it is still tiny" in running.words("model_summary") and "loading…" in line.text()
    running.trigger("cancel")
    running.idle()
    assert "RGB" in running.words("model_summary") and "loading" not in line.text()
    running.window.controller.store.edit(sampler=SamplerSpec("ddpm", 100))
    running.trigger("generate")
    models.load("nowhere/at/all")
    running.trigger("cancel")
    running.idle()
    assert "RGB" in running.words("model_summary") and "loading" not in line.text()
    models.load(old)
    running.idle()


def test_undo_of_what_was_done_meanwhile_leaves_the_model_of_what_was_opened(running: Driver) -> None:
    before = running.scene
    running.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    running.until(lambda: running.window.controller.session.model.loading)
    running.trigger("laboratory")
    running.trigger("direction_reverse")
    running.trigger("undo")
    running.trigger("cancel")
    running.idle()
    assert running.scene.model.name == "exact:two_moons"
    for step in ("undo", "redo", "redo"):
        running.trigger(step)
        running.idle()
        assert running.scene.data.kind == "points" and running.scene.model.name == "exact:two_moons"
    for _ in range(3):
        running.trigger("undo")
    running.idle()
    assert (running.scene.data, running.scene.model) == (before.data, before.model)


def test_undo_takes_a_setting_back_that_was_made_while_a_model_came(running: Driver) -> None:
    """The step before had the setting too, and undo led from it to itself."""
    running.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    running.until(lambda: running.window.controller.session.model.loading)
    running.window.controller.options.part("sampler", steps=7)
    running.trigger("cancel")
    running.idle()
    assert (running.scene.model.name, running.scene.sampler.steps) == ("exact:two_moons", 7)
    running.trigger("undo")
    running.idle()
    assert (running.scene.model.name, running.scene.sampler.steps) == ("exact:two_moons", 100)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Models are read when the event is set."""
    go_on, read = threading.Event(), opening.open_model

    def open_model(*words: Any, **named: Any) -> Any:
        go_on.wait(30)
        return read(*words, **named)

    monkeypatch.setattr(opening, "open_model", open_model)
    yield go_on
    go_on.set()


def test_generate_waits_for_the_model_that_was_chosen(
    driver: Driver, slow: threading.Event, tiny_model_folder: Path, answer: Callable[[object], None]
) -> None:
    driver.window.controller.models.load(str(tiny_model_folder))
    driver.trigger("generate")
    controller = driver.window.controller
    driver.paint()
    label = driver.find("progress_label", QLabel)
    assert not controller.jobs.running and label.text() == "loading, then generating…"
    assert label.fontMetrics().horizontalAdvance(label.text()) <= label.width()
    assert driver.scene.direction == "reverse"
    assert not driver.action("denoise").isEnabled()
    slow.set()
    driver.until(lambda: controller.jobs.running or states(driver) > 0)
    driver.idle()
    assert controller.chains.run.scene.model.name == str(tiny_model_folder) == driver.scene.model.name
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])


@pytest.mark.parametrize("page", ["direction_forward", "laboratory"])
def test_who_went_elsewhere_meanwhile_is_not_fetched_back(
    make_driver: Callable[..., Driver], slow: threading.Event, tiny_model_folder: Path, page: str
) -> None:
    slow.set()
    driver = make_driver()
    slow.clear()
    driver.window.controller.models.load(str(tiny_model_folder))
    driver.trigger("generate")
    driver.trigger(page)
    slow.set()
    driver.idle()
    assert not driver.window.controller.session.model.waited and states(driver) == 0
    assert (driver.scene.view.page == "laboratory") is (page == "laboratory")


def test_a_model_that_cannot_be_read_begins_nothing(driver: Driver, slow: threading.Event, tmp_path: Path) -> None:
    driver.trigger("direction_reverse")
    driver.window.controller.models.load(str(tmp_path / "gone"))
    driver.trigger("generate")
    assert "then generating" in driver.words("progress_label")
    slow.set()
    driver.idle()
    assert states(driver) == 0 and not driver.window.controller.session.model.waited


def test_generate_is_called_by_what_comes_of_it_while_its_model_is_on_its_way(
    driver: Driver, slow: threading.Event
) -> None:
    """Beside an export, for which a model waits, it said “Generate points” of a picture."""
    before = driver.scene.data
    slow.set()
    driver.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    driver.idle()
    assert driver.generate_button.accessibleName() == "Generate points"
    slow.clear()
    driver.window.controller.pictures.open(before)
    driver.until(lambda: driver.window.controller.models.loading)
    assert driver.generate_button.accessibleName() == "Generate a picture"
    slow.set()
    driver.idle()
    assert driver.generate_button.accessibleName() == "Generate “dot”"
