"""Reverse: the recorded chain is the sampler's, state by state, and walking through it shows exactly that."""

from __future__ import annotations

import re

import numpy as np
import pytest
from chains import direct, is_shown, network
from gui_driver import Driver, as_array, as_rgb
from pixels import to_uint8
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QLabel, QProgressBar

from diffviz import catalog
from diffviz.diffusion import step_levels
from diffviz.engine.noise import ChainNoise
from diffviz.kinds.tiles import tile

LEVELS = step_levels(100, 5)


def walked(driver: Driver) -> list[int]:
    """The levels of all recorded states, by Home and the right arrow."""
    driver.key(Qt.Key.Key_Home)
    levels = [driver.slider.value()]
    for _ in range(300):
        driver.key(Qt.Key.Key_Right)
        if driver.slider.value() == levels[-1]:
            break
        levels.append(driver.slider.value())
    driver.idle()
    return levels


def run_step_by_step(driver: Driver, states: int) -> None:
    """A chain at pace "step by step" that has come to its ``states``-th state."""
    driver.choose("pace_combo", "step by step")
    driver.trigger("generate")
    done = driver.find("progress_bar", QProgressBar)
    driver.until(lambda: driver.shown("x_0").shape == (8, 8, 3))
    for number in range(1, states):
        driver.key(Qt.Key.Key_Right)
        driver.until(lambda number=number: done.value() == number)


# -- before a chain


def test_before_a_chain_x_T_of_the_seed_is_shown(driver: Driver) -> None:
    driver.set("seed_spin", 5)
    driver.trigger("direction_reverse")
    driver.idle()
    assert np.array_equal(driver.shown("x_t"), to_uint8(ChainNoise(5, 1).start((3, 8, 8)))[0])
    assert driver.shown("x_0").size == driver.shown("eps").size == 0
    assert driver.slider.value() == driver.slider.maximum() == 100


def test_before_a_chain_the_empty_panels_say_what_to_do(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.idle()
    for name in ("x_0", "eps"):
        pixels = as_array(driver.picture_area(name).grab().toImage())
        assert len(np.unique(pixels.reshape(-1, 3), axis=0)) > 4, "no words are painted"
    texts = [label.text() for label in driver.window.findChildren(QLabel) if label.isVisible()]
    painted = [getattr(driver.picture_area(name), "_message", "") for name in ("x_0", "eps")]
    assert any("Generate" in text for text in [*texts, *painted])


def test_another_seed_is_another_x_T(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.idle()
    driver.set("seed_spin", 8)
    assert np.array_equal(driver.shown("x_t"), to_uint8(ChainNoise(8, 1).start((3, 8, 8)))[0])


def test_before_a_chain_sixteen_samples_are_one_grid(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.choose("count_combo", "16")
    driver.idle()
    assert np.array_equal(driver.shown("x_t"), tile(to_uint8(ChainNoise(0, 16).start((3, 8, 8)))))


# -- a chain


@pytest.mark.parametrize("name", ["ddpm", "ddim"])
@pytest.mark.parametrize("seed", [0, 123])
def test_every_recorded_state_is_the_samplers(name: str, seed: int, driver: Driver) -> None:
    driver.set("seed_spin", seed)
    driver.choose("sampler_combo", catalog.SAMPLERS[name].label)
    driver.generate()
    states = direct(driver.scene)
    assert walked(driver) == [state.t for state in states] == LEVELS
    driver.key(Qt.Key.Key_Home)
    for state in states:
        assert is_shown(driver, state), state.t
        driver.key(Qt.Key.Key_Right)
    for state in reversed(states):
        assert is_shown(driver, state), state.t
        driver.key(Qt.Key.Key_Left)


def test_a_finished_chain_rests_at_its_picture(driver: Driver) -> None:
    driver.generate()
    assert driver.slider.value() == 0
    assert is_shown(driver, direct(driver.scene)[-1])


@pytest.mark.parametrize("spacing", sorted(catalog.SPACINGS))
def test_every_spacing(spacing: str, driver: Driver) -> None:
    driver.choose("spacing_combo", catalog.SPACINGS[spacing].label)
    driver.generate()
    assert walked(driver) == step_levels(100, 5, spacing)


def test_parameters_of_the_sampler_are_used(driver: Driver) -> None:
    driver.choose("sampler_combo", catalog.SAMPLERS["ddim"].label)
    driver.set("eta_spin", 0.6)
    driver.generate()
    assert dict(driver.scene.sampler.params) == {"eta": 0.6}
    assert is_shown(driver, direct(driver.scene)[-1])


def test_class_and_guidance_are_used(driver: Driver) -> None:
    results = []
    for label, guidance in (("ring", 1.0), ("ring", 3.0), ("any", 1.0)):
        driver.choose("class_combo", label)
        driver.set("guidance_spin", guidance)
        driver.generate()
        assert driver.scene.model.class_label == (None if label == "any" else label)
        assert is_shown(driver, direct(driver.scene)[-1])
        results.append(driver.shown("x_t"))
    assert not np.array_equal(results[0], results[1]) and not np.array_equal(results[0], results[2])


def test_steps_are_used(driver: Driver) -> None:
    driver.set("steps_spin", 12)
    driver.generate()
    assert len(walked(driver)) == 13


def test_generating_again_gives_the_same_chain(driver: Driver) -> None:
    driver.generate()
    first = driver.shown("x_t")
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), first)


def test_a_longer_chain_after_a_shorter_one(driver: Driver) -> None:
    for steps in (2, 9, 4):
        driver.set("steps_spin", steps)
        driver.generate()
        states = direct(driver.scene)
        for index in (0, len(states) // 2, len(states) - 1):
            driver.set_t(states[index].t)
            assert is_shown(driver, states[index])


# -- the button


def test_generate_switches_to_reverse_and_becomes_stop(driver: Driver) -> None:
    button = driver.generate_button
    assert button.text() == "Generate “dot”"
    driver.choose("pace_combo", "step by step")
    button.click()
    assert driver.action("direction_reverse").isChecked()
    assert button.text() == "Stop" and button.isEnabled()
    driver.until(lambda: driver.shown("x_0").size > 0)
    assert driver.find("progress_bar").isVisible()
    button.click()
    driver.idle()
    assert button.text() == "Generate “dot”" and not driver.find("progress_bar").isVisible()


def test_progress_stands_in_place(driver: Driver) -> None:
    driver.set("steps_spin", 30)
    driver.choose("pace_combo", "10 steps/s")
    driver.trigger("generate")
    said = r"step \d+/30 · [\d.]+ steps/s · \d+ s left"
    driver.until(
        lambda: re.fullmatch(said, driver.words("progress_label")) and "/s · 0 s" not in driver.words("progress_label")
    )
    done = driver.find("progress_bar", QProgressBar)
    assert 0 < done.value() < done.maximum() == 30
    driver.trigger("cancel")
    driver.idle()


def test_the_shortcut_action_cannot_start_a_second_chain(driver: Driver) -> None:
    driver.choose("pace_combo", "step by step")
    driver.trigger("generate")
    assert not driver.action("generate").isEnabled() and driver.action("cancel").isEnabled()
    driver.trigger("cancel")
    driver.idle()
    assert driver.action("generate").isEnabled() and not driver.action("cancel").isEnabled()


# -- stopping, looking back, live


def test_stop_keeps_what_there_is(driver: Driver) -> None:
    run_step_by_step(driver, 3)
    driver.generate_button.click()
    driver.idle()
    assert walked(driver) == LEVELS[:3]
    states = direct(driver.scene)
    driver.key(Qt.Key.Key_Home)
    for state in states[:3]:
        assert is_shown(driver, state)
        driver.key(Qt.Key.Key_Right)


def test_step_by_step_each_arrow_is_one_state(driver: Driver) -> None:
    states = direct(driver.scene)
    run_step_by_step(driver, 1)
    assert is_shown(driver, states[0])
    for state in states[1:]:
        driver.key(Qt.Key.Key_Right)
        driver.until(lambda state=state: driver.slider.value() == state.t)
        assert is_shown(driver, state)
    driver.idle()
    assert driver.generate_button.text() == "Generate “dot”"


def test_the_slider_follows_a_running_chain(driver: Driver) -> None:
    run_step_by_step(driver, 3)
    assert driver.slider.value() == LEVELS[2]


def test_touching_the_slider_looks_back_while_the_chain_goes_on(driver: Driver) -> None:
    states = direct(driver.scene)
    run_step_by_step(driver, 3)
    assert not driver.action("live").isEnabled()
    driver.slider.setValue(LEVELS[0])
    driver.paint()
    assert is_shown(driver, states[0])
    assert driver.action("live").isEnabled()
    driver.choose("pace_combo", "full speed")
    driver.idle()
    assert driver.generate_button.text() == "Generate “dot”"  # it went on to its end
    assert driver.slider.value() == LEVELS[0] and is_shown(driver, states[0])  # and the view stayed
    assert walked(driver) == LEVELS


def test_live_follows_again(driver: Driver) -> None:
    states = direct(driver.scene)
    run_step_by_step(driver, 3)
    driver.slider.setValue(LEVELS[0])
    driver.paint()
    driver.trigger("live")
    driver.paint()
    assert driver.slider.value() == LEVELS[2] and is_shown(driver, states[2])
    assert not driver.action("live").isEnabled()
    driver.key(Qt.Key.Key_Right)
    driver.until(lambda: driver.slider.value() == LEVELS[3])


def test_back_to_forward_while_a_chain_runs(driver: Driver) -> None:
    run_step_by_step(driver, 2)
    driver.trigger("direction_forward")
    driver.until(lambda: driver.shown("x_t").shape == driver.shown("eps").shape != (8, 8, 3))
    assert driver.slider.value() == 40
    driver.choose("pace_combo", "full speed")
    driver.idle()
    assert driver.scene.direction == "forward" and driver.shown("x_t").shape[0] > 200
    driver.trigger("direction_reverse")
    driver.idle()
    assert walked(driver) == LEVELS


# -- walking


def test_the_slider_goes_to_the_nearest_recorded_state(driver: Driver) -> None:
    driver.generate()
    states = {state.t: state for state in direct(driver.scene)}
    for asked, nearest in ((97, 100), (89, 80), (71, 80), (51, 60), (11, 20), (9, 0), (1, 0)):
        driver.set_t(asked)
        assert driver.slider.value() == nearest
        assert is_shown(driver, states[nearest])


def test_home_and_end_and_ten_at_a_time(driver: Driver) -> None:
    driver.set("steps_spin", 25)
    driver.generate()
    levels = step_levels(100, 25)
    driver.key(Qt.Key.Key_Home)
    assert driver.slider.value() == 100
    driver.key(Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert driver.slider.value() == levels[10]
    driver.key(Qt.Key.Key_End)
    assert driver.slider.value() == 0
    driver.key(Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert driver.slider.value() == levels[15]


def test_visited_levels_are_ticks_under_the_plot(driver: Driver) -> None:
    driver.generate()
    driver.set_t(100)
    image = driver.slider.grab().toImage()
    pixels, scale = as_array(image).astype(int), image.devicePixelRatio()
    muted = np.array(as_rgb(driver.window.palette_.muted))
    below = pixels[int(image.height() * 0.8) :]
    columns = np.flatnonzero((np.abs(below - muted).sum(axis=2) < 40).any(axis=0)) / scale
    left = driver.slider.mapTo(driver.window, QPoint(0, 0)).x()
    for level in LEVELS:
        assert np.abs(columns + left + 0.5 / scale - driver.plot_x(level)).min() <= 1.5, level
    assert len(columns) <= 2 * len(LEVELS) * scale


def test_in_forward_there_are_no_ticks(driver: Driver) -> None:
    driver.generate()
    driver.trigger("direction_forward")
    driver.idle()
    image = driver.slider.grab().toImage()
    below = as_array(image).astype(int)[int(image.height() * 0.85) :]
    assert not (np.abs(below - np.array(as_rgb(driver.window.palette_.muted))).sum(axis=2) < 40).any()


def test_the_chain_survives_a_visit_to_forward(driver: Driver) -> None:
    driver.generate()
    driver.set_t(60)
    driver.trigger("direction_forward")
    driver.idle()
    driver.trigger("direction_reverse")
    driver.idle()
    assert driver.slider.value() == 60
    assert is_shown(driver, direct(driver.scene)[2])


def test_the_live_line_shows_the_step_that_was_taken(driver: Driver) -> None:
    driver.generate()
    driver.set_t(60)
    line = driver.words("formula_line")
    numbers = [float(text) for text in re.findall(r"\d+\.\d+", line)]
    assert "60" in line and "40" in line and "z" in line
    from diffviz.diffusion.forward import posterior_coefficients

    c_0, c_t, variance = posterior_coefficients(60, 40, network(driver.scene.model.name).schedule)
    assert numbers == pytest.approx([c_0, c_t, variance**0.5], abs=6e-5)
