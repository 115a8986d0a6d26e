"""Scenes saved, opened and dropped; panels copied and saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from chains import direct
from gui_driver import Driver, as_array
from handing_over import drop, files, image_of, one_sentence
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QSpinBox,
)

from diffviz import catalog
from diffviz.gui.panels.picture_card import PictureCard
from diffviz.scene import DataSpec, ModelSpec, Scene, ScheduleSpec, params
from diffviz.scene_file import read_scene, save_scene

pytestmark = pytest.mark.display

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
    assert read_scene(path).scene == saved
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
    other.window.doors.scenes.open(str(tmp_path / "pasted.json"))
    other.idle()
    assert np.array_equal(other.shown("x_0"), array) and other.scene == saved
    assert "pasted picture" in other.find("x_0_panel", PictureCard).caption, "and not pasted.json"
    text = (tmp_path / "pasted.json").read_text(encoding="utf-8")
    (tmp_path / "long.json").write_text(text.replace("pasted picture", "long\\nname " * 300), encoding="utf-8")
    other.reset()
    other.window.doors.scenes.open(str(tmp_path / "long.json"))
    other.idle()
    caption = other.find("x_0_panel", PictureCard).caption
    assert "name long" in caption and "\n" not in caption and len(caption) < 120


@pytest.mark.parametrize("loaded", ["its model", "another"])
def test_a_scene_with_a_class_that_its_model_lacks(
    driver: Driver, tmp_path: Path, tiny_model_folder: Path, loaded: str
) -> None:
    name = str(tiny_model_folder)
    if loaded == "its model":
        drop(driver, files(tiny_model_folder))
    scene = driver.scene.replace(model=ModelSpec(name, "vehicle"), direction="reverse")
    save_scene(scene, tmp_path / "old.json")
    driver.window.doors.scenes.open(str(tmp_path / "old.json"))
    driver.idle()
    assert driver.scene.model == ModelSpec(name) and driver.find("class_combo", QComboBox).currentText() == "any"
    assert any(said == "tiny has no class “vehicle”; any takes its place." for said in driver.messages())
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])
    driver.choose("class_combo", "cross")
    assert not any("vehicle" in said for said in driver.messages())


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


@pytest.mark.parametrize("fresh", [True, False])
def test_a_scene_keeps_a_model_of_another_kind_than_what_is_open_beside_it(
    fresh: bool, driver: Driver, tmp_path: Path, tiny_scene: Scene
) -> None:
    """A model that fits what is open took its place, and the words, the class and what Generate does went with it."""
    models, begun = driver.window.controller.models, tiny_scene.replace(direction="reverse")
    save_scene(begun.replace(data=DataSpec("points", "builtin:rings")), tmp_path / "a.json")
    if fresh:  # its model is on its way while what is open comes
        models.load(tiny_scene.model.name)
    driver.window.files.open_any(str(tmp_path / "a.json"))
    driver.idle()
    assert (driver.scene.model, driver.scene.data.kind) == (tiny_scene.model, "points") and not models.loading
    driver.window.controller.pictures.open(DataSpec())
    driver.idle()
    driver.trigger("undo")
    driver.idle()
    assert (driver.scene.model, driver.scene.data.kind) == (tiny_scene.model, "points"), "and so does undo"
    driver.window.controller.pictures.open(DataSpec("points", "builtin:rings"))
    driver.idle()
    assert driver.scene.model.name == "exact:rings", "opened anew"


def test_a_scene_in_reverse(driver: Driver, tmp_path: Path, tiny_scene: Scene) -> None:
    save_scene(tiny_scene.replace(direction="reverse", seed=6, t=100), tmp_path / "r.json")
    drop(driver, files(tmp_path / "r.json"))
    assert driver.action("direction_reverse").isChecked()
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])


def test_a_scene_in_the_middle_of_a_chain_that_has_not_run_is_at_x_T(driver: Driver, tiny_scene: Scene) -> None:
    driver.reset(tiny_scene.replace(direction="reverse", t=30))
    assert driver.scene.t == driver.slider.value() == driver.find("t_spin").value() == 100
    assert any("t = T" in label.text() for label in driver.find("x_t_panel").findChildren(QLabel))


def test_a_scene_opened_over_a_finished_chain_shows_no_old_state(
    driver: Driver, tmp_path: Path, tiny_scene: Scene
) -> None:
    driver.generate()
    end = driver.shown("x_t")
    save_scene(tiny_scene.replace(direction="reverse", t=100), tmp_path / "r.json")
    drop(driver, files(tmp_path / "r.json"))
    assert not np.array_equal(driver.shown("x_t"), end)
    assert driver.shown("x_0").size == 0 and driver.slider.value() == 100


def test_undo_and_redo_of_an_opened_scene_show_the_chain_of_their_moment(driver: Driver, tiny_scene: Scene) -> None:
    driver.generate()
    job = driver.window.controller.chains.run.job
    driver.window.controller.open_scene(tiny_scene.replace(direction="reverse", seed=5))
    driver.idle()
    for step, shown in (("undo", job), ("redo", -1), ("undo", job)):
        driver.trigger(step)
        driver.idle()
        assert driver.window.controller.chains.run.job == shown


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
    assert any("ᾱ at t = T" in text for text in driver.messages())


# -- copy and save


def test_copy_is_the_panels_pixels(driver: Driver) -> None:
    QGuiApplication.clipboard().clear()
    driver.trigger("copy")
    copied = as_array(QGuiApplication.clipboard().image())
    assert np.array_equal(copied, driver.shown("x_t"))


def test_what_was_copied_is_called_as_its_card(driver: Driver) -> None:
    """ "x 0 copied" stood there, whatever the panel showed."""
    for way, words in (("forward", "x₀ copied"), ("reverse", "x̂₀ copied")):
        driver.trigger(f"direction_{way}")
        driver.generate() if way == "reverse" else driver.idle()
        driver.picture_area("x_0").setFocus(Qt.FocusReason.TabFocusReason)
        driver.trigger("copy")
        assert driver.words("values_label").replace("\u200d", "") == words


def test_save_panel_as_png(driver: Driver, tmp_path: Path, answer: Callable[[object], None]) -> None:
    answer(tmp_path / "panel")
    driver.trigger("save_png")
    with Image.open(tmp_path / "panel.png") as saved:
        assert np.array_equal(np.asarray(saved.convert("RGB")), driver.shown("x_t"))
    assert any(text.startswith("panel.png is written") for text in driver.messages())


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
