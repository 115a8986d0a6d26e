"""Reverse: truth under clipping, several samples, and the model's own schedule."""

from __future__ import annotations

import re

import numpy as np
import pytest
from chains import direct, is_shown, network, x_T
from gui_driver import Driver
from pixels import to_uint8
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QPushButton

from diffviz import catalog
from diffviz.diffusion import SCHEDULES, step_levels

LEVELS = step_levels(100, 5)


# -- truth under clipping


def test_a_broken_sum_is_marked_and_measured(driver: Driver) -> None:
    driver.set("guidance_spin", 9.0)
    driver.generate()
    states = direct(driver.scene)
    assert max(state.gap for state in states) > 0.1
    for state in states:
        driver.set_t(state.t)
        sign, signal, noise = driver.coefficients()
        alpha_bar = float(network(driver.scene.model.name).schedule.alpha_bar[state.t])
        assert (signal, noise) == pytest.approx((alpha_bar**0.5, (1 - alpha_bar) ** 0.5), abs=6e-4)
        assert sign == ("≈" if state.gap > 1e-3 else "="), state.t
        tips = " ".join(label.toolTip() for label in driver.labels_between("x_t", "x_0"))
        if state.gap > 1e-3:
            assert float(re.findall(r"\d+\.?\d*(?:e-?\d+)?", tips.split("by")[-1])[0]) == pytest.approx(
                state.gap, rel=0.01
            )
        else:
            assert "clipped" not in tips


def test_derived_again_the_sum_holds(driver: Driver) -> None:
    driver.set("guidance_spin", 9.0)
    driver.find("rederive_check", QCheckBox).setChecked(True)
    driver.generate()
    for state in direct(driver.scene)[:-1]:
        driver.set_t(state.t)
        assert driver.coefficients()[0] == "="
        assert is_shown(driver, state)


def test_forward_takes_the_sign_back(driver: Driver) -> None:
    driver.set("guidance_spin", 9.0)
    driver.generate()
    driver.set_t(20)
    driver.trigger("direction_forward")
    driver.idle()
    assert driver.coefficients()[0] == "="
    assert "clipped" not in " ".join(label.toolTip() for label in driver.labels_between("x_t", "x_0"))


# -- several samples


@pytest.mark.parametrize("count", ["4", "16"])
def test_samples_are_one_grid_in_all_three_panels(count: str, driver: Driver) -> None:
    driver.choose("count_combo", count)
    driver.generate()
    states = direct(driver.scene)
    for state in (states[0], states[3], states[-1]):
        driver.set_t(state.t)
        assert len(state.x_t) == int(count) and is_shown(driver, state)


def test_sample_k_does_not_depend_on_the_count(driver: Driver) -> None:
    driver.choose("count_combo", "4")
    driver.generate()
    grid = driver.shown("x_t")
    driver.choose("count_combo", "1")
    driver.set("seed_spin", 2)
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), grid[8:, :8])


def click_sample(driver: Driver, row: int, column: int, name: str = "x_t", side: int = 4) -> None:
    area = driver.picture_area(name)
    target = area.target()  # type: ignore[attr-defined]
    scale = area.devicePixelRatioF()
    x = (target.x() + (column + 0.5) * target.width() / side) / scale
    y = (target.y() + (row + 0.5) * target.height() / side) / scale
    QTest.mouseClick(area, Qt.MouseButton.LeftButton, pos=QPoint(round(x), round(y)))
    driver.idle()


@pytest.mark.parametrize("name", ["x_t", "x_0", "eps"])
def test_a_click_opens_one_sample_and_escape_returns(name: str, driver: Driver) -> None:
    driver.choose("count_combo", "16")
    driver.generate()
    state = direct(driver.scene)[-1]
    click_sample(driver, 2, 1, name)
    for panel, batch in (("x_t", state.x_t), ("x_0", state.x0_hat), ("eps", state.eps_hat)):
        assert np.array_equal(driver.shown(panel), batch[9])
    driver.key(Qt.Key.Key_Left)  # walking stays in the sample
    driver.idle()
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-2].x_t[9])
    driver.key(Qt.Key.Key_End)
    driver.key(Qt.Key.Key_Escape)
    driver.idle()
    assert is_shown(driver, state)


# -- schedules of both directions


def test_reverse_uses_the_models_own_schedule_locked_with_the_reason(driver: Driver) -> None:
    driver.choose("schedule_combo", catalog.SCHEDULES["cosine"].label)
    driver.set("T_spin", 300)
    driver.set_t(120)
    driver.trigger("direction_reverse")
    driver.idle()
    assert driver.slider.maximum() == 100  # the tiny model's
    combo = driver.find("schedule_combo", QComboBox)
    assert not (combo.isVisible() and combo.isEnabled())
    words = " ".join(label.text() for label in driver.window.findChildren(QLabel) if label.isVisible())
    assert "model's own" in words and "T = 100" in words
    driver.generate()
    driver.set_t(60)
    own = network(driver.scene.model.name).schedule
    assert driver.coefficients()[1] == pytest.approx(float(own.alpha_bar[60]) ** 0.5, abs=6e-4)
    driver.trigger("direction_forward")
    driver.idle()
    assert combo.isEnabled() and combo.currentText() == catalog.SCHEDULES["cosine"].label
    assert driver.slider.maximum() == 300 and driver.slider.value() == 120
    assert driver.coefficients()[1] == pytest.approx(float(SCHEDULES["cosine"](T=300).alpha_bar[120]) ** 0.5, abs=6e-4)


def test_pure_noise_of_the_window_and_of_the_chain_are_one(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.idle()
    before = driver.shown("x_t")
    driver.generate()
    driver.key(Qt.Key.Key_Home)
    assert np.array_equal(driver.shown("x_t"), before)
    assert np.array_equal(before, to_uint8(x_T(driver.scene))[0])


def test_play_walks_through_the_recorded_states(driver: Driver) -> None:
    driver.generate()
    driver.choose("speed_combo", "4×")
    driver.key(Qt.Key.Key_Home)
    driver.trigger("play")
    assert driver.action("play").text() == "Pause"
    seen = [driver.slider.value()]

    def ended() -> bool:
        if driver.slider.value() != seen[-1]:
            seen.append(driver.slider.value())
        return driver.action("play").text() == "Play"

    driver.until(ended)
    assert set(seen) <= set(LEVELS) and len(seen) > 2
    assert seen == sorted(seen, reverse=True) and (seen[0], seen[-1]) == (100, 0)


def test_the_generate_button_is_the_one_filled_button(driver: Driver) -> None:
    filled = [b for b in driver.window.findChildren(QPushButton) if b.isVisible() and b.property("look") == "primary"]
    assert filled == [driver.generate_button]
