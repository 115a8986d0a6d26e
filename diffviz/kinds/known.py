"""Known: what x_0 can be, where all of it is known, and what a window asks of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Known:
    """In "Remove noise": what x_0 can be, where all of it is known, so that the exact theory needs no chain.

    Args:
        atoms, labels: float32 (m, D), and the class of each, int64 (m,), or None.
        label: the class that is asked for, -1 for any. guidance: its weight w.
        start: x_T of the ways that are drawn, D numbers. seed: of the SDE's fresh noise.
        ways: of some points of the chain that is there its levels (K,) and places, float32 (K, n, D); None: there is
            none. made: what made it.
    """

    atoms: np.ndarray
    labels: np.ndarray | None
    label: int
    guidance: float
    start: tuple[float, ...]
    seed: int
    ways: tuple[np.ndarray, np.ndarray] | None = None
    made: str = ""
