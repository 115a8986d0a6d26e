"""Clipping, guidance rescale and guidance between two t in the window: used, shown where they have a say, undone."""

from __future__ import annotations

import numpy as np
import pytest
from chains import direct, is_shown
from gui_driver import Driver
from PySide6.QtWidgets import QComboBox, QSpinBox

from diffviz.scene import MAX_T

NAMES = ("rescale_spin", "guidance_low_spin", "guidance_high_spin")


def guide(driver: Driver, w: float = 3.0) -> None:
    driver.trigger("direction_reverse")
    driver.choose("class_combo", "ring")
    driver.set("guidance_spin", w)


@pytest.mark.parametrize("set_to", [
    {"rescale_spin": 0.7}, {"guidance_low_spin": 40}, {"guidance_high_spin": 60},
    {"rescale_spin": 1.0, "guidance_low_spin": 20, "guidance_high_spin": 70},
])  # fmt: skip
def test_guidance_settings_are_used(driver: Driver, set_to: dict[str, float]) -> None:
    guide(driver)
    driver.generate()
    plain = driver.shown("x_t")
    for name, value in set_to.items():
        driver.set(name, value)
    driver.generate()
    fields = {"rescale_spin": "rescale", "guidance_low_spin": "guidance_low", "guidance_high_spin": "guidance_high"}
    assert all(getattr(driver.scene.model, fields[name]) == value for name, value in set_to.items())
    assert is_shown(driver, direct(driver.scene)[-1])
    assert not np.array_equal(driver.shown("x_t"), plain)
    driver.trigger("undo")
    assert np.array_equal(driver.shown("x_t"), plain), "the chain before"
    driver.trigger("undo")
    last = next(reversed(set_to))
    assert driver.find(last).value() != set_to[last]  # type: ignore[attr-defined]


@pytest.mark.parametrize("label, clip", [("static", "static"), ("dynamic", "dynamic"), ("none", "none")])
def test_clipping_is_chosen(driver: Driver, label: str, clip: str) -> None:
    guide(driver, 9.0)
    driver.choose("clip_combo", label)
    assert driver.scene.model.clip == clip
    driver.generate()
    assert is_shown(driver, direct(driver.scene)[-1])
    assert driver.find("clip_combo").toolTip().endswith(".")
    driver.trigger("undo")
    assert driver.scene.model.clip == "own" and driver.find("clip_combo", QComboBox).currentData() == "own"


def test_rows_of_guidance_are_seen_where_there_is_some(driver: Driver) -> None:
    guide(driver, 1.0)
    assert not any(driver.find(name).isVisible() for name in NAMES)
    driver.set("guidance_spin", 2.0)
    assert all(driver.find(name).isVisible() for name in NAMES)
    driver.set("guidance_spin", 1.0)
    assert not any(driver.find(name).isVisible() for name in NAMES)


def test_the_two_t_stay_in_order_and_within_the_model(driver: Driver) -> None:
    guide(driver)
    low, high = (driver.find(name, QSpinBox) for name in NAMES[1:])
    assert (low.value(), high.value(), high.maximum()) == (0, 100, 100)
    assert driver.scene.model.guidance_high == MAX_T
    driver.set("guidance_high_spin", 30)
    assert low.maximum() == 29
    driver.set("guidance_low_spin", 50)
    assert driver.scene.model.guidance_low == 29 and high.minimum() == 30
    driver.set("guidance_high_spin", 100)
    assert driver.scene.model.guidance_high == MAX_T, "up to T is no limit, whatever the next model's T"


def test_they_wait_while_a_chain_runs(driver: Driver) -> None:
    guide(driver)
    driver.choose("pace_combo", "step by step")
    driver.trigger("generate")
    for name in (*NAMES, "clip_combo"):
        assert not driver.find(name).isEnabled() and "chain" in driver.find(name).toolTip()
