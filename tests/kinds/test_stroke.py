"""A brush over the plane: points along its way, or none where it rubs."""

from __future__ import annotations

import numpy as np

from diffviz.kinds import POINTS
from diffviz.kinds.points import MOST
from diffviz.kinds.stroke import PER_LENGTH, RADIUS, RUB_RADIUS, Stroke

EMPTY = np.empty((0, 2), np.float32)


def test_points_come_evenly_over_the_way_and_grow_with_it() -> None:
    stroke = Stroke(EMPTY, (-1, 0.5))
    dab = len(stroke.points)
    for x in np.linspace(-1, 1, 41)[1:]:  # as a mouse goes, in small parts
        stroke.to((x, 0.5))
    points = stroke.points
    assert points.dtype == np.float32 and abs(len(points) - dab - 2 * PER_LENGTH) <= 1
    assert np.abs(points[:, 1] - 0.5).max() <= RADIUS + 1e-6 and np.abs(points[:, 0]).max() <= 1 + RADIUS
    counts, _ = np.histogram(points[dab:, 0], 4, (-1, 1))
    assert counts.min() > 0.6 * counts.mean(), "evenly"
    assert np.array_equal(points, _again()), "the same again"


def _again() -> np.ndarray:
    stroke = Stroke(EMPTY, (-1, 0.5))
    for x in np.linspace(-1, 1, 41)[1:]:
        stroke.to((x, 0.5))
    return stroke.points


def test_what_is_there_stays_and_a_full_cloud_is_thinned() -> None:
    rings = POINTS.read("builtin:rings").array
    stroke = Stroke(rings, (0, 0))
    stroke.to((1, 0))
    assert np.array_equal(stroke.points[: len(rings)], rings) and len(stroke.points) > len(rings) + PER_LENGTH
    full = np.zeros((MOST, 2), np.float32)
    stroke = Stroke(full, (1, 1))
    stroke.to((2, 2))
    assert len(stroke.points) == MOST and (stroke.points[-PER_LENGTH:] > 0.5).all(), "seen in a large cloud, too"


def test_of_a_long_stroke_no_more_is_kept_than_is_seen() -> None:
    stroke = Stroke(np.zeros((MOST, 2), np.float32), (-3, 0))
    for k in range(40):
        stroke.to((3.0 if k % 2 == 0 else -3.0, 0.1 * k))
    assert len(stroke._new) == MOST // 2 and len(stroke.points) == MOST
    stroke.to((1e6, 0))
    assert len(stroke._new) == MOST // 2, "nor is more made of a leap"


def test_what_rubs_takes_all_that_comes_under_it() -> None:
    rings = POINTS.read("builtin:rings").array
    stroke = Stroke(rings, (-3, 0), rubs=True)
    assert len(stroke.points) == len(rings), "nothing is there"
    stroke.to((3, 0))
    left = stroke.points
    assert np.array_equal(left, rings[np.abs(rings[:, 1]) > RUB_RADIUS]) and 0 < len(left) < len(rings)


def test_an_empty_cloud_is_white_paper() -> None:
    assert (POINTS.raster(EMPTY[None], 1.0, (20, 20)) == 255).all()
