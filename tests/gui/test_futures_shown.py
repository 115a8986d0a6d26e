"""Futures of a state: what else could have come of it, how far they part, and the way back."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from gui_driver import CTRL, Driver
from in_hand import branch_off, films, generated, go, said, shown_states
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel

from diffviz.kinds.tiles import tile

Key = Qt.Key


def fanned(driver: Driver, t: int) -> None:
    go(driver, t)
    driver.key(Key.Key_8)
    driver.idle(60)


def test_futures_are_a_square_of_endings(driver: Driver) -> None:
    generated(driver)
    whole = films(driver)
    fanned(driver, 50)
    run = driver.window.controller.chains.run
    assert shown_states(driver) == [50, 40, 30, 20, 10, 0] and len(run.states[0].shown.x_t) == 9
    assert np.array_equal(driver.shown("x_t"), tile(run.states[-1].shown.x_t))
    assert np.abs(films(driver)[-1][0, 0] - whole[-1][0, 0]).max() < 1e-4, "the first is the chain's own"
    assert "own noise" in said(driver) and "Esc returns" in said(driver)
    assert driver.words("history_label") == "8 futures from t = 50"


def test_a_future_can_be_opened_walked_and_left(driver: Driver) -> None:
    generated(driver)
    fanned(driver, 50)
    view = driver.picture_area("x_0")
    place = view.target().center()
    driver.press(view, place.x(), place.y())
    driver.release(view, place.x(), place.y())
    run = driver.window.controller.chains.run
    assert run.open_tile == 4 and np.array_equal(driver.shown("x_0"), run.states[-1].shown.x0_hat[4])
    driver.key(Key.Key_Left)
    assert driver.scene.t == 10 and np.array_equal(driver.shown("x_t"), run.states[-2].shown.x_t[4])
    driver.key(Key.Key_Escape)
    assert run.open_tile is None and driver.window.controller.chains.run is run
    driver.key(Key.Key_Escape)
    assert driver.window.controller.chains.run.fan == 0 and driver.scene.t == 50
    assert len(shown_states(driver)) == 11


def test_the_way_back_from_futures_leaves_pictures_at_their_own_pixels(driver: Driver) -> None:
    driver.generate()
    driver.trigger("one_to_one")
    driver.set_t(50)
    driver.trigger("futures")
    driver.idle()
    driver.trigger("return")
    driver.idle()
    viewport = driver.window.controller.view.viewport
    assert viewport.place.zoom == 1 and not driver.window.controller.chains.run.fan
    driver.trigger("futures")
    driver.idle()
    viewport.set(3, 0.2, 0.2)
    driver.trigger("return")
    assert viewport.place.zoom is None, "where the grid was looked into is no place of one sample"


def test_a_branch_from_a_future(driver: Driver) -> None:
    generated(driver)
    fanned(driver, 50)
    reverse = driver.window.controller.chains
    fan = films(driver)
    assert "Open one of the futures first" in driver.action("go_on").toolTip() or driver.scene.t == 0
    reverse.open_tile = 3
    branch_off(driver, 20, "class_combo", "ring")
    assert [leg.noise for leg in driver.scene.history] == [-1, 3] or [leg.t for leg in driver.scene.history] == [20]
    branch = films(driver)
    state = next(i for i, t in enumerate(shown_states(driver)) if t == 20)
    assert np.array_equal(branch[state][0, 0], fan[3][0, 3])


def test_what_is_said_of_futures_goes_with_them(driver: Driver) -> None:
    """Back at those of t = 50 the others were said to part at t = 30."""
    generated(driver)
    fanned(driver, 50)
    driver.window.controller.chains.open_tile = 2
    fanned(driver, 30)
    assert "part from it at t = 30" in said(driver)
    driver.key(Key.Key_Escape)
    assert driver.words("history_label") == "8 futures from t = 50" and "t = 30" not in said(driver)


def test_the_plot_shows_how_far_futures_part(driver: Driver) -> None:
    generated(driver)
    curves = driver.window.controller.schedule_panel.curves
    assert not curves.buttons["spread"].isEnabled()
    for t in (80, 50, 20):
        fanned(driver, t)
        driver.key(Key.Key_Escape)
    assert curves.buttons["spread"].isEnabled() and curves.buttons["spread"].isChecked()
    fans = driver.window.controller.chains.fans
    assert sorted(fans) == [20, 50, 80]
    assert all(fan.spread[0] < 1e-5 and fan.levels[-1] == 0 for fan in fans.values())
    outcome = {t: fan.spread[-1] for t, fan in fans.items()}
    assert outcome[20] < outcome[80]
    one, other = driver.plot._curves
    assert other.y[50] == pytest.approx(outcome[50]) and np.isnan(other.y[10]) and np.isnan(other.y[90])
    assert one.y[0] == pytest.approx(outcome[20]) and np.isnan(one.y[30])
    assert driver.plot._points == [(t, pytest.approx(outcome[t])) for t in (20, 50, 80)]
    assert any("futures" in text for text in driver.plot_texts())


def test_the_names_of_the_spread_lie_on_each_other_in_no_plot(driver: Driver) -> None:
    generated(driver)
    driver.trigger("decide")
    driver.idle(60)
    plot, size = driver.plot, driver.window.size()
    for height in (640, 860):
        driver.window.resize(1024, height)
        driver.idle()
        for t in (0, 10, 50, 100):
            driver.set_t(t)
            boxes = [plot.t_cursor.box_of(name, plot._pixel) for name in plot.t_cursor.names]
            assert not any(one.intersects(other) for one, other in itertools.combinations(boxes, 2))
    driver.window.resize(size)


def test_adding_noise_has_no_spread(driver: Driver) -> None:
    """Its button says why it is off, the coefficients stand in, and none of it is a step to be taken back."""
    generated(driver)
    fanned(driver, 50)
    driver.key(Key.Key_Escape)
    controller, buttons = driver.window.controller, driver.window.controller.schedule_panel.curves.buttons
    assert buttons["spread"].isChecked()
    driver.trigger("direction_forward")
    driver.idle()
    assert not buttons["spread"].isEnabled() and buttons["coefficients"].isChecked()
    assert "Remove noise" in buttons["spread"].toolTip()
    controller.store.undo()  # the direction, and nothing since
    driver.idle()
    assert driver.scene.direction == "reverse" and buttons["spread"].isEnabled() and buttons["spread"].isChecked()


def test_a_branch_has_a_spread_of_its_own(driver: Driver) -> None:
    generated(driver)
    fanned(driver, 50)
    driver.key(Key.Key_Escape)
    driver.choose("class_combo", "ring")
    driver.key(Key.Key_G)
    driver.idle()
    buttons = driver.window.controller.schedule_panel.curves.buttons
    assert not driver.window.controller.chains.fans and buttons["coefficients"].isChecked()
    driver.key(Key.Key_Backspace)
    driver.paint()
    assert list(driver.window.controller.chains.fans) == [50] and buttons["spread"].isChecked()


def test_each_sample_has_a_spread_of_its_own(driver: Driver) -> None:
    """One sample's curve stood beside another's pictures, and beside all of them."""
    generated(driver, count=4)
    controller, buttons = driver.window.controller, driver.window.controller.schedule_panel.curves.buttons
    controller.chains.open_tile = 1
    fanned(driver, 50)
    assert list(controller.chains.fans) == [50]
    driver.key(Key.Key_Escape)
    driver.paint()
    assert controller.chains.open_tile == 1 and list(controller.chains.fans) == [50] and buttons["spread"].isChecked()
    for other in (2, None):
        controller.chains.open_tile = other
        driver.paint()
        assert not controller.chains.fans and buttons["coefficients"].isChecked()
    controller.chains.open_tile = 1
    driver.paint()
    assert list(controller.chains.fans) == [50] and buttons["spread"].isChecked()


def test_undo_of_futures_takes_their_curves_back_too(driver: Driver) -> None:
    """Of those that had not come to an end nothing was seen."""
    generated(driver)
    driver.window.controller.options.view(curves="snr")
    before, buttons = driver.scene.replace(t=50), driver.window.controller.schedule_panel.curves.buttons
    fanned(driver, 50)
    assert buttons["spread"].isChecked()
    driver.trigger("undo")
    driver.idle()
    assert driver.scene == before and buttons["snr"].isChecked()
    driver.trigger("redo")
    driver.idle()
    assert driver.window.controller.chains.run.fan and buttons["spread"].isChecked()


def test_beside_futures_that_undo_brought_back_stands_their_own_spread(driver: Driver) -> None:
    """It was that of the futures made last."""
    generated(driver)
    fanned(driver, 80)
    driver.key(Key.Key_Escape)
    fanned(driver, 20)
    for _ in range(3):
        driver.trigger("undo")
        driver.idle()
        if driver.words("history_label") == "8 futures from t = 80":
            break
    run, fans = driver.window.controller.chains.run, driver.window.controller.chains.fans
    assert run.fan and run.states[0].t == 80 and list(fans)[-1] == 80
    assert fans[80].spread == tuple(state.spread or 0.0 for state in run.states)
    assert np.isfinite(driver.plot._curves[0].y[80]), "the curve begins where they part"


def test_futures_of_other_settings_have_a_spread_of_their_own(driver: Driver) -> None:
    """One dashed curve went through the ends of both."""
    chains = driver.window.controller.chains
    generated(driver, "ddim")
    for t, eta in ((50, 1.0), (30, 0.5)):
        driver.window.controller.options.sampler_param("eta", eta)
        fanned(driver, t)
        assert list(chains.fans) == [t]
        driver.key(Key.Key_Escape)
        assert list(chains.fans) == [t]
    driver.window.controller.options.sampler_param("eta", 1.0)
    fanned(driver, 70)
    assert list(chains.fans) == [50, 70]


def test_when_it_is_decided(driver: Driver) -> None:
    """Futures from six states by themselves, and back at the chain with the curve."""
    generated(driver)
    driver.set_t(60)
    assert driver.scene.t == 60 and driver.action("decide").isEnabled()
    whole = films(driver)
    driver.key(Key.Key_8, CTRL)
    driver.idle(60)
    driver.until(lambda: not driver.window.controller.jobs.running)
    fans = driver.window.controller.chains.fans
    assert sorted(fans) == [10, 30, 50, 60, 80, 100]
    assert all(np.array_equal(a, b) for a, b in zip(films(driver), whole, strict=True))
    assert "the picture is decided" in said(driver)
    assert len(driver.plot._points) == 6
    assert driver.scene.t == 60, "where the person was"
    driver.window.controller.options.view(curves="coefficients")
    assert "decided" not in said(driver), "its curve is gone"


def deciding(driver: Driver) -> None:
    """Futures run from the second of six states, slowly; the person was at t = 60."""
    generated(driver)
    driver.set_t(60)
    controller = driver.window.controller
    driver.find("pace_combo", QComboBox).setCurrentIndex(2)  # 10 steps/s: time enough to press Stop
    driver.trigger("decide")
    driver.until(lambda: len(controller.chains.fans) == 2 and controller.chains.run.fan and controller.chains.states)


def test_stop_ends_the_row_of_futures_where_the_person_was(driver: Driver) -> None:
    deciding(driver)
    controller = driver.window.controller
    driver.trigger("cancel")
    driver.idle()
    assert len(controller.chains.fans) == 2 and not controller.jobs.running
    assert not controller.chains.run.fan and driver.scene.t == 60 and "decided" not in said(driver)
    assert driver.scene.view.curves == "coefficients"
    assert driver.shown("x_t").shape == controller.chains.states[4].shown.x_t[0].shape
    driver.generate()
    assert controller.chains.run.fan == 0


def test_stop_in_the_last_moment_of_futures_ends_their_row(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    """They were done before they could be stopped, and the next ones began."""
    deciding(driver)
    controller = driver.window.controller
    monkeypatch.setattr(controller.engine.control, "cancel", lambda: None)
    driver.trigger("cancel")
    monkeypatch.undo()
    driver.find("pace_combo", QComboBox).setCurrentIndex(0)
    driver.idle(60)
    assert len(controller.chains.fans) < 4 and not controller.jobs.running
    assert not controller.chains.run.fan and driver.scene.t == 60 and "decided" not in said(driver)


def test_a_second_row_of_futures_that_is_stopped_takes_no_point_of_the_first(driver: Driver) -> None:
    generated(driver)
    driver.trigger("decide")
    driver.idle(60)
    driver.until(lambda: not driver.window.controller.jobs.running)
    chains = driver.window.controller.chains
    first = dict(chains.fans)
    driver.find("pace_combo", QComboBox).setCurrentIndex(2)  # 10 steps/s: time enough to press Stop
    driver.trigger("decide")
    driver.until(lambda: chains.run.fan > 0 and len(chains.states) > 1)
    t = chains.states[0].t
    driver.trigger("cancel")
    driver.idle()
    assert chains.fans == first and list(chains.fans)[-1] == t, "the curve along the futures is of the newest"
    driver.window.controller.options.view(curves="spread")
    assert len(driver.plot._points) == 6


def test_what_takes_the_place_of_the_row_of_futures_ends_it(driver: Driver) -> None:
    deciding(driver)
    controller = driver.window.controller
    driver.key(Key.Key_P)
    controller.chains.open_tile = 0
    driver.key(Key.Key_G)
    driver.idle(60)
    assert not controller.chains.run.fan and controller.chains.states[-1].t == 0 == driver.scene.t
    assert "decided" not in said(driver)


def test_what_ends_beside_another_page_leaves_its_t(driver: Driver) -> None:
    deciding(driver)
    driver.trigger("direction_forward")
    driver.set_t(33)
    driver.idle(60)
    assert driver.scene.forward and driver.scene.t == 33


@pytest.mark.parametrize("page", ["direction_forward", "laboratory"])
def test_a_row_of_futures_goes_on_beside_another_page(driver: Driver, page: str) -> None:
    """It ended with the futures that ran, and was said to have come to its end."""
    deciding(driver)
    driver.trigger(page)
    driver.find("pace_combo", QComboBox).setCurrentIndex(0)
    driver.until(lambda: not driver.window.controller.jobs.running, 60)
    driver.idle()
    assert driver.scene.way in page
    driver.trigger("direction_reverse")
    driver.idle()
    assert sorted(driver.window.controller.chains.fans) == [10, 30, 50, 60, 80, 100]
    assert driver.scene.t == 60 and len(driver.plot._points) == 6 and "the picture is decided" in said(driver)


def test_a_new_chain_forgets_the_spread(driver: Driver) -> None:
    generated(driver)
    fanned(driver, 50)
    driver.generate()
    assert not driver.window.controller.chains.fans
    assert driver.window.controller.schedule_panel.curves.buttons["coefficients"].isChecked()


@pytest.mark.parametrize(("sampler", "words"), [("ddim", "η = 1"), ("heun", "Euler ancestral's")])
def test_a_method_without_noise_shows_its_counterparts_futures(driver: Driver, sampler: str, words: str) -> None:
    generated(driver, sampler)
    fanned(driver, 70)
    assert "all its futures from here are one and the same" in said(driver) and words in said(driver)
    assert driver.window.controller.chains.states[-1].spread > 1e-4
    assert driver.scene.sampler.name == sampler, "the settings are the person's"


def test_one_sample_of_a_grid_has_futures(driver: Driver) -> None:
    generated(driver, count=4)
    grid = films(driver)
    go(driver, 50)
    driver.paint()
    assert "Open one sample first" in driver.action("futures").toolTip()
    driver.window.controller.chains.open_tile = 1
    driver.key(Key.Key_8)
    driver.idle()
    assert np.abs(films(driver)[-1][0, 0] - grid[-1][0, 1]).max() < 1e-4
    assert driver.scene.count == 4
    driver.key(Key.Key_Escape)
    assert len(films(driver)[0][0]) == 4 and driver.window.controller.chains.open_tile == 1


def test_futures_of_a_paused_chain(paused: Driver) -> None:
    reverse = paused.window.controller.chains
    count = len(reverse.states)
    paused.key(Key.Key_8)
    paused.idle(60)
    assert reverse.run.fan == 9 and reverse.states[-1].t == 0
    paused.key(Key.Key_Escape)
    assert len(reverse.states) in (count, count + 1) and reverse.states[-1].t > 0
    paused.key(Key.Key_G)
    paused.idle()
    assert len(reverse.states) == 11 and paused.scene.history == ()


def test_the_chain_that_is_shown_is_exported(driver: Driver, tmp_path: Path) -> None:
    generated(driver)
    whole = [state.shown.x_t[0] for state in driver.window.controller.chains.states]
    fanned(driver, 50)
    driver.key(Key.Key_Escape)
    options = {"size": 16, "layout": "x_t", "hold_s": 0.0, "theme": "dark"}
    driver.export(tmp_path / "film", options, 11)
    driver.idle()
    from PIL import Image

    files = sorted((tmp_path / "film").glob("*.png"))
    assert len(files) == 11
    for file, x_t in zip(files, whole, strict=True):
        assert np.array_equal(np.asarray(Image.open(file))[::2, ::2], x_t)


@pytest.mark.parametrize(
    "sampler, whose", [("ddpm", "The first goes on with the chain's own noise"), ("euler", "Each with fresh noise")]
)
def test_whose_noise_the_first_future_has(sampler: str, whose: str, driver: Driver) -> None:
    """Euler's chain has none: beside its futures the panel told of it, and the notice of fresh noise in each."""
    generated(driver, sampler)
    fanned(driver, 50)
    assert driver.find("history_label", QLabel).toolTip() == whose and (whose.lower() in said(driver).lower())


def test_undo_goes_from_futures_to_their_chain_first(driver: Driver) -> None:
    """It went back over the branch that they part from too, in one step."""
    chains = driver.window.controller.chains
    generated(driver)
    first = chains.run.job
    branch_off(driver, 50, "class_combo", "ring")
    branch = chains.run.job
    fanned(driver, 30)
    futures = chains.run.job
    ways = [("undo", branch, "the futures"), ("undo", first, "the branch")]
    for way, job, words in [*ways, ("redo", branch, "the branch"), ("redo", futures, "the futures")]:
        assert words in driver.action(way).text()
        driver.trigger(way)
        driver.idle()
        assert chains.run.job == job
    driver.trigger("return")
    driver.idle()
    assert chains.run.job == branch and "the way back" in driver.action("undo").text()
    driver.trigger("undo")
    driver.idle()
    assert chains.run.job == futures
    for way, job in (("return", branch), ("return", first), ("undo", branch)):
        driver.trigger(way)
        driver.idle()
        assert chains.run.job == job, "the branch is back, and not its settings alone"


def test_when_it_is_decided_is_no_step_of_undo(driver: Driver) -> None:
    """Six times there and back."""
    generated(driver)
    before = driver.action("undo").text()
    driver.trigger("decide")
    driver.idle(60)
    assert driver.action("undo").text() == before and not driver.window.controller.chains.run.fan


def test_undo_of_a_row_of_futures_that_runs_leads_to_where_it_began(driver: Driver) -> None:
    """It took the chain too, and redo led into the midst of the row."""
    generated(driver, seed=6)
    driver.find("pace_combo", QComboBox).setCurrentIndex(2)  # 10 steps/s
    fanned(driver, 20)
    driver.trigger("undo")
    driver.idle()
    before, undo = driver.scene, driver.action("undo").text()
    assert driver.action("redo").isEnabled()
    chains, job = driver.window.controller.chains, driver.window.controller.chains.run.job
    driver.trigger("decide")
    driver.until(lambda: chains.run.fan and chains.states)
    assert driver.action("undo").text() == "Undo: the futures" and not driver.action("redo").isEnabled()
    driver.trigger("undo")
    driver.idle()
    assert chains.run.job == job and driver.scene == before and driver.action("undo").text() == undo
