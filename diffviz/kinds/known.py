"""Known: what x_0 can be, where all of it is known, and what a window asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A small network at one moment: its config, its weights by name, and the digest of what it learnt, where known."""

    config: Mapping[str, Any]
    tensors: Mapping[str, np.ndarray]
    learnt: str = ""


@dataclass(frozen=True, eq=False)
class Known:
    """In "Remove noise": what x_0 can be, where all of it is known, so that the exact theory needs no chain.

    Args:
        atoms, labels: float32 (m, D), and the class of each, int64 (m,), or None.
        label: the class that is asked for, -1 for any. guidance: its weight w. shaded: the class whose density is
            wanted, of a chain its own; None: of the class that is asked for.
        start: x_T of the ways that are drawn, D numbers. seed: of the SDE's fresh noise.
        ways: of some points of the chain that is there its levels (K,) and places, float32 (K, n, D); None: there is
            none. made: what made it.
        network: the one beside the exact answer, if there is one.
        moving: the start is being dragged: the ways may be of longer steps.
    """

    atoms: np.ndarray
    labels: np.ndarray | None
    label: int
    guidance: float
    start: tuple[float, ...]
    seed: int
    ways: tuple[np.ndarray, np.ndarray] | None = None
    made: str = ""
    network: Snapshot | None = None
    moving: bool = False
    shaded: int | None = None

    @property
    def density_of(self) -> int:
        """The class whose density is shown, -1 for any."""
        return self.label if self.shaded is None else self.shaded
