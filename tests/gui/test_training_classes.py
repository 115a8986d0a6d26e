"""The classes of a training, chosen in the window: ticked, named, merged, remembered, and learnt."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from accelerate.state import AcceleratorState
from gui_driver import Driver
from PIL import Image
from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QPushButton, QTableWidgetItem, QToolButton

from diffviz.cli import main
from diffviz.files import models_dir
from diffviz.gui import training_desk
from diffviz.gui.panels.class_dialog import ClassDialog
from diffviz.gui.panels.train_dialog import TrainDialog
from diffviz.models import load_model

CHILD_S = 90.0
# a child that keeps the line that it is given, and ends with its input as one that was stopped
KEEP = """
import os, sys
line = sys.stdin.readline()
open(sys.argv[1] + ".part", "w").write(line)
os.replace(sys.argv[1] + ".part", sys.argv[1])
sys.stdin.read()
sys.exit(130)
"""
pytestmark = pytest.mark.usefixtures("own_models")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Five pictures of 8x8 of each of three shades."""
    for name, value in (("bright", 220), ("dark", 20), ("grey", 120)):
        (tmp_path / "shades" / name).mkdir(parents=True)
        for k in range(5):
            Image.fromarray(np.full((8, 8, 3), value + k, np.uint8)).save(tmp_path / "shades" / name / f"{k}.png")
    return tmp_path / "shades"


@pytest.fixture
def panel(driver: Driver, pictures: Path) -> Iterator[tuple[Driver, TrainDialog]]:
    yield driver, opened(driver, pictures)
    driver.without_training()


def opened(driver: Driver, folder: Path) -> TrainDialog:
    driver.trigger("train")
    dialog = driver.find("train_dialog", TrainDialog)
    choose(driver, dialog, folder)
    return dialog


def choose(driver: Driver, dialog: TrainDialog, folder: Path) -> None:
    dialog.form.folder.setText(str(folder))
    dialog.form.folder.editingFinished.emit()
    driver.until(lambda: "looked at" not in dialog.primary.toolTip())


def asked(driver: Driver, dialog: TrainDialog) -> ClassDialog:
    dialog.form.classes.click()
    driver.paint()
    return dialog.findChildren(ClassDialog)[-1]


def item(dialog: ClassDialog, row: int, column: int) -> QTableWidgetItem:
    found = dialog.table.item(row, column)
    assert found is not None
    return found


def ok(dialog: ClassDialog) -> QPushButton:
    return dialog.buttons.button(QDialogButtonBox.StandardButton.Ok)


def test_what_is_merged_and_unticked_is_what_is_learnt(
    panel: tuple[Driver, TrainDialog], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The recipe that the child is given is trained in this process, which has torch already."""
    driver, dialog = panel
    form = dialog.form
    assert form.found.text() == "15 pictures in 3 classes: bright, dark, grey." and form.choices().classes == ()
    classes = asked(driver, dialog)
    assert classes.note.text() == "15 pictures in 3 classes: bright, dark, grey."
    item(classes, 0, 1).setText("shade")
    item(classes, 2, 1).setText(" shade ")
    item(classes, 1, 0).setCheckState(Qt.CheckState.Unchecked)
    assert classes.note.text() == "10 pictures in 1 class: shade."
    ok(classes).click()
    driver.paint()
    assert form.choices().classes == (("shade", ("bright", "grey")),)
    assert form.found.text() == "10 pictures in 1 class: shade."
    form.start.setCurrentIndex(form.start.count() - 1)
    form.network.setCurrentIndex(form.network.findData("tiny"))
    form.side.setValue(8)
    recipe = tmp_path / "recipe.json"
    monkeypatch.setattr(training_desk, "command", lambda *_: ["-c", KEEP, str(recipe)])
    dialog.primary.click()
    assert not form.classes.isEnabled() and form.classes.toolTip() == "A training is running; stop it first"
    driver.until(recipe.exists, CHILD_S)
    given = ["--recipe", str(recipe), "--steps", "2", "--threads", "1"]
    assert main(["train", "-o", str(models_dir() / "shades"), *given]) == 0
    AcceleratorState._reset_state(reset_partial_state=True)  # a training has a process of its own
    dialog.primary.click()
    driver.until(lambda: not driver.window.training.running, CHILD_S)
    assert load_model(models_dir() / "shades").class_names == ("shade",)
    # of a training that goes on they are fixed, and shown
    assert form.found.text() == "10 pictures in 1 class: shade."
    assert not form.classes.isEnabled() and "choose another name" in form.classes.toolTip()


def test_a_choice_that_cannot_be_trained_on_is_not_taken(panel: tuple[Driver, TrainDialog]) -> None:
    driver, dialog = panel
    classes = asked(driver, dialog)
    classes.findChild(QToolButton, "class_none_button").click()
    assert (
        classes.note.text() == "What is ticked holds no pictures, a training needs at least 8."
        and not ok(classes).isEnabled()
    )
    classes.findChild(QToolButton, "class_all_button").click()
    assert ok(classes).isEnabled()
    item(classes, 1, 1).setText("  ")
    assert "'' is no name for a class" in classes.note.text() and not ok(classes).isEnabled()
    classes.reject()
    assert dialog.form.choices().classes == () and dialog.primary.isEnabled()


def test_the_choice_is_remembered_and_another_folder_has_its_own(
    pictures: Path, settings: QSettings, make_driver: Callable[..., Driver]
) -> None:
    driver = make_driver(settings=settings)
    dialog = opened(driver, pictures)
    classes = asked(driver, dialog)
    item(classes, 0, 0).setCheckState(Qt.CheckState.Unchecked)
    ok(classes).click()
    driver.window.training.remember()
    again = make_driver(settings=settings)
    again.trigger("train")
    second = again.find("train_dialog", TrainDialog)
    again.until(lambda: second.form.found.text() == "10 pictures in 2 classes: dark, grey.")
    shown = asked(again, second)
    assert shown.classes() == (("dark", ("dark",)), ("grey", ("grey",)))
    shown.reject()
    (pictures / "grey").rename(pictures.parent / "gone")
    again.window.training.show()
    said = "There is no sub-folder 'grey' any more; put it back, or choose the classes anew"
    again.until(lambda: second.form.found.text() == said)
    assert not second.primary.isEnabled() and second.primary.toolTip() == said
    assert second.form.classes.isEnabled()  # the way out
    choose(again, second, pictures.parent)
    assert second.form.choices().classes == ()


def test_without_sub_folders_there_is_nothing_to_choose(panel: tuple[Driver, TrainDialog], pictures: Path) -> None:
    driver, dialog = panel
    for k in range(4):
        (pictures / "dark" / f"{k}.png").rename(pictures / "bright" / f"more {k}.png")
    choose(driver, dialog, pictures / "bright")
    assert dialog.form.found.text() == "9 pictures, no classes."
    assert not dialog.form.classes.isEnabled() and "there are none" in dialog.form.classes.toolTip()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_is_cut(panel: tuple[Driver, TrainDialog], theme: str) -> None:
    driver, dialog = panel
    driver.window.set_theme(theme)
    classes = asked(driver, dialog)
    for words in classes.findChildren(QLabel):
        if words.isVisible() and words.text():
            assert words.height() >= words.heightForWidth(words.width()) > 0 or not words.wordWrap(), words.text()
    for column in range(3):
        needed = classes.table.sizeHintForColumn(column)
        assert classes.table.columnWidth(column) >= needed, column
    classes.reject()
