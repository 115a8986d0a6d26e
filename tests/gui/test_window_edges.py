"""Things that happen at once: options that change while a chain runs, models that arrive late, budgets that end."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from chains import direct
from gui_driver import Driver
from pixels import to_uint8
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtWidgets import QCheckBox, QLabel, QProgressBar

from diffviz.engine import recording, renderer
from diffviz.engine.noise import ChainNoise
from diffviz.kinds.tiles import tile
from diffviz.scene_file import save_scene

pytestmark = pytest.mark.display


def begin_step_by_step(driver: Driver, states: int = 1) -> None:
    driver.choose("pace_combo", "step by step")
    driver.trigger("generate")
    driver.until(lambda: driver.shown("x_0").shape == (8, 8, 3))
    done = driver.find("progress_bar", QProgressBar)
    for number in range(1, states):
        driver.key(Qt.Key.Key_Right)
        driver.until(lambda number=number: done.value() == number)


def finish(driver: Driver) -> None:
    driver.choose("pace_combo", "full speed")
    driver.idle()


def captions(driver: Driver) -> str:
    panels = [driver.find(f"{name}_panel") for name in ("x_t", "x_0", "eps")]
    return " ".join(label.text() for panel in panels for label in panel.findChildren(QLabel))


# -- threads


def test_noising_happens_in_the_engines_thread(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    names: set[str] = set()
    original = renderer.add_noise

    def recorded(*arguments: object) -> object:
        names.add(threading.current_thread().name)
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(renderer, "add_noise", recorded)
    driver.set_t(55)
    driver.set("seed_spin", 2)
    assert names == {"diffviz-render"}


# -- while a chain runs


def test_a_seed_that_changes_under_a_chain_is_for_the_next_one(driver: Driver) -> None:
    begin_step_by_step(driver, 2)
    before = driver.scene
    driver.find("seed_spin").setValue(9)  # type: ignore[attr-defined]
    finish(driver)
    assert driver.generate_button.text() == "Generate “dot”" and driver.scene.seed == 9
    assert np.array_equal(driver.shown("x_t"), direct(before)[-1].x_t[0]), "it ran to its end"
    assert "seed 0" in captions(driver) and "seed 9" not in captions(driver)
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0]) and "seed 9" in captions(driver)


def test_forward_stays_free_while_a_chain_runs(driver: Driver) -> None:
    begin_step_by_step(driver)
    driver.trigger("direction_forward")
    driver.until(lambda: driver.shown("x_t").shape == driver.shown("eps").shape != (8, 8, 3))
    before = driver.shown("x_t")
    driver.slider.setValue(90)
    driver.until(lambda: not np.array_equal(driver.shown("x_t"), before))
    assert driver.generate_button.text() == "Stop"
    finish(driver)


def test_undo_under_a_chain_does_no_harm(driver: Driver) -> None:
    driver.set("seed_spin", 3)
    begin_step_by_step(driver, 2)
    for _ in range(4):
        driver.trigger("undo")
        driver.paint()
    finish(driver)
    assert driver.generate_button.text() == "Generate “dot”"
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])


def test_what_is_set_while_undo_waits_for_a_chain_stays(driver: Driver) -> None:
    """The undo came when the chain had stopped, and took back what was chosen since."""
    begin_step_by_step(driver, 2)
    driver.trigger("undo")
    finish(driver)
    assert driver.scene.view.pace == "max" and not driver.window.controller.jobs.running


def test_a_picture_that_is_opened_under_a_chain(driver: Driver, picture_file: Path) -> None:
    begin_step_by_step(driver, 2)
    state = driver.shown("x_t")
    driver.window.open_picture(picture_file)
    driver.until(lambda: driver.scene.data.source.endswith("bunt.png"))
    driver.paint()
    assert np.array_equal(driver.shown("x_t"), state) or driver.scene.direction == "forward"
    finish(driver)
    driver.trigger("direction_forward")
    driver.idle()
    assert driver.shown("x_0").shape == (12, 20, 3)


def test_a_model_that_is_dropped_under_a_chain_waits_for_its_end(driver: Driver, tiny_model_folder: Path) -> None:
    begin_step_by_step(driver, 2)
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(tiny_model_folder))])
    driver.window.files.take(mime)
    driver.paint()
    finish(driver)
    assert driver.scene.model.name == str(tiny_model_folder)
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])


def test_stop_and_generate_in_one_breath(driver: Driver) -> None:
    driver.set("steps_spin", 50)
    for _ in range(3):
        driver.trigger("generate")
        driver.trigger("cancel")
        driver.idle()
    driver.generate()
    assert driver.slider.value() == 0
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])


def test_the_button_pressed_many_times(driver: Driver) -> None:
    driver.set("steps_spin", 30)
    for _ in range(7):
        driver.generate_button.click()
        driver.paint()
    driver.idle()
    assert driver.generate_button.text() == "Generate “dot”"
    assert not any("fault" in text.lower() for text in driver.messages())


# -- early and late


def test_generate_before_the_model_is_there(make_driver: Callable[..., Driver]) -> None:
    """Pressed while the weights are read: it waits for them, visibly."""
    driver = make_driver(idle=False)
    driver.until(lambda: "loading" in driver.words("model_summary"))
    driver.generate_button.click()
    driver.paint()
    driver.idle(60.0)
    assert [text for text in driver.messages() if "ᾱ at t = T" not in text] == []  # its schedule ends early
    assert driver.slider.value() == 0
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])


def test_generate_in_the_very_first_moment(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(idle=False)
    driver.trigger("generate")
    driver.idle(60.0)
    if driver.scene.direction == "reverse" and driver.shown("x_0").size:
        assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])
    else:  # refused, and in words
        assert driver.messages() or not driver.action("generate").isEnabled()
    assert driver.generate_button.text() == "Generate “dot”" and driver.generate_button.isEnabled()


# -- Reverse in the wide range


def test_the_wide_range_in_reverse(driver: Driver) -> None:
    driver.generate()
    driver.find("eps_range_check", QCheckBox).setChecked(True)
    driver.key(Qt.Key.Key_Home)
    driver.idle()
    x_T = ChainNoise(0, 1).start((3, 8, 8))
    assert np.array_equal(driver.shown("x_t"), to_uint8(x_T, 3)[0])
    assert np.array_equal(driver.shown("x_0"), direct(driver.scene)[0].x0_hat[0])  # x̂_0 keeps [-1, 1]
    assert "±3" in captions(driver)


def test_the_wide_range_before_a_chain(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.find("eps_range_check", QCheckBox).setChecked(True)
    driver.idle()
    assert np.array_equal(driver.shown("x_t"), to_uint8(ChainNoise(0, 1).start((3, 8, 8)), 3)[0])


def test_a_recording_without_values_does_not_claim_the_wide_range(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "BUDGET_BYTES", 20 * 3 * 8 * 8 * 3)
    driver.set("steps_spin", 10)
    driver.generate()
    driver.find("eps_range_check", QCheckBox).setChecked(True)
    driver.key(Qt.Key.Key_Home)
    driver.idle()
    x_T = ChainNoise(0, 1).start((3, 8, 8))
    if np.array_equal(driver.shown("x_t"), to_uint8(x_T, 3)[0]):
        assert "±3" in captions(driver)
    else:
        assert np.array_equal(driver.shown("x_t"), to_uint8(x_T)[0]) and "±3" not in captions(driver)


def test_a_thinned_recording_keeps_both_ends(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "BUDGET_BYTES", 10 * 3 * 8 * 8 * 3)
    driver.set("steps_spin", 40)
    driver.generate()
    assert driver.slider.value() == 0
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])
    driver.key(Qt.Key.Key_Home)
    assert driver.slider.value() == 100


# -- undo in Reverse


def test_a_drag_through_a_chain_is_no_step_of_undo(driver: Driver) -> None:
    driver.generate()
    said = driver.action("undo").text()
    left, y = driver.slider.mapTo(driver.window, QPoint(0, 0)).x(), driver.slider.height() / 2
    driver.press(driver.slider, driver.plot_x(20) - left, y)
    for t in (40, 60, 80):
        driver.move(driver.slider, driver.plot_x(t) - left, y)
        driver.paint()
    driver.release(driver.slider, driver.plot_x(80) - left, y)
    driver.idle()
    states = {state.t: state for state in direct(driver.scene)}
    assert np.array_equal(driver.shown("x_t"), states[80].x_t[0])
    assert driver.action("undo").text() == said


def test_the_grid_is_not_smoothed_and_tiles_are_in_order(driver: Driver) -> None:
    driver.choose("count_combo", "16")
    driver.generate()
    driver.key(Qt.Key.Key_Home)
    assert np.array_equal(driver.shown("x_t"), tile(to_uint8(ChainNoise(0, 16).start((3, 8, 8)))))


# -- models on their way


def test_dragging_while_a_model_is_read_does_not_lose_it(driver: Driver, tiny_model_folder: Path) -> None:
    driver.window.files.open_any(str(tiny_model_folder))
    for t in (10, 20, 30):
        driver.slider.setValue(t)
    driver.idle()
    assert driver.scene.model.name == str(tiny_model_folder) and driver.slider.value() == 30


def test_a_scene_whose_model_is_gone_says_so_and_keeps_the_loaded_one(driver: Driver, tmp_path: Path) -> None:
    loaded = driver.scene.model.name
    model = dataclasses.replace(driver.scene.model, name=str(tmp_path / "gone-model"))
    save_scene(driver.scene.replace(model=model, seed=4), tmp_path / "s.json")
    driver.window.doors.scenes.open(str(tmp_path / "s.json"))
    driver.idle()
    assert any("gone-model" in text for text in driver.messages()), driver.messages()
    assert driver.scene.seed == 4 and driver.scene.model.name == loaded
    driver.window.controller.bar.clear()
    driver.set_t(12)
    assert driver.messages() == []  # it is not tried again at each move
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])


def test_a_scene_that_is_opened_while_another_model_is_read(
    driver: Driver, tiny_model_folder: Path, tmp_path: Path
) -> None:
    save_scene(driver.scene, tmp_path / "s.json")
    loaded = driver.scene.model.name
    driver.window.files.open_any(str(tiny_model_folder))
    driver.window.doors.scenes.open(str(tmp_path / "s.json"))
    driver.idle()
    assert driver.scene.model.name == loaded
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])
