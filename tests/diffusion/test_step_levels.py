"""The levels that a chain visits."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from diffviz import catalog
from diffviz.diffusion import step_levels

GOLDEN = {
    "leading": [901, 801, 701, 601, 501, 401, 301, 201, 101, 1, 0],
    "trailing": [1000, 900, 800, 700, 600, 500, 400, 300, 200, 100, 0],
    "linspace": [1000, 889, 778, 667, 556, 445, 334, 223, 112, 1, 0],
    "leading_open": [901, 811, 721, 631, 541, 451, 361, 271, 181, 91, 0],
    "linspace_open": [1000, 900, 800, 700, 600, 501, 401, 301, 201, 101, 0],
}


@pytest.mark.parametrize("spacing", GOLDEN)
def test_golden_levels_of_ten_steps(spacing):
    assert step_levels(1000, 10, spacing) == GOLDEN[spacing]


def test_catalog_offers_every_spacing():
    assert set(catalog.SPACINGS) == set(GOLDEN)


@pytest.mark.parametrize("spacing", GOLDEN)
@pytest.mark.parametrize("T", [1, 2, 7, 50, 1000])
def test_levels_fall_strictly_to_0(T, spacing):
    for steps in range(1, min(T, 60) + 1):
        levels = step_levels(T, steps, spacing)
        assert len(levels) == steps + 1 and levels[-1] == 0 and 1 <= levels[0] <= T
        assert all(type(level) is int for level in levels)
        assert all(t > s for t, s in pairwise(levels))
        if not spacing.startswith("leading"):
            assert levels[0] == T
    assert step_levels(T, T, spacing) == step_levels(T, None, spacing) == list(range(T, -1, -1))


@pytest.mark.parametrize("spacing", GOLDEN)
def test_levels_are_those_of_diffusers(spacing):
    from diffusers import DDPMScheduler, DPMSolverMultistepScheduler

    made = DPMSolverMultistepScheduler if spacing.endswith("_open") else DDPMScheduler
    for T in (1000, 300, 77):
        scheduler = made(num_train_timesteps=T, timestep_spacing=spacing.removesuffix("_open"))
        for steps in [n for n in range(2, T) if n < 40 or n % 37 == 0]:
            scheduler.set_timesteps(steps)
            # with trailing, rounding sometimes makes theirs one longer, ending below 0
            assert step_levels(T, steps, spacing)[:-1] == (scheduler.timesteps.numpy()[:steps] + 1).tolist()


@pytest.mark.parametrize("steps", [7, 10, 33])
def test_levels_of_linspace_are_not_rounded_where_they_need_not_be(steps):
    from diffusers import EulerDiscreteScheduler

    scheduler = EulerDiscreteScheduler()
    scheduler.set_timesteps(steps)
    found = step_levels(1000, steps, "linspace", whole=False)
    assert found[:-1] == pytest.approx((scheduler.timesteps.numpy() + 1.0).tolist(), abs=1e-4) and found[-1] == 0


@pytest.mark.parametrize("spacing", GOLDEN)
@pytest.mark.parametrize("start", [1, 2, 99, 640, 1000])
def test_chain_from_a_level_begins_exactly_there(start, spacing):
    for steps in {1, min(2, start), min(50, start), start}:
        levels = step_levels(1000, steps, spacing, start=start)
        assert levels[0] == start and levels[-1] == 0 and len(levels) == steps + 1
        assert np.all(np.diff(levels) < 0)


def test_rest_of_a_trailing_chain_is_the_chain_from_its_level():
    whole = step_levels(1000, 50)
    assert step_levels(1000, 30, start=whole[20]) == whole[20:]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"steps": 0}, r"steps = 0 is outside 1\.\.1000"),
        ({"steps": 1001}, r"steps = 1001 is outside 1\.\.1000"),
        ({"steps": 101, "start": 100}, r"steps = 101 is outside 1\.\.100"),
        ({"steps": 10, "start": 0}, r"start = 0 is outside 1\.\.1000"),
        ({"steps": 10, "start": 1001}, r"start = 1001 is outside 1\.\.1000"),
        ({"steps": 10, "spacing": "even"}, r"spacing = 'even' is not one of trailing, leading, linspace"),
    ],
)
def test_bad_values_are_refused_in_words(arguments, words):
    with pytest.raises(ValueError, match=words):
        step_levels(1000, **arguments)
