"""A pinned schedule: its x_t right of a line over the present one's, of the same ε, and its curves beside."""

from __future__ import annotations

import numpy as np
import pytest
from gui_driver import Driver
from pixels import from_uint8, to_uint8
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF, QImage
from PySide6.QtTest import QTest

from diffviz.diffusion import SCHEDULES, NoiseSchedule, add_noise
from diffviz.engine.noise import held_noise
from diffviz.gui.panels.divider import cut
from diffviz.scene import ScheduleSpec
from diffviz.scene_file import parsed, to_json


def x_t(driver: Driver, schedule: NoiseSchedule, t: int) -> np.ndarray:
    x_0 = driver.shown("x_0")
    return to_uint8(add_noise(from_uint8(x_0), t, held_noise(0, (3, *x_0.shape[:2])), schedule), 1)[0]


def test_both_x_t_stand_side_by_side_at_one_share_of_T(driver: Driver) -> None:
    before = driver.scene
    driver.key(Qt.Key.Key_C)
    assert driver.scene.pinned == (ScheduleSpec("linear", 100),)
    driver.choose("schedule_combo", "cosine")
    driver.set("T_spin", 50)
    driver.idle()
    column = round(0.5 * driver.shown("x_t").shape[1])
    left, right = x_t(driver, SCHEDULES["cosine"](T=50), 20), x_t(driver, SCHEDULES["linear"](T=100), 40)
    assert np.array_equal(driver.shown("x_t"), np.concatenate([left[:, :column], right[:, column:]], axis=1))
    line = driver.find("divider")
    assert line.isVisible() and "Left of the line: cosine. Right of it: linear, pinned" in line.toolTip()
    assert parsed(to_json(driver.scene)).scene == driver.scene
    page = driver.window.controller.forward
    beyond = page.values_at(column, 3)[1][0]
    assert beyond[0] == "x_t, pinned" and page.values_at(column - 1, 3)[1][0][0] == "x_t"
    np.testing.assert_allclose(np.clip(beyond[1], -1, 1), right[3, column] / 127.5 - 1, atol=0.005)
    for _ in range(3):
        driver.trigger("undo")
    driver.idle()
    assert driver.scene == before and not line.isVisible()


def test_the_line_is_dragged_and_stepped_each_in_one_step(driver: Driver) -> None:
    driver.trigger("pin_schedule")
    driver.choose("schedule_combo", "cosine")
    driver.idle()
    line, before = driver.find("divider"), driver.scene
    driver.press(line, 10, 20)
    for x in (-10, -20, -30):
        driver.move(line, x, 20)
    driver.release(line, -30, 20)
    assert driver.scene.view.split < 0.5
    driver.trigger("undo")
    assert driver.scene == before
    QTest.keyClick(line, Qt.Key.Key_Right)
    assert driver.scene.view.split == pytest.approx(0.52, abs=0.005) and driver.scene.t == before.t
    driver.trigger("undo")
    assert driver.scene == before
    for x in (-900, 900):  # it stays on the picture
        driver.press(line, 10, 20)
        driver.move(line, x, 20)
        driver.release(line, x, 20)
        assert 0 < driver.scene.view.split < 1


def test_its_curves_are_beside_and_it_is_not_in_remove_noise(driver: Driver) -> None:
    driver.trigger("pin_schedule")
    driver.choose("schedule_combo", "cosine")
    plot = driver.window.controller.schedule_panel.plot
    assert any("linear, pinned" in text for text in driver.plot_texts())
    for kind in ("coefficients", "alpha_bar", "snr", "sigma"):
        driver.window.controller.options.view(curves=kind)
        assert len(plot._pinned) == (2 if kind in ("coefficients", "alpha_bar") else 1)
    signal = np.sqrt(SCHEDULES["linear"](T=100).alpha_bar)
    driver.window.controller.options.view(curves="coefficients")
    np.testing.assert_allclose(plot._pinned[0].y, signal)
    driver.trigger("direction_reverse")
    driver.idle()
    assert not driver.find("divider").isVisible() and not driver.action("pin_schedule").isEnabled()
    assert not plot._pinned and not any("pinned" in text for text in driver.plot_texts())
    driver.trigger("direction_forward")
    driver.idle()
    assert driver.find("divider").isVisible() and plot._pinned
    driver.trigger("pin_schedule")
    driver.idle()
    assert driver.scene.pinned == () and not driver.find("divider").isVisible()
    assert not any("pinned" in text for text in driver.plot_texts())


def test_its_name_lies_on_no_curve_where_there_is_a_place(driver: Driver) -> None:
    driver.window.resize(1280, 772)
    driver.trigger("pin_schedule")
    plot = driver.window.controller.schedule_panel.plot
    for schedule in ("cosine", "scaled linear"):
        driver.choose("schedule_combo", schedule)
        driver.idle()
        plot.resize(960, 170)
        (name,) = (name for name in plot.t_cursor.names if "pinned" in name.text)
        box = plot.t_cursor.box_of(name, plot._pixel)
        levels = np.linspace(0, 100, 2001)
        for curve in (*plot._curves, *plot._pinned):
            heights = np.interp(levels, np.arange(101), curve.y)
            assert not any(box.contains(plot._pixel(t, y)) for t, y in zip(levels, heights, strict=True)), schedule


def test_where_nothing_is_compared_the_button_does_not_look_pressed(driver: Driver) -> None:
    def seen() -> QImage:
        driver.trigger("direction_reverse")
        driver.paint()
        image = driver.find("pin_button").grab().toImage()
        driver.trigger("direction_forward")
        return image

    before = seen()
    driver.trigger("pin_schedule")
    pressed = driver.find("pin_button").grab().toImage()
    assert driver.scene.pinned and seen() == before != pressed


@pytest.mark.parametrize("height", [100, 118, 130, 170])
def test_beside_a_steep_schedule_no_name_lies_on_a_curve_or_a_number(height: int, driver: Driver) -> None:
    """ "linear, pinned" lay under the noise and on its number, and the bar of ᾱ under a dotted curve."""
    driver.trigger("pin_schedule")
    driver.choose("schedule_combo", "exponential")
    driver.set_t(70)
    driver.idle()
    plot = driver.window.controller.schedule_panel.plot
    plot.resize(1500, height)
    plot.show_t(70)
    cursor = plot.t_cursor
    boxes = [cursor.box_of(name, plot._pixel) for name in cursor.names]
    assert len(boxes) == 3
    for k, box in enumerate(boxes):
        assert not plot._meets(box, (*plot._curves, *plot._pinned)), cursor.names[k].text
        assert not any(box.intersects(other) for other in (*boxes[:k], *cursor.boxes))


def test_a_name_without_room_beside_the_line_still_says_that_it_is_the_pinned_one(driver: Driver) -> None:
    metrics = QFontMetricsF(driver.window.font())
    name = "flow matching, zero SNR"
    room = metrics.horizontalAdvance(name)
    assert cut(name, metrics, room) == name
    shown = cut(f"{name}, pinned", metrics, room)
    assert shown.startswith("flow") and shown.endswith("…, pinned") and metrics.horizontalAdvance(shown) <= room


def test_with_hardly_any_room_the_name_stays(driver: Driver) -> None:
    """ "l…, pinned" told neither schedule from the other."""
    metrics = QFontMetricsF(driver.window.font())
    for name in ("linear", "scaled linear"):
        room = metrics.horizontalAdvance("…, pinned") + 4
        shown = cut(f"{name}, pinned", metrics, room)
        assert shown[:4] == name[:4] and "pinned" not in shown and metrics.horizontalAdvance(shown) <= room
