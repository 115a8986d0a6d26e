"""Undo and redo, one entry per drag; and the keys, which text fields and buttons keep while they have the focus."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from gui_driver import CTRL, SHIFT, Driver
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QSpinBox, QToolButton

from diffviz import catalog

pytestmark = pytest.mark.display

K = Qt.Key


def drag(driver: Driver, levels: list[int]) -> None:
    """One drag of the slider over some levels."""
    left, y = driver.slider.mapTo(driver.window, QPoint(0, 0)).x(), driver.slider.height() / 2
    driver.press(driver.slider, driver.plot_x(levels[0]) - left, y)
    for t in levels[1:]:
        driver.move(driver.slider, driver.plot_x(t) - left, y)
        driver.paint()
    driver.release(driver.slider, driver.plot_x(levels[-1]) - left, y)
    driver.idle()


def test_a_drag_is_one_entry(driver: Driver) -> None:
    drag(driver, [40, 50, 60, 70])
    drag(driver, [70, 30, 20])
    assert driver.slider.value() == 20
    driver.trigger("undo")
    driver.idle()
    assert driver.slider.value() == 70
    driver.trigger("undo")
    driver.idle()
    assert driver.slider.value() == 40
    for t in (70, 20):
        driver.trigger("redo")
        driver.idle()
        assert driver.slider.value() == t
    assert not driver.action("redo").isEnabled()


def test_a_drag_in_the_plot_is_one_entry(driver: Driver) -> None:
    viewport = driver.plot
    left, y = driver.plot.mapTo(driver.window, QPoint(0, 0)).x(), viewport.height() / 2
    driver.press(viewport, driver.plot_x(50) - left, y)
    for t in (60, 70, 80):
        driver.move(viewport, driver.plot_x(t) - left, y)
    driver.release(viewport, driver.plot_x(80) - left, y)
    driver.idle()
    driver.trigger("undo")
    driver.idle()
    assert driver.slider.value() == 40


def test_undo_shows_the_state_of_its_t_from_either_direction(driver: Driver) -> None:
    driver.generate()
    driver.trigger("last")
    driver.trigger("direction_forward")
    driver.trigger("direction_reverse")
    driver.trigger("back")
    driver.trigger("back")
    assert driver.scene.t == driver.slider.value() == 40
    driver.trigger("undo")
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.direction == "reverse"
    assert driver.scene.t == driver.slider.value() == 0
    assert any(label.text().startswith("t = 0 ·") for label in driver.find("x_0_panel").findChildren(QLabel))
    driver.trigger("redo")
    driver.trigger("redo")
    driver.idle()
    assert driver.scene.t == driver.slider.value() == driver.window.controller.chains.level


@pytest.mark.parametrize(
    ("change", "read"),
    [
        (lambda d: d.set("seed_spin", 9), lambda d: d.find("seed_spin").value()),
        (lambda d: d.choose("schedule_combo", catalog.SCHEDULES["cosine"].label), lambda d: d.scene.schedule.name),
        (lambda d: d.set("T_spin", 500), lambda d: (d.slider.maximum(), d.slider.value())),
        (lambda d: d.set("steps_spin", 9), lambda d: d.find("steps_spin").value()),
        (lambda d: d.choose("sampler_combo", "DDIM"), lambda d: d.find("sampler_combo").currentText()),
        (lambda d: d.choose("class_combo", "ring"), lambda d: d.find("class_combo").currentText()),
        (lambda d: d.set("guidance_spin", 2.5), lambda d: d.find("guidance_spin").value()),
        (lambda d: d.choose("count_combo", "4"), lambda d: d.find("count_combo").currentText()),
        (lambda d: d.trigger("direction_reverse"), lambda d: d.action("direction_reverse").isChecked()),
    ],
    ids=["seed", "schedule", "T", "steps", "sampler", "class", "guidance", "count", "direction"],
)
def test_every_choice_can_be_undone(
    change: Callable[[Driver], None], read: Callable[[Driver], object], driver: Driver
) -> None:
    before, picture = read(driver), driver.shown("x_t")
    change(driver)
    driver.idle()
    after = read(driver)
    assert after != before
    driver.trigger("undo")
    driver.idle()
    assert read(driver) == before and np.array_equal(driver.shown("x_t"), picture)
    driver.trigger("redo")
    driver.idle()
    assert read(driver) == after


def test_a_new_change_ends_the_redo(driver: Driver) -> None:
    driver.set("seed_spin", 5)
    driver.trigger("undo")
    driver.set("seed_spin", 6)
    assert not driver.action("redo").isEnabled() and driver.action("undo").isEnabled()


def test_playback_makes_no_entries(driver: Driver) -> None:
    driver.set_t(77)
    driver.trigger("play")
    driver.until(lambda: driver.slider.value() > 78)
    driver.trigger("play")
    driver.idle()
    driver.trigger("undo")
    driver.idle()
    assert driver.slider.value() == 40


def test_a_chain_makes_one_entry_at_most(driver: Driver) -> None:
    driver.set("steps_spin", 20)
    driver.generate()
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.direction == "forward" and driver.slider.value() == 40


def test_undo_of_a_picture_brings_the_old_one_back(driver: Driver, picture_file: object) -> None:
    before = driver.shown("x_0")
    driver.window.open_picture(picture_file)
    driver.idle()
    assert driver.shown("x_0").shape == (12, 20, 3)
    driver.trigger("undo")
    driver.idle()
    assert np.array_equal(driver.shown("x_0"), before)
    driver.trigger("redo")
    driver.idle()
    assert driver.shown("x_0").shape == (12, 20, 3)


# -- keys


@pytest.mark.parametrize(
    ("key", "modifiers", "t"),
    [
        (K.Key_Right, Qt.KeyboardModifier.NoModifier, 41),
        (K.Key_Left, Qt.KeyboardModifier.NoModifier, 39),
        (K.Key_Right, SHIFT, 50),
        (K.Key_Left, SHIFT, 30),
        (K.Key_Home, Qt.KeyboardModifier.NoModifier, 0),
        (K.Key_End, Qt.KeyboardModifier.NoModifier, 100),
    ],
)
@pytest.mark.parametrize("focus", ["t_slider", "nothing"])
def test_arrows_move_t(key: Qt.Key, modifiers: Qt.KeyboardModifier, t: int, focus: str, driver: Driver) -> None:
    if focus == "nothing":
        driver.slider.clearFocus()
    driver.key(key, modifiers, driver.slider if focus == "t_slider" else driver.window)
    driver.idle()
    assert driver.slider.value() == t


def test_arrows_stop_at_the_ends(driver: Driver) -> None:
    driver.set_t(95)
    driver.key(K.Key_Right, SHIFT)
    driver.key(K.Key_Right)
    assert driver.slider.value() == 100
    driver.set_t(4)
    driver.key(K.Key_Left, SHIFT)
    assert driver.slider.value() == 0
    driver.idle()


def test_space_plays_and_pauses(driver: Driver) -> None:
    driver.key(K.Key_Space)
    assert driver.action("play").text() == "Pause"
    driver.until(lambda: driver.slider.value() > 41)
    driver.key(K.Key_Space)
    assert driver.action("play").text() == "Play"


@pytest.mark.parametrize(
    ("key", "modifiers", "name"),
    [
        (K.Key_O, CTRL, "open"),
        (K.Key_V, CTRL, "paste"),
        (K.Key_C, CTRL, "copy"),
        (K.Key_E, CTRL, "export"),
        (K.Key_Z, CTRL, "undo"),
        (K.Key_Y, CTRL, "redo"),
        (K.Key_F11, Qt.KeyboardModifier.NoModifier, "presentation"),
        (K.Key_F, Qt.KeyboardModifier.NoModifier, "fit"),
        (K.Key_1, Qt.KeyboardModifier.NoModifier, "one_to_one"),
        (K.Key_S, CTRL, "save_png"),
    ],
)
def test_every_shortcut_of_the_issue(
    key: Qt.Key, modifiers: Qt.KeyboardModifier, name: str, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.set("seed_spin", 3)
    driver.set("seed_spin", 4)
    driver.trigger("undo")
    driver.slider.setFocus()
    heard: list[str] = []
    action = driver.action(name)
    for dialog in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(QFileDialog, dialog, staticmethod(lambda *_, **__: ("", "")))
    connection = action.triggered.connect(lambda: heard.append(name))
    try:
        driver.key(key, modifiers)
        assert heard == [name]
    finally:
        action.triggered.disconnect(connection)
        driver.window.controller.bar.clear()


@pytest.mark.parametrize("name", ["seed_spin", "t_spin", "T_spin", "steps_spin"])
def test_a_number_field_keeps_its_keys(name: str, driver: Driver) -> None:
    spin = driver.find(name, QSpinBox)
    spin.setFocus()
    driver.paint()
    spin.selectAll()
    t, zoom = driver.slider.value(), driver.window.controller.view.viewport.place
    QTest.keyClicks(spin, "61")
    for key in (K.Key_Left, K.Key_Home, K.Key_End, K.Key_Space):
        QTest.keyClick(spin, key)
    driver.paint()
    assert driver.slider.value() == t  # arrows, Home and End moved the text cursor; 1 is a digit
    assert driver.window.controller.view.viewport.place == zoom
    assert driver.action("play").text() == "Play"
    assert "61" in spin.text()
    QTest.keyClick(spin, K.Key_Return)
    driver.idle()
    assert spin.value() == 61


def test_a_field_keeps_its_own_undo_and_copy(driver: Driver) -> None:
    driver.set_t(70)
    spin = driver.find("seed_spin", QSpinBox)
    spin.setFocus()
    spin.selectAll()
    QApplication.clipboard().clear()
    QTest.keyClick(spin, K.Key_C, CTRL)
    assert QApplication.clipboard().text() == spin.text()
    QTest.keyClicks(spin, "55")
    QTest.keyClick(spin, K.Key_Z, CTRL)
    driver.paint()
    assert driver.slider.value() == 70  # the scene was not undone


def test_a_focused_button_keeps_its_space_bar(driver: Driver) -> None:
    loop = next(
        button
        for button in driver.window.findChildren(QToolButton)
        if button.defaultAction() is driver.action("loop") and button.isVisible()
    )
    before = driver.action("loop").text()
    loop.setFocus(Qt.FocusReason.TabFocusReason)
    driver.paint()
    QTest.keyClick(loop, K.Key_Space)
    driver.paint()
    assert driver.action("play").text() == "Play"
    assert driver.action("loop").text() != before


def test_keys_work_again_when_the_pictures_are_clicked(driver: Driver) -> None:
    """A person who typed a seed and turns to the picture expects arrows and Space to drive."""
    spin = driver.find("seed_spin", QSpinBox)
    spin.setFocus()
    QTest.mouseClick(driver.picture_area("x_t"), Qt.MouseButton.LeftButton)
    driver.paint()
    driver.key(K.Key_Right)
    driver.idle()
    assert driver.slider.value() == 41
