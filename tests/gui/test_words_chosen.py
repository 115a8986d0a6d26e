"""A network of words is chosen in the window: what was asked of another one, and what a running chain locks."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from gui_driver import Driver
from in_hand import offered
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QToolButton
from word_network import write_words

from diffviz.gui.panels.condition_box import ConditionBox
from diffviz.gui.panels.glossary_dialog import GlossaryDialog
from diffviz.scene import DataSpec, SamplerSpec, params
from diffviz.session.provenance import made_with


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


def test_words_come_back_with_their_model_when_a_sound_was_open_between(driver: Driver, told: ConditionBox) -> None:
    told.say("red hair")
    assert driver.action("undo").text() == "Undo: words red hair"
    driver.set("guidance_spin", 3.0)
    model, pictures = driver.scene.model, driver.window.controller.pictures
    pictures.open(DataSpec("sound", "builtin:drum"))
    driver.idle()
    assert driver.scene.model.name != model.name
    pictures.open(DataSpec("picture", "builtin:coffee"))
    driver.idle()
    assert driver.scene.model == model and told.lineEdit().text() == "red hair"


def test_the_menu_says_of_a_model_that_it_takes_words(driver: Driver, tmp_path: Path) -> None:
    models, folder = driver.window.controller.models, write_words(tmp_path / "told")
    assert ("faces-64 · words", "faces-64") in models.items()
    assert ("emoji-32", "emoji-32") in models.items()
    models.choose(str(folder))
    driver.idle()
    assert driver.find("model_combo", QComboBox).currentText() == "told · words"


def test_what_is_not_there_is_said_to_a_model_that_was_told_something_else(driver: Driver, tmp_path: Path) -> None:
    models, store = driver.window.controller.models, driver.window.controller.store
    store.edit(model=dataclasses.replace(driver.scene.model, class_label="no hat"))
    models.choose(str(write_words(tmp_path / "told")))
    driver.idle()
    assert driver.scene.model.class_label == "no hat"


def test_the_dice_and_the_surprise_say_what_they_change(driver: Driver) -> None:
    side = driver.window.controller.side
    assert "another seed: other noise, the same words" in side.run.new_noise.toolTip()
    assert "Other words" in side.words.surprise.toolTip() and "the seed stays" in side.words.surprise.toolTip()


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


def test_generate_names_the_words_that_stand_in_the_field(driver: Driver, told: ConditionBox) -> None:
    """A click tells them first: it said one prompt, and made another."""
    driver.trigger("direction_reverse")
    button = driver.window.controller.side.generate
    before = button.accessibleName()
    told.begin()
    QTest.keyClicks(told, "red hair")
    assert button.accessibleName() == "Generate “red hair”" and driver.scene.model.class_label is None
    driver.window.controller.store.edit(seed=3)
    driver.paint()
    assert button.accessibleName() == "Generate “red hair”"
    QTest.keyClicks(told, "\b" * 8)
    assert button.accessibleName() == before


def test_tab_goes_on_from_the_words_that_return_has_told(driver: Driver, told: ConditionBox) -> None:
    """Meanwhile the arrows walk the chain, and one key leads back to the words."""
    driver.trigger("direction_reverse")
    for key, expected in ((Qt.Key.Key_Tab, driver.find("keep_words_button")), (Qt.Key.Key_Backtab, told)):
        told.begin()
        QTest.keyClicks(told, "red hair")
        QTest.keyClick(told, Qt.Key.Key_Return)
        driver.until(lambda: driver.window.controller.jobs.running)
        driver.idle()
        driver.window.activateWindow()  # the offscreen platform leaves that to us when a list closes
        driver.until(lambda: QApplication.focusWidget() is driver.window)
        states = driver.window.controller.chains
        driver.key(Qt.Key.Key_Left)
        assert states.index == len(states.states) - 2
        driver.key(key)
        assert QApplication.focusWidget() is expected


def test_escape_closes_the_offered_phrases_alone(driver: Driver, told: ConditionBox) -> None:
    """The slider took the keys and the list stayed; what was typed next fell beside the field."""
    phrases = offered(driver, told, "re")
    QTest.keyClick(phrases, Qt.Key.Key_Escape)
    assert not phrases.isVisible() and told.lineEdit().hasFocus() and told.lineEdit().text() == "re"
    QTest.keyClick(told.lineEdit(), Qt.Key.Key_Escape)
    assert not told.lineEdit().hasFocus()


def test_words_typed_while_a_chain_pauses_lead_on_from_there(driver: Driver, told: ConditionBox) -> None:
    """Return goes on with them; what was said before is told of the way."""
    controller = driver.window.controller
    told.say("red hair")
    view = dataclasses.replace(driver.scene.view, pace="step")
    sampler = SamplerSpec("ddim", 5, params=params(eta=0.0))
    controller.store.set(driver.scene.replace(direction="reverse", sampler=sampler, view=view))
    driver.trigger("generate")
    driver.until(lambda: controller.chains.states)
    driver.trigger("pause")
    driver.paint()
    controller.store.edit(undo=False, view=dataclasses.replace(view, pace="max"))
    driver.trigger("say_words")
    assert QApplication.focusWidget() in (told, told.lineEdit())
    told.lineEdit().selectAll()
    QTest.keyClicks(told.lineEdit(), "blue hat")
    QTest.keyClick(told.lineEdit(), Qt.Key.Key_Return)
    driver.until(lambda: bool(controller.store.session.run.made.history))
    driver.idle()
    made = controller.store.session.run.made
    assert [leg.model.class_label for leg in made.history] == ["red hair"] and made.model.class_label == "blue hat"
    assert made_with(made).startswith("red hair · DDIM → 100, then blue hat · DDIM 5")


def test_words_are_a_key_away_with_a_model_that_is_told_some(driver: Driver) -> None:
    """In one step of undo, at settings that take a second; a model of words that is shown already is kept as it is."""
    controller, before = driver.window.controller, driver.scene
    box = driver.find("class_combo", ConditionBox)
    driver.trigger("say_words")
    driver.idle()
    scene = driver.scene
    assert (scene.way, scene.model.name, scene.model.guidance) == ("reverse", "faces-64", 2.0)
    assert (scene.sampler.name, scene.sampler.steps) == ("dpmpp_2m", 20)
    assert box.lineEdit().hasFocus()
    controller.store.edit(direction="forward", sampler=SamplerSpec("ddim", 7))
    driver.trigger("say_words")
    driver.idle()
    assert driver.scene.way == "reverse" and driver.scene.sampler.steps == 7 and box.lineEdit().hasFocus()
    while controller.store.session.can_undo and driver.scene.model.name == "faces-64":
        controller.store.undo()
    driver.idle()
    assert driver.scene.model == before.model and not box.told_words


def test_the_key_for_words_leads_to_the_state_that_was_looked_at(driver: Driver, told: ConditionBox) -> None:
    driver.window.controller.store.edit(direction="reverse", sampler=SamplerSpec("ddim", 5))
    driver.generate()
    assert driver.scene.t == 0
    driver.trigger("direction_forward")
    driver.set_t(60)
    driver.trigger("say_words")
    assert driver.scene.t == 0


def test_what_is_typed_while_the_model_is_loaded_is_not_lost(driver: Driver) -> None:
    """Letters are no shortcuts then, and Return generates when it is there."""
    store, before = driver.window.controller.store, driver.scene.model.name
    box = driver.find("class_combo", ConditionBox)
    driver.trigger("say_words")
    QTest.keyClicks(driver.window, "red hairn")
    QTest.keyClick(driver.window, Qt.Key.Key_Backspace)
    assert driver.scene.seed == 0 and driver.window.controller.models.loading
    driver.idle()
    assert box.lineEdit().text() == "red hair" and driver.scene.model.class_label is None
    driver.window.controller.models.choose(before)
    driver.idle()
    driver.trigger("say_words")
    QTest.keyClicks(driver.window, "bald")
    QTest.keyClick(driver.window, Qt.Key.Key_Return)
    driver.until(lambda: store.session.job.running)
    assert driver.scene.model.class_label == "bald"
    driver.window.controller.jobs.cancel()
    driver.idle()
    driver.window.controller.models.choose(before)
    driver.idle()


def test_a_chain_that_is_asked_for_while_the_model_is_loaded_is_of_the_words(driver: Driver) -> None:
    """It took the place of the words, which were gone."""
    controller, before = driver.window.controller, driver.scene.model.name
    driver.trigger("say_words")
    QTest.keyClicks(driver.window, "red hair")
    driver.trigger("generate")
    assert controller.models.loading and controller.store.session.model.waited
    driver.until(lambda: controller.jobs.running)
    assert controller.chains.run.scene.model.class_label == driver.scene.model.class_label == "red hair"
    controller.jobs.cancel()
    driver.idle()
    controller.models.choose(before)
    driver.idle()


def test_escape_drops_what_was_typed_for_a_model_on_its_way(driver: Driver) -> None:
    models, before = driver.window.controller.models, driver.scene.model.name
    driver.trigger("say_words")
    QTest.keyClicks(driver.window, "bald")
    QTest.keyClick(driver.window, Qt.Key.Key_Escape)
    assert models.loading
    driver.idle()
    assert driver.find("class_combo", ConditionBox).lineEdit().text() == "" and driver.messages() == []
    models.choose(before)
    driver.idle()


def slowly(driver: Driver) -> None:
    """A chain that waits for its steps."""
    view = dataclasses.replace(driver.scene.view, pace="step")
    driver.window.controller.store.set(driver.scene.replace(direction="reverse", view=view))
    driver.trigger("generate")
    driver.until(lambda: driver.window.controller.chains.states)


def typed_beside_a_chain(driver: Driver, words: str) -> None:
    slowly(driver)
    driver.key(Qt.Key.Key_W, widget=driver.window)
    QTest.keyClicks(driver.window, words)


def test_words_typed_while_a_chain_runs_wait_for_its_end(driver: Driver, told: ConditionBox) -> None:
    """They were keys of the window: s drew a schedule, m marked a favourite."""
    slowly(driver)
    favourites, seed = driver.scene.favourites, driver.scene.seed
    driver.key(Qt.Key.Key_W, widget=driver.window)
    assert any("A chain is running" in text and "kept for the words" in text for text in driver.messages())
    QTest.keyClicks(driver.window, "red hairmn")
    QTest.keyClick(driver.window, Qt.Key.Key_Backspace)
    QTest.keyClick(driver.window, Qt.Key.Key_Backspace)
    assert (driver.scene.favourites, driver.scene.seed) == (favourites, seed)
    assert any("kept for the words: “red hair”" in text for text in driver.messages())
    driver.trigger("cancel")
    driver.idle()
    assert told.lineEdit().text() == "red hair" and told.lineEdit().hasFocus() and driver.messages() == []
    assert driver.scene.model.class_label is None, "not before Return"


@pytest.mark.parametrize("name", ["generate_button", "pause_button"])
def test_a_click_on_what_is_waited_for_leaves_the_words(driver: Driver, told: ConditionBox, name: str) -> None:
    """The message says "press Stop first", and Stop dropped what was typed."""
    typed_beside_a_chain(driver, "red hair")
    QTest.mouseClick(driver.find(name), Qt.MouseButton.LeftButton)
    driver.until(lambda: not driver.window.controller.jobs.running or driver.window.controller.jobs.paused)
    driver.paint()
    assert told.lineEdit().text() == "red hair" and told.lineEdit().hasFocus()
    driver.trigger("cancel")
    driver.idle()


def test_a_menu_leaves_the_words(driver: Driver, told: ConditionBox) -> None:
    """ "Stop" of the menu dropped what was typed."""
    typed_beside_a_chain(driver, "red")
    bar = driver.window.menuBar()
    [entry] = [action for action in bar.actions() if action.text() == "&Chain"]
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.actionGeometry(entry).center())
    driver.until(lambda: QApplication.activePopupWidget() is entry.menu())
    place = entry.menu().actionGeometry(driver.action("cancel")).center()
    QTest.mouseClick(entry.menu(), Qt.MouseButton.LeftButton, pos=place)
    driver.idle()
    assert told.lineEdit().text() == "red"


def test_a_dialog_has_its_own_keys_and_leaves_the_words(driver: Driver, told: ConditionBox) -> None:
    """Esc did not close it and dropped what was typed; letters went there instead of into its fields."""
    typed_beside_a_chain(driver, "red")
    driver.trigger("glossary")
    dialog = driver.window.findChild(GlossaryDialog)
    assert dialog is not None
    driver.until(dialog.isActiveWindow)
    QTest.keyClicks(QApplication.focusWidget(), "beta")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    driver.window.activateWindow()
    driver.until(driver.window.isActiveWindow)
    assert not dialog.isVisible()
    QTest.keyClicks(driver.window, " hair")
    driver.trigger("cancel")
    driver.idle()
    assert told.lineEdit().text() == "red hair"


def test_return_runs_the_words_when_the_chain_has_ended(driver: Driver, told: ConditionBox) -> None:
    typed_beside_a_chain(driver, "red hair")
    QTest.keyClick(driver.window, Qt.Key.Key_Return)
    before = driver.window.controller.chains.run
    driver.trigger("cancel")
    driver.until(lambda: driver.window.controller.chains.run is not before)
    assert driver.window.controller.chains.run.scene.model.class_label == "red hair"
    driver.trigger("cancel")
    driver.idle()


def test_escape_gives_the_keys_back_to_a_chain_that_runs(driver: Driver, told: ConditionBox) -> None:
    typed_beside_a_chain(driver, "red")
    driver.key(Qt.Key.Key_Escape, widget=driver.window)
    assert driver.messages() == []
    driver.key(Qt.Key.Key_P, widget=driver.window)
    assert driver.window.controller.jobs.paused
    driver.trigger("cancel")
    driver.idle()
    assert told.lineEdit().text() == ""


def test_words_typed_beside_a_network_of_classes_wait_for_both(driver: Driver) -> None:
    models, before = driver.window.controller.models, driver.scene.model.name
    typed_beside_a_chain(driver, "bald")
    driver.trigger("cancel")
    driver.idle()
    assert driver.find("class_combo", ConditionBox).lineEdit().text() == "bald"
    assert driver.scene.model.name == "faces-64"
    models.choose(before)
    driver.idle()
