"""The opening: the slider's own requests and a chain's own states, skipped by any key, and nothing is left of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QLabel, QStyle

from diffviz.gui import welcome
from diffviz.gui.main_window import MainWindow


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(welcome, "NOISE_S", 0.3)
    monkeypatch.setattr(welcome, "HOLD_S", 0.05)
    monkeypatch.setattr(welcome, "REST_S", 0.05)
    monkeypatch.setattr(welcome, "STEPS", 4)


@pytest.fixture
def first(make_driver: Callable[..., Driver], tmp_path: Path) -> Driver:
    return make_driver(settings=QSettings(str(tmp_path / "a.ini"), QSettings.Format.IniFormat))


def words(window: MainWindow) -> list[str]:
    return [label.text() for label in window.findChildren(QLabel) if label.isVisible()]


def test_it_goes_to_noise_and_back_with_sixteen_chains_and_leaves_no_trace(first: Driver) -> None:
    window, before, levels, counts = first.window, first.scene, [], set()
    window.controller.store.changed.connect(lambda _, new: levels.append((new.scene.forward, new.scene.t)))
    window.controller.store.changed.connect(lambda _, new: counts.add(new.scene.count))
    window.welcome.play_once()
    assert window.welcome.playing and not any("Drag" in text for text in words(window))
    made = set()
    window.controller.store.changed.connect(lambda _, new: made.add((new.run.length, new.run.made.count)))
    first.until(lambda: not window.welcome.playing)
    noise = [t for forward, t in levels if forward][:-1]
    assert noise == sorted(noise) and noise[-1] == before.schedule.T and len(noise) > 3 and 16 in counts
    assert (5, 16) in made, "all states of sixteen chains"
    assert first.scene == before and not window.controller.session.can_undo and not window.controller.chains.states
    assert any("Your turn: drag, or ← →" in text for text in words(window)) and not first.messages()
    first.trigger("direction_reverse")
    assert not first.action("restore_chain").isEnabled(), "nobody asked for its chains"
    first.trigger("direction_forward")
    window.welcome.play_once()
    assert not window.welcome.playing, "once"
    first.set_t(before.t + 1)
    assert not any("Your turn" in text for text in words(window))
    assert "type words" in first.messages()[0], "what else there is"
    assert "Type words…" in [button.text() for button in first.message_buttons()]


@pytest.mark.parametrize("how", ["key", "click"])
@pytest.mark.parametrize("part", ["wait", "noise"])
def test_while_only_t_moves_a_key_or_click_ends_it_and_does_what_it_does(first: Driver, part: str, how: str) -> None:
    window, before = first.window, first.scene
    window.actions_["opening"].trigger()
    first.until(lambda: window.welcome._part == part)
    if how == "key":
        first.key(Qt.Key.Key_N)
        assert first.scene.seed != before.seed and first.scene.t == before.t
    else:
        first.press(window.controller.side.generate, 5, 5)
        first.release(window.controller.side.generate, 5, 5)
        assert window.controller.jobs.running
    assert not window.welcome.playing
    first.idle()


def test_whoever_sets_something_else_keeps_it(first: Driver) -> None:
    first.window.actions_["opening"].trigger()
    first.until(lambda: first.window.welcome._part == "noise")
    first.set_t(77)
    first.until(lambda: not first.window.welcome.playing)
    assert first.scene.t == 77


@pytest.mark.parametrize("how", ["key", "click"])
def test_while_chains_rise_a_key_or_click_ends_it_and_does_nothing_else(first: Driver, how: str) -> None:
    window, before = first.window, first.scene
    window.controller.store.edit(undo=False, view=before.view.__class__(pace="4"))
    before = first.scene
    window.actions_["opening"].trigger()
    first.until(lambda: window.welcome._part == "rise")
    if how == "key":
        first.key(Qt.Key.Key_N)
    else:
        first.press(window.controller.side.generate, 5, 5)
    first.until(lambda: not window.welcome.playing)
    first.idle()
    assert first.scene == before and not window.controller.jobs.running and not window.controller.session.can_undo


def test_what_was_seen_last_is_there_again(driver: Driver) -> None:
    driver.generate()
    driver.idle()
    states, scene = driver.window.controller.chains.states, driver.scene
    driver.trigger("opening")
    driver.until(lambda: driver.window.welcome._part in ("rise", "rest"))
    driver.key(Qt.Key.Key_Escape)
    driver.idle()
    assert driver.scene == scene
    assert np.array_equal(driver.window.controller.chains.states[-1].values, states[-1].values)


def test_none_under_reduced_motion(first: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    class Still:
        def styleHint(self, hint: QStyle.StyleHint, *_: object) -> int:
            return 0 if hint == QStyle.StyleHint.SH_Widget_Animation_Duration else 1

    monkeypatch.setattr(welcome.QApplication, "style", staticmethod(Still))
    first.window.welcome.play_once()
    assert not first.window.welcome.playing


def test_closing_the_window_ends_it(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver()
    driver.trigger("opening")
    driver.until(lambda: driver.window.welcome._part == "noise")
    driver.window.close()
    assert not driver.window.welcome.playing
