"""Sound where pictures are: opened by content, drowned by the slider, kept in scenes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from gui_driver import Driver

from diffviz.diffusion import SCHEDULES
from diffviz.engine.noise import held_noise
from diffviz.kinds import SOUND
from diffviz.kinds.sound_files import wav_bytes
from diffviz.scene import DataSpec, Scene


def test_a_sound_drowns_in_noise_by_the_same_equation(
    make_driver: Callable[..., Driver], tiny_scene: Scene, tmp_path: Path
) -> None:
    driver = make_driver(tiny_scene.replace(data=DataSpec("sound", "builtin:drum")))
    schedule, x_0 = SCHEDULES["linear"](T=100), SOUND.read("builtin:drum").array["wave"]
    eps = held_noise(0, x_0.shape)[0].numpy()
    for t in (5, 90):
        driver.set_t(t)
        alpha_bar = float(schedule.alpha_bar[t])
        x_t = (alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * eps).astype(np.float32)
        for name, x in (("x_t", x_t), ("x_0", x_0), ("eps", eps)):
            shown = driver.shown(name)
            made = SOUND.raster(x[None], 1.0, shown.shape[:2])[0]
            assert np.mean(np.abs(shown.astype(int) - made) > 2) < 1e-3, name
    caption = driver.window.controller.view.x_0.caption
    assert caption == "drum · 2.00 s · 16 kHz"
    (tmp_path / "mine").write_bytes(wav_bytes(0.5 * x_0[:9000], 8000))
    driver.window.files.open_any(str(tmp_path / "mine"))
    driver.idle()
    assert driver.scene.data == DataSpec("sound", f"path:{tmp_path / 'mine'}")
    assert any("so that its peak is 1" in text for text in driver.messages())
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.data.source == "builtin:drum"


def test_a_sound_that_the_window_is_started_with_stays_when_the_first_model_is_of_pictures(
    make_driver: Callable[..., Driver], tiny_scene: Scene, tmp_path: Path
) -> None:
    (tmp_path / "a.wav").write_bytes(SOUND.encoded(SOUND.read("builtin:bell").array))
    driver = make_driver(tiny_scene)
    models = driver.window.controller.models
    models.follows = True  # as app.run does, before anything is loaded
    models.load(driver.scene.model.name)
    driver.window.files.open_any(str(tmp_path / "a.wav"))
    driver.idle()
    assert driver.scene.data == DataSpec("sound", f"path:{tmp_path / 'a.wav'}")


def test_a_sample_that_is_chosen_while_the_first_model_loads_stays(
    make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    driver = make_driver(tiny_scene)
    models = driver.window.controller.models
    models.follows = True  # as app.run does, before anything is loaded
    models.load(driver.scene.model.name)
    driver.window.controller.pictures.open(DataSpec("line", "builtin:two_deltas"))
    driver.idle()
    assert driver.scene.data == DataSpec("line", "builtin:two_deltas")
    assert driver.scene.model.name == "exact:two_deltas"
