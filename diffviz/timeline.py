"""Timeline: the states that slider, playback and export walk through, and how they are paced."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Timeline:
    """Levels t of the states in playing order: rising in Forward, falling in Reverse.

    Args:
        levels: one t per state, at least one; ints, or floats where a chain visits levels between two whole ones.
    """

    levels: tuple[float, ...]

    def __len__(self) -> int:
        return len(self.levels)

    def nearest(self, t: float) -> int:
        """Index of the state whose level is nearest to t; of two equally near ones the earlier in playing order."""
        return int(np.argmin(np.abs(np.asarray(self.levels) - t)))

    def thinned(self, frames: int | None) -> tuple[int, ...]:
        """Indices of at most ``frames`` states, evenly spread, the first and the last always among them."""
        count = len(self.levels)
        if frames is None or frames >= count:
            return tuple(range(count))
        return tuple(int(i) for i in np.round(np.linspace(0, count - 1, max(frames, 1))).astype(int))


def level_text(t: float) -> str:
    """t as people read it: "873", and "873.28" between two levels."""
    return str(t) if isinstance(t, int) else f"{t:.2f}"


def forward_timeline(alpha_bar: Sequence[float] | np.ndarray, frames: int, pacing: str = "visible") -> Timeline:
    """``frames`` levels over 0..T, both ends included.

    Args:
        alpha_bar: the schedule's ᾱ, T+1 entries.
        frames: at least 2.
        pacing: "t" spreads them evenly in t; "visible" evenly in √ᾱ, the signal's coefficient, because half of an
            even film is static noise.
    """
    table = np.asarray(alpha_bar, dtype=np.float64)
    if frames < 2:
        raise ValueError(f"frames = {frames} is too few: a film has at least 2.")
    T = len(table) - 1
    if pacing == "t":
        levels = np.linspace(0, T, frames)
    elif pacing == "visible":
        signal = np.sqrt(table)
        # np.interp wants rising abscissae: √ᾱ falls with t
        levels = np.interp(np.linspace(signal[0], signal[-1], frames)[::-1], signal[::-1], np.arange(T, -1, -1.0))[::-1]
        levels[0], levels[-1] = 0, T
    else:
        raise ValueError(f"pacing = {pacing!r} is not one of visible, t.")
    return Timeline(tuple(int(t) for t in np.round(levels)))
