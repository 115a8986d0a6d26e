"""How a grid of samples is laid out: one class a column, one fixed seed a cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MAX_CELLS = 64
MAX_ROWS = 4


@dataclass(frozen=True)
class Layout:
    """``labels`` of the columns (None: no classes) and the number of rows."""

    labels: tuple[int, ...] | None
    columns: int
    rows: int

    def names(self, class_names: Sequence[str]) -> tuple[str, ...]:
        """The classes above the columns; none where there are no classes."""
        return tuple(class_names[k] for k in self.labels or ())

    @property
    def cells(self) -> int:
        return self.columns * self.rows


def layout(class_count: int) -> Layout:
    """At most 64 cells: up to 4 rows of each class, or 6 x 6 without classes. Of too many classes some are shown."""
    if not class_count:
        return Layout(None, 6, 6)
    shown = min(class_count, MAX_CELLS)
    labels = tuple(int(k) for k in np.linspace(0, class_count - 1, shown).round())
    return Layout(labels, shown, max(1, min(MAX_ROWS, MAX_CELLS // shown)))
