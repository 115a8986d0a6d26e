"""A network of words is chosen in the window: what was asked of another one, and what a running chain locks."""

from __future__ import annotations

from pathlib import Path

from gui_driver import Driver
from PySide6.QtWidgets import QToolButton
from word_network import write_words

from diffviz.gui.panels.condition_box import ConditionBox


def test_a_class_of_another_model_is_no_word(driver: Driver, tmp_path: Path) -> None:
    """ "person" stays no prompt of a network that does not know it; words that it knows stay."""
    models, store = driver.window.controller.models, driver.window.controller.store
    box = driver.find("class_combo", ConditionBox)
    folder = write_words(tmp_path / "told")
    driver.choose("class_combo", "ring")
    before = driver.scene.model.name
    models.choose(str(folder))
    driver.idle()
    assert box.told_words and driver.scene.model.class_label is None and box.lineEdit().text() == ""
    assert (
        driver.words("class_combo_objection") == ""
        if driver.window.findChild(object, "class_combo_objection")
        else True
    )
    box.say("red hair")
    models.choose(before)
    driver.idle()
    assert not box.told_words and driver.scene.model.class_label is None
    store.undo()
    driver.idle()
    assert driver.scene.model.class_label == "red hair"


def test_a_running_chain_locks_the_surprise(driver: Driver) -> None:
    side = driver.window.controller.side
    side.show_locked("A chain runs.", "")
    assert not driver.find("surprise_button", QToolButton).isEnabled()
    side.show_locked("", "")
    assert driver.find("surprise_button", QToolButton).isEnabled()


def test_return_in_the_words_of_a_paused_chain_does_not_stop_it(driver: Driver) -> None:
    side, clicks = driver.window.controller.side, []
    side.generate.clicked.connect(lambda: clicks.append(side.generate.accessibleName()))
    side.show_running(True, (3, 10), "paused at step 3/10")
    side.label_.entered.emit()
    assert clicks == []
    side.show_running(False, (0, 10), "")
    side.label_.entered.emit()
    assert len(clicks) == 1
    driver.window.controller.jobs.cancel()
    driver.idle()
