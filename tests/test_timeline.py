"""Timelines: both ends, even pacing, the nearest state."""

from __future__ import annotations

import numpy as np
import pytest

from diffviz.catalog import PACINGS, SCHEDULES
from diffviz.diffusion import SCHEDULES as FUNCTIONS
from diffviz.timeline import Timeline, forward_timeline


@pytest.mark.parametrize("pacing", PACINGS)
@pytest.mark.parametrize("name", SCHEDULES)
@pytest.mark.parametrize("T, frames", [(1000, 60), (1000, 2), (2, 2), (10, 60), (10_000, 120)])
def test_both_ends_and_never_backwards(name: str, pacing: str, T: int, frames: int) -> None:
    levels = forward_timeline(FUNCTIONS[name](T=T).alpha_bar, frames, pacing).levels
    assert len(levels) == frames
    assert levels[0] == 0 and levels[-1] == T
    assert np.all(np.diff(levels) >= 0)
    assert all(type(t) is int for t in levels)


def test_even_in_t() -> None:
    levels = forward_timeline(FUNCTIONS["linear"](T=1000).alpha_bar, 11, "t").levels
    assert levels == tuple(range(0, 1001, 100))


@pytest.mark.parametrize("name", SCHEDULES)
def test_even_in_the_signal(name: str) -> None:
    """Every frame's √ᾱ is the even one, as near as a whole t allows."""
    signal = np.sqrt(FUNCTIONS[name](T=1000).alpha_bar)
    timeline = forward_timeline(signal**2, 60, "visible")
    wanted = np.linspace(signal[0], signal[-1], 60)
    nearest_possible = np.abs(signal[None, :] - wanted[:, None]).min(axis=1)
    reached = np.abs(signal[list(timeline.levels)] - wanted)
    # rounding t is not rounding √ᾱ: a step further may be nearer on a bent curve, never by more than that step
    assert np.all(reached <= nearest_possible + np.abs(np.diff(signal)).max())
    assert np.abs(np.diff(signal[list(timeline.levels)])).max() < 2.5 * (signal[0] - signal[-1]) / 59


def test_visible_pacing_spares_the_static_half() -> None:
    alpha_bar = FUNCTIONS["linear"](T=1000).alpha_bar
    visible = np.asarray(forward_timeline(alpha_bar, 60, "visible").levels)
    even = np.asarray(forward_timeline(alpha_bar, 60, "t").levels)
    static = np.sqrt(alpha_bar) < 0.1
    assert static[visible].sum() < static[even].sum() / 3


def test_a_table_that_reaches_zero_and_plain_lists() -> None:
    assert forward_timeline([1.0, 0.25, 0.0], 3).levels == (0, 1, 2)


def test_bad_requests_are_refused_in_words() -> None:
    with pytest.raises(ValueError, match=r"frames = 1 .* at least 2"):
        forward_timeline([1.0, 0.5], 1)
    with pytest.raises(ValueError, match="'slow' is not one of visible, t"):
        forward_timeline([1.0, 0.5], 2, "slow")


def test_nearest() -> None:
    falling = Timeline((1000, 750, 500, 250, 0))
    assert [falling.nearest(t) for t in (1000, 999, 10_000, 740, 251, 0, -5)] == [0, 0, 0, 1, 3, 4, 4]
    assert falling.nearest(625) == 1, "of two equally near ones the earlier in playing order"
    rising = Timeline((0, 250, 500))
    assert rising.nearest(125) == 0 and rising.nearest(126) == 1
    for timeline in (falling, rising):
        assert [timeline.nearest(t) for t in timeline.levels] == list(range(len(timeline)))


@pytest.mark.parametrize("count", [1, 2, 3, 50, 251])
@pytest.mark.parametrize("frames", [2, 3, 7, 60, 251, 1000])
def test_thinning_keeps_both_ends(count: int, frames: int) -> None:
    indices = Timeline(tuple(range(count))).thinned(frames)
    assert len(indices) == min(count, frames)
    assert indices[0] == 0 and indices[-1] == count - 1
    steps = np.diff(indices)
    assert np.all(steps >= 1)
    assert steps.size == 0 or steps.max() - steps.min() <= 1, "evenly spread"


def test_thinning_to_all() -> None:
    assert Timeline((5, 3, 0)).thinned(None) == (0, 1, 2)


def test_timelines_are_values() -> None:
    assert Timeline((3, 2, 0)) == Timeline((3, 2, 0)) and len({Timeline((1, 0)), Timeline((1, 0))}) == 1
