"""Points in "Remove noise": the cloud that is open is its own exact model, at once, and chains of it are chains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QComboBox

from diffviz import catalog
from diffviz.diffusion import SCHEDULES
from diffviz.gui.app import with_model
from diffviz.kinds import POINTS
from diffviz.lens_catalog import START
from diffviz.models.small import save_small
from diffviz.scene import DataSpec, ModelSpec, SamplerSpec, Scene
from diffviz.scene_file import read_scene, save_scene
from diffviz.train.small import SmallRecipe, SmallTraining


@pytest.fixture
def driver(make_driver: Callable[..., Driver], tiny_scene: Scene) -> Driver:
    return make_driver(tiny_scene.replace(data=DataSpec("points", "builtin:rings")))


def distances(places: np.ndarray, atoms: np.ndarray) -> np.ndarray:
    return np.sqrt(((places[:, None] - atoms[None]) ** 2).sum(2)).min(1)


def test_the_cloud_that_is_open_is_its_own_model(driver: Driver, tmp_path: Path) -> None:
    menu = driver.find("model_combo", QComboBox)
    assert driver.scene.model.name == "exact:rings" and menu.currentText() == "exact · rings"
    assert [driver.find("class_combo", QComboBox).itemText(i) for i in range(3)] == ["any", "inner", "outer"]
    assert "points in the plane" in driver.words("model_summary") and "picture" not in driver.words("model_summary")
    assert "E[x₀|xₜ]" in driver.words("model_summary").replace("\u200b", "")
    driver.window.files.open_any(_file(tmp_path / "mine.csv"))
    driver.idle()
    assert driver.scene.model.name == f"exact:{tmp_path / 'mine.csv'}" and menu.currentText() == "exact · mine.csv"
    driver.trigger("undo")
    driver.idle()
    assert (driver.scene.model.name, driver.scene.data.source) == ("exact:rings", "builtin:rings"), "one step of undo"
    driver.trigger("redo")
    driver.idle()
    assert driver.scene.model.name == f"exact:{tmp_path / 'mine.csv'}" == driver.window.controller.models.wanted
    driver.window.controller.pictures.open(DataSpec("picture", "builtin:cat"))
    driver.idle()
    info = driver.window.controller.chains.model
    assert info is not None and info.kind == "picture" and driver.scene.model.name == info.name
    driver.trigger("undo")
    driver.idle()
    assert driver.window.controller.chains.model.kind == "points", "and back"


def test_a_chain_of_one_class_ends_at_its_points_and_is_kept_in_runs_and_scenes(driver: Driver, tmp_path: Path) -> None:
    driver.trigger("direction_reverse")
    driver.idle()
    driver.window.controller.store.edit(sampler=SamplerSpec("ddim", 12))
    driver.choose("class_combo", "inner")
    driver.set("guidance_spin", 2.0)
    driver.generate()
    cloud = POINTS.read("builtin:rings")
    inner, outer = (cloud.array[cloud.labels == k] for k in (0, 1))
    chain = driver.window.controller.chains
    ends = chain.states[-1].values[0, 0]
    assert len(ends) >= 1000
    assert np.mean(distances(ends[::10], inner) < distances(ends[::10], outer)) > 0.99
    driver.set_t(0)
    shown = driver.shown("x_t")
    assert np.array_equal(shown, POINTS.arrange(ends[None], 1.0, shown.shape[:2])), "in the card's own pixels"
    assert driver.action("denoise").isEnabled() is False
    save_scene(driver.scene, tmp_path / "a.json")
    assert read_scene(tmp_path / "a.json").scene.model == driver.scene.model
    assert driver.window.doors.runs.save(str(tmp_path / "a.diffviz-run"))
    driver.idle()
    driver.window.files.open_any(str(tmp_path / "a.diffviz-run"))
    driver.idle()
    assert np.array_equal(chain.states[-1].values[0, 0], ends)


def test_a_chain_of_what_is_open_keeps_its_theory_when_another_model_is_chosen(
    driver: Driver, _tiny_model: Path
) -> None:
    driver.trigger("direction_reverse")
    driver.window.controller.store.edit(sampler=SamplerSpec("ddim", 5))
    driver.generate()
    driver.window.controller.models.choose(str(_tiny_model))
    driver.trigger("lens_map")
    driver.idle()
    assert driver.window.controller.chains.model.kind == "picture"
    assert driver.action("density").isChecked() and driver.window.controller.plane._plane is not None
    assert not driver.window.controller.lens.chart.message


def test_pasted_points_are_a_model_too_and_denoised_from_where_they_are(driver: Driver) -> None:
    square = np.array([(x, y) for x in (-1, 1) for y in (-1, 1)], np.float32)
    mime = QMimeData()
    mime.setText("".join(f"{x},{y}\n" for x, y in square))
    assert driver.window.files.take(mime)
    driver.idle()
    assert driver.scene.model.name == f"exact:{driver.scene.data.source}" and driver.messages() == []
    assert catalog.model_name(driver.scene.model.name) == "exact · your points", "drawn ones have such a source, too"
    driver.window.controller.store.edit(sampler=SamplerSpec("ddim", 8))
    driver.trigger("denoise")
    driver.idle()
    ends = driver.window.controller.chains.states[-1].values[0, 0]
    assert np.mean(distances(ends, square) < 0.02) > 0.99


def _file(path: Path) -> str:
    path.write_text("".join(f"{x},{y}\n" for x, y in np.random.default_rng(0).normal(size=(40, 2))))
    return str(path)


@pytest.mark.parametrize("name", ["moons", "exact-200:two_moons", "two_deltas", "FILE"])
def test_a_model_of_points_that_is_named_at_the_start_brings_its_points(name: str, tmp_path: Path) -> None:
    name = f"exact:{_file(tmp_path / 'mine.csv')}" if name == "FILE" else name
    scene = with_model(Scene(), name)
    assert scene.model.name == name and scene.data.kind == ("line" if name == "two_deltas" else "points")
    assert scene.view.lens == ("map" if name == "two_deltas" else "schedule")
    ends = {"FILE": "mine.csv", "two_deltas": "two_deltas"}.get(name, "mine.csv" if "mine" in name else "two_moons")
    assert scene.data.source.endswith(ends)
    assert with_model(Scene(), "smileys-32").data == Scene().data == with_model(Scene(), "exact:smileys-32").data


def test_a_network_of_points_that_is_named_at_the_start_stays(
    make_driver: Callable[..., Driver], tiny_scene: Scene, tmp_path: Path
) -> None:
    training = SmallTraining(
        POINTS.read("builtin:rings"), SCHEDULES["linear"](T=50), SmallRecipe(seconds=None, steps=1)
    )
    save_small(tmp_path / "net", training.network, training.schedule, ("inner", "outer"))
    driver = make_driver(tiny_scene.replace(model=ModelSpec(str(tmp_path / "net"))), idle=False)
    driver.window.controller.models.follows = True
    driver.idle()
    assert driver.scene.model.name == str(tmp_path / "net")
    assert driver.scene.data == DataSpec("points", "builtin:rings"), "what it learnt"


def test_nothing_of_other_points_stands_beside_a_chain_of_a_network_that_learnt_these(
    driver: Driver, tmp_path: Path
) -> None:
    training = SmallTraining(
        POINTS.read("builtin:rings"), SCHEDULES["linear"](T=50), SmallRecipe(seconds=None, steps=1)
    )
    save_small(tmp_path / "net", training.network, training.schedule, ("inner", "outer"))
    controller = driver.window.controller
    controller.models.load(str(tmp_path / "net"))
    driver.idle()
    controller.store.edit(sampler=SamplerSpec("ddim", 4))
    driver.trigger("direction_reverse")
    driver.generate()
    layers = controller.plane._layers
    assert controller.plane.network is not None
    assert "Medians" in layers[0].drawn.words
    controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    driver.idle()
    assert driver.scene.model.name == "exact:two_moons", "it goes with what is open, as an exact one does"
    driver.trigger("direction_reverse")
    driver.idle()
    assert layers[0].drawn is None and not driver.action("density").isEnabled()
    controller.models.choose(str(tmp_path / "net"))  # as the person wants it
    driver.idle()
    driver.generate()
    driver.trigger("lens_map")
    driver.idle()
    assert layers[0].drawn is None and controller.plane.network is None
    assert "choose a model in the menu, then Generate" in controller.lens.chart.message
    controller.pictures.open(DataSpec("points", "builtin:rings"))
    driver.idle()
    assert driver.scene.model.name == str(tmp_path / "net"), "which it learnt"
    driver.trigger("direction_reverse")
    driver.idle()
    assert "Medians" in layers[0].drawn.words and not controller.lens.chart.message


def test_paths_begin_in_the_panel_and_where_they_do_by_themselves_after_other_data(driver: Driver) -> None:
    controller = driver.window.controller
    driver.trigger("direction_reverse")
    controller.options.view(eps_range=3, point="7.000 -6.000")
    driver.idle()

    def starts() -> list[tuple[float, ...]]:
        driver.idle()
        return [controller.plane._layers[0].drawn.start, controller.plane._plane.request.start]

    assert starts() == [(7, -6)] * 2
    controller.options.view(eps_range=1, lens="map")
    assert starts() == [START] * 2 and controller.lens.known().start == START, "it would lie outside of the panel"
    controller.options.view(point="0.500 0.500", lens="schedule")
    for data in (DataSpec("points", "builtin:two_moons"), DataSpec("sound", "builtin:drum")):
        controller.pictures.open(data)
        driver.idle()
        assert driver.scene.data == data and driver.scene.view.point == ("0.500 0.500" if data.kind == "points" else "")
