"""What a scene or a favourite says is the chain that was seen: futures, branches of them, a chain from a picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton
from test_branches import films, generated, go, shown_states

from diffviz.engine import recording
from diffviz.gui.branches import DECIDED, LOST

Key = Qt.Key


def fanned(driver: Driver, t: int) -> list[np.ndarray]:
    go(driver, t)
    driver.key(Key.Key_8)
    driver.idle(60)
    return films(driver)


@pytest.mark.parametrize("k", [0, 3, 8])
def test_a_favourite_of_futures_of_the_same_settings_comes_again(driver: Driver, k: int) -> None:
    generated(driver)
    fan = fanned(driver, 50)
    reverse = driver.window.controller.chains
    reverse.open_tile = k
    favourite = reverse.run.favourite(k)
    driver.window.controller.favourites.open(favourite)
    driver.idle()
    assert np.abs(films(driver)[-1][0, 0] - fan[-1][0, k]).max() < 1e-4
    assert driver.scene.noise == (k if k else -1) and len(driver.scene.history) == (1 if k else 0)


def test_a_branch_from_a_future_is_repeated_from_the_scene(driver: Driver) -> None:
    generated(driver)
    fanned(driver, 50)
    driver.window.controller.chains.open_tile = 3
    go(driver, 20)
    driver.key(Key.Key_G)
    driver.idle()
    branch, levels = films(driver), shown_states(driver)
    assert levels == [50, 40, 30, 20, 10, 0]
    driver.trigger("repeat")
    driver.idle()
    again = films(driver)[-len(branch) :]
    assert shown_states(driver)[-len(branch) :] == levels
    assert all(np.abs(now - was).max() < 1e-4 for now, was in zip(again, branch, strict=True))


def denoised(driver: Driver) -> tuple[list[np.ndarray], int]:
    """A chain from the picture that is open: its states, and the level that it began at."""
    driver.set_t(300)
    driver.trigger("denoise")
    driver.idle()
    return films(driver), driver.scene.start


def repeated(driver: Driver, made: list[np.ndarray], start: int) -> None:
    """Run again, it is the same."""
    driver.trigger("repeat")
    driver.idle()
    assert driver.scene.start == start
    assert all(np.array_equal(again, was) for again, was in zip(films(driver), made, strict=True))


def test_a_chain_from_a_picture_is_repeated_from_its_saved_scene(driver: Driver, tmp_path: Path) -> None:
    made, start = denoised(driver)
    assert start > 0 and driver.action("repeat").isEnabled()
    driver.window.doors.scenes.write(str(tmp_path / "scene.json"), True)
    driver.reset()
    driver.window.doors.scenes.open(str(tmp_path / "scene.json"))
    driver.idle()
    repeated(driver, made, start)


def test_after_undo_the_chain_from_a_picture_leads_back_to_its_start(driver: Driver) -> None:
    made, start = denoised(driver)
    driver.trigger("undo")
    driver.trigger("direction_reverse")
    driver.idle()
    assert driver.scene.start == 0 and not driver.action("repeat").isEnabled()
    driver.find("take_settings_button", QToolButton).click()
    repeated(driver, made, start)


def test_beside_a_chain_from_noise_it_is_said_which_history_is_run_again(driver: Driver) -> None:
    driver.set_t(60)
    driver.trigger("denoise")
    driver.idle()
    driver.window.controller.open_scene(driver.scene)
    driver.idle()
    driver.trigger("generate")
    driver.idle()
    driver.trigger("undo")
    driver.idle()
    assert driver.action("repeat").isEnabled() and not driver.window.controller.chains.states
    assert driver.find("history_label", QLabel).text() == f"from your picture at t = {driver.scene.start}"


@pytest.mark.parametrize("read", [False, True])
def test_a_favourite_from_a_picture_begins_with_that_picture(driver: Driver, picture_file: Path, read: bool) -> None:
    """It asked for it to be opened first."""
    driver.set_t(300)
    driver.trigger("denoise")
    driver.idle()
    driver.key(Key.Key_M)
    (favourite,) = driver.scene.favourites
    made = films(driver)
    first = driver.scene.data.source
    assert favourite.picture == first
    driver.window.open_picture(picture_file)
    driver.idle()
    assert driver.scene.start == 0 and not driver.action("repeat").isEnabled()
    before = driver.scene
    if read:
        driver.window.controller.shelf._kept.clear()  # it is read again
    driver.window.controller.favourites.open(favourite)
    driver.idle()
    assert all(np.array_equal(again, was) for again, was in zip(films(driver), made, strict=True))
    assert driver.scene.data.source == first and driver.window.controller.forward.data == driver.scene.data
    driver.trigger("undo")
    driver.idle()
    assert driver.scene == before, "one step"


def test_a_favourite_whose_picture_is_gone_says_so(driver: Driver, picture_file: Path) -> None:
    driver.window.open_picture(picture_file)
    driver.idle()
    driver.set_t(300)
    driver.trigger("denoise")
    driver.idle()
    driver.key(Key.Key_M)
    (favourite,) = driver.scene.favourites
    picture_file.unlink()
    driver.reset()
    driver.window.controller.shelf._kept.clear()
    before = driver.scene
    driver.window.controller.favourites.open(favourite)
    driver.idle()
    [said] = driver.messages()
    assert said.startswith("The favourite cannot begin as it did. bunt.png") and driver.scene == before


def test_futures_never_push_their_chain_out(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    state = 8 * 8 * 3 * (3 + 3 * 4)  # of one sample: pictures and unclipped values
    monkeypatch.setattr(recording, "BUDGET_BYTES", 11 * state + 20 * 9 * state)
    generated(driver)
    made = films(driver)
    for t in (80, 60, 40, 20, 50, 30, 70):
        fanned(driver, t)
        driver.key(Key.Key_Backspace)
        driver.idle()
        assert len(shown_states(driver)) == 11
    assert all(np.array_equal(again, was) for again, was in zip(films(driver), made, strict=True))
    driver.trigger("decide")
    driver.until(lambda: DECIDED in driver.messages(), 60)
    driver.idle()
    assert len(shown_states(driver)) == 11


def test_futures_of_a_chain_that_is_lost_all_the_same(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    generated(driver)
    reverse = driver.window.controller.chains
    monkeypatch.setattr(type(reverse), "back", lambda self: False)
    driver.trigger("decide")
    driver.until(lambda: LOST in driver.messages(), 60)
    driver.idle()
    assert DECIDED not in driver.messages()
