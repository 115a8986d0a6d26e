"""The export dialog: what it writes is decoded again; a failed or cancelled one leaves the old file or none."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from chains import direct
from gui_driver import Driver
from PIL import Image
from pixels import from_uint8, to_uint8
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSpinBox,
)

from diffviz import catalog
from diffviz.diffusion import SCHEDULES, add_noise
from diffviz.engine.noise import held_noise
from diffviz.export.encoders import ENCODERS
from diffviz.gui.panels.export_order import TIPS
from diffviz.gui.panels.segments import Segments
from diffviz.gui.theme import drawn


class Dialog:
    """The export dialog by its names."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        driver.trigger("export")
        driver.paint()
        self.widget = driver.find("export_dialog", QDialog)

    def set_format(self, text: str) -> None:
        found = [b for b in self.widget.findChildren(QAbstractButton) if b.text() == text]
        if not found[0].isVisible():
            [more] = [b for b in self.widget.findChildren(QPushButton) if b.text().startswith("More")]
            more.click()
        found[0].click()

    def set_path(self, path: Path) -> None:
        edit = self.widget.findChild(QLineEdit, "export_path")
        edit.setFocus()
        edit.clear()
        QTest.keyClicks(edit, str(path))

    def set_frames(self, count: int) -> None:
        self.widget.findChild(QSpinBox, "export_frames_spin").setValue(count)

    def set_long(self) -> None:
        """A film that takes a while."""
        self.set_frames(2000)
        self.widget.findChild(QDoubleSpinBox, "export_seconds_spin").setValue(100)

    def set_small(self, layout: str = "x_t") -> None:
        for name, data in (("export_size_combo", 256), ("export_layout_combo", layout)):
            combo = self.widget.findChild(QComboBox, name)
            combo.setCurrentIndex(combo.findData(data))

    @property
    def button(self) -> QPushButton:
        return self.widget.findChild(QPushButton, "export_button")

    @property
    def cancel(self) -> QPushButton:
        return self.widget.findChild(QPushButton, "export_cancel_button")

    @property
    def status(self) -> str:
        return self.widget.findChild(QLabel, "export_status").text()

    def words(self) -> str:
        return " ".join(label.text() for label in self.widget.findChildren(QLabel) if label.isVisibleTo(self.widget))

    def write(self) -> None:
        self.button.click()
        self.driver.idle(60.0)


@pytest.fixture
def dialog(driver: Driver, tmp_path: Path) -> Dialog:
    driver.window.files.folder = str(tmp_path)
    made = Dialog(driver)
    made.set_format("MP4")
    made.set_small()
    made.set_frames(5)
    made.widget.findChild(QDoubleSpinBox, "export_seconds_spin").setValue(5)
    made.set_path(tmp_path / "film.mp4")
    return made


def decoded(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def test_it_is_not_modal_and_beside_the_window(dialog: Dialog) -> None:
    assert dialog.widget.isVisible() and not dialog.widget.isModal()
    assert QApplication.activeModalWidget() is None


@pytest.mark.parametrize("suffix", [".mp4", ".gif", ".webm", ".webp", ".apng"])
def test_every_format_is_decoded_again(suffix: str, dialog: Dialog, tmp_path: Path) -> None:
    dialog.set_format(ENCODERS[suffix].label)
    dialog.set_path(tmp_path / f"film{suffix}")
    dialog.widget.findChild(QDoubleSpinBox, "export_seconds_spin").setValue(1)
    dialog.write()
    path = tmp_path / f"film{suffix}"
    if suffix in (".webp", ".apng"):
        with Image.open(path) as film:
            count, size = film.n_frames, film.size
            film.seek(0)
            first = np.asarray(film.convert("RGB"))
    else:
        frames = decoded(path)
        count, size, first = len(frames), frames[0].shape[1::-1], frames[0]
    assert count >= 5 and size == (256, 256)
    gap = np.abs(first.astype(int) - dialog.driver.picture.astype(int)).mean()
    assert gap < 12, "the first frame is not the picture"
    assert path.name in dialog.status and re.search(r"\d (kB|MB)", dialog.status)
    assert os.listdir(tmp_path) == [path.name]
    [show] = [b for b in dialog.widget.findChildren(QPushButton) if b.text().lower().strip() == "show in folder"]
    assert show.isVisible()


def test_a_png_folder_holds_the_exact_frames(dialog: Dialog, tmp_path: Path) -> None:
    dialog.set_format(ENCODERS[""].label)
    dialog.set_path(tmp_path / "frames")
    dialog.write()
    files = sorted((tmp_path / "frames").glob("*.png"))
    assert len(files) >= 5
    x_0, schedule = dialog.driver.picture, SCHEDULES["linear"](T=100)
    with Image.open(files[0]) as first:
        assert np.array_equal(np.asarray(first.convert("RGB")), x_0)
    last = to_uint8(add_noise(from_uint8(x_0), 100, held_noise(0, (3, 256, 256)), schedule))[0]
    with Image.open(files[-1]) as end:
        assert np.array_equal(np.asarray(end.convert("RGB")), last)


def test_a_filmstrip_is_one_picture(dialog: Dialog, tmp_path: Path) -> None:
    dialog.set_format("Filmstrip")
    dialog.set_path(tmp_path / "strip.png")
    dialog.set_frames(4)
    dialog.write()
    with Image.open(tmp_path / "strip.png") as strip:
        assert strip.width > 3 * 200 and strip.width > strip.height


def test_a_recorded_chain_is_exported_state_by_state(driver: Driver, tmp_path: Path) -> None:
    driver.generate()
    dialog = Dialog(driver)
    dialog.set_small()
    dialog.set_format(ENCODERS[""].label)
    dialog.set_path(tmp_path / "chain")
    dialog.set_frames(6)
    dialog.write()
    files = sorted((tmp_path / "chain").glob("*.png"))
    states = direct(driver.scene)
    assert len(files) >= len(states)
    for file, state in zip(files, states, strict=False):
        with Image.open(file) as picture:
            shown = np.asarray(picture.convert("RGB"))
        zoom = shown.shape[0] // 8
        assert np.array_equal(shown[zoom // 2 :: zoom, zoom // 2 :: zoom][:8, :8], state.x_t[0])


def test_the_estimate_says_size_and_pixels(dialog: Dialog, tmp_path: Path) -> None:
    words = dialog.words()
    assert re.search(r"\d (kB|MB)", words)
    size = re.search(r"(\d+)x(\d+) pixels", words)
    assert size
    dialog.write()
    frame = decoded(tmp_path / "film.mp4")[0]
    assert (int(size[1]), int(size[2])) == (frame.shape[1], frame.shape[0])


def test_more_frames_a_second_than_can_be_played_are_refused_at_once(dialog: Dialog, tmp_path: Path) -> None:
    dialog.set_path(tmp_path / "fast.mp4")
    button = dialog.widget.findChild(QPushButton, "export_button")
    dialog.widget.findChild(QDoubleSpinBox, "export_seconds_spin").setValue(5)
    dialog.set_frames(2000)
    assert not button.isEnabled() and "400 frames a second are outside" in button.toolTip()
    dialog.set_frames(100)
    assert button.isEnabled() and button.toolTip() == TIPS["export"]


@pytest.mark.parametrize("layout", sorted(catalog.LAYOUTS))
def test_every_layout(layout: str, dialog: Dialog, tmp_path: Path) -> None:
    dialog.set_small(layout)
    dialog.set_frames(2)
    size = re.search(r"(\d+)x(\d+) pixels", dialog.words())
    dialog.write()
    frame = decoded(tmp_path / "film.mp4")[0]
    assert size and (int(size[1]), int(size[2])) == (frame.shape[1], frame.shape[0])


def test_progress_and_time_left_are_said(dialog: Dialog) -> None:
    dialog.set_frames(120)
    bar = dialog.widget.findChild(QProgressBar, "export_progress")
    seen: list[int] = []
    said: set[str] = set()
    dialog.button.click()

    def ended() -> bool:
        if bar.isVisible() and bar.maximum() > 0:
            seen.append(bar.value())
            said.add(dialog.status)
        return "written" in dialog.status

    dialog.driver.until(ended, 60.0)
    assert seen == sorted(seen) and len(set(seen)) > 3 and bar.maximum() == 120
    assert any(re.search(r"frame \d+ of 120.*\d+ s left", text) for text in said)
    assert not bar.isVisible()


def cancelled(dialog: Dialog) -> None:
    dialog.set_long()
    dialog.button.click()
    bar = dialog.widget.findChild(QProgressBar, "export_progress")
    dialog.driver.until(lambda: bar.maximum() > 0 and bar.value() > 2)
    dialog.cancel.click()
    dialog.driver.idle()


def test_a_cancelled_export_leaves_none(dialog: Dialog, tmp_path: Path) -> None:
    cancelled(dialog)
    assert os.listdir(tmp_path) == []
    assert "ancelled" in dialog.status and dialog.button.isEnabled()
    dialog.set_frames(300)
    dialog.write()  # and it works again
    assert len(decoded(tmp_path / "film.mp4")) >= 300


def test_a_cancelled_export_leaves_the_old_file(dialog: Dialog, tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"old")
    cancelled(dialog)
    assert (tmp_path / "film.mp4").read_bytes() == b"old" and os.listdir(tmp_path) == ["film.mp4"]


def test_the_name_that_is_proposed_is_of_no_file(make_driver: Callable[..., Driver], tmp_path: Path) -> None:
    driver = make_driver()
    driver.window.doors.folder.note(tmp_path / "a.png")
    for end in ("", "-2"):
        (tmp_path / f"diffviz-forward{end}.mp4").touch()
    dialog = Dialog(driver)
    path = dialog.widget.findChild(QLineEdit, "export_path")
    assert path.text() == str(tmp_path / "diffviz-forward-3.mp4") and dialog.button.text() == "Export"


def test_an_existing_file_is_asked_about(dialog: Dialog, tmp_path: Path) -> None:
    assert dialog.button.text() == "Export"
    (tmp_path / "there.mp4").write_bytes(b"old")
    dialog.set_path(tmp_path / "there.mp4")
    assert dialog.button.text() == "Replace"
    dialog.write()
    assert len(decoded(tmp_path / "there.mp4")) >= 5


@pytest.mark.parametrize("name", ["nowhere/film.mp4", "film.xyz"])
def test_a_path_that_cannot_be_is_one_sentence(name: str, dialog: Dialog, tmp_path: Path) -> None:
    dialog.set_path(tmp_path / name)
    dialog.write()
    assert os.listdir(tmp_path) == []
    for text in (dialog.status, dialog.driver.messages()[-1]):
        assert Path(name).name in text or "nowhere" in text
        assert "\n" not in text and "Traceback" not in text and text.endswith(".")
    assert dialog.button.isEnabled()


def test_a_name_without_suffix_gets_the_formats(dialog: Dialog, tmp_path: Path) -> None:
    """MP4 is chosen: a folder of pictures would be a surprise."""
    dialog.set_path(tmp_path / "film")
    dialog.write()
    assert os.listdir(tmp_path) == ["film.mp4"]


@pytest.mark.parametrize("label", ["GIF", "PNG folder", "Filmstrip", "WebP"])
def test_the_format_that_is_chosen_is_seen(dialog: Dialog, label: str) -> None:
    """That of a folder was not: its suffix is empty."""
    dialog.set_format(label)
    bars = dialog.widget.findChildren(Segments)
    assert [b.text() for bar in bars for b in bar.buttons.values() if b.isChecked()] == [label]


@pytest.mark.parametrize(("label", "timed"), [("MP4", True), ("PNG folder", False), ("Filmstrip", False)])
def test_only_what_is_played_has_a_length(dialog: Dialog, label: str, timed: bool) -> None:
    dialog.set_format(label)
    fields = [dialog.widget.findChild(QDoubleSpinBox, f"export_{name}_spin") for name in ("seconds", "hold")]
    assert [field.isEnabled() for field in fields] == [timed] * 2 and (" a second" in dialog.words()) is timed


def test_choosing_another_format_renames_the_file(dialog: Dialog) -> None:
    dialog.set_format("GIF")
    assert dialog.widget.findChild(QLineEdit, "export_path").text().endswith("film.gif")


def test_the_file_dialog_fills_the_path(dialog: Dialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = str(tmp_path / "picked")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_, **__: (chosen, "")))
    [choose] = [b for b in dialog.widget.findChildren(QPushButton) if b.text().startswith("Choose")]
    choose.click()
    assert dialog.widget.findChild(QLineEdit, "export_path").text() == chosen + ".mp4"


@pytest.mark.parametrize("form", ["MP4", "Filmstrip"])
def test_beside_a_paused_chain_it_says_before_it_is_pressed_what_to_wait_for(
    form: str, paused: Driver, tmp_path: Path
) -> None:
    dialog = Dialog(paused)
    dialog.set_format(form)
    dialog.set_path(tmp_path / "there.mp4")
    assert not dialog.button.isEnabled() and "A chain is paused; press Stop first" in dialog.words()
    assert "press Stop first" in dialog.button.toolTip()
    paused.trigger("cancel")
    paused.idle()
    paused.paint()
    assert dialog.button.isEnabled() and "paused" not in dialog.words()


def test_a_filmstrip_says_which_rows_it_has(driver: Driver) -> None:
    dialog = Dialog(driver)
    dialog.set_format("Filmstrip")
    assert "4 states in a row, 256 pixels each" in dialog.words()
    driver.trigger("pin_schedule")
    driver.choose("schedule_combo", "cosine")
    driver.idle()
    assert "4 states in a row, cosine above linear, 256 pixels each" in dialog.words()


def test_a_film_with_a_lens_is_called_so_and_as_large_as_is_said(dialog: Dialog, tmp_path: Path) -> None:
    dialog.driver.window.controller.options.view(lens="distribution")
    dialog.set_small("curves")
    dialog.set_frames(2)
    dialog.driver.paint()
    combo = dialog.widget.findChild(QComboBox, "export_layout_combo")
    assert combo.currentText() == "equation and lens"
    said = re.search(r"(\d+)x(\d+) pixels", dialog.words())
    dialog.set_path(tmp_path / "lens.mp4")
    dialog.write()
    height, width = decoded(tmp_path / "lens.mp4")[0].shape[:2]
    assert said and (width, height) == (int(said[1]), int(said[2]))
    dialog.driver.window.controller.options.view(lens="schedule")
    dialog.driver.paint()
    assert combo.currentText() == "equation and curves"
    assert combo.itemText(combo.findData("pair")) == "x₀ beside xₜ"
    dialog.driver.trigger("direction_reverse")
    dialog.driver.paint()
    assert combo.itemText(combo.findData("pair")) == drawn("x̂_0 beside x_t"), "the network's guess"


def test_of_several_samples_the_one_that_is_looked_into_is_exported(driver: Driver, tmp_path: Path) -> None:
    driver.choose("count_combo", "4")
    driver.generate()
    sides = []
    for k in (None, 2):
        driver.window.controller.chains.open_tile = k
        driver.idle()
        dialog = Dialog(driver)
        dialog.set_format("Filmstrip")
        dialog.set_frames(2)
        dialog.set_path(tmp_path / f"{k}.png")
        dialog.write()
        with Image.open(tmp_path / f"{k}.png") as strip:
            sides.append(np.asarray(strip))
        dialog.widget.close()
    (all_, one), shown = sides, driver.shown("x_t")
    zoom = 256 // shown.shape[0]
    alone = np.kron(shown, np.ones((zoom, zoom, 1), dtype=np.uint8))
    assert contains(one, alone) and not contains(all_, alone)


def contains(whole: np.ndarray, part: np.ndarray) -> bool:
    """Whether a picture lies somewhere in another one."""
    height, width = part.shape[:2]
    starts = np.argwhere((whole[: -height + 1, : -width + 1] == part[0, 0]).all(axis=2))
    return any(np.array_equal(whole[y : y + height, x : x + width], part) for y, x in starts)


def test_while_an_export_runs_a_chain_is_refused_in_words(dialog: Dialog) -> None:
    driver = dialog.driver
    dialog.set_long()
    dialog.button.click()
    assert not driver.action("generate").isEnabled() and "running" in driver.action("generate").toolTip()
    assert not driver.generate_button.isEnabled()
    driver.slider.setValue(80)  # the slider stays free
    driver.until(lambda: driver.coefficients()[1] < 0.7)
    dialog.cancel.click()
    driver.idle()
    assert driver.generate_button.isEnabled()


def test_before_a_chain_reverse_has_nothing_to_export(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.idle()
    assert not driver.action("export").isEnabled() and "Generate" in driver.action("export").toolTip()


def test_the_window_stays_usable_beside_the_dialog(dialog: Dialog) -> None:
    dialog.driver.set_t(70)
    assert dialog.driver.scene.t == 70 and dialog.widget.isVisible()


def test_every_control_of_the_dialog_fits(dialog: Dialog) -> None:
    dialog.driver.paint()
    for button in dialog.widget.findChildren(QAbstractButton):
        if button.isVisible() and button.text():
            assert button.width() >= button.fontMetrics().horizontalAdvance(button.text()), button.text()
    assert dialog.widget.findChild(QComboBox, "export_layout_combo").focusPolicy() != Qt.FocusPolicy.NoFocus


def field(dialog: Dialog) -> QLineEdit:
    return dialog.widget.findChild(QLineEdit, "export_path")


def chosen_format(dialog: Dialog) -> str:
    [button] = [
        b for b in dialog.widget.findChildren(QAbstractButton) if b.isChecked() and b.property("look") == "segment"
    ]
    return button.text()


def test_a_name_that_no_file_system_takes_is_said(dialog: Dialog, tmp_path: Path) -> None:
    dialog.set_path(tmp_path / ("x" * 260))
    dialog.write()
    assert "choose another name" in dialog.status and os.listdir(tmp_path) == []


def test_the_end_of_a_name_chooses_the_format_for_everyone_to_see(dialog: Dialog, tmp_path: Path) -> None:
    dialog.set_format("GIF")
    assert field(dialog).text() == str(tmp_path / "film.gif")
    dialog.set_path(tmp_path / "talk.mp4")
    assert chosen_format(dialog) == "MP4"
    dialog.set_path(tmp_path / "talk.png")
    assert chosen_format(dialog) == "Filmstrip"


@pytest.mark.parametrize("name", ["v1.2 final", "5. try", "plain"])
def test_a_name_may_have_dots(name: str, dialog: Dialog, tmp_path: Path) -> None:
    dialog.set_path(tmp_path / name)
    dialog.write()
    assert os.listdir(tmp_path) == [f"{name}.mp4"]
    dialog.set_format("GIF")
    assert field(dialog).text() == str(tmp_path / f"{name}.gif")


def test_whatever_is_there_is_replaced_under_that_word_alone(
    dialog: Dialog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x.mp4").write_text("mine")
    for typed in ("~/x.mp4", "~/x"):  # without its suffix it would be the same file
        dialog.set_path(Path(typed))
        assert dialog.button.text() == "Replace", typed
    dialog.set_path(tmp_path / "later.mp4")
    assert dialog.button.text() == "Export"
    (tmp_path / "later.mp4").write_text("mine")  # since the name was typed
    dialog.write()
    assert (tmp_path / "later.mp4").read_text() == "mine" and "later.mp4 is there already" in dialog.status
    assert dialog.button.text() == "Replace"
    dialog.write()
    assert "later.mp4 is written" in dialog.status


def test_a_filmstrip_is_as_large_as_its_field_says(dialog: Dialog, tmp_path: Path) -> None:
    dialog.set_format("Filmstrip")
    dialog.set_frames(2)
    combo = dialog.widget.findChild(QComboBox, "export_size_combo")
    assert combo.currentData() == 256
    widths = []
    for size in (256, 512):
        combo.setCurrentIndex(combo.findData(size))
        dialog.set_path(tmp_path / f"{size}.png")
        dialog.write()
        with Image.open(tmp_path / f"{size}.png") as strip:
            widths.append(strip.width)
    assert widths[1] - widths[0] >= 512
    dialog.set_format("MP4")
    assert combo.currentData() == 256  # as it was chosen for films


def test_a_long_chain_becomes_a_gif_of_what_it_plays(driver: Driver, tmp_path: Path) -> None:
    driver.set("steps_spin", 100)
    driver.generate()
    dialog = Dialog(driver)
    dialog.set_format("GIF")
    dialog.widget.findChild(QDoubleSpinBox, "export_seconds_spin").setValue(1)
    frames = dialog.widget.findChild(QSpinBox, "export_frames_spin")
    assert frames.value() == 50 and dialog.button.isEnabled()
    assert "50 of the 101 states become frames: GIF plays at most 50 frames a second" in dialog.words()
    dialog.set_small()
    dialog.set_path(tmp_path / "chain.gif")
    dialog.write()
    assert len(decoded(tmp_path / "chain.gif")) >= 50
    dialog.set_format("PNG folder")
    assert frames.value() == 101 and "become frames" not in dialog.words()


def test_names_stand_in_the_middle_of_their_rows_and_rows_end_together(dialog: Dialog) -> None:
    dialog.driver.paint()
    form = dialog.widget.form  # type: ignore[attr-defined]
    ends = set()
    for row in range(form.rowCount()):
        name, part = (form.itemAt(row, role) for role in (form.ItemRole.LabelRole, form.ItemRole.FieldRole))
        if name is not None and name.widget().text():
            assert abs(name.geometry().center().y() - part.geometry().center().y()) <= 1, name.widget().text()
            ends.add(part.geometry().right())
    assert len(ends) == 1
    assert dialog.widget.hold.geometry().right() in ends  # type: ignore[attr-defined]
