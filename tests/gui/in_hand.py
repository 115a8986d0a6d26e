"""A finished chain, and what is said and shown of it."""

from __future__ import annotations

import numpy as np
from gui_driver import Driver

from diffviz.scene import SamplerSpec


def generated(driver: Driver, sampler: str = "ddpm", steps: int = 10, **changes: object) -> None:
    """A finished chain of ten steps: t = 100, 90, ... 0."""
    scene = driver.scene.replace(direction="reverse", t=100, sampler=SamplerSpec(sampler, steps))
    driver.window.controller.store.set(scene.replace(**changes))
    driver.generate()


def go(driver: Driver, t: int) -> None:
    """Walk to the recorded state at t."""
    driver.slider.setValue(t)
    driver.idle()
    assert driver.scene.t == t


def shown_states(driver: Driver) -> list[float]:
    return [state.t for state in driver.window.controller.chains.states]


def films(driver: Driver) -> list[np.ndarray]:
    return [state.values for state in driver.window.controller.chains.states]


def said(driver: Driver) -> str:
    return " ".join(driver.messages())
