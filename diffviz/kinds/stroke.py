"""Stroke: points that a brush puts into a cloud of the plane along its way, or takes out of it."""

from __future__ import annotations

import numpy as np

from diffviz.evenly import evenly
from diffviz.kinds.points import MOST

RADIUS, RUB_RADIUS = 0.16, 0.3  # of the brush, in deviations of the data
PER_LENGTH, SHARE = 120, 0.06  # points on a way of length 1: so many, in a large cloud that share of it


class Stroke:
    """A brush that was put down at a ``place``, (x, y), where it leaves one point, and goes on with ``to``.

    Args:
        cloud: float32 (n, 2), which stays as it is; it may be empty.
        rubs: points that come under it go, instead of new ones being put evenly over its round.
    """

    def __init__(self, cloud: np.ndarray, place: tuple[float, float], rubs: bool = False, seed: int = 0) -> None:
        self._cloud, self._rubs, self._rng = cloud, rubs, np.random.default_rng(seed)
        self._rate = max(float(PER_LENGTH), SHARE * len(cloud))
        self._at, self._owed = np.array(place), 0.0
        self._new = np.empty((0, 2), np.float32) if rubs else self._at.astype(np.float32)[None]
        self._put(self._at, self._at, 0)  # what rubs does so where it is put down

    def to(self, place: tuple[float, float]) -> None:
        """Go on in a straight line."""
        before, self._at = self._at, np.array(place)
        self._owed += self._rate * float(np.hypot(*(self._at - before)))
        count = int(self._owed)
        self._owed -= count
        self._put(before, self._at, count)

    @property
    def points(self) -> np.ndarray:
        """The cloud by now, float32 (n, 2); where it would have too many points, the first ones are thinned evenly."""
        room = MOST - len(self._new)
        old = self._cloud
        if len(old) > room:
            old = old[evenly(len(old), room)]
        return np.concatenate([old, self._new])

    def _put(self, a: np.ndarray, b: np.ndarray, count: int) -> None:
        if self._rubs:
            self._cloud = self._cloud[_away(self._cloud, a, b) > RUB_RADIUS]
            return
        count = min(count, MOST // 2)  # no more are kept of a long stroke
        along, angle = self._rng.uniform(0, 1, (count, 1)), self._rng.uniform(0, 2 * np.pi, count)
        out = RADIUS * np.sqrt(self._rng.uniform(0, 1, (count, 1)))
        places = a + along * (b - a) + out * np.stack((np.cos(angle), np.sin(angle)), axis=1)
        self._new = np.concatenate([self._new, places.astype(np.float32)])[-MOST // 2 :]


def _away(points: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """How far each point is from the line between two places."""
    way = b - a
    share = ((points - a) @ way / max(float(way @ way), 1e-12)).clip(0, 1)
    return np.hypot(*(points - a - share[:, None] * way).T)
