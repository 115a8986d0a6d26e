"""What an export is made of: frames by index, and the schedule behind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

import numpy as np

from diffviz.chart import Chart
from diffviz.timeline import Timeline


@dataclass(frozen=True, eq=False)
class Beside:
    """The pinned schedule of the same ε: its x_t, and what it has the same of in every frame.

    ``alpha_bar``: its table, of a T of its own. ``names``: of the frame's own schedule and of this one. ``split``:
    where its x_t begins in the panel of x_t, as a share of the width.
    """

    x_t: np.ndarray
    alpha_bar: np.ndarray
    names: tuple[str, str]
    split: float


@dataclass(frozen=True)
class Frame:
    """One state: level t, its ᾱ, and the three pictures of the equation, uint8 (H, W, 3).

    ``t``: int, or float between two whole levels. In Reverse ``x_0`` is x̂_0 and ``eps`` is ε̂. ``exact`` is False
    where clipping broke the sum: "=" becomes "≈". ``chart``: of a lens, in the place of the schedule's curves.
    ``beside``: what another schedule, which is pinned, makes of the same. ``row_names``: where in the pictures samples
    of a class begin, as shares of width and height, and the class.
    """

    t: float
    x_t: np.ndarray
    x_0: np.ndarray
    eps: np.ndarray
    exact: bool = True
    alpha_bar: float = field(kw_only=True)
    chart: Chart | None = field(default=None, kw_only=True, compare=False)
    beside: Beside | None = field(default=None, kw_only=True, compare=False)
    row_names: tuple[tuple[float, float, str], ...] = field(default=(), kw_only=True)


class Source(Protocol):
    """Frames of a timeline. ``alpha_bar`` has T+1 entries; ``forward``: noise is added, else removed."""

    timeline: Timeline
    alpha_bar: np.ndarray
    forward: bool

    def frame(self, index: int) -> Frame:
        """The state ``index`` of the timeline. Asking in rising order is cheapest; any order works."""
        ...


@runtime_checkable
class HeardSource(Source, Protocol):
    """A source that is heard too; ``rate``: Hz, 0 where nothing is."""

    rate: int

    def hear(self, before: int, now: int, begin: int, count: int) -> np.ndarray:
        """So many samples from one on while the state ``before`` becomes ``now``, float32 (count,) in [-1, 1]."""
        ...
