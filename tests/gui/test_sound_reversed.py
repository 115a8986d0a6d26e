"""A network of sound in "Remove noise": its states are seen as sounds, and each is heard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from PySide6.QtWidgets import QLabel
from tiny_sound import sound_scene, write_tiny_sound

from diffviz.gui import speaker
from diffviz.gui.hearing import Hearing
from diffviz.gui.panels.film_strip import FilmStrip
from diffviz.gui.panels.run_card import order
from diffviz.kinds import SOUND
from diffviz.kinds.sound import MODEL_RATE
from diffviz.kinds.sound_files import GAIN
from diffviz.scene import DataSpec, ModelSpec, SamplerSpec, Scene


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random network of 0.032 s of sound. Read only."""
    return write_tiny_sound(tmp_path_factory.mktemp("sounds") / "tiny-sound")


def heard(hearing: Hearing, count: int) -> np.ndarray:
    hearing.voice.position = 0
    hearing.voice.fill(512)  # what was heard before fades out
    return hearing.voice.fill(count)


def test_each_state_is_seen_and_heard(
    make_driver: Callable[..., Driver], tiny_scene: Scene, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = make_driver(sound_scene(tiny_scene, model, steps=3, count=1))
    controller = driver.window.controller
    assert "Nothing is recorded to be heard yet" in driver.action("play_sound").toolTip()
    driver.trigger("generate")
    driver.until(lambda: len(controller.chains.states) == 4 and not controller.busy)
    hearing, rates = controller.hearing, []
    monkeypatch.setattr(hearing.speaker, "start", rates.append)
    state = controller.chains.state
    assert state.kind == "sound" and state.values.shape == (3, 1, 16, 4, 4)
    card = [label.text() for label in driver.find("sound_view").findChildren(QLabel)]
    assert not any("peak" in text for text in card), "no sound of a network is divided by its peak"
    driver.trigger("play_sound")
    assert hearing.playing and rates == [MODEL_RATE]
    for k, term in enumerate(("x_t", "x_0", "eps")):
        controller.options.view(heard=term)
        wave = SOUND.waves(controller.chains.state.values[k])[0]
        expected = np.clip(GAIN * wave.take(np.arange(512, 812), mode="wrap"), -1, 1)
        np.testing.assert_allclose(heard(hearing, 300), expected, atol=1e-5, err_msg=term)
    shown = driver.shown("x_0")
    assert np.array_equal(shown, SOUND.arrange(controller.chains.state.values[1], 1.0, shown.shape[:2]))
    before = hearing.voice._wanted
    driver.trigger("back")
    driver.idle()
    assert hearing.playing and hearing.voice._wanted is not before, "another state, heard from the same place on"
    hearing.stop()
    hearing._fading.stop()


def test_a_sound_of_ones_own_is_denoised_from_here(make_driver: Callable[..., Driver], tiny_scene: Scene, model: Path):
    scene = tiny_scene.replace(
        t=50, data=DataSpec("sound", "builtin:bell"), model=ModelSpec(str(model)), sampler=SamplerSpec("ddim", 100)
    )
    driver = make_driver(scene)
    driver.trigger("denoise")
    chains = driver.window.controller.chains
    driver.until(lambda: chains.states and chains.states[-1].t == 0)
    first, x_0 = chains.states[0], SOUND.x_0(SOUND.read("builtin:bell").array, (16, 4, 4))
    alpha_bar = first.alpha_bar
    noise = (first.values[0, 0] - alpha_bar**0.5 * x_0) / (1 - alpha_bar) ** 0.5
    assert 40 < first.t < 60 and abs(noise.std() - 1) < 0.15, "its MDCT, noised exactly to that level"


def test_what_the_button_will_do() -> None:
    scene = Scene(data=DataSpec("sound"), model=ModelSpec("x"))
    assert order(scene, "sound") == "Generate a sound" and order(scene.replace(count=4), "sound") == "Generate 4 sounds"


def test_beside_a_sound_the_button_says_what_the_model_makes(driver: Driver) -> None:
    assert driver.generate_button.text() == "Generate “dot”"
    pictures = driver.scene.model.name
    driver.window.controller.store.edit(model=replace(driver.scene.model, class_label=None))
    driver.window.controller.pictures.open(DataSpec("sound", "builtin:drum"))
    driver.idle()
    assert driver.scene.data.kind == "sound" and driver.scene.model.name == SOUND.models[0]
    assert driver.generate_button.text() == "Generate a sound"
    driver.window.controller.models.load(pictures)
    driver.idle()
    assert driver.scene.data.kind == "sound" and driver.generate_button.text() == "Generate a picture"


def test_of_several_a_click_lets_one_be_heard_and_another_looks_into_it(
    make_driver: Callable[..., Driver], tiny_scene: Scene, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = make_driver(sound_scene(tiny_scene, model))
    controller = driver.window.controller
    hearing, chains = controller.hearing, controller.chains
    monkeypatch.setattr(hearing.speaker, "start", lambda rate: None)
    driver.trigger("generate")
    driver.until(lambda: len(chains.states) == 3 and not controller.busy)
    view = controller.view.x_0.view
    height, width = view.array().shape[:2]
    assert view.grid == (4, 1), "one under the other"
    third = width * 3 // 4, height * 5 // 8
    view.clicked.emit(*third)
    driver.idle()
    assert hearing.playing and driver.scene.view.heard == "x_0" and chains.open_tile is None
    wave = SOUND.waves(chains.state.values[1, 2:3])[0]
    expected = np.clip(GAIN * wave.take(np.arange(512, 812), mode="wrap"), -1, 1)
    np.testing.assert_allclose(heard(hearing, 300), expected, atol=1e-5, err_msg="x̂_0 of the third")
    view.clicked.emit(width // 4, height // 8)
    driver.idle()
    assert chains.open_tile is None and hearing.playing, "another one is heard"
    view.clicked.emit(*third)
    assert hearing._sample == 2
    driver.trigger("generate")
    driver.until(lambda: not chains.running and not controller.busy)
    assert hearing.playing and hearing._sample == 0, "the new chain is heard as it comes"
    view.clicked.emit(*third)
    view.clicked.emit(*third)
    driver.idle()
    assert chains.open_tile == 2 and hearing.playing
    hearing.stop()
    hearing._fading.stop()


def test_each_of_a_column_is_named_and_selected_where_it_stands(
    make_driver: Callable[..., Driver], tiny_scene: Scene, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene = sound_scene(tiny_scene, model, steps=1)
    driver = make_driver(scene.replace(count=16))
    controller = driver.window.controller
    monkeypatch.setattr(controller.hearing.speaker, "start", lambda rate: None)
    driver.trigger("generate")
    driver.until(lambda: len(controller.chains.states) == 2 and not controller.busy)
    view = controller.view.x_0.view
    assert view.grid == (8, 2)
    for k in (0, 1, 2, 9, 15):
        target, (row, column) = view.target(), divmod(k, 2)
        x, y = target.x() + (column + 0.4) * target.width() / 2, target.y() + (row + 0.5) * target.height() / 8
        driver.move(view, x, y, held=False)
        assert driver.words("values_label").endswith(f"sample {k + 1}")
        driver.press(view, x, y)
        driver.release(view, x, y)
        assert controller.hearing._sample == k and controller.hearing.playing
        controller.hearing.stop()
    controller.hearing._fading.stop()


def test_the_film_strip_is_made_in_its_own_size(
    make_driver: Callable[..., Driver], tiny_scene: Scene, model: Path
) -> None:
    driver = make_driver(sound_scene(tiny_scene, model, steps=2))
    controller = driver.window.controller
    driver.trigger("generate")
    driver.until(lambda: len(controller.chains.states) == 3 and not controller.busy)
    strip = driver.find("film_strip", FilmStrip)
    width, height = strip.room.device
    for frame in strip.frames():
        assert frame.picture.shape == (height // 4 * 4, width, 3)


def test_without_a_device_a_click_looks_into_a_sample(
    make_driver: Callable[..., Driver], tiny_scene: Scene, model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = make_driver(sound_scene(tiny_scene, model))
    controller = driver.window.controller

    def none(rate: int) -> None:
        raise speaker.NoSound(speaker.NO_DEVICE)

    monkeypatch.setattr(controller.hearing.speaker, "start", none)
    driver.trigger("generate")
    driver.until(lambda: len(controller.chains.states) == 3 and not controller.busy)
    controller.view.x_t.view.clicked.emit(2, 2)
    driver.idle()
    assert controller.chains.open_tile == 0 and speaker.NO_DEVICE in driver.messages()


def test_the_sound_that_is_seen_can_be_heard_whatever_is_open_and_loaded(
    make_driver: Callable[..., Driver], tiny_scene: Scene, model: Path
) -> None:
    driver = make_driver(sound_scene(tiny_scene, model, count=1))
    card, listen = driver.find("sound_view"), driver.action("play_sound")
    driver.generate()
    driver.window.controller.store.edit(data=DataSpec())
    driver.idle()
    assert card.isVisible() and listen.isEnabled(), "a picture is open"
    driver.window.controller.models.load(tiny_scene.model.name)
    driver.idle()
    assert card.isVisible() and listen.isEnabled(), "a model of pictures is loaded"
    driver.generate()
    assert not card.isVisible() and not listen.isEnabled()
    driver.window.controller.store.edit(data=DataSpec("sound", "builtin:drum"))
    driver.window.controller.models.load(tiny_scene.model.name)
    driver.idle()
    assert not card.isVisible() and not listen.isEnabled(), "pictures are seen, and a sound is open"
    driver.trigger("direction_forward")
    driver.idle()
    assert card.isVisible() and listen.isEnabled()
