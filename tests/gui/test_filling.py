"""In "Add noise" x_0 is resampled to its card's pixels of the screen before it is noised, and the card is cut to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver, as_array
from PIL import Image
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication, QToolButton

from diffviz.engine.messages import NoisedRequest
from diffviz.gui.panels.equation_panel import LEAST_PX, SETTLED_MS
from diffviz.kinds import PICTURE

PANELS = ("x_t", "x_0", "eps")


def photograph(folder: Path, width: int, height: int) -> np.ndarray:
    array = np.random.default_rng(width).integers(0, 256, (height, width, 3), dtype=np.uint8)
    Image.fromarray(array).save(folder / f"{width}.png")
    return array


def opened(driver: Driver, folder: Path, width: int, height: int) -> np.ndarray:
    array = photograph(folder, width, height)
    driver.window.open_picture(folder / f"{width}.png")
    driver.idle()
    driver.idle()  # of the size that the cards have taken
    return array


@pytest.fixture
def resized(driver: Driver) -> Iterator[Driver]:
    yield driver
    driver.window.resize(1440, 860)
    driver.idle()


def assert_filled(driver: Driver) -> None:
    """x_t pixel for pixel, its parts the same pixels, smaller where width is scarce."""
    largest = driver.shown("x_t").shape
    for name in PANELS:
        area, shape = driver.picture_area(name), driver.shown(name).shape
        device = int(area.width() * area.devicePixelRatioF()), int(area.height() * area.devicePixelRatioF())
        target = area.target().width(), area.target().height()  # type: ignore[attr-defined]
        assert target == device or (target[1] == device[1] and area.width() == LEAST_PX), name
        assert shape == largest and target[0] <= shape[1] <= 2 * target[0] + 2, name
    assert largest[:2] == target_of(driver, "x_t") == driver.window.controller.view.device_size


def target_of(driver: Driver, name: str) -> tuple[int, int]:
    """(H, W) of a picture on the screen."""
    target = driver.picture_area(name).target()  # type: ignore[attr-defined]
    return target.height(), target.width()


@pytest.mark.parametrize("size", [(1024, 640), (1280, 800), (1440, 860), (1700, 950)])
@pytest.mark.parametrize("picture", [(200, 200), (300, 100), (90, 300), (900, 600)])
def test_a_picture_fills_its_card(
    size: tuple[int, int], picture: tuple[int, int], resized: Driver, tmp_path: Path
) -> None:
    opened(resized, tmp_path, *picture)
    resized.window.resize(*size)
    resized.paint()
    resized.idle()
    assert_filled(resized)
    shown = resized.shown("x_0")
    assert shown.shape[1] / shown.shape[0] == pytest.approx(picture[0] / picture[1], rel=0.03)


def test_it_is_the_whole_picture_resampled_and_its_size_is_said(driver: Driver, tmp_path: Path) -> None:
    array = opened(driver, tmp_path, 200, 200)
    shown = driver.shown("x_0")
    assert np.array_equal(shown, PICTURE.resampled(array, shown.shape[:2]))
    assert driver.words("x_0_panel_caption").endswith(f"{shown.shape[1]} px")
    opened(driver, tmp_path, 300, 200)
    height, width = driver.shown("x_0").shape[:2]
    assert driver.words("x_0_panel_caption").endswith(f"{width} × {height} px")


def test_its_own_pixels_are_noised_where_they_are_wanted(driver: Driver, tmp_path: Path) -> None:
    array = opened(driver, tmp_path, 200, 200)
    driver.key(Qt.Key.Key_1)
    driver.idle()
    assert np.array_equal(driver.shown("x_0"), array) and driver.scene.view.own_pixels
    assert driver.shown("x_t").shape == driver.shown("eps").shape == array.shape
    driver.trigger("undo")
    driver.idle()
    assert driver.shown("x_0").shape != array.shape
    driver.trigger("redo")
    driver.key(Qt.Key.Key_F)
    driver.idle()
    assert_filled(driver)


def test_one_to_one_is_of_one_page(driver: Driver, tmp_path: Path) -> None:
    opened(driver, tmp_path, 200, 200)
    driver.key(Qt.Key.Key_1)
    driver.trigger("direction_reverse")
    driver.idle()
    area = driver.picture_area()
    assert area.target().width() >= 0.9 * area.width()  # type: ignore[attr-defined]


def test_a_double_click_fills_again(driver: Driver, tmp_path: Path) -> None:
    opened(driver, tmp_path, 200, 200)
    driver.key(Qt.Key.Key_1)
    area = driver.picture_area()
    here = area.rect().center().toPointF()
    buttons = Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton
    click = QMouseEvent(
        QEvent.Type.MouseButtonDblClick, here, area.mapToGlobal(here), *buttons, Qt.KeyboardModifier.NoModifier
    )
    QApplication.sendEvent(area, click)
    driver.idle()
    assert_filled(driver)


@pytest.mark.parametrize("side", [8, 32, 64])
def test_small_pictures_keep_their_pixels(side: int, driver: Driver, tmp_path: Path) -> None:
    array = opened(driver, tmp_path, side, side)
    assert np.array_equal(driver.shown("x_0"), array)
    area = driver.picture_area()
    assert area.width() % side == 0 and area.width() == area.height()  # the card is cut to whole pixels


def test_a_networks_card_is_cut_to_whole_pixels(driver: Driver) -> None:
    driver.generate()
    area = driver.picture_area()
    assert driver.shown().shape == (8, 8, 3)
    assert area.width() == area.height() and area.width() % 8 == 0


def test_many_sizes_ask_for_one_picture_and_no_size_leaves_a_gap(resized: Driver, tmp_path: Path) -> None:
    opened(resized, tmp_path, 200, 200)
    port, asked = resized.window.controller.engine, []
    send = port.send

    def counted(request: object) -> None:
        asked.append(request)
        send(request)  # type: ignore[arg-type]

    port.send = counted  # type: ignore[method-assign]
    settling = resized.window.controller.view._settling
    settling.setInterval(10_000)  # however slow the machine is
    try:
        for width in range(1440, 1280, -20):
            resized.window.resize(width, 860)
            QApplication.processEvents()
            target, area = resized.picture_area().target(), resized.picture_area()  # type: ignore[attr-defined]
            assert abs(target.width() - area.width() * area.devicePixelRatioF()) <= 1  # stretched meanwhile
        settling.setInterval(SETTLED_MS)
        assert not [request for request in asked if isinstance(request, NoisedRequest)]
        resized.idle()
    finally:
        del port.send
    noised = [request for request in asked if isinstance(request, NoisedRequest)]
    assert len(noised) == 1
    assert_filled(resized)


def test_two_rows_fill_the_height(driver: Driver) -> None:
    driver.window.controller.options.view(second="step")
    driver.idle()
    driver.idle()
    lower, line = driver.find("step_x_t_panel"), driver.find("formula_line")
    assert lower.geometry().bottom() >= line.y() - 8
    assert line.geometry().bottom() >= line.parentWidget().height() - 4
    assert_filled(driver)


def test_a_panorama_stands_above_its_noise(driver: Driver, tmp_path: Path) -> None:
    opened(driver, tmp_path, 1000, 200)
    x_t, x_0, eps = (driver.find(f"{name}_panel") for name in PANELS)
    assert x_t.x() == x_0.x() == eps.x() and x_t.y() < x_0.y() < eps.y()
    assert driver.shown("x_t").shape[1] > 0.4 * driver.window.width()
    opened(driver, tmp_path, 200, 200)
    assert x_t.x() < x_0.x() < eps.x() and x_0.y() == eps.y()


@pytest.mark.parametrize("size", [(1024, 640), (1280, 800)])
def test_x_t_is_the_largest_where_width_is_scarce(size: tuple[int, int], resized: Driver) -> None:
    resized.window.resize(*size)
    resized.paint()
    resized.idle()
    x_t, x_0, eps = (target_of(resized, name)[0] for name in PANELS)
    assert x_t >= 0.37 * size[1] and x_t > x_0 == eps >= 0.2 * size[1]
    line, parts = resized.find("formula_line"), [resized.find(f"{name}_panel") for name in PANELS]
    assert line.y() > parts[1].geometry().bottom() and line.x() > parts[0].geometry().right()  # beside x_t
    assert line.geometry().bottom() <= parts[0].geometry().bottom()


def test_noise_in_a_smaller_card_is_the_noise_itself(driver: Driver, tmp_path: Path) -> None:
    """Every pixel that is seen of ε is one of ε's; a mean of several would be weaker noise."""
    opened(driver, tmp_path, 200, 200)
    area, eps = driver.picture_area("eps"), driver.shown("eps")
    seen = as_array(area.grab().toImage())
    assert seen.shape[0] < eps.shape[0]
    colours = {tuple(pixel) for pixel in eps.reshape(-1, 3)}
    assert all(tuple(pixel) in colours for pixel in seen[2:-2, 2:-2].reshape(-1, 3))


def test_one_of_a_grids_pictures_can_be_large(driver: Driver) -> None:
    driver.choose("count_combo", "4")
    driver.generate()
    for name, other in (("x_0", "x_t"), ("x_t", "x_0")):
        button = driver.find(f"{name}_enlarge_button", QToolButton)
        assert button.isVisible()
        button.click()
        driver.idle()
        assert driver.scene.view.large == name
        large, small = driver.picture_area(name), driver.picture_area(other)
        assert large.width() > small.width() == driver.picture_area("eps").width()
        assert large.width() % 16 == 0 and large.width() == large.height()
    button.click()
    driver.idle()
    assert driver.scene.view.large == "" and not button.isChecked()
    driver.window.controller.options.view(second="posterior")
    driver.idle()
    assert not button.isVisible()
    driver.window.controller.options.view(second="none")
    driver.idle()
    driver.press(driver.picture_area("x_t"), 5, 5)
    driver.release(driver.picture_area("x_t"), 5, 5)
    driver.idle()
    assert not button.isVisible()  # one sample alone: all are large


@pytest.mark.parametrize(("size", "share"), [((1440, 900), 0.54), ((1600, 900), 0.56), ((1920, 1080), 0.6)])
def test_x_t_has_most_of_the_height(resized: Driver, size: tuple[int, int], share: float) -> None:
    resized.window.resize(*size)
    resized.idle()
    resized.paint()
    assert resized.picture_area("x_t").height() >= share * size[1]


def test_coefficients_grow_with_a_wide_window(resized: Driver) -> None:
    view, sizes = resized.window.controller.view, []
    for size in ((1440, 900), (3840, 2160)):
        resized.window.resize(*size)
        resized.idle()
        resized.paint()
        numbers = view.jump.signal
        assert numbers.width() >= numbers.sizeHint().width() and numbers.height() >= numbers.sizeHint().height()
        sizes.append(numbers.sizeHint().height())
    assert sizes[1] > 1.5 * sizes[0]
