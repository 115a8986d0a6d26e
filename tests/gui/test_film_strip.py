"""The film strip: x_t of the same ε in "Add noise", recorded states in "Remove noise"; click, drag, keys go there."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gui_driver import Driver
from PIL import Image
from pixels import from_uint8, to_uint8
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton

from diffviz import catalog
from diffviz.diffusion import SCHEDULES, add_noise
from diffviz.engine.messages import StripRequest
from diffviz.engine.noise import held_noise
from diffviz.engine.renderer import Renderer
from diffviz.gui.panels.film_strip import FilmStrip
from diffviz.gui.panels.strip_places import chosen_states, spread_states
from diffviz.kinds import PICTURE
from diffviz.scene import SamplerSpec

K = Qt.Key


def strip_of(driver: Driver) -> FilmStrip:
    found = driver.find("film_strip")
    assert isinstance(found, FilmStrip)
    return found


def expected(driver: Driver, t: float, size: tuple[int, int], name: str = "linear", seed: int = 0) -> np.ndarray:
    """x_t of the picture in a frame's pixels, with some values of the ε that the panels show."""
    shown = driver.shown("x_0").shape[:2]
    x_0 = from_uint8(PICTURE.resampled(driver.picture, size)).numpy()
    eps = PICTURE.thinned(held_noise(seed, (3, *shown)).numpy(), size)
    alpha_bar = float(SCHEDULES[name](T=100).alpha_bar[int(t)])
    return PICTURE.raster((alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * eps).astype(np.float32))[0]


def assert_shown(driver: Driver, name: str = "linear", seed: int = 0) -> None:
    frames = strip_of(driver).frames()
    assert len(frames) > 8
    for frame in frames:
        wanted = expected(driver, frame.t, frame.picture.shape[:2], name, seed)
        assert np.abs(frame.picture.astype(int) - wanted).max() <= 1
    levels = [frame.t for frame in frames]
    assert levels == sorted(levels) and levels[0] < 8 and levels[-1] > 92


def test_add_noise_shows_x_t_of_the_same_noise(driver: Driver) -> None:
    assert_shown(driver)
    driver.choose("schedule_combo", catalog.SCHEDULES["cosine"].label)
    driver.idle()
    assert_shown(driver, "cosine")
    driver.set("seed_spin", 5)
    assert_shown(driver, "cosine", 5)


def test_another_picture_is_another_strip(driver: Driver, tmp_path: Path) -> None:
    array = np.random.default_rng(0).integers(0, 256, (90, 200, 3), dtype=np.uint8)
    Image.fromarray(array).save(tmp_path / "p.png")
    driver.window.open_picture(tmp_path / "p.png")
    driver.idle()
    for frame in strip_of(driver).frames():
        assert np.abs(frame.picture.astype(int) - expected(driver, frame.t, frame.picture.shape[:2])).max() <= 1


def test_small_pictures_keep_their_pixels(driver: Driver, picture_file: Path) -> None:
    driver.window.open_picture(picture_file)  # 20x12
    driver.idle()
    schedule = SCHEDULES["linear"](T=100)
    for frame in strip_of(driver).frames():
        x_t = add_noise(from_uint8(driver.picture), int(frame.t), held_noise(0, (3, 12, 20)), schedule)
        assert np.array_equal(frame.picture, to_uint8(x_t)[0])


def test_the_slider_asks_for_no_strip_and_the_window_computes_none(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    strip = Renderer.strip

    def counted(self: Renderer, request: StripRequest, picture: np.ndarray) -> Any:
        made.append(threading.current_thread().name)
        return strip(self, request, picture)

    monkeypatch.setattr(Renderer, "strip", counted)
    for t in (5, 70, 33):
        driver.set_t(t)
    assert made == []
    driver.set("seed_spin", 9)
    assert made == ["diffviz-render"]


def test_frames_stand_where_their_t_is_on_the_plot_and_the_current_one_is_outlined(driver: Driver) -> None:
    strip = strip_of(driver)
    for frame in strip.frames():
        middle = strip.mapTo(driver.window, strip._rectangle(frame).center().toPoint()).x()
        assert abs(middle - driver.plot_x(frame.t)) <= 2
    for t in (0, 40, 100):
        driver.set_t(t)
        nearest = min(range(len(strip.frames())), key=lambda i: abs(strip.frames()[i].t - t))
        assert strip.value() == nearest
    exact = strip.frames()[3].t
    for t, colour in ((exact, driver.window.palette_.signal), (exact + 1, driver.window.palette_.muted)):
        driver.set_t(int(t))
        place = strip._rectangle(strip.frames()[3])
        assert strip.grab().toImage().pixelColor(int(place.left()) + 1, int(place.center().y())).name() == colour


def test_a_click_goes_to_the_frame_and_a_drag_along_the_axis(driver: Driver) -> None:
    strip = strip_of(driver)
    frame = strip.frames()[8]
    place = strip._rectangle(frame).center()
    driver.press(strip, place.x() + 9, place.y())
    driver.idle()
    assert driver.slider.value() == frame.t
    driver.move(strip, strip._left + 0.3 * (strip._right - strip._left), place.y())
    driver.release(strip, place.x(), place.y())
    driver.idle()
    assert driver.slider.value() == 30
    driver.trigger("undo")
    assert driver.slider.value() == 40  # one gesture is one step


def test_keys_go_from_frame_to_frame(driver: Driver) -> None:
    strip = strip_of(driver)
    strip.setFocus(Qt.FocusReason.TabFocusReason)
    here = strip.value()
    driver.key(K.Key_Right)
    driver.idle()
    assert driver.slider.value() == strip.frames()[here + 1].t
    driver.key(K.Key_End)
    driver.idle()
    assert driver.slider.value() == strip.frames()[-1].t
    driver.key(K.Key_Left)
    driver.idle()
    assert driver.slider.value() == strip.frames()[-2].t


def test_it_fills_with_the_states_of_a_chain(driver: Driver) -> None:
    driver.generate()
    strip, states = strip_of(driver), driver.window.controller.chains.states
    by_t = {state.t: state for state in states}
    assert [frame.t for frame in strip.frames()] == sorted(by_t, reverse=True)
    for frame in strip.frames():
        assert np.array_equal(frame.picture, by_t[frame.t].frames(1, None).x_t)
    frame = strip.frames()[2]
    place = strip._rectangle(frame).center()
    driver.press(strip, place.x(), place.y())
    driver.release(strip, place.x(), place.y())
    driver.idle()
    assert driver.slider.value() == frame.t and driver.window.controller.chains.index == 2
    driver.trigger("direction_forward")
    driver.idle()
    assert_shown(driver)


def test_a_click_on_a_chain_leaves_redo_as_the_arrows_do(driver: Driver) -> None:
    driver.generate()
    driver.set("seed_spin", 7)
    driver.trigger("undo")
    driver.idle()
    strip, words = strip_of(driver), driver.action("redo").text()
    place = strip._rectangle(strip.frames()[2]).center()
    driver.press(strip, place.x(), place.y())
    driver.release(strip, place.x(), place.y())
    driver.idle()
    assert driver.window.controller.chains.index == 2
    assert words == driver.action("redo").text() == "Redo: seed 7"


def test_a_click_shows_what_the_network_sees(driver: Driver) -> None:
    driver.generate()
    button = driver.find("strip_shows_button", QToolButton)
    button.click()
    driver.idle()
    states = driver.window.controller.chains.states
    for frame, state in zip(strip_of(driver).frames(), states, strict=True):
        assert np.array_equal(frame.picture, state.frames(1, None).x0_hat)
    assert driver.scene.view.strip == "x_0"
    driver.trigger("undo")
    assert driver.scene.view.strip == "x_t"


def test_it_fills_while_the_chain_runs(paused: Driver) -> None:
    strip = strip_of(paused)
    before = strip.frames()
    assert 2 <= len(before) <= 3 and before[0].t == 100
    for _ in range(2):
        count = len(paused.window.controller.chains.states)
        paused.key(K.Key_Right)
        paused.until(lambda count=count: len(paused.window.controller.chains.states) > count)
    paused.until(lambda: len(strip.frames()) > len(before))
    assert strip.frames()[: len(before)] == before


def test_when_the_chain_has_ended_its_states_are_spread_evenly(driver: Driver) -> None:
    strip, controller = strip_of(driver), driver.window.controller
    levels = {n: tuple(round(100 - 100 * k / n) for k in range(n + 1)) for n in range(20, 100)}
    steps = next(n for n, each in levels.items() if spread_states(each, strip.room) != chosen_states(each, strip.room))
    controller.store.set(driver.scene.replace(sampler=SamplerSpec("ddim", steps)))
    driver.generate()
    shown = [frame.t for frame in strip.frames()]
    assert shown == [controller.chains.levels[i] for i in spread_states(controller.chains.levels, strip.room)]


def test_it_stays_in_the_presentation(driver: Driver) -> None:
    driver.trigger("presentation")
    driver.idle()
    assert strip_of(driver).isVisible() and len(strip_of(driver).frames()) > 5
    driver.trigger("presentation")
    driver.idle()


def test_it_waits_for_the_slider(make_driver: Callable[..., Driver], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever comes first, a picture that waits is made before a strip that waits."""
    order: list[str] = []
    gate = threading.Event()
    driver = make_driver()

    def watched(name: str) -> Callable[..., Any]:
        made = getattr(Renderer, name)

        def counted(self: Renderer, request: Any, picture: Any) -> Any:
            if not order:
                gate.wait(10)
            order.append(name)
            return made(self, request, picture)

        return counted

    for name in ("render", "strip"):
        monkeypatch.setattr(Renderer, name, watched(name))
    slider = driver.slider
    slider.setValue(10)  # is being made
    driver.find("seed_spin").setValue(3)  # type: ignore[attr-defined]
    slider.setValue(20)
    gate.set()
    driver.idle()
    assert order[0] == "render" and order.index("strip") == len(order) - 1


def test_another_length_of_the_schedule_never_asks_beyond_it(driver: Driver) -> None:
    for T in (1000, 50, 100):
        driver.set("T_spin", T)
        assert 0.85 * T < strip_of(driver).frames()[-1].t <= T
    assert driver.messages() == []
