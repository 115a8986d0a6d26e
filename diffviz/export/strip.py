"""The film strip under the curves of a film: some states in small, each at its t."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np

from diffviz.export.source import Frame, Source
from diffviz.palette import rgb

COUNT = 12
GAP = 6  # units between two pictures
TALLEST = 1.3  # height by width of the room of one


def strip_frames(source: Source) -> list[Frame]:
    """About a dozen states of a source, even in t as far as it has them."""
    levels, T = np.asarray(source.timeline.levels, dtype=float), len(source.alpha_bar) - 1
    wanted = (np.arange(COUNT) + 0.5) * T / COUNT
    indices = sorted({int(np.abs(levels - t).argmin()) for t in wanted})
    return [source.frame(i) for i in indices]


class Strip:
    """Pictures along an axis; ``mark`` outlines the one nearest to a level.

    Nothing is blended: every n-th pixel is shown, as a block of at least 2x2, which videos keep the colours of.

    Args:
        axis: x of t = 0 and width, in pixels of the frame.
        shape: (H, W) of the pictures.
    """

    def __init__(self, axis: tuple[int, int], top: int, unit: float, shape: Sequence[int], T: int) -> None:
        self._left, self._width = axis
        self._top, self._unit, self._T = top, unit, T
        height, width = shape[:2]
        room = max(2.0, (self._width - (COUNT - 1) * GAP * unit) / COUNT)
        longer = max(width, height / TALLEST)
        self._factor = max(2, int(room // longer))
        self._step = max(1, ceil(longer * self._factor / room))
        self._size = tuple(ceil(side / self._step) * self._factor for side in (height, width))
        self._shown: list[tuple[float, int]] = []

    @property
    def height(self) -> int:
        return self._size[0]

    def draw(self, canvas: np.ndarray, frames: Sequence[Frame]) -> None:
        """The pictures, in place; those that would touch another are left out."""
        width, edge = self._size[1], self._left - self._size[1] - 1
        for frame in sorted(frames, key=lambda frame: frame.t):
            middle = self._left + frame.t / self._T * self._width
            left = round(min(max(middle - width / 2, self._left), self._left + self._width - width)) // 2 * 2
            if left > edge + width:
                small = frame.x_t[:: self._step, :: self._step]
                block = small.repeat(self._factor, axis=0).repeat(self._factor, axis=1)
                canvas[self._top : self._top + block.shape[0], left : left + block.shape[1]] = block
                self._shown.append((frame.t, left))
                edge = left

    def mark(self, canvas: np.ndarray, t: float, colour: str) -> None:
        """An outline around the picture nearest to level t, in place."""
        if not self._shown:
            return
        _, left = min(self._shown, key=lambda shown: abs(shown[0] - t))
        line, (height, width) = max(2, round(2 * self._unit)), self._size
        region = canvas[self._top - line : self._top + height + line, left - line : left + width + line]
        inside = region[line:-line, line:-line].copy()
        region[:] = rgb(colour)
        region[line:-line, line:-line] = inside
