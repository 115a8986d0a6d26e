"""A finished chain, what is said and shown of it, and words that are being typed for the next."""

from __future__ import annotations

import numpy as np
from gui_driver import Driver
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractItemView

from diffviz.gui.panels.condition_box import ConditionBox
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


def branch_off(driver: Driver, t: int, name: str, wanted: str) -> None:
    """Go on from the state at t with another choice in a menu."""
    go(driver, t)
    driver.choose(name, wanted)
    driver.key(Qt.Key.Key_G)
    driver.idle()


def offered(driver: Driver, told: ConditionBox, letters: str) -> QAbstractItemView:
    """A prompt is being typed on the page of the chain: the list of phrases that is offered for it."""
    driver.trigger("direction_reverse")
    told.begin()
    QTest.keyClicks(told.lineEdit(), letters)
    popup = told.lineEdit().completer().popup()
    driver.until(popup.isVisible)
    return popup


def shown_states(driver: Driver) -> list[float]:
    return [state.t for state in driver.window.controller.chains.states]


def films(driver: Driver) -> list[np.ndarray]:
    return [state.values for state in driver.window.controller.chains.states]


def said(driver: Driver) -> str:
    return " ".join(driver.messages())
