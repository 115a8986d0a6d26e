"""A kind of data that is no picture is shown, moved through, opened, saved and exported as pictures are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest
from gui_driver import Driver
from pairs import ONE, Pairs
from PIL import Image

from diffviz import catalog, kinds
from diffviz.engine.noise import held_noise
from diffviz.entries import Entry
from diffviz.export.options import Options
from diffviz.gui.panels.export_order import Order
from diffviz.scene import DataSpec, Scene
from diffviz.scene_file import read_scene, save_scene


@pytest.fixture
def driver(make_driver: Callable[..., Driver], tiny_scene: Scene, monkeypatch: pytest.MonkeyPatch) -> Driver:
    monkeypatch.setitem(kinds.KINDS, "pairs", Pairs())
    entry = Entry("pairs", "pairs", "Two numbers.", samples=lambda: ["one"])
    monkeypatch.setattr(catalog, "KINDS", MappingProxyType({**catalog.KINDS, "pairs": entry}))
    return make_driver(tiny_scene.replace(data=DataSpec("pairs", "builtin:one")))


def fields(driver: Driver, name: str = "x_t") -> list[int]:
    """The two greys that a panel shows."""
    shown = driver.shown(name)
    return [int(shown[0, 0, 0]), int(shown[-1, -1, 0])]


def grey(values: np.ndarray) -> list[int]:
    return list(np.clip(values * 127.5 + 127.5, 0, 255).astype(int))


def noised(t: int) -> np.ndarray:
    from diffviz.diffusion import SCHEDULES

    alpha_bar = SCHEDULES["linear"](T=100).alpha_bar[t]
    return alpha_bar**0.5 * np.array(ONE) + (1 - alpha_bar) ** 0.5 * held_noise(0, (2,))[0].numpy()


def test_the_slider_and_the_strip(driver: Driver) -> None:
    assert fields(driver, "x_0") == grey(np.array(ONE)) and min(driver.shown("x_0").shape[:2]) > 100
    for t in (40, 90, 0):
        driver.slider.setValue(t)
        driver.idle()
        assert np.abs(np.subtract(fields(driver), grey(noised(t)))).max() <= 1
    driver.window.controller.pixels.hovered(3, 3)
    said = driver.window.parts.values.text()
    assert said.startswith("x = 3, y = 3") and said.count("(+0.500, −0.250)") == 2, "at t = 0, x_t and x_0"
    assert len(driver.find("film_strip").frames()) > 8  # type: ignore[attr-defined]


def test_a_file_is_opened_by_its_content_and_comes_back_with_the_scene(driver: Driver, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(b"pairs 0.25 1")
    driver.window.files.open_any(str(tmp_path / "a.png"))
    driver.idle()
    assert driver.scene.data == DataSpec("pairs", f"path:{tmp_path / 'a.png'}")
    assert fields(driver, "x_0") == grey(np.array((0.25, 1.0)))
    driver.trigger("undo")
    driver.idle()
    assert fields(driver, "x_0") == grey(np.array(ONE))
    save_scene(driver.scene, tmp_path / "a.json")
    assert read_scene(tmp_path / "a.json").scene.data == DataSpec("pairs", "builtin:one")


def test_a_model_of_pictures_takes_none_of_it(driver: Driver) -> None:
    why = driver.window.actions_["denoise"].toolTip()
    assert not driver.window.actions_["denoise"].isEnabled() and "of the kind “pairs”" in why


def test_a_broken_one_is_refused_in_words(driver: Driver, tmp_path: Path) -> None:
    (tmp_path / "b.pairs").write_bytes(b"pairs 1")
    driver.window.files.open_any(str(tmp_path / "b.pairs"))
    driver.idle()
    assert driver.window.controller.bar.texts()[-1] == "b.pairs: is no pair; choose another one."
    assert driver.scene.data == DataSpec("pairs", "builtin:one")


def test_a_film_of_it_has_the_size_that_was_asked_for(driver: Driver, tmp_path: Path) -> None:
    options = Options(frames=3, duration_s=1.0, size=64, hold_s=0.0)
    assert driver.window.doors.films.write(Order(str(tmp_path / "film"), options, False, "t"))
    driver.idle()
    pictures = [np.asarray(Image.open(path)) for path in sorted((tmp_path / "film").glob("*.png"))]
    assert [picture.shape for picture in pictures] == [(64, 64, 3)] * 3
    assert [int(v) for v in pictures[0][5, [5, 60], 0]] == grey(np.array(ONE))
