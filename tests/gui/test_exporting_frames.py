"""How many frames an export has, and how large they are: what is wanted, as far as there is so much."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from PIL import Image
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLineEdit, QSpinBox
from test_exporting import Dialog

from diffviz.scene import DataSpec


def spin(dialog: Dialog) -> QSpinBox:
    return dialog.widget.findChild(QSpinBox, "export_frames_spin")


def test_every_state_is_meant_also_of_the_next_chain(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.generate()
    dialog = Dialog(driver)
    every = len(driver.window.controller.chains.states)
    assert every > 2 and spin(dialog).value() == every
    driver.set("steps_spin", 6)
    driver.generate()
    assert spin(dialog).value() == 7


def test_a_number_that_was_typed_comes_back_with_enough_states(driver: Driver) -> None:
    driver.set("steps_spin", 20)
    driver.trigger("direction_reverse")
    driver.generate()
    dialog = Dialog(driver)
    dialog.set_frames(9)
    driver.set("steps_spin", 3)
    driver.generate()
    assert spin(dialog).value() == 4
    driver.set("steps_spin", 20)
    driver.generate()
    assert spin(dialog).value() == 9


def test_films_and_strips_have_their_own_numbers(driver: Driver) -> None:
    dialog = Dialog(driver)
    dialog.set_format("MP4")
    dialog.set_frames(8)
    dialog.set_format("GIF")
    assert spin(dialog).value() == 8
    dialog.set_format("Filmstrip")
    dialog.set_frames(12)
    dialog.set_format("MP4")
    assert spin(dialog).value() == 8
    dialog.set_format("Filmstrip")
    assert spin(dialog).value() == 12


def test_a_number_that_is_being_typed_stays(driver: Driver) -> None:
    dialog = Dialog(driver)
    dialog.set_format("MP4")
    dialog.set_frames(60)
    field = spin(dialog).lineEdit()
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, "1")  # of 12: 1 alone is too few
    driver.window.controller.store.update(playing=True)
    driver.window.controller.store.update(playing=False)
    assert field.text() == "1"
    QTest.keyClicks(field, "2")
    spin(dialog).interpretText()
    assert spin(dialog).value() == 12


def test_a_path_without_a_name(driver: Driver) -> None:
    dialog = Dialog(driver)
    dialog.set_path(Path("/"))
    dialog.set_format("GIF")
    assert dialog.widget.findChild(QLineEdit, "export_path").text() == "/"


def test_a_grid_larger_than_the_size_is_written_in_its_own(driver: Driver, tmp_path: Path) -> None:
    driver.choose("count_combo", "64")
    driver.set("steps_spin", 2)
    driver.trigger("direction_reverse")
    driver.generate()
    dialog = Dialog(driver)
    combo = dialog.widget.findChild(QComboBox, "export_size_combo")
    combo.addItem("40 px", 40)  # 8 x 8 samples of 8 pixels
    combo.setCurrentIndex(combo.findData(40))
    dialog.set_format("Filmstrip")
    dialog.set_path(tmp_path / "strip.png")
    dialog.write()
    with Image.open(tmp_path / "strip.png") as strip:
        assert "is written" in dialog.status and strip.height > 2 * 64


def test_of_points_the_pixels_that_were_asked_for_are_said_and_written(driver: Driver, tmp_path: Path) -> None:
    driver.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    driver.idle()
    dialog = Dialog(driver)
    dialog.widget.layout_combo.setCurrentIndex(dialog.widget.layout_combo.findData("x_t"))
    dialog.widget.panel_size.setCurrentIndex(dialog.widget.panel_size.findData(256))
    dialog.set_path(tmp_path / "moons.gif")
    dialog.set_frames(3)
    said = dialog.widget.estimate.text()
    dialog.write()
    with Image.open(tmp_path / "moons.gif") as film:
        assert said.startswith(f"{film.width}x{film.height} pixels"), said  # and no number of bytes: who knows


@pytest.mark.parametrize("data", [DataSpec("sound", "builtin:drum"), DataSpec("line", "builtin:two_deltas")])
def test_of_what_is_no_picture_the_dialog_is_told_what_is_shown(driver: Driver, data: DataSpec) -> None:
    """A sound's array has no height and no width."""
    Dialog(driver).widget.close()
    driver.window.controller.pictures.open(data)
    driver.idle()
    dialog = Dialog(driver)
    assert dialog.widget._shown.size is None and "MB" not in dialog.widget.estimate.text()


@pytest.mark.parametrize("looked_into", [None, 2])
def test_a_film_of_rows_of_classes_names_them(driver: Driver, tmp_path: Path, looked_into: int | None) -> None:
    scene = driver.scene.replace(direction="reverse", count=4, class_rows=True)
    driver.window.controller.store.set(scene)
    driver.generate()
    driver.window.controller.chains.open_tile = looked_into
    driver.idle()
    shown = driver.shown("x_t")
    zoom = 128 // shown.shape[0]
    driver.export(tmp_path / "film", {"size": 128, "layout": "x_t"}, 2)
    driver.idle(60)
    *_, last = sorted(path for path in (tmp_path / "film").iterdir() if path.suffix == ".png")
    with Image.open(last) as frame:
        changed = (np.asarray(frame) != shown.repeat(zoom, axis=0).repeat(zoom, axis=1)).any(axis=-1)
    rows = changed[:64].any(), changed[64:].any()
    assert rows == ((True, True) if looked_into is None else (False, False)) and changed.mean() < 0.2


def test_fresh_noise_is_estimated_as_such(driver: Driver) -> None:
    dialog, said = Dialog(driver), []
    dialog.set_format("MP4")
    dialog.set_small("equation")
    dialog.set_frames(60)
    for noise in ("held", "fresh"):
        driver.window.controller.store.edit(forward_noise=noise)
        driver.paint()
        number, unit = re.search(r"about ([\d.,]+) (kB|MB)", dialog.words()).groups()
        said.append(float(number.replace(",", "")) * (1000 if unit == "MB" else 1))
    assert said[1] > 2 * said[0]
