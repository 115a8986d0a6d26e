"""The laboratory's page: runs become rows, two cells are walked side by side, nothing is computed twice."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from chains import direct
from gui_driver import Driver
from handing_over import drop, files
from PIL import Image
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QLineEdit, QPushButton, QSlider, QWidget

from diffviz.gui.jobs import Jobs
from diffviz.gui.panels.changes import SINCE, RowName
from diffviz.gui.panels.picture_card import PictureCard
from diffviz.gui.panels.rows import TextField
from diffviz.gui.panels.sheet_view import SheetView
from diffviz.images import load_picture
from diffviz.kinds.kind import GAIN
from diffviz.kinds.picture import fitted
from diffviz.meter import duration
from diffviz.scene import ExperimentSpec, RunSpec, SamplerSpec, Scene
from diffviz.scene_file import read_scene, save_scene
from diffviz.session.sheets import FIRST_RUNS
from diffviz.sheet import Cell, Head, Outline, Sheet

EMPTY = ExperimentSpec()


@pytest.fixture
def laboratory(driver: Driver) -> Driver:
    """The module's window, on the laboratory's page."""
    driver.trigger("laboratory")
    driver.idle()
    return driver


def add_run(driver: Driver, name: str, steps: int) -> None:
    driver.choose("sampler_combo", name)
    driver.set("steps_spin", steps)
    QTest.mouseClick(driver.find("add_run_button", QPushButton), Qt.MouseButton.LeftButton)
    driver.idle()


def cell(driver: Driver, row: int, column: int) -> np.ndarray:
    return driver.window.controller.laboratory.sheet.cells[row, column].picture


def click_cell(driver: Driver, row: int, column: int, kind: QWidget | None = None) -> None:
    view = driver.find("sheet_view", SheetView)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.frame((row, column)).center())
    driver.idle()


def pair(driver: Driver) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    names = ("lab_first_panel", "lab_second_panel", "lab_difference_panel")
    first, second, gap = (driver.find(name, PictureCard).displayed_array() for name in names)
    return first, second, gap


def test_added_runs_are_rows_and_each_is_the_chain_itself(laboratory: Driver) -> None:
    add_run(laboratory, "DDIM", 4)
    add_run(laboratory, "Heun", 3)
    assert [run.sampler.name for run in laboratory.scene.experiment.runs] == ["ddim", "heun"]
    for row, run in enumerate(laboratory.scene.experiment.runs):
        states = direct(laboratory.scene.replace(model=run.model, sampler=run.sampler))
        assert np.array_equal(cell(laboratory, row, 7), states[-1].x_t[0])


def test_rows_that_run_gave_follow_the_class_and_the_model_and_those_of_ones_own_stay(laboratory: Driver) -> None:
    """With a model of another size Run was refused, and with another class it showed the one before."""
    store = laboratory.window.controller.store
    laboratory.generate_button.click()
    laboratory.idle()
    for label in ("ring", "cross"):
        store.edit(model=dataclasses.replace(laboratory.scene.model, class_label=label))
        laboratory.generate_button.click()
        laboratory.idle()
        assert [run.model.class_label for run in laboratory.scene.experiment.runs] == [label] * len(FIRST_RUNS)
    laboratory.trigger("undo")  # takes them back, though the class is another still
    laboratory.idle()
    assert laboratory.scene.experiment.runs[0].model.class_label == "ring"
    laboratory.generate_button.click()
    laboratory.idle()
    store.edit(experiment=dataclasses.replace(laboratory.scene.experiment, runs=laboratory.scene.experiment.runs[1:]))
    store.edit(model=dataclasses.replace(laboratory.scene.model, class_label="ring"))
    laboratory.generate_button.click()
    laboratory.idle()
    assert [run.model.class_label for run in laboratory.scene.experiment.runs] == ["cross"] * 3


def test_run_without_rows_compares_four_samplers_to_begin_with(laboratory: Driver) -> None:
    laboratory.generate_button.click()
    laboratory.idle()
    runs = laboratory.scene.experiment.runs
    assert [(run.sampler.name, run.sampler.steps) for run in runs] == list(FIRST_RUNS)
    assert len(laboratory.window.controller.laboratory.sheet.rows) == 4
    QTest.mouseClick(laboratory.find("clear_runs_button", QPushButton), Qt.MouseButton.LeftButton)
    laboratory.idle()
    assert not laboratory.scene.experiment.runs and not laboratory.window.controller.laboratory.sheet.rows


def test_run_with_nothing_changed_says_that_the_sheet_is_the_same(laboratory: Driver) -> None:
    """It ended at once without a word."""
    for said in (False, True):
        laboratory.generate_button.click()
        laboratory.idle()
        assert any("the sheet is the same" in text for text in laboratory.messages()) is said
    laboratory.set("seed_spin", 5)
    assert not any("the sheet is the same" in text for text in laboratory.messages())
    laboratory.generate_button.click()
    laboratory.idle()
    assert not any("the sheet is the same" in text for text in laboratory.messages())


def test_the_same_run_is_not_added_twice(laboratory: Driver) -> None:
    add_run(laboratory, "DDIM", 4)
    add_run(laboratory, "DDIM", 4)
    assert len(laboratory.scene.experiment.runs) == 1
    assert any("a row already; change the sampler" in text for text in laboratory.messages())
    laboratory.trigger("direction_reverse")
    assert not any("a row already" in text for text in laboratory.messages())  # of another page


def test_a_row_of_another_seed_is_told_to_be_made_by_run(laboratory: Driver) -> None:
    add_run(laboratory, "DDIM", 4)
    laboratory.set("seed_spin", 5)
    add_run(laboratory, "DDIM", 4)
    assert any("a row already; Run makes" in text for text in laboratory.messages())
    laboratory.generate_button.click()
    laboratory.idle()
    assert not any("a row already" in text for text in laboratory.messages())


def test_undo_takes_the_run_back_and_its_cross_too(laboratory: Driver) -> None:
    add_run(laboratory, "DDIM", 4)
    add_run(laboratory, "Heun", 3)
    view = laboratory.find("sheet_view", SheetView)
    cross = next(
        QPoint(x, y)
        for y in range(0, view.height(), 3)
        for x in range(0, view.width(), 3)
        if view.close_at(QPoint(x, y)) == 0
    )
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=cross)
    laboratory.idle()
    assert [run.sampler.name for run in laboratory.scene.experiment.runs] == ["heun"]
    assert len(laboratory.window.controller.laboratory.sheet.rows) == 1
    laboratory.trigger("undo")
    laboratory.idle()
    assert len(laboratory.window.controller.laboratory.sheet.rows) == 2


def test_two_cells_stand_side_by_side_with_their_difference(laboratory: Driver) -> None:
    add_run(laboratory, "DDIM", 4)
    add_run(laboratory, "Heun", 3)
    click_cell(laboratory, 0, 7)
    click_cell(laboratory, 1, 7)
    first, second, gap = pair(laboratory)
    assert np.array_equal(first, cell(laboratory, 1, 7)) and np.array_equal(second, cell(laboratory, 0, 7))
    expected = np.minimum(np.abs(first.astype(int) - second.astype(int)) * GAIN, 255)
    assert np.array_equal(gap, expected) and gap.any()


def test_the_difference_of_a_pair_is_as_many_times_as_large_as_the_sheets_own(laboratory: Driver) -> None:
    """Beside a row "difference, ×9" stood a card "difference × 4"."""
    store = laboratory.window.controller.store
    store.edit(model=dataclasses.replace(laboratory.scene.model, class_label="ring"), sampler=SamplerSpec("ddim", 3))
    for gain, given in ((9, (("amplify", 9.0),)), (GAIN, ())):
        store.edit(experiment=ExperimentSpec("guidance", given))
        laboratory.generate_button.click()
        laboratory.idle()
        assert f"×{gain}" in laboratory.window.controller.laboratory.sheet.rows[3].note
        first, second, gap = pair(laboratory)
        assert np.array_equal(gap, np.minimum(np.abs(first.astype(int) - second.astype(int)) * gain, 255)) and gap.any()
        card = laboratory.find("lab_difference_panel", PictureCard)
        assert f"{gain} times as large" in card._title.toolTip()
    store.edit(experiment=ExperimentSpec("guidance", (("amplify", 20.0),)))
    assert f"{GAIN} times as large" in card._title.toolTip(), "of what the sheet was run with"


def test_another_state_of_a_chain_that_is_looked_at_takes_both_chains_there(laboratory: Driver) -> None:
    """They stood beside each other as twice the same picture, and the marks stayed where both had been."""
    add_run(laboratory, "DDIM", 4)
    add_run(laboratory, "Heun", 3)
    view, room = laboratory.find("sheet_view", SheetView), laboratory.window.controller.laboratory
    click_cell(laboratory, 0, 7)
    click_cell(laboratory, 1, 7)
    click_cell(laboratory, 1, 0)
    first, second, _ = pair(laboratory)
    assert np.array_equal(first, cell(laboratory, 1, 0)) and np.array_equal(second, cell(laboratory, 0, 0))
    assert view._chosen == ((1, 0), (0, 0))
    room.go_to(0.0)
    assert view._chosen == ((1, 7), (0, 7))
    still = dataclasses.replace(room.sheet.cells[1, 3], still=True)
    room._show_sheet(room.sheet.with_part(still))
    room.choose((1, 3))
    assert view._chosen == ((1, 3), (1, 2)), "what is beside the chain stands beside its state"


def test_the_slider_and_the_arrows_walk_both_chains(laboratory: Driver) -> None:
    add_run(laboratory, "DDIM", 4)
    add_run(laboratory, "Heun", 3)
    click_cell(laboratory, 0, 7)
    click_cell(laboratory, 1, 7)
    laboratory.find("lab_slider", QSlider).setValue(50)
    laboratory.idle()
    sheet = laboratory.window.controller.laboratory.sheet
    for shown, row in zip(pair(laboratory)[:2], (1, 0), strict=True):
        film = sheet.films[row]
        nearest = int(np.argmin(np.abs(np.asarray(film.levels) - 50)))
        assert np.array_equal(shown, film.x_t[nearest])
    laboratory.trigger("first")
    assert laboratory.find("lab_slider", QSlider).value() == 100
    laboratory.trigger("next")
    levels = sorted({round(level) for row in (0, 1) for level in sheet.films[row].levels}, reverse=True)
    assert laboratory.find("lab_slider", QSlider).value() == levels[1]
    laboratory.trigger("last")
    assert np.array_equal(pair(laboratory)[0], sheet.films[1].x_t[-1])


def test_x0_hat_is_shown_in_the_place_of_the_states(laboratory: Driver) -> None:
    add_run(laboratory, "DDIM", 4)
    states = direct(laboratory.scene)
    click_cell(laboratory, 0, 0)
    assert np.array_equal(pair(laboratory)[0], states[0].x_t[0])
    kind = laboratory.find("sheet_kind")
    kind.buttons["x0_hat"].click()  # type: ignore[attr-defined]
    laboratory.idle()
    assert np.array_equal(pair(laboratory)[0], states[0].x0_hat[0])


def test_an_experiment_with_parameters_of_its_own(laboratory: Driver) -> None:
    laboratory.choose("experiment_combo", "Strength")
    field = laboratory.find("strengths_field", QLineEdit)
    field.setFocus()
    field.setText("0.3 0.9")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert dict(laboratory.scene.experiment.params) == {"strengths": "0.3 0.9"}
    laboratory.generate_button.click()
    laboratory.idle()
    assert len(laboratory.window.controller.laboratory.sheet.rows) == 2


def test_a_sheet_is_there_again_at_its_experiment_and_not_for_other_settings(laboratory: Driver) -> None:
    controller = laboratory.window.controller
    laboratory.choose("experiment_combo", "Strength")
    laboratory.generate_button.click()
    laboratory.idle()
    ran, sheet = laboratory.scene, controller.laboratory.sheet
    assert sheet.cells
    for place in list(sheet.cells)[-2:]:
        controller.laboratory.choose(place)
    looked_at = pair(laboratory)
    laboratory.choose("experiment_combo", "DDIM inversion")
    assert not controller.laboratory.sheet.cells
    laboratory.trigger("undo")
    assert laboratory.scene.experiment == ran.experiment and controller.laboratory.sheet == sheet
    assert all(np.array_equal(now, then) for now, then in zip(pair(laboratory), looked_at, strict=True))
    laboratory.trigger("redo")
    assert not controller.laboratory.sheet.cells
    controller.store.edit(seed=ran.seed + 1)
    laboratory.choose("experiment_combo", "Strength")
    assert laboratory.scene.experiment == ran.experiment and not controller.laboratory.sheet.cells


def test_sheets_are_there_again_after_several_steps_of_undo_and_redo(laboratory: Driver) -> None:
    room, ran = laboratory.window.controller.laboratory, []
    for name in ("Strength", "DDIM inversion", "Interpolation"):
        laboratory.choose("experiment_combo", name)
        laboratory.generate_button.click()
        laboratory.idle()
        ran.append(room.sheet)
    for way, sheets in (("undo", ran[1::-1]), ("redo", ran[1:])):
        for sheet in sheets:
            laboratory.trigger(way)
            assert room.sheet is sheet


def test_redo_of_an_experiment_brings_the_sheet_that_stood_beside_other_settings(laboratory: Driver) -> None:
    """The page was empty: that sheet was run with the settings that the next redo brings."""
    room, seed = laboratory.window.controller.laboratory, 70  # of which no sheet was ever left
    laboratory.set("seed_spin", seed)
    laboratory.choose("experiment_combo", "Strength")
    for k in (1, 2):
        laboratory.set("seed_spin", seed + k)
        laboratory.generate_button.click()
        laboratory.idle()
    sheet = room.sheet
    steps = 0
    while laboratory.scene.experiment.name == "strength":
        assert room.sheet is sheet
        laboratory.trigger("undo")
        laboratory.idle()
        steps += 1
    assert room.sheet is not sheet
    for _ in range(steps):
        laboratory.trigger("redo")
        laboratory.idle()
        assert room.sheet is sheet
    assert laboratory.scene.seed == seed + 2 and not laboratory.window.controller.session.changes


def test_undo_of_rows_that_run_gave_brings_back_the_sheet_before(laboratory: Driver) -> None:
    room, store = laboratory.window.controller.laboratory, laboratory.window.controller.store
    laboratory.set("seed_spin", 33)  # of which nothing is remembered
    laboratory.generate_button.click()
    laboratory.idle()
    first = room.sheet
    store.edit(model=dataclasses.replace(laboratory.scene.model, class_label="cross"))
    laboratory.generate_button.click()
    laboratory.until(lambda: room.sheet is not first and room.sheet.cells)
    laboratory.trigger("undo")
    laboratory.idle()
    assert room.sheet is first


def test_the_plot_that_was_picked_is_there_again_with_its_sheet(laboratory: Driver) -> None:
    laboratory.choose("experiment_combo", "Why a network?")
    laboratory.generate_button.click()
    laboratory.idle()
    plots = laboratory.find("sheet_plot_combo", QComboBox)
    plots.setCurrentIndex(1)
    picked = plots.currentText()
    laboratory.choose("experiment_combo", "DDIM inversion")
    laboratory.trigger("undo")
    laboratory.paint()
    assert plots.currentText() == picked


def test_a_bad_parameter_is_refused_in_words_and_the_sheet_stays(laboratory: Driver) -> None:
    laboratory.choose("experiment_combo", "Strength")
    laboratory.generate_button.click()
    laboratory.idle()
    before = laboratory.window.controller.laboratory.sheet
    spec = dataclasses.replace(laboratory.scene.experiment, params=(("strengths", "7"),))
    laboratory.window.controller.store.edit(experiment=spec)
    laboratory.generate_button.click()
    laboratory.idle()
    assert any("7 is outside" in text for text in laboratory.messages())
    assert laboratory.window.controller.laboratory.sheet is before
    laboratory.window.controller.store.edit(experiment=dataclasses.replace(spec, params=(("strengths", "0.5"),)))
    laboratory.generate_button.click()
    laboratory.idle()
    assert not any("7 is outside" in text for text in laboratory.messages())  # what was wrong is set right


def test_a_scene_opened_meanwhile_ends_the_experiment_and_its_sheet(laboratory: Driver) -> None:
    controller = laboratory.window.controller
    other = laboratory.scene
    laboratory.choose("sampler_combo", "Heun")
    laboratory.set("steps_spin", 100)
    laboratory.choose("experiment_combo", "Strength")
    laboratory.generate_button.click()
    laboratory.until(lambda: bool(controller.laboratory.sheet.rows))
    controller.open_scene(other)
    laboratory.idle()
    assert controller.scene.experiment.name == "compare"
    assert controller.laboratory.sheet == Sheet() and not controller.jobs.running


def test_rows_that_a_scene_brings_to_another_page_wait_for_run(laboratory: Driver) -> None:
    controller = laboratory.window.controller
    before = laboratory.scene.replace(
        direction="forward", view=dataclasses.replace(laboratory.scene.view, page="equation")
    )
    add_run(laboratory, "DDIM", 3)
    controller.open_scene(before)
    laboratory.idle()
    laboratory.trigger("laboratory")
    laboratory.idle()
    assert controller.scene.experiment == EMPTY and controller.laboratory.sheet == Sheet()


def test_what_is_locked_says_by_what(laboratory: Driver) -> None:
    laboratory.choose("sampler_combo", "Heun")
    laboratory.set("steps_spin", 100)
    laboratory.find("add_run_button", QPushButton).click()
    laboratory.until(lambda: laboratory.window.controller.laboratory.far.done[0] > 0)
    for way in ("laboratory", "direction_forward", "direction_reverse"):
        laboratory.trigger(way)
        steps = laboratory.find("steps_spin", QWidget)
        assert not steps.isEnabled() and steps.toolTip().startswith("Stop the experiment first")
    laboratory.trigger("cancel")
    laboratory.idle()
    assert laboratory.find("steps_spin", QWidget).isEnabled()


def test_words_at_the_left_of_small_pictures_are_whole(laboratory: Driver) -> None:
    view = laboratory.find("sheet_view", SheetView)
    note = "20 network calls · contrast 0.624 · 8% saturated · and as much again"
    rows = (Head("w = 0", note), Head("w = 2", note), Head("exact E[x_0|x_t]"))
    sheet = Sheet().with_part(Outline("Weights", rows, (Head("t = 0", t=0.0),)))
    for row in range(3):
        sheet = sheet.with_part(Cell(row, 0, np.zeros((8, 8, 3), np.uint8)))
    view.show_sheet(sheet)
    view.fit(QSize(400, 60))
    small = view._words.sized(0.88)
    width = view.frame((0, 0)).left() - 2 * 8
    needed = QFontMetrics(small).boundingRect(QRect(0, 0, width, 999), Qt.TextFlag.TextWordWrap, note).height()
    for row in range(2):
        assert view.frame((row + 1, 0)).top() - view.frame((row, 0)).top() > needed
        assert view.frame((row + 1, 0)).top() > view.frame((row, 0)).bottom()
    assert view.minimumHeight() > view.frame((2, 0)).bottom()


def test_the_difference_tells_its_rms_also_in_a_narrow_card(laboratory: Driver) -> None:
    add_run(laboratory, "DDIM", 3)
    add_run(laboratory, "DDIM", 4)
    for width in (1024, 1440):
        laboratory.window.resize(width, 700)
        laboratory.idle()
        caption = laboratory.find("lab_difference_panel", PictureCard)._caption.text()
        assert caption.startswith("RMS 0.") and "…" not in caption


def test_stop_keeps_what_there_is(laboratory: Driver) -> None:
    laboratory.choose("sampler_combo", "Heun")
    laboratory.set("steps_spin", 100)
    laboratory.find("add_run_button", QPushButton).click()
    laboratory.until(lambda: laboratory.window.controller.laboratory.far.done[0] > 3)
    assert laboratory.generate_button.text() == "Stop"
    laboratory.generate_button.click()
    laboratory.idle()
    done, total = laboratory.window.controller.laboratory.far.done
    assert 3 < done < total and laboratory.generate_button.text() == "Run"
    assert laboratory.window.controller.laboratory.sheet.cells


def test_a_stopped_sheet_says_so_until_it_is_run_to_its_end(laboratory: Driver) -> None:
    """Another chain, or another experiment's end, took that away or spoke for it."""
    said = laboratory.find("progress_label", QLabel)
    laboratory.choose("experiment_combo", "Interpolation")
    laboratory.set("steps_spin", 100)
    laboratory.generate_button.click()
    laboratory.until(lambda: laboratory.window.controller.laboratory.far.done[0] > 3)
    laboratory.generate_button.click()
    laboratory.idle()
    words = said.text()
    assert words.startswith("stopped at ")
    laboratory.choose("experiment_combo", "Strength")
    laboratory.set("steps_spin", 4)
    laboratory.generate_button.click()
    laboratory.idle()
    assert not said.text()
    laboratory.trigger("undo")
    laboratory.trigger("undo")
    assert said.text() == words
    laboratory.trigger("direction_reverse")
    laboratory.generate_button.click()
    laboratory.idle()
    laboratory.trigger("laboratory")
    assert said.text() == words


def run_and_stopped(driver: Driver, steps: int, past: int) -> int:
    """The parts that Mistake lab has done when it is stopped after ``past`` of them."""
    room = driver.window.controller.laboratory
    driver.choose("experiment_combo", "Mistake lab")
    driver.set("steps_spin", steps)
    driver.generate_button.click()
    driver.until(lambda: room.far.done[0] > past)
    driver.generate_button.click()
    driver.idle()
    return room.far.done[0]


def test_a_run_that_was_stopped_goes_on_and_is_there_at_once_when_it_is_done(laboratory: Driver) -> None:
    room, seen, empty = laboratory.window.controller.laboratory, list[int](), list[bool]()
    stopped = run_and_stopped(laboratory, 29, 3)
    room._store.changed.connect(lambda *_: seen.append(room.far.done[0]))
    room._store.changed.connect(lambda *_: empty.append(not room.sheet.cells))
    for first in (stopped, 11 * 30):
        seen.clear()
        laboratory.generate_button.click()
        laboratory.idle()
        assert next(filter(None, seen)) >= first and room.far.done == (11 * 30, 11 * 30)
        assert not any(empty), "what there was is seen all the time"


def test_a_stopped_run_goes_on_after_another_value_of_what_it_does_not_read(laboratory: Driver) -> None:
    """It was said to be stopped still, and Run began anew."""
    room, seen, store = laboratory.window.controller.laboratory, list[int](), laboratory.window.controller.store
    stopped, said = run_and_stopped(laboratory, 33, 60), laboratory.find("progress_label", QLabel)
    store.edit(sampler=SamplerSpec("heun", 33), count=4)
    assert said.text().startswith("stopped at ")
    laboratory.choose("experiment_combo", "Strength")
    laboratory.choose("experiment_combo", "Mistake lab")
    assert said.text().startswith("stopped at ") and room.far.done[0] == stopped, "and is there when one comes back"
    store.changed.connect(lambda *_: seen.append(room.far.kept))
    laboratory.generate_button.click()
    laboratory.until(lambda: room.far.done[0] > stopped)
    laboratory.generate_button.click()
    laboratory.idle()
    assert max(seen) == stopped


def test_the_time_left_is_told_by_what_this_run_computes(laboratory: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept counted as done in this run's seconds."""
    room, store = laboratory.window.controller.laboratory, laboratory.window.controller.store
    label, told = laboratory.find("progress_label", QLabel), list[tuple[str, int, int, int]]()
    monkeypatch.setattr(Jobs, "seconds", 100)
    stopped = run_and_stopped(laboratory, 31, 60)
    store.changed.connect(lambda _, new: told.append((label.text(), *new.sheet.done, new.sheet.kept)))
    laboratory.generate_button.click()
    laboratory.until(lambda: room.far.done[0] > stopped + 5)
    laboratory.generate_button.click()
    laboratory.idle()
    lefts = [(words, done, total, kept) for words, done, total, kept in told if " left" in words]
    assert lefts and {kept for *_, kept in lefts} == {stopped}
    assert all(words.endswith(f" · {duration(100 / (d - k) * (n - d))} left") for words, d, n, k in lefts)


def test_what_a_notice_offers_is_there_still_when_the_experiment_that_runs_has_ended(laboratory: Driver) -> None:
    """A click while it ran was refused, and took the offer away."""

    def offer() -> QPushButton | None:
        buttons = laboratory.message_buttons()
        return next((b for b in buttons if isinstance(b, QPushButton) and b.text() == "Derive ε̂ again"), None)

    store = laboratory.window.controller.store
    store.edit(model=dataclasses.replace(laboratory.scene.model, class_label="ring", guidance=3.0, clip="static"))
    laboratory.choose("sampler_combo", "DDIM")
    laboratory.set("steps_spin", 99)
    laboratory.find("add_run_button", QPushButton).click()
    laboratory.until(lambda: laboratory.window.controller.laboratory.far.done[0] > 3)
    button = offer()
    assert button is not None
    button.click()
    assert store.session.job.running and "An experiment is running; press Stop first." in laboratory.messages()
    laboratory.generate_button.click()
    laboratory.idle()
    button = offer()
    assert button is not None and not laboratory.scene.model.rederive_eps
    button.click()
    assert laboratory.scene.model.rederive_eps and laboratory.scene.experiment.runs[0].model.rederive_eps
    assert store.session.undo_words == "derive ε̂ again on" and not any("press Run" in m for m in laboratory.messages())
    laboratory.until(lambda: laboratory.window.controller.laboratory.far.done[0] > 3)  # which runs by itself
    laboratory.generate_button.click()
    laboratory.idle()
    assert offer() is None
    laboratory.trigger("undo")
    laboratory.choose("experiment_combo", "Strength")
    laboratory.generate_button.click()
    laboratory.idle()
    offer().click()
    assert laboratory.messages()[-1].endswith("; press Run."), "its box is folded away"
    laboratory.trigger("undo")
    assert not any("press Run" in m for m in laboratory.messages())


def test_a_second_run_that_is_stopped_loses_nothing_of_the_first(laboratory: Driver) -> None:
    room = laboratory.window.controller.laboratory
    laboratory.choose("experiment_combo", "Mistake lab")
    laboratory.set("steps_spin", 30)
    laboratory.generate_button.click()
    laboratory.idle()
    first = room.sheet
    os.utime(next(Path(laboratory.scene.model.name).rglob("*.safetensors")))  # its files were written anew
    laboratory.generate_button.click()
    laboratory.until(lambda: room.sheet is not first and room.sheet.cells)
    assert len(room.sheet.cells) < len(first.cells)
    laboratory.generate_button.click()
    laboratory.idle()
    assert room.sheet is first and not laboratory.find("progress_label", QLabel).text()


def test_a_run_that_is_stopped_before_its_first_picture_leaves_the_sheet_that_was_there(laboratory: Driver) -> None:
    """Twelve empty frames took its place, and no setting was marked beside them."""
    room = laboratory.window.controller.laboratory
    marked = [name for name in laboratory.window.findChildren(RowName) if name.name == "seed"]
    laboratory.choose("experiment_combo", "Guidance weights")
    laboratory.set("steps_spin", 97)
    for seed, there in ((21, False), (22, True)):
        laboratory.set("seed_spin", seed)
        before = room._all_of_it()
        laboratory.generate_button.click()
        laboratory.generate_button.click()
        laboratory.idle()
        assert room.sheet is before.sheet and room._chosen == before.chosen and bool(room.sheet.cells) is there
        assert room.far == before.state and not laboratory.find("progress_label", QLabel).text()
        assert [name.changed for name in marked if name.isVisible()] == [there]
        if not there:
            laboratory.generate_button.click()
            laboratory.idle()


def test_undo_of_an_experiment_that_runs_shows_the_one_before_as_it_stood(laboratory: Driver) -> None:
    """Its finished sheet was said to be stopped."""
    room, store = laboratory.window.controller.laboratory, laboratory.window.controller.store
    for finished in (False, True):
        laboratory.choose("experiment_combo", "Strength")
        if finished:
            laboratory.generate_button.click()
            laboratory.idle()
        before = room._all_of_it()
        laboratory.choose("experiment_combo", "Guidance weights")
        laboratory.generate_button.click()
        laboratory.trigger("undo")
        assert laboratory.scene.experiment.name == "strength"
        laboratory.idle()
        assert not store.session.job.running and room.sheet.rows == before.sheet.rows and not room.far.partial


def test_a_state_that_is_picked_on_the_way_is_looked_at_when_the_runs_are_stopped(laboratory: Driver) -> None:
    room = laboratory.window.controller.laboratory
    laboratory.set("seed_spin", 11)  # of which nothing is remembered, so that there is something to stop
    laboratory.generate_button.click()
    laboratory.until(lambda: (1, 3) in room.sheet.cells)
    view = laboratory.find("sheet_view", SheetView)
    QTest.mouseClick(view, Qt.MouseButton.LeftButton, pos=view.frame((1, 2)).center())
    laboratory.generate_button.click()
    laboratory.idle()
    assert np.array_equal(pair(laboratory)[0], room.seen.cells[1, 2].picture) and pair(laboratory)[1].size


def test_a_row_that_is_closed_while_it_runs_says_what_to_stop(laboratory: Driver) -> None:
    laboratory.choose("sampler_combo", "Heun")
    laboratory.set("steps_spin", 99)
    laboratory.find("add_run_button", QPushButton).click()
    laboratory.until(lambda: laboratory.window.controller.laboratory.far.done[0] > 3)
    laboratory.find("sheet_view", SheetView).row_closed.emit(0)
    assert any("An experiment is running; press Stop first" in text for text in laboratory.messages())
    assert len(laboratory.scene.experiment.runs) == 1


def test_a_stopped_comparison_stays_so_when_a_row_is_taken_out_and_brought_back(laboratory: Driver) -> None:
    """Its cross, and the undo of that, ran the rest again."""
    room, said = laboratory.window.controller.laboratory, laboratory.find("progress_label", QLabel)
    store = laboratory.window.controller.store
    runs = tuple(RunSpec(laboratory.scene.model, SamplerSpec(name, 90)) for name in ("ddpm", "euler", "heun"))
    store.edit(experiment=ExperimentSpec(runs=runs), seed=77)
    laboratory.until(lambda: (1, 7) in room.sheet.cells and (2, 1) in room.sheet.cells)
    laboratory.generate_button.click()
    laboratory.idle()
    stopped, words = room.sheet, said.text()
    assert words.startswith("stopped at ")
    laboratory.find("sheet_view", SheetView).row_closed.emit(0)
    assert not store.session.job.running
    assert [row.title for row in room.sheet.rows] == [row.title for row in stopped.rows[1:]]
    assert room.sheet.cells[0, 7].picture is stopped.cells[1, 7].picture and said.text() == "stopped"
    laboratory.trigger("undo")
    assert not store.session.job.running and room.sheet is stopped and said.text() == words
    laboratory.trigger("redo")
    laboratory.generate_button.click()
    laboratory.idle()
    assert not said.text() and sorted(room.sheet.cells) == [(i, j) for i in range(2) for j in range(8)]


def test_redo_of_a_stopped_comparison_starts_nothing(laboratory: Driver) -> None:
    """Undo of a row that was taken out showed the stopped sheet; redo of the rows ran them for minutes."""
    room, said = laboratory.window.controller.laboratory, laboratory.find("progress_label", QLabel)
    store, runs = laboratory.window.controller.store, []
    for name in ("ddpm", "euler"):  # given, and one added
        runs.append(RunSpec(laboratory.scene.model, SamplerSpec(name, 95)))
        store.edit(experiment=ExperimentSpec(runs=tuple(runs)), seed=78)
        laboratory.until(lambda: (len(runs) - 1, 2) in room.sheet.cells)
        laboratory.generate_button.click()
        laboratory.idle()
    stopped, words = room.sheet, said.text()
    assert words.startswith("stopped at ")
    for back in (1, 2):
        for way in ("undo", "redo"):
            for _ in range(back):
                laboratory.trigger(way)
                laboratory.idle()
                assert not store.session.job.running and room.far.partial is bool(room.sheet.rows)
        assert room.sheet is stopped and said.text() == words
    laboratory.generate_button.click()
    laboratory.idle()
    assert not said.text() and (1, 7) in room.sheet.cells, "Run goes on with it"


def test_settings_that_did_not_make_the_sheet_are_marked(laboratory: Driver) -> None:
    """Nothing told that Run would make another one, and the one that was stopped seemed to go on."""
    room, said = laboratory.window.controller.laboratory, laboratory.find("progress_label", QLabel)

    def marked() -> set[str]:
        return {name.name for name in laboratory.window.findChildren(RowName) if name.changed}

    laboratory.choose("experiment_combo", "Guidance weights")
    laboratory.set("steps_spin", 98)
    laboratory.generate_button.click()
    laboratory.until(lambda: room.far.done[0] > 3)
    laboratory.generate_button.click()
    laboratory.idle()
    assert not marked() and said.text().startswith("stopped at ")
    laboratory.set("seed_spin", 41)
    assert marked() == {"seed"} and not said.text()
    assert "•" not in laboratory.find("more_fold", QPushButton).text(), "it does not stand there on this page"
    laboratory.find("weights_field", TextField).said.emit("1 3")
    assert marked() == {"seed", "weights"}
    names = [name for name in laboratory.window.findChildren(RowName) if name.changed]
    assert all(name.toolTip().endswith(f"{SINCE[True]}: for the next run") for name in names)
    assert laboratory.find("take_settings_button").isHidden()
    laboratory.trigger("undo")
    laboratory.trigger("undo")
    assert not marked() and said.text().startswith("stopped at ")


def test_the_page_and_the_runs_are_part_of_the_scene(laboratory: Driver, tmp_path: object) -> None:
    add_run(laboratory, "DDIM", 4)
    save_scene(laboratory.scene, f"{tmp_path}/a.json")
    scene = read_scene(f"{tmp_path}/a.json").scene
    assert scene.view.page == "laboratory"
    assert scene.experiment.runs == (RunSpec(laboratory.scene.model, laboratory.scene.sampler),)


def test_a_window_may_begin_in_the_laboratory(make_driver: Callable[..., Driver], tiny_scene: Scene) -> None:
    view = dataclasses.replace(tiny_scene.view, page="laboratory")
    scene = tiny_scene.replace(direction="reverse", view=view, sampler=SamplerSpec("ddim", 3))
    driver = make_driver(scene)
    assert driver.find("sheet_view", SheetView).isVisible()
    driver.find("add_run_button", QPushButton).click()
    driver.idle()
    assert np.array_equal(cell(driver, 0, 7), direct(scene)[-1].x_t[0])
    driver.trigger("direction_forward")
    driver.idle()
    assert not driver.find("sheet_view", SheetView).isVisible() and driver.shown().any()
    assert not driver.find("experiment_combo", QComboBox).isVisible()


@pytest.mark.parametrize("between", ["pictures", "seeds"])
def test_a_picture_is_opened_where_an_experiment_begins_with_it(
    laboratory: Driver, picture_file: Path, answer: Callable[[object], None], between: str
) -> None:
    laboratory.choose("experiment_combo", "Interpolation")
    laboratory.choose("between_combo", between)
    button = laboratory.find("experiment_picture_button", QPushButton)
    assert button.isVisibleTo(laboratory.window) == (between == "pictures")
    answer(picture_file)
    if between == "seeds":  # which has no use for it
        drop(laboratory, files(picture_file))
        assert laboratory.window.controller.session.page == "forward"
        return
    assert button.text() == "cat"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    laboratory.idle()
    assert laboratory.window.controller.session.page == "laboratory" and button.text() == "bunt.png"
    laboratory.generate_button.click()
    laboratory.idle()
    expected = fitted(load_picture(picture_file), 8, 8)
    assert np.array_equal(cell(laboratory, 0, 0), expected)
    laboratory.trigger("undo")
    laboratory.idle()
    assert laboratory.window.controller.session.page == "laboratory" and button.text() == "cat"


def test_a_long_name_of_a_picture_is_cut_and_whole_in_the_tip(laboratory: Driver, tmp_path: Path) -> None:
    laboratory.choose("experiment_combo", "Strength")
    path = tmp_path / f"{'holiday' * 7}.png"
    Image.new("RGB", (8, 8)).save(path)
    drop(laboratory, files(path))
    button = laboratory.find("experiment_picture_button", QPushButton)
    assert "…" in button.text() and path.name in button.toolTip()
    assert button.fontMetrics().horizontalAdvance(button.text()) <= button.width() - 8


def test_the_arrows_walk_a_sheet_that_was_reached_with_tab(laboratory: Driver) -> None:
    laboratory.choose("experiment_combo", "Guidance weights")
    laboratory.trigger("generate")
    laboratory.idle(60)
    view, chosen = laboratory.find("sheet_view"), laboratory.window.controller.laboratory._chosen
    laboratory.window.setFocus()
    view.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Down):
        laboratory.key(key)
    sheet = laboratory.window.controller.laboratory.sheet
    assert view.accessibleName().startswith(f"{sheet.rows[1].title}, {sheet.columns[1].title}")
    laboratory.key(Qt.Key.Key_Return)
    assert laboratory.window.controller.laboratory._chosen[-1] == (1, 1) != chosen[-1]
    for name, number in (("lab_first_panel", "1 · "), ("lab_second_panel", "2 · ")):
        assert any(label.text().startswith(number) for label in laboratory.find(name).findChildren(QLabel))
