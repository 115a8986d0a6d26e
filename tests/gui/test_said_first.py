"""What is being typed is said before a key of the window, or a button, does what it does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from gui_driver import Driver
from in_hand import offered
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox

from diffviz.gui.panels.condition_box import ConditionBox

pytestmark = pytest.mark.display

CTRL = Qt.KeyboardModifier.ControlModifier


def type_in(driver: Driver, name: str, text: str) -> QAbstractSpinBox:
    box = driver.find(name, QAbstractSpinBox)
    box.setFocus(Qt.FocusReason.TabFocusReason)
    box.selectAll()
    QTest.keyClicks(box, text)
    return box


def by_key(driver: Driver) -> None:
    driver.key(Qt.Key.Key_G, CTRL)


def by_click(driver: Driver) -> None:
    QTest.mouseClick(driver.generate_button, Qt.MouseButton.LeftButton)


@pytest.mark.parametrize("press", [by_key, by_click])
def test_a_chain_has_the_steps_that_were_typed(press: Callable[[Driver], None], driver: Driver) -> None:
    driver.trigger("direction_reverse")
    type_in(driver, "steps_spin", "7")
    press(driver)
    driver.idle()
    run = driver.window.controller.chains.run
    assert driver.scene.sampler.steps == 7 and len(run.states) == 8


def test_a_number_that_is_refused_says_so_and_the_one_before_runs(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    before = driver.scene.sampler.steps
    box = type_in(driver, "steps_spin", "0")
    by_key(driver)
    driver.idle()
    assert driver.scene.sampler.steps == before and box.text() == f"{before}"
    assert box.accessibleDescription() == "0 is outside 1..100"


def test_a_key_that_is_no_key_of_the_window_leaves_it_to_be_typed(driver: Driver) -> None:
    box = type_in(driver, "seed_spin", "7")
    driver.key(Qt.Key.Key_A, CTRL)
    assert driver.scene.seed == 0 and box.text() == "7"


def test_words_that_are_typed_are_those_of_the_chain(driver: Driver, told: ConditionBox) -> None:
    """The list of phrases lay over the window, and the chain ran with the words before."""
    phrases = offered(driver, told, "red hai")
    driver.trigger("generate")
    driver.until(lambda: driver.window.controller.jobs.running)
    driver.idle()
    run = driver.window.controller.store.session.run
    assert driver.scene.model.class_label == run.made.model.class_label == "red hai" and not phrases.isVisible()
