"""Words that are moved apart, and the marks that they name."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from diffviz.chart import Axis, Mark, Panel, Plot, apart, panel_places


def test_words_with_room_stand_where_they_belong() -> None:
    assert apart([10, 40, 90], [20, 20, 20], 0, 100) == [10, 40, 90]
    assert apart([], [], 0, 100) == [] and apart([3], [10], 0, 100) == [5] and apart([99], [10], 0, 100) == [95]


def test_words_of_one_place_part_to_both_sides_of_it() -> None:
    assert apart([50, 50, 50], [10, 20, 10], 0, 100) == pytest.approx([35, 50, 65])
    assert apart([2, 3], [10, 10], 0, 100) == pytest.approx([5, 15])  # at the end there is one side only


@pytest.mark.parametrize("seed", range(20))
def test_none_lies_over_another_and_none_could_stand_nearer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count = int(rng.integers(2, 7))
    middles, sizes = sorted(rng.uniform(0, 100, count)), rng.uniform(2, 12, count).tolist()
    found = apart(middles, sizes, -1000, 1000)
    gaps = [b - a - (m + n) / 2 for (a, b), (m, n) in zip(pairwise(found), pairwise(sizes), strict=True)]
    assert min(gaps) > -1e-9
    off = sum((a - b) ** 2 for a, b in zip(found, middles, strict=True))
    for _ in range(200):
        other = np.array(found) + rng.normal(0, 0.5, count)
        free = [b - a - (m + n) / 2 for (a, b), (m, n) in zip(pairwise(other), pairwise(sizes), strict=True)]
        assert min(free) < 0 or ((other - middles) ** 2).sum() >= off - 1e-9


def test_marks_outside_the_axis_are_not_seen_and_several_names_are_led() -> None:
    marks = Mark(0.9, "b"), Mark(0.1, "a"), Mark(1.2, "c")
    plot = Plot("", Axis("x", 0, 1), Axis("y", 0, 1), (), marks=marks)
    assert [mark.name for mark in plot.seen()] == ["a", "b"] and plot.named
    assert Plot("", plot.x, plot.y, (), marks=(Mark(0.5, "a"), Mark(0.6))).named, "it lay over the peak of a bell"
    assert not Plot("", plot.x, plot.y, (), marks=(Mark(0.6),)).named


def test_panels_that_are_as_large_either_way_stand_in_a_row_and_a_name_has_its_room() -> None:
    picture = np.zeros((64, 64, 3), np.uint8)
    panels = tuple(Panel(f"{k}", (picture, picture), (("change", 0.1),)) for k in range(5))
    places = panel_places(panels, 700, 180, 30, 3)
    assert places.width == 64 and len({y for _, y in places.corners[0]}) == 1
    assert panel_places(panels, 700, 300, 30, 3).width == 128  # below each other they are larger
    few = panel_places(panels[:2], 700, 180, 30, 3, named=200)
    assert few.corners[1][0][0] - few.corners[0][0][0] >= 200
