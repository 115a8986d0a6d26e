"""The keys stay at hand when the control that has them is locked or goes: at the button that runs and stops."""

from __future__ import annotations

import dataclasses
import re

import pytest
from gui_driver import Driver
from PySide6.QtWidgets import QApplication

from diffviz.scene import RunSpec, SamplerSpec

pytestmark = pytest.mark.display


def test_a_page_without_the_control_gives_them_to_generate(driver: Driver) -> None:
    driver.find("schedule_combo").setFocus()
    driver.trigger("direction_reverse")
    driver.until(lambda: QApplication.focusWidget() is driver.generate_button)


def test_a_locked_control_gets_them_back(driver: Driver) -> None:
    runs = (RunSpec(driver.scene.model, SamplerSpec("ddpm", 40)),)
    spec = dataclasses.replace(driver.scene.experiment, name="compare", params=(("reference", "none"),))
    driver.window.controller.store.set(driver.scene.on("laboratory").replace(experiment=spec))
    driver.idle()
    steps = driver.find("steps_spin")
    steps.setFocus()
    driver.window.controller.store.edit(experiment=dataclasses.replace(spec, runs=runs))  # which runs at once
    assert not steps.isEnabled()
    driver.until(lambda: QApplication.focusWidget() is driver.generate_button or steps.isEnabled())
    driver.idle()
    assert QApplication.focusWidget() is steps


def test_a_stopped_experiment_says_how_far_it_came(driver: Driver) -> None:
    runs = tuple(RunSpec(driver.scene.model, SamplerSpec("ddpm", steps)) for steps in range(80, 90))
    spec = dataclasses.replace(driver.scene.experiment, name="compare", runs=runs)
    driver.window.controller.store.set(driver.scene.on("laboratory").replace(experiment=spec))
    if not driver.window.controller.jobs.running:
        driver.trigger("generate")
    driver.until(lambda: driver.window.controller.laboratory.done[0] > 2)
    driver.trigger("cancel")
    driver.idle()
    assert re.fullmatch(r"stopped at \d+ of 845 network calls", driver.words("progress_label"))
    driver.choose("experiment_combo", "Guidance")
    assert driver.words("progress_label") == ""
