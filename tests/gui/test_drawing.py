"""A drawing becomes x_0 and its chain; what is marked is drawn anew, all else is kept; undo takes strokes back."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from chains import network
from gui_driver import CTRL, Driver
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QSlider, QStyle, QStyleOptionSlider, QToolButton

from diffviz.engine.noise import held_noise
from diffviz.gui.drawing import DrawingDesk
from diffviz.gui.panels.canvas import Canvas
from diffviz.kinds.picture import PICTURE
from diffviz.kinds.tiles import Grid
from diffviz.scene import DataSpec
from diffviz.scene_file import read_scene


@pytest.fixture
def desk(driver: Driver) -> DrawingDesk:
    driver.trigger("brush")
    desk = driver.window.doors.drawing
    desk._clear(False)
    desk.dialog.at_once_box.setChecked(True)
    for name in ("ink_black", "brush_broad", "mode_draw"):
        desk.dialog.findChild(QToolButton, name).click()
    return desk


def stroke(driver: Driver, *points: tuple[float, float]) -> np.ndarray:
    """Draw through points, in parts of the canvas; what is drawn then."""
    canvas = driver.window.doors.drawing.dialog.findChild(Canvas, "canvas")
    place = canvas._place()
    pixels = [(place.x() + x * place.width(), place.y() + y * place.height()) for x, y in points]
    driver.press(canvas, *pixels[0])
    for point in pixels[1:]:
        driver.move(canvas, *point)
    driver.release(canvas, *pixels[-1])
    driver.idle()
    return canvas.array()


def first_state(driver: Driver) -> np.ndarray:
    return driver.window.controller.chains.states[0].values[0, 0]


def test_letting_go_noises_the_drawing_and_runs_the_chain_from_there(driver: Driver, desk: DrawingDesk) -> None:
    drawn = stroke(driver, (0.2, 0.5), (0.8, 0.5))
    assert (drawn == drawn[0, 0]).mean() > 0.5 and drawn.min() < 60
    model, chains = network(driver.scene.model.name), driver.window.controller.chains
    level = round(0.6 * model.schedule.T)
    assert driver.scene.start == level and driver.scene.direction == "reverse" and chains.states[-1].t == 0
    alpha_bar = float(model.schedule.alpha_bar[level])
    x_0 = PICTURE.x_0(drawn, model.sample_shape)
    eps = held_noise(driver.scene.seed, model.sample_shape)[0].numpy()
    assert np.abs(first_state(driver) - (alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * eps)).max() < 1e-5
    assert np.array_equal(desk.dialog.outcome.array(), chains.state.frames().x0_hat)
    assert f"from your picture at t = {level}" in desk.dialog.outcome_words.text()


def test_undo_takes_the_stroke_and_its_chain_back_together(driver: Driver, desk: DrawingDesk) -> None:
    one = stroke(driver, (0.2, 0.3), (0.8, 0.3))
    first = first_state(driver)
    two = stroke(driver, (0.2, 0.7), (0.8, 0.7))
    second = first_state(driver)
    assert not np.array_equal(first, second)
    driver.trigger("undo")
    driver.idle()
    assert np.array_equal(desk.dialog.canvas.array(), one) and np.array_equal(first_state(driver), first)
    driver.trigger("redo")
    driver.idle()
    assert np.array_equal(desk.dialog.canvas.array(), two) and np.array_equal(first_state(driver), second)
    driver.trigger("undo")
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.data.source == "builtin:cat" and desk.dialog.canvas.array().min() == 255


@pytest.mark.parametrize("tool", ["ink_red", "eraser", "mode_mask"])
def test_undo_while_a_stroke_is_drawn_takes_back_it_alone(tool: str, driver: Driver, desk: DrawingDesk) -> None:
    """It took back the one before, which was then lost, as the one in the hand became a step."""
    store, canvas = driver.window.controller.store, desk.dialog.canvas

    def seen() -> list[object]:
        marked = canvas.marked()
        return [canvas.array().tobytes(), None if marked is None else marked.tobytes(), first_state(driver).tobytes()]

    desk.dialog.findChild(QToolButton, tool).click()
    stroke(driver, (0.2, 0.3), (0.8, 0.3))
    stroke(driver, (0.2, 0.4), (0.3, 0.4))
    driver.trigger("undo")
    driver.idle()
    before, scene, steps = seen(), driver.scene, store.steps
    place = canvas._place()
    driver.press(canvas, place.x() + 40, place.y() + 20)
    driver.move(canvas, place.center().x(), place.center().y())
    assert seen() != before or tool == "eraser"  # there is nothing to erase
    assert driver.action("undo").text() == "Undo: the stroke in the hand" and not driver.action("redo").isEnabled()
    driver.trigger("undo")
    assert seen() == before
    driver.move(canvas, place.center().x() + 50, place.center().y())
    driver.release(canvas, place.center().x(), place.center().y())
    driver.idle()
    assert seen() == before and driver.scene == scene and store.steps == steps
    driver.trigger("redo")
    driver.idle()
    assert seen() != before or tool == "eraser"


def test_a_stroke_ends_with_the_dialog(driver: Driver, desk: DrawingDesk) -> None:
    """No release came, and the mouse drew on without its button when the canvas was opened again."""
    canvas = desk.dialog.canvas
    driver.press(canvas, 100, 100)
    driver.move(canvas, 150, 100)
    driver.key(Qt.Key.Key_Escape, widget=desk.dialog)
    driver.idle()
    drawn = canvas.array()
    assert drawn.min() < 255 and driver.action("undo").text() != "Undo: the stroke in the hand"
    driver.trigger("brush")
    driver.move(canvas, 150, 200, held=False)
    assert np.array_equal(canvas.array(), drawn)


def test_without_at_once_only_run_runs(driver: Driver, desk: DrawingDesk) -> None:
    desk.dialog.at_once_box.setChecked(False)
    drawn = stroke(driver, (0.5, 0.5), (0.6, 0.6))
    assert driver.scene.direction == "forward" and not driver.window.controller.chains.states
    assert np.array_equal(driver.window.controller.forward.picture, drawn)
    desk.dialog.findChild(QSlider, "strength_slider").setValue(30)
    desk.dialog.findChild(QPushButton, "draw_run").click()
    driver.idle()
    assert driver.scene.start == 30 and "t = 30" in desk.dialog.strength_words.text()


def test_the_strength_is_part_of_the_scene(driver: Driver, desk: DrawingDesk, tmp_path: Path) -> None:
    """A scene that was saved had lost it, and the next window's drawings were of another."""
    slider = desk.dialog.findChild(QSlider, "strength_slider")
    slider.sliderPressed.emit()
    for value in (50, 40, 30):
        slider.setValue(value)
    slider.sliderReleased.emit()
    driver.window.doors.scenes.write(str(tmp_path / "a.json"), True)
    assert read_scene(tmp_path / "a.json").scene.view.strength == 0.3 == driver.scene.view.strength
    assert driver.action("undo").text() == "Undo: strength 0.3"
    driver.trigger("undo")
    assert driver.scene.view.strength == 0 and slider.value() == 60 and "t = 60" in desk.dialog.strength_words.text()


@pytest.mark.parametrize("close", ["esc", "close"])
def test_a_drag_of_the_strength_ends_with_the_dialog(driver: Driver, desk: DrawingDesk, close: str) -> None:
    """No release came, and whatever was set from then on was one step of undo with it."""
    slider, style = desk.dialog.strength, QStyleOptionSlider()
    slider.initStyleOption(style)
    part, handle = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
    at = slider.style().subControlRect(part, style, handle, slider).center()
    driver.press(slider, at.x(), at.y())
    driver.move(slider, at.x() - 30, at.y())
    assert slider.isSliderDown() and driver.scene.view.strength
    if close == "esc":
        QTest.keyClick(desk.dialog, Qt.Key.Key_Escape)
    else:
        desk.dialog.close()
    driver.set("seed_spin", 5)
    driver.set("seed_spin", 6)
    assert not slider.isSliderDown() and driver.action("undo").text() == "Undo: seed 6"


def test_what_is_not_marked_is_kept(driver: Driver, desk: DrawingDesk) -> None:
    desk.dialog.at_once_box.setChecked(False)
    drawn = stroke(driver, (0.1, 0.2), (0.9, 0.2))
    desk.dialog.findChild(QToolButton, "mode_mask").click()
    desk.dialog.at_once_box.setChecked(True)
    stroke(driver, (0.1, 0.8), (0.9, 0.8))
    mask = desk.dialog.canvas.marked()
    shape = network(driver.scene.model.name).sample_shape
    keep = PICTURE.x_0(mask, shape)[0] >= 0
    assert 0.1 < keep.mean() < 0.95
    x_0 = PICTURE.x_0(drawn, shape)
    end = driver.window.controller.chains.states[-1].values[0, 0]
    assert np.abs(end - x_0)[:, keep].max() < 1e-6 and np.abs(end - x_0)[:, ~keep].max() > 0.01
    assert driver.scene.start == 100 and "in-painted" in desk.dialog.outcome_words.text()
    driver.trigger("first")
    driver.idle()
    assert "where your picture is kept" in driver.words("formula_line")
    driver.trigger("undo")
    driver.idle()
    assert desk.dialog.canvas.marked() is None and not driver.scene.inpaint.mask


def test_a_scene_keeps_drawing_and_mask(driver: Driver, desk: DrawingDesk, tmp_path: Path) -> None:
    stroke(driver, (0.1, 0.2), (0.9, 0.2))
    desk.dialog.findChild(QToolButton, "mode_mask").click()
    stroke(driver, (0.1, 0.8), (0.9, 0.8))
    mask, end = desk.dialog.canvas.marked(), driver.window.controller.chains.states[-1].values[0]
    driver.window.doors.scenes.write(str(tmp_path / "a.json"), True)
    saved = read_scene(tmp_path / "a.json")
    assert saved.mask is not None and saved.picture is not None
    driver.reset()
    driver.window.controller.shelf._kept.clear()
    driver.window.files.open_any(str(tmp_path / "a.json"))
    driver.idle()
    driver.trigger("repeat")
    driver.idle()
    assert np.array_equal(driver.window.controller.chains.states[-1].values[0], end)
    assert np.array_equal(desk.dialog.canvas.marked(), mask)


def in_painted(driver: Driver, desk: DrawingDesk) -> np.ndarray:
    """A drawing, of which a stripe is drawn anew; what the chain ends with."""
    desk.dialog.at_once_box.setChecked(False)
    stroke(driver, (0.1, 0.2), (0.9, 0.2))
    desk.dialog.findChild(QToolButton, "mode_mask").click()
    desk.dialog.at_once_box.setChecked(True)
    stroke(driver, (0.1, 0.8), (0.9, 0.8))
    return driver.window.controller.chains.states[-1].values[0]


def test_another_picture_has_no_mask_of_the_one_before(driver: Driver, desk: DrawingDesk) -> None:
    in_painted(driver, desk)
    driver.window.controller.pictures.open(DataSpec("picture", "builtin:cat"))
    driver.idle()
    assert not driver.scene.inpaint.mask and desk.dialog.canvas.marked() is None
    assert "kept" not in desk.dialog.strength_words.text()
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.inpaint.mask and desk.dialog.canvas.marked() is not None


@pytest.mark.parametrize("way", ["restore_chain", "take_settings"])
def test_a_chain_that_began_with_a_picture_comes_back_with_it(way: str, driver: Driver, desk: DrawingDesk) -> None:
    end = in_painted(driver, desk)
    drawn = driver.scene.data
    driver.window.controller.pictures.open(DataSpec("picture", "builtin:cat"))
    driver.idle()
    if way == "restore_chain":
        driver.generate()
    else:
        driver.trigger("direction_reverse")
        driver.set("seed_spin", 8)
    driver.trigger(way)
    driver.idle()
    assert driver.scene.data == drawn and driver.scene.start == 100
    driver.trigger("repeat")
    driver.idle()
    assert np.array_equal(driver.window.controller.chains.states[-1].values[0], end)


def test_a_branch_began_with_the_picture_of_its_chain(driver: Driver, desk: DrawingDesk) -> None:
    in_painted(driver, desk)
    made, chains = driver.scene, driver.window.controller.chains
    driver.window.controller.pictures.open(DataSpec("picture", "builtin:cat"))
    driver.idle()
    driver.trigger("direction_reverse")
    driver.trigger("go_on")
    driver.idle()
    assert (driver.scene.data, driver.scene.inpaint) == (made.data, made.inpaint)
    end = chains.states[-1].values[0]
    driver.trigger("repeat")
    driver.idle()
    assert np.array_equal(chains.states[-1].values[0], end), "the same pictures again, as is said"


def test_a_scene_tells_nothing_of_a_chain_whose_picture_is_not_in_it(
    driver: Driver, desk: DrawingDesk, tmp_path: Path
) -> None:
    in_painted(driver, desk)
    driver.window.controller.pictures.open(DataSpec("picture", "builtin:cat"))
    driver.idle()
    driver.window.doors.scenes.write(str(tmp_path / "a.json"), True)
    assert read_scene(tmp_path / "a.json").made is None


def test_the_keys_of_the_running_chain_work_where_it_is_drawn(driver: Driver, desk: DrawingDesk) -> None:
    driver.window.controller.store.edit(view=driver.scene.view.__class__(pace="4"))
    canvas, jobs = desk.dialog.canvas, driver.window.controller.jobs
    driver.press(canvas, 60, 60)
    driver.release(canvas, 60, 60)
    driver.until(lambda: jobs.running and len(driver.window.controller.chains.states) > 1)
    canvas.activateWindow()
    driver.until(canvas.isActiveWindow)
    driver.key(Qt.Key.Key_P, widget=canvas)
    assert jobs.paused
    driver.key(Qt.Key.Key_Period, CTRL, widget=canvas)
    driver.until(lambda: not jobs.running)
    assert driver.window.controller.chains.states[-1].t > 0


def test_a_running_chain_gives_way_to_the_next_stroke(driver: Driver, desk: DrawingDesk) -> None:
    driver.window.controller.store.edit(view=driver.scene.view.__class__(pace="4"))
    canvas = desk.dialog.canvas
    driver.press(canvas, 60, 60)
    driver.release(canvas, 60, 60)
    driver.until(lambda: driver.window.controller.jobs.running)
    driver.press(canvas, 120, 120)
    driver.release(canvas, 120, 120)
    drawn = canvas.array()
    driver.window.controller.store.edit(view=driver.scene.view.__class__(pace="max"))
    driver.until(lambda: driver.window.controller.forward.picture is not None)
    driver.idle()
    assert np.array_equal(driver.window.controller.forward.picture, drawn)
    assert driver.window.controller.chains.states[-1].t == 0 and not driver.window.controller.jobs.running


def test_a_stroke_while_a_chain_runs_is_one_step_with_its_own_chain(driver: Driver, desk: DrawingDesk) -> None:
    controller, canvas = driver.window.controller, desk.dialog.canvas
    controller.store.edit(view=driver.scene.view.__class__(pace="4"))
    driver.press(canvas, 60, 60)
    driver.release(canvas, 60, 60)
    one, of_one = canvas.array(), driver.scene.data
    driver.until(lambda: controller.jobs.running and len(controller.chains.states) > 1)
    steps = controller.store.steps
    driver.press(canvas, 120, 120)
    driver.release(canvas, 120, 120)
    two, of_two = canvas.array(), driver.scene.data
    assert of_one != of_two and driver.action("undo").text() == "Undo: your own picture"
    controller.engine.control.set_pace("max")
    driver.until(lambda: controller.chains.run.scene.data == of_two)
    driver.idle()
    assert controller.store.steps == steps + 1 and controller.chains.states[-1].t == 0
    for action, drawn, data in (("undo", one, of_one), ("redo", two, of_two), ("undo", one, of_one)):
        driver.trigger(action)
        driver.idle()
        assert np.array_equal(canvas.array(), drawn) and driver.scene.data == data
        assert controller.chains.run.scene.data == data and controller.chains.states, "and the chain of it"


def test_generate_begins_with_pure_noise_again(driver: Driver, desk: DrawingDesk) -> None:
    desk.dialog.findChild(QToolButton, "mode_mask").click()
    stroke(driver, (0.1, 0.8), (0.9, 0.8))
    driver.generate()
    driver.idle()
    assert driver.scene.start == 0 and not driver.scene.inpaint.mask
    assert desk.dialog.canvas.marked() is None


def test_points_are_no_ground_to_draw_on(driver: Driver, desk: DrawingDesk) -> None:
    driver.window.controller.store.edit(data=DataSpec("points", "builtin:rings"))
    driver.idle()
    desk.dialog.findChild(QPushButton, "draw_on_picture").click()
    assert desk.dialog.canvas.array().min() == 255
    desk.dialog.at_once_box.setChecked(False)
    drawn = stroke(driver, (0.2, 0.5), (0.8, 0.5))
    assert driver.scene.data.kind == "picture"
    assert np.array_equal(driver.window.controller.forward.picture, drawn)


def test_a_drawing_beside_a_model_of_another_kind_leads_to_one_of_pictures(driver: Driver, desk: DrawingDesk) -> None:
    """The chain was begun with what the model could not read, which was a fault."""
    model = driver.scene.model.name
    driver.window.controller.pictures.open(DataSpec("points", "builtin:rings"))
    driver.idle()
    assert driver.scene.model.name == "exact:rings" and "is a picture" in desk._why_not()
    stroke(driver, (0.2, 0.5), (0.8, 0.5))
    driver.idle()
    assert not driver.window.controller.chains.states and driver.messages() == []
    assert (driver.scene.model.name, driver.scene.data.kind) == (model, "picture")
    desk.run()
    driver.idle(60)
    assert driver.window.controller.chains.states


def test_the_keys_hold_the_brush_too(driver: Driver, desk: DrawingDesk) -> None:
    canvas = desk.dialog.canvas
    desk.dialog.at_once_box.setChecked(False)
    canvas.leaveEvent(None)  # the mouse is elsewhere: the brush begins in the middle
    canvas.setFocus()
    before, ended = canvas.array(), []
    canvas.stroke_ended.connect(told := lambda: ended.append(True))
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Space, *(8 * [Qt.Key.Key_Down]), Qt.Key.Key_Right):
        driver.key(key, widget=canvas)
    dark = np.argwhere(canvas.array()[..., 0] < 60)
    height, width = canvas.shape
    assert not ended and np.ptp(dark[:, 0]) > 3 * canvas.size_px > 2 * np.ptp(dark[:, 1])  # a stroke downwards
    assert abs(dark[:, 0].min() - height / 2) < canvas.size_px and dark[:, 1].min() < width / 2
    driver.key(Qt.Key.Key_Escape, widget=canvas)  # lifts it, and leaves the dialog open
    driver.key(Qt.Key.Key_Down, widget=canvas)
    assert ended == [True] and desk.dialog.isVisible()
    assert np.array_equal(np.argwhere(canvas.array()[..., 0] < 60), dark)
    canvas.stroke_ended.disconnect(told)
    desk.dialog.at_once_box.setChecked(True)
    driver.trigger("undo")
    assert np.array_equal(canvas.array(), before)


def test_a_chain_of_an_older_drawing_says_that_it_is_not_of_what_is_drawn_now(
    driver: Driver, desk: DrawingDesk
) -> None:
    stroke(driver, (0.2, 0.5), (0.8, 0.5))
    said = desk.dialog.outcome_words
    assert "from your picture" in said.text() and "not of what is drawn now" not in said.text()
    desk.dialog.cleared.emit(False)
    assert "not of what is drawn now" in said.text()
    stroke(driver, (0.2, 0.2), (0.8, 0.5))
    assert "not of what is drawn now" not in said.text()


def test_what_has_not_run_yet_has_the_colours_of_a_theme_that_is_chosen_later(
    driver: Driver, desk: DrawingDesk
) -> None:
    desk.dialog.show_result(None, Grid(), "")
    for theme in ("dark", "light"):
        driver.window.set_theme(theme)
        driver.paint()
        corner = desk.dialog.outcome.grab().toImage().pixelColor(3, 3)
        assert corner.name() == driver.window.palette_.card
    driver.window.set_theme("auto")
