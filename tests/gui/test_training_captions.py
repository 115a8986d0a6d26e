"""Captions in the panel of trainings: found in the folder, chosen, and told to the child."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from PIL import Image

from diffviz.gui.panels.train_form import BESIDE, TOLD, Choices, TrainForm, stored_choices
from diffviz.gui.training import recipe_line
from diffviz.gui.training_desk import as_begun
from diffviz.train.past import PastTraining
from diffviz.train.recipe import Recipe

pytestmark = pytest.mark.usefixtures("own_models")


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Twelve pictures of 8x8 with captions, one of which is of none."""
    made = tmp_path / "faces"
    made.mkdir()
    rows = [{"file_name": "gone.png", "caption": "long hair"}]
    for k in range(12):
        Image.fromarray(np.full((8, 8, 3), 20 * k, np.uint8)).save(made / f"{k}.png")
        rows.append({"file_name": f"{k}.png", "caption": "red hair" if k % 2 else "blue hat"})
    (made / "captions.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return made


def test_captions_that_lie_in_a_folder_are_taken_and_what_is_wrong_is_said(own: Driver, faces: Path) -> None:
    own.window.training.show(str(faces))
    form = own.window.training.dialog.form
    own.until(lambda: "told in" in form.found.text())
    assert form.captions == str(faces / "captions.jsonl") and "gone.png" in form.found.text()
    assert [form.start.itemData(i) for i in range(form.start.count())] == ["faces-64", ""]
    assert form.choices().start == "" and not form.network.isVisible()
    assert not form.classes.isEnabled() and form.classes.toolTip() == TOLD
    form.told_by.setCurrentIndex(0)
    own.until(lambda: "no classes" in form.found.text())
    assert form.captions == "" and form.start.findData("emoji-32") >= 0


def test_a_text_beside_each_picture_is_a_choice(qtbot) -> None:
    form, said = TrainForm(), []
    qtbot.addWidget(form)
    form.captions_chosen.connect(said.append)
    form.told_by.setCurrentIndex(form.told_by.findText(BESIDE))
    assert said == ["txt"] and form.choices().captions == "txt"
    form.show_choices(Choices(captions="/a/words.jsonl"))
    assert form.told_by.currentText() == "words.jsonl" and said == ["txt"]


def test_they_are_remembered_and_told_to_the_child() -> None:
    kept = Choices("/a", captions="txt", network="base", size=64)
    assert stored_choices(json.dumps(dataclasses.asdict(kept))) == kept
    order = Choices("/a", captions="txt", size=64, classes=(("x", ("y",)),))
    told = json.loads(recipe_line(order, "cpu", 20.0, resume=False))
    assert told["captions"] == "txt" and told["preset"] == "words" and "classes" not in told


def test_a_training_that_goes_on_shows_its_captions() -> None:
    nothing = np.empty(0)
    past = PastTraining(Recipe(data="/a", captions="txt", minutes=5), 1, 1.0, (), nothing, nothing, nothing, (), ())
    assert as_begun(past, Choices()).captions == "txt"
