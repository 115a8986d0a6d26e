"""The curves of the spread of futures over t: how far they part, and from which t on they no longer do."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from diffviz.gui.runs import Fan

NAMES = ("spread of x\u200d\u0302\u2080 along the futures", "outcomes’ spread, by the t they part at")


def along(fan: Fan, T: int) -> np.ndarray:
    """The spread of x̂_0 at every whole level from 0 to where the futures part; NaN elsewhere. (T+1,)"""
    levels = np.arange(T + 1, dtype=np.float64)
    values = np.interp(levels, fan.levels[::-1], fan.spread[::-1])
    values[(levels > fan.levels[0]) | (levels < fan.levels[-1])] = np.nan
    return values


def outcomes(fans: Sequence[Fan], T: int) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """The spread that is left at t = 0 against where the futures parted: between the points (T+1,), and the points."""
    points = sorted((fan.t, fan.spread[-1]) for fan in fans if fan.levels[-1] == 0)
    levels = np.arange(T + 1, dtype=np.float64)
    if not points:
        return np.full(T + 1, np.nan), []
    t, spread = zip(*points, strict=True)
    values = np.interp(levels, t, spread)
    values[(levels < t[0]) | (levels > t[-1])] = np.nan
    return values, points
