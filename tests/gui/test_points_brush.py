"""A brush on x_0 itself: the cloud grows under it, and all follows when it is lifted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QWidget

from diffviz.gui.panels.plane_layer import square_in
from diffviz.gui.points_brush import HOW
from diffviz.kinds import POINTS
from diffviz.kinds.points import EMPTY_PLANE, MOST
from diffviz.scene import DataSpec, ExperimentSpec, ModelSpec, RunSpec, SamplerSpec, Scene


@pytest.fixture
def driver(make_driver: Callable[..., Driver], tiny_scene: Scene) -> Driver:
    driver = make_driver(tiny_scene.replace(data=DataSpec("points", "builtin:rings")))
    driver.trigger("brush")
    driver.idle()
    return driver


def cloud(driver: Driver) -> np.ndarray | None:
    datum = driver.window.controller.plane.datum()
    return None if datum is None else datum.array


def at(driver: Driver, x: float, y: float) -> tuple[float, float]:
    """Of a place of the plane where it is in x_0's picture."""
    square = square_in(QRectF(driver.picture_area("x_0").target()))  # type: ignore[attr-defined]
    unit = square.width() / 6
    return square.center().x() + x * unit, square.center().y() - y * unit


def stroke(driver: Driver, *places: tuple[float, float], lift: bool = True) -> None:
    area = driver.picture_area("x_0")
    driver.press(area, *at(driver, *places[0]))
    for place in places[1:]:
        driver.move(area, *at(driver, *place))
    if lift:
        driver.release(area, *at(driver, *places[-1]))
        driver.idle()


def test_the_cloud_grows_under_the_brush_and_all_follows_when_it_is_lifted(driver: Driver) -> None:
    first, x_0, x_t = cloud(driver), driver.shown("x_0"), driver.shown("x_t")
    density = driver.window.controller.plane._plane.density
    stroke(driver, (-2.5, 2.5), (-1, 2.5), (2.5, 2.5), lift=False)
    assert (driver.shown("x_0") != x_0).any(2).sum() > 500 and np.array_equal(driver.shown("x_t"), x_t)
    assert cloud(driver) is first, "not before it is lifted"
    assert driver.find("x_0_panel").caption.startswith("being drawn · 2,")  # type: ignore[attr-defined]
    driver.set_t(60)
    assert (driver.shown("x_0") != x_0).any(2).sum() > 500, "the slider does not take it away"
    driver.release(driver.picture_area("x_0"), *at(driver, 2.5, 2.5))
    driver.until(lambda: cloud(driver) is not None and cloud(driver) is not first)
    assert driver.shown("x_0").size and driver.shown("x_t").size, "nothing flashes"
    driver.idle()
    drawn = cloud(driver)
    assert len(drawn) > len(first) + 500 and driver.scene.data.source.startswith("sha256:")
    assert np.abs(drawn.mean(0)).max() < 1e-5 and np.sqrt(np.square(drawn).mean()) == pytest.approx(1, abs=1e-5)
    assert driver.window.controller.plane._plane.request.atoms is drawn
    assert np.abs(driver.window.controller.plane._plane.density - density).max() > 1e-3
    assert driver.window.controller.chains.model.name == f"exact:{driver.scene.data.source}", "its own exact model"
    stroke(driver, (0, 0), (0.5, 0))
    assert len(cloud(driver)) > len(drawn) and driver.messages() == []
    for before in (drawn, first):
        driver.trigger("undo")
        driver.idle()
        assert np.array_equal(cloud(driver), before), "a stroke is a step"


def test_what_was_drawn_stays_in_its_place_while_the_brush_is_in_the_hand(driver: Driver) -> None:
    """The cloud that is noised is scaled to deviation 1 after each stroke."""
    driver.find("points_clear", QToolButton).click()
    stroke(driver, (2, 2))
    assert any("two or more places" in text for text in driver.messages()), "one point is no cloud yet"
    height, width = driver.shown("x_0").shape[:2]

    def inked() -> list[tuple[int, int]]:
        """Places of the plane, in tenths, where there is something."""
        rows, columns = np.nonzero((driver.shown("x_0") != 255).any(2))
        unit = min(height, width) / 60
        x, y = (columns - width / 2) / unit, (height / 2 - rows) / unit
        return sorted({(round(a / 5) * 5, round(b / 5) * 5) for a, b in zip(x, y, strict=True)})

    assert inked() == [(20, 20)], "and it stays"
    stroke(driver, (2, -2))
    first = cloud(driver)
    assert len(first) == 2 and np.abs(first).max() == pytest.approx(2**0.5, abs=0.05)
    assert inked() == [(20, -20), (20, 20)], "not where it is when it is scaled"
    stroke(driver, (-2, 0))
    assert len(cloud(driver)) == 3 and inked() == [(-20, 0), (20, -20), (20, 20)]
    driver.trigger("undo")
    driver.idle()
    assert np.array_equal(cloud(driver), first) and inked() == [(20, -20), (20, 20)]
    said: list[str] = []
    driver.window.controller.values_changed.connect(said.append)
    driver.trigger("brush")
    driver.idle()
    assert (0, -15) in inked() and (20, 20) not in inked(), "put away, x_0 is what is noised"
    assert said[-1] == "2 points, centred and divided by their deviation 1.414"
    driver.trigger("undo")
    assert said[-1] == "", "the note of other points goes"


def test_undo_tells_how_the_points_before_were_scaled(driver: Driver) -> None:
    said: list[str] = []
    driver.window.controller.values_changed.connect(said.append)
    stroke(driver, (-2, 2), (2, 2))
    first = said[-1]
    stroke(driver, (-2, -2), (2, -2))
    driver.trigger("undo")
    assert said[-1] == first and "centred" in first
    driver.trigger("undo")
    assert said[-1] == HOW


@pytest.mark.parametrize("brush", ["mouse", "keys"])
def test_undo_while_a_stroke_is_drawn_takes_back_it_alone(brush: str, driver: Driver) -> None:
    """The stroke was lost, and the one before it taken back as well."""
    store, area = driver.window.controller.store, driver.picture_area("x_0")
    before = driver.shown("x_0"), driver.find("x_0_panel").caption  # type: ignore[attr-defined]
    for drawn in range(2):
        steps, many, x_0 = store.steps, cloud(driver), driver.shown("x_0")
        if brush == "mouse":
            stroke(driver, (-2.5, 2), (2.5, 2), lift=False)
        else:
            put_down_by_key(driver)
        assert (driver.shown("x_0") != x_0).any() and driver.action("undo").text() == "Undo: the stroke in the hand"
        assert not driver.action("redo").isEnabled()
        driver.trigger("undo")
        assert np.array_equal(driver.shown("x_0"), x_0), "it goes at once"
        if not drawn:
            assert (driver.shown("x_0") == before[0]).all()
            assert driver.find("x_0_panel").caption == before[1]  # type: ignore[attr-defined]
        driver.move(area, *at(driver, 0, 0))
        driver.release(area, *at(driver, 0, 0))
        driver.idle()
        assert cloud(driver) is many and store.steps == steps and np.array_equal(driver.shown("x_0"), x_0)
        stroke(driver, (-2.5, -2), (2.5, -2))
        assert len(cloud(driver)) > len(many), "and the next one is drawn"
    driver.trigger("undo")
    driver.idle()
    assert cloud(driver) is many
    stroke(driver, (0, 0), (1, 1), lift=False)
    driver.trigger("undo")
    driver.trigger("redo")
    driver.idle()
    assert len(cloud(driver)) > len(many), "what was taken back before comes again"


def test_the_ring_of_the_point_that_is_followed_stays_on_it_while_its_cloud_is_drawn(driver: Driver) -> None:
    plane = driver.window.controller.plane
    stroke(driver, (-1.9, -1.9), (1.9, -1.9))
    driver.idle()
    noised, drawn = plane._noised[0].x_0_values, plane.drawn()
    index = int(np.square(drawn - plane._layers[1].drawn.ring).sum(axis=1).argmin())
    assert np.allclose(plane._layers[1].drawn.ring, drawn[index]) and not np.allclose(noised[index], drawn[index])
    assert np.allclose(plane._layers[0].drawn.ways[0].points[0], noised[index], atol=1e-5)
    driver.find("points_clear", QToolButton).click()
    driver.idle()
    assert plane._layers[1].drawn is None
    driver.trigger("brush")
    driver.trigger("undo")
    driver.idle()
    assert any(np.allclose(plane._layers[1].drawn.ring, each) for each in plane.datum().array)


def test_a_stroke_leaves_the_point_that_is_followed(driver: Driver) -> None:
    plane = driver.window.controller.plane
    for k, place in enumerate(((1.5, -1.0), (-0.5, 1.2))):
        before = cloud(driver) if plane.drawn() is None else plane.drawn()
        i = plane.followed
        stroke(driver, (-2.5, 2.5 - k), (2.5, 2.5))
        assert plane.followed == i and np.array_equal(plane.drawn()[i], before[i])
        assert plane._layers[1].drawn.ring == pytest.approx(before[i]), "its ring is where it was"
        driver.trigger("brush")  # put away, for a click to choose another one
        driver.press(driver.picture_area("x_0"), *at(driver, *place))
        driver.release(driver.picture_area("x_0"), *at(driver, *place))
        driver.idle()
        assert plane.followed != i
        driver.trigger("brush")
    driver.find("points_rub", QToolButton).click()
    many, i = cloud(driver), plane.followed
    stroke(driver, (1, -1.5), (1, 1.5))
    assert len(cloud(driver)) < len(many) and plane.followed < i, "others before it are gone"
    assert np.array_equal(plane.drawn()[plane.followed], many[i])
    before = driver.scene.view.point
    driver.trigger("undo")
    driver.trigger("undo")
    driver.trigger("redo")
    driver.trigger("redo")
    assert driver.scene.view.point == before


def test_a_scene_of_drawn_points_opens_in_another_window(
    driver: Driver, make_driver: Callable[..., Driver], tmp_path: Path
) -> None:
    for k in range(3):  # whose digests differ in how they are rounded
        stroke(driver, (-2.5, 2.5 - k), (2.5, 2.5))
    driver.window.doors.scenes.write(str(tmp_path / "a.json"), True)
    other = make_driver()
    other.window.files.open_any(str(tmp_path / "a.json"))
    other.idle()
    assert other.messages() == [] and other.scene.data == driver.scene.data
    assert np.array_equal(cloud(other), cloud(driver)) and np.array_equal(other.shown("x_t"), driver.shown("x_t"))
    assert other.window.controller.chains.model.name == driver.scene.model.name


def test_a_comparison_of_two_clouds_that_were_drawn_is_saved_with_both(
    driver: Driver, make_driver: Callable[..., Driver], tmp_path: Path
) -> None:
    store, runs = driver.window.controller.store, []
    for height in (2.5, -2.5):
        stroke(driver, (-2.5, height), (2.5, height))
        runs.append(RunSpec(driver.scene.model, SamplerSpec("ddim", 2)))
    driver.window.controller.pictures.open(DataSpec("points", "builtin:two_moons"))
    driver.idle()
    compared = ExperimentSpec("compare", (("reference", "none"),), tuple(runs))
    store.edit(experiment=compared, model=runs[0].model)
    driver.idle()
    assert driver.messages() == []
    driver.window.doors.scenes.write(str(tmp_path / "a.json"), True)
    other = make_driver()
    other.window.files.open_any(str(tmp_path / "a.json"))
    other.idle()
    assert other.scene.model == runs[0].model and other.messages() == [], "it is loaded though other points are open"
    sheets = []
    for each in (driver, other):
        each.trigger("laboratory")
        each.trigger("generate")
        each.idle()
        assert each.window.controller.laboratory.far.done[0] > 0
        sheets.append(each.window.controller.laboratory.sheet)
    assert [head.title for head in sheets[0].rows] == ["exact · your points 1", "exact · your points 2"]
    ends = [{place: cell.picture for place, cell in sheet.cells.items()} for sheet in sheets]
    assert all(np.array_equal(ends[0][place], ends[1][place]) for place in ends[0]) and len(ends[0]) == len(ends[1])
    last = max(column for _, column in ends[0])
    assert not np.array_equal(ends[0][0, last], ends[0][1, last])


def test_of_a_run_whose_points_are_gone_it_is_said_in_words(driver: Driver) -> None:
    gone = RunSpec(ModelSpec(f"exact:sha256:{'0' * 64}"), SamplerSpec("ddim", 2))
    stroke(driver, (-2.5, 2.5), (2.5, 2.5))
    runs = gone, RunSpec(driver.scene.model, SamplerSpec("ddim", 2))
    driver.window.controller.store.edit(experiment=ExperimentSpec("compare", (), runs))
    driver.trigger("laboratory")
    driver.trigger("generate")
    driver.idle()
    (said,) = driver.messages()
    assert said.startswith("Row 1 (exact · your points 1): ") and "draw or paste them again" in said


def test_of_points_that_are_gone_it_is_said_and_what_is_open_stays(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver()
    before, gone = driver.scene, f"sha256:{'0' * 64}"
    scene = before.replace(data=DataSpec("points", gone), model=ModelSpec(f"exact:{gone}"))
    driver.window.controller.open_scene(scene)
    driver.idle()
    assert all("points are no longer kept" in text for text in driver.messages()) and driver.messages()
    assert driver.scene.data == before.data and driver.scene.model.name == before.model.name
    assert not driver.window.controller.models.loading


def test_a_chain_of_points_drawn_before_comes_back_with_them(driver: Driver) -> None:
    stroke(driver, (-2.5, 2.5), (2.5, 2.5))
    before = driver.scene.data
    driver.generate()
    layer = driver.window.controller.plane._layers[0]
    assert layer.drawn is not None
    driver.trigger("brush")
    driver.idle()
    stroke(driver, (-2.5, -2.5), (2.5, -2.5))
    assert driver.scene.data != before
    driver.trigger("direction_reverse")
    driver.idle()
    assert layer.drawn is None, "the density of what is open is not that of the chain shown"
    driver.trigger("take_settings")
    driver.idle()
    assert layer.drawn is not None
    assert driver.scene.data == before and driver.messages() == []
    assert driver.window.controller.chains.model.name == f"exact:{before.source}"
    assert driver.action("go_on").isEnabled() and not driver.action("take_settings").isEnabled()


def test_it_rubs_out_and_begins_anew(driver: Driver) -> None:
    rub, clear = driver.find("points_rub", QToolButton), driver.find("points_clear", QToolButton)
    first = cloud(driver)
    rub.click()
    stroke(driver, (0, 0), (0.1, 0))
    assert cloud(driver) is first, "nothing is in the middle"
    stroke(driver, (-3, 0), (3, 0))
    left = cloud(driver)
    assert 0 < len(left) < len(first)
    clear.click()
    driver.idle()
    assert not rub.isChecked() and (driver.shown("x_0") == 255).all() and cloud(driver) is None
    rub.click()
    stroke(driver, (-3, 0), (3, 0))
    assert (driver.shown("x_0") == 255).all(), "what rubs over nothing brings nothing back"
    rub.click()
    driver.set_t(70)
    assert (driver.shown("x_0") == 255).all()
    stroke(driver, (-1, -1), (-1, 1))
    line = cloud(driver)
    assert np.ptp(line[:, 1]) > 3 * np.ptp(line[:, 0]) and len(line) < 400, "an upright line alone"
    driver.trigger("brush")
    assert (driver.shown("x_0") != 255).any() and not rub.isVisible(), "put away, x_0 is what it is"
    assert driver.find("x_0_panel").caption.startswith("drawn points · ")  # type: ignore[attr-defined]


@pytest.mark.parametrize("lens", ["schedule", "distribution", "map"])
def test_clear_is_one_step_of_undo_and_nothing_is_shown_of_what_was_there(
    lens: str, driver: Driver, make_driver: Callable[..., Driver], tmp_path: Path
) -> None:
    controller, first = driver.window.controller, driver.scene
    rows = {"map": {"second": "posterior", "guess": "network"}}.get(lens, {"second": "step"})
    controller.options.view(lens=lens, **rows)
    driver.idle()
    before = driver.scene
    driver.find("points_clear", QToolButton).click()
    driver.idle()
    assert driver.action("undo").text() == "Undo: an empty plane"

    def nothing(each: Driver) -> bool:
        caption = each.find("x_0_panel").caption  # type: ignore[attr-defined]
        blank = all((each.shown(name) == 255).all() for name in ("x_t", "x_0", "eps"))
        return blank and "0 points" in caption and each.window.controller.plane._layers[0].drawn is None

    assert nothing(driver) and driver.messages() == []
    for action in ("generate", "denoise", "export", "density"):
        assert not driver.action(action).isEnabled()
    for action in ("brush", "undo", "redo", "brush"):  # put away, back, again, and up
        driver.trigger(action)
        driver.idle()
        assert nothing(driver) is (action != "undo") and driver.messages() == []
        assert ("nothing was trained" in driver.words("model_summary")) is (action == "undo")
        assert action != "undo" or driver.scene == before
    driver.set_t(70)
    assert nothing(driver) and driver.find("model_combo").currentText() == "exact · rings"  # type: ignore[attr-defined]
    assert lens == "schedule" or "draw some" in controller.lens.chart.message
    driver.window.doors.scenes.write(str(tmp_path / "a.json"), True)
    other = make_driver()
    other.window.files.open_any(str(tmp_path / "a.json"))
    other.idle()
    assert nothing(other) and other.words("model_summary") == "There are no points; draw some first."
    other.trigger("direction_reverse")
    other.idle()
    assert other.picture_area("x_0")._message == "draw some points first"  # type: ignore[attr-defined]
    assert lens == "schedule" or "draw some" in other.window.controller.lens.chart.message
    stroke(driver, (-1, -1), (-1, 1))
    assert 10 < len(cloud(driver)) < 400 and controller.chains.model.name == f"exact:{driver.scene.data.source}"
    driver.trigger("undo")
    driver.idle()
    assert nothing(driver)
    for _ in range(2):  # t, and what was cleared
        driver.trigger("undo")
        driver.idle()
    assert driver.scene.data == first.data and len(cloud(driver)) == 2000
    assert controller.chains.model.name == "exact:rings"


def test_the_source_of_an_empty_plane_is_what_it_holds() -> None:
    assert DataSpec("points", f"sha256:{POINTS.digest(EMPTY_PLANE.array)}").empty


def test_it_is_put_away_by_key_by_another_page_and_by_another_kind(driver: Driver) -> None:
    area = driver.picture_area("x_0")
    brush = driver.window.doors.brush
    assert brush.on and area.cursor().shape() == Qt.CursorShape.CrossCursor
    assert driver.find("points_brush", QToolButton).isChecked()
    driver.trigger("escape")
    assert not brush.on and not driver.find("points_brush", QToolButton).isChecked()
    first = driver.scene
    driver.press(area, *at(driver, 0, 0))
    driver.release(area, *at(driver, 0, 0))
    driver.idle()
    assert driver.scene.data == first.data and driver.scene.view.point, "a click follows a point again"
    driver.trigger("direction_reverse")
    driver.idle()
    driver.find("points_brush", QToolButton).click()
    driver.idle()
    assert brush.on and driver.scene.forward, "where x_0 is seen"
    driver.trigger("direction_reverse")
    assert not brush.on
    driver.trigger("direction_forward")
    driver.trigger("brush")
    driver.window.controller.pictures.open(DataSpec("picture", "builtin:cat"))
    driver.idle()
    assert not brush.on
    driver.trigger("brush")
    assert driver.window.doors.drawing.dialog.isVisible(), "a picture has its canvas"


def test_removing_noise_nothing_of_it_lies_over_what_the_chain_shows(driver: Driver) -> None:
    driver.trigger("direction_reverse")
    driver.generate()
    x_0_hat, caption = driver.shown("x_0"), driver.find("x_0_panel").caption  # type: ignore[attr-defined]
    driver.trigger("brush")
    driver.idle()
    driver.find("points_clear", QToolButton).click()
    driver.trigger("direction_reverse")
    driver.idle()
    assert np.array_equal(driver.shown("x_0"), x_0_hat)
    assert driver.find("x_0_panel").caption == caption  # type: ignore[attr-defined]


def put_down_by_key(driver: Driver) -> QWidget:
    area = driver.picture_area("x_0")
    driver.slider.setFocus()
    area.setFocus(Qt.FocusReason.TabFocusReason)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Space, Qt.Key.Key_Right):
        QTest.keyClick(area, key)
    assert driver.find("x_0_panel").caption.startswith("being drawn")  # type: ignore[attr-defined]
    return area


def test_what_is_opened_meanwhile_or_undone_is_not_drawn_over(driver: Driver) -> None:
    first = cloud(driver)
    stroke(driver, (0, 0), (0.5, 0))
    put_down_by_key(driver)
    driver.trigger("undo")  # of the stroke in the hand
    driver.trigger("undo")
    driver.idle()
    assert np.array_equal(cloud(driver), first)
    put_down_by_key(driver)
    cat = DataSpec("picture", "builtin:cat")
    driver.window.controller.pictures.open(cat)
    driver.idle()
    assert driver.scene.data == cat and driver.messages() == []


def test_a_stroke_goes_on_from_one_that_is_opened_still(driver: Driver) -> None:
    first, area = cloud(driver), driver.picture_area("x_0")
    stroke(driver, (-1, 0), (-0.5, 0), lift=False)
    driver.release(area, *at(driver, -0.5, 0))
    stroke(driver, (1, 0), (1.5, 0))
    assert len(cloud(driver)) - len(first) == pytest.approx(2 * 61, abs=4)


def test_of_two_quick_dabs_the_second_counts_too(driver: Driver) -> None:
    first, area = cloud(driver), driver.picture_area("x_0")
    for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):  # as Qt tells of them
        driver.mouse(area, kind, *at(driver, 2, 2))
        driver.release(area, *at(driver, 2, 2))
    driver.idle()
    assert len(cloud(driver)) - len(first) == 2


def test_the_largest_cloud_is_drawn_on_too(driver: Driver) -> None:
    points = np.random.default_rng(0).normal(size=(MOST, 2))
    driver.window.controller.pictures.open_bytes(POINTS.encoded(points), "large", "points")
    driver.idle()
    first = cloud(driver)
    assert len(first) == MOST
    stroke(driver, (-2.5, 2.5), (2.5, 2.5))
    assert len(cloud(driver)) == MOST and not np.array_equal(cloud(driver), first)


def test_the_keys_hold_it_too(driver: Driver) -> None:
    first, area = cloud(driver), driver.picture_area("x_0")
    assert "Tab, arrows, and Space" in driver.words("values_label"), "it is said which"
    area.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(area, Qt.Key.Key_Right)
    QTest.keyClick(area, Qt.Key.Key_Space)
    for _ in range(6):
        QTest.keyClick(area, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert cloud(driver) is first
    QTest.keyClick(area, Qt.Key.Key_Space)
    driver.idle()
    new = cloud(driver)
    assert len(new) > len(first) + 8
    QTest.keyClick(area, Qt.Key.Key_Space)
    QTest.keyClick(area, Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    driver.slider.setFocus()
    driver.idle()
    assert len(cloud(driver)) > len(new), "lifted with the focus"


def test_a_cloud_of_one_place_is_none(driver: Driver) -> None:
    first = cloud(driver)
    driver.find("points_rub", QToolButton).click()
    stroke(driver, *((x, y) for y in np.arange(-3, 3.1, 0.4) for x in (-3, 3)))
    assert any("two or more places" in text for text in driver.messages())
    assert cloud(driver) is first and (driver.shown("x_0") != 255).any(), "what is open stays"
