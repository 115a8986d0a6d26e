"""The posterior under the jump, with its own numbers, and the sampler's step in "Remove noise" as pictures."""

from __future__ import annotations

import numpy as np
import pytest
from gui_driver import Driver

from diffviz.diffusion import SCHEDULES, posterior_coefficients
from diffviz.scene import SamplerSpec

ROW = ("step_x_t", "step_x_s", "step_z")


@pytest.mark.parametrize("t", [1, 2, 40, 100])
def test_the_posteriors_mean_and_draws_are_its_formula_on_the_pictures_shown(t: int, driver: Driver) -> None:
    driver.choose("second_row_combo", "posterior")
    driver.find("eps_range_check").setChecked(True)
    driver.set_t(t)
    c_0, c_t, variance = posterior_coefficients(t, t - 1, SCHEDULES["linear"](T=100))
    sign, a, b = driver.coefficients(ROW)
    assert sign == "=" and a == pytest.approx(c_0, abs=6e-4) and b == pytest.approx(c_t, abs=6e-4)
    assert np.array_equal(driver.shown("step_z"), driver.shown("x_t"))
    mean, x_t = (driver.shown(name) / 127.5 * 3 - 3 for name in ("step_x_t", "x_t"))
    x_0 = driver.shown("x_0") / 127.5 - 1
    inside = (np.abs(x_t) < 2.9) & (np.abs(mean) < 2.9)
    assert np.abs(mean - (c_0 * x_0 + c_t * x_t))[inside].max() < 0.04
    panel = driver.window.controller.view.step.cards[0]
    spread = []
    for _ in range(3):
        panel.clicked.emit(3, 3)
        draw = driver.shown("step_x_t") / 127.5 * 3 - 3
        spread.append(float((draw - mean)[inside & (np.abs(draw) < 2.9)].std()))
    assert spread == pytest.approx([variance**0.5] * 3, abs=0.02)
    panel.clicked.emit(3, 3)
    assert np.array_equal(driver.shown("step_x_t") / 127.5 * 3 - 3, mean), "the mean again"
    assert f"{variance**0.5:.4g}" in driver.words("formula_line")


def test_there_is_none_at_t_0(driver: Driver) -> None:
    driver.choose("second_row_combo", "posterior")
    driver.set_t(0)
    assert driver.shown("step_x_t").size == 0 and "t = 0" in driver.words("formula_line")


@pytest.mark.parametrize(("sampler", "second"), [("ddpm", 2), ("ddim", 2)])
def test_removing_noise_the_row_is_the_step_that_is_taken(sampler: str, second: int, driver: Driver) -> None:
    driver.window.controller.store.edit(sampler=SamplerSpec(sampler, 5))
    driver.choose("second_row_combo", "posterior")
    driver.generate()
    driver.idle()
    chains = driver.window.controller.chains
    chains.go_to(2)
    driver.idle()
    state, after = chains.states[2], chains.states[3]
    terms = dict(state.terms)
    _, a, b = driver.coefficients(ROW)
    names = [name for name in terms if name != "z"]
    assert a == pytest.approx(terms[names[0]], abs=6e-4) and b == pytest.approx(terms[names[1]], abs=6e-4)
    assert np.array_equal(driver.shown("step_x_t"), after.frames().x_t)
    assert np.array_equal(driver.shown("step_x_s"), state.frames().x0_hat)
    expected = state.frames().x_t if sampler == "ddpm" else state.frames().eps_hat
    assert np.array_equal(driver.shown("step_z"), expected)
    chains.go_to(5)
    driver.idle()
    assert driver.shown("step_x_t").size == 0
    driver.choose("second_row_combo", "none")
    assert not driver.find("step_x_t_panel").isVisible()
