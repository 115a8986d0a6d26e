"""Frames of the film strip stand each at its t, none over another, and fill the axis."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from diffviz.gui.panels.arrangement import Content
from diffviz.gui.panels.strip_places import Room, best_height, chosen_states, even_levels, room, spread_states

CONTENTS = [
    Content((256, 256)),
    Content((900, 200)),
    Content((300, 700)),
    Content((32, 32), False),
    Content((256, 256), False),
]


def middle(place: Room, t: float) -> float:
    return place.left(t) + place.frame[0] / 2


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("height", [34, 60, 90])
@pytest.mark.parametrize("width", [500, 855.0, 1500])
@pytest.mark.parametrize("T", [2, 7, 30, 37, 100, 1000, 10_000])
def test_even_frames_stand_at_their_t_and_never_overlap(T: int, width: float, height: float, content: Content) -> None:
    place = room(width, height, T, content, 1.0)
    levels = even_levels(place)
    assert len(levels) >= 1 and all(0 <= t <= T for t in levels)
    for t in levels:
        assert abs(middle(place, t) - width * t / T) <= max(1.0, width / T)
    assert all(place.left(b) - place.left(a) >= place.frame[0] for a, b in pairwise(levels))


@pytest.mark.parametrize("width", [500, 855.0, 1500])
def test_about_twelve_square_frames_are_exactly_as_wide_as_the_axis(width: float) -> None:
    content = Content((1, 1))
    place = room(width, best_height(width, content), 1000, content, 1.0)
    levels = even_levels(place)
    assert 11 <= len(levels) <= 13
    assert place.left(levels[0]) < 1.5 and place.left(levels[-1]) + place.frame[0] > width - 1.5


def test_frames_of_pixels_are_whole() -> None:
    for content, side in (
        (Content((32, 32), False), 64),
        (Content((256, 256), False), 64),
        (Content((8, 8), False), 64),
    ):
        assert room(855.0, 70.0, 1000, content, 1.0).device == (side, side)


@pytest.mark.parametrize("steps", [1, 4, 10, 20, 50, 250, 1000])
def test_states_keep_their_frames_while_the_chain_runs_and_the_last_one_has_one(steps: int) -> None:
    place = room(855.0, 70.0, 1000, Content((32, 32), False), 1.0)
    levels = [float(t) for t in np.linspace(1000, 0, steps + 1)]
    chosen = chosen_states(levels, place)
    assert chosen[0] == 0 and chosen[-1] == steps
    for count in range(1, steps + 1):
        assert chosen_states(levels[:count], place) == chosen[: len(chosen_states(levels[:count], place))]
    lefts = [place.left(levels[i]) for i in chosen]
    assert all(a - b >= place.frame[0] for a, b in pairwise(lefts))
    assert len(chosen) >= min(steps + 1, 9)
    if steps >= 250:  # as many states as it takes to stand evenly, the first and the last too
        gaps = [a - b for a, b in pairwise(lefts)]
        assert max(gaps) - min(gaps) < 4


@pytest.mark.parametrize("begin", [1000, 672])
@pytest.mark.parametrize("steps", [1, 4, 7, 10, 20, 25, 50, 250, 1000])
def test_the_states_of_a_chain_that_has_ended_leave_no_gap(steps: int, begin: int) -> None:
    place = room(855.0, 70.0, 1000, Content((32, 32), False), 1.0)
    levels = [float(t) for t in np.linspace(begin, 0, steps + 1)]
    chosen = spread_states(levels, place)
    assert chosen[0] == 0 and chosen[-1] == steps
    gaps = [place.left(levels[a]) - place.left(levels[b]) for a, b in pairwise(chosen)]
    running = [place.left(levels[i]) for i in chosen_states(levels, place)]
    before = [a - b for a, b in pairwise(running)]
    assert min(gaps) >= place.frame[0] and len(gaps) >= len(before) and max(gaps) <= max(before) + 0.1
    if (steps, begin) == (25, 672):
        assert max(gaps) < 95 and max(before) > 150


def test_a_chain_stopped_early_has_its_last_state_in_the_strip() -> None:
    place = room(855.0, 70.0, 1000, Content((32, 32), False), 1.0)
    assert spread_states([1000.0], place) == [0]
    assert spread_states([1000.0, 999.0, 998.0], place) == [2]
    dense = [1000 * (1 - k / 40) ** 3 for k in range(41)]  # as Karras spreads them
    chosen = spread_states(dense, place)
    assert (chosen[0], chosen[-1]) == (0, 40)
    assert all(place.left(dense[a]) - place.left(dense[b]) >= place.frame[0] for a, b in pairwise(chosen))


def test_a_chain_from_half_way_stands_evenly_too() -> None:
    place = room(855.0, 60.0, 1000, Content((32, 32), False), 1.0)
    levels = [float(t) for t in range(672, -1, -4)]
    lefts = [place.left(levels[i]) for i in chosen_states(levels, place)]
    gaps = [a - b for a, b in pairwise(lefts)]
    assert lefts[-1] == 0 and min(gaps) > place.frame[0] and max(gaps) - min(gaps) < 5


@pytest.mark.parametrize("size", [(2000, 1), (1, 2000), (65, 1), (2000, 40), (400, 100)])
@pytest.mark.parametrize("width", [500.0, 1500.0])
def test_whatever_the_shape_there_is_a_way_to_see(size: tuple[int, int], width: float) -> None:
    content = Content(size)
    assert len(even_levels(room(width, best_height(width, content), 1000, content, 1.0))) >= 4
