"""Runs in files: saved in one window, walked in another that has never seen the model."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from chains import direct, is_shown
from gui_driver import Driver
from PySide6.QtCore import QMimeData, QUrl
from PySide6.QtWidgets import QComboBox, QLabel
from word_network import write_words

from diffviz import cli
from diffviz.engine.run_file import load_run
from diffviz.files import models_dir
from diffviz.gui.panels.condition_box import ConditionBox
from diffviz.scene import DataSpec, ModelSpec, SamplerSpec, Scene

DDIM = SamplerSpec("ddim", 5)
NOT_LOADED = "its model is not loaded; choose a model in the menu first"


@pytest.fixture
def run_path(_tiny_model: Path, tmp_path: Path) -> Path:
    """A run of five steps of a model that is gone again."""
    folder = Path(shutil.copytree(_tiny_model, tmp_path / "gone"))
    path = tmp_path / "a.diffviz-run"
    words = ["export", "reverse", "--save-run", path, "--model", folder, "--class", "ring", "--sampler", "ddim"]
    assert cli.main([str(word) for word in (*words, "--steps", 5, "--seed", 3, "--count", 4, "--device", "cpu")]) == 0
    shutil.rmtree(folder)
    return path


def expected(scene: Scene, _tiny_model: Path) -> list:  # type: ignore[type-arg]
    return direct(scene.replace(model=ModelSpec(str(_tiny_model), "ring")))


def menu(driver: Driver) -> QComboBox:
    return driver.find("model_combo", QComboBox)


def test_a_run_is_walked_without_its_model(
    make_driver: Callable[..., Driver], run_path: Path, _tiny_model: Path
) -> None:
    driver = make_driver()
    driver.window.files.open_any(str(run_path))
    driver.idle()
    states = expected(driver.scene, _tiny_model)
    assert driver.scene.direction == "reverse" and driver.scene.seed == 3 and driver.scene.count == 4
    for state in (states[-1], states[2], states[0]):
        driver.set_t(round(state.t))
        assert is_shown(driver, state)
    assert menu(driver).currentText() == "(gone)"
    assert "of a.diffviz-run, not loaded" in driver.window.controller.side.summary.text()


@pytest.mark.parametrize("opened", [DataSpec("points", "builtin:rings"), DataSpec("line", "builtin:uniform")])
def test_of_other_points_no_map_stands_beside_an_opened_run(
    make_driver: Callable[..., Driver], tmp_path: Path, opened: DataSpec
) -> None:
    words = ["export", "reverse", "--save-run", str(tmp_path / "a.diffviz-run"), "--model", "exact:two_moons"]
    assert cli.main([*words, "--sampler", "ddim", "--steps", "3", "--device", "cpu"]) == 0
    driver = make_driver()
    driver.window.controller.pictures.open(opened)
    driver.idle()
    driver.window.files.open_any(str(tmp_path / "a.diffviz-run"))
    driver.window.controller.lens.choose("map")
    driver.idle()
    message = driver.window.controller.lens.chart.message
    assert "other data than what is open: choose a model in the menu, then Generate for one" in message
    driver.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    driver.trigger("direction_reverse")
    driver.idle()
    assert not driver.window.controller.lens.chart.message


def test_leaving_an_opened_run_loads_the_model_of_the_scene_again(
    make_driver: Callable[..., Driver], run_path: Path
) -> None:
    driver = make_driver()
    driver.generate()
    before, chain = driver.scene, driver.shown("x_t")
    driver.window.files.open_any(str(run_path))
    driver.idle()
    assert driver.window.controller.session.model.recorded and not driver.action("generate").isEnabled()
    driver.trigger("undo")
    driver.idle()
    assert driver.scene == before and np.array_equal(driver.shown("x_t"), chain)
    assert not driver.window.controller.session.model.recorded and driver.action("generate").isEnabled()
    driver.trigger("redo")
    driver.idle()
    assert driver.scene.seed == 3 and menu(driver).currentText() == "(gone)"
    assert driver.window.controller.session.model.recorded and not driver.action("generate").isEnabled()
    driver.trigger("undo")
    driver.idle()
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), chain)


def test_a_run_of_an_own_model_by_its_short_name_keeps_its_chain(
    make_driver: Callable[..., Driver], own_models: None, _tiny_model: Path, tmp_path: Path
) -> None:
    shutil.copytree(_tiny_model, models_dir() / "pets")
    words = ["export", "reverse", "--save-run", tmp_path / "a.diffviz-run", "--model", "pets", "--steps", 5]
    assert cli.main([str(word) for word in (*words, "--device", "cpu")]) == 0
    driver = make_driver()
    driver.window.files.open_any(str(tmp_path / "a.diffviz-run"))
    driver.idle()
    assert len(driver.window.controller.chains.states) == 6
    assert menu(driver).currentText() == "(pets)"


def test_no_chain_of_another_model_is_run_by_mistake(make_driver: Callable[..., Driver], run_path: Path) -> None:
    driver = make_driver()
    driver.window.files.open_any(str(run_path))
    driver.idle()
    driver.set_t(60)
    before = driver.shown("x_t")
    for name in ("go_on", "futures"):
        assert not driver.action(name).isEnabled() and NOT_LOADED in driver.action(name).toolTip()
    assert not driver.action("generate").isEnabled() and NOT_LOADED in driver.action("generate").toolTip()
    driver.window.controller.generate()
    driver.idle()
    assert NOT_LOADED in driver.window.controller.bar.texts()[-1]
    assert np.array_equal(driver.shown("x_t"), before)
    driver.trigger("direction_forward")
    driver.idle()
    assert not driver.action("denoise").isEnabled()


@pytest.mark.parametrize("loaded", [True, False])
def test_a_chain_is_gone_on_with_out_of_its_file_by_the_network_that_made_it(
    make_driver: Callable[..., Driver], _tiny_model: Path, tmp_path: Path, loaded: bool
) -> None:
    driver = make_driver(Scene(seed=3, count=4, model=ModelSpec(str(_tiny_model), "ring"), sampler=DDIM))
    session = driver.window.controller.store
    driver.generate()
    assert driver.window.doors.runs.save(str(tmp_path / "a.diffviz-run"))
    driver.idle()

    def branched() -> np.ndarray:
        driver.set_t(60)
        session.edit(model=dataclasses.replace(driver.scene.model, class_label="dot"))
        driver.trigger("go_on")
        driver.idle()
        return driver.shown("x_t")

    branch = branched()
    if not loaded:
        driver.window.controller.models.load("exact:two_moons")
        driver.idle()
    driver.window.files.open_any(str(tmp_path / "a.diffviz-run"))
    driver.idle()
    assert bool(session.session.model.recorded) is not loaded and driver.action("generate").isEnabled() is loaded
    if not loaded:
        driver.choose("model_combo", "tiny")
        driver.idle()
    assert menu(driver).currentText() == "tiny" and len(driver.window.controller.chains.states) == 6
    assert not np.array_equal(driver.shown("x_t"), branch)
    assert np.array_equal(branched(), branch)


def test_choosing_a_model_makes_room(make_driver: Callable[..., Driver], run_path: Path, _tiny_model: Path) -> None:
    driver = make_driver()
    driver.window.files.open_any(str(run_path))
    driver.idle()
    opened = driver.shown("x_t")
    driver.choose("model_combo", "tiny")
    driver.idle()
    assert menu(driver).currentText() == "tiny" and driver.scene.model.name == str(_tiny_model)
    assert np.array_equal(driver.shown("x_t"), opened), "it stays until the next chain"
    assert not driver.action("go_on").isEnabled()
    job = driver.window.controller.chains.run.job
    driver.trigger("generate")
    driver.idle()
    assert driver.window.controller.chains.run.job != job


def test_undo_brings_the_model_back(make_driver: Callable[..., Driver], run_path: Path, _tiny_model: Path) -> None:
    driver = make_driver()
    driver.window.files.open_any(str(run_path))
    driver.idle()
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.model.name == str(_tiny_model) and driver.scene.direction == "forward"
    assert driver.action("generate").isEnabled()


def test_undo_of_an_opened_run_shows_none_where_there_was_none(
    make_driver: Callable[..., Driver], run_path: Path
) -> None:
    driver = make_driver()
    driver.trigger("direction_reverse")
    driver.idle()
    before, chains = driver.scene, driver.window.controller.chains
    driver.window.files.open_any(str(run_path))
    driver.idle()
    driver.trigger("undo")
    driver.idle()
    assert not chains.states and driver.scene == before and driver.action("generate").isEnabled()
    driver.trigger("redo")
    driver.idle()
    assert len(chains.states) == 6
    driver.trigger("undo")
    driver.idle()
    assert not chains.states


def test_dropped_and_from_the_dialog(
    make_driver: Callable[..., Driver], run_path: Path, answer: Callable[[object], None]
) -> None:
    driver = make_driver()
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(run_path))])
    assert driver.window.files.take(mime)
    driver.idle()
    assert len(driver.window.controller.chains.states) == 6
    driver.reset()
    answer(run_path)
    driver.trigger("open_run")
    driver.idle()
    assert len(driver.window.controller.chains.states) == 6


def test_saved_in_the_window_it_is_what_was_shown(
    make_driver: Callable[..., Driver], answer: Callable[[object], None], tmp_path: Path
) -> None:
    driver = make_driver()
    driver.trigger("direction_reverse")
    driver.idle()
    assert not driver.action("save_run").isEnabled() and "press Generate first" in driver.action("save_run").toolTip()
    driver.trigger("generate")
    driver.idle()
    answer(tmp_path / "mine")
    driver.trigger("save_run")
    driver.idle()
    run = load_run(tmp_path / "mine.diffviz-run")
    states = driver.window.controller.chains.states
    assert driver.window.controller.bar.texts()[-1].startswith("mine.diffviz-run is written, ")
    assert [state.t for state in run.states] == [state.t for state in states]
    assert all(np.array_equal(a.shown.x_t, b.shown.x_t) for a, b in zip(run.states, states, strict=True))
    assert (run.scene.seed, run.scene.model, run.scene.sampler) == (
        driver.scene.seed,
        driver.scene.model,
        driver.scene.sampler,
    )


def test_an_opened_run_can_be_exported_and_saved_again(
    make_driver: Callable[..., Driver], run_path: Path, answer: Callable[[object], None], tmp_path: Path
) -> None:
    driver = make_driver()
    driver.window.files.open_any(str(run_path))
    driver.idle()
    for name in ("b.diffviz-run", "b.diffviz-run "):  # the suffix is there
        answer(tmp_path / name)
        driver.trigger("save_run")
        driver.idle()
        assert (tmp_path / name).read_bytes() == run_path.read_bytes()
    options = {"size": 64, "theme": "dark"}
    driver.export(tmp_path / "film", options, 10)
    driver.idle()
    assert len(list((tmp_path / "film").glob("*.png"))) == 6


def test_a_bad_file_leaves_everything_as_it_was(make_driver: Callable[..., Driver], run_path: Path) -> None:
    driver = make_driver()
    run_path.write_bytes(run_path.read_bytes()[:-10])
    before = driver.scene
    driver.window.files.open_any(str(run_path))
    driver.idle()
    assert driver.window.controller.bar.texts()[-1].startswith("a.diffviz-run: is no run of diffviz, or was cut short")
    assert driver.scene == before and driver.window.controller.models.recorded == ""
    assert driver.action("generate").isEnabled()


def test_in_the_very_first_moment(make_driver: Callable[..., Driver], run_path: Path) -> None:
    driver = make_driver(idle=False)
    driver.window.files.open_any(str(run_path))
    driver.idle(60.0)
    assert len(driver.window.controller.chains.states) == 6
    assert driver.find("x_t_panel") and driver.scene.direction == "reverse"
    assert any("not loaded" in found.text() for found in driver.window.findChildren(QLabel))


def test_the_words_of_a_run_stay_those_that_made_it(
    make_driver: Callable[..., Driver], tiny_scene: Scene, tmp_path: Path
) -> None:
    folder, path = write_words(tmp_path / "spoken"), tmp_path / "said.diffviz-run"
    words = ["export", "reverse", "--save-run", path, "--model", folder, "--class", "red hat", "--steps", 3]
    assert cli.main([str(word) for word in (*words, "--device", "cpu")]) == 0
    driver = make_driver(tiny_scene)
    driver.window.files.open_any(str(path))
    driver.idle()
    assert driver.messages() == [] and driver.scene.model.class_label == "red hat"
    assert driver.find("class_combo", QComboBox).currentText() == "red hat"
    assert driver.window.controller.side.words.name.text() == "words" and driver.window.controller.session.model.worded
    driver.window.controller.lens.choose("words")
    driver.idle()
    assert "of an opened run it is not loaded" in driver.window.controller.lens.chart.message
    assert not driver.window.controller.session.changes
    shown = driver.shown("x_t")
    driver.window.controller.models.choose(str(folder))  # of the same name: its weights are read
    driver.idle()
    assert driver.scene.model.class_label == "red hat" and not driver.window.controller.session.changes
    driver.generate()
    assert np.array_equal(driver.shown("x_t"), shown)


def test_words_can_be_said_beside_a_run_of_the_model_that_is_told_some(
    make_driver: Callable[..., Driver], tiny_scene: Scene, tmp_path: Path
) -> None:
    path = tmp_path / "said.diffviz-run"
    words = ["export", "reverse", "--save-run", path, "--model", "faces-64", "--class", "red hair", "--steps", 2]
    assert cli.main([str(word) for word in (*words, "--device", "cpu")]) == 0
    driver = make_driver(tiny_scene)
    driver.window.files.open_any(str(path))
    driver.idle()
    driver.trigger("say_words")
    driver.idle()
    assert driver.find("class_combo", ConditionBox).told_words and driver.action("generate").isEnabled()
    assert driver.find("class_combo", ConditionBox).prompt == driver.scene.model.class_label


def test_a_run_of_pictures_beside_points_has_no_plane(make_driver: Callable[..., Driver], run_path: Path) -> None:
    driver = make_driver()
    driver.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    driver.idle()
    card, density = driver.find("density_button").parentWidget(), driver.action("density")
    assert card.isVisible() and density.isEnabled()
    driver.window.files.open_any(str(run_path))
    driver.idle()
    assert not card.isVisible() and not density.isEnabled() and not density.isChecked()
    driver.trigger("direction_forward")
    driver.idle()
    assert card.isVisible() and density.isEnabled() and density.isChecked()


def test_a_model_of_what_is_opened_beside_a_run_is_loaded_and_the_chain_stays(
    make_driver: Callable[..., Driver], run_path: Path
) -> None:
    driver = make_driver()
    driver.window.files.open_any(str(run_path))
    driver.idle()
    driver.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    driver.idle()
    assert menu(driver).currentText() == "exact · two moons" and driver.generate_button.isEnabled()
    driver.trigger("direction_reverse")
    driver.idle()
    assert driver.find("made_with_label", QLabel).text().startswith("gone")
    assert len(driver.window.controller.chains.states) == 6


def test_of_a_network_without_words_nothing_stays_of_those_before(
    make_driver: Callable[..., Driver], run_path: Path, tmp_path: Path
) -> None:
    driver = make_driver()
    driver.window.controller.models.choose(str(write_words(tmp_path / "spoken")))
    driver.idle()
    assert driver.window.controller.session.model.worded
    driver.window.files.open_any(str(run_path))
    driver.idle()
    assert not driver.window.controller.session.model.worded
    driver.trigger("undo")
    driver.idle()
    assert driver.window.controller.session.model.worded and driver.action("undo").text() == "Undo: model spoken"
    driver.trigger("redo")
    driver.idle()
    assert not driver.window.controller.session.model.worded
