"""Whole-number zoom, never smoothed, linked in all panels; and the value under the cursor, unclipped."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from gui_driver import NONE, Driver, as_array
from PIL import Image
from pixels import from_uint8
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QCursor, QWheelEvent
from PySide6.QtWidgets import QApplication, QCheckBox

from diffviz.diffusion import SCHEDULES, add_noise
from diffviz.engine.noise import held_noise
from diffviz.gui.panels.viewport import Place

pytestmark = pytest.mark.display

PANELS = ("x_t", "x_0", "eps")


def open_picture(driver: Driver, folder: Path, height: int, width: int) -> np.ndarray:
    array = np.random.default_rng(height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(array).save(folder / "p.png")
    driver.window.open_picture(folder / "p.png")
    driver.set_t(0)
    return array


def painted(driver: Driver, name: str = "x_t") -> np.ndarray:
    """The pixels of a panel's picture area as they stand on the screen, in device pixels."""
    driver.paint()
    return as_array(driver.picture_area(name).grab().toImage())


def place_of(screen: np.ndarray, picture: np.ndarray) -> tuple[int, int]:
    """Where a picture's pixels stand on the screen, exactly; (-1, -1) where they do not."""
    height, width = picture.shape[:2]
    starts = np.argwhere(
        (screen[: screen.shape[0] - height + 1, : screen.shape[1] - width + 1] == picture[0, 0]).all(axis=2)
    )
    for y, x in starts:
        if np.array_equal(screen[y : y + height, x : x + width], picture):
            return int(y), int(x)
    return -1, -1


def enlarged(array: np.ndarray, zoom: int) -> np.ndarray:
    return array.repeat(zoom, axis=0).repeat(zoom, axis=1)


def wheel(driver: Driver, name: str, x: float, y: float, notches: int) -> None:
    area = driver.picture_area(name)
    here = QPointF(x, y)
    for _ in range(abs(notches)):
        delta = QPoint(0, 120 if notches > 0 else -120)
        event = QWheelEvent(
            here,
            area.mapToGlobal(here),
            QPoint(),
            delta,
            Qt.MouseButton.NoButton,
            NONE,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        )
        QApplication.sendEvent(area, event)
    driver.paint()


@pytest.mark.parametrize(("height", "width"), [(32, 32), (8, 8), (12, 20), (1, 1), (64, 48)])
def test_a_small_picture_fills_its_card_in_whole_blocks(
    height: int, width: int, driver: Driver, tmp_path: Path
) -> None:
    array = open_picture(driver, tmp_path, height, width)
    screen = painted(driver)
    zoom = min(64, screen.shape[0] // height, screen.shape[1] // width)
    assert zoom >= 2
    y, x = place_of(screen, enlarged(array, zoom))
    assert y >= 0, "not enlarged by the largest whole factor"
    # and it stands in the middle
    assert abs(2 * y + zoom * height - screen.shape[0]) <= 2 and abs(2 * x + zoom * width - screen.shape[1]) <= 2


def test_a_large_picture_in_its_own_pixels_is_thinned_by_a_whole_factor_never_blended(
    driver: Driver, tmp_path: Path
) -> None:
    array = open_picture(driver, tmp_path, 1000, 900)
    driver.key(Qt.Key.Key_1)
    driver.window.controller.view.viewport.fit()
    driver.idle()
    screen = painted(driver)
    step = next(k for k in range(1, 99) if -(-1000 // k) <= screen.shape[0] and -(-900 // k) <= screen.shape[1])
    assert step >= 2
    assert place_of(screen, array[::step, ::step])[0] >= 0


def test_one_to_one_and_fit(driver: Driver, tmp_path: Path) -> None:
    array = open_picture(driver, tmp_path, 32, 32)
    driver.key(Qt.Key.Key_1)
    for name in PANELS:
        assert place_of(painted(driver, name), driver.shown(name))[0] >= 0
    driver.key(Qt.Key.Key_F)
    screen = painted(driver)
    assert place_of(screen, enlarged(array, min(screen.shape[0] // 32, screen.shape[1] // 32)))[0] >= 0


def test_what_is_seen_of_a_page_stays_where_it_is_over_undo(driver: Driver, tmp_path: Path) -> None:
    open_picture(driver, tmp_path, 90, 90)
    viewport = driver.window.controller.view.viewport
    driver.key(Qt.Key.Key_1)
    viewport.set(1, 0.3, 0.6)
    there = viewport.place
    driver.trigger("direction_reverse")
    assert viewport.place == Place(), "pictures of another size"
    viewport.set(4, 0.2, 0.2)
    for action, place in (("undo", there), ("redo", Place(4, 0.2, 0.2)), ("undo", there)):
        driver.trigger(action)
        driver.idle()
        assert viewport.place == place, action
    driver.trigger("undo")
    assert not driver.scene.view.own_pixels and viewport.place.zoom is None
    driver.trigger("redo")
    assert driver.scene.view.own_pixels and viewport.place.zoom == 1
    driver.trigger("direction_reverse")
    open_picture(driver, tmp_path, 80, 80)
    assert viewport.place == Place(), "of another picture"


@pytest.mark.parametrize("notches", [1, 3, -2])
def test_the_wheel_zooms_all_panels_by_whole_factors(notches: int, driver: Driver, tmp_path: Path) -> None:
    open_picture(driver, tmp_path, 8, 8)
    screen = painted(driver)
    fit = min(screen.shape[0] // 8, screen.shape[1] // 8)
    area = driver.picture_area("x_t")
    wheel(driver, "x_t", area.width() / 2, area.height() / 2, notches)
    for name in PANELS:
        shown, screen = enlarged(driver.shown(name), fit + notches), painted(driver, name)
        # what fits of it, cut out of the middle: the screen must hold exactly these blocks
        top, left = (
            max(0, (shown.shape[0] - screen.shape[0]) // 2 + 2),
            max(0, (shown.shape[1] - screen.shape[1]) // 2 + 2),
        )
        part = shown[
            top : top + min(shown.shape[0], screen.shape[0]) - 6, left : left + min(shown.shape[1], screen.shape[1]) - 6
        ]
        assert place_of(screen, part)[0] >= 0, name


def test_the_pixel_under_the_cursor_stays_there(driver: Driver, tmp_path: Path) -> None:
    open_picture(driver, tmp_path, 32, 32)
    area = driver.picture_area("x_0")
    wheel(driver, "x_0", area.width() / 2, area.height() / 2, 16)  # larger than its card: a smaller one stays centred
    here = QPointF(area.width() * 0.4, area.height() * 0.6)
    before = area.pixel_at(here)  # type: ignore[attr-defined]
    wheel(driver, "x_0", here.x(), here.y(), 8)
    assert area.pixel_at(here) == before  # type: ignore[attr-defined]


def middles(driver: Driver) -> list[tuple[int, int]]:
    """The pixel in the middle of each card, of whatever size it is."""
    areas = [driver.picture_area(name) for name in PANELS]
    return [area.pixel_at(QPointF(area.width() / 2, area.height() / 2)) for area in areas]  # type: ignore[attr-defined]


def test_dragging_pans_all_panels(driver: Driver, tmp_path: Path) -> None:
    open_picture(driver, tmp_path, 64, 64)
    area = driver.picture_area("x_t")
    wheel(driver, "x_t", area.width() / 2, area.height() / 2, 20)
    middle = QPointF(area.width() / 2, area.height() / 2)
    before = middles(driver)
    driver.press(area, middle.x(), middle.y())
    for step in range(1, 11):
        driver.move(area, middle.x() - 8 * step, middle.y() - 5 * step)
    driver.release(area, middle.x() - 80, middle.y() - 50)
    after = middles(driver)
    assert len(set(before)) == len(set(after)) == 1
    assert after[0][0] > before[0][0] and after[0][1] > before[0][1]


def test_a_new_picture_is_shown_whole(driver: Driver, tmp_path: Path) -> None:
    open_picture(driver, tmp_path, 64, 64)
    driver.key(Qt.Key.Key_1)
    array = open_picture(driver, tmp_path, 30, 40)
    screen = painted(driver)
    assert place_of(screen, enlarged(array, min(screen.shape[0] // 30, screen.shape[1] // 40)))[0] >= 0


# -- the value under the cursor


def hover(driver: Driver, name: str, px: int, py: int) -> str:
    """Move the mouse over a picture pixel and read what the foot says."""
    area = driver.picture_area(name)
    target = area.target()  # type: ignore[attr-defined]
    height, width = driver.shown(name).shape[:2]
    x = target.x() + (px + 0.5) * target.width() / width
    y = target.y() + (py + 0.5) * target.height() / height
    scale = area.devicePixelRatioF()
    driver.move(area, x / scale, y / scale, held=False)
    driver.paint()
    return driver.words("values_label").replace("−", "-")


def numbers_of(text: str) -> list[list[float]]:
    return [[float(v) for v in re.findall(r"[+-]\d+\.\d+", group)] for group in re.findall(r"\(([^)]*)\)", text)]


@pytest.mark.parametrize("name", PANELS)
def test_values_are_unclipped_and_of_the_pixel(name: str, driver: Driver, tmp_path: Path) -> None:
    array = open_picture(driver, tmp_path, 8, 8)
    driver.set_t(80)
    eps = held_noise(0, (3, 8, 8))
    x_t = add_noise(from_uint8(array), 80, eps, SCHEDULES["linear"](T=100))[0].numpy()
    py, px = np.unravel_index(np.abs(x_t[0]).argmax(), (8, 8))
    assert abs(x_t[0, py, px]) > 1.5  # beyond what the panel can show
    said = numbers_of(hover(driver, name, int(px), int(py)))
    wanted = [x_t[:, py, px], array[py, px] / 127.5 - 1, eps[0, :, py, px].numpy()]
    assert np.abs(np.array(said) - np.array(wanted)).max() < 0.006


def test_values_follow_the_slider_under_a_resting_cursor(driver: Driver, tmp_path: Path) -> None:
    array = open_picture(driver, tmp_path, 8, 8)
    hover(driver, "x_t", 3, 4)
    driver.set_t(60)
    x_t = add_noise(from_uint8(array), 60, held_noise(0, (3, 8, 8)), SCHEDULES["linear"](T=100))[0].numpy()
    said = numbers_of(driver.words("values_label").replace("−", "-"))
    assert np.abs(np.array(said[0]) - x_t[:, 4, 3]).max() < 0.006


def test_values_of_a_chain_are_unclipped(driver: Driver) -> None:
    driver.generate()
    driver.key(Qt.Key.Key_Home)
    driver.idle()
    x_T = held_noise(0, (3, 8, 8))[0].numpy()
    py, px = np.unravel_index(np.abs(x_T[0]).argmax(), (8, 8))
    said = numbers_of(hover(driver, "x_t", int(px), int(py)))
    assert np.abs(np.array(said[0]) - x_T[:, py, px]).max() < 0.006


def test_values_of_a_grid_name_the_sample(driver: Driver) -> None:
    driver.choose("count_combo", "4")
    driver.generate()
    driver.key(Qt.Key.Key_Home)
    driver.idle()
    text = hover(driver, "x_t", 8 + 2, 8 + 5)
    assert "sample 4" in text
    assert np.abs(np.array(numbers_of(text)[0]) - held_noise(3, (3, 8, 8))[0, :, 5, 2].numpy()).max() < 0.006


def test_leaving_the_picture_takes_the_value_away(driver: Driver, tmp_path: Path) -> None:
    open_picture(driver, tmp_path, 8, 8)
    assert hover(driver, "x_t", 1, 1)
    QApplication.sendEvent(driver.picture_area("x_t"), QEvent(QEvent.Type.Leave))
    driver.paint()
    assert driver.words("values_label") == ""


def test_the_pixel_is_marked_in_the_other_panels(driver: Driver, tmp_path: Path) -> None:
    open_picture(driver, tmp_path, 8, 8)
    before = painted(driver, "eps")
    hover(driver, "x_t", 2, 3)
    assert not np.array_equal(painted(driver, "eps"), before)


def test_copy_takes_the_panel_under_the_cursor(driver: Driver) -> None:
    area = driver.picture_area("x_0")
    QCursor.setPos(area.mapToGlobal(area.rect().center()))
    driver.paint()
    driver.trigger("copy")
    copied = as_array(QApplication.clipboard().image())
    assert np.array_equal(copied, driver.shown("x_0"))


def test_the_wide_range_is_not_smoothed_either(driver: Driver, tmp_path: Path) -> None:
    open_picture(driver, tmp_path, 8, 8)
    driver.find("eps_range_check", QCheckBox).setChecked(True)
    driver.set_t(50)
    screen = painted(driver, "eps")
    zoom = min(screen.shape[0] // 8, screen.shape[1] // 8)
    assert place_of(screen, enlarged(driver.shown("eps"), zoom))[0] >= 0
