"""Every sampler in the window, and chains that visit levels between two whole ones."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from chains import direct, is_shown, network
from gui_driver import Driver
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLabel

from diffviz import catalog
from diffviz.diffusion import sigma_levels
from diffviz.scene_file import read_scene, save_scene


def choose_sampler(driver: Driver, name: str, grid: str = "steps", steps: int = 5) -> None:
    driver.choose("sampler_combo", catalog.SAMPLERS[name].label)
    if any(param.name == "grid" for param in catalog.SAMPLERS[name].params):
        driver.choose("grid_combo", grid)
    driver.set("steps_spin", steps)


def line(driver: Driver) -> str:
    """The line of the step under the pictures."""
    texts = [label.text() for label in driver.window.findChildren(QLabel) if label.isVisible()]
    return next(re.sub(r"<[^>]*>|&nbsp;", "", text) for text in texts if "step " in text and "→" in text)


def x_caption(driver: Driver) -> str:
    labels = driver.find("x_0_panel").findChildren(QLabel)
    return next(label.text().partition(" · ")[0] for label in labels if label.text().startswith("t = "))


@pytest.mark.parametrize("grid", ["steps", "karras"])
@pytest.mark.parametrize("name", ["euler", "euler_ancestral", "heun", "dpmpp_2m"])
def test_every_recorded_state_is_the_samplers(name: str, grid: str, driver: Driver) -> None:
    choose_sampler(driver, name, grid)
    driver.generate()
    states = direct(driver.scene)
    driver.key(Qt.Key.Key_Home)
    for state in states:
        assert is_shown(driver, state), state.t
        assert driver.slider.value() == round(state.t)
        driver.key(Qt.Key.Key_Right)
    for state in reversed(states):
        assert is_shown(driver, state), state.t
        driver.key(Qt.Key.Key_Left)


def test_states_that_share_a_whole_level_are_all_walked(driver: Driver) -> None:
    """A fine Karras grid ends in many levels between t = 1 and 2."""
    choose_sampler(driver, "euler", "karras", 40)
    driver.generate()
    states = direct(driver.scene)
    levels = sigma_levels(network(driver.scene.model.name).schedule, 40, "karras")
    assert [state.t for state in states] == levels
    assert len({round(t) for t in levels}) < len(levels) - 5
    driver.key(Qt.Key.Key_Home)
    for state in states:
        assert is_shown(driver, state), state.t
        text = f"t = {state.t}" if isinstance(state.t, int) else f"t = {state.t:.2f}"
        assert x_caption(driver) == text
        driver.key(Qt.Key.Key_Right)


def test_the_numbers_are_those_of_the_very_level(driver: Driver) -> None:
    choose_sampler(driver, "heun", "exponential", 7)
    driver.generate()
    schedule = network(driver.scene.model.name).schedule
    driver.key(Qt.Key.Key_Home)
    for t in sigma_levels(schedule, 7, "exponential")[:-1]:
        alpha_bar = schedule.alpha_bar_at(t)
        assert driver.coefficients()[1:] == pytest.approx((alpha_bar**0.5, (1 - alpha_bar) ** 0.5), abs=6e-4)
        heights = sorted([alpha_bar**0.5, (1 - alpha_bar) ** 0.5])
        assert {x for x, _ in driver.dots()} == {t}
        assert sorted(y for _, y in driver.dots()) == pytest.approx(heights, abs=1e-9)
        readout = driver.words("schedule_readout")
        assert float(re.search(r"ᾱ = (\d\.\d+)", readout)[1]) == pytest.approx(alpha_bar, abs=6e-5)
        driver.key(Qt.Key.Key_Right)


@pytest.mark.parametrize("kind", ["alpha_bar", "snr", "sigma"])
def test_the_dots_of_every_view_stand_at_the_very_level(kind: str, driver: Driver) -> None:
    choose_sampler(driver, "euler", "karras", 6)
    driver.generate()
    driver.window.controller.options.view(curves=kind)
    driver.key(Qt.Key.Key_Home)
    driver.key(Qt.Key.Key_Right)
    schedule = network(driver.scene.model.name).schedule
    t = sigma_levels(schedule, 6, "karras")[1]
    alpha_bar = schedule.alpha_bar_at(t)
    ratio = (1 - alpha_bar) / alpha_bar
    height = {"alpha_bar": alpha_bar, "snr": -10 * np.log10(ratio), "sigma": np.log10(ratio) / 2}[kind]
    dots = driver.dots()
    assert {x for x, _ in dots} == {t}
    assert min(abs(y - height) for _, y in dots) < 1e-9


def test_the_line_names_what_a_step_adds_up(driver: Driver) -> None:
    said = {}
    for name in catalog.SAMPLERS:
        choose_sampler(driver, name)
        driver.generate()
        driver.key(Qt.Key.Key_Home)
        driver.key(Qt.Key.Key_Right)
        said[name] = line(driver).replace("\u0302", "^")
    assert "x^0′" in said["heun"] and "x^0old" in said["dpmpp_2m"]
    assert all(" xt" in said[name] for name in said if name != "ddim")
    assert all(text.startswith("step 80 → 60: x60 = ") for text in said.values())


def test_the_line_of_a_level_between_two(driver: Driver) -> None:
    choose_sampler(driver, "euler", "karras", 6)
    driver.generate()
    driver.key(Qt.Key.Key_Home)
    levels = sigma_levels(network(driver.scene.model.name).schedule, 6, "karras")
    assert line(driver).startswith(f"step 100 → {levels[1]:.2f}: x{levels[1]:.2f} = ")


def test_a_slider_drag_goes_to_the_nearest_state(driver: Driver) -> None:
    choose_sampler(driver, "dpmpp_2m", "karras", 8)
    driver.generate()
    states = direct(driver.scene)
    for t in (95, 70, 40, 12, 3, 0):
        driver.set_t(t)
        nearest = min(states, key=lambda state: abs(state.t - t))
        assert is_shown(driver, nearest) and driver.slider.value() == round(nearest.t) == driver.scene.t


def test_a_scene_keeps_a_whole_t(driver: Driver, tmp_path: Path) -> None:
    choose_sampler(driver, "euler_ancestral", "karras")
    driver.generate()
    driver.key(Qt.Key.Key_Home)
    driver.key(Qt.Key.Key_Right)
    assert type(driver.scene.t) is int
    save_scene(driver.scene, tmp_path / "scene.json")
    assert read_scene(tmp_path / "scene.json").scene == driver.scene
    assert json.loads((tmp_path / "scene.json").read_text())["sampler"]["params"] == {"grid": "karras"}


def test_playback_shows_every_state_that_shares_a_level(driver: Driver) -> None:
    choose_sampler(driver, "euler", "karras", 30)
    driver.generate()
    states = direct(driver.scene)
    assert any(round(a.t) == round(b.t) for a, b in pairwise(states))
    for i, state in enumerate(states):
        driver.window.controller.playback.moved.emit(i / (len(states) - 1))
        assert is_shown(driver, state), state.t


# -- parameters


def test_one_row_for_a_parameter_of_two_samplers(driver: Driver) -> None:
    spins = driver.window.findChildren(QDoubleSpinBox, "eta_spin")
    assert len(spins) == len(driver.window.findChildren(QComboBox, "grid_combo")) == 1
    for name, default in (("ddim", 0.0), ("euler_ancestral", 1.0)):
        driver.choose("sampler_combo", catalog.SAMPLERS[name].label)
        declared = {param.name: param for param in catalog.SAMPLERS[name].params}
        assert spins[0].value() == default and spins[0].toolTip() == declared["eta"].tip
    driver.choose("sampler_combo", catalog.SAMPLERS["heun"].label)
    assert not spins[0].isVisibleTo(driver.window)


def test_a_grid_in_sigma_has_no_spacing(driver: Driver) -> None:
    spacing = driver.find("spacing_combo", QComboBox)
    choose_sampler(driver, "heun", "karras")
    assert not spacing.isEnabled() and "grid" in spacing.toolTip()
    driver.choose("grid_combo", "steps")
    assert spacing.isEnabled() and "grid" not in spacing.toolTip()
    driver.choose("grid_combo", "exponential")
    driver.choose("sampler_combo", catalog.SAMPLERS["ddpm"].label)
    assert spacing.isEnabled()


def test_a_learned_variance_is_offered_where_the_network_has_it(driver: Driver) -> None:
    combo = driver.find("variance_combo", QComboBox)
    item = combo.model().item(combo.findData("learned_range"))
    assert not item.isEnabled() and "has not learned a variance" in item.toolTip()
    assert combo.model().item(combo.findData("fixed_large")).isEnabled()
