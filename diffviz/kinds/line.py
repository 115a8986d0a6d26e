"""Points on a line: float32 (n, 1), noised each on its own, seen as how many there are at each height."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from diffviz.kinds.points import INK, PAPER, REACH, SIDE, PointCloud, on_a_line

FULL = 0.9  # the density that reaches to the right edge; what is more is cut there
BAR_PX = 6  # of a bar's height, about
FEWEST, MOST_BARS = 24, 64
FILL = 0.55  # of the ink
AXIS = np.array((205, 212, 224), np.uint8)


class Line(PointCloud):
    """Numbers x, drawn upwards: a histogram that lies on its side, so that side by side they are a map over t."""

    name = "line"
    files = "Points on a line (*.csv *.npy)"
    plane = 0.0
    lens = "map"
    columns = 1
    right = "one column of 2 rows or more are points on a line"

    def _takes(self, shape: tuple[int, ...]) -> bool:
        return on_a_line(shape)

    def words(self, shape: Sequence[int]) -> str:
        return f"{shape[0]:,} points on a line"

    # -- what is seen

    def raster(self, x: np.ndarray, value_range: float = 1.0, size: tuple[int, int] | None = None) -> np.ndarray:
        """Each sample's density, counted in bars: x upwards, ±``REACH`` deviations high, a density of 0.9 wide."""
        height, width = size or (SIDE, SIDE)
        reach, count = REACH * value_range, max(FEWEST, min(MOST_BARS, height // BAR_PX))
        row = np.minimum((np.arange(height) + 0.5) * (count / height), count - 1).astype(np.intp)
        edge = np.append(row[1:] != row[:-1], True) | np.append(True, row[1:] != row[:-1])
        column = np.arange(width) + 0.5
        fill = np.rint(PAPER + FILL * (INK - PAPER)).astype(np.uint8)
        made = np.empty((len(x), height, width, 3), np.uint8)
        for sample, picture in zip(x, made, strict=True):
            picture[:] = PAPER.astype(np.uint8)
            picture[height // 2 - (height % 2 == 0)] = AXIS
            places = np.floor((reach - sample[:, 0]) * (count / (2 * reach)))
            inside = places[(places >= 0) & (places < count)].astype(np.intp)
            density = np.bincount(inside, minlength=count) / (len(sample) * 2 * reach / count)
            end = np.minimum(density * (width / (FULL / value_range)), width)[row]
            picture[column < end[:, None]] = fill
            # the outline: where a bar ends, and along its edge where it is longer than its neighbour
            beside = np.minimum(np.append(0.0, end[:-1]), np.append(end[1:], 0.0))
            line = (column >= end[:, None] - 1.5) | (edge[:, None] & (column >= beside[:, None] - 0.5))
            picture[line & (column < end[:, None])] = INK.astype(np.uint8)
        return made

    def where(self, pixel: tuple[int, int], size: tuple[int, int], value_range: float = 1.0, seconds: float = 0) -> str:
        """The number at that height."""
        return f"x = {(1 - 2 * (pixel[1] + 0.5) / size[1]) * REACH * value_range:.2f}".replace("-", "−")

    def looked_at(self, x_t: np.ndarray, place: tuple[float, float], value_range: float = 1.0) -> tuple[Any, str]:
        """The point whose number is nearest to the height of a place."""
        there = (1 - 2 * place[1]) * REACH * value_range
        i = int(np.argmin(np.abs(x_t[:, 0] - there)))
        return (i,), f"point {i + 1}"

    def begun_at(
        self, x_T: np.ndarray, x: np.ndarray, place: tuple[float, float], value_range: float = 1.0
    ) -> tuple[float, float]:
        """Which of all points stands there, as a share of their number: many may have begun at one height."""
        (i,), _ = self.looked_at(x, place, value_range)
        return (i + 0.5) / len(x), 0.5

    def followed(self, x_T: np.ndarray, begun: tuple[float, float]) -> tuple[Any, str]:
        i = min(int(begun[0] * len(x_T)), len(x_T) - 1)
        return (i,), f"point {i + 1}"

    def stands_at(
        self, x: np.ndarray, index: Any, begun: tuple[float, float], value_range: float = 1.0
    ) -> tuple[float, float]:
        """At the height of that point."""
        return 0.5, 0.5 - float(x[index][0]) / (2 * REACH * value_range)

    def channels(self, count: int) -> tuple[str, ...]:
        return ("x",)[:count]

    def marginals(self, x: np.ndarray) -> tuple[tuple[str, np.ndarray], ...]:
        return (("x", x[..., 0]),)


LINE = Line()
