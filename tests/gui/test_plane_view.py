"""The plane over points: density, score and paths follow the slider, the person and the chain."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from gui_driver import Driver, as_array
from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt
from PySide6.QtWidgets import QApplication, QWidget

from diffviz.diffusion.mixture import mixture_in_hand, score_of
from diffviz.engine.messages import ChainStates
from diffviz.gui.panels.picture_view import PictureView
from diffviz.gui.panels.plane_ink import ODE, SDE, TEAL, Drawn, Pointer, Way, named_tips
from diffviz.gui.panels.plane_layer import PlaneLayer, shade, square_in
from diffviz.gui.panels.viewport import Viewport
from diffviz.gui.plane_view import SHADE
from diffviz.lens_catalog import place_of
from diffviz.palette import DARK, rgb
from diffviz.scene import DataSpec, SamplerSpec, Scene


def drawn(driver: Driver) -> Drawn | None:
    return driver.window.controller.plane._layers[0].drawn


def numbers(text: str) -> list[float]:
    """What stands behind an equals sign, a comma or a bracket."""
    return [float(each) for each in re.findall(r"(?:= |[(]|, )(-?[\d.]+)", text.replace("−", "-").replace("+", ""))]


def test_density_and_score_are_read_under_the_cursor_over_x_t_alone(
    make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    driver = make_driver(tiny_scene.replace(data=DataSpec("points", "builtin:two_moons")))

    def said(area: QWidget) -> str:
        target = area.target()
        driver.move(area, target.x() + 0.7 * target.width(), target.y() + 0.4 * target.height(), held=False)
        driver.idle()
        return driver.words("values_label")

    def expected(label: int) -> list[float]:
        cloud, plane = driver.window.controller.plane.datum(), driver.window.controller.plane._plane
        alpha_bar = plane.request.schedule.alpha_bar_at(plane.request.t)
        place = torch.tensor([plane.request.cursor])
        log_density, mean = mixture_in_hand(cloud.array, cloud.labels).evaluate(place, alpha_bar, label)
        return [float(log_density), *score_of(place, mean, alpha_bar)[0].tolist()]

    area = driver.picture_area()
    words = said(area)
    assert "ln q(xₜ)" in words and "score" in words and numbers(words)[2:] == pytest.approx(expected(-1), abs=1e-3)
    driver.set_t(60)
    driver.idle()
    assert numbers(driver.words("values_label"))[2:] == pytest.approx(expected(-1), abs=1e-3), "it follows the slider"
    leave(driver, area)
    assert "score" not in said(driver.picture_area("x_0")) and driver.words("values_label")
    leave(driver, driver.picture_area("x_0"))
    for name in ("density", "arrows", "paths"):
        driver.trigger(name)
    assert "score" in said(area), "whatever is drawn"
    driver.set_t(0)
    driver.idle()
    assert "score" not in driver.words("values_label"), "at t = 0 there is none"
    driver.trigger("direction_reverse")
    driver.idle()
    driver.choose("class_combo", "upper")
    driver.set("guidance_spin", 4.0)
    driver.idle()
    words = said(area)
    assert "ln q(xₜ|upper)" in words and "at w = 4" in words
    assert numbers(words.replace("w = 4", "w"))[2:5] == pytest.approx(expected(1), abs=1e-3)
    leave(driver, area)
    assert driver.words("values_label") == ""


def leave(driver: Driver, area: QWidget) -> None:
    QApplication.sendEvent(area, QEvent(QEvent.Type.Leave))
    driver.idle()


def test_it_follows_the_slider_and_can_be_turned_off(make_driver: Callable[..., Driver], tiny_scene: Scene) -> None:
    driver = make_driver(tiny_scene.replace(data=DataSpec("points", "builtin:spiral")))
    at_40 = drawn(driver)
    assert (at_40.ways[0].begins, at_40.ways[0].name) == ("x_0", "x_T")
    assert at_40.density.shape == (128, 128) and at_40.arrows.shape == (2, 400, 2) and len(at_40.ways) == 1
    driver.set_t(90)
    at_90 = drawn(driver)
    assert np.abs(at_90.density - at_40.density).max() > 1e-3
    assert not np.array_equal(at_90.ways[0].now, at_40.ways[0].now)
    assert np.array_equal(at_90.ways[0].points, at_40.ways[0].points), "of one point, with one ε"
    with_all = as_array(driver.picture_area().grab().toImage())
    for name, left in (("density", "density"), ("arrows", "arrows"), ("paths", "ways")):
        driver.trigger(name)
        driver.idle()
        assert not getattr(driver.scene.view, name) and not len(getattr(drawn(driver) or Drawn(3), left) or ())
    bare = as_array(driver.picture_area().grab().toImage())
    assert np.mean(np.abs(bare.astype(int) - with_all).sum(2) > 20) > 0.2
    for _ in range(3):
        driver.trigger("undo")
    driver.idle()
    assert driver.scene.view.density and driver.action("paths").isChecked() and drawn(driver).density is not None
    area = driver.picture_area("x_0")
    driver.press(area, area.width() / 2 + 5, area.height() / 2)
    driver.release(area, area.width() / 2 + 5, area.height() / 2)
    driver.idle()
    ring = driver.window.controller.plane._layers[1].drawn.ring
    assert np.hypot(*ring) < 0.3 and place_of(driver.scene.view.point) == pytest.approx(ring, abs=1e-6)
    driver.window.controller.pictures.open(DataSpec("picture", "builtin:cat"))
    driver.idle()
    assert drawn(driver) is None and not driver.action("density").isEnabled()
    assert not driver.find("points_view").isVisible()


def test_over_x_0_all_stands_where_its_points_are_though_x_t_is_seen_over_3(
    make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    driver = make_driver(tiny_scene.replace(data=DataSpec("points", "builtin:rings")))
    driver.window.controller.options.view(eps_range=3)
    driver.idle()
    plane = driver.window.controller.plane
    assert [layer.drawn.reach for layer in plane._layers] == [9, 3, 9]
    assert plane._plane.request.reach == 9 and plane._plane.request.told_reach == 3
    area, rings = driver.picture_area("x_0"), plane.datum().array
    target = area.target()
    outer = rings[np.argmax(np.abs(rings[:, 0]))]  # of an own place in x_0's picture
    x, y = (0.5 + outer[0] / 6) * target.width(), (0.5 - outer[1] / 6) * target.height()
    driver.press(area, target.x() + x, target.y() + y)
    driver.release(area, target.x() + x, target.y() + y)
    driver.idle()
    assert np.hypot(*(plane._layers[1].drawn.ring - outer)) < 0.05


def test_a_start_that_is_dragged_takes_its_ode_along(make_driver: Callable[..., Driver], tiny_scene: Scene) -> None:
    driver = make_driver(tiny_scene.replace(data=DataSpec("points", "builtin:two_moons")))
    driver.trigger("direction_reverse")
    driver.idle()
    driver.choose("class_combo", "upper")
    driver.set("guidance_spin", 3.0)
    driver.set("seed_spin", 5)
    before, area = drawn(driver), driver.picture_area()
    assert [way.name for way in before.ways] == ["SDE", "ODE"]
    assert [each.name for each in before.pointers] == ["any", "upper", "w = 3"]
    assert SDE not in {each.colour for each in before.pointers}
    layer = driver.window.controller.plane._layers[0]
    square = square_in(QRectF(area.target()))
    unit, middle = square.width() / 6, square.center()
    x, y = (middle.x() + before.start[0] * unit, middle.y() - before.start[1] * unit)
    assert layer._near(layer.place_at(QPointF(x, y))) and not layer._near((0.0, 0.0))
    driver.press(area, x, y)
    steps = len(before.ways[1].points)
    for step in (5, 25, 60):
        driver.move(area, x - step, y)
        assert abs(drawn(driver).start[0] - (before.start[0] - step / unit)) < 0.02, "before its paths are there"
        driver.idle()
        held = drawn(driver)
        assert len(held.ways[1].points) == 1 + steps // 4 and held.density is before.density, "quick, in long steps"
    driver.release(area, x - 60, y)
    driver.idle()
    after = drawn(driver)
    assert abs(numbers(driver.words("values_label"))[0] - after.start[0]) < 0.05, "where the cursor is by now"
    assert len(after.ways[1].points) == steps, "all steps when it is let go"
    assert np.allclose(held.ways[1].points[-1], after.ways[1].points[-1], atol=0.2)
    assert abs(after.start[0] - (before.start[0] - 60 / unit)) < 0.02
    assert np.allclose(after.ways[1].points[0], after.start, atol=1e-5), "the ODE's path begins there"
    assert not np.allclose(after.ways[1].points[-1], before.ways[1].points[-1], atol=1e-3)
    driver.trigger("undo")
    driver.idle()
    assert drawn(driver).start == before.start, "a drag is one step"


@pytest.mark.parametrize("page", ["direction_forward", "laboratory"])
def test_a_start_is_let_go_where_another_page_is_shown_meanwhile(
    page: str, make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    driver = make_driver(tiny_scene.replace(data=DataSpec("points", "builtin:two_moons")))
    driver.trigger("direction_reverse")
    driver.idle()
    area, start = driver.picture_area(), drawn(driver).start
    square = square_in(QRectF(area.target()))
    x, y = (square.center().x() + start[0] * square.width() / 6, square.center().y() - start[1] * square.width() / 6)
    driver.move(area, x, y, held=False)
    assert area.cursor().shape() == Qt.CursorShape.OpenHandCursor
    driver.press(area, x, y)
    driver.move(area, x - 20, y)
    assert driver.window.controller.lens.dragging
    driver.trigger(page)
    driver.idle()
    if page == "direction_forward":
        driver.release(area, x - 20, y)
    assert not driver.window.controller.lens.dragging
    assert area.cursor().shape() == Qt.CursorShape.ArrowCursor, "nothing can be taken hold of"


def test_a_start_that_is_dragged_comes_before_the_states_of_a_chain(
    make_driver: Callable[..., Driver], tiny_scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They gather in the engine, as while the screen is busy, and are all there in the end."""
    driver = make_driver(tiny_scene.replace(data=DataSpec("points", "builtin:two_moons")))
    controller, told = driver.window.controller, []
    monkeypatch.setattr(controller.engine.control, "acknowledge", told.append)
    reception, layer = controller.reception, controller.plane._layers[0]
    reception.receive(ChainStates(-7, (), 1.0))
    assert told == [-7], "at once"
    layer.taken()
    reception.receive(ChainStates(-8, (), 1.0))
    assert told == [-7]
    driver.until(lambda: told == [-7, -8])
    layer.let_go()
    reception.receive(ChainStates(-9, (), 1.0))
    assert told == [-7, -8, -9]
    driver.idle()


def test_a_shade_has_white_where_nothing_is_and_the_first_row_below() -> None:
    density = np.zeros((8, 8), np.float32)
    density[1, 2] = 4
    pixels = as_array(shade(density))
    assert (pixels[0] == 255).all() and pixels[6, 2].max() < 240
    density[6, 5] = 1
    assert as_array(shade(density))[1, 5].min() > pixels[6, 2].min()


def layer_of(drawn: Drawn, side: int = 300) -> PlaneLayer:
    """Over white paper."""
    view = PictureView(Viewport())
    view.resize(side, side)
    view.show_array(np.full((side, side, 3), 255, np.uint8))
    layer = PlaneLayer(view)
    layer.show(drawn)
    return layer


def pixel(layer: PlaneLayer, x: float, y: float) -> tuple[int, ...]:
    """What is painted at a place within -3..3."""
    painted = as_array(layer.parent().grab().toImage())
    return tuple(painted[round(len(painted) * (0.5 - y / 6)), round(len(painted) * (0.5 + x / 6))])


def test_the_way_of_a_point_ends_where_it_ends(qapp: QApplication) -> None:
    corners = np.array(((-2.0, -2.0), (-2.0, 2.0), (2.0, 2.0)))
    layer = layer_of(Drawn(3, ways=(Way(corners, "", ODE, 2.4, corners[0]),)))
    assert pixel(layer, -2, 0) == rgb(ODE) and pixel(layer, 0, 0) == (255, 255, 255), "no line leads back to its point"


def test_the_name_of_a_short_arrow_is_not_over_a_longer_one(qapp: QApplication) -> None:
    place = np.zeros(2)
    short, long = Pointer(place, np.array((0.2, 0.0)), "any", ODE), Pointer(place, np.array((0.8, 0.0)), "w", TEAL)
    assert pixel(layer_of(Drawn(3, pointers=(short, long))), 0.5, 0) == rgb(TEAL)
    assert pixel(layer_of(Drawn(3, pointers=(short, long))), 0.1, 0) == rgb(ODE), "nor is it itself under that"


def test_arrows_that_lie_on_each_other_are_all_seen_and_named_together(qapp: QApplication) -> None:
    place, step = np.zeros(2), np.array((1.6, 0.0))
    alike = tuple(Pointer(place, step, name, colour) for name, colour in (("any", TEAL), ("up", ODE), ("w = 4", SDE)))
    layer = layer_of(Drawn(3, pointers=alike))
    painted = as_array(layer.parent().grab().toImage())
    across = {tuple(each) for each in painted[130:170, 190]}
    assert {rgb(TEAL), rgb(ODE), rgb(SDE)} <= across, "one as broad as the other would hide it"
    lines = [QLineF(0, 0, *tip) for tip in ((90, 0), (92, 1), (60, 40), (1, 0))]
    pointers = [Pointer(place, step, name, TEAL) for name in ("any", "up", "w = 4", "short")]
    assert [name for _, name, _ in named_tips(lines, pointers, 1.0)] == ["any and up alike", "w = 4"]


def test_a_chain_of_few_points_is_said_to_end_at_copies_of_them(
    make_driver: Callable[..., Driver], tiny_scene: Scene, tmp_path: Path
) -> None:
    few = tmp_path / "few.csv"
    few.write_text("".join(f"{x},{y}\n" for x in (-1, 0, 1) for y in (-1, 1)))
    driver = make_driver(tiny_scene.replace(data=DataSpec("points", f"path:{few}"), sampler=SamplerSpec("ddim", 60)))
    driver.trigger("direction_reverse")
    driver.generate()
    driver.idle()
    words = drawn(driver).words
    assert "to the nearest of the data" in words and "memorised" in words
    driver.set_t(500)
    driver.idle()
    assert "nearest" not in drawn(driver).words, "at its end alone"
    driver.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    driver.idle()
    driver.trigger("direction_reverse")
    driver.generate()
    driver.idle()
    assert "nearest" in drawn(driver).words and "memorised" not in drawn(driver).words, "they lie as close themselves"


def test_a_small_picture_has_no_names(qapp: QApplication) -> None:
    way = Way(np.array(((-2.0, 0.0), (1.0, 0.0))), "ODE", ODE, 2.4)

    def inked(way: Way, side: int) -> int:
        return int((as_array(layer_of(Drawn(3, ways=(way,)), side).parent().grab().toImage()) < 255).sum())

    nameless = replace(way, name="")
    assert inked(way, 100) == inked(nameless, 100) and inked(way, 200) > inked(nameless, 200)


def test_of_its_words_it_draws_as_many_lines_as_leave_the_picture_to_be_seen(qapp: QApplication) -> None:
    def inked(words: str) -> np.ndarray:
        return (as_array(layer_of(Drawn(3, words=words)).parent().grab().toImage())[..., 0] < 128).any(axis=1)

    def inked_tall(words: str) -> np.ndarray:
        return (as_array(layer_of(Drawn(3, words=words), 600).parent().grab().toImage())[..., 0] < 128).any(axis=1)

    one, two, many = (inked("\n".join(["a line"] * count)) for count in (1, 2, 20))
    assert one.any() and np.flatnonzero(two)[-1] > np.flatnonzero(one)[-1] and not many[len(many) // 3 :].any()
    three, four = (inked_tall("\n".join(["a line"] * count)) for count in (3, 4))
    assert np.array_equal(three, four), "three lines at most, though there is height for more"
    long = inked("\n".join(("a line", "words that take all of the width and more than that " * 9)))
    assert np.array_equal(long, one), "whole lines, the first ones first"
    assert not inked("words that take all of the width and more than that " * 9).any()


def test_it_says_what_both_ways_share_what_guidance_loses_and_what_a_chain_is_of(
    make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    driver = make_driver(tiny_scene.replace(data=DataSpec("points", "builtin:two_moons")))
    assert drawn(driver).words == ""
    driver.set_t(0)
    driver.idle()
    shaded, bare = (f"t = 0: points have no density, so no score{words}" for words in (SHADE, ""))
    assert drawn(driver).words == shaded
    driver.trigger("density")
    driver.idle()
    assert drawn(driver).words == bare
    driver.trigger("density")
    driver.idle()
    driver.trigger("direction_reverse")
    driver.idle()
    steps = len(drawn(driver).ways[0].points) - 1
    assert f"of many starts both have the same density at each t ({steps} steps)" in drawn(driver).words
    driver.generate()
    driver.idle()
    assert "Points" not in drawn(driver).words
    of_any = drawn(driver).density
    driver.choose("class_combo", "upper")
    driver.set("guidance_spin", 4.0)
    driver.idle()
    assert "spread less" in driver.find("guidance_spin").toolTip()
    words = drawn(driver).words
    assert "Points and shade: any class, the chain. Paths: upper, w = 4" in words and "both" not in words
    assert np.array_equal(drawn(driver).density, of_any), "under the chain's points is the density of their class"
    assert "adds 3 times the way from any to upper" in words and "the shade is not guided" in words
    driver.trigger("density")
    driver.idle()
    assert "shade" not in drawn(driver).words and "Points: any class, the chain." in drawn(driver).words
    for name, said in (
        ("density", "shaded by its root"),
        ("arrows", "uphill in the density"),
        ("paths", "the same density"),
    ):
        assert said in driver.action(name).toolTip(), name


def test_the_name_of_a_start_is_not_over_where_its_way_is_now(qapp: QApplication) -> None:
    way = Way(np.array(((0.0, 0.0), (0.4, 0.0), (0.5, 2.0))), "", ODE, 2.4, np.array((0.4, 0.0)))
    assert pixel(layer_of(Drawn(3, ways=(way,), start=(0.0, 0.0))), 0.4, 0) == rgb(ODE)


def test_the_place_under_the_cursor_is_that_in_the_plane_and_of_its_own_panel(
    make_driver: Callable[..., Driver], tiny_scene: Scene
) -> None:
    driver = make_driver(tiny_scene.replace(data=DataSpec("points", "builtin:rings")))
    driver.window.controller.options.view(eps_range=3)
    driver.idle()
    for page in ("direction_forward", "direction_reverse"):
        driver.trigger(page)
        driver.idle()
        area = driver.picture_area()
        target = area.target()
        driver.move(area, target.x() + 0.75 * target.width(), target.y() + 0.75 * target.height(), held=False)
        x, y = numbers(driver.words("values_label"))[:2]
        assert abs(x - 4.5) < 0.1 and abs(y + 4.5) < 0.1, page


def test_words_names_and_ways_grow_with_a_presentation(qapp: QApplication) -> None:
    way = Way(np.array(((-2.0, -2.0), (2.0, -2.0))), "", ODE, 2.4)

    def inked(scale: float) -> tuple[int, int]:
        layer = layer_of(Drawn(3, ways=(way,), words="words"), 400)
        layer._view.set_palette(DARK, scale)
        painted = as_array(layer.parent().grab().toImage()).astype(int)
        rows = np.flatnonzero((painted[:200].max(axis=2) < 160).any(axis=1))
        return int(rows[-1] - rows[0]), int((painted[:, 200] == rgb(ODE)).all(axis=1).sum())

    (words, line), (large_words, large_line) = inked(1.0), inked(2.0)
    assert large_words > 1.7 * words and large_line > 1.5 * line
