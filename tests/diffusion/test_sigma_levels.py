"""Levels between whole ones: ᾱ at any t, and the lists that are spread in σ."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from diffviz.diffusion import SCHEDULES, NoiseSchedule, sigma_levels, step_levels, zero_terminal_snr

LINEAR = SCHEDULES["linear"](T=1000)
NAMES = sorted(set(SCHEDULES) - {"custom"})


def sigma(schedule, t):
    alpha_bar = schedule.alpha_bar_at(t)
    return ((1 - alpha_bar) / alpha_bar) ** 0.5


# -- ᾱ


@pytest.mark.parametrize("name", NAMES)
def test_alpha_bar_at_whole_levels_is_the_table(name):
    schedule = SCHEDULES[name](T=50)
    for t in range(51):
        assert schedule.alpha_bar_at(t) == schedule.alpha_bar_at(float(t)) == schedule.alpha_bar[t]
        assert type(schedule.alpha_bar_at(np.int64(t))) is float


@pytest.mark.parametrize("name", NAMES)
def test_between_two_levels_ln_sigma_is_a_line(name):
    schedule = SCHEDULES[name](T=50)
    for t in (1, 2, 27, 49):
        for share in (0.25, 0.5, 0.9):
            expected = schedule.sigma[t] ** (1 - share) * schedule.sigma[t + 1] ** share
            assert sigma(schedule, t + share) == pytest.approx(expected, rel=1e-9)
            assert schedule.alpha_bar[t] > schedule.alpha_bar_at(t + share) > schedule.alpha_bar[t + 1]


@pytest.mark.parametrize("t", [-1, 0.5, 0.999, 1000.5, 1001, float("nan"), float("inf")])
def test_no_alpha_bar_outside_the_levels(t):
    with pytest.raises(IndexError, match=r"is neither 0 nor in 1\.\.1000"):
        LINEAR.alpha_bar_at(t)


def test_no_level_between_finite_and_infinite_sigma():
    schedule = zero_terminal_snr(LINEAR)
    assert schedule.alpha_bar_at(1000) == 0 and schedule.alpha_bar_at(998.5) > 0
    with pytest.raises(ValueError, match=r"t = 999\.5 has no noise level: at t = 1000 ᾱ is 0"):
        schedule.alpha_bar_at(999.5)


# -- grids


def test_karras_golden_values():
    """The paper's own example, 18 steps over 0.002..80 (Karras et al. 2022, table 1)."""
    table = np.geomspace(0.002, 80, 400)
    schedule = NoiseSchedule.from_alpha_bar(np.concatenate([[1.0], 1 / (1 + table**2)]))
    levels = sigma_levels(schedule, 18, "karras")
    found = [sigma(schedule, t) for t in levels[:-1]]
    assert found[:3] == pytest.approx([80, 57.586, 40.7856], rel=1e-5)
    assert found[-1] == pytest.approx(0.002, rel=1e-6)
    roots = np.array(found) ** (1 / 7)
    np.testing.assert_allclose(np.diff(roots), np.diff(roots).mean(), rtol=1e-7)


def test_ends_of_the_linear_schedule():
    for grid in ("karras", "exponential"):
        levels = sigma_levels(LINEAR, 10, grid)
        assert levels[0] == 1000 and levels[-2:] == [1, 0]
        assert (sigma(LINEAR, levels[0]), sigma(LINEAR, levels[-2])) == pytest.approx((157.407, 0.0100), rel=1e-4)


def test_exponential_is_even_in_ln_sigma():
    ln_sigma = np.log([sigma(LINEAR, t) for t in sigma_levels(LINEAR, 15, "exponential")[:-1]])
    np.testing.assert_allclose(np.diff(ln_sigma), np.diff(ln_sigma).mean(), rtol=1e-9)


@pytest.mark.parametrize("grid", ["karras", "exponential"])
@pytest.mark.parametrize("name", NAMES)
def test_every_schedule_and_count_gives_a_falling_list(name, grid):
    for T in (2, 10, 1000):
        schedule = SCHEDULES[name](T=T)
        for start in (None, 1, 2, T / 2 + 0.25, T - 0.5, T):
            first = T if start is None else start
            if first < 1:
                continue
            for steps in {1, 2, min(7, int(first)), int(first)} - {n for n in (2,) if n > first}:
                levels = sigma_levels(schedule, steps, grid, start)
                assert len(levels) == steps + 1 and levels[0] == first and levels[-1] == 0
                assert all(a > b for a, b in pairwise(levels))
                assert steps == 1 or levels[-2] == 1
                assert all(type(t) is (int if t == int(t) else float) for t in levels)
            assert len(sigma_levels(schedule, None, grid, start)) == int(first) + 1


def test_start_between_two_levels_is_kept():
    assert sigma_levels(LINEAR, 5, "karras", start=500.25)[0] == 500.25
    levels = step_levels(1000, 5, "trailing", start=500.75)
    assert levels == [500.75, 401, 300, 200, 100, 0]
    for spacing in ("trailing", "leading", "linspace"):
        for first in (1.5, 2.5, 7.9):
            for steps in range(1, int(first) + 1):
                levels = step_levels(10, steps, spacing, start=first)
                assert levels[0] == first and levels[-1] == 0 and all(a > b for a, b in pairwise(levels))


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"steps": 0}, r"steps = 0 is outside 1\.\.1000"),
        ({"steps": 1001}, r"steps = 1001 is outside 1\.\.1000"),
        ({"steps": 6, "start": 5.5}, r"steps = 6 is outside 1\.\.5"),
        ({"start": 0}, r"start = 0 is outside 1\.\.1000"),
        ({"start": 0.5}, r"start = 0\.5 is outside 1\.\.1000"),
        ({"start": 1000.5}, r"start = 1000\.5 is outside 1\.\.1000"),
        ({"grid": "steps"}, "grid = 'steps' is not one of karras, exponential"),
    ],
)
def test_bad_values_are_refused_in_words(keywords, words):
    with pytest.raises(ValueError, match=words):
        sigma_levels(LINEAR, **keywords)


def test_zero_terminal_snr_is_refused_where_the_chain_would_begin():
    schedule = zero_terminal_snr(LINEAR)
    with pytest.raises(ValueError, match="σ is infinite at t = 1000"):
        sigma_levels(schedule, 5)
    assert sigma_levels(schedule, 5, start=999)[0] == 999
