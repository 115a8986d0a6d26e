"""Play, loop, there and back, the rest at the ends, and pacing; by a clock that runs while it is asked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from gui_driver import Driver
from PySide6.QtWidgets import QComboBox

from diffviz.diffusion import SCHEDULES
from diffviz.gui import playback

TICK_S = 0.16
SIGNAL = np.sqrt(SCHEDULES["linear"](T=100).alpha_bar)


class Clock:
    """Ten times as fast as the timer that asks it; on a busy machine both wait."""

    now_s = 100.0

    def tick(self) -> float:
        self.now_s += TICK_S
        return self.now_s


CLOCK = Clock()


@pytest.fixture(autouse=True)
def _its_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playback, "monotonic", CLOCK.tick)


def playing(driver: Driver) -> bool:
    return driver.action("play").text() == "Pause"


def watch(driver: Driver, enough: Callable[[list[tuple[float, int]]], bool]) -> list[tuple[float, int]]:
    """(seconds of its clock, t) while it plays, until there is enough."""
    began, seen = CLOCK.now_s, []

    def look() -> bool:
        seen.append((CLOCK.now_s - began, driver.slider.value()))
        return enough(seen) or not playing(driver)

    driver.until(look, 30.0)
    return seen


def choose_loop(driver: Driver, text: str) -> None:
    for _ in range(3):
        if driver.action("loop").text() == text:
            return
        driver.trigger("loop")
    raise AssertionError(f"no way of playing is called {text}")


def test_forward_plays_upwards_once_and_stops_at_T(driver: Driver) -> None:
    driver.trigger("play")
    levels = [t for _, t in watch(driver, lambda seen: False)]
    assert levels == sorted(levels) and levels[0] >= 40 and levels[-1] == 100
    assert not playing(driver)
    driver.idle()


def test_from_the_end_it_begins_anew(driver: Driver) -> None:
    driver.set_t(100)
    driver.trigger("play")
    assert driver.slider.value() == 0
    watch(driver, lambda seen: seen[-1][1] > 20)


def test_a_loop_goes_back_to_the_start(driver: Driver) -> None:
    choose_loop(driver, "Loop")
    driver.set_t(90)
    driver.trigger("play")
    seen = watch(driver, lambda seen: 100 in [t for _, t in seen] and 5 < seen[-1][1] < 60)
    assert playing(driver)
    levels = [t for _, t in seen]
    fall = levels.index(100)
    back = next(t for t in levels[fall:] if t < 100)
    assert back == 0  # at once, not step by step


def test_there_and_back_plays_down_again(driver: Driver) -> None:
    choose_loop(driver, "There and back")
    driver.set_t(95)
    driver.trigger("play")
    seen = watch(driver, lambda seen: 100 in [t for _, t in seen] and seen[-1][1] < 80)
    levels = [t for _, t in seen]
    down = levels[levels.index(100) :]
    assert down == sorted(down, reverse=True) and playing(driver)


@pytest.mark.parametrize("way", ["Loop", "There and back"])
def test_it_rests_a_second_at_the_end(way: str, driver: Driver) -> None:
    choose_loop(driver, way)
    driver.set_t(97)
    driver.trigger("play")
    seen = watch(driver, lambda seen: 100 in [t for _, t in seen] and seen[-1][1] < 100)
    rest = [second for second, t in seen if t == 100]
    assert rest[-1] - rest[0] > 0.7


def test_speed_is_a_factor(driver: Driver) -> None:
    ways = {}
    for speed in ("1×", "4×"):
        driver.choose("speed_combo", speed)
        driver.set_t(0)
        driver.trigger("play")
        ways[speed] = watch(driver, lambda seen: False)[-1][0]
    assert 2.0 < ways["1×"] / ways["4×"] < 6.5


def test_even_in_visible_change_is_the_default(driver: Driver) -> None:
    """Half-way in time is half-way in √ᾱ, not in t."""
    driver.set_t(0)
    driver.trigger("play")
    seen = watch(driver, lambda seen: False)
    whole = next(second for second, t in seen if t == 100)
    for second, t in seen:
        share = (SIGNAL[0] - SIGNAL[t]) / (SIGNAL[0] - SIGNAL[100])
        assert share == pytest.approx(min(1.0, second / whole), abs=0.2)
    middle = min(seen, key=lambda entry: abs(entry[0] - whole / 2))[1]
    assert middle < 42  # even in t it would be 50


def test_even_in_t_can_be_chosen(driver: Driver) -> None:
    pacing = driver.find("pacing_combo", QComboBox)
    pacing.setCurrentIndex(pacing.findData("t"))
    driver.set_t(0)
    driver.trigger("play")
    seen = watch(driver, lambda seen: False)
    whole = next(second for second, t in seen if t == 100)
    for second, t in seen:
        assert t / 100 == pytest.approx(min(1.0, second / whole), abs=0.2)


def test_touching_the_slider_pauses(driver: Driver) -> None:
    choose_loop(driver, "Loop")
    driver.trigger("play")
    driver.slider.setValue(13)
    assert not playing(driver)
    driver.idle()
    assert driver.slider.value() == 13


def test_generate_pauses(driver: Driver) -> None:
    choose_loop(driver, "Loop")
    driver.trigger("play")
    driver.generate()
    assert not playing(driver)
