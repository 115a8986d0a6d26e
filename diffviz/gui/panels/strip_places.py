"""Where the frames of a film strip stand along the axis of t, each at its own t. Pixels of the window; no Qt here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from diffviz.gui.panels.arrangement import Content

COUNT = 12  # frames where their shape lets so many fill the axis
MOST = 16
GAP = 4
LEAST_PX = 34  # of a frame's height, where there is so much room
LEAST_WIDE_PX = 22  # of a wide picture's
TALLEST = 1.3  # height by width of the room of a portrait


@dataclass(frozen=True)
class Room:
    """The axis from t = 0 to ``T`` is ``width`` wide; a frame on it is ``frame`` (w, h), on the screen ``device``."""

    width: float
    T: int
    frame: tuple[float, float]
    device: tuple[int, int]

    def left(self, t: float) -> float:
        """Where the frame of level t begins: its middle is t, but it never leaves the axis."""
        return min(max(0.0, self.width * t / self.T - self.frame[0] / 2), self.width - self.frame[0])


def best_height(width: float, content: Content) -> float:
    """The height at which as many frames as there should be fill the axis."""
    each = (width - (COUNT - 1) * GAP) / COUNT
    return max(LEAST_WIDE_PX, min(TALLEST * each, each * content.size[1] / content.size[0]))


def room(width: float, height: float, T: int, content: Content, ratio: float) -> Room:
    """Frames as high as ``height``, but never so large that fewer than four find a place. ``ratio``: of the screen."""
    each = (width - (COUNT - 1) * GAP) / COUNT
    wide = max(each, LEAST_WIDE_PX * content.size[0] / content.size[1])
    device = content.device((max(1, floor(min(wide, width / 4.5) * ratio)), max(1, floor(height * ratio))))
    return Room(width, T, (device[0] / ratio, device[1] / ratio), device)


def even_levels(place: Room) -> tuple[int, ...]:
    """Whole levels whose frames fill the axis, evenly, none over another."""
    step = place.frame[0] + GAP
    count = max(2, min(MOST, floor((place.width + GAP) / step)))
    unit = place.width / place.T
    if unit * 2 > GAP:  # few levels: so many apart that frames stay apart, and what is left over on both sides
        reach = (place.width - place.frame[0]) / unit  # levels from the first frame to the last
        apart = max(ceil((place.frame[0] + 1) / unit), floor(reach / (count - 1)))
        count = max(1, min(count, floor(reach / apart) + 1))
        first = round((place.T - apart * (count - 1)) / 2)
        levels = [first + i * apart for i in range(count)]
    else:
        margin = place.frame[0] / 2
        each = (place.width - place.frame[0]) / (count - 1)
        levels = [round((margin + i * each) / unit) for i in range(count)]
    kept = levels[:1]
    for t in levels[1:]:
        if place.left(t) - place.left(kept[-1]) >= place.frame[0]:
            kept.append(t)
    return tuple(kept)


def spread_states(levels: Sequence[float], place: Room) -> Sequence[int]:
    """Which states of a chain that has ended have a frame: from the first to the last, with the least gaps.

    Of all rows in which none lies over another that with the least sum of squares of the ways from one to the next.
    """
    lefts, frame = np.array([place.left(t) for t in levels]), place.frame[0]
    least, before = np.full(len(lefts), np.inf), np.zeros(len(lefts), int)
    least[0] = 0
    for i, left in enumerate(lefts):
        free = np.searchsorted(-lefts[:i], -(left + frame), "right")
        if free:
            sums = least[:free] + (lefts[:free] - left) ** 2
            before[i] = sums.argmin()
            least[i] = sums[before[i]]
    chosen = [len(lefts) - 1]
    while chosen[0] and np.isfinite(least[chosen[0]]):
        chosen.insert(0, int(before[chosen[0]]))
    return chosen


def chosen_states(levels: Iterable[float], place: Room) -> Sequence[int]:
    """Which states of a chain that runs have a frame, of falling ``levels``: each at its t, none over another.

    One that has a frame keeps it while the chain goes on, and t = 0 has one.
    """
    chosen: list[int] = []
    frame, first, step = place.frame[0], 0.0, 1.0
    before = wanted = place.width + GAP
    for i, t in enumerate(levels):
        left = place.left(t)
        if not chosen:
            first, step = left, max(1.0, left / max(1, floor(left / (frame + GAP))))
        elif left + frame + 1 > before or (t and (left > wanted or left < frame + 1)):
            continue
        chosen.append(i)
        before, wanted = left, first - step * (floor((first - left) / step + 1e-9) + 1)
    return chosen
