"""Train on my pictures: a real child process, from the folder to the model in the menu."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from gui_driver import Driver, as_array, as_rgb
from PIL import Image
from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton

from diffviz.files import log_path, models_dir, own_models
from diffviz.gui import numbers, training, training_desk
from diffviz.gui.panels.loss_plot import LossPlot, loss_chart
from diffviz.gui.panels.sample_history import SampleView
from diffviz.gui.panels.train_dialog import TrainDialog
from diffviz.gui.panels.train_form import Choices
from diffviz.models import load_model
from diffviz.palette import DARK
from diffviz.train.events import Ended, Failed, Progress, to_line
from diffviz.train.past import PastTraining, past_training
from diffviz.train.recipe import read_given

CHILD_S = 90.0  # torch's import on a busy machine
CLOSE_S = 3.0
pytestmark = pytest.mark.usefixtures("own_models")


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Twelve pictures of 8x8 in two classes: bright and dark."""
    rng = np.random.default_rng(0)
    for name, low in (("bright", 150), ("dark", 0)):
        (tmp_path / "shades" / name).mkdir(parents=True)
        for k in range(6):
            pixels = rng.integers(low, low + 100, (8, 8, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "shades" / name / f"{k}.png")
    return tmp_path / "shades"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine a child that gives way as in life takes minutes to begin."""
    monkeypatch.setattr(training, "NICENESS", 1)


def panel(driver: Driver) -> TrainDialog:
    driver.trigger("train")
    driver.paint()
    return driver.find("train_dialog", TrainDialog)


def choose(driver: Driver, folder: Path | str) -> TrainDialog:
    """The panel with a folder typed into it, when its pictures were counted."""
    dialog = panel(driver)
    dialog.form.folder.setText(str(folder))
    dialog.form.folder.editingFinished.emit()
    driver.until(lambda: "looked at" not in dialog.primary.toolTip())
    return dialog


def tiny(dialog: TrainDialog, minutes: float) -> None:
    """The smallest network, from nothing."""
    form = dialog.form
    form.start.setCurrentIndex(form.start.count() - 1)
    form.network.setCurrentIndex(form.network.findData("tiny"))
    form.side.setValue(8)
    form.minutes.setValue(minutes)


def texts(dialog: TrainDialog) -> str:
    return " | ".join(dialog.bar.texts())


def ended(driver: Driver) -> bool:
    return not driver.window.training.running


def menu(driver: Driver) -> list[str]:
    combo = driver.find("model_combo", QComboBox)
    return [combo.itemText(i) for i in range(combo.count())]


def step(dialog: TrainDialog) -> int:
    points = dialog.plot.points()
    return int(points[-1][0]) if points else 0


def test_a_folder_becomes_a_model_after_a_stop_at_a_checkpoint_that_resume_goes_on_from(
    own: Driver, pictures: Path
) -> None:
    dialog = choose(own, pictures)
    assert dialog.form.found.text() == "12 pictures in 2 classes: bright, dark."
    assert dialog.form.name.currentText() == "shades"
    tiny(dialog, 60)
    foot = dialog.primary.geometry().bottom() - dialog.primary.parentWidget().height()
    dialog.primary.click()
    assert dialog.primary.text() == "Stop" and not dialog.form.minutes.isEnabled()
    own.paint()
    stays = dialog.primary.geometry().bottom() - dialog.primary.parentWidget().height() == foot
    assert stays, "a second click there is of Stop"
    own.set_t(10)  # the slider is live meanwhile
    own.until(lambda: step(dialog) > 2, CHILD_S)
    dialog.primary.setFocus()
    dialog.primary.click()
    assert not dialog.primary.isEnabled()
    own.until(lambda: ended(own), CHILD_S)
    assert dialog.focusWidget() is dialog.primary, "Qt gave the keys to what comes next while it was locked"
    assert dialog.status.text() == "stopped at a checkpoint" and dialog.primary.text() == "Resume"
    stopped = past_training(models_dir() / "shades")
    assert stopped is not None and stopped.steps > 2 and not stopped.finished
    assert "Resume goes on" in dialog.form.note.text()
    assert not dialog.form.start.isEnabled() and dialog.form.minutes.isEnabled()
    assert step(dialog) <= stopped.steps
    recipe = json.loads((models_dir() / "shades" / "training" / "recipe.json").read_text(encoding="utf-8"))
    assert (recipe["preset"], recipe["size"], recipe["minutes"]) == ("tiny", 8, 60)
    goes_on_to_the_end(own, dialog, stopped)
    assert "shades" in menu(own) and menu(own)[-2:] == ["Open model folder…", "Train on my pictures…"]
    dialog.use.click()
    own.idle()
    assert own.scene.model.name == str(models_dir() / "shades") and own.scene.direction == "reverse"
    assert not dialog.isVisible(), "it lay over the pictures"
    assert own.window.controller.chains.model.class_names == ("bright", "dark")
    own.choose("model_combo", "Train on my pictures…")  # the menu keeps the model
    assert own.find("model_combo", QComboBox).currentText() == "shades" and dialog.isVisible()


def goes_on_to_the_end(own: Driver, dialog: TrainDialog, stopped: PastTraining) -> None:
    """Resume, for a second more."""
    dialog.form.minutes.setDecimals(4)
    dialog.form.minutes.setMinimum(0.001)
    dialog.form.minutes.setValue((stopped.seconds + 1) / 60)
    dialog.primary.click()
    assert not dialog.form.note.text(), "it told of what was"
    own.until(lambda: step(dialog) > stopped.steps, CHILD_S)
    assert dialog.plot.points()[0][0] == 1  # the curve has its beginning still
    own.until(lambda: ended(own), CHILD_S)
    assert texts(dialog) == ""
    assert dialog.status.text() == "finished" and dialog.primary.text() == "Train longer"
    assert len(dialog.plot.points()) > 3
    assert not dialog.samples.view.image.isNull()
    past = past_training(models_dir() / "shades")
    assert past is not None and past.finished and past.steps > stopped.steps
    assert load_model(models_dir() / "shades").class_names == ("bright", "dark")


def test_closing_the_window_stops_at_a_checkpoint_and_the_next_one_goes_on(
    make_driver: Callable[..., Driver], pictures: Path, tmp_path: Path
) -> None:
    settings = QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat)
    driver = make_driver(settings=settings)
    dialog = choose(driver, pictures)
    tiny(dialog, 60)
    dialog.form.name.setEditText("my shades")
    dialog.primary.click()
    driver.until(lambda: step(dialog) > 2, CHILD_S)
    began = time.monotonic()
    driver.window.close()
    assert time.monotonic() - began < CLOSE_S
    driver.until(lambda: not training._finishing, CHILD_S)  # a child that was not in time has finished by itself
    past = past_training(models_dir() / "my shades")
    assert past is not None and past.steps > 2
    assert load_model(models_dir() / "my shades").class_names == ("bright", "dark")
    again = make_driver(settings=settings)
    assert "my shades" in menu(again)
    dialog = panel(again)
    again.until(lambda: dialog.primary.isEnabled())
    assert dialog.form.name.currentText() == "my shades" and dialog.primary.text() == "Resume"
    assert dialog.form.folder.text() == str(pictures) and step(dialog) == past.steps


def test_stopping_while_it_starts_writes_nothing(own: Driver, pictures: Path) -> None:
    dialog = choose(own, pictures)
    tiny(dialog, 60)
    dialog.primary.click()
    dialog.primary.click()
    own.until(lambda: ended(own), CHILD_S)
    assert dialog.status.text() == "stopped before anything was written" and texts(dialog) == ""
    assert dialog.primary.text() == "Start training" and dialog.primary.isEnabled()
    assert own_models() == []


# -- what goes wrong


def test_a_child_that_fails_says_why_and_the_panel_stays_usable(own: Driver, pictures: Path) -> None:
    dialog = choose(own, pictures)
    tiny(dialog, 60)
    shutil.rmtree(pictures)
    dialog.primary.click()
    own.until(lambda: ended(own), CHILD_S)
    assert texts(dialog) == "shades: is no folder here; check its name."
    assert dialog.status.text() == "failed" and dialog.form.folder.isEnabled()


@pytest.mark.parametrize("failed, said", [
    (Failed("disk", "", "x: cannot be written (No space left on device); make room or check its rights; the checkpoint "
            "of step 8 is kept", 8),
     "x: cannot be written (No space left on device); make room or check its rights; the checkpoint of step 8 is kept; "
     "press Resume to go on."),
    (Failed("disk", "", "x: cannot be written; no checkpoint has been written yet", None),
     "x: cannot be written; no checkpoint has been written yet."),
    (Failed("diverged", "", "x: the loss is no number any more at step 9; the checkpoint of step 2 is kept", 2),
     "x: the loss is no number any more at step 9; the checkpoint of step 2 is kept; train anew, from another model."),
    (Failed("classes", "", "x: has no sub-folder 'a'", None),
     "x: has no sub-folder 'a'; put it back, or choose the classes anew."),
    (Failed("memory", "", "the device is out of memory", None),
     "the device is out of memory; choose a smaller network or size."),
    (Failed("place", "", "x: holds a training already", None), "x: holds a training already; choose another name."),
    (Failed("start", "--from: y: is no folder.", "y: is no folder", None), "y: is no folder."),
    (Failed("a reason of tomorrow", "", "The moon is full", 3), "The moon is full."),
])  # fmt: skip
def test_what_failed_is_said_in_the_words_of_the_window(failed: Failed, said: str) -> None:
    assert training.sentence(failed) == said


def test_a_fault_of_the_child_names_the_log() -> None:
    said = training.sentence(Failed("fault", "", "unexpected fault (KeyError: 'x')", 2))
    assert (
        said.startswith("The training met an unexpected fault (KeyError: 'x'); press Resume")
        and str(log_path()) in said
    )


@pytest.mark.parametrize("code, said", [
    (f"print({to_line(Failed('diverged', 'm', 'x: no number', 2))!r}); sys.exit(2)", "x: no number; train anew"),
    ("print('diffviz: x: full; go on with --resume.', file=sys.stderr); sys.exit(3)",
     "The training ended unexpectedly; press Resume"),
    ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "The training was ended by the system"),
    ("print('no JSON'); print('[1]'); sys.exit(2)", "The training ended unexpectedly"),
])  # fmt: skip
def test_what_a_failed_child_has_said(
    own: Driver, pictures: Path, monkeypatch: pytest.MonkeyPatch, code: str, said: str
) -> None:
    monkeypatch.setattr(training_desk, "command", lambda *_: ["-c", f"import sys; {code}"])
    dialog = choose(own, pictures)
    dialog.primary.click()
    own.until(lambda: ended(own), CHILD_S)
    assert texts(dialog).startswith(said)
    assert dialog.primary.isEnabled()
    dialog.close()
    own.window.training._ended("failed", "Alas.")  # with the panel closed the window itself says it
    assert own.messages()[-1] == "Alas."


def test_beside_its_closed_panel_the_window_says_how_far_a_training_is(
    own: Driver, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing in the window told of it."""
    line = to_line(Progress(3, None, 0.5, 0.5, 1e-3, 8.0, 4.0, 20.0))
    code = f"import sys; print({line!r}, flush=True); sys.stdin.read()"
    monkeypatch.setattr(training_desk, "command", lambda *_: ["-c", code])
    dialog, said = choose(own, pictures), own.find("training_label", QLabel)
    assert said.text() == ""
    dialog.primary.click()
    dialog.close()
    own.until(lambda: "step" in said.text())
    assert own.words("training_label") == "training: step 3 · 8 pictures/s · 20 s left"
    own.window.resize(1024, 640)
    values = own.find("values_label", QLabel)
    values.setText(100 * "0.123 ")  # more than there is room for beside it
    own.paint()
    assert values.width() > 800 and said.width() < said.sizeHint().width(), "numbers are read whole"
    said.linkActivated.emit("train")
    assert dialog.isVisible()
    dialog.primary.click()
    own.until(lambda: ended(own), CHILD_S)
    assert said.text() == ""


def test_without_an_interpreter(own: Driver, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training.sys, "executable", str(pictures / "no-python"))
    dialog = choose(own, pictures)
    dialog.primary.click()
    own.until(lambda: ended(own))
    assert texts(dialog).startswith("Python could not be started (")


def test_without_accelerate_the_extra_is_named(own: Driver, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training_desk, "find_spec", lambda name: None)
    dialog = choose(own, pictures)
    assert 'pip install "diffviz[train]"' in texts(dialog)
    assert not dialog.primary.isEnabled() and "accelerate" in dialog.primary.toolTip()


def test_a_folder_that_cannot_be_trained_on_is_said_at_once(own: Driver, pictures: Path) -> None:
    for left in (*(pictures / "dark").iterdir(),):
        left.unlink()
    dialog = choose(own, pictures)
    assert dialog.form.found.text() == "shades: holds 6 pictures, a training needs at least 8."
    assert not dialog.primary.isEnabled() and dialog.primary.toolTip() == dialog.form.found.text()
    choose(own, pictures / "nowhere")
    assert dialog.form.found.text() == "nowhere: is no folder here; check its name."
    assert dialog.form.name.currentText() == ""  # no model is called after what cannot be trained on


def test_a_dropped_folder_of_pictures_opens_the_panel_with_it(own: Driver, pictures: Path) -> None:
    own.window.controller.models.load(str(pictures))
    own.idle()
    (train, _) = (b for b in own.message_buttons() if isinstance(b, QPushButton))
    train.click()
    dialog = own.find("train_dialog", TrainDialog)
    own.until(lambda: "12 pictures in 2 classes" in dialog.form.found.text())
    assert dialog.isVisible() and dialog.form.choices().folder == str(pictures)
    assert dialog.form.choices().name == "shades" and own.messages() == []


def test_where_no_model_can_be_kept(own: Driver, pictures: Path, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file in the way", encoding="utf-8")
    dialog = choose(own, pictures)
    dialog.primary.click()
    assert "cannot be made" in texts(dialog) and ended(own) and dialog.primary.isEnabled()


@pytest.mark.parametrize("name", ["", " ", "a/b", "a\\b", "..", "con", "x" * 61, "smileys-32", "a\nb"])
def test_names_that_are_none(name: str) -> None:
    assert training_desk.name_problem(name)


@pytest.mark.parametrize("folder, name", [
    ("heart", "heart"), ("my cats!", "my cats"), ("smileys-32", "my smileys-32"), ("", "my model"), ("猫", "猫"),
    ("taken", "taken 2"), ("y" * 90, "y" * 56),
])  # fmt: skip
def test_a_free_name_is_offered(folder: str, name: str) -> None:
    (models_dir() / "taken").mkdir(parents=True)
    assert training_desk.free_name(folder) == name and not training_desk.name_problem(name)


@pytest.mark.parametrize("count, names, said", [
    (12, ["cat"], "12 pictures in 1 class: cat."), (9, [], "9 pictures, no classes."),
    (99, list("abcd"), "99 pictures in 4 classes: a, b, c, d."),
    (99, list("abcde"), "99 pictures in 5 classes: a, b, c, d, …"),
])  # fmt: skip
def test_what_a_folder_holds(count: int, names: list[str], said: str) -> None:
    assert numbers.found_text(count, names) == said
    assert numbers.found_text(3, ("a",), 2) == "3 pictures in 1 class: a. 2 beside the sub-folders are in none."


def test_the_command_and_the_recipe_of_an_order(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from diffviz.cli.words import build_parser

    monkeypatch.setattr("diffviz.engine.threads.cores", lambda: 4)
    out = Path("/models/heart")

    def read(device: str, minutes: float | None = 20.0, resume: bool = False, **given: Any) -> dict[str, Any]:
        line = training.recipe_line(Choices("/hearts", **given), device, minutes, resume)
        assert line.index("\n") == len(line) - 1
        (tmp_path / "recipe.json").write_text(line, encoding="utf-8")
        return read_given(str(tmp_path / "recipe.json"))

    begun = read("auto", start="smileys-32", size=64, network="base", flip=True, minutes=12.5)
    assert begun == {
        "start": "smileys-32", "data": "/hearts", "classes": (), "flip": True, "minutes": 12.5, "threads": 3,
    }  # fmt: skip
    fresh = read("cpu", size=64)
    assert (fresh["size"], fresh["preset"], fresh["device"]) == (64, "small", "cpu") and "start" not in fresh
    merged = (("red", ("a b", "c")), ("süß", ("\udcff",)))
    assert read("cpu", classes=merged)["classes"] == merged
    assert read("auto", classes=merged, start="x", minutes=None, resume=True) == {
        "data": "/hearts", "flip": False, "threads": 3,
    }  # fmt: skip
    for resume in (False, True):
        words = training.command(out, resume)
        given = build_parser().parse_args(words[2:])
        assert (given.output, given.recipe, given.progress) == (str(out), "-", "json") and given.stop_at_eof
        assert given.resume is resume


# -- what is shown


def test_a_training_that_ends_with_its_panel_closed_is_told_in_the_window(
    own: Driver, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = to_line(Ended(3, 1.0, finished=True))
    monkeypatch.setattr(training_desk, "command", lambda *_: ["-c", f"print({line!r})"])
    dialog = choose(own, pictures)
    dialog.primary.click()
    dialog.close()
    own.until(lambda: ended(own))
    assert own.messages()[-1] == "shades is trained."
    assert [b.text() for b in own.window.controller.bar.findChildren(QPushButton)] == ["Use it"]


def test_size_and_network_are_free_only_from_nothing(own: Driver) -> None:
    dialog = panel(own)
    names = [dialog.form.start.itemText(i) for i in range(dialog.form.start.count())]
    # faces-64 is told words, and begins a training with captions alone
    assert names[:2] == ["emoji-32", "smileys-32"] and "faces-64" not in names and names[-1] == "nothing (random)"
    assert "tiny (loaded)" in names
    assert not dialog.form.side.isVisible() and not dialog.form.network.isVisible()
    tiny(dialog, 1)
    assert dialog.form.side.isVisible() and dialog.form.side.value() == 8
    dialog.form.side.setValue(30)
    assert dialog.form.side.value() == 32


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_nothing_is_cut(own: Driver, pictures: Path, theme: str) -> None:
    own.window.set_theme(theme)
    dialog = choose(own, pictures)
    for size in ((760, 540), (1200, 800)):
        dialog.resize(*size)
        own.paint()
        for words in dialog.findChildren(QLabel):
            if words.isVisible() and words.text() and not words.wordWrap():
                assert words.width() >= words.fontMetrics().horizontalAdvance(words.text()), words.text()


def test_samples_are_shown_pixel_for_pixel(qtbot: object, tmp_path: Path) -> None:
    picture = np.random.default_rng(3).integers(0, 256, (10, 20, 3), dtype=np.uint8)
    Image.fromarray(picture).save(tmp_path / "grid.png")
    view = SampleView()
    qtbot.addWidget(view)  # type: ignore[attr-defined]
    view.resize(95, 90)
    view.show_samples(str(tmp_path / "grid.png"), ())
    assert view.zoom() == 4
    array = as_array(view.grab().toImage())
    left = (95 - 80) // 2
    top = (90 - 40) // 2
    found = array[top : top + 40, left : left + 80]
    assert (found == picture.repeat(4, axis=0).repeat(4, axis=1)).all()
    view.show_samples(str(tmp_path / "gone.png"), ())  # being replaced: the old one stays
    assert not view.image.isNull()


def test_steps_that_come_again_replace_those_that_were_lost(qtbot: object) -> None:
    plot = LossPlot()
    qtbot.addWidget(plot)  # type: ignore[attr-defined]
    for step, loss in ((1, 1.0), (2, 0.9), (3, 0.8), (2, 0.7)):
        plot.add_point(step, loss, loss)
    assert plot.points() == [(1, 1.0, 1.0), (2, 0.7, 0.7)]
    many = np.arange(3990.0) + 1
    plot.show_points(many, many, many)
    for step in range(3991, 4021):
        plot.add_point(step, 0.5, 0.5)
    assert len(plot.points()) <= 4001 and plot.points()[-1][0] == 4020


def test_a_single_step_is_seen_at_its_number(qtbot: object) -> None:
    """A line needs two; and its axis had 0.5, 0.6, …"""
    plot = LossPlot()
    qtbot.addWidget(plot)  # type: ignore[attr-defined]
    plot.resize(400, 160)
    plot.add_point(1, 0.5, 0.5)
    shown = as_array(plot.grab().toImage()).astype(int)
    signal = np.array(as_rgb(DARK.signal))
    assert (np.abs(shown - signal).sum(axis=2) < 30).sum() > 12
    for steps in (1, 3, 40):
        axis = loss_chart([(step, 0.5, 0.5) for step in range(1, steps + 1)], ()).plots[0].x
        numbers = [axis.text(tick) for tick in axis.ticks(10)]
        assert numbers[-1] == str(steps) and all(number.isdecimal() for number in numbers)
