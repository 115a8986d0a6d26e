"""What an export is made of: frames by index, and the schedule behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from diffviz.chart import Chart
from diffviz.timeline import Timeline


@dataclass(frozen=True)
class Frame:
    """One state: level t, its ᾱ, and the three pictures of the equation, uint8 (H, W, 3).

    ``t``: int, or float between two whole levels. In Reverse ``x_0`` is x̂_0 and ``eps`` is ε̂. ``exact`` is False
    where clipping broke the sum: "=" becomes "≈". ``chart``: of a lens, in the place of the schedule's curves.
    """

    t: float
    x_t: np.ndarray
    x_0: np.ndarray
    eps: np.ndarray
    exact: bool = True
    alpha_bar: float = field(kw_only=True)
    chart: Chart | None = field(default=None, kw_only=True, compare=False)


class Source(Protocol):
    """Frames of a timeline. ``alpha_bar`` has T+1 entries; ``forward``: noise is added, else removed."""

    timeline: Timeline
    alpha_bar: np.ndarray
    forward: bool

    def frame(self, index: int) -> Frame:
        """The state ``index`` of the timeline. Asking in rising order is cheapest; any order works."""
        ...
