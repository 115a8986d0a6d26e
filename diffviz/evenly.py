"""Evenly: some of many that lie in an order, as even as that is and in step with no period of theirs."""

from __future__ import annotations

import math

import numpy as np

GOLDEN = (math.sqrt(5) - 1) / 2  # whose multiples, modulo 1, are even at every length (Weyl 1916) and of no period


def evenly(many: int, wanted: int) -> np.ndarray:
    """Which of ``many`` > 0 in their order, intp (wanted,): each once where so many are wanted, else one out of each of
    ``wanted`` parts; where more are wanted each as often as it goes, and as many of them once more as are left.

    Every second of points whose classes take turns would be one class.
    """
    turns, rest = divmod(wanted, many)
    edges = np.arange(rest + 1) * many // max(1, rest)
    picked = edges[:-1] + (np.diff(edges) * (np.arange(rest) * GOLDEN % 1)).astype(np.intp)
    return np.sort(np.concatenate((np.repeat(np.arange(many), turns), picked)))
