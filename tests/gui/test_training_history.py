"""The samples of a training's checkpoints: walked with the slider, and saved as a film."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from films import find, frames
from gui_driver import Driver, as_array
from past_trainings import CLASSES, STEPS, grid_of, make_past
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel, QPushButton, QWidget

from diffviz.files import models_dir
from diffviz.gui.panels.sample_history import SampleHistory, SampleView
from diffviz.gui.panels.t_slider import TSlider
from diffviz.gui.panels.train_dialog import TrainDialog
from diffviz.train.events import Saved
from diffviz.train.past import Grid

FILM_S = 60.0


@pytest.fixture
def panel(make_driver: Callable[..., Driver], own_models: None) -> Iterator[Driver]:
    """A window with the panel of trainings on "pets", which has three checkpoints."""
    make_past(models_dir() / "pets", held_out=True)
    driver = make_driver()
    driver.trigger("train")
    dialog(driver).form.name.setEditText("pets")
    driver.until(lambda: "looked at" not in dialog(driver).primary.toolTip())
    driver.paint()
    yield driver
    driver.window.training.close(10_000)


def dialog(driver: Driver) -> TrainDialog:
    return driver.find("train_dialog", TrainDialog)


def slider(driver: Driver) -> TSlider:
    return driver.find("train_history_slider", TSlider)


def test_the_slider_walks_from_the_first_checkpoint_to_the_newest(panel: Driver) -> None:
    samples, note = dialog(panel).samples, dialog(panel).samples_note
    assert slider(panel).value() == 2 and note.text() == "step 40 · after 80 s"
    assert np.array_equal(as_array(samples.view.image), grid_of(40))
    QTest.keyClick(slider(panel), Qt.Key.Key_Left)
    assert note.text() == "step 25 · after 50 s" and np.array_equal(as_array(samples.view.image), grid_of(25))
    place = slider(panel).rect().center()
    place.setX(round(slider(panel).x_of(0)))
    QTest.mouseClick(slider(panel), Qt.MouseButton.LeftButton, pos=place)
    assert note.text() == "step 10 · after 20 s" and np.array_equal(as_array(samples.view.image), grid_of(10))
    assert slider(panel).x_of(2) <= slider(panel).width() - 8


def test_another_name_has_its_own_samples(panel: Driver) -> None:
    make_past(models_dir() / "young", STEPS[:1])
    dialog(panel).form.name.setEditText("young")
    panel.paint()
    assert dialog(panel).samples_note.text() == "step 10 · after 20 s" and not slider(panel).isVisible()
    dialog(panel).form.name.setEditText("new")
    panel.paint()
    assert dialog(panel).samples_note.text() == "" and dialog(panel).samples.grids == ()


def test_a_new_checkpoint_is_followed_only_from_the_newest(panel: Driver, tmp_path: Path) -> None:
    samples = dialog(panel).samples
    known = list(samples.grids)
    samples.add(Grid(55, 110.0, known[0].path), CLASSES)
    assert slider(panel).value() == 3 and dialog(panel).samples_note.text().startswith("step 55 ")
    slider(panel).setValue(1)
    samples.add(Grid(70, 140.0, known[1].path), CLASSES)
    assert slider(panel).value() == 1 and dialog(panel).samples_note.text().startswith("step 25 ")
    samples.add(Grid(55, 110.0, known[2].path), CLASSES)  # resumed before it: what came after is lost
    assert [grid.step for grid in samples.grids] == [10, 25, 40, 55]


def test_the_film_is_written_and_said(panel: Driver, answer: Callable[[object], None], tmp_path: Path) -> None:
    answer(tmp_path / "learning.apng")
    click_film(panel)
    panel.until(lambda: any("is written" in text for text in dialog(panel).bar.texts()), FILM_S)
    assert len(frames(tmp_path / "learning.apng")) == len(STEPS)
    assert len(dialog(panel).bar.texts()) == 1


def test_the_type_in_the_dialog_is_that_of_the_proposed_name(panel: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *given: (asked.append(given[2:]), ("", ""))[1])
    click_film(panel)
    ((start, filters, chosen),) = asked
    assert Path(start).suffix == ".gif" and chosen.endswith("(*.gif)") and chosen in filters.split(";;")


def test_a_name_without_a_suffix_gets_one_and_replaces_nothing(
    panel: Driver, answer: Callable[[object], None], tmp_path: Path
) -> None:
    (tmp_path / "learning.gif").write_bytes(b"mine")
    answer(tmp_path / "learning")
    click_film(panel)
    assert "learning.gif is there already" in " ".join(dialog(panel).bar.texts())
    assert (tmp_path / "learning.gif").read_bytes() == b"mine"
    answer("")
    click_film(panel)  # cancelled in the dialog
    assert sorted(path.name for path in tmp_path.glob("learning*")) == ["learning.gif"]


def test_a_film_that_cannot_be_made_is_said(panel: Driver, answer: Callable[[object], None], tmp_path: Path) -> None:
    for grid in dialog(panel).samples.grids:
        grid.path.write_bytes(b"torn")
    answer(tmp_path / "learning.gif")
    click_film(panel)
    panel.until(lambda: any("is not a picture" in text for text in dialog(panel).bar.texts()), FILM_S)
    assert not (tmp_path / "learning.gif").exists()


@pytest.mark.parametrize("how", ["cancel", "close"])
def test_a_film_is_given_up(
    panel: Driver, answer: Callable[[object], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    from diffviz.export import learning
    from diffviz.export.exporter import Progress

    begun, go_on = threading.Event(), threading.Event()

    def slow(*_words: object) -> Iterator[Progress]:
        begun.set()
        go_on.wait(FILM_S)
        yield Progress(1, 3)
        raise AssertionError("it went on")

    monkeypatch.setattr(learning, "export_learning", slow)
    answer(tmp_path / "learning.gif")
    click_film(panel)
    panel.until(begun.is_set, FILM_S)
    click_film(panel)
    assert any("being written" in text for text in dialog(panel).bar.texts())
    if how == "cancel":
        button = next(b for b in dialog(panel).bar.findChildren(QPushButton) if b.text() == "Cancel")
        button.click()
        go_on.set()
        panel.until(lambda: any("Cancelled" in text for text in dialog(panel).bar.texts()), FILM_S)
    else:
        threading.Timer(0.2, go_on.set).start()
        panel.window.close()
        assert not [thread for thread in threading.enumerate() if thread.name == "diffviz-film"]


# -- the view


@pytest.mark.parametrize("columns, size, bands", [(3, (300, 60), 1), (3, (40, 400), 3), (13, (600, 420), 2)])
def test_a_wide_grid_is_broken_into_bands_and_no_pixel_is_lost(
    qtbot: object, tmp_path: Path, columns: int, size: tuple[int, int], bands: int
) -> None:
    grid = grid_of(columns, columns)
    Image.fromarray(grid).save(tmp_path / "grid.png")
    view = SampleView()
    qtbot.addWidget(view)  # type: ignore[attr-defined]
    view.resize(*size)
    view.show_samples(str(tmp_path / "grid.png"), tuple(map(str, range(columns))))
    found = view.bands()
    assert len(found) == bands
    zoom = view.zoom()
    assert zoom * found[0].width <= size[0] and bands * (zoom * grid.shape[0] + 20) <= size[1]
    canvas = as_array(view.grab().toImage())
    for band in found:
        assert find(canvas, grid[:, band.left : band.left + band.width], zoom)


def test_history_without_grids(qtbot: object) -> None:
    history = SampleHistory()
    qtbot.addWidget(history)  # type: ignore[attr-defined]
    assert history.grids == () and history.view.image.isNull()
    history.show_grids((), CLASSES)
    assert not history.findChild(QWidget, "train_film_button").isVisible()


def click_film(driver: Driver) -> None:
    driver.find("train_film_button", QPushButton).click()
    driver.paint()


# -- the loss on held-out pictures


def saved(step: int, held_out: float | None) -> Saved:
    return Saved(step, 2.0 * step, held_out, None)


def test_held_out_pictures_are_drawn_beside_the_running_mean(panel: Driver) -> None:
    shown = dialog(panel)
    assert shown.plot.held_out() == [2 / step for step in STEPS]
    assert "held out 0.0500<" in shown.loss_note.text() and "same noise" in shown.loss_note.toolTip()
    blue, amber = colours(shown.loss_note)
    pixels = as_array(shown.plot.grab().toImage())
    assert all((pixels == colour).all(axis=2).any() for colour in (blue, amber))
    shown.show_event(saved(50, None), stopping=False)  # not measured: nothing changes
    assert len(shown.plot.held_out()) == 3


def test_a_loss_that_turns_is_said(panel: Driver) -> None:
    shown = dialog(panel)
    for step, loss in ((50, 0.06), (60, 0.07)):
        shown.show_event(saved(step, loss), stopping=False)
    assert "held out 0.0700, rising" in shown.loss_note.text() and "by heart" in shown.loss_note.toolTip()
    shown.show_event(saved(60, 0.05), stopping=False)  # a checkpoint that comes again
    assert shown.plot.held_out() == [*(2 / step for step in STEPS), 0.06, 0.05]
    assert "rising" not in shown.loss_note.text()
    panel.window.set_theme("light")
    panel.paint()
    assert "#a85a00" in shown.loss_note.text()


def colours(note: QLabel) -> list[tuple[int, ...]]:
    found = re.findall(r"color:#(\w\w)(\w\w)(\w\w)", note.text())
    return [tuple(int(part, 16) for part in parts) for parts in found]
