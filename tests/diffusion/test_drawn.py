"""Schedules out of lists: another T, and the monotone way through points."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.diffusion import SCHEDULES
from diffviz.diffusion.drawn import pchip, resampled


@pytest.mark.parametrize("seed", range(20))
def test_the_way_through_points_is_exact_and_rises_where_they_do(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = np.cumsum(rng.uniform(0.01, 5, rng.integers(2, 12)))
    y = rng.normal(size=len(x)) * rng.choice([1e-6, 1, 1e6])
    at = np.union1d(np.linspace(x[0], x[-1], 500), x)
    values = pchip(x, y, at)
    assert np.array_equal(values[np.searchsorted(at, x)], y)
    for a, b, left, right in zip(x[:-1], x[1:], y[:-1], y[1:], strict=True):
        piece = values[(at >= a) & (at <= b)] * np.sign(right - left)
        assert np.all(np.diff(piece) >= -1e-12 * np.abs(y).max())


def test_a_way_that_was_computed_by_hand() -> None:
    # slopes at 1 and 2: 2/(1/1 + 1/3) = 1.5 and 2/(1/3 + 1/5) = 3.75; at 0 the parabola's, 0, and at 3 its 6
    x, y = np.arange(4.0), np.arange(4.0) ** 2
    assert pchip(x, y, np.array([0.5, 1.5, 2.5])) == pytest.approx([0.3125, 2.21875, 6.21875], abs=1e-12)


def test_a_line_stays_a_line_and_its_slope_is_continuous() -> None:
    at = np.linspace(-1, 4, 90)
    np.testing.assert_allclose(pchip(np.array([0.0, 1.0, 3.0]), np.array([2.0, 4.0, 8.0]), at), 2 + 2 * at, atol=1e-12)
    x, y, h = np.array([0.0, 1.0, 2.5, 3.0]), np.array([0.0, 0.2, 3.0, 3.1]), 1e-6
    for knot in x[1:-1]:
        before, here, after = pchip(x, y, knot + np.array([-h, 0.0, h]))
        assert (here - before) / h == pytest.approx((after - here) / h, abs=1e-4)


@pytest.mark.parametrize("name", sorted(set(SCHEDULES) - {"custom"}))
@pytest.mark.parametrize("T", [2, 7, 300, 4000])
def test_another_T_keeps_the_whole_noise(name: str, T: int) -> None:
    schedule = SCHEDULES[name](T=300)
    other = resampled(schedule, T)
    assert other.T == T and np.all((other.beta[1:] > 0) & (other.beta[1:] < 1))
    if other.beta.max() < 0.999:  # else a step would have to lose more than one can
        assert np.log(other.alpha_bar[-1]) == pytest.approx(np.log(schedule.alpha_bar[-1]), rel=1e-9)
        middle = np.interp(0.5, np.arange(301) / 300, np.log(schedule.alpha_bar))
        assert np.interp(0.5, np.arange(T + 1) / T, np.log(other.alpha_bar)) == pytest.approx(middle, rel=0.02) or T < 9


def test_its_own_T_gives_the_very_same() -> None:
    schedule = SCHEDULES["custom"]([0.1, 0.5, 0.2])
    assert resampled(schedule, 3) is schedule
    again = resampled(resampled(SCHEDULES["cosine"](T=100), 200), 100)  # every second level is one of the first
    np.testing.assert_allclose(again.alpha_bar[:-1], SCHEDULES["cosine"](T=100).alpha_bar[:-1], rtol=1e-6)
