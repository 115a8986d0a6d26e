"""Opening pictures, scenes and models, every way in; what is refused says one sentence and changes nothing."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from chains import direct
from gui_driver import LEFT, NONE, Driver
from PIL import Image
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QFileDialog,
    QLineEdit,
    QMenu,
    QPushButton,
    QSpinBox,
    QWidget,
)

from diffviz import catalog
from diffviz.images import load_picture
from diffviz.scene import Scene, ScheduleSpec, load_scene, params, save_scene


@pytest.fixture
def answer(monkeypatch: pytest.MonkeyPatch) -> Callable[[object], None]:
    """What the next file dialogs return, without their being shown."""

    def give(path: object) -> None:
        for name in ("getOpenFileName", "getSaveFileName"):
            monkeypatch.setattr(QFileDialog, name, staticmethod(lambda *_, **__: (str(path), "")))
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", staticmethod(lambda *_, **__: str(path)))

    return give


def drop(driver: Driver, mime: QMimeData) -> bool:
    """Drop something on the window; whether it was taken."""
    actions = Qt.DropAction.CopyAction
    enter = QDragEnterEvent(driver.window.rect().center(), actions, mime, LEFT, NONE)
    QApplication.sendEvent(driver.window, enter)
    event = QDropEvent(QPointF(driver.window.rect().center()), actions, mime, LEFT, NONE)
    event.ignore()
    QApplication.sendEvent(driver.window, event)
    taken = enter.isAccepted() and event.isAccepted()
    driver.idle()
    return taken


def files(*paths: Path) -> QMimeData:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return mime


def image_of(array: np.ndarray) -> QImage:
    height, width = array.shape[:2]
    return QImage(np.ascontiguousarray(array).data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


def one_sentence(text: str) -> bool:
    return "\n" not in text and text.rstrip().endswith(".") and "Traceback" not in text


# -- pictures


def test_by_path(driver: Driver, picture_file: Path) -> None:
    driver.window.open_picture(str(picture_file))
    driver.idle()
    assert np.array_equal(driver.shown("x_0"), load_picture(picture_file))
    assert driver.messages() == []


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
    assert str(picture_file) in menu.actions()[0].text()
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


def test_messages_stack_and_close(driver: Driver, tmp_path: Path) -> None:
    made = bad_files(tmp_path)
    for kind in ("empty", "text", "gone"):
        driver.window.open_picture(made[kind])
        driver.idle()
    assert len(driver.messages()) == 3
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


# -- scenes


def change_everything(driver: Driver) -> None:
    driver.choose("schedule_combo", catalog.SCHEDULES["cosine"].label)
    driver.set("T_spin", 321)
    driver.set("seed_spin", 17)
    driver.choose("sampler_combo", "DDIM")
    driver.set("eta_spin", 0.5)
    driver.set("steps_spin", 7)
    driver.choose("class_combo", "cross")
    driver.set("guidance_spin", 2.0)
    driver.choose("count_combo", "4")
    driver.set_t(123)


def test_a_scene_comes_back_whole(
    driver: Driver, tmp_path: Path, picture_file: Path, answer: Callable[[object], None]
) -> None:
    driver.window.open_picture(picture_file)
    driver.idle()
    change_everything(driver)
    saved, pictures = driver.scene, [driver.shown(name) for name in ("x_t", "x_0", "eps")]
    path = tmp_path / "mine.json"
    answer(path)
    driver.trigger("save_scene")
    assert load_scene(path)[0] == saved
    for way in (lambda: driver.trigger("open_scene"), lambda: drop(driver, files(path))):
        driver.reset()
        assert driver.scene != saved
        way()
        driver.idle()
        assert driver.scene == saved
        for name, picture in zip(("x_t", "x_0", "eps"), pictures, strict=True):
            assert np.array_equal(driver.shown(name), picture)
        assert driver.find("seed_spin", QSpinBox).value() == 17
        assert driver.find("class_combo", QComboBox).currentText() == "cross"
        assert driver.slider.value() == 123 and driver.slider.maximum() == 321
    driver.trigger("undo")
    driver.idle()
    assert driver.scene == driver.first_scene


def test_a_pasted_picture_is_saved_inside_the_scene(
    driver: Driver, tmp_path: Path, answer: Callable[[object], None], make_driver: Callable[..., Driver]
) -> None:
    array = np.random.default_rng(5).integers(0, 256, (10, 10, 3), dtype=np.uint8)
    QGuiApplication.clipboard().setImage(image_of(array))
    driver.trigger("paste")
    driver.idle()
    answer(tmp_path / "pasted.json")
    driver.trigger("save_scene")
    saved = driver.scene
    other = make_driver()  # knows nothing of the picture
    other.window.files.open_scene(str(tmp_path / "pasted.json"))
    other.idle()
    assert np.array_equal(other.shown("x_0"), array) and other.scene == saved


def test_a_name_without_suffix_gets_one(driver: Driver, tmp_path: Path, answer: Callable[[object], None]) -> None:
    answer(tmp_path / "plain")
    driver.trigger("save_scene")
    assert (tmp_path / "plain.json").is_file()


@pytest.mark.parametrize(
    "content", ["", "{", "[]", '{"format": 99}', '{"format": 1, "t": -5}', '{"format": 1, "t": "x"}', "\x00\x01"]
)
def test_a_refused_scene_changes_nothing(content: str, driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "odd.json"
    path.write_text(content)
    before, picture = driver.scene, driver.shown("x_t")
    drop(driver, files(path))
    [text] = driver.messages()
    assert "odd.json" in text and one_sentence(text)
    assert driver.scene == before and np.array_equal(driver.shown("x_t"), picture)


def test_a_scene_whose_picture_is_gone_keeps_the_current_one(driver: Driver, tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text(json.dumps({"format": 1, "t": 5, "data": {"source": f"path:{tmp_path / 'gone.png'}"}}))
    before = driver.shown("x_0")
    drop(driver, files(path))
    assert any("gone.png" in text for text in driver.messages())
    assert np.array_equal(driver.shown("x_0"), before)
    assert "gone.png" not in driver.scene.data.source  # what is shown is what the scene says


def test_a_scene_in_reverse(driver: Driver, tmp_path: Path, tiny_scene: Scene) -> None:
    save_scene(tiny_scene.replace(direction="reverse", seed=6, t=100), tmp_path / "r.json")
    drop(driver, files(tmp_path / "r.json"))
    assert driver.action("direction_reverse").isChecked()
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])


def test_a_scene_opened_over_a_finished_chain_shows_no_old_state(
    driver: Driver, tmp_path: Path, tiny_scene: Scene
) -> None:
    driver.generate()
    end = driver.shown("x_t")
    save_scene(tiny_scene.replace(direction="reverse", t=100), tmp_path / "r.json")
    drop(driver, files(tmp_path / "r.json"))
    assert not np.array_equal(driver.shown("x_t"), end)
    assert driver.shown("x_0").size == 0 and driver.slider.value() == 100


# -- copy and save


def test_copy_is_the_panels_pixels(driver: Driver) -> None:
    QGuiApplication.clipboard().clear()
    driver.trigger("copy")
    copied = QGuiApplication.clipboard().image().convertToFormat(QImage.Format.Format_RGB888)
    shown = driver.shown("x_t")
    assert (copied.height(), copied.width()) == shown.shape[:2]
    rows = np.frombuffer(copied.constBits(), np.uint8).reshape(copied.height(), copied.bytesPerLine())
    assert np.array_equal(rows[:, : 3 * copied.width()].reshape(shown.shape), shown)


def test_save_panel_as_png(driver: Driver, tmp_path: Path, answer: Callable[[object], None]) -> None:
    answer(tmp_path / "panel")
    driver.trigger("save_png")
    with Image.open(tmp_path / "panel.png") as saved:
        assert np.array_equal(np.asarray(saved.convert("RGB")), driver.shown("x_t"))


def test_saving_into_a_missing_folder_is_one_sentence(
    driver: Driver, tmp_path: Path, answer: Callable[[object], None]
) -> None:
    answer(tmp_path / "nowhere" / "a.png")
    driver.trigger("save_png")
    answer(tmp_path / "nowhere" / "a.json")
    driver.trigger("save_scene")
    texts = driver.messages()
    assert len(texts) == 2 and all("nowhere" in text or "a." in text for text in texts)
    assert all(one_sentence(text) for text in texts)


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


def test_unknown_keys_of_a_newer_scene_survive(
    driver: Driver, tmp_path: Path, tiny_scene: Scene, answer: Callable[[object], None]
) -> None:
    save_scene(tiny_scene, tmp_path / "a.json")
    value = json.loads((tmp_path / "a.json").read_text())
    value["weather"] = {"rain": True}
    value["view"]["halo"] = 3
    (tmp_path / "a.json").write_text(json.dumps(value))
    drop(driver, files(tmp_path / "a.json"))
    driver.set_t(11)
    answer(tmp_path / "b.json")
    driver.trigger("save_scene")
    saved = json.loads((tmp_path / "b.json").read_text())
    assert saved["weather"] == {"rain": True} and saved["view"]["halo"] == 3 and saved["t"] == 11


def test_a_scene_with_a_weak_schedule_is_warned_of(driver: Driver, tmp_path: Path, tiny_scene: Scene) -> None:
    weak = ScheduleSpec("linear", 100, params(beta_start=0.0001, beta_end=0.002))
    save_scene(tiny_scene.replace(schedule=weak), tmp_path / "weak.json")
    drop(driver, files(tmp_path / "weak.json"))
    assert any("ᾱ_T" in text for text in driver.messages())


def test_the_last_entry_of_the_model_menu_opens_a_folder(
    driver: Driver, tiny_model_folder: Path, answer: Callable[[object], None]
) -> None:
    combo = driver.find("model_combo", QComboBox)
    before = combo.currentText()
    answer("")
    combo.setCurrentIndex(combo.count() - 1)
    driver.idle()
    assert combo.currentText() == before  # cancelled: the loaded one is shown
    answer(tiny_model_folder)
    combo.setCurrentIndex(combo.count() - 1)
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
    assert any("ᾱ_T" in text for text in driver.messages())
    driver.window.controller.bar.clear()
    driver.generate()
    driver.set_t(60)
    assert driver.messages() == []  # closed is closed
    driver.trigger("direction_forward")
    driver.idle()
    assert driver.messages() == []  # Forward's own is fine
