"""Ticks of linear, logarithmic and level axes."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from diffviz.ticks import (
    fitting_ticks,
    level_ticks,
    linear_ticks,
    log_ticks,
    nice_ceiling,
    power_ticks,
    several_ticks,
    spaced_ticks,
)


@pytest.mark.parametrize(
    "value, nice", [(0.7, 1), (1, 1), (1.01, 2), (2.5, 5), (5.1, 10), (166.7, 200), (3e-3, 5e-3), (0.1 + 0.2, 0.5)]
)
def test_nice_ceiling(value: float, nice: float) -> None:
    assert nice_ceiling(value) == pytest.approx(nice)


@pytest.mark.parametrize("T", [1, 2, 3, 10, 50, 250, 999, 1000, 4000, 10_000])
@pytest.mark.parametrize("most", [2.0, 6.0, 7.3, 10.0])
def test_levels_reach_from_0_to_T(T: int, most: float) -> None:
    ticks = level_ticks(T, most)
    assert ticks[0] == 0 and ticks[-1] == T and ticks == sorted(set(ticks)) and len(ticks) <= most + 2
    gaps = [b - a for a, b in pairwise(ticks)]
    assert len(set(gaps[:-1])) <= 1 and gaps[-1] > 0.4 * gaps[0]


@pytest.mark.parametrize("low, high", [(0, 1), (-3.2, 1e4), (1e-5, 1.3e-5), (0.93, 0.97), (-1, -0.5)])
def test_linear_ticks_are_evenly_spread_within_the_ends(low: float, high: float) -> None:
    ticks = linear_ticks(low, high, 7)
    assert 3 <= len(ticks) <= 8 and low <= ticks[0] and ticks[-1] <= high
    step = ticks[1] - ticks[0]
    assert ticks == pytest.approx([ticks[0] + i * step for i in range(len(ticks))])
    assert step == pytest.approx(nice_ceiling(step))


@pytest.mark.parametrize(
    "low, high, most, ticks",
    [
        (4.6, 109, 7, [5, 10, 20, 50, 100]),
        (0.045, 0.11, 7, [0.05, 0.06, 0.07, 0.08, 0.09, 0.1]),
        (1e-6, 1, 7, [10.0**k for k in range(-6, 1)]),
        (1e-12, 1, 7, [10.0**k for k in range(-12, 1, 2)]),
        (1.8, 82, 4, [2, 10, 50]),  # one power of ten alone would say too little
        (0.0112, 0.0138, 7, [0.0115, 0.012, 0.0125, 0.013, 0.0135]),  # less than a digit: as on a linear axis
    ],
)
def test_logarithmic_ticks_are_round(low: float, high: float, most: int, ticks: list[float]) -> None:
    assert log_ticks(low, high, most) == pytest.approx(ticks)


def test_a_logarithmic_axis_of_any_range_has_two_ticks_and_no_crowd() -> None:
    for low in (3e-9, 0.02, 1.0, 7.7e3):
        for factor in (1.05, 1.3, 2, 9, 60, 1e3, 1e7, 1e14):
            for most in (2.0, 3.9, 8.0, 25.0):
                ticks = log_ticks(low, low * factor, most)
                assert all(low <= tick <= low * factor * (1 + 1e-9) for tick in ticks) and ticks == sorted(set(ticks))
                assert 1 <= len(ticks) <= most + 1 and (len(ticks) > 1 or most < 4), (low, factor, most, ticks)
    assert math.isfinite(sum(log_ticks(1e-9, 1e5, 7)))


@pytest.mark.parametrize(("low", "high"), [(0.61, 0.67), (99.0, 101.5), (1.0, 1.2), (3e-5, 3.1e-5)])
def test_no_axis_has_a_single_tick(low: float, high: float) -> None:
    for start in ([], [low]):
        ticks = several_ticks(start, low, high)
        assert len(ticks) > 1 and all(low <= tick <= high for tick in ticks)


@pytest.mark.parametrize(
    "low, high, room, ticks",
    [
        (0, 1, 0.2, [0, 0.5, 1]),  # finer ones would crowd
        (0, 1, 0.1, [round(0.1 * i, 1) for i in range(11)]),
        (0.98, 1, 0.004, [0.98, 0.985, 0.99, 0.995, 1]),
        (-44, 40, 15, [-40, -20, 0, 20, 40]),
        (-44, 40, 30, [-40, 0, 40]),  # those would lie on each other
        (0.3, 0.3, 0.01, [0.3, 0.3]),
    ],
)
def test_spaced_ticks_are_few_or_well_apart(low: float, high: float, room: float, ticks: list[float]) -> None:
    assert spaced_ticks(low, high, lambda a, b: b - a >= room - 1e-9) == pytest.approx(ticks)


@pytest.mark.parametrize("room, ticks", [(1, [0, 20, 40, 60, 80, 100]), (25, [0, 50, 100]), (500, [0, 50, 100])])
def test_ticks_are_thinned_until_they_fit(room: float, ticks: list[float]) -> None:
    assert fitting_ticks(0, 100, 7, lambda a, b: b - a >= room) == pytest.approx(ticks)


def test_powers_are_thinned_until_they_fit() -> None:
    every = power_ticks(-2, 2, 8, lambda a, b: True)
    few = power_ticks(-2, 2, 8, lambda a, b: b - a > 1.5)
    assert power_ticks(-2.1, 2.3, 1.2, lambda a, b: b - a > 2.8) == [-2, 2]  # 50, 100 and 150 lay on each other
    assert every == pytest.approx([-2, -1, 0, 1, 2]) and 2 <= len(few) < 5 and set(few) <= {-2.0, 0.0, 2.0}
