"""Points on a line: the same page, with the map of the density over x and t under the slider's cursor."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from PySide6.QtWidgets import QLabel

from diffviz.chart import Plot
from diffviz.evenly import evenly
from diffviz.gui.panels.lens_marks import at_grip, upwards
from diffviz.scene import DataSpec, SamplerSpec, Scene


@pytest.fixture
def driver(make_driver: Callable[..., Driver], tiny_scene: Scene) -> Driver:
    driver = make_driver(tiny_scene)
    driver.window.controller.pictures.open(DataSpec("line", "builtin:two_deltas"))
    driver.idle()
    return driver


def plot(driver: Driver) -> Plot:
    chart = driver.window.controller.lens.chart
    assert chart is not None and chart.plots, chart
    return chart.plots[0]


def test_it_opens_with_its_own_lens_which_goes_with_it(driver: Driver) -> None:
    assert driver.scene.view.lens == "map" and driver.scene.model.name == "exact:two_deltas"
    assert plot(driver).t == 40 and "points on a line" in driver.words("model_summary")
    lens, pictures = driver.find("lens_plot"), driver.picture_area("x_t")
    assert lens.height() > 1.1 * pictures.height(), "the map has the room"
    driver.window.controller.pictures.open(DataSpec("picture", "builtin:cat"))
    driver.idle()
    assert driver.scene.view.lens == "schedule" and driver.plot.isVisible()
    driver.trigger("undo")
    driver.idle()
    assert (driver.scene.view.lens, driver.scene.data.kind) == ("map", "line"), "one step of undo"


def test_without_a_chain_ode_and_sde_run_from_a_start_that_is_dragged(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.idle()
    before = plot(driver)
    assert [each.name for each in before.series if each.name] == ["ODE from quantiles", "SDE", "ODE"]
    assert before.grip == 0.9 and before.series[-1].y[-1] == pytest.approx(1, abs=0.02)
    lens = driver.find("lens_plot")
    drawn = lens._drawn[0]  # type: ignore[attr-defined]
    place = at_grip(drawn.plot, drawn.area)
    lower = upwards(drawn.plot, drawn.area, -1.0)
    driver.press(lens, place.x(), place.y())
    for y in (place.y() + 9, lower):
        driver.move(lens, place.x(), y)
    driver.idle()
    steps = len(before.series[-1].x)
    assert len(plot(driver).series[-1].x) == 1 + steps // 4, "quick, in long steps"
    driver.release(lens, place.x(), lower)
    driver.idle()
    after = plot(driver)
    assert len(after.series[-1].x) == steps
    assert after.grip == pytest.approx(-1, abs=0.03) and after.series[-1].y[-1] == pytest.approx(-1, abs=0.02)
    assert dict(driver.scene.view.lens_params)["map.start"] == after.grip
    driver.trigger("undo")
    driver.idle()
    assert plot(driver).grip == 0.9


def test_a_chain_of_any_sampler_is_drawn_over_it_and_exported(driver: Driver, tmp_path: Path) -> None:
    driver.trigger("direction_reverse")
    driver.idle()
    for sampler in (SamplerSpec("heun", 6), SamplerSpec("ddpm", 8)):
        driver.window.controller.store.edit(sampler=sampler)
        driver.generate()
        driver.idle()
        thin = [each for each in plot(driver).series if each.style == "thin"]
        chain = driver.window.controller.chains
        assert len(thin) == 24 and sampler.name[:4].lower() in thin[0].name.lower()
        values = np.stack([state.values[0][0, :, 0] for state in chain.states])
        assert thin[3].y.tolist() == values[:, evenly(values.shape[1], 24)[3]].tolist()
        assert np.abs(np.abs(thin[3].y[-1]) - 1) < 0.05
    driver.export(tmp_path / "film", {"size": 64, "layout": "curves", "hold_s": 0.0}, 3)
    driver.idle()
    assert len(list((tmp_path / "film").glob("*.png"))) == 3


def test_the_map_has_the_controls_that_change_it(driver: Driver) -> None:
    start, channel = driver.find("map_start_spin"), driver.find("map_channel_spin")
    driver.trigger("direction_reverse")
    driver.idle()
    assert start.isVisible() and not channel.isVisible(), "a point on a line is one number"
    driver.trigger("direction_forward")
    driver.idle()
    assert not start.isVisible() and not channel.isVisible(), "chains begin with the data"
    driver.window.controller.store.edit(data=DataSpec("points", "builtin:two_moons"))
    driver.idle()
    assert channel.isVisible() and not start.isVisible()
    called = [name for name in driver.window.findChildren(QLabel) if name.buddy() is channel]
    assert [name.text() for name in called] == ["1 = x, 2 = y"] and channel.accessibleName() == "Map: 1 = x, 2 = y"


def test_the_grip_is_where_it_is_held_before_the_ways_are(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.idle()
    shown = driver.window.controller.schedule_panel.lens.plot
    (drawn,) = shown._drawn
    place = at_grip(drawn.plot, drawn.area)
    driver.press(shown, place.x(), place.y())
    below = upwards(drawn.plot, drawn.area, -1.5)
    driver.move(shown, place.x(), below)
    shown.repaint()
    assert shown._drawn[0].plot.grip == pytest.approx(-1.5, abs=0.03)
    driver.release(shown, place.x(), below)
    driver.idle()
    assert plot(driver).grip == pytest.approx(-1.5, abs=0.03) and shown._drawn[0].plot.grip == plot(driver).grip


@pytest.mark.parametrize("action", ["laboratory", "lens_posterior"])
def test_the_grip_is_let_go_where_another_page_or_lens_is_shown_meanwhile(action: str, driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.idle()
    shown, lens = driver.window.controller.schedule_panel.lens.plot, driver.window.controller.lens
    (drawn,) = shown._drawn
    place = at_grip(drawn.plot, drawn.area)
    driver.press(shown, place.x(), place.y())
    driver.move(shown, place.x(), place.y() + 9)
    assert lens.dragging
    driver.trigger(action)
    driver.move(shown, place.x(), place.y() + 19)
    driver.idle()
    assert not lens.dragging
    assert "posterior.start" not in dict(driver.scene.view.lens_params)


@pytest.mark.parametrize("panel", ["x_t", "x_0", "eps"])
def test_adding_noise_the_point_that_was_clicked_is_followed_along_t(panel: str, driver: Driver) -> None:
    def looked_at() -> int:
        (number,) = re.findall(r"x of point (\d+) has", driver.window.controller.lens.chart.sentence)
        return int(number) - 1

    clouds = driver.window.controller.plane.clouds
    n, area = ("x_t", "x_0", "eps").index(panel), driver.picture_area(panel)
    target, wanted = area.target(), 1.0 if panel == "x_0" else 0.7
    place = target.x() + 0.3 * target.width(), target.y() + (0.5 - wanted / 6) * target.height()
    driver.press(area, *place)
    driver.release(area, *place)
    driver.idle()
    i = looked_at()
    assert abs(clouds[n, i, 0] - wanted) < 0.03, "what lies there in the panel that was clicked"
    for t in (10, 90):
        driver.set_t(t)
        driver.idle()
        x_t, x_0, eps = driver.window.controller.plane.clouds[:, i, 0]
        assert looked_at() == i and plot(driver).dots[0].y == pytest.approx(x_t, abs=1e-5)
        for card, x in zip(driver.window.controller.view.jump.cards, (x_t, x_0, eps), strict=True):
            assert card.view._cross == pytest.approx((0.5, 0.5 - x / 6)), "where it is in each"
    here = driver.window.controller.plane.clouds[n, i, 0]
    again = (
        area.target().x() + 0.6 * area.target().width(),
        area.target().y() + (0.5 - here / 6) * area.target().height(),
    )
    if panel == "eps":  # where no two lie at one height
        driver.press(area, *again)
        driver.release(area, *again)
        driver.idle()
        assert not driver.scene.view.pixel, "once more on it: it follows the cursor again"


def test_no_map_of_what_is_open_stands_beside_a_chain_of_other_data(driver: Driver) -> None:
    driver.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    driver.idle()
    driver.window.controller.store.edit(sampler=SamplerSpec("ddim", 4))
    driver.trigger("direction_reverse")
    driver.generate()
    for data in (DataSpec("line", "builtin:two_deltas"), DataSpec("points", "builtin:rings")):
        driver.window.controller.pictures.open(data)
        driver.idle()
        driver.trigger("direction_reverse")
        driver.trigger("lens_map")
        driver.idle()
        chart = driver.window.controller.lens.chart
        assert "The chain shown is of other data" in chart.message and not chart.plots
    driver.generate()
    assert plot(driver).shades, "a chain of it, and its map"


def test_the_map_beside_a_chain_is_of_the_class_of_the_chain(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.idle()
    driver.window.controller.store.edit(sampler=SamplerSpec("ddim", 4))
    driver.choose("class_combo", "plus one")
    driver.generate()
    before = plot(driver)
    assert before.shades[0].values[:50, :20].max() < 0.01 < before.shades[0].values[100:, :20].max(), (
        "it is at +1 alone"
    )
    driver.choose("class_combo", "minus one")
    driver.idle()
    after = plot(driver)
    assert np.array_equal(after.shades[0].values, before.shades[0].values)
    assert after.series[-1].y[-1] == pytest.approx(-1, abs=0.02), "the ways are of what is set"
    assert "the density is that of the chain" in driver.window.controller.lens.chart.sentence


def test_the_ways_over_the_map_are_called_by_the_sample_that_is_looked_into(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.idle()
    driver.window.controller.store.edit(sampler=SamplerSpec("ddim", 4), count=4, class_rows=True)
    driver.generate()
    for tile, asked in ((0, "minus one · DDIM 4 · seed 0"), (3, "plus one · DDIM 4 · seed 1")):
        driver.window.controller.pixels.look_into(tile)
        driver.idle()
        assert plot(driver).series[0].name == asked
        assert f"Thin: points of {asked}." in driver.window.controller.lens.chart.sentence
