"""Forward: what is shown is q(x_t | x_0) with the held noise, to the last bit."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver, plain
from pixels import from_uint8, to_uint8
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel

from diffviz import catalog
from diffviz.diffusion import SCHEDULES, NoiseSchedule, add_noise
from diffviz.engine.noise import held_noise
from diffviz.gui.numbers import decibels, fraction
from diffviz.gui.panels.equation_panel import Coefficient
from diffviz.gui.theme import presentation_scale
from diffviz.images import load_picture
from diffviz.palette import DARK


def expected(x_0: np.ndarray, t: int, schedule: NoiseSchedule, seed: int = 0, value_range: int = 1) -> np.ndarray:
    eps = held_noise(seed, (3, *x_0.shape[:2]))
    return to_uint8(add_noise(from_uint8(x_0), t, eps, schedule), value_range)[0]


def eps_of(x_0: np.ndarray, seed: int = 0, value_range: int = 1) -> np.ndarray:
    return to_uint8(held_noise(seed, (3, *x_0.shape[:2])), value_range)[0]


@pytest.mark.parametrize("t", [0, 1, 50, 99, 100])
def test_x_t_is_the_jump_with_the_held_noise(t: int, driver: Driver) -> None:
    driver.set_t(t)
    x_0 = driver.shown("x_0")
    assert np.array_equal(driver.shown("x_t"), expected(x_0, t, SCHEDULES["linear"](T=100)))
    assert np.array_equal(driver.shown("eps"), eps_of(x_0))


def test_x_0_is_the_picture_and_t_0_shows_it_exactly(driver: Driver, picture_file: Path) -> None:
    picture = load_picture(picture_file)
    driver.window.open_picture(picture_file)
    driver.idle()
    assert np.array_equal(driver.shown("x_0"), picture)
    driver.set_t(0)
    assert np.array_equal(driver.shown("x_t"), picture)


@pytest.mark.parametrize("name", sorted(catalog.SCHEDULES))
def test_every_schedule_of_the_menu(name: str, driver: Driver) -> None:
    driver.choose("schedule_combo", catalog.SCHEDULES[name].label)
    driver.set_t(70)
    assert np.array_equal(driver.shown("x_t"), expected(driver.shown("x_0"), 70, SCHEDULES[name](T=100)))


@pytest.mark.parametrize("T", [2, 1000, 10_000])
def test_every_length_of_the_schedule(T: int, driver: Driver) -> None:
    driver.set("T_spin", T)
    t = T // 2
    driver.set_t(t)
    assert driver.scene.t == t
    assert np.array_equal(driver.shown("x_t"), expected(driver.shown("x_0"), t, SCHEDULES["linear"](T=T)))


def test_t_keeps_its_place_on_the_axis_when_T_changes(driver: Driver) -> None:
    driver.set_t(40)
    driver.set("T_spin", 1000)
    assert driver.slider.value() == 400
    for T, t in ((2, 1), (3, 1), (1000, 400)):  # as a number is typed
        driver.set("T_spin", T)
        assert driver.slider.value() == t
    driver.set("T_spin", 2)
    driver.set_t(0)
    driver.set("T_spin", 1000)
    assert driver.slider.value() == 0


def test_the_seed_chooses_the_noise(driver: Driver) -> None:
    x_0 = driver.shown("x_0")
    for seed in (7, 0, 2**31 - 1):
        driver.set("seed_spin", seed)
        assert np.array_equal(driver.shown("eps"), eps_of(x_0, seed))
        assert np.array_equal(driver.shown("x_t"), expected(x_0, 40, SCHEDULES["linear"](T=100), seed))


def test_the_noise_is_held_while_t_and_schedule_move(driver: Driver) -> None:
    held = driver.shown("eps")
    for t in (10, 90):
        driver.set_t(t)
        assert np.array_equal(driver.shown("eps"), held)
    driver.choose("schedule_combo", catalog.SCHEDULES["cosine"].label)
    driver.idle()
    assert np.array_equal(driver.shown("eps"), held)


def test_new_noise_is_another_seed_that_is_shown_and_comes_back(driver: Driver) -> None:
    first, seed = driver.shown("eps"), driver.find("seed_spin").value()
    driver.trigger("new_noise")
    driver.idle()
    assert driver.find("seed_spin").value() != seed
    assert not np.array_equal(driver.shown("eps"), first)
    driver.set("seed_spin", seed)
    assert np.array_equal(driver.shown("eps"), first)


def test_the_wide_range_changes_x_t_and_noise_but_not_the_picture(driver: Driver) -> None:
    x_0 = driver.shown("x_0")
    switch = driver.find("eps_range_check", QCheckBox)
    for value_range in (3, 1):
        switch.setChecked(value_range == 3)
        driver.idle()
        assert np.array_equal(driver.shown("x_0"), x_0)
        assert np.array_equal(driver.shown("eps"), eps_of(x_0, value_range=value_range))
        wanted = expected(x_0, 40, SCHEDULES["linear"](T=100), value_range=value_range)
        assert np.array_equal(driver.shown("x_t"), wanted)


def test_x_T_looks_like_the_noise(driver: Driver) -> None:
    """The ranges of both panels are one, so pure noise looks like ε."""
    driver.choose("schedule_combo", catalog.SCHEDULES["cosine"].label)
    driver.set_t(100)
    gap = np.abs(driver.shown("x_t").astype(int) - driver.shown("eps").astype(int))
    assert gap.max() <= 2


def test_given_ends_of_the_schedule_are_used(driver: Driver) -> None:
    driver.find("beta_start_spin").setValue(0.001)
    driver.find("beta_end_spin").setValue(0.2)
    driver.idle()
    schedule = SCHEDULES["linear"](T=100, beta_start=0.001, beta_end=0.2)
    assert np.array_equal(driver.shown("x_t"), expected(driver.shown("x_0"), 40, schedule))


def test_a_schedule_that_leaves_the_picture_is_warned_of(driver: Driver) -> None:
    driver.find("beta_end_spin").setValue(0.002)
    driver.idle()
    schedule = SCHEDULES["linear"](T=100, beta_start=driver.find("beta_start_spin").value(), beta_end=0.002)
    assert schedule.alpha_bar[-1] > 1e-2
    assert any("ᾱ at t = T" in text for text in driver.messages())


def test_no_warning_where_nothing_is_left(driver: Driver) -> None:
    driver.set("T_spin", 1000)
    driver.choose("schedule_combo", catalog.SCHEDULES["cosine"].label)
    driver.idle()
    assert driver.messages() == []


# -- the equation's numbers


@pytest.mark.parametrize("t", [0, 1, 40, 100])
def test_the_coefficients_are_the_schedules(t: int, driver: Driver) -> None:
    driver.set_t(t)
    alpha_bar = float(SCHEDULES["linear"](T=100).alpha_bar[t])
    sign, signal, noise = driver.coefficients()
    assert sign == "="
    assert signal == pytest.approx(alpha_bar**0.5, abs=6e-4)
    assert noise == pytest.approx((1 - alpha_bar) ** 0.5, abs=6e-4)


def test_the_shown_numbers_and_pictures_obey_the_equation(driver: Driver) -> None:
    """x_t = a x_0 + b ε with the numbers read off the screen, wherever no panel was clamped."""
    driver.find("eps_range_check", QCheckBox).setChecked(True)
    driver.set_t(30)
    _, a, b = driver.coefficients()
    x_t, eps = (driver.shown(name) / 127.5 * 3 - 3 for name in ("x_t", "eps"))
    x_0 = driver.shown("x_0") / 127.5 - 1
    inside = (np.abs(eps) < 2.9) & (np.abs(x_t) < 2.9)
    assert inside.mean() > 0.95
    assert np.abs(x_t - (a * x_0 + b * eps))[inside].max() < 0.03


# -- one step beside the jump


def test_the_one_step_row_comes_and_goes(driver: Driver) -> None:
    panel = driver.find("step_x_t_panel")
    assert not panel.isVisible()
    driver.choose("second_row_combo", "one step")
    driver.idle()
    assert panel.isVisible()
    driver.choose("second_row_combo", "none")
    driver.idle()
    assert not panel.isVisible()


@pytest.mark.parametrize("t", [1, 40, 100])
def test_one_step_shows_the_other_half_of_the_theory(t: int, driver: Driver) -> None:
    """√(1-β) x_{t-1} + √β z, with the numbers and the pictures that are on the screen."""
    driver.choose("second_row_combo", "one step")
    driver.find("eps_range_check", QCheckBox).setChecked(True)
    driver.set_t(t)
    schedule = SCHEDULES["linear"](T=100)
    sign, a, b = driver.coefficients(("step_x_t", "step_x_s", "step_z"))
    beta = float(schedule.beta[t])
    assert sign == "=" and a == pytest.approx((1 - beta) ** 0.5, abs=6e-4) and b == pytest.approx(beta**0.5, abs=6e-4)
    x_0 = driver.shown("x_0")
    assert np.array_equal(driver.shown("step_x_s"), expected(x_0, t - 1, schedule, value_range=3))
    x_t, x_s, z = (driver.shown(name) / 127.5 * 3 - 3 for name in ("step_x_t", "step_x_s", "step_z"))
    inside = (np.abs(x_t) < 2.9) & (np.abs(x_s) < 2.9) & (np.abs(z) < 2.9)
    assert inside.mean() > 0.9
    assert np.abs(x_t - ((1 - beta) ** 0.5 * x_s + beta**0.5 * z))[inside].max() < 0.04


def test_the_steps_noise_is_fresh(driver: Driver) -> None:
    driver.choose("second_row_combo", "one step")
    driver.idle()
    assert not np.array_equal(driver.shown("step_z"), driver.shown("eps"))


def test_mean_and_deviation_of_both_ways_and_the_reason_are_said(driver: Driver) -> None:
    driver.choose("second_row_combo", "one step")
    driver.idle()
    line = driver.words("formula_line")
    assert line.count("mean") >= 2 and line.count("deviation") >= 2
    assert "the same q(" in line


def test_at_t_0_there_is_no_step(driver: Driver) -> None:
    driver.choose("second_row_combo", "one step")
    driver.set_t(0)
    assert driver.shown("step_x_t").size == 0
    assert "t = 0" in driver.words("formula_line")


# -- the newest wins


def test_the_last_event_of_a_fast_drag_wins(driver: Driver) -> None:
    levels = np.random.default_rng(0).integers(0, 101, 200)
    for t in (*levels.tolist(), 33):
        driver.slider.setValue(t)
        if t % 7 == 0:
            QApplication.processEvents()
    driver.idle()
    assert np.array_equal(driver.shown("x_t"), expected(driver.shown("x_0"), 33, SCHEDULES["linear"](T=100)))
    assert driver.coefficients()[1] == pytest.approx(float(SCHEDULES["linear"](T=100).alpha_bar[33]) ** 0.5, abs=6e-4)


def test_pictures_are_drawn_during_a_drag(driver: Driver) -> None:
    """Not only when it rests: an answer is shown if it is newer than what is on the screen."""
    seen = set()
    for t in range(100):
        driver.slider.setValue(t)
        QApplication.processEvents()
        seen.add(driver.shown("x_t").tobytes())
    driver.idle()
    assert len(seen) > 5


def test_mixed_changes_end_in_the_newest_scene(driver: Driver) -> None:
    driver.find("seed_spin").setValue(3)
    driver.slider.setValue(80)
    driver.choose("schedule_combo", catalog.SCHEDULES["cosine"].label)
    driver.slider.setValue(20)
    driver.idle()
    x_0 = driver.shown("x_0")
    assert np.array_equal(driver.shown("x_t"), expected(x_0, 20, SCHEDULES["cosine"](T=100), 3))


def test_a_picture_of_another_size_replaces_all_three(driver: Driver, picture_file: Path) -> None:
    driver.window.open_picture(picture_file)
    driver.idle()
    x_0 = driver.shown("x_0")
    assert x_0.shape == (12, 20, 3)
    assert np.array_equal(driver.shown("eps"), eps_of(x_0))
    assert np.array_equal(driver.shown("x_t"), expected(x_0, 40, SCHEDULES["linear"](T=100)))


def test_the_second_row_has_no_level_at_0(driver: Driver) -> None:
    driver.choose("second_row_combo", "one step")
    driver.set_t(25)
    driver.set_t(0)
    words = [
        label.text() for name in ("x_t", "x_s") for label in driver.find(f"step_{name}_panel").findChildren(QLabel)
    ]
    assert not [text for text in words if re.search(r"t = \d", text) and "no step" not in text]


@pytest.mark.parametrize("scale", [1.0, presentation_scale(1080)])
@pytest.mark.parametrize("value", [4.93e-05, 7.5e-12, 1e-150, 0.999999])
def test_a_coefficient_is_never_cut(qapp: object, value: float, scale: float) -> None:
    for sign in ("≈", "+"):
        shown = Coefficient(sign, "√(1−ᾱ<sub>t</sub>)", "signal")
        shown.set_look(DARK, scale)
        shown.show_value(value)
        document = QTextDocument()
        document.setDocumentMargin(0)
        document.setDefaultFont(shown.font())
        document.setHtml(shown.text())
        assert document.idealWidth() <= shown.width(), plain(shown.text())


def test_numbers_are_never_rounded_to_0() -> None:
    assert fraction(1e-6, 5) == "1.0·10⁻⁶"
    assert fraction(1e-300, 4) == "<10⁻⁹⁹" and decibels(1e-300) == "<−990"
    assert fraction(0.0, 4) == "0.0000" and decibels(0.0) == "−∞"
