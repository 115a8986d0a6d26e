"""Little first: what a beginner sees of the panel, and how the rest is found."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from gui_driver import Driver
from PySide6.QtCore import QPoint, QRect, QSettings, Qt
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QListWidget, QPushButton

from diffviz.gui.panels.run_card import order
from diffviz.gui.panels.tab_order import tab_stops
from diffviz.scene import ModelSpec, SamplerSpec, Scene

pytestmark = pytest.mark.display

K = Qt.Key
FEW = ("model_combo", "class_combo", "count_combo", "sampler_combo", "steps_spin")
RARE = ("guidance_spin", "clip_combo", "rederive_check", "pace_combo", "noise_spin", "spacing_combo")


@pytest.fixture
def folded(driver: Driver) -> Driver:
    driver.window.controller.side.open_folds("")
    return driver


def seen(driver: Driver, names: tuple[str, ...]) -> list[str]:
    driver.paint()
    return [name for name in names if driver.find(name).isVisible()]


def test_adding_noise_shows_the_chain_as_one_line(folded: Driver) -> None:
    line = folded.find("chain_fold", QPushButton)
    assert line.isVisible() and line.text() == "tiny · dot · DDPM 5 ▸"
    assert seen(folded, ("schedule_combo", "T_spin", "seed_spin")) == ["schedule_combo", "T_spin", "seed_spin"]
    assert seen(folded, (*FEW, *RARE)) == []
    line.click()
    assert seen(folded, FEW) == list(FEW) and line.text().endswith("▾")


def test_removing_noise_shows_what_is_chosen_first(folded: Driver) -> None:
    folded.trigger("direction_reverse")
    assert seen(folded, FEW) == list(FEW)
    assert seen(folded, (*RARE, "chain_fold", "schedule_combo")) == []
    folded.find("more_fold", QPushButton).click()
    assert seen(folded, RARE) == list(RARE)


def test_a_dot_says_that_something_is_not_as_at_first(folded: Driver) -> None:
    folded.trigger("direction_reverse")
    more, back = folded.find("more_fold", QPushButton), folded.find("defaults_button", QPushButton)
    assert more.text() == "More ▸"
    folded.set("guidance_spin", 3.0)
    assert more.text() == "More • ▸" and "guidance 3" in more.toolTip()
    more.click()
    assert back.isVisible() and "guidance 3" in back.toolTip()
    back.click()
    folded.paint()
    assert folded.scene.model.guidance == 1 and more.text() == "More ▾" and not back.isVisible()
    folded.trigger("undo")
    assert folded.scene.model.guidance == 3


def test_what_is_open_is_remembered(make_driver: Callable[..., Driver], tmp_path: Path) -> None:
    def opened() -> Driver:
        return make_driver(settings=QSettings(str(tmp_path / "s.ini"), QSettings.Format.IniFormat))

    first = opened()
    assert not first.find("more_fold", QPushButton).isChecked()
    first.find("more_fold", QPushButton).click()
    first.window.close()
    second = opened()
    assert second.find("more_fold", QPushButton).isChecked()
    assert not second.find("chain_fold", QPushButton).isChecked()


def test_generate_stays_where_it_is_and_says_what_it_will_do(folded: Driver) -> None:
    def corner() -> QPoint:
        folded.paint()
        button = folded.generate_button
        return button.mapTo(folded.window, QPoint(0, button.height()))

    place = corner()
    words = [folded.generate_button.text()]
    assert folded.find("denoise_button").isVisible()
    folded.trigger("direction_reverse")
    assert corner() == place and not folded.find("denoise_button").isVisible()
    folded.choose("count_combo", "16")
    words.append(folded.generate_button.text())
    folded.choose("count_combo", "1")
    folded.generate()
    folded.until(lambda: corner() == place)  # as soon as the line of what went on has gone
    assert folded.find("decide_button").isVisible() and folded.find("futures_button").isVisible()
    folded.trigger("laboratory")
    assert corner() == place
    assert [*words, folded.generate_button.text()] == ["Generate “dot”", "Generate 16 “dot”", "Run"]


@pytest.mark.parametrize(
    ("name", "count", "rows", "words"),
    [
        ("person", 1, False, "Generate “person”"),
        ("cat", 16, False, "Generate 16 “cat”"),
        ("person", 4, False, "Generate 4 “person”"),
        ("animal", 1, False, "Generate “animal”"),
        ("bald", 1, False, "Generate “bald”"),
        ("a bald man", 4, False, "Generate 4 “a bald man”"),
        ("smiling", 1, False, "Generate “smiling”"),
        ("sad", 16, False, "Generate 16 “sad”"),
        ("face-hat", 1, False, "Generate “face-hat”"),
        ("red hair, glasses, sad", 1, False, "Generate from words"),
        ("red hair, glasses, sad", 4, False, "Generate 4 pictures"),
        (None, 1, False, "Generate a picture"),
        (None, 9, False, "Generate 9 pictures"),
        ("cat", 16, True, "Generate 4 of each"),
    ],
)
def test_the_words_on_the_button(name: str | None, count: int, rows: bool, words: str) -> None:
    assert order(Scene(model=ModelSpec("x", name), count=count, class_rows=rows), "picture") == words


def test_a_long_name_is_cut_and_not_what_is_done_with_it(folded: Driver) -> None:
    """ "Generate …rom words" and "Generate …e a hat”" stood there."""
    for name, whole in (("red hair, glasses, sad", True), ("a face with a hat", False)):
        scene = Scene(model=ModelSpec("x", name), count=16)
        folded.window.controller.side.generate.show_order(order(scene, "picture"))
        words = folded.generate_button.text()
        assert ("…" in words) != whole and words.startswith("Generate 16 " if whole else "Generate 16 “a")


def test_the_samples_are_thumbnails_with_names(folded: Driver) -> None:
    button = folded.find("samples_button")
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse)
    button.click()
    sheet, items = folded.find("sample_sheet"), folded.find("sample_list", QListWidget)
    folded.paint()
    QCursor.setPos(sheet.mapToGlobal(sheet.rect().center()))
    assert sheet.isVisible() and items.count() >= 4
    names = [items.item(i).text() for i in range(items.count())]
    assert "rocket" in names and not any(items.item(i).icon().isNull() for i in range(items.count()))
    for _ in range(names.index("rocket")):
        folded.key(K.Key_Right, widget=items)
    folded.key(K.Key_Return, widget=items)
    folded.idle()
    assert folded.scene.data.source == "builtin:rocket" and not sheet.isVisible()
    assert not button.underMouse(), "the mouse has left it for the sheet"


@pytest.mark.parametrize("screen", [QRect(0, 0, 960, 540), QRect(0, 0, 1920, 1080)])
def test_all_samples_are_seen_with_their_names_on_a_low_screen_too(
    folded: Driver, screen: QRect, monkeypatch: pytest.MonkeyPatch
) -> None:
    button = folded.find("samples_button")
    monkeypatch.setattr(button, "screen", lambda: type("Screen", (), {"availableGeometry": lambda self: screen})())
    button.click()
    sheet, items = folded.find("sample_sheet"), folded.find("sample_list", QListWidget)
    folded.paint()
    assert screen.contains(sheet.geometry())
    seen = items.viewport().rect()
    for i in range(items.count()):
        item = items.item(i)
        assert seen.contains(items.visualItemRect(item)), item.text()
        assert items.fontMetrics().horizontalAdvance(item.text()) + 18 <= items.visualItemRect(item).width()
    assert not items.verticalScrollBar().isVisible()
    sheet.close()


def test_defaults_are_those_of_the_folder(folded: Driver) -> None:
    folded.window.controller.store.edit(sampler=SamplerSpec("ddim", 7, "leading", (("eta", 0.5),)))
    folded.paint()
    assert "spacing leading" in folded.find("more_fold").toolTip()
    folded.find("defaults_button", QPushButton).click()
    sampler = folded.scene.sampler
    assert (sampler.name, sampler.steps) == ("ddim", 7) and sampler.spacing == "trailing" and not sampler.params


@pytest.mark.parametrize("page", ["direction_forward", "direction_reverse", "laboratory"])
def test_a_line_that_opens_what_is_under_it_stays_where_it_is(folded: Driver, page: str) -> None:
    side = folded.window.controller.side
    for _ in range(2):  # the cards change places with the pages
        folded.trigger("direction_reverse")
        folded.trigger(page)
        folded.idle()
        folded.paint()
        for line in [line for line in (side.chain, side.more) if line.isVisible()]:
            above = line.mapTo(folded.window, QPoint(0, 0))
            for _ in range(2):
                line.click()
                folded.paint()
                assert line.mapTo(folded.window, QPoint(0, 0)) == above
        stops = [widget.mapTo(side.column.widget(), QPoint(0, 0)).y() for widget in tab_stops(side.column)]
        rows = [(y, later) for y, later in pairwise(stops) if later < y - 10]  # two of a row are not as high
        assert rows == []


def test_a_name_that_has_no_room_on_the_button_is_cut_and_the_number_stays(folded: Driver) -> None:
    folded.trigger("direction_reverse")
    folded.paint()
    button = folded.window.controller.side.generate
    for words in ("Generate 16 “person”", "Generate 64 “skeptical”", "Generate 64 from words"):
        button.show_order(words)
        assert button.text() == words
    button.show_order("Generate 64 “neutral-skeptical”")
    assert button.text().startswith("Generate 64 “neu") and "…" in button.text()
