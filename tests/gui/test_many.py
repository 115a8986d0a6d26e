"""Many samples at once: grids to 64 painted live, looked into, marked; one class per row."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver, as_array
from pixels import to_uint8
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QCheckBox, QComboBox
from word_network import write_words

from diffviz.engine.chain import run_chain
from diffviz.engine.noise import ChainNoise
from diffviz.gui.favourites import name_of
from diffviz.gui.menus import unlettered
from diffviz.gui.panels.picture_marks import STAR, Ground, distinct_parts, paint_row_names
from diffviz.gui.panels.run_card import order
from diffviz.kinds.tiles import Grid, tile
from diffviz.models import load_model
from diffviz.palette import LIGHT
from diffviz.scene import MAX_FAVOURITES, Favourite, Leg, ModelSpec, SamplerSpec, params

Key = Qt.Key


def reverse(driver: Driver, **changes: object) -> None:
    scene = driver.scene.replace(direction="reverse", t=100, sampler=SamplerSpec("ddpm", 6))
    driver.window.controller.store.set(scene.replace(**changes))
    driver.idle()


def click_tile(driver: Driver, row: int, column: int, across: int) -> None:
    view = driver.picture_area("x_0")
    target = view.target()
    x = target.x() + (column + 0.5) * target.width() / across
    y = target.y() + (row + 0.5) * target.height() / across
    driver.press(view, x, y)
    driver.release(view, x, y)
    driver.paint()


def point_at(driver: Driver, row: int, column: int, across: int) -> None:
    view = driver.picture_area("x_0")
    target = view.target()
    x = target.x() + (column + 0.5) * target.width() / across
    driver.move(view, x, target.y() + (row + 0.5) * target.height() / across, held=False)


def stars_painted(driver: Driver, across: int = 1) -> int:
    """How much of the star's colour is on x̂_0: all of it low in its tile, for words stand above."""
    pixels = as_array(driver.picture_area("x_0").grab().toImage()).astype(int)
    colour = np.array([int(STAR[i : i + 2], 16) for i in (1, 3, 5)])
    found = np.abs(pixels - colour).sum(axis=2) < 12
    view = driver.picture_area("x_0")
    tiles = (np.flatnonzero(found.any(axis=1)) - view.target().y()) / view.target().height() * across
    assert (tiles % 1 > 0.5).all(), "it stands where words do"
    return int(found.sum())


def test_the_counts(driver: Driver) -> None:
    counts = driver.find("count_combo", QComboBox)
    assert [counts.itemText(i) for i in range(counts.count())] == ["1", "4", "9", "16", "25", "36", "49", "64"]


def test_a_grid_of_64_is_painted_live_state_by_state(driver: Driver) -> None:
    reverse(driver)
    driver.choose("count_combo", "64")
    driver.idle()
    assert np.array_equal(driver.shown("x_t"), tile(to_uint8(ChainNoise(0, 64).start((3, 8, 8)))))
    seen = []
    view = driver.picture_area("x_t")
    view.painted.connect(lambda: seen.append(view.array()))
    driver.find("pace_combo", QComboBox).setCurrentIndex(1)  # 30 steps/s
    driver.generate()
    states = driver.window.controller.chains.states
    assert len(states) == 7 and states[0].shown.x_t.shape == (64, 8, 8, 3)
    shown = [tile(state.shown.x_t) for state in states]
    painted = [i for array in seen for i, want in enumerate(shown) if array is not None and np.array_equal(array, want)]
    assert painted == sorted(painted) and len(set(painted)) >= 5
    click_tile(driver, 5, 3, 8)
    assert driver.window.controller.chains.open_tile == 43
    assert np.array_equal(driver.shown("x_0"), states[-1].shown.x0_hat[43])


def test_a_resting_cursor_reads_the_pixel_that_lies_under_it_when_a_sample_is_opened(driver: Driver) -> None:
    """x = 20 of the grid stood there, of a picture that has 8 pixels, and was read in whatever came next."""
    reverse(driver, count=9)
    driver.generate()
    view, target = driver.picture_area("x_0"), driver.picture_area("x_0").target()
    x, y = target.x() + 0.6 * target.width(), target.center().y()
    driver.move(view, x, y, held=False)
    assert "x = 6, y = 3, sample 5" in driver.words("values_label") or "x = 6, y = 4" in driver.words("values_label")
    driver.window.controller.pixels.look_into(4)
    driver.paint()
    across, down = view.pixel_at(QPointF(x, y))
    assert 0 <= across < 8 and 0 <= down < 8
    assert f"x = {across}, y = {down}, sample 5 x" in driver.words("values_label")


# -- one class per row


def test_rows_of_classes(driver: Driver) -> None:
    reverse(driver, count=9)
    box = driver.find("class_rows_check", QCheckBox)
    box.setChecked(True)
    driver.idle()
    x_T = driver.shown("x_t").reshape(3, 8, 24, 3)
    assert np.array_equal(x_T[0], x_T[1]) and not np.array_equal(x_T[0][:, :8], x_T[0][:, 8:16])
    driver.choose("class_combo", "ring")
    side = driver.window.controller.side
    assert side.words.name.text() == "from class" and "one class a row" in side.chain.text()
    driver.generate()
    assert side.words.name.text() == "from class"
    driver.choose("class_combo", "cross")
    assert side.words.name.text() == "from class •"  # for the next chain
    driver.trigger("undo")
    model = load_model(driver.scene.model.name, "cpu")
    states = driver.window.controller.chains.states
    for row, name in enumerate(("ring", "cross", "dot")):
        single = driver.scene.replace(count=1, class_rows=False, seed=1, model=ModelSpec(driver.scene.model.name, name))
        last = list(run_chain(model, single))[-1]
        assert np.abs(last.values[0, 0] - states[-1].values[0, 3 * row + 1]).max() < 1e-4
    view = driver.picture_area("x_t")
    assert view._row_names == ("ring", "cross", "dot")
    point_at(driver, 1, 2, 3)
    assert "sample 6, cross" in driver.words("values_label")
    driver.window.controller.chains.open_tile = 5
    driver.idle()
    assert driver.words("made_with_label").startswith("sample 6 · cross · DDPM")  # its class once


def test_rows_of_a_branch_have_the_names_that_they_had_on_the_way(driver: Driver) -> None:
    reverse(driver, class_rows=True, count=9)
    driver.choose("class_combo", "ring")
    driver.generate()
    chains, view = driver.window.controller.chains, driver.picture_area("x_t")
    chains.go_to(2)
    driver.choose("class_combo", "cross")
    driver.trigger("go_on")
    driver.idle()
    assert view._row_names == ("cross", "dot", "ring")
    chains.go_to(1)
    driver.idle()
    assert view._row_names == ("ring", "cross", "dot")
    point_at(driver, 1, 2, 3)
    assert "sample 6, cross" in driver.words("values_label")


def test_one_sample_has_no_row_and_bears_no_name(driver: Driver) -> None:
    reverse(driver, class_rows=True)
    driver.choose("class_combo", "ring")
    driver.generate()
    assert driver.picture_area("x_t")._row_names == ()
    assert order(driver.scene, "points") == "Generate “ring”"


def test_a_model_without_classes_has_no_rows_of_them(driver: Driver, tmp_path: Path) -> None:
    """Its rows were all of the same noises, and drawing their names broke the window off."""
    models, before = driver.window.controller.models, driver.scene.model.name
    reverse(driver, count=4, class_rows=True)
    models.choose(str(write_words(tmp_path / "told")))
    driver.idle()
    assert not driver.scene.class_rows and not driver.find("class_rows_check", QCheckBox).isEnabled()
    driver.generate()
    ends = driver.window.controller.chains.states[-1].values[0]
    assert not np.array_equal(ends[0], ends[2])
    models.choose(before)
    driver.idle()
    assert not driver.scene.class_rows


def test_names_of_low_rows_leave_out_what_all_begin_with() -> None:
    assert distinct_parts(("face-hat", "face-hand", "face-neutral-skeptical")) == ("hat", "hand", "neutral-skeptical")
    assert distinct_parts(("face-hat", "heart")) == ("face-hat", "heart")
    assert distinct_parts(("face-hat",)) == ("face-hat",)
    assert distinct_parts(("a-", "a-b")) == ("a-", "b")


@pytest.mark.parametrize(
    ("grid", "named"), [(Grid(4, 4), (0, 1, 2, 3)), (Grid(8, 2), (0, 2, 4, 6)), (Grid(4, 1), (0, 2))]
)
def test_a_name_stands_where_its_share_of_the_tiles_begins(qapp, grid: Grid, named: tuple[int, ...]) -> None:
    image = QImage(400, 400, QImage.Format.Format_RGB32)
    image.fill(QColor("#000000"))
    painter = QPainter(image)
    names = ("kick", "snare", "tom", "clap")[: len(named)]
    paint_row_names(painter, Ground(QRect(0, 0, 400, 400), grid, 1.0), names, LIGHT)
    painter.end()
    seen = as_array(image).astype(int).sum(axis=(1, 2)).reshape(grid.rows, -1).any(axis=1)
    assert tuple(np.flatnonzero(seen)) == named


def test_rows_take_part_in_undo_and_are_for_the_next_chain(driver: Driver) -> None:
    reverse(driver, count=4)
    driver.generate()
    before = driver.shown("x_t")
    driver.find("class_rows_check", QCheckBox).setChecked(True)
    driver.idle()
    assert np.array_equal(driver.shown("x_t"), before)
    driver.trigger("undo")
    driver.idle()
    assert not driver.find("class_rows_check", QCheckBox).isChecked()


def test_one_sample_has_no_rows(driver: Driver) -> None:
    reverse(driver)
    box = driver.find("class_rows_check", QCheckBox)
    assert not box.isEnabled() and "choose more samples" in box.toolTip()
    driver.choose("count_combo", "4")
    driver.idle()
    assert box.isEnabled() and "each with the same noises" in box.toolTip()


def test_more_rows_than_classes_are_refused_in_words(driver: Driver) -> None:
    reverse(driver, count=16, class_rows=True)
    driver.generate()
    assert any(
        "needs 4 classes, and this model has 3 classes; take fewer samples" in text for text in driver.messages()
    )


# -- favourites


def test_a_sample_is_marked_and_found_again(driver: Driver) -> None:
    reverse(driver, count=9, seed=3)
    driver.generate()
    grid = driver.window.controller.chains.states[-1].values
    assert stars_painted(driver, 3) == 0
    point_at(driver, 1, 1, 3)
    driver.key(Key.Key_M)
    driver.paint()
    assert stars_painted(driver, 3) > 10
    assert driver.scene.favourites == (Favourite(seed=7, model=driver.scene.model, sampler=driver.scene.sampler),)
    menu = driver.window.controller.favourites.menu
    menu.aboutToShow.emit()
    entry = next(action for action in menu.actions() if action.text().startswith("★"))
    assert "seed 7  ·  dot  ·  DDPM 6" in entry.text()
    entry.trigger()
    driver.idle()
    assert (driver.scene.count, driver.scene.seed) == (1, 7)
    assert np.abs(driver.window.controller.chains.states[-1].values[0, 0] - grid[0, 4]).max() < 1e-4
    assert stars_painted(driver) > 10, "and it is marked there too"


def test_a_favourite_of_another_model_loads_it(driver: Driver, tmp_path: Path) -> None:
    """It asked for that first, and then for another click."""
    reverse(driver, count=1, seed=3)
    driver.generate()
    driver.key(Key.Key_M)
    (favourite,), before = driver.scene.favourites, driver.window.controller.chains.states[-1].values
    models = driver.window.controller.models
    other = str(shutil.copytree(favourite.model.name, tmp_path / "other"))
    models.choose(other)
    driver.idle()
    for _ in range(2):  # from another model, and while that model is on its way
        driver.window.controller.favourites.open(favourite)
        assert models.loading and driver.window.controller.store.session.model.waited
        driver.until(lambda: driver.window.controller.jobs.running)
        driver.idle()
        assert driver.scene.model == favourite.model and driver.scene.seed == 3
        assert np.array_equal(driver.window.controller.chains.states[-1].values[0], before[0])
        models.choose(other)
        driver.idle()
        models.choose(favourite.model.name)
    driver.idle()


def test_a_favourite_of_another_model_is_one_step(driver: Driver, tmp_path: Path) -> None:
    """The first undo led to its network beside the chain of the other one, which nobody had set."""
    reverse(driver, count=1, seed=3)
    driver.generate()
    driver.key(Key.Key_M)
    (favourite,), controller = driver.scene.favourites, driver.window.controller
    controller.models.choose(str(shutil.copytree(favourite.model.name, tmp_path / "other")))
    driver.idle()
    driver.set("seed_spin", 8)
    driver.generate()
    scene, values = driver.scene, controller.chains.states[-1].values
    controller.favourites.menu.aboutToShow.emit()
    (entry,) = [each for each in controller.favourites.menu.actions() if "seed 3" in each.text()]
    assert entry.text().replace("&", "").startswith(f"★  {Path(favourite.model.name).name}")
    entry.trigger()
    driver.until(lambda: driver.scene.model.name == favourite.model.name and controller.jobs.running)
    driver.idle()
    chain = controller.chains.states[-1].values
    driver.trigger("undo")
    driver.idle()
    assert driver.scene.replace(t=scene.t) == scene and np.array_equal(controller.chains.states[-1].values, values)
    driver.trigger("redo")
    driver.idle()
    assert driver.scene.model == favourite.model and np.array_equal(controller.chains.states[-1].values, chain)
    assert not driver.action("redo").isEnabled()


def test_a_second_m_takes_the_mark_away(driver: Driver) -> None:
    reverse(driver)
    driver.generate()
    driver.key(Key.Key_M)
    assert len(driver.scene.favourites) == 1
    driver.key(Key.Key_M)
    driver.paint()
    assert driver.scene.favourites == () and stars_painted(driver) == 0
    driver.trigger("undo")
    assert len(driver.scene.favourites) == 1


def test_a_favourite_of_a_grid_of_classes_keeps_its_class(driver: Driver) -> None:
    reverse(driver, count=9, class_rows=True)
    driver.generate()
    click_tile(driver, 2, 1, 3)
    driver.key(Key.Key_M)
    (favourite,) = driver.scene.favourites
    assert (favourite.model.class_label, favourite.seed) == ("cross", 1)


def test_a_favourite_future_comes_again_with_its_history(driver: Driver) -> None:
    reverse(driver)
    driver.generate()
    driver.slider.setValue(50)
    driver.idle()
    driver.choose("class_combo", "ring")
    driver.key(Key.Key_8)
    driver.idle(60)
    fan = driver.window.controller.chains.states[-1].values
    point_at(driver, 1, 2, 3)
    driver.key(Key.Key_M)
    (favourite,) = driver.scene.favourites
    assert favourite.noise == 5 and [leg.t for leg in favourite.history] == [50]
    driver.window.controller.favourites.open(favourite)
    driver.idle()
    assert np.abs(driver.window.controller.chains.states[-1].values[0, 0] - fan[0, 5]).max() < 1e-4
    name = name_of(favourite, favourite.model.name)
    assert "1 change on its way" in name and "noise 5" in name


def test_favourites_are_saved_with_the_scene(driver: Driver, tmp_path: Path) -> None:
    reverse(driver)
    driver.generate()
    driver.key(Key.Key_M)
    kept = driver.scene.favourites
    driver.window.doors.scenes.write(str(tmp_path / "scene.json"), True)
    driver.reset()
    assert driver.scene.favourites == ()
    driver.window.doors.scenes.open(str(tmp_path / "scene.json"))
    driver.idle()
    assert driver.scene.favourites == kept


def test_all_marks_can_be_forgotten(driver: Driver) -> None:
    reverse(driver)
    driver.generate()
    driver.key(Key.Key_M)
    menu = driver.window.controller.favourites.menu
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if unlettered(action.text()) == "Forget all favourites").trigger()
    assert driver.scene.favourites == ()
    menu.aboutToShow.emit()
    assert [unlettered(a.text()) for a in menu.actions() if not a.isEnabled() and a.text()] == ["No favourites yet"]


def test_without_a_sample_nothing_is_marked(driver: Driver) -> None:
    assert not driver.action("favourite").isEnabled() and "no sample yet" in driver.action("favourite").toolTip()
    reverse(driver, count=4)
    driver.generate()
    driver.key(Key.Key_M)
    assert driver.scene.favourites == () and any("Point at a sample" in text for text in driver.messages())


def test_a_favourite_of_a_model_that_is_gone_says_so(driver: Driver) -> None:
    driver.window.controller.favourites.open(Favourite(model=ModelSpec("/gone/other")))
    driver.idle()
    assert any(text.startswith("other: ") for text in driver.messages()) and not driver.scene.favourites
    assert not driver.window.controller.chains.states


def test_there_are_not_more_favourites_than_a_scene_takes(driver: Driver) -> None:
    full = tuple(Favourite(seed=i) for i in range(MAX_FAVOURITES))
    reverse(driver, favourites=full)
    driver.generate()
    driver.key(Key.Key_M)
    assert driver.scene.favourites == full
    assert any("favourites already; take a mark away first" in text for text in driver.messages())


def test_stars_stay_off_the_forward_pictures(driver: Driver) -> None:
    reverse(driver, class_rows=True, count=4)
    driver.generate()
    click_tile(driver, 0, 0, 2)
    driver.key(Key.Key_M)
    driver.key(Key.Key_Escape)
    assert stars_painted(driver, 2) > 10 and driver.picture_area("x_t")._row_names
    driver.trigger("direction_forward")
    driver.idle()
    assert not driver.picture_area("x_0")._stars and not driver.picture_area("x_t")._row_names


@pytest.mark.parametrize("favourite, words", [
    (Favourite(7), "seed 7  ·  any  ·  DDPM 250"),
    (Favourite(7, start=90, model=ModelSpec(guidance=3.0)), "w 3  ·  from the picture at t = 90"),
    (Favourite(7, history=(Leg(5), Leg(3))), "2 changes on its way"),
    (Favourite(7, sampler=SamplerSpec("ddim", 20, params=params(eta=1.0))), "DDIM (η 1) 20"),
])  # fmt: skip
def test_names_of_favourites(favourite: Favourite, words: str) -> None:
    assert words in name_of(favourite, favourite.model.name)
    own = ModelSpec("/there/other", guidance=favourite.model.guidance)
    assert words in name_of(replace(favourite, model=own), "smileys-32")
    assert name_of(replace(favourite, model=own), "smileys-32").startswith("★  other  ·  seed 7")


@pytest.mark.parametrize("side", [96, 156, 240])
def test_names_of_rows_are_whole_in_tiles_of_any_size(side: int) -> None:
    names = "mean, draw 1", "draws 2, 3"
    image = QImage(side, side, QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.red)
    painter = QPainter(image)
    paint_row_names(painter, Ground(QRect(0, 0, side, side), Grid(2, 2), 1.0), names, LIGHT)
    wide = painter.fontMetrics().horizontalAdvance(names[0])
    painter.end()
    covered = (as_array(image)[2] != (255, 0, 0)).any(axis=1).sum()
    assert covered >= min(wide + 6, 0.95 * side - 8)


def test_names_of_rows_stand_beside_a_narrow_picture(qapp) -> None:
    """They covered half of it."""
    image = QImage(200, 200, QImage.Format.Format_RGB888)
    image.fill(Qt.GlobalColor.red)
    painter = QPainter(image)
    paint_row_names(painter, Ground(QRect(100, 0, 30, 200), Grid(2, 2), 1.0), ("mean, draw 1", "draws 2, 3"), LIGHT)
    painter.end()
    seen = (as_array(image) != (255, 0, 0)).any(axis=(0, 2))
    assert seen[:100].any() and not seen[100:].any()
