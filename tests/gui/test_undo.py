"""Undo: every change of a setting and of the view, once each, from wherever the keys are; the menu says what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from gui_driver import CTRL, Driver
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QCheckBox, QComboBox, QToolButton

from diffviz.scene import DataSpec, SamplerSpec, ViewSpec

pytestmark = pytest.mark.display

K = Qt.Key
CHOICES = [
    ("schedule_combo", "cosine", "Undo: β schedule cosine"),
    ("class_combo", "cross", "Undo: class cross"),
    ("count_combo", "4", "Undo: samples 4"),
    ("sampler_combo", "Heun", "Undo: sampler Heun"),
    ("pace_combo", "4 steps/s", "Undo: pace 4 a second"),
    ("speed_combo", "2×", "Undo: speed 2×"),
    ("pacing_combo", "even in t", "Undo: pacing even in t"),
]


@pytest.mark.parametrize("name, wanted, words", CHOICES, ids=[row[0] for row in CHOICES])
def test_a_choice_is_one_step_and_said(name: str, wanted: str, words: str, driver: Driver) -> None:
    before = driver.scene
    driver.choose(name, wanted)
    driver.idle()
    assert driver.action("undo").text() == words
    driver.trigger("undo")
    driver.idle()
    assert driver.scene == before and driver.find(name, QComboBox).currentText() != wanted
    assert driver.action("redo").text() == words.replace("Undo", "Redo")
    assert driver.action("redo").toolTip().startswith(words.replace("Undo", "Redo").split("_")[0])
    driver.trigger("redo")
    driver.idle()
    assert driver.find(name, QComboBox).currentText() == wanted


SWITCHES = [("eps_range_check", "ε at ±3")]


@pytest.mark.parametrize("name, words", SWITCHES)
def test_a_view_switch_is_one_step(name: str, words: str, driver: Driver) -> None:
    driver.find(name, QCheckBox).click()
    assert driver.action("undo").text() == f"Undo: {words}"
    driver.trigger("undo")
    driver.idle()
    assert driver.scene == driver.first_scene and not driver.find(name, QCheckBox).isChecked()


def test_curves_and_loop_are_steps_too(driver: Driver) -> None:
    driver.window.controller.schedule_panel.curves.buttons["snr"].click()
    driver.trigger("loop")
    assert driver.action("undo").text() == "Undo: loop"
    driver.trigger("undo")
    assert driver.action("undo").text() == "Undo: curves SNR"
    driver.trigger("undo")
    assert driver.scene.view == ViewSpec()


@pytest.mark.parametrize("name, words", [("direction_reverse", "Remove noise"), ("laboratory", "Laboratory")])
def test_going_to_another_page_is_one_step(name: str, words: str, driver: Driver) -> None:
    driver.trigger(name)
    driver.idle()
    assert driver.action("undo").text() == f"Undo: {words}"
    driver.trigger("undo")
    driver.idle()
    assert driver.scene == driver.first_scene and driver.action("direction_forward").isChecked()
    driver.trigger(name)
    driver.trigger(name)  # there already
    driver.trigger("undo")
    driver.idle()
    assert driver.scene == driver.first_scene


def test_generate_is_one_step_from_wherever_it_was_pressed(driver: Driver) -> None:
    driver.generate()
    assert driver.action("undo").text() == "Undo: Remove noise"
    driver.trigger("direction_forward")
    driver.find("new_noise_action", type(driver.action("new_noise"))).trigger()
    driver.generate()  # from Forward, over a chain
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.direction == "forward" and driver.scene.seed == 1
    driver.trigger("undo")
    assert driver.scene.seed == 0


def test_undo_of_what_was_set_before_the_first_chain_leaves_its_state(driver: Driver) -> None:
    """It led from x_0 to x_T, and redo did not lead back."""
    driver.trigger("direction_reverse")
    driver.window.controller.options.view(second="posterior")
    driver.generate()
    for name, second in (("undo", "none"), ("redo", "posterior")):
        driver.trigger(name)
        driver.idle()
        assert (driver.scene.view.second, driver.scene.t) == (second, 0)


def test_the_same_settings_again_are_called_a_chain(driver: Driver) -> None:
    driver.generate()
    driver.generate()
    assert driver.action("undo").text() == "Undo: the new chain"


def test_opening_a_picture_from_the_reverse_side_is_one_step(driver: Driver, picture_file: Path) -> None:
    driver.trigger("direction_reverse")
    driver.idle()
    before = driver.scene
    driver.window.open_picture(picture_file)
    driver.idle()
    assert driver.scene.direction == "forward" and "bunt.png" in driver.scene.data.source
    driver.trigger("undo")
    driver.idle()
    assert driver.scene == before


def test_reset_of_the_window_can_be_taken_back(driver: Driver) -> None:
    driver.window.controller.options.view(curves="snr")
    driver.window.controller.options.view(speed=2.0)
    driver.trigger("reset_view")
    assert driver.action("undo").text() == "Undo: the view as at first"
    driver.trigger("undo")
    assert driver.scene.view == ViewSpec(curves="snr", speed=2.0)


@pytest.mark.parametrize("name", ["seed_spin", "T_spin", "guidance_spin", "steps_spin", "t_spin"])
def test_ctrl_z_is_the_windows_while_a_box_has_the_focus(name: str, driver: Driver) -> None:
    box = driver.find(name, QAbstractSpinBox)
    before, steps = driver.scene, len(driver.window.controller.store._undo)
    box.setFocus()
    box.selectAll()
    QTest.keyClicks(box, "3")
    assert driver.scene == before  # it is being typed
    QTest.keyClick(box, K.Key_Z, CTRL)
    driver.paint()
    assert driver.scene == before, "what is typed is taken back by itself"
    driver.idle()
    driver.key(K.Key_Up, widget=box)
    driver.idle()
    assert driver.scene != before and box.hasFocus()
    QTest.keyClick(box, K.Key_Z, CTRL)
    driver.idle()
    assert driver.scene == before and box.hasFocus()
    assert len(driver.window.controller.store._undo) == steps


def test_ctrl_z_in_a_text_field_is_the_windows_once_it_was_said(driver: Driver) -> None:
    driver.trigger("laboratory")
    driver.window.controller.laboratory._edit(name="weights")
    driver.idle()
    field = driver.find("weights_field")
    field.setFocus()
    field.selectAll()  # type: ignore[attr-defined]
    QTest.keyClicks(field, "1 2")
    QTest.keyClick(field, K.Key_Tab)
    field.setFocus()
    assert driver.action("undo").text() == "Undo: weights 1 2"
    QTest.keyClick(field, K.Key_Z, CTRL)
    driver.idle()
    assert field.text() == "0 1 2 4 8"  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["seed_spin", "t_slider"])
def test_the_desktops_other_key_for_redo_works_from_anywhere(name: str, driver: Driver) -> None:
    driver.set("seed_spin", 5)
    driver.trigger("undo")
    widget = driver.find(name)
    widget.setFocus()
    QTest.keyClick(widget, K.Key_Z, CTRL | Qt.KeyboardModifier.ShiftModifier)
    driver.idle()
    assert driver.scene.seed == 5


def test_nothing_to_undo_says_so(driver: Driver) -> None:
    driver.window.controller.store._undo.clear()
    driver.window.controller.store.edit(undo=False, t=driver.scene.t + 1)
    assert driver.action("undo").text() == "Undo" and not driver.action("undo").isEnabled()


def test_words_stand_in_the_edit_menu(driver: Driver) -> None:
    driver.choose("class_combo", "cross")
    [menu] = [action.menu() for action in driver.window.menuBar().actions() if action.text() == "&Edit"]
    assert "Undo: class cross" in [action.text() for action in menu.actions()]  # type: ignore[attr-defined]
    assert not driver.window.findChildren(QToolButton, "undo_button")


@pytest.mark.parametrize("name", ["t_slider", "schedule_plot", "film_strip"])
def test_a_drag_of_t_ends_where_another_page_is_shown_meanwhile(name: str, driver: Driver) -> None:
    dragged = driver.find(name)
    driver.press(dragged, dragged.width() / 3, dragged.height() / 2)
    driver.move(dragged, dragged.width() / 2, dragged.height() / 2)
    driver.trigger("laboratory")
    first = driver.scene.experiment
    for experiment in ("convergence", "mistakes"):
        driver.window.controller.store.edit(experiment=replace(first, name=experiment))
    driver.trigger("undo")
    assert driver.scene.laboratory and driver.scene.experiment.name == "convergence"


def test_undo_of_what_led_to_a_model_on_its_way_leads_back(driver: Driver) -> None:
    """It came all the same, and no undo brought back the one before."""
    models = driver.window.controller.models
    driver.trigger("direction_reverse")
    driver.idle()
    before = driver.scene
    driver.window.controller.store.edit(sampler=SamplerSpec("ddpm", 50), undo=False)
    driver.choose("pace_combo", "10 steps/s")
    driver.trigger("generate")
    driver.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    driver.until(lambda: driver.scene.data.kind == "points")
    assert models.loading and models.wanted.startswith("exact")
    driver.trigger("undo")
    driver.until(lambda: driver.scene.data == before.data)
    driver.window.controller.jobs.cancel()
    driver.idle()
    assert driver.scene.model.name == before.model.name == models.wanted and not models.loading
