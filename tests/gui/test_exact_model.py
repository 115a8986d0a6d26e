"""A set of pictures instead of weights: the window runs its chain, refuses one that is none, and compares it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from handing_over import drop, files
from PIL import Image
from PySide6.QtWidgets import QComboBox, QPushButton

from diffviz.scene import SamplerSpec


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for k, colour in enumerate([(230, 20, 30), (20, 220, 40), (240, 230, 20), (10, 30, 240)]):
        (tmp_path / "colours").mkdir(exist_ok=True)
        Image.new("RGB", (9, 9), colour).save(tmp_path / "colours" / f"{k}.png")
    return tmp_path / "colours"


def test_a_chain_runs_without_a_network_and_ends_at_a_picture(driver: Driver, folder: Path) -> None:
    driver.window.controller.models.want(f"exact-8:{folder}")
    driver.idle()
    assert driver.messages() == []
    assert driver.scene.model.name == f"exact-8:{folder}" and driver.scene.model.class_label is None
    driver.window.controller.store.edit(sampler=SamplerSpec("heun", 20))
    driver.generate()
    driver.idle()
    lock = driver.window.controller.side.schedule_card.lock
    assert lock.text() == "linear, T = 1000: the model's own.", "nothing was trained"
    last = driver.shown()
    known = [np.asarray(Image.open(path))[0, 0].astype(int) for path in sorted(folder.iterdir())]
    assert min(np.abs(last.reshape(-1, 3).astype(int) - colour).max() for colour in known) <= 2


def test_whose_schedule_is_in_force_is_said(driver: Driver, folder: Path) -> None:
    """That of a chain was called the model's own beside another model."""
    driver.trigger("direction_reverse")
    driver.generate()
    lock = driver.window.controller.side.schedule_card.lock
    assert lock.text().startswith("linear, T = 100: the model's own. A network only knows")
    driver.window.controller.models.want(f"exact-8:{folder}")
    driver.idle()
    assert lock.text() == "linear, T = 100: of the model that made the chain shown."


def test_a_folder_without_pictures_is_refused_and_the_model_stays(driver: Driver, tmp_path: Path) -> None:
    before = driver.scene.model.name
    (tmp_path / "empty").mkdir()
    driver.window.controller.models.want(f"exact:{tmp_path / 'empty'}")
    driver.idle()
    (message,) = driver.messages()
    assert "empty: holds 0 pictures that can be used" in message
    assert driver.scene.model.name == before


@pytest.mark.parametrize("level", ["colours", "."])
def test_a_dropped_folder_of_pictures_may_stand_for_a_model(driver: Driver, folder: Path, level: str) -> None:
    dropped = (folder.parent / level).resolve()  # the pictures lie in it, or in its sub-folder
    before = driver.scene.model.name
    drop(driver, files(dropped))
    (message,) = driver.messages()
    assert "holds pictures and no model" in message and driver.scene.model.name == before
    train, exact = (b for b in driver.message_buttons() if isinstance(b, QPushButton))
    assert train.text() == "Train on them…"
    exact.click()
    driver.idle()
    assert driver.messages() == [] and driver.scene.model.name == f"exact:{dropped}"
    assert driver.find("model_combo", QComboBox).currentText() == f"exact · {dropped.name}"


def test_a_broken_model_beside_pictures_is_still_a_model(driver: Driver, folder: Path) -> None:
    (folder / "model_index.json").write_text("{")
    drop(driver, files(folder))
    assert [b.text() for b in driver.message_buttons() if isinstance(b, QPushButton)] == ["Open another…"]
