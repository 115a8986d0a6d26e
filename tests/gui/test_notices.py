"""Notices lie over the window, move nothing of it, and go with the state that they speak of."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from handing_over import drop, files, image_of
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QLabel, QToolButton, QVBoxLayout, QWidget

from diffviz.engine.messages import Fault
from diffviz.gui.panels.message_bar import Message, MessageBar
from diffviz.scene import ModelSpec
from diffviz.scene_file import save_scene

pytestmark = pytest.mark.display


def said(driver: Driver) -> list[str]:
    """All but what the tiny model's weak schedule is warned of for."""
    return [text for text in driver.messages() if "ᾱ at t = T" not in text]


def geometries(driver: Driver) -> dict[int, tuple[int, ...]]:
    bar = driver.find("message_bar")
    shown = [w for w in driver.window.findChildren(QWidget) if w is not bar and not bar.isAncestorOf(w)]
    return {id(w): (*w.geometry().getRect(), w.isVisible()) for w in shown}


def test_a_notice_in_a_layout_is_whole(qapp: QApplication) -> None:
    """It was cut to the place over a window that it does not lie over."""
    bar, holder = MessageBar(), QWidget()
    QVBoxLayout(holder).addWidget(bar)
    holder.resize(700, 200)
    holder.show()
    for text in ("a.gif is written, 562 kB.", "several-words.mp4 is written, and it is a long sentence."):
        bar.show_message(text, "info")
        (words,) = (label.text() for label in bar.findChildren(QLabel) if label.isVisible() and label.text())
        assert words == text
    (others,) = (button for button in bar.findChildren(QToolButton) if button.isVisible() and button.text() == "+1")
    others.click()
    shown = [label.text() for label in bar.findChildren(QLabel) if label.isVisible() and label.text()]
    assert shown == bar.texts() and len(shown) == 2
    holder.deleteLater()


@pytest.mark.parametrize("size", [(1280, 800), (1440, 860), (900, 600)])
def test_a_notice_moves_nothing(size: tuple[int, int], driver: Driver) -> None:
    driver.window.resize(*size)
    driver.idle()
    driver.paint()
    bar, before = driver.window.controller.bar, geometries(driver)
    for text in ("A short one.", "A long one, " + 40 * "with words " + ".", "A third."):
        bar.show_message(text, "info")
        driver.paint()
        assert geometries(driver) == before
    assert bar.isVisible() and bar.parentWidget() is driver.window
    assert driver.window.rect().contains(bar.geometry())
    bar.clear()
    driver.paint()
    assert geometries(driver) == before


def test_a_long_one_covers_nothing_until_all_of_it_is_wanted(driver: Driver) -> None:
    """One of three lines lay over the pages, Samples and Export in a narrow window, and took their clicks."""
    driver.window.resize(960, 508)
    bar, parts = driver.window.controller.bar, driver.window.parts
    text = "All its futures from here are one and the same, as the sampler adds no noise. " * 3
    for remedy in (None, ("Open another…", bar.clear)):
        bar.show_message(text, "info", remedy)
        driver.paint()
        message = bar.findChildren(Message)[-1]
        buttons = [w.mapTo(driver.window, QPoint(0, 0)).y() for w in parts.top.findChildren(QWidget)]
        assert bar.geometry().bottom() < min(buttons) and bar.x() > 200
        assert message._words.text().endswith("…") and message._words.toolTip() and message.others.isVisible()
        message.others.click()
        driver.paint()
        assert message._words.text() == text and not message.others.isVisible() and not message._words.toolTip()
        assert message._words.height() >= message._words.heightForWidth(message._words.width())
    assert driver.window.rect().contains(bar.geometry())


def test_in_a_presented_laboratory_too(driver: Driver) -> None:
    driver.window.resize(1800, 1000)
    driver.trigger("laboratory")
    driver.trigger("presentation")
    driver.turned()
    driver.idle()
    bar, page = driver.window.controller.bar, driver.window.controller.laboratory.page
    page.title.setText("Compare runs")
    driver.paint()
    before = geometries(driver)
    for text in ("A short one.", "A long one, " + 40 * "with words "):
        bar.show_message(text, "info")
        driver.paint()
        assert geometries(driver) == before and bar.geometry().right() < driver.window.width()
        assert bar.x() > page.title.mapTo(driver.window, page.title.rect().topRight()).x()
        assert bar.geometry().bottom() < page.sheet.mapTo(driver.window, QPoint(0, 0)).y()


@pytest.mark.parametrize("lens", ["schedule", "posterior"])
def test_in_a_presentation_too(lens: str, driver: Driver) -> None:
    """The pictures gave way to it, and were noised anew in other pixels, twice before an audience."""
    driver.window.resize(1800, 1000)
    driver.trigger(f"lens_{lens}")
    driver.trigger("presentation")
    driver.turned()
    driver.idle()
    bar, before = driver.window.controller.bar, geometries(driver)
    bar.show_message("A short one.", "info")
    driver.paint()
    assert bar.isVisible() and geometries(driver) == before
    panel = driver.window.controller.schedule_panel
    row = bar.geometry().translated(-panel.mapTo(driver.window, QPoint(0, 0)))
    beside = [w for w in panel.findChildren(QWidget) if w.isVisible() and w.geometry().intersects(row)]
    assert [w for w in beside if w.parentWidget() is panel] == [] and panel.rect().contains(row)
    bar.show_message("A long one, " + 40 * "with words ", "info")  # is cut: the pictures gave way to it
    driver.paint()
    assert panel.mapTo(driver.window, QPoint(0, 0)).y() < bar.y() and geometries(driver) == before
    bar.clear()
    driver.paint()
    assert geometries(driver) == before


def test_a_small_presentation_leaves_it_room_over_numbers(driver: Driver) -> None:
    """Its remedies were cut to a letter each."""
    driver.trigger("lens_posterior")
    driver.trigger("presentation")
    driver.turned()
    driver.window.resize(960, 540)
    driver.idle()
    bar, panel = driver.window.controller.bar, driver.window.controller.schedule_panel
    bar.show_message(
        "A long one, " + 40 * "with words ", remedy=("Open another…", bar.clear), other=("Go on", bar.clear)
    )
    driver.paint()
    message, lies = bar.findChildren(Message)[-1], bar.geometry().translated(-panel.mapTo(driver.window, QPoint(0, 0)))
    buttons = [w for w in message.findChildren(QAbstractButton) if w.isVisible()]
    assert len(buttons) == 5 and all(w.width() >= w.sizeHint().width() for w in buttons)
    pressed = [w for kind in (QAbstractButton, QAbstractSpinBox) for w in panel.findChildren(kind) if w.isVisible()]
    assert len(pressed) > 9
    assert [w for w in pressed if lies.intersects(w.rect().translated(w.mapTo(panel, QPoint(0, 0))))] == []


def test_one_notice_leaves_menus_and_pages_free(driver: Driver) -> None:
    driver.window.resize(1280, 800)
    driver.window.controller.bar.show_message("There is no noise to remove at t = 0; move the slider first.", "info")
    driver.paint()
    bar, menus = driver.find("message_bar"), driver.window.menuBar()
    for action in menus.actions():
        assert not bar.geometry().intersects(menus.actionGeometry(action).translated(menus.pos()))
    top = driver.window.parts.top
    assert bar.geometry().bottom() <= top.mapTo(driver.window, top.rect().topLeft()).y() + 4


def test_a_notice_of_two_lines_leaves_the_pages_free(driver: Driver) -> None:
    """It lay one pixel over their row."""
    driver.window.resize(1280, 800)
    driver.window.controller.bar.show_message("There is no noise to remove at t = 0. " * 5, "info")
    driver.paint()
    bar, top = driver.find("message_bar"), driver.window.parts.top
    assert bar.height() > 30 and bar.geometry().bottom() < top.mapTo(driver.window, top.rect().topLeft()).y()


def test_of_several_the_newest_is_seen_and_covers_no_button(driver: Driver) -> None:
    driver.window.resize(1280, 800)
    bar, top = driver.window.controller.bar, driver.window.parts.top
    for text in ("First.", "Second.", "Third."):
        bar.show_message(text, "info")
    driver.paint()

    def seen() -> list[str]:
        driver.paint()
        return [message.text for message in bar.findChildren(Message) if message.isVisible()]

    assert seen() == ["Third."] and bar.texts() == ["First.", "Second.", "Third."]
    assert bar.geometry().bottom() <= top.mapTo(driver.window, top.rect().topLeft()).y() + 4
    [more] = [b for b in driver.message_buttons() if b.text() == "+2"]  # type: ignore[attr-defined]
    assert "2 other" in more.accessibleName()
    more.click()  # type: ignore[attr-defined]
    assert seen() == ["First.", "Second.", "Third."]
    bar.show_message("Fourth.", "info")
    assert seen() == ["Fourth."]
    bar.present(True)  # who is presented to does not read what was said along the way, but what is said now
    assert seen() == [] and not bar.isVisible()
    bar.show_message("Fifth.", "warning")
    assert seen() == ["Fifth."]
    bar.present(False)
    assert seen() == ["Fifth."] and len(bar.texts()) == 3


def test_a_notice_is_read_out(driver: Driver) -> None:
    driver.window.controller.bar.show_message("Something is so.", "info")
    assert "Something is so." in [w.accessibleName() for w in driver.find("message_bar").findChildren(QWidget)]


def test_no_noise_at_0_goes_when_t_moves(driver: Driver) -> None:
    driver.set_t(0)
    driver.trigger("denoise")
    assert any("t = 0" in text for text in said(driver))
    driver.set_t(7)
    assert said(driver) == []


def test_a_refusal_goes_when_its_reason_has_gone(driver: Driver) -> None:
    driver.reset(driver.first_scene.replace(view=dataclasses.replace(driver.scene.view, pace="step")))
    driver.trigger("generate")
    driver.until(lambda: driver.window.controller.chains.states)
    assert not driver.window.doors.runs.save("/nowhere/x")
    assert said(driver) == ["A chain is running; press Stop first."]
    driver.trigger("cancel")
    driver.idle()
    assert said(driver) == []


def test_a_fault_is_said_until_something_else_is_shown(driver: Driver) -> None:
    """The red notice stood beside three models and on two pages."""
    driver.set_t(7)
    driver.window.controller.reception.receive(Fault("The noisy picture could not be computed."))
    assert len(said(driver)) == 1 and "could not be computed" in said(driver)[0]
    driver.set_t(8)
    assert said(driver) == []


def test_denoising_is_said_while_its_chain_is_shown(driver: Driver) -> None:
    driver.trigger("denoise")
    driver.idle()
    assert any("Denoised from" in text for text in said(driver))
    driver.generate()
    assert said(driver) == []
    driver.trigger("direction_forward")
    driver.trigger("denoise")
    driver.idle()
    driver.trigger("direction_forward")
    driver.idle()
    assert said(driver) == []


def test_futures_are_explained_while_they_are_shown(driver: Driver) -> None:
    driver.generate()
    driver.window.controller.walk.step(-3)
    driver.trigger("futures")
    driver.idle()
    assert any("Click one" in text for text in said(driver))
    driver.trigger("return")
    driver.idle()
    assert said(driver) == []


def test_a_class_that_lacked_goes_with_the_choice_and_with_undo(driver: Driver, tmp_path: Path) -> None:
    model = ModelSpec(driver.scene.model.name, "vehicle")
    save_scene(driver.scene.replace(model=model), tmp_path / "old.json")
    drop(driver, files(tmp_path / "old.json"))
    assert any("vehicle" in text for text in said(driver))
    driver.choose("class_combo", "cross")
    driver.idle()
    assert said(driver) == []


def test_a_favourite_that_is_not_there_yet(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.idle()
    driver.window.controller.favourites.mark()
    assert said(driver) == ["There is no sample to mark yet."]
    driver.generate()
    assert said(driver) == []


def test_an_empty_clipboard_until_something_is_copied(driver: Driver) -> None:
    clipboard, told = QGuiApplication.clipboard(), []
    clipboard.dataChanged.connect(listen := lambda: told.append(True))
    clipboard.setText("words")
    driver.until(lambda: told)  # a display tells of it later
    clipboard.dataChanged.disconnect(listen)
    driver.trigger("paste")
    assert any("clipboard" in text for text in said(driver))
    clipboard.setImage(image_of(np.zeros((4, 4, 3), np.uint8)))
    driver.until(lambda: said(driver) == [])


def test_keys_that_do_nothing_now_say_why_until_something_changes(driver: Driver) -> None:
    driver.key(Qt.Key.Key_G)
    assert said(driver) == ["Only in “Remove noise”."]
    driver.set_t(9)
    driver.key(Qt.Key.Key_J)  # belongs to nothing
    assert said(driver) == []
    driver.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert said(driver) == [] and driver.scene.t != 9  # undone without a word
    driver.window.keyPressEvent(QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier))
    assert said(driver) == ["Nothing is running."]


def test_keys_that_do_nothing_while_a_chain_runs_say_why_at_all_its_states(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.window.controller.options.view(pace="step")
    driver.trigger("generate")
    chains = driver.window.controller.chains
    driver.until(lambda: len(chains.states) == 1)
    driver.key(Qt.Key.Key_8)
    words = said(driver)
    assert len(words) == 1
    driver.key(Qt.Key.Key_Right)
    driver.until(lambda: len(chains.states) == 2)
    assert said(driver) == words
    driver.trigger("cancel")
    driver.idle()
    assert said(driver) == []


# -- files


def bad(tmp_path: Path, *names: str) -> list[Path]:
    for name in names:
        (tmp_path / name).write_text("no picture")
    return [tmp_path / name for name in names]


def test_three_refused_files_are_one_notice_with_a_list(driver: Driver, tmp_path: Path) -> None:
    for path in bad(tmp_path, "a.png", "b.json", "c.png"):
        drop(driver, files(path))
    [text] = said(driver)
    assert text.startswith("3 files could not be opened") and len(text.split("\n")) == 4
    assert all(name in text for name in ("a.png", "b.json", "c.png"))
    drop(driver, files(tmp_path / "a.png"))  # again: it is in the list
    assert said(driver)[0].count("a.png") == 1


def test_a_list_covers_no_button_before_it_is_asked_for(driver: Driver, tmp_path: Path) -> None:
    driver.window.resize(1024, 640)
    for path in bad(tmp_path, "a.png", "b.png", "c.png"):
        drop(driver, files(path))
    driver.paint()
    bar, top = driver.window.controller.bar, driver.window.parts.top
    [message] = bar.findChildren(Message)
    assert "c.png" in message._words.text() and "a.png" not in message._words.text()
    assert bar.geometry().bottom() <= top.mapTo(driver.window, top.rect().topLeft()).y() + 1
    [more] = [b for b in driver.message_buttons() if b.text() == "+2"]  # type: ignore[attr-defined]
    more.click()  # type: ignore[attr-defined]
    assert message._words.text() == message.text and not more.isVisible()


def test_the_list_goes_when_a_file_is_opened(driver: Driver, tmp_path: Path, picture_file: Path) -> None:
    for path in bad(tmp_path, "a.png", "b.png"):
        drop(driver, files(path))
    drop(driver, files(picture_file))
    assert said(driver) == []


def test_of_several_dropped_files_the_first_that_can_be_is_opened(
    driver: Driver, tmp_path: Path, picture_file: Path
) -> None:
    drop(driver, files(*bad(tmp_path, "a.png", "b.json"), picture_file, tmp_path / "c.png"))
    driver.until(lambda: "bunt.png" in driver.scene.data.source)
    driver.idle()
    assert said(driver) == ["The window shows one picture at a time; 1 more file was left."]
    driver.window.files.open_any(str(picture_file))
    driver.idle()
    assert said(driver) == []


def test_three_dropped_files_that_are_none(driver: Driver, tmp_path: Path) -> None:
    drop(driver, files(*bad(tmp_path, "a.png", "b.png", "c.png")))
    driver.until(lambda: "c.png" in "".join(said(driver)))
    [text] = said(driver)
    assert text.startswith("3 files")


def test_a_file_that_could_not_be_written_until_it_is(
    driver: Driver, tmp_path: Path, answer: Callable[[object], None]
) -> None:
    answer(tmp_path / "nowhere" / "a.json")
    driver.trigger("save_scene")
    assert len(said(driver)) == 1
    (tmp_path / "nowhere").mkdir()
    driver.trigger("save_scene")
    assert [text.split(",")[0] for text in said(driver)] == ["a.json is written"]


def test_one_of_two_lines_covers_no_button_in_the_least_window(driver: Driver) -> None:
    driver.window.resize(1024, 640)
    bar, top = driver.window.controller.bar, driver.window.parts.top
    bar.show_message(
        "The first goes on with the chain's own noise; the eight others part from it at t = 500. "
        "Click one to walk it, Esc returns.",
        "info",
    )
    driver.paint()
    [message] = bar.findChildren(Message)
    assert message._words.height() > 1.5 * message._words.fontMetrics().lineSpacing()
    assert bar.geometry().bottom() <= top.mapTo(driver.window, top.rect().topLeft()).y() + 1
