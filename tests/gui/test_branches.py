"""The chain in the person's hands: pause, single steps, branches, and the way back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gui_driver import CTRL, Driver
from in_hand import branch_off, films, generated, go, said, shown_states
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel, QToolButton

from diffviz.engine.chain import run_chain
from diffviz.models import load_model
from diffviz.scene import Leg, SamplerSpec

Key = Qt.Key


# -- pause


def test_a_paused_chain_stands_still_and_says_so(paused: Driver) -> None:
    controller = paused.window.controller
    paused.until(lambda: "paused at step" in paused.words("progress_label"))
    before = len(controller.chains.states)
    controller.engine.control.set_pace("max")
    for _ in range(20):
        paused.paint()
    assert len(controller.chains.states) <= before + 1  # one may have been on its way
    assert paused.action("pause").text() == "Resume" and paused.find("pause_button").isVisible()


def test_right_does_one_step_and_left_looks_back(paused: Driver) -> None:
    reverse = paused.window.controller.chains
    count = len(reverse.states)
    paused.key(Key.Key_Right)
    paused.until(lambda: len(reverse.states) == count + 1)
    assert reverse.index == count
    paused.key(Key.Key_Left)
    assert reverse.index == count - 1
    paused.key(Key.Key_Right)
    assert reverse.index == count and len(reverse.states) == count + 1, "it was there already"
    paused.key(Key.Key_P)
    paused.idle()
    assert len(reverse.states) == 11 and reverse.index == 10


def test_a_paused_chain_can_be_stopped(paused: Driver) -> None:
    paused.generate_button.click()
    paused.idle()
    assert "stopped at step" in paused.words("progress_label")
    assert not paused.find("pause_button").isVisible()


@pytest.mark.parametrize("change", [
    lambda driver: driver.choose("class_combo", "ring"), lambda driver: driver.find("noise_spin").setValue(8)
], ids=["class", "noise"])  # fmt: skip
def test_settings_are_free_while_paused_and_running_on_wants_the_old_ones(
    paused: Driver, change: Callable[[Driver], None]
) -> None:
    assert paused.find("sampler_combo").isEnabled() and not paused.find("count_combo").isEnabled()
    change(paused)
    paused.paint()
    assert not paused.action("pause").isEnabled() and "Go on from here" in paused.action("pause").toolTip()
    paused.trigger("undo")
    paused.paint()
    assert paused.action("pause").isEnabled()


def test_a_running_chain_locks_the_settings(driver: Driver) -> None:
    controller = driver.window.controller
    controller.store.set(driver.scene.replace(direction="reverse", t=100, view=driver.scene.view.__class__(pace="1")))
    driver.set("guidance_spin", 2.0)
    assert controller.side.defaults.isEnabled() and "guidance" in controller.side.defaults.toolTip()
    driver.trigger("generate")
    driver.until(lambda: controller.chains.states)
    assert not driver.find("sampler_combo").isEnabled() and not controller.side.defaults.isEnabled()
    assert "pause the chain first" in driver.find("sampler_combo").toolTip()
    assert not driver.action("go_on").isEnabled() and "Pause the chain first" in driver.action("go_on").toolTip()
    assert "(G)" not in driver.action("go_on").toolTip(), "a sentence that advises something else does not end in it"


def test_going_on_from_a_paused_chain_ends_it(paused: Driver) -> None:
    controller = paused.window.controller
    t = controller.chains.level
    paused.choose("sampler_combo", "DDIM")
    paused.key(Key.Key_G)
    paused.idle()
    assert controller.chains.states[-1].t == 0 and paused.scene.history[0].t == t
    assert not controller.jobs.paused


@pytest.mark.parametrize("key", [Key.Key_G, Key.Key_8])
def test_going_on_is_from_the_state_shown_though_one_more_was_on_its_way(
    paused: Driver, monkeypatch: pytest.MonkeyPatch, key: Qt.Key
) -> None:
    controller = paused.window.controller
    t, cancel = controller.chains.level, controller.engine.control.cancel

    def late() -> None:
        controller.engine.control.advance()
        paused.until(lambda: len(controller.chains.states) == 4)
        cancel()

    monkeypatch.setattr(controller.engine.control, "cancel", late)
    paused.choose("sampler_combo", "DDIM")
    paused.key(key)
    paused.idle(60)
    assert t == (paused.scene.history[0].t if key == Key.Key_G else controller.chains.states[0].t)


def test_loading_a_model_does_not_wait_for_a_paused_chain(paused: Driver, tiny_model_folder: Path) -> None:
    paused.window.controller.models.load(str(tiny_model_folder))
    paused.idle()
    assert paused.window.controller.chains.model.name == str(tiny_model_folder)


# -- branches


def test_going_on_with_other_settings_branches(driver: Driver) -> None:
    generated(driver)
    whole = films(driver)
    go(driver, 50)
    driver.choose("class_combo", "ring")
    driver.find("guidance_spin").setValue(3.0)
    driver.key(Key.Key_G)
    driver.idle()
    scene = driver.scene
    assert shown_states(driver) == list(range(100, -1, -10))
    assert scene.history == (Leg(50, -1, driver.first_scene.model, SamplerSpec("ddpm", 10)),)
    branch = films(driver)
    assert all(np.array_equal(a, b) for a, b in zip(branch[:5], whole[:5], strict=True))
    assert np.array_equal(branch[5][0], whole[5][0]), "x_t is the same"
    assert not np.array_equal(branch[5][1], whole[5][1]) and not np.array_equal(branch[-1], whole[-1])
    model = load_model(scene.model.name, "cpu")
    again = list(run_chain(model, scene, legs=scene.history))
    assert all(np.array_equal(a, b.values) for a, b in zip(branch, again, strict=True))
    assert np.array_equal(driver.shown("x_0"), again[-1].shown.x_t[0])


def test_going_on_unchanged_is_the_same_chain(driver: Driver) -> None:
    generated(driver)
    whole = films(driver)
    go(driver, 30)
    driver.key(Key.Key_G)
    driver.idle()
    assert driver.scene.history == ()
    assert all(np.array_equal(a, b) for a, b in zip(films(driver), whole, strict=True))


def test_another_noise_from_here(driver: Driver) -> None:
    generated(driver)
    whole = films(driver)
    go(driver, 60)
    driver.find("noise_spin").setValue(8)
    driver.key(Key.Key_G)
    driver.idle()
    branch = films(driver)
    assert np.array_equal(branch[4], whole[4]) and not np.array_equal(branch[5], whole[5])
    assert driver.scene.seed == 0 and driver.scene.noise == 8
    assert "seed 0, noise 8" in driver.find("eps_panel").findChildren(QLabel)[1].text()


def test_a_branch_says_where_it_comes_from_and_leads_back(driver: Driver) -> None:
    generated(driver)
    whole = films(driver)
    branch_off(driver, 70, "sampler_combo", "Euler")
    assert driver.words("history_label") == "DDPM → 70, Euler"
    assert "Seed 0: DDPM 10 · dot to t = 70, then Euler 10 · dot" in driver.find("history_label").toolTip()
    driver.key(Key.Key_Backspace)
    driver.paint()
    assert driver.scene.sampler.name == "ddpm" and driver.scene.history == () and driver.scene.t == 70
    assert all(np.array_equal(a, b) for a, b in zip(films(driver), whole, strict=True))
    assert not driver.action("return").isEnabled()


def test_a_branch_of_a_branch(driver: Driver) -> None:
    generated(driver)
    for t, label in ((70, "Euler"), (40, "DDIM")):
        branch_off(driver, t, "sampler_combo", label)
    assert [leg.t for leg in driver.scene.history] == [70, 40]
    go(driver, 70)  # before the second change: that one is no longer part of the way
    driver.choose("sampler_combo", "Heun")
    driver.key(Key.Key_G)
    driver.idle()
    model = load_model(driver.scene.model.name, "cpu")
    again = list(run_chain(model, driver.scene, legs=driver.scene.history))
    assert all(np.array_equal(a, b.values) for a, b in zip(films(driver), again, strict=True))


def test_generate_begins_anew(driver: Driver) -> None:
    generated(driver)
    branch_off(driver, 70, "sampler_combo", "Euler")
    driver.generate()
    assert driver.scene.history == () and driver.window.controller.chains.parents == []


def test_a_saved_branch_runs_again_to_the_same_bytes(driver: Driver, tmp_path: Path) -> None:
    generated(driver, "dpmpp_2m")
    branch_off(driver, 50, "sampler_combo", "DDPM")
    branch, shown = films(driver), driver.shown("x_0")
    driver.window.doors.scenes.write(str(tmp_path / "branch.json"), True)
    driver.reset()
    driver.window.doors.scenes.open(str(tmp_path / "branch.json"))
    driver.idle()
    assert not driver.window.controller.chains.states
    button, history = driver.find("repeat_button", QToolButton), driver.find("history_label", QLabel)
    height, words = button.height(), history.text()
    history.setText("in words that take some lines, " * 8)
    driver.until(lambda: history.height() > 2 * height)
    assert button.height() == height
    history.setText(words)
    button.click()
    driver.idle()
    assert all(np.array_equal(a, b) for a, b in zip(films(driver), branch, strict=True))
    assert np.array_equal(driver.shown("x_0"), shown)


def test_a_chain_from_a_picture_branches_and_comes_again(driver: Driver) -> None:
    driver.set_t(40)
    driver.key(Key.Key_D, CTRL)
    driver.idle()
    assert driver.scene.start > 0
    t = int(driver.window.controller.chains.states[2].t)
    branch_off(driver, t, "class_combo", "cross")
    branch = films(driver)
    driver.trigger("repeat")
    driver.idle()
    assert all(np.array_equal(a, b) for a, b in zip(films(driver), branch, strict=True))


def test_one_sample_of_a_grid_goes_on_alone(driver: Driver) -> None:
    generated(driver, count=4)
    grid = films(driver)
    driver.window.controller.chains.open_tile = 2
    branch_off(driver, 50, "class_combo", "ring")
    assert (driver.scene.count, driver.scene.seed) == (1, 2)
    assert np.array_equal(films(driver)[5][0, 0], grid[5][0, 2]) and films(driver)[0].shape[1] == 1
    driver.key(Key.Key_Backspace)
    driver.paint()
    assert (driver.scene.count, driver.scene.seed) == (4, 0) and len(films(driver)[0][0]) == 4
    assert driver.find("count_combo", QComboBox).currentText() == "4"


def test_one_sample_of_a_grid_goes_on_with_its_own_noise(driver: Driver) -> None:
    generated(driver, count=4, noise=5)
    grid = films(driver)
    driver.window.controller.chains.open_tile = 2
    go(driver, 50)
    driver.key(Key.Key_G)
    driver.idle()
    assert driver.scene.noise == 7 and driver.scene.history == (), "nothing was changed on its way"
    assert np.abs(films(driver)[-1][0, 0] - grid[-1][0, 2]).max() < 1e-4


def test_a_whole_grid_goes_on(driver: Driver) -> None:
    generated(driver, count=4)
    grid = films(driver)
    branch_off(driver, 50, "sampler_combo", "Heun")
    assert driver.scene.count == 4 and np.array_equal(films(driver)[5][0], grid[5][0])


@pytest.mark.parametrize("what", ["go_on", "futures", "decide"])
def test_what_cannot_be_gone_on_with_says_why(driver: Driver, what: str) -> None:
    def why() -> str:
        driver.paint()
        assert not driver.action(what).isEnabled()
        return driver.action(what).toolTip()

    assert "Only in “Remove noise”" in why()
    driver.trigger("direction_reverse")
    driver.idle()
    assert "press Generate first" in why()
    generated(driver)
    assert driver.action(what).isEnabled()  # from its middle, where it has arrived
    generated(driver, count=4)
    go(driver, 50)
    driver.paint()
    if what != "go_on":
        assert "Open one sample first" in why()


def test_a_refused_branch_leaves_the_chain(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    generated(driver)
    whole = films(driver)
    go(driver, 50)
    monkeypatch.setattr("diffviz.engine.recording.Tape.resume", lambda *_: (_ for _ in ()).throw(ValueError("No.")))
    driver.key(Key.Key_G)
    driver.idle()
    assert "No." in said(driver)
    assert all(np.array_equal(a, b) for a, b in zip(films(driver), whole, strict=True))


def test_a_seed_that_was_set_for_the_next_chain_stays_so(driver: Driver) -> None:
    """The branch has its chain's, and put that into the box: what was typed was gone."""
    generated(driver)
    driver.set("seed_spin", 5)
    branch_off(driver, 50, "class_combo", "ring")
    run = driver.window.controller.chains.run
    assert run.scene.seed == 0 and driver.scene.seed == 5
    assert driver.window.controller.store.session.changes == {"seed"}
    driver.trigger("take_settings")
    assert driver.scene.seed == 0
