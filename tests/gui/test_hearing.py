"""What the panels show of a sound is heard, at the slider's t, from where the cursor is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver, as_array
from PySide6.QtWidgets import QComboBox, QFileDialog

from diffviz.diffusion import SCHEDULES
from diffviz.engine.messages import ExperimentParts
from diffviz.engine.noise import held_noise
from diffviz.gui import speaker
from diffviz.gui.panels.picture_view import PictureView
from diffviz.gui.panels.rows import PathField
from diffviz.gui.panels.sound_layer import SoundLayer
from diffviz.gui.panels.viewport import Viewport
from diffviz.kinds import KINDS, SOUND
from diffviz.kinds.sound_files import GAIN, decoded
from diffviz.palette import LIGHT
from diffviz.scene import DataSpec, ExperimentSpec, Scene
from diffviz.sheet import Cell, Head, Outline, Sheet

miniaudio = pytest.importorskip("miniaudio")
X_0 = SOUND.read("builtin:drum").array["wave"]
EPS = held_noise(0, X_0.shape)[0].numpy()
ALPHA_BAR = SCHEDULES["linear"](T=100).alpha_bar


class Device:
    """In the place of the speaker: asks when the test does."""

    def __init__(self, fill: Callable[[int], np.ndarray]) -> None:
        self.fill, self.rate, self.running = fill, 0, False

    def start(self, rate: int) -> None:
        self.rate, self.running = rate, True

    def stop(self) -> None:
        self.running = False

    def close(self) -> None:
        self.running = False


@pytest.fixture(scope="module")
def _shared(qapp: object, tiny_scene: Scene) -> Iterator[Driver]:
    import threading

    from gui_driver import close_windows, open_window

    threads = set(threading.enumerate())
    driver = open_window(tiny_scene.replace(data=DataSpec("sound", "builtin:drum"), t=40))
    yield driver
    close_windows([driver], threads)


@pytest.fixture
def driver(_shared: Driver, tiny_scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Iterator[Driver]:
    hearing = _shared.window.controller.hearing
    monkeypatch.setattr(hearing, "speaker", Device(hearing.voice.fill))
    _shared.window.controller.store.set(tiny_scene.replace(data=DataSpec("sound", "builtin:drum"), t=40))
    _shared.idle()
    hearing.voice.position = 0
    yield _shared
    hearing.stop()
    hearing.voice.fill(1)
    hearing._fading.stop()


def expected(t: int, begin: int, count: int = 400) -> np.ndarray:
    a = float(ALPHA_BAR[t])
    return GAIN * (a**0.5 * X_0 + (1 - a) ** 0.5 * EPS).take(np.arange(begin, begin + count), mode="wrap")


def test_x_t_is_heard_and_follows_the_slider_without_a_gap(driver: Driver) -> None:
    hearing = driver.window.controller.hearing
    voice, device = hearing.voice, hearing.speaker
    driver.trigger("play_sound")
    assert hearing.playing and device.running and device.rate == 16_000
    assert driver.action("play_sound").text() == "Stop the sound"
    voice.fill(400)
    np.testing.assert_allclose(voice.fill(400), expected(40, 400), atol=1e-5)
    driver.set_t(3)
    fade = voice.fill(400)
    np.testing.assert_allclose(voice.fill(400), expected(3, 1200), atol=1e-5)
    assert abs(fade[-1] - expected(3, 800)[-1]) < 1e-5 and abs(fade[0] - expected(40, 800)[0]) < 0.01
    assert driver.window.controller.view.x_t.view.over, "the cursor is drawn"
    hearing._draw()
    assert [layer.share for layer in hearing._layers] == [1600 / len(X_0)] * 3
    driver.trigger("play_sound")
    assert not hearing.playing and driver.action("play_sound").text() == "Listen"
    voice.fill(400)
    assert not voice.fill(400).any()


def test_a_click_goes_there_in_time_and_hears_that_panel(driver: Driver) -> None:
    hearing, panel = driver.window.controller.hearing, driver.window.controller.view
    width = panel.eps.view.array().shape[1]
    panel.eps.clicked.emit(width // 2, 5)
    driver.idle()
    assert driver.scene.view.heard == "eps" and abs(hearing.voice.position - len(X_0) / 2) < len(X_0) / width
    assert [layer.heard for layer in hearing._layers] == [False, False, True]
    begin = hearing.voice.position
    driver.trigger("play_sound")
    hearing.voice.fill(100)
    np.testing.assert_allclose(hearing.voice.fill(100), GAIN * EPS[begin + 100 : begin + 200], atol=1e-6)
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.view.heard == "x_t" and hearing.playing


def test_no_device_is_a_sentence_and_nothing_else(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    hearing = driver.window.controller.hearing

    def none(rate: int) -> None:
        raise speaker.NoSound(speaker.NO_DEVICE)

    monkeypatch.setattr(hearing.speaker, "start", none)
    driver.trigger("play_sound")
    assert not hearing.playing and speaker.NO_DEVICE in driver.messages()
    driver.trigger("laboratory")
    driver.idle()
    assert speaker.NO_DEVICE not in driver.messages(), "it speaks of what is heard, and goes with it"
    driver.trigger("direction_forward")
    driver.trigger("play_sound")
    assert speaker.NO_DEVICE in driver.messages()
    monkeypatch.undo()
    monkeypatch.setattr(hearing, "speaker", Device(hearing.voice.fill))
    driver.trigger("play_sound")
    assert hearing.playing and speaker.NO_DEVICE not in driver.messages()


def test_another_sound_and_a_picture_end_it(driver: Driver) -> None:
    hearing, store = driver.window.controller.hearing, driver.window.controller.store
    driver.trigger("play_sound")
    store.edit(data=DataSpec("sound", "builtin:bell"))
    driver.idle()
    assert not hearing.playing
    store.edit(data=DataSpec("picture", "builtin:cat"))
    driver.idle()
    assert "Only a sound can be heard" in driver.action("play_sound").toolTip()
    assert not driver.action("play_sound").isEnabled() and hearing._layers[0].share is None


def test_what_is_heard_is_saved_as_wav(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.wav"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    driver.trigger("save_sound")
    found = decoded(path.read_bytes(), "x.wav")
    assert found.rate == 16_000 and any("x.wav is written" in text for text in driver.messages())
    np.testing.assert_allclose(found.wave, expected(40, 0, len(X_0)), atol=1e-6)


def test_a_cell_of_the_laboratory_is_heard_once_with_a_click(driver: Driver) -> None:
    laboratory, hearing = driver.window.controller.laboratory, driver.window.controller.hearing
    driver.trigger("laboratory")
    driver.idle()
    waves = np.stack([np.full(400, 0.5, np.float32), np.full(400, -0.25, np.float32)])
    sheet = Sheet().with_part(Outline("Two", (Head("a"), Head("b")), (Head("t = 0", t=0.0),)))
    for row, picture in enumerate(SOUND.raster(waves)):
        sheet = sheet.with_part(Cell(row, 0, picture))
    laboratory._made_of = SOUND
    laboratory._show_sheet(sheet)
    laboratory.page.sheet.cell_clicked.emit(0, 0)
    assert hearing.playing and hearing.speaker.rate == 8000
    hearing.voice.fill(100)
    assert hearing.voice.fill(100) == pytest.approx(0.5 * GAIN)
    laboratory.page.sheet.cell_clicked.emit(1, 0)
    hearing.voice.fill(100)
    assert hearing.voice.fill(100) == pytest.approx(-0.25 * GAIN), "another one, from its beginning"
    pair = laboratory.page.pair
    assert pair.gap.caption == "RMS 0.75" and "heard" in driver.find("lab_difference_panel")._title.toolTip()
    pair.gap.clicked.emit(3, 3)
    hearing.voice.fill(100)
    assert hearing.voice.fill(100) == pytest.approx(-4 * 0.75 * GAIN), "the second minus the first, four times"
    driver.until(lambda: not hearing.playing, 5)
    laboratory.page.sheet.cell_clicked.emit(0, 0)
    driver.trigger("direction_forward")
    assert not hearing.playing, "it stays on its page"
    driver.idle()


def test_the_laboratory_says_what_it_is_of(driver: Driver) -> None:
    """A sound is open, and the network is of pictures; then none is."""
    laboratory, store = driver.window.controller.laboratory, driver.window.controller.store
    driver.trigger("laboratory")
    store.edit(experiment=replace(store.scene.experiment, name="strength"))
    card = laboratory.card
    for kind, words in (("sound", "Your sound noised"), ("points", "Your cloud noised"), ("picture", "Your picture")):
        store.update(model=replace(store.session.model, kind=kind))
        assert words in card.about.text() and words in laboratory.page.sheet._message[1]
        named = KINDS[kind].told("The picture that is open")
        assert named in card.begin.buttons["open"].toolTip()
        assert card.begin.accessibleName() == KINDS[kind].told("picture that the experiment begins with")
        assert KINDS[kind].told("click a picture of the sheet") in laboratory.page.pair.first.view._message
        gap = driver.find("lab_difference_panel")._title
        assert (gap.text() == "1 and 2") == ("in orange" in gap.toolTip()) == (kind == "points")
    store.edit(experiment=ExperimentSpec("interpolation"))
    store.update(model=replace(store.session.model, kind="sound"))
    between, second = driver.find("between_combo", QComboBox), driver.find("second_field", PathField)
    assert between.currentText() == "sounds" and between.currentData() == "pictures"
    assert card.name_of(second).text() == "second sound" and second.button.toolTip() == "Choose a sound"
    assert "another that the model" in second.toolTip() and "picture" not in between.toolTip()


def test_the_sheet_of_the_experiment_before_is_of_what_it_was_of(driver: Driver) -> None:
    laboratory, store = driver.window.controller.laboratory, driver.window.controller.store
    driver.trigger("laboratory")

    def run(kind: str) -> None:
        """An experiment with a network of that kind."""
        store.update(model=replace(store.session.model, kind=kind))
        laboratory._job, laboratory._asked = 7, store.scene.read
        laboratory.receive(ExperimentParts(7, (Outline("One", (Head("a"),), (Head("t = 0", t=0.0),)),)))

    first = store.scene.experiment.name
    run("sound")
    assert laboratory.page.sheet.free and laboratory.page.pair._kind is SOUND
    store.edit(experiment=replace(store.scene.experiment, name="strength"))
    run("picture")
    assert not laboratory.page.sheet.free
    store.edit(experiment=replace(store.scene.experiment, name=first))
    assert laboratory.sheet.rows and laboratory.page.sheet.free and laboratory.page.pair._kind is SOUND


def test_the_flag_of_what_is_heard_is_seen_on_a_white_card(qapp: object) -> None:
    view = PictureView(Viewport())
    view.resize(64, 64)
    view.set_palette(LIGHT)
    view.show_array(np.zeros((64, 64, 3), np.uint8))
    SoundLayer(view).show(0.5, True)
    flag = as_array(view.grab().toImage())[2, 28:36, :3].astype(int)
    assert not (flag.min(axis=-1) > 230).all(), "all of it is as white as the card"
    assert np.ptp(flag, axis=-1).max() > 60, "it has a colour"
    view.deleteLater()
