"""Pictures, every way in; what is refused says one sentence and changes nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from handing_over import drop, files, image_of, one_sentence
from PIL import Image
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMenu,
    QPushButton,
    QWidget,
)

from diffviz.gui.menus import unlettered
from diffviz.images import load_picture

pytestmark = pytest.mark.display

# -- pictures


def test_by_path(driver: Driver, picture_file: Path) -> None:
    driver.window.open_picture(str(picture_file))
    driver.idle()
    assert np.array_equal(driver.shown("x_0"), load_picture(picture_file))
    assert driver.messages() == []


def test_what_was_changed_of_a_picture_is_said(driver: Driver, tmp_path: Path) -> None:
    mask = np.zeros((16, 16), np.uint8)
    mask[4:12, 4:12] = 255
    white = Image.new("L", (16, 16), 255)
    Image.merge("LA", (white, Image.fromarray(mask))).save(tmp_path / "logo.png")
    driver.window.open_picture(str(tmp_path / "logo.png"))
    driver.idle()
    assert driver.messages() == ["logo.png: is white on a transparent ground; shown on black."]
    assert driver.shown("x_0")[8, 8].tolist() == [255] * 3 and driver.shown("x_0")[0, 0].tolist() == [0] * 3


def test_by_dialog(driver: Driver, picture_file: Path, answer: Callable[[object], None]) -> None:
    answer(picture_file)
    driver.trigger("open")
    driver.idle()
    assert np.array_equal(driver.shown("x_0"), load_picture(picture_file))


def test_a_dialog_that_is_cancelled_changes_nothing(driver: Driver, answer: Callable[[object], None]) -> None:
    before = driver.scene
    answer("")
    for name in ("open", "open_scene", "save_scene", "open_model", "save_png"):
        driver.trigger(name)
        driver.idle()
    assert driver.scene == before and driver.messages() == []


def test_by_drop(driver: Driver, picture_file: Path) -> None:
    assert drop(driver, files(picture_file))
    assert np.array_equal(driver.shown("x_0"), load_picture(picture_file))


def test_a_dropped_image_without_a_file(driver: Driver) -> None:
    array = np.random.default_rng(2).integers(0, 256, (9, 14, 3), dtype=np.uint8)
    mime = QMimeData()
    mime.setImageData(image_of(array))
    assert drop(driver, mime)
    assert np.array_equal(driver.shown("x_0"), array)


def test_words_are_not_taken_by_drop(driver: Driver) -> None:
    mime = QMimeData()
    mime.setText("hello")
    before = driver.scene
    assert not drop(driver, mime)
    assert driver.scene == before


def test_a_web_address_is_refused_in_words(driver: Driver) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl("https://example.org/cat.png")])
    drop(driver, mime)
    [text] = driver.messages()
    assert "example.org/cat.png" in text and one_sentence(text)


def test_no_child_takes_a_drop_from_the_window(driver: Driver) -> None:
    """A file that falls on the plot or on a card belongs to the window all the same."""
    takers = [
        w
        for w in driver.window.findChildren(QWidget)
        if w.acceptDrops() and w.isVisible() and w.window() is driver.window
    ]
    texts = (QLineEdit, QAbstractSpinBox)  # these take words
    assert driver.window.acceptDrops()
    assert [f"{type(w).__name__} {w.objectName()}" for w in takers if not isinstance(w, texts)] == []


def test_by_paste(driver: Driver) -> None:
    array = np.random.default_rng(3).integers(0, 256, (11, 7, 3), dtype=np.uint8)
    QGuiApplication.clipboard().setImage(image_of(array))
    driver.trigger("paste")
    driver.idle()
    assert np.array_equal(driver.shown("x_0"), array)
    assert driver.scene.data.source.startswith("sha256:")


def test_what_is_pasted_as_png_is_read_as_a_file_is(driver: Driver, picture_file: Path) -> None:
    """Qt decodes no picture of more than 256 MiB: 12,000x9,000 was called empty."""
    mime = QMimeData()
    mime.setImageData(QImage())
    mime.setData("image/png", picture_file.read_bytes())
    assert drop(driver, mime)
    assert np.array_equal(driver.shown("x_0"), load_picture(picture_file))


def test_a_pasted_file(driver: Driver, picture_file: Path) -> None:
    QGuiApplication.clipboard().setMimeData(files(picture_file))
    driver.trigger("paste")
    driver.idle()
    assert np.array_equal(driver.shown("x_0"), load_picture(picture_file))


def test_pasting_words_says_that_there_is_no_picture(driver: Driver) -> None:
    QGuiApplication.clipboard().setText("no picture")
    before = driver.scene
    driver.trigger("paste")
    driver.idle()
    assert driver.scene == before and len(driver.messages()) == 1


def test_the_samples_are_a_menu(driver: Driver) -> None:
    menus = [menu for menu in driver.window.findChildren(QMenu) if menu.title() == "Samples"]
    assert len(menus) == 1 and len(menus[0].actions()) >= 4
    seen = set()
    for action in menus[0].actions():
        action.trigger()
        driver.idle()
        seen.add(driver.shown("x_0").tobytes())
    assert len(seen) == len(menus[0].actions())


def test_recent_files_are_a_menu(driver: Driver, picture_file: Path) -> None:
    driver.window.open_picture(picture_file)
    driver.idle()
    driver.trigger("undo")
    driver.idle()
    [menu] = [menu for menu in driver.window.findChildren(QMenu) if menu.title() == "Recent"]
    menu.aboutToShow.emit()
    assert str(picture_file) in unlettered(menu.actions()[0].text())
    menu.actions()[0].trigger()
    driver.idle()
    assert driver.shown("x_0").shape == (12, 20, 3)


def test_the_same_file_is_read_anew(driver: Driver, picture_file: Path) -> None:
    driver.window.open_picture(picture_file)
    driver.idle()
    Image.new("RGB", (5, 5), (10, 20, 30)).save(picture_file)
    driver.window.open_picture(picture_file)
    driver.idle()
    assert driver.shown("x_0").shape == (5, 5, 3)
    driver.set_t(0)
    assert (driver.shown("x_t") == (10, 20, 30)).all()


def test_the_newest_of_two_pictures_wins(driver: Driver, picture_file: Path, tmp_path: Path) -> None:
    Image.new("RGB", (6, 4), (200, 0, 0)).save(tmp_path / "second.png")
    driver.window.open_picture(picture_file)
    driver.window.open_picture(tmp_path / "second.png")
    driver.idle()
    assert driver.shown("x_0").shape == (4, 6, 3)
    assert driver.scene.data.source.endswith("second.png")


def test_one_pixel(driver: Driver, tmp_path: Path) -> None:
    Image.new("RGB", (1, 1), (1, 2, 3)).save(tmp_path / "dot.png")
    driver.window.open_picture(tmp_path / "dot.png")
    driver.idle()
    driver.set_t(0)
    assert driver.shown("x_t").tolist() == [[[1, 2, 3]]]


def test_a_reduced_picture_says_its_size(driver: Driver, tmp_path: Path) -> None:
    Image.new("RGB", (3000, 20), (90, 90, 90)).save(tmp_path / "wide.png")
    driver.window.open_picture(tmp_path / "wide.png")
    driver.idle()
    assert driver.shown("x_0").shape[1] < 3000
    assert any("3000" in text and "wide.png" in text for text in driver.messages())


@pytest.mark.parametrize("name", ["bild mit leerzeichen.png", "猫🐈.png", "a" * 200 + ".png", "%41#?.png"])
def test_odd_names(name: str, driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / name
    Image.new("RGB", (4, 3), (5, 6, 7)).save(path)
    for way in (lambda: driver.window.open_picture(path), lambda: drop(driver, files(path))):
        driver.reset()
        way()
        driver.idle()
        assert driver.shown("x_0").shape == (3, 4, 3)


def bad_files(folder: Path) -> dict[str, Path]:
    made = {name: folder / f"{name}.png" for name in ("empty", "text", "cut", "gone")}
    made["empty"].write_bytes(b"")
    made["text"].write_text("no picture at all")
    Image.new("RGB", (300, 300), (1, 2, 3)).save(folder / "whole.png")
    made["cut"].write_bytes((folder / "whole.png").read_bytes()[:60])
    return made


@pytest.mark.parametrize("kind", ["empty", "text", "cut", "gone"])
def test_a_refused_picture_keeps_the_current_one_and_says_why(kind: str, driver: Driver, tmp_path: Path) -> None:
    path = bad_files(tmp_path)[kind]
    before, scene = driver.shown("x_0"), driver.scene
    driver.window.open_picture(path)
    driver.idle()
    [text] = driver.messages()
    assert path.name in text and one_sentence(text)
    assert np.array_equal(driver.shown("x_0"), before) and driver.scene == scene
    assert [b.text() for b in driver.message_buttons() if isinstance(b, QPushButton)], "no remedy button"
    driver.set_t(20)  # and everything works on
    assert driver.shown("x_t").shape == before.shape


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in the file system here")
def test_a_pipe_does_not_hang(driver: Driver, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    driver.window.open_picture(tmp_path / "pipe.png")
    driver.idle(10.0)
    assert "pipe.png" in driver.messages()[0]


def test_a_folder_as_a_picture(driver: Driver, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    driver.window.open_picture(tmp_path / "folder")
    driver.idle()
    assert "folder" in driver.messages()[0]


# -- the message bar


def test_messages_stack_and_close(driver: Driver) -> None:
    for text in ("One.", "Two.", "Three."):
        driver.window.controller.bar.show_message(text)
    assert driver.messages() == ["One.", "Two.", "Three."]
    for left in (2, 1, 0):
        close = [b for b in driver.message_buttons() if "lose" in b.toolTip()]
        close[0].click()  # type: ignore[attr-defined]
        driver.paint()
        assert len(driver.messages()) == left
    assert not driver.find("message_bar").isVisible()


def test_one_sentence_stands_once(driver: Driver, tmp_path: Path) -> None:
    for _ in range(3):
        driver.window.open_picture(tmp_path / "gone.png")
        driver.idle()
    assert len(driver.messages()) == 1


def test_no_box_is_ever_modal(driver: Driver, tmp_path: Path) -> None:
    driver.window.open_picture(tmp_path / "gone.png")
    drop(driver, files(tmp_path / "nowhere"))
    driver.idle()
    assert QApplication.activeModalWidget() is None
    assert not [d for d in driver.window.findChildren(QDialog) if d.isVisible()]


def test_the_remedy_opens_another(
    driver: Driver, tmp_path: Path, picture_file: Path, answer: Callable[[object], None]
) -> None:
    driver.window.open_picture(tmp_path / "gone.png")
    driver.idle()
    answer(picture_file)
    [remedy] = [b for b in driver.message_buttons() if isinstance(b, QPushButton)]
    remedy.click()
    driver.idle()
    assert driver.shown("x_0").shape == (12, 20, 3) and driver.messages() == []


def test_the_dialog_names_the_kinds_without_their_endings(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *words: (asked.extend(words), ("", ""))[1])
    driver.trigger("open")
    assert QFileDialog.Option.HideNameFilterDetails in asked  # of pictures alone there are more than it can show
