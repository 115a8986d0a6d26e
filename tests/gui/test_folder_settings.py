"""What a model's folder says about sampling: preselected, said beside the controls, one button back to it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chains import direct
from diffusers import DDIMScheduler, DDPMScheduler, EulerDiscreteScheduler
from gui_driver import Driver
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton

from diffviz.scene import ExperimentSpec, ModelSpec, SamplerSpec, Scene, params
from diffviz.scene_file import read_scene, save_scene

TRAINED = {"num_train_timesteps": 100, "prediction_type": "v_prediction"}


@pytest.fixture
def folder(tiny_model_folder: Path) -> Callable[..., str]:
    """A model's folder with another scheduler."""

    def make(scheduler: Any, name: str = "said") -> str:
        made = tiny_model_folder.parent / name
        shutil.copytree(tiny_model_folder, made)
        scheduler.save_pretrained(made / "scheduler")
        return str(made)

    return make


def open_folder(driver: Driver, name: str) -> None:
    driver.window.controller.models.load(name)
    driver.idle()


def row(driver: Driver) -> tuple[str, QPushButton]:
    words = driver.find("folder_says_label", QLabel).text()
    return words, driver.find("folder_says_button", QPushButton)


def chosen(driver: Driver, name: str) -> object:
    return driver.find(f"{name}_combo", QComboBox).currentData()


def test_a_folder_that_is_opened_preselects_its_own(driver: Driver, folder: Callable[..., str]) -> None:
    said = DDPMScheduler(**TRAINED, variance_type="fixed_large", steps_offset=2)
    driver.trigger("direction_reverse")
    open_folder(driver, folder(said))
    assert driver.scene.sampler == SamplerSpec("ddpm", 5, "leading", params(variance="fixed_large"), 2)
    assert (chosen(driver, "spacing"), chosen(driver, "variance")) == ("leading", "fixed_large")
    words, button = row(driver)
    assert words == "as the folder says" and not button.isVisible()
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), direct(driver.scene)[-1].x_t[0])
    assert [state.t for state in driver.window.controller.chains.states] == [83, 63, 43, 23, 3, 0]


def test_one_button_leads_back(driver: Driver, folder: Callable[..., str]) -> None:
    driver.trigger("direction_reverse")
    open_folder(driver, folder(DDPMScheduler(**TRAINED, variance_type="fixed_large", steps_offset=2)))
    said = driver.scene
    for name, other in (("spacing_combo", "trailing"), ("variance_combo", "fixed small"), ("clip_combo", "none")):
        driver.choose(name, other)
        words, button = row(driver)
        assert words == "the folder says leading + 2 · fixed large" and button.isVisible() and button.isEnabled()
        button.click()
        driver.idle()
        assert (driver.scene.sampler, driver.scene.model) == (said.sampler, said.model)
        assert row(driver)[0] == "as the folder says" and not button.isVisible()
    driver.choose("spacing_combo", "linspace")
    button.click()
    driver.trigger("undo")
    assert driver.scene.sampler.spacing == "linspace"


def test_another_sampler_begins_as_the_folder_says(driver: Driver, folder: Callable[..., str]) -> None:
    driver.trigger("direction_reverse")
    open_folder(driver, folder(EulerDiscreteScheduler(**TRAINED, use_karras_sigmas=True)))
    assert row(driver)[0] == "as the folder says\nnot taken: use_karras_sigmas: true"
    driver.choose("sampler_combo", "Heun")
    assert chosen(driver, "grid") == "karras" and row(driver)[0] == "as the folder says"
    driver.choose("grid_combo", "steps")
    assert row(driver)[0] == "the folder says karras"


def test_the_last_alpha_bar_of_ddim(driver: Driver, folder: Callable[..., str]) -> None:
    driver.trigger("direction_reverse")
    open_folder(driver, folder(DDIMScheduler(**TRAINED, set_alpha_to_one=False)))
    driver.choose("sampler_combo", "DDIM")
    assert chosen(driver, "last") == "first" and row(driver)[0] == "as the folder says"
    driver.set("eta_spin", 0.5)
    assert row(driver)[0] == "as the folder says"  # no folder says anything about η


def test_a_saved_scene_keeps_its_own(
    make_driver: Callable[..., Driver], tiny_scene: Scene, folder: Callable[..., str], tmp_path: Path
) -> None:
    name = folder(DDPMScheduler(**TRAINED, timestep_spacing="linspace"))
    sampler = SamplerSpec("ddpm", 4, "trailing", params(variance="fixed_large"))
    path = tmp_path / "scene.json"
    save_scene(tiny_scene.replace(direction="reverse", t=100, model=ModelSpec(name, "dot"), sampler=sampler), path)
    driver = make_driver()
    driver.window.controller.models.follows = True  # as the window begins
    driver.window.controller.open_scene(read_scene(path).scene)
    driver.idle()
    assert driver.scene.sampler == sampler
    assert row(driver)[0] == "the folder says linspace · fixed small"


def test_a_model_without_a_scheduler_says_nothing(driver: Driver, tiny_model_folder: Path) -> None:
    shutil.rmtree(tiny_model_folder / "scheduler")
    driver.trigger("direction_reverse")
    driver.window.controller.models.load(str(tiny_model_folder), ("linear", 100, "v"))
    driver.idle()
    assert not driver.find("folder_says_label", QLabel).isVisible()
    assert driver.scene.sampler == SamplerSpec("ddpm", 5)


def test_the_model_that_the_window_begins_with_preselects_its_own(
    make_driver: Callable[..., Driver], tiny_scene: Scene, folder: Callable[..., str]
) -> None:
    name = folder(DDPMScheduler(**TRAINED, timestep_spacing="linspace"))
    driver = make_driver(tiny_scene.replace(model=ModelSpec(name)), idle=False)
    driver.window.controller.models.follows = True  # as app.run and diffviz.explore do
    driver.idle()
    assert driver.scene.sampler == SamplerSpec("ddpm", 5, "linspace")


def test_the_laboratory_warns_of_the_chain_that_goes_astray(
    make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    guided = tiny_scene.replace(
        model=ModelSpec(tiny_scene.model.name, "dot", 3.0),
        sampler=SamplerSpec("ddim", 2),
        experiment=ExperimentSpec("strength", params(strengths="0.5")),
    )
    driver = make_driver(guided)
    driver.trigger("laboratory")
    driver.generate()
    assert any("DDIM steps along an ε̂ that no longer fits" in message for message in driver.messages())
    driver.trigger("direction_reverse")
    assert not any("no longer fits" in message for message in driver.messages()), "no experiment is seen"
    driver.trigger("laboratory")
    driver.window.controller.options.part("model", rederive_eps=True)
    driver.generate()
    assert not any("no longer fits" in message for message in driver.messages())
