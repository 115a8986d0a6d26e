"""A lens in "Remove noise" follows one point of a cloud along its chain, from x_T to x_0."""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from gui_driver import Driver

from diffviz.kinds import KINDS
from diffviz.kinds.kind import Kind
from diffviz.lens_catalog import pixel_of
from diffviz.scene import DataSpec, SamplerSpec, Scene


@pytest.mark.parametrize("data", [DataSpec("points", "builtin:two_moons"), DataSpec("line", "builtin:two_deltas")])
@pytest.mark.parametrize("wide", [1, 3])
def test_the_point_that_was_clicked_is_looked_at_in_every_state(
    data: DataSpec, wide: int, make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    driver = make_driver(tiny_scene.replace(data=data, sampler=SamplerSpec("ddpm", 6)))
    driver.window.controller.options.view(lens="posterior", eps_range=wide)
    driver.trigger("direction_reverse")
    driver.generate()
    driver.idle()
    chains, kind = driver.window.controller.chains, KINDS[data.kind]
    chains.go_to(3)
    driver.idle()
    values = chains.state.values[0, 0]
    click_at(driver, kind, values, int(np.argmin(np.abs(values + 0.8).sum(axis=1))), wide)
    (i,), named = kind.followed(chains.states[0].values[0, 0], pixel_of(driver.scene.view.pixel))
    assert named == f"point {i + 1}" and np.abs(values[i] + 0.8).max() < 0.1 * wide, "what lies in the pixel clicked"
    assert driver.scene.view.point == "", "the paths begin where they did"
    for k in (0, 2, 5):
        chains.go_to(k)
        driver.idle()
        said = driver.window.controller.lens.chart.sentence
        assert f"of point {i + 1}:" in said, said
        for n, card in enumerate(driver.window.controller.view.jump.cards):
            here = chains.state.values[n, 0]
            place = kind.stands_at(here, (i,), (0.5, 0.5), 1 if n == 1 else wide)
            inside = all(0 <= each <= 1 for each in place)
            assert card.view._cross == (place if inside else None), "where it is in each picture"
    pinned = driver.scene
    driver.trigger("direction_forward")
    assert driver.scene.view.pixel == "", "where it began is no place in the data"
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.view.pixel == pinned.view.pixel
    chains.go_to(3)
    driver.idle()
    click_at(driver, kind, values, i, wide)
    assert driver.scene.view.pixel == "", "once more on it: it follows the cursor again"


def click_at(driver: Driver, kind: Kind, values: np.ndarray, i: int, wide: int) -> None:
    area = driver.picture_area()
    target = area.target()
    u, v = kind.stands_at(values, (i,), (0.5, 0.5), wide)
    driver.press(area, target.x() + u * target.width(), target.y() + v * target.height())
    driver.release(area, target.x() + u * target.width(), target.y() + v * target.height())
    driver.idle()


def test_a_point_is_named_by_where_it_began_however_far_out() -> None:
    x_T, x = np.array([[3.9, -0.2], [3.6, -0.2], [0.1, 0.2]], np.float32), np.zeros((3, 2), np.float32)
    x[1] = 2.0
    points, line, picture = KINDS["points"], KINDS["line"], KINDS["picture"]
    begun = points.begun_at(x_T, x, points.stands_at(x, (1,), (0, 0)))
    assert points.followed(x_T, begun)[0] == (1,) and all(0 <= share <= 1 for share in begun)
    assert line.followed(x_T[:, :1], line.begun_at(x_T[:, :1], x[:, :1], (0.5, 0.0)))[0] == (1,)
    pixels = np.zeros((3, 8, 8), np.float32)
    assert picture.begun_at(pixels, pixels, (0.3, 0.4)) == (0.3, 0.4) == picture.stands_at(pixels, (), (0.3, 0.4))
    assert picture.followed(pixels, (0.3, 0.4)) == picture.looked_at(pixels, (0.3, 0.4))


def test_futures_follow_the_point_that_was_followed_before(driver: Driver) -> None:
    driver.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    driver.idle()
    driver.window.controller.store.edit(sampler=SamplerSpec("ddpm", 6))
    driver.window.controller.options.view(lens="posterior")
    driver.trigger("direction_reverse")
    driver.generate()
    driver.idle()
    chains = driver.window.controller.chains
    chains.go_to(3)
    driver.idle()
    driver.window.controller.options.view(pixel="0.51 0.48")
    driver.idle()
    (named,) = re.findall(r"of (point \d+):", driver.window.controller.lens.chart.sentence)
    driver.trigger("futures")
    driver.idle()
    assert chains.run.fan
    chains.go_to(1)
    driver.idle()
    assert f"of {named}:" in driver.window.controller.lens.chart.sentence
