"""What the form shows of a training that can be gone on with, and that what was chosen for a new one comes back."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from past_trainings import make_past
from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtTest import QTest

from diffviz.files import models_dir
from diffviz.gui import training_desk
from diffviz.gui.panels.train_dialog import TrainDialog
from diffviz.gui.panels.train_form import Choices
from diffviz.train.recipe import Recipe, write_recipe

pytestmark = pytest.mark.usefixtures("own_models")
MERGED = (("pet", ("a", "b")),)


def shades(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).mkdir(parents=True)
        for k in range(8):
            Image.fromarray(np.full((8, 8, 3), 20 * k, np.uint8)).save(folder / name / f"{k}.png")
    return folder


def past(name: str, recipe: Recipe) -> None:
    """A training of 40 steps in 80 seconds."""
    write_recipe(make_past(models_dir() / name) / "training" / "recipe.json", recipe)


@pytest.fixture
def driver(make_driver: Callable[..., Driver], settings: QSettings, tmp_path: Path) -> Iterator[Driver]:
    """The panel on the folder "flowers"; a training of "cats" was begun in other ways and stopped at its half."""
    shades(tmp_path / "flowers", "rose", "tulip")
    cats = Recipe(data=str(shades(tmp_path / "cats", "a", "b", "c")), classes=MERGED, size=8, preset="tiny", flip=True)
    past("cats", cats.replace(minutes=2 * 80 / 60))
    driver = make_driver(settings=settings)
    driver.trigger("train")
    dialog = panel(driver)
    dialog.form.folder.setText(str(tmp_path / "flowers"))
    dialog.form.folder.editingFinished.emit()
    counted(driver)
    assert dialog.form.name.currentText() == "flowers"
    yield driver
    driver.window.training.close(10_000)


def panel(driver: Driver) -> TrainDialog:
    return driver.find("train_dialog", TrainDialog)


def test_one_step_is_no_steps(driver: Driver) -> None:
    make_past(models_dir() / "short", steps=(1,))
    named(driver, "short")
    assert panel(driver).form.note.text() == "Trained, 1 step in 2 s."


def counted(driver: Driver) -> None:
    driver.until(lambda: "looked at" not in panel(driver).primary.toolTip())


def named(driver: Driver, name: str) -> Choices:
    """What the form says when a name was typed, key by key."""
    field = panel(driver).form.name.lineEdit()
    panel(driver).activateWindow()
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, name)
    counted(driver)
    return panel(driver).form.choices()


def ordered(
    driver: Driver, monkeypatch: pytest.MonkeyPatch, begin: Callable[[float | None], None] = lambda _: None
) -> tuple[Choices, float | None, bool]:
    """What the button asks for, until when, and whether it goes on; nothing is trained."""
    orders: list[tuple[Choices, float | None, bool]] = []

    def recipe_line(chosen: Choices, device: str, minutes: float | None, resume: bool) -> str:
        orders.append((chosen, minutes, resume))
        begin(minutes)
        return ""

    monkeypatch.setattr(training_desk, "command", lambda *_: ["-c", "import sys; sys.exit(130)"])
    monkeypatch.setattr(training_desk, "recipe_line", recipe_line)
    panel(driver).primary.click()
    driver.until(lambda: not driver.window.training.running)
    return orders[0]


def test_what_was_chosen_comes_back_when_a_name_is_typed_on(driver: Driver, tmp_path: Path) -> None:
    form = panel(driver).form
    form.flip.setChecked(False)
    form.minutes.setValue(33)
    form.show_classes((("red", ("rose",)),), choosable=True)
    chosen = form.choices()
    shown = named(driver, "cats")
    assert (shown.folder, shown.classes, shown.flip) == (str(tmp_path / "cats"), MERGED, True)
    assert form.found.text() == "16 pictures in 1 class: pet." and panel(driver).primary.text() == "Resume"
    assert named(driver, "cats and dogs") == dataclasses.replace(chosen, name="cats and dogs")
    assert form.found.text() == "8 pictures in 1 class: red."
    assert panel(driver).primary.text() == "Start training" and panel(driver).primary.isEnabled()


def test_a_name_is_not_finished_to_one_that_is_there(driver: Driver) -> None:
    assert named(driver, "ca").name == "ca" and panel(driver).primary.text() == "Start training"


def test_resume_asks_for_what_the_training_was_begun_with(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = named(driver, "cats")
    assert (shown.start, shown.size, shown.network) == ("", 8, "tiny")
    assert shown.minutes == pytest.approx(8 / 3, abs=1e-4)
    assert panel(driver).form.minutes.text() == "2.7 min", "no more digits than are typed"
    chosen, minutes, resume = ordered(driver, monkeypatch)
    assert resume and chosen.flip and minutes == pytest.approx(8 / 3, abs=1e-4)
    named(driver, "another")
    panel(driver).form.minutes.setValue(20)
    assert panel(driver).form.minutes.text() == "20.0 min"


def test_a_training_that_counts_steps_goes_on_to_its_end(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    past("many", Recipe(data=named(driver, "x").folder, start="gone-model", steps=90))
    shown = named(driver, "many")
    minutes = panel(driver).form.minutes
    assert not minutes.isEnabled() and minutes.toolTip() == "Begun for 90 steps in all, to which it goes on"
    assert shown.start == "gone-model" == panel(driver).form.start.currentText()
    assert ordered(driver, monkeypatch)[1] is None
    past("done", Recipe(data=shown.folder, steps=40))
    named(driver, "done")
    assert minutes.isEnabled() and minutes.suffix() == " min more" and panel(driver).primary.text() == "Train longer"
    minutes.setValue(10)
    assert ordered(driver, monkeypatch)[1] == pytest.approx(10 + 80 / 60)


def test_resume_is_refused_where_the_time_is_trained_already(driver: Driver) -> None:
    """It made not a step, and said that it finished."""
    named(driver, "cats")
    form, button = panel(driver).form, panel(driver).primary
    form.minutes.setValue(1.3)
    said = "Stopped after 40 steps in 80 s; choose a longer time in all to go on."
    assert form.note.text() == said == button.toolTip() and not button.isEnabled()
    form.minutes.setValue(1.4)
    assert form.note.text() == "Stopped after 40 steps in 80 s; Resume goes on." and button.isEnabled()
    for typed, allowed in (("1", False), ("15", True)):  # and the keys stay in the field
        form.minutes.setFocus()
        form.minutes.selectAll()
        QTest.keyClicks(form.minutes, typed)
        assert button.isEnabled() == allowed and form.minutes.hasFocus()


def test_a_longer_training_that_was_stopped_goes_on_to_what_was_asked_for(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = Recipe(data=named(driver, "x").folder, minutes=80 / 60)
    past("done", done)
    named(driver, "done")
    form, total = panel(driver).form, pytest.approx(0.3 + 80 / 60)
    form.minutes.setValue(0.3)
    begun = models_dir() / "done" / "training" / "recipe.json"
    assert form.minutes.text() == "0.3 min more" and panel(driver).primary.text() == "Train longer"
    # as the child leaves it that was stopped before its first step
    assert ordered(driver, monkeypatch, lambda minutes: write_recipe(begun, done.replace(minutes=minutes)))[1] == total
    assert panel(driver).primary.text() == "Resume" and form.minutes.text() == "1.6 min"
    assert ordered(driver, monkeypatch)[1] == total


def test_a_time_that_was_chosen_for_it_stays_when_the_panel_is_opened_again(driver: Driver) -> None:
    named(driver, "cats")
    panel(driver).form.minutes.setValue(45)
    panel(driver).form.flip.setChecked(False)
    panel(driver).close()
    driver.trigger("train")
    counted(driver)
    assert panel(driver).form.minutes.value() == 45 and not panel(driver).form.flip.isChecked()


def test_another_folder_is_a_new_model_with_what_was_chosen(driver: Driver, tmp_path: Path) -> None:
    panel(driver).form.minutes.setValue(33)
    named(driver, "cats")
    panel(driver).form.folder.setText(str(shades(tmp_path / "boats", "sail")))
    panel(driver).form.folder.editingFinished.emit()
    counted(driver)
    chosen = panel(driver).form.choices()
    assert (chosen.name, chosen.folder, chosen.classes) == ("boats", str(tmp_path / "boats"), ())
    assert (chosen.minutes, chosen.flip) == (33, False)


def test_a_class_whose_folder_has_gone_blocks_resume(driver: Driver, tmp_path: Path) -> None:
    (tmp_path / "cats" / "b").rename(tmp_path / "b")
    named(driver, "cats")
    said = "There is no sub-folder 'b' any more; put it back, or choose the classes anew"
    assert panel(driver).form.found.text() == said == panel(driver).primary.toolTip()
    assert not panel(driver).primary.isEnabled()


def test_what_was_chosen_is_remembered_and_not_the_past_trainings(
    driver: Driver, settings: QSettings, make_driver: Callable[..., Driver], tmp_path: Path
) -> None:
    panel(driver).form.minutes.setValue(33)
    named(driver, "cats")
    driver.window.training.remember()
    again = make_driver(settings=settings)
    again.trigger("train")
    counted(again)
    assert panel(again).form.choices().name == "cats" and panel(again).form.choices().classes == MERGED
    assert named(again, "new").folder == str(tmp_path / "flowers") and panel(again).form.minutes.value() == 33
