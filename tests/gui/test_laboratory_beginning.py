"""The picture that an experiment begins with, the pair that it shows first, and what it lacks to be run."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np
from gui_driver import Driver

from diffviz.gui.panels.picture_card import PictureCard
from diffviz.images import png_bytes
from diffviz.kinds import POINTS
from diffviz.scene import ExperimentSpec, ModelSpec, SamplerSpec, Scene


def in_laboratory(scene: Scene, name: str, **given: str) -> Scene:
    spec = ExperimentSpec(name, tuple(given.items()))
    view = dataclasses.replace(scene.view, page="laboratory")
    return scene.replace(direction="reverse", view=view, experiment=spec, sampler=SamplerSpec("ddim", 3))


def test_a_model_that_brings_pictures_begins_with_one_and_mine_is_one_click_away(
    make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    scene = in_laboratory(tiny_scene.replace(model=ModelSpec("smileys-32")), "strength", strengths="0.5")
    driver = make_driver(scene)
    laboratory = driver.window.controller.laboratory
    driver.trigger("generate")
    driver.idle()
    assert laboratory.sheet.columns[0].title == "training picture"
    first, second = (driver.find(f"lab_{name}_panel", PictureCard).displayed_array() for name in ("first", "second"))
    assert np.array_equal(first, laboratory.sheet.cells[0, 0].picture)
    assert np.array_equal(second, laboratory.sheet.cells[0, 4].picture)
    laboratory.go_to(400)
    assert np.array_equal(driver.find("lab_first_panel", PictureCard).displayed_array(), first)  # it is no state
    assert not np.array_equal(driver.find("lab_second_panel", PictureCard).displayed_array(), second)
    opens = driver.find("experiment_picture_button")
    assert not opens.isVisible(), "the picture that is open is not what it begins with"
    driver.find("experiment_begin").buttons["open"].click()  # type: ignore[attr-defined]
    assert opens.isVisible()
    driver.trigger("generate")
    driver.idle()
    assert laboratory.sheet.columns[0].title == "your picture"


def test_what_is_pasted_is_begun_with_and_the_card_says_so(
    make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    """ "its own" was chosen above a picture that the model had never seen."""
    driver = make_driver(in_laboratory(tiny_scene.replace(model=ModelSpec("smileys-32")), "strength", strengths="0.5"))
    buttons = driver.find("experiment_begin").buttons  # type: ignore[attr-defined]
    assert buttons["known"].isChecked() and buttons["known"].isEnabled()
    pasted = png_bytes(np.zeros((8, 8, 3), np.uint8))
    driver.window.controller.pictures.open_bytes(pasted, "pasted")
    driver.trigger("laboratory")
    driver.idle()
    assert buttons["open"].isChecked() and driver.find("experiment_picture_button").isVisible()
    assert not buttons["known"].isEnabled() and "drew or pasted" in buttons["known"].toolTip()
    driver.trigger("undo")
    driver.idle()
    assert buttons["known"].isEnabled()


def test_a_model_without_pictures_says_so_and_begins_with_mine(driver: Driver) -> None:
    driver.trigger("laboratory")
    driver.choose("experiment_combo", "Strength")
    driver.idle()
    buttons = driver.find("experiment_begin").buttons  # type: ignore[attr-defined]
    assert not buttons["known"].isEnabled() and "brings no picture" in buttons["known"].toolTip()
    assert buttons["open"].isChecked()


def test_beside_points_a_model_begins_with_a_picture_of_its_own_and_another_says_that_it_has_none(
    make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    driver = make_driver(in_laboratory(tiny_scene, "strength", strengths="0.5"))
    driver.idle()
    driver.window.controller.pictures.open_bytes(
        POINTS.encoded(np.random.default_rng(0).normal(size=(40, 2)).astype(np.float32)), "mine", POINTS.name
    )
    driver.idle()
    driver.window.controller.store.edit(model=ModelSpec("smileys-32"))
    driver.trigger("laboratory")
    driver.idle()
    assert driver.scene.data.kind == POINTS.name and driver.generate_button.isEnabled()
    driver.trigger("generate")
    driver.idle()
    assert driver.window.controller.laboratory.sheet.columns[0].title == "training picture"
    driver.window.controller.store.edit(model=tiny_scene.model)
    driver.idle()
    assert not driver.generate_button.isEnabled()
    assert not driver.find("experiment_begin").buttons["known"].isEnabled()  # type: ignore[attr-defined]


def test_run_waits_for_what_an_experiment_lacks_and_says_where_it_is_chosen(
    make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    driver = make_driver(in_laboratory(tiny_scene.replace(model=dataclasses.replace(tiny_scene.model)), "guidance"))
    driver.choose("class_combo", "any")
    driver.idle()
    page = driver.window.controller.laboratory.page
    assert not driver.generate_button.isEnabled() and "choose a class" in driver.generate_button.toolTip()
    assert "choose a class" in page.sheet._message[1]
    driver.choose("class_combo", driver.window.controller.chains.model.class_names[0])
    driver.idle()
    assert driver.generate_button.isEnabled() and "Press Run" in page.sheet._message[1]
    driver.choose("experiment_combo", "Checkpoints")
    driver.idle()
    assert not driver.generate_button.isEnabled() and "folder" in driver.generate_button.toolTip()
