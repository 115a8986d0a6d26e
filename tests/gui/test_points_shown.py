"""Points where pictures are: opened by content, moved by the slider, kept in scenes, written as films."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from gui_driver import Driver
from PySide6.QtWidgets import QToolButton

from diffviz.diffusion import SCHEDULES, posterior_coefficients
from diffviz.engine.lensing import chart_of
from diffviz.engine.noise import held_noise
from diffviz.gui.panels.segments import Segments
from diffviz.kinds import POINTS
from diffviz.scene import DataSpec, SamplerSpec, Scene


def test_a_cloud_drowns_in_noise_by_the_same_equation(
    make_driver: Callable[..., Driver], tiny_scene: Scene, tmp_path: Path
) -> None:
    driver = make_driver(tiny_scene.replace(data=DataSpec("points", "builtin:rings")))
    schedule, x_0 = SCHEDULES["linear"](T=100), POINTS.read("builtin:rings").array
    eps = held_noise(0, x_0.shape)[0].numpy()
    for t in (40, 90):
        driver.set_t(t)
        alpha_bar = float(schedule.alpha_bar[t])
        x_t = (alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * eps).astype(np.float32)
        shown = driver.shown("x_t")
        assert np.mean(shown != POINTS.raster(x_t[None], 1.0, shown.shape[:2])[0]) < 1e-3
    driver.window.controller.spoken.tell()
    assert driver.picture_area("x_t").accessibleName().startswith("noisy points x t, rings")
    driver.choose("second_row_combo", "posterior")
    driver.idle()
    c_0, c_t, _ = posterior_coefficients(90, 89, schedule)
    driver.window.controller.view.step.cards[0].clicked.emit(3, 3)  # the mean alone
    mean, shown = (c_0 * x_0 + c_t * x_t).astype(np.float32), driver.shown("step_x_t")
    assert np.mean(shown != POINTS.raster(mean[None], 1.0, shown.shape[:2])[0]) < 1e-3
    assert driver.action("denoise").isEnabled(), "by the cloud's own model"
    (tmp_path / "mine").write_text("1,2\n3,4\n5,-1\n")
    driver.window.files.open_any(str(tmp_path / "mine"))
    driver.idle()
    assert driver.scene.data == DataSpec("points", f"path:{tmp_path / 'mine'}")
    assert any("3 points" in text for text in driver.messages())
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.data.source == "builtin:rings"


def test_points_have_no_spectrum_and_their_model_is_no_network(driver: Driver) -> None:
    tab, action = driver.find("lens_tabs", Segments).buttons["spectrum"], driver.action("lens_spectrum")
    tip = tab.toolTip()
    assert tab.isEnabled() and action.isEnabled() and "trained" in driver.find("model_summary").toolTip()
    driver.window.controller.pictures.open(DataSpec("points", "builtin:rings"))
    driver.idle()
    assert not tab.isEnabled() and not action.isEnabled()
    assert "no grid of pixels" in tab.toolTip() and "no grid of pixels" in action.toolTip()
    assert "there is no network" in driver.find("model_summary").toolTip()
    assert driver.find("density_button", QToolButton).text() == "density", "in the middle of its button"
    driver.trigger("undo")
    driver.idle()
    assert tab.isEnabled() and action.isEnabled() and tab.toolTip() == tip


def test_points_are_drawn_out_of_the_picture_that_is_open(
    make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    driver = make_driver(tiny_scene)
    driver.trigger("points_of_picture")
    driver.idle()
    assert driver.scene.data.kind == "points" and driver.scene.data.source.startswith("sha256:")
    noised = driver.window.controller.plane._noised
    assert noised is not None and noised[0].x_0_values.shape == (5000, 2)
    assert driver.window.controller.chains.model.kind == "points", "by its own exact model"
    driver.trigger("points_of_picture")
    assert any("open one first" in text for text in driver.messages())
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.data == tiny_scene.data


def test_a_lens_looks_at_the_point_that_is_followed(make_driver: Callable[..., Driver], tiny_scene: Scene) -> None:
    driver = make_driver(tiny_scene.replace(data=DataSpec("points", "builtin:rings")))
    controller = driver.window.controller
    driver.set_t(60)
    driver.trigger("lens_map")
    driver.idle()
    driver.trigger("paths")  # a ring tells which it is
    driver.idle()
    area = driver.picture_area("x_0")
    target = area.target()
    x, y = (round(target.x() + share * target.width()) for share in (0.3, 0.6))
    for point in (area.width() / 2, area.height() / 2), (x, y):
        driver.press(area, *point)
        driver.release(area, *point)
        driver.idle()
        x_t, ring, _ = (layer.drawn.ring for layer in controller.plane._layers)
        i = int(np.square(POINTS.read("builtin:rings").array - ring).sum(axis=1).argmin())
        said = controller.lens.chart.sentence
        assert f"x of point {i + 1} has x_t = {x_t[0]:.3f}.".replace("-", "−") in said
        assert chart_of(driver.scene, controller.plane.datum().array).sentence == said, "in figures and films too"
    assert all(card.view._cross is None for card in controller.view.jump.cards)


def test_points_that_no_picture_has_room_for_are_counted(
    make_driver: Callable[..., Driver], tiny_scene: Scene, tmp_path: Path
) -> None:
    far = tmp_path / "far.csv"
    far.write_text(
        "".join(f"{x},{y}\n" for x, y in [*np.random.default_rng(0).normal(size=(60, 2)), (30, 0), (0, -40)])
    )
    driver = make_driver(tiny_scene.replace(data=DataSpec("points", f"path:{far}"), sampler=SamplerSpec("ddim", 4)))
    assert " · 2 outside" in driver.window.controller.view.x_0.caption
    driver.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    driver.idle()
    driver.trigger("direction_reverse")
    driver.idle()
    driver.choose("class_combo", "upper")
    driver.set("guidance_spin", 9.0)
    driver.generate()
    chains, card = driver.window.controller.chains, driver.window.controller.view.x_0
    chains.go_to(1)
    driver.idle()
    count = int((np.abs(chains.state.values[1, 0]) > 3).any(axis=1).sum())
    assert count > 9 and card.caption.endswith(f"state 1 of 4 · {count:,} outside")
    assert f"{count:,} of the points lie outside" in card._caption.toolTip()
    chains.go_to(4)
    driver.idle()
    assert "outside" not in card.caption + card._caption.toolTip()
