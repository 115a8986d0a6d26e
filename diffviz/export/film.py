"""What an encoder is told of a film before it is made."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


@dataclass(frozen=True)
class Film:
    """What an encoder must know before the first frame.

    Args:
        height, width: of every frame, in pixels.
        fps: frames a second.
        hold_s: how much longer than the others the last frame stays.
        frames: how many will be added.
        rate: of what is heard, Hz; 0: nothing is.
        samples: composes up to n frames spread over the film, for a common palette.
    """

    height: int
    width: int
    fps: Fraction
    hold_s: float
    frames: int
    samples: Callable[[int], Iterable[np.ndarray]]
    rate: int = 0


@dataclass(frozen=True)
class Extent:
    """What a film's bytes depend on: ``cells`` of noise and ``pixels`` of one panel, its panels and frames.

    Noise does not compress, so what counts is the number of its cells; video and GIF pay for the held noise of Forward
    once, and where it is ``fresh`` in every frame, as for that of a step of Reverse.
    """

    forward: bool
    cells: int
    pixels: int
    panels: int
    frames: int
    fresh: bool = False
