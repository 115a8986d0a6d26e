"""Drawing a schedule: whatever point is moved, ᾱ falls, the point is there, and the others stay."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.diffusion import SCHEDULES
from diffviz.diffusion.curves import limits, moved, point_levels
from diffviz.diffusion.schedules import NoiseSchedule

NAMES = sorted(set(SCHEDULES) - {"custom"})
QUANTITIES = ("beta", "alpha_bar", "snr_db", "sigma")


def value_of(schedule: NoiseSchedule, quantity: str, t: int) -> float:
    return float(getattr(schedule, quantity)[t])


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("name", NAMES)
def test_a_moved_point_is_there_and_the_others_stay(name: str, quantity: str) -> None:
    rng = np.random.default_rng(len(name))
    schedule = SCHEDULES[name](T=200)
    levels = point_levels(200, 9)
    for _ in range(12):
        k = int(rng.integers(0, 8))  # the last step of cosine and sigmoid cannot lose more than 0.999
        low, high = limits(schedule, levels, k, quantity)
        wanted = low + (high - low) * rng.uniform(0.05, 0.95)
        other = moved(schedule, levels, k, quantity, wanted)
        assert np.all(np.diff(other.alpha_bar) < 0) and np.all((other.beta[1:] > 0) & (other.beta[1:] <= 0.999))
        if other.beta[1:-1].max() < 0.998:
            assert value_of(other, quantity, levels[k]) == pytest.approx(wanted, rel=1e-6)
            kept = [t for i, t in enumerate(levels[:-1]) if i != k]
            shown = "beta" if quantity == "beta" else "snr_db"
            before, after = (getattr(s, shown)[kept] for s in (schedule, other))
            np.testing.assert_allclose(after, before, rtol=1e-6, atol=1e-7)
            schedule = other


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("name", NAMES)
def test_a_point_that_is_put_where_it_is_changes_nothing(name: str, quantity: str) -> None:
    schedule = SCHEDULES[name](T=300)
    levels = point_levels(300, 7)
    for k, t in enumerate(levels[:-1]):
        same = moved(schedule, levels, k, quantity, value_of(schedule, quantity, t))
        np.testing.assert_allclose(same.beta[1:-1], schedule.beta[1:-1], rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("quantity", QUANTITIES)
@pytest.mark.parametrize("value", [-1e9, 0.0, 1e9])
def test_beyond_its_neighbours_a_point_stops(quantity: str, value: float) -> None:
    schedule, levels = SCHEDULES["linear"](T=100), point_levels(100, 5)
    for k in range(5):
        other = moved(schedule, levels, k, quantity, value)
        low, high = limits(schedule, levels, k, quantity)
        assert value_of(other, quantity, levels[k]) == pytest.approx(min(max(value, low), high), rel=1e-6)
        assert np.all(np.diff(other.alpha_bar) < 0)


def test_the_curve_beyond_the_neighbours_is_the_old_one() -> None:
    schedule, levels = SCHEDULES["linear"](T=1000), point_levels(1000, 9)
    other = moved(schedule, levels, 4, "alpha_bar", 0.12)
    far = np.r_[1 : levels[2] + 1, levels[6] : 1001]
    np.testing.assert_allclose(other.snr_db[far], schedule.snr_db[far], atol=1e-9)
    assert np.abs(np.diff(other.beta)).max() < 0.002  # smooth: no step of β at a point


@pytest.mark.parametrize("T, count, levels", [(1000, 3, (1, 500, 1000)), (2, 9, (1, 2)), (4, 25, (1, 2, 3, 4))])
def test_where_the_points_stand(T: int, count: int, levels: tuple[int, ...]) -> None:
    assert point_levels(T, count) == levels
    assert np.all(np.diff(moved(SCHEDULES["cosine"](T=T), levels, 0, "sigma", 0.2).alpha_bar) < 0)
