"""Noise that is fresh at each step: a real trajectory on the screen, beside the film of one held ε."""

from __future__ import annotations

import numpy as np
from gui_driver import Driver
from pixels import from_uint8, to_uint8

from diffviz.diffusion import SCHEDULES, add_noise
from diffviz.engine.noise import ForwardNoise

LINEAR = SCHEDULES["linear"](T=100)


def test_the_pictures_are_those_of_one_chain_and_undo_holds_the_noise_again(driver: Driver) -> None:
    driver.set_t(100)
    end, held = driver.shown("x_t"), driver.shown("eps")
    driver.choose("forward_noise_combo", "fresh at each step")
    driver.idle()
    assert np.array_equal(driver.shown("x_t"), end), "both films end in one x_T"
    x_0 = from_uint8(driver.shown("x_0"))
    noise = ForwardNoise(driver.scene.seed, x_0.shape[1:], LINEAR)
    for t in (40, 41):
        driver.set_t(t)
        assert np.array_equal(driver.shown("eps"), to_uint8(noise.eps(t))[0])
        assert np.array_equal(driver.shown("x_t"), to_uint8(add_noise(x_0, t, noise.eps(t), LINEAR))[0])
    assert "no such trajectory" in driver.words("formula_line")
    driver.choose("second_row_combo", "one step")
    driver.idle()
    driver.set_t(40)
    before = driver.shown("x_t")
    driver.set_t(41)
    assert np.array_equal(driver.shown("step_x_s"), before) and "very x" in driver.words("formula_line")
    while driver.scene.fresh:
        driver.window.controller.store.undo()
    driver.idle()
    driver.set_t(41)
    assert np.array_equal(driver.shown("eps"), held)


def test_removing_noise_does_not_ask(driver: Driver) -> None:
    combo = driver.find("forward_noise_combo")
    assert combo.isVisible() and "no trajectory" in combo.toolTip()
    driver.window.controller.pages.go("reverse")
    driver.idle()
    assert not combo.isVisible()
