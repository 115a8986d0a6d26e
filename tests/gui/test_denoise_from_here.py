""" "Denoise from here": exactly the level nearest in SNR, with the held noise, and said in words."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from chains import direct, network
from gui_driver import Driver

from diffviz import catalog
from diffviz.diffusion import SCHEDULES
from diffviz.gui.generating import start_from
from diffviz.images import load_picture
from diffviz.kinds.picture import fitted
from diffviz.scene import DataSpec, Scene


def nearest_level(model_snr_db: np.ndarray, snr_db: float) -> int:
    return 1 + int(np.argmin(np.abs(model_snr_db[1:] - snr_db)))


@pytest.mark.parametrize(("name", "T", "t"), [("linear", 100, 40), ("cosine", 300, 170), ("scaled_linear", 1000, 999)])
def test_it_starts_at_the_nearest_level_with_the_held_noise(name: str, T: int, t: int, driver: Driver) -> None:
    driver.choose("schedule_combo", catalog.SCHEDULES[name].label)
    driver.set("T_spin", T)
    driver.set("seed_spin", 4)
    driver.set_t(t)
    picture = driver.picture
    driver.trigger("denoise")
    driver.idle()
    model = network(driver.scene.model.name)
    level = nearest_level(model.schedule.snr_db, float(SCHEDULES[name](T=T).snr_db[t]))
    states = direct(driver.scene, fitted(picture, 8, 8), level)
    assert driver.scene.direction == "reverse"
    driver.trigger("first")
    driver.idle()
    for state in states:
        assert driver.slider.value() == state.t
        assert np.array_equal(driver.shown("x_t"), state.x_t[0])
        assert np.array_equal(driver.shown("x_0"), state.x0_hat[0])
        driver.trigger("next")
        driver.idle()
    assert states[0].t == level


def test_samples_that_will_all_be_one_are_told_of(driver: Driver) -> None:
    def told() -> bool:
        return any("one and the same" in text for text in driver.messages())

    for name, count, alike in (("DDIM", "4", True), ("DDPM", "4", False), ("DDIM", "1", False)):
        driver.trigger("direction_forward")
        driver.choose("sampler_combo", name)
        driver.choose("count_combo", count)
        driver.trigger("denoise")
        driver.idle()
        run = driver.window.controller.chains.run
        x_0 = run.states[-1].shown.x_t
        assert told() == alike == (len(x_0) > 1 and all(np.array_equal(x_0[0], other) for other in x_0[1:]))
    driver.trigger("direction_forward")
    assert not told()


def test_a_wide_picture_is_cut_to_the_middle(driver: Driver, picture_file: Path) -> None:
    driver.window.open_picture(picture_file)
    driver.idle()
    driver.trigger("denoise")
    driver.idle()
    driver.trigger("first")
    driver.idle()
    level = nearest_level(
        network(driver.scene.model.name).schedule.snr_db, float(SCHEDULES["linear"](T=100).snr_db[40])
    )
    states = direct(driver.scene, fitted(load_picture(picture_file), 8, 8), level)
    assert np.array_equal(driver.shown("x_t"), states[0].x_t[0])


def test_both_levels_and_the_training_are_said(driver: Driver) -> None:
    driver.choose("schedule_combo", catalog.SCHEDULES["cosine"].label)
    driver.set_t(55)
    model = network(driver.scene.model.name)
    level = nearest_level(model.schedule.snr_db, float(SCHEDULES["cosine"](T=100).snr_db[55]))
    driver.trigger("denoise")
    driver.idle()
    said = " ".join(driver.messages())
    assert f"t = {level}" in said and "t = 55" in said
    assert driver.words("history_label") == f"from your picture at t = {level}", "its sampler said nothing of it"
    assert "training" in said and "dot" in said


def test_at_t_0_it_is_refused_in_words_and_nothing_runs(driver: Driver) -> None:
    driver.set_t(0)
    action = driver.action("denoise")
    if action.isEnabled():
        action.trigger()
        driver.idle()
        assert any("t = 0" in text for text in driver.messages())
    else:
        assert "t = 0" in action.toolTip()
    assert driver.scene.direction == "forward"
    assert driver.generate_button.text() == "Generate “dot”"


def test_every_sample_of_several_starts_from_the_same_state(driver: Driver) -> None:
    driver.choose("count_combo", "4")
    driver.trigger("denoise")
    driver.idle()
    driver.trigger("first")
    driver.idle()
    grid = driver.shown("x_t")
    assert grid.shape == (16, 16, 3)
    assert all(np.array_equal(grid[:8, :8], part) for part in (grid[:8, 8:], grid[8:, :8], grid[8:, 8:]))
    driver.trigger("last")
    driver.idle()
    end = driver.shown("x_t")
    assert not np.array_equal(end[:8, :8], end[:8, 8:])


def test_the_picture_is_still_there_in_forward(driver: Driver) -> None:
    picture = driver.shown("x_0")
    driver.trigger("denoise")
    driver.idle()
    driver.trigger("direction_forward")
    driver.idle()
    assert np.array_equal(driver.shown("x_0"), picture) and driver.slider.value() == 40


def test_what_the_model_knows_is_called_by_its_name_and_is_no_picture_where_it_is_of_points(
    driver: Driver, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    np.savetxt(path, np.random.default_rng(0).normal(size=(50, 2)))
    driver.window.controller.pictures.open(DataSpec("points", f"path:{path}"))
    driver.idle()
    driver.trigger("denoise")
    driver.idle()
    assert any("The model, exact · mine.csv, knows only its own data, and" in text for text in driver.messages())


def test_a_network_of_ones_own_is_called_by_its_folder() -> None:
    schedule = SCHEDULES["linear"](T=100)
    mine = SimpleNamespace(name="/a/b/col v", class_names=(), schedule=schedule)
    begun = start_from(Scene(t=40), schedule, mine, np.zeros((4, 1), np.float32))  # type: ignore[arg-type]
    assert begun is not None and "has seen only data like those of col v in training" in begun[1]
