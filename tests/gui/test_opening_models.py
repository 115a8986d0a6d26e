"""Models by dialog, drop and menu; a refused one leaves the old one in use."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from chains import direct
from gui_driver import Driver
from handing_over import drop, files
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QInputDialog,
    QLabel,
    QPushButton,
    QSpinBox,
)
from safetensors.torch import load_file, save_file

from diffviz import catalog
from diffviz.gui.showing import COMING
from diffviz.scene import ModelSpec, Scene, ScheduleSpec

pytestmark = pytest.mark.display

# -- models


def models_in(driver: Driver) -> list[str]:
    combo = driver.find("model_combo", QComboBox)
    return [combo.itemText(i) for i in range(combo.count())]


def test_a_model_folder_by_dialog_and_by_drop(
    driver: Driver, tiny_model_folder: Path, answer: Callable[[object], None]
) -> None:
    answer(tiny_model_folder)
    for way in (lambda: driver.trigger("open_model"), lambda: drop(driver, files(tiny_model_folder))):
        driver.reset()
        way()
        driver.idle()
        assert driver.scene.model.name == str(tiny_model_folder)
        words = driver.words("model_summary")
        assert "8x8 RGB" in words and "linear 100" in words and "cpu" in words
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])


def test_a_model_that_was_trained_here_by_its_name(
    make_driver: Callable[..., Driver], tiny_scene: Scene, tiny_model_folder: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("DIFFVIZ_DATA_DIR", str(tmp_path / "data"))
    pets = tmp_path / "data" / "models" / "pets"
    shutil.copytree(tiny_model_folder, pets)
    driver = make_driver(tiny_scene.replace(model=ModelSpec("pets", "ring")))
    assert driver.scene.model.name == str(pets) and driver.scene.model.class_label == "ring"
    assert models_in(driver).count("pets") == 1
    driver.find("model_combo", QComboBox).setCurrentText("smileys-32")
    driver.idle()
    driver.window.controller.store.edit(model=ModelSpec("pets"))
    driver.idle()
    assert models_in(driver).count("pets") == 1 and not driver.messages()


def test_a_refused_model_keeps_the_old_one(driver: Driver, tiny_model_folder: Path) -> None:
    (tiny_model_folder / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"\x00" * 10)
    before, summary = driver.scene.model, driver.words("model_summary")
    drop(driver, files(tiny_model_folder))
    [text] = driver.messages()
    assert "tiny" in text or "safetensors" in text
    assert driver.scene.model == before and driver.words("model_summary") == summary
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])


def test_a_folder_that_is_no_model(driver: Driver, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    before = driver.scene
    drop(driver, files(tmp_path / "photos"))
    assert any("photos" in text for text in driver.messages()) and driver.scene == before
    assert "photos" not in models_in(driver)


def test_a_missing_scheduler_is_asked_for(driver: Driver, tiny_model_folder: Path) -> None:
    (tiny_model_folder / "scheduler" / "scheduler_config.json").unlink()
    drop(driver, files(tiny_model_folder))
    assert len(driver.messages()) == 1
    [remedy] = [b for b in driver.message_buttons() if isinstance(b, QPushButton)]
    remedy.click()
    driver.paint()
    dialog = driver.find("scheduler_dialog", QDialog)
    assert dialog.isVisible()
    schedule, prediction = (c for c in dialog.findChildren(QComboBox))
    schedule.setCurrentIndex(schedule.findText(catalog.SCHEDULES["cosine"].label))
    prediction.setCurrentIndex(prediction.findData("x0"))
    dialog.findChild(QSpinBox).setValue(64)
    dialog.accept()
    driver.idle()
    assert "cosine 64" in driver.words("model_summary") and "8x8" in driver.words("model_summary")
    driver.trigger("direction_reverse")
    driver.idle()
    assert driver.slider.maximum() == 64


def test_another_model_keeps_the_class_of_that_name(driver: Driver, tiny_model_folder: Path) -> None:
    driver.choose("class_combo", "cross")
    names = {"class_names": ["cross", "square", "dot"], "null_class": None}
    (tiny_model_folder / "diffviz.json").write_text(json.dumps(names))
    drop(driver, files(tiny_model_folder))
    combo = driver.find("class_combo", QComboBox)
    assert [combo.itemText(i) for i in range(combo.count())][:3] == ["cross", "square", "dot"] or combo.count() == 4
    assert combo.currentText() == "cross" == driver.scene.model.class_label


def test_an_entry_of_the_model_menu_opens_a_folder(
    driver: Driver, tiny_model_folder: Path, answer: Callable[[object], None]
) -> None:
    combo = driver.find("model_combo", QComboBox)
    before = combo.currentText()
    answer("")
    combo.setCurrentIndex(combo.findData(""))
    driver.idle()
    assert combo.currentText() == before  # cancelled: the loaded one is shown
    answer(tiny_model_folder)
    combo.setCurrentIndex(combo.findData(""))
    driver.idle()
    assert driver.scene.model.name == str(tiny_model_folder) and combo.currentData() == str(tiny_model_folder)


def test_a_chosen_model_can_be_undone(driver: Driver, tiny_model_folder: Path) -> None:
    first = driver.scene.model.name
    driver.set_t(77)
    drop(driver, files(tiny_model_folder))
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.model.name == first and driver.slider.value() == 77
    driver.trigger("redo")
    driver.idle()
    assert driver.scene.model.name == str(tiny_model_folder)
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])


def test_a_model_with_a_weak_schedule_is_warned_of_once(driver: Driver, tiny_model_folder: Path) -> None:
    """The tiny model's own ends at ᾱ_T = 0.36: its betas are those of T = 1000."""
    drop(driver, files(tiny_model_folder))
    driver.trigger("direction_reverse")
    driver.idle()
    assert any("ᾱ at t = T" in text for text in driver.messages())
    driver.window.controller.bar.clear()
    driver.generate()
    driver.set_t(60)
    assert driver.messages() == []  # closed is closed
    driver.trigger("direction_forward")
    driver.idle()
    assert driver.messages() == []  # Forward's own is fine


def test_what_was_left_out_of_a_models_weights_is_said_below_its_summary(
    driver: Driver, tiny_model_folder: Path
) -> None:
    path = tiny_model_folder / "unet" / "diffusion_pytorch_model.safetensors"
    save_file({**load_file(path), "num_updates": torch.tensor([5])}, path)
    drop(driver, files(tiny_model_folder))
    words = driver.find("model_summary", QLabel).text()
    summary, note = words.replace("\u200b", "").split("\n")
    assert summary.startswith("8x8 RGB") and note == "left out of the weights: num_updates"
    assert not driver.messages()


def test_of_a_model_without_a_size_the_person_may_say_another(driver: Driver, tiny_model_folder: Path) -> None:
    config = tiny_model_folder / "unet" / "config.json"
    config.write_text(json.dumps(json.loads(config.read_text()) | {"sample_size": None}))
    drop(driver, files(tiny_model_folder))
    assert driver.messages() == ["tiny: its folder names no size of pictures; it is opened at 32x32."]
    assert driver.words("model_summary").startswith("32x32 RGB")
    [remedy] = [b for b in driver.message_buttons() if isinstance(b, QPushButton)]
    remedy.click()
    driver.paint()
    dialog = driver.find("size_dialog", QInputDialog)
    dialog.setIntValue(16)
    dialog.accept()
    driver.idle()
    assert driver.words("model_summary").startswith("16x16 RGB") and not driver.messages()
    assert driver.scene.model.name == f"{tiny_model_folder}@16"
    driver.trigger("direction_reverse")
    driver.generate()
    assert driver.shown("x_t").shape[:2] == (16, 16)


def test_until_a_model_is_there_what_is_set_is_shown_and_nothing_else_of_it(
    make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    """The schedule of “Add noise” was called the model's own, the class was empty and called unknown to it."""
    model = dataclasses.replace(tiny_scene.model, class_label="ring", guidance=2.0)
    scene = tiny_scene.replace(direction="reverse", model=model, schedule=ScheduleSpec("cosine", 40))
    driver = make_driver(scene, idle=False)
    side, box = driver.window.controller.side, driver.find("class_combo", QComboBox)
    side.open_folds("chain_fold more_fold")
    assert driver.window.controller.models.loading
    assert box.currentText() == "ring" and "still loading" in box.toolTip()
    assert side.schedule_card.lock.text() == COMING and COMING in driver.window.controller.schedule_panel.name.text()
    assert side.guidance_rows.rescale.isVisible() and not side.guidance_rows.high.isVisible()
    driver.idle(60)
    assert box.currentText() == "ring" and box.isEnabled() and box.count() == 4
    assert "linear, T = 100: the model's own" in side.schedule_card.lock.text()
    assert side.guidance_rows.high.isVisible() and side.guidance_rows.high.value() == 100
