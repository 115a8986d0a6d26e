"""Ctrl+E in the laboratory: the sheet as figure, numbers or film, decoded again; a cancelled one leaves nothing."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from gui_driver import Driver
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QPushButton

from diffviz.export.figure import figure
from diffviz.scene import ExperimentSpec, RunSpec, SamplerSpec
from diffviz.sheet import Sheet


@pytest.fixture
def laboratory(driver: Driver) -> Driver:
    """A window with a comparison of two runs."""
    driver.trigger("laboratory")
    scene = driver.scene
    runs = tuple(RunSpec(scene.model, SamplerSpec(name, steps)) for name, steps in (("ddim", 4), ("heun", 3)))
    driver.window.controller.store.edit(experiment=dataclasses.replace(scene.experiment, runs=runs))
    driver.idle()
    return driver


def messages(driver: Driver) -> list[str]:
    return driver.window.controller.bar.texts()


def test_of_a_stopped_sheet_the_files_say_so(
    laboratory: Driver, answer: Callable[[object], None], tmp_path: Path
) -> None:
    """Half a figure was read as the result."""
    desk = laboratory.window.controller.laboratory
    laboratory.choose("experiment_combo", "Interpolation")
    laboratory.set("steps_spin", 100)
    laboratory.generate_button.click()
    laboratory.until(lambda: desk.far.done[0] > 3)
    laboratory.generate_button.click()
    laboratory.idle()
    said = laboratory.words("progress_label")
    assert said.startswith("stopped at ")
    answer(tmp_path / "a.png")
    laboratory.trigger("export")
    laboratory.idle()
    titled = dataclasses.replace(desk.seen, title=f"{desk.seen.title} · {said}")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), figure(titled, theme="light"))


def test_the_action_says_why_there_is_nothing_to_export(driver: Driver) -> None:
    action = driver.window.actions_["export"]
    assert action.isEnabled()
    driver.trigger("laboratory")
    driver.idle()
    assert not action.isEnabled() and "no result to export yet; press Run first" in action.toolTip()
    driver.trigger("direction_forward")
    driver.idle()
    assert action.isEnabled()


def test_figure_and_numbers(laboratory: Driver, answer: Callable[[object], None], tmp_path: Path) -> None:
    sheet = laboratory.window.controller.laboratory.sheet
    for name in ("a.png", "a.csv"):
        answer(tmp_path / name)
        laboratory.trigger("export")
        laboratory.idle()
        assert messages(laboratory)[-1].startswith(f"{name} is written, ")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), figure(sheet, theme="light"))
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == sheet.to_csv()
    assert "Show in folder" in [button.text() for button in laboratory.window.controller.bar.findChildren(QPushButton)]


def test_ctrl_s_writes_what_is_seen_or_says_why_not(
    laboratory: Driver, answer: Callable[[object], None], tmp_path: Path
) -> None:
    """It wrote the x_t of a page that was not seen."""
    room, pair = laboratory.window.controller.laboratory, laboratory.window.controller.laboratory.page.pair
    answer(tmp_path / "a.png")
    laboratory.key(Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    laboratory.idle()
    assert np.array_equal(np.asarray(Image.open(tmp_path / "a.png")), figure(room.sheet, theme="light"))
    QGuiApplication.clipboard().clear()
    laboratory.trigger("copy")
    assert "Point at one of the pictures" in messages(laboratory)[-1] and QGuiApplication.clipboard().image().isNull()
    pair.first.view.setFocus(Qt.FocusReason.TabFocusReason)
    answer(tmp_path / "b.png")
    laboratory.trigger("save_png")
    laboratory.trigger("copy")
    assert np.array_equal(np.asarray(Image.open(tmp_path / "b.png")), pair.first.displayed_array())
    assert QGuiApplication.clipboard().image().width() == pair.first.displayed_array().shape[1]
    laboratory.window.controller.store.edit(experiment=ExperimentSpec("mistakes"))
    laboratory.trigger("save_png")
    assert messages(laboratory)[-1] == "There is no result to export yet; press Run first."


def test_a_key_does_what_is_seen_or_says_why_not(laboratory: Driver) -> None:
    """T and F did nothing, and L changed how it plays without a sign."""
    pair = laboratory.window.controller.laboratory.page.pair
    for words in ("playback: loop", "playback: there and back", "playback: play once"):
        laboratory.key(Qt.Key.Key_L)
        assert laboratory.words("values_label") == words
    laboratory.key(Qt.Key.Key_T)
    assert "no number t to type" in messages(laboratory)[-1]
    pair.viewport.set(3, 0.5, 0.5)
    laboratory.key(Qt.Key.Key_F)
    assert pair.viewport.place.zoom is None
    laboratory.window.controller.store.edit(experiment=ExperimentSpec("mistakes"))
    laboratory.key(Qt.Key.Key_F)
    assert "press Run first" in messages(laboratory)[-1]


def test_no_numbers_are_offered_where_there_are_none(laboratory: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file had the titles of rows and columns alone."""
    offered: list[str] = []

    def asked(*given: str) -> tuple[str, str]:
        offered.append(given[3])
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(asked))
    room = laboratory.window.controller.laboratory
    words = {place: dataclasses.replace(cell, note="") for place, cell in room.sheet.cells.items()}
    for sheet in (dataclasses.replace(room.sheet, cells=words, plots={}), room.sheet):  # which is kept for what comes
        room._show_sheet(sheet)
        laboratory.trigger("export")
    assert ["csv" in each for each in offered] == [False, True]


def test_the_figure_shows_what_the_page_shows(
    laboratory: Driver, answer: Callable[[object], None], tmp_path: Path
) -> None:
    controller = laboratory.window.controller
    controller.laboratory.page.kind.chosen.emit("x0_hat")
    answer(tmp_path / "a.png")
    laboratory.trigger("export")
    laboratory.idle()
    written = np.asarray(Image.open(tmp_path / "a.png"))
    assert np.array_equal(written, figure(controller.laboratory.sheet.of_x0_hat()))
    assert not np.array_equal(written, figure(controller.laboratory.sheet))


def test_a_film_of_a_sheet_that_has_none_is_refused_in_words(
    laboratory: Driver, answer: Callable[[object], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """lab.mp4 became lab.mp4.png without a word."""
    monkeypatch.setattr(Sheet, "has_films", False)
    answer(tmp_path / "lab.mp4")
    laboratory.trigger("export")
    laboratory.idle()
    assert "there is no .mp4 of this sheet; end the name with .png or .csv" in messages(laboratory)[-1]
    assert list(tmp_path.iterdir()) == []


def test_the_proposed_name_is_one_on_every_system(laboratory: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", staticmethod(lambda *given: (asked.append(given[2]), ("", ""))[1])
    )
    room = laboratory.window.controller.laboratory
    sheet = room.sheet
    room._show_sheet(dataclasses.replace(sheet, title="Why not one step?"))
    laboratory.trigger("export")
    assert Path(asked[0]).name == "diffviz-why-not-one-step.png"
    room._show_sheet(sheet)


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".webm", ".webp", ".apng"])
def test_films(laboratory: Driver, answer: Callable[[object], None], tmp_path: Path, suffix: str) -> None:
    answer(tmp_path / f"a{suffix}")
    laboratory.trigger("export")
    laboratory.idle(60.0)
    films = laboratory.window.controller.laboratory.sheet.films.values()
    levels = {level for film in films for level in film.levels}
    if suffix == ".webp":
        with Image.open(tmp_path / "a.webp") as image:
            assert image.n_frames == len(levels)
        return
    with av.open(str(tmp_path / f"a{suffix}")) as container:
        count = sum(1 for _ in container.decode(video=0))
    assert count >= len(levels)


def test_the_filter_gives_a_name_its_suffix_and_no_other_file_is_replaced_unasked(
    laboratory: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def chosen(*arguments: str, **_: object) -> tuple[str, str]:
        return str(tmp_path / "sheet"), next(kind for kind in arguments[3].split(";;") if "csv" in kind)

    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(chosen))
    laboratory.trigger("export")
    laboratory.idle()
    written = (tmp_path / "sheet.csv").read_text(encoding="utf-8")
    (tmp_path / "sheet.csv").write_text("mine", encoding="utf-8")
    laboratory.trigger("export")
    laboratory.idle()
    assert written and (tmp_path / "sheet.csv").read_text(encoding="utf-8") == "mine"
    assert "sheet.csv is there already" in messages(laboratory)[-1]


def test_a_cancelled_film_leaves_nothing(laboratory: Driver, answer: Callable[[object], None], tmp_path: Path) -> None:
    jobs = laboratory.window.controller.jobs
    answer(tmp_path / "a.gif")
    laboratory.trigger("export")
    assert jobs.state.kind == "export" and "Writing a.gif…" in messages(laboratory)
    jobs.cancel()
    laboratory.idle()
    assert list(tmp_path.iterdir()) == [] and messages(laboratory)[-1] == "Cancelled; nothing was written."


def test_a_folder_that_is_not_there_is_said_in_words(
    laboratory: Driver, answer: Callable[[object], None], tmp_path: Path
) -> None:
    answer(tmp_path / "none" / "a.png")
    laboratory.trigger("export")
    laboratory.idle()
    assert "does not exist; create it or choose another" in messages(laboratory)[-1]
    assert not laboratory.window.controller.jobs.running


def test_a_dialog_that_is_opened_meanwhile_hears_of_its_own_exports_alone(
    laboratory: Driver, answer: Callable[[object], None], tmp_path: Path
) -> None:
    answer(tmp_path / "a.gif")
    laboratory.trigger("export")
    laboratory.trigger("direction_forward")
    laboratory.trigger("export")
    dialog = laboratory.window.doors.films.dialog
    dialog.close()
    assert not laboratory.window.controller.session.job.stopping, "the sheet's export is not the dialog's to cancel"
    laboratory.trigger("export")
    laboratory.idle()
    assert messages(laboratory)[-1].startswith("a.gif is written, ") and "Writing a.gif…" not in messages(laboratory)
    assert dialog.status.text() == "" and dialog.show_folder.isHidden()
    dialog.path.setText(str(tmp_path / "film.gif"))
    dialog.frames.setValue(3)
    dialog.export.click()
    laboratory.idle()
    assert dialog.status.text().startswith("film.gif is written, ")
