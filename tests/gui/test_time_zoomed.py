"""Zoom in time: of a sound the wheel and a drag choose what is seen, in all three panels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gui_driver import NONE, Driver
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from tiny_sound import sound_scene, write_tiny_sound

from diffviz.diffusion import SCHEDULES
from diffviz.engine.noise import held_noise
from diffviz.gui.panels.viewport import LEAST, NOTCH
from diffviz.kinds import SOUND
from diffviz.kinds.kind import WHOLE
from diffviz.scene import DataSpec, Scene

X_0 = SOUND.read("builtin:drum").array["wave"]


def wheel(driver: Driver, name: str, share: float, x: int, y: int) -> None:
    area = driver.picture_area(name)
    here = QPointF(share * area.width(), area.height() / 2)
    sent = here, area.mapToGlobal(here), QPoint(), QPoint(x, y), Qt.MouseButton.NoButton, NONE
    QApplication.sendEvent(area, QWheelEvent(*sent, Qt.ScrollPhase.NoScrollPhase, False))
    driver.idle()


@pytest.fixture
def driver(make_driver: Callable[..., Driver], tiny_scene: Scene) -> Driver:
    return make_driver(tiny_scene.replace(data=DataSpec("sound", "builtin:drum"), t=30))


def test_the_wheel_shows_less_of_the_time_in_all_panels_and_f_all_of_it(driver: Driver) -> None:
    viewport = driver.window.controller.view.viewport
    whole = driver.shown("x_0")
    for _ in range(3):
        wheel(driver, "eps", 0.25, 0, 120)
    begin, end = viewport.span
    assert end - begin == pytest.approx(NOTCH**-3) and begin + 0.25 * (end - begin) == pytest.approx(0.25, abs=0.01)
    alpha_bar, eps = float(SCHEDULES["linear"](T=100).alpha_bar[30]), held_noise(0, X_0.shape)[0].numpy()
    x_t = (alpha_bar**0.5 * X_0 + (1 - alpha_bar) ** 0.5 * eps).astype(np.float32)
    for name, x in (("x_t", x_t), ("x_0", X_0), ("eps", eps)):
        shown = driver.shown(name)
        made = SOUND.during(viewport.span).raster(x[None], 1.0, shown.shape[:2])[0]
        assert np.mean(np.abs(shown.astype(int) - made) > 2) < 1e-3, name
    seconds = [2 * share for share in viewport.span]
    assert driver.window.controller.view.x_t.caption.endswith(f"{seconds[0]:.3f} to {seconds[1]:.3f} s")
    for _ in range(30):
        wheel(driver, "x_t", 0.5, 0, 120)
    assert viewport.span[1] - viewport.span[0] == pytest.approx(LEAST), "no less"
    driver.key(Qt.Key.Key_F)
    driver.idle()
    assert viewport.span == WHOLE and np.array_equal(driver.shown("x_0"), whole)


def test_time_and_cursor_stay_where_they_are_over_undo_of_a_page(driver: Driver) -> None:
    controller = driver.window.controller
    viewport, voice = controller.view.viewport, controller.hearing.voice
    wheel(driver, "eps", 0.25, 0, 120)
    there, voice.position = viewport.span, 5000
    driver.trigger("direction_reverse")
    driver.idle()
    assert viewport.span == WHOLE and voice.position == 0
    driver.trigger("undo")
    driver.idle()
    assert viewport.span == there != WHOLE and voice.position == 5000
    controller.pictures.open(DataSpec("sound", "builtin:bell"))
    driver.idle()
    assert viewport.span == WHOLE and voice.position == 0, "of another sound"


def test_a_drag_and_the_wheel_sideways_go_on_in_time_to_its_ends(driver: Driver) -> None:
    viewport, area = driver.window.controller.view.viewport, driver.picture_area("x_0")
    for _ in range(4):
        wheel(driver, "x_0", 0.5, 0, 120)
    before, width = viewport.span, area.target().width() / area.devicePixelRatioF()
    driver.press(area, 80, 40)
    driver.move(area, 80 - 0.25 * width, 40)
    driver.release(area, 80 - 0.25 * width, 40)
    driver.idle()
    length = before[1] - before[0]
    assert viewport.span[0] == pytest.approx(before[0] + 0.25 * length, abs=0.01 * length)
    for _ in range(40):
        wheel(driver, "x_0", 0.5, -120, 0)
    assert viewport.span == (pytest.approx(1 - length), pytest.approx(1.0))
    wheel(driver, "x_0", 0.5, 120, 0)
    assert viewport.span[1] < 1
    assert driver.scene.view.heard == "x_t", "a drag is no click"


def test_cursor_and_click_keep_their_place_in_time(driver: Driver) -> None:
    controller = driver.window.controller
    hearing, viewport = controller.hearing, controller.view.viewport
    hearing.voice.position = len(X_0) // 2
    wheel(driver, "x_t", 0.5, 0, 120)
    share = hearing._layers[0].share
    assert viewport.time_at(share) == pytest.approx(0.5)
    view = controller.view.x_0.view
    view.clicked.emit(view.array().shape[1] // 4, 3)
    driver.idle()
    assert hearing.voice.position / len(X_0) == pytest.approx(viewport.time_at(0.25), abs=0.01)
    hearing.voice.position = 0
    hearing._draw()
    assert hearing._layers[0].share is None, "it is not in what is seen"


def test_by_keyboard(driver: Driver) -> None:
    viewport, area = driver.window.controller.view.viewport, driver.picture_area("x_t")
    area.setFocus(Qt.FocusReason.TabFocusReason)
    driver.key(Qt.Key.Key_Right, widget=area)
    for _ in range(3):
        driver.key(Qt.Key.Key_Plus, widget=area)
    driver.idle()
    before = viewport.span
    assert before[1] - before[0] == pytest.approx(NOTCH**-3)
    for _ in range(area.array().shape[1] // 10):
        driver.key(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier, widget=area)
    driver.idle()
    assert viewport.span[0] > before[0], "beyond the edge the time goes on"


def test_a_chain_of_sound_and_its_grid(make_driver: Callable[..., Driver], tiny_scene: Scene, tmp_path: Path) -> None:
    model = write_tiny_sound(tmp_path / "m")
    driver = make_driver(sound_scene(tiny_scene, model))
    driver.trigger("generate")
    driver.until(lambda: len(driver.window.controller.chains.states) == 3 and not driver.window.controller.busy)
    viewport, state = driver.window.controller.view.viewport, driver.window.controller.chains.state
    wheel(driver, "x_t", 0.5, 0, 120)
    assert sum(viewport.span) == pytest.approx(1), "around the middle of each"
    shown = driver.shown("x_0")
    each = shown.shape[0] // 4, shown.shape[1]
    assert np.array_equal(shown, SOUND.during(viewport.span).arrange(state.values[1], 1.0, each))
    before = viewport.span
    driver.window.controller.reverse._show_content(None, "")
    assert viewport.span == before, "also while nothing of the next chain is there"
    driver.trigger("direction_forward")
    driver.idle()
    assert viewport.span == WHOLE
