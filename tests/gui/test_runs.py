"""Runs and the curves of their spread: plain values."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.diffusion import SCHEDULES
from diffviz.engine.futures import future_of
from diffviz.engine.messages import ModelInfo
from diffviz.engine.samples import sample_of
from diffviz.gui.panels.schedule_curves import NAMES, along, curves_of, outcomes
from diffviz.gui.runs import Fan, Run
from diffviz.scene import Leg, ModelSpec, SamplerSpec, Scene
from diffviz.scene_check import check_scene

MODEL = ModelInfo("m", "a model", ("a", "b", "c"), 3, SCHEDULES["linear"](T=100), (3, 8, 8), "v", False)
LEGS = (Leg(80, -1, ModelSpec(class_label="b"), SamplerSpec("ddim")), Leg(40, 20, ModelSpec(), SamplerSpec("heun")))
MADE = Scene(seed=5, sampler=SamplerSpec("euler"), model=ModelSpec(class_label="c"), history=LEGS)


def run_of(scene: Scene, **more: object) -> Run:
    return Run(1, scene, model=MODEL, **more)


def test_a_single_chain_is_its_own_sample() -> None:
    assert run_of(MADE).single(0) is MADE and run_of(MADE).chosen == 0


def test_a_favourite_of_the_last_seed_can_be_saved() -> None:
    run = run_of(Scene(seed=2**31 - 1, noise=2**31 - 2, count=4))
    kept = run.favourite(3)
    assert (kept.seed, kept.noise) == (2, 1)
    check_scene(Scene(favourites=(kept,)))


def test_samples_of_a_grid_and_futures() -> None:
    assert run_of(MADE.replace(count=9)).single(4) == sample_of(MADE.replace(count=9), 4, MODEL.class_names)
    assert run_of(MADE, fan=9).single(2) == future_of(MADE, 2)


def test_a_favourite_has_all_that_its_chain_needs() -> None:
    favourite = run_of(MADE.replace(count=4, start=30)).favourite(1)
    assert (favourite.seed, favourite.start, favourite.sampler) == (6, 30, MADE.sampler)
    assert favourite.history == (*LEGS[:1], Leg(40, 21, LEGS[1].model, LEGS[1].sampler))


# -- curves of the spread


def test_the_spread_along_futures_is_known_from_where_they_part_to_where_they_have_come() -> None:
    values = along(Fan(8, (8, 6, 4), (0.0, 0.2, 0.3)), 10)
    assert values[[8, 7, 6, 5, 4]] == pytest.approx([0.0, 0.1, 0.2, 0.25, 0.3])
    assert np.isnan(values[[0, 3, 9, 10]]).all() and len(values) == 11


def test_outcomes_are_those_of_futures_that_have_arrived() -> None:
    fans = [Fan(8, (8, 4, 0), (0.0, 0.2, 0.4)), Fan(2, (2, 0), (0.0, 0.1)), Fan(5, (5, 3), (0.0, 0.9))]
    values, points = outcomes(fans, 10)
    assert points == [(2, 0.1), (8, 0.4)]
    assert values[[2, 5, 8]] == pytest.approx([0.1, 0.25, 0.4]) and np.isnan(values[[0, 1, 9]]).all()


def test_no_outcome_is_no_curve() -> None:
    values, points = outcomes([Fan(5, (5, 3), (0.0, 0.9))], 10)
    assert points == [] and np.isnan(values).all()
    on_the_way = [Fan(5, (5, 3), (0.0, 0.9))]
    assert [curve.label for curve in curves_of(MODEL.schedule, "spread", on_the_way)[0]] == [NAMES[0]], "nor its name"
    arrived = [*on_the_way, Fan(2, (2, 0), (0.0, 0.1))]
    assert [curve.label for curve in curves_of(MODEL.schedule, "spread", arrived)[0]] == list(NAMES)


def test_levels_between_whole_ones() -> None:
    values = along(Fan(7.5, (7.5, 2.5, 0), (0.0, 0.5, 0.5)), 10)
    assert np.isnan(values[8]) and values[7] == pytest.approx(0.05) and values[1] == pytest.approx(0.5)
