"""A wide grid of samples, one class a column, broken into bands that stand below each other. Standard library only."""

from __future__ import annotations

from dataclasses import dataclass

GAP = 2  # pixels around the cells


@dataclass(frozen=True)
class Band:
    """Columns ``first`` to ``last`` - 1 of a grid, which lie ``left`` pixels from its edge and are ``width`` wide."""

    first: int
    last: int
    left: int
    width: int


def cut(width: int, columns: int, count: int) -> list[Band]:
    """At most ``count`` bands of as many columns each, the last of what is left; neighbours share the gap between them.

    Args:
        width: of the grid in pixels: its columns with ``GAP`` around each.
    """
    cell, each = (width - GAP) // columns, -(-columns // count)
    ends = [(first, min(first + each, columns)) for first in range(0, columns, each)]
    return [Band(first, last, first * cell, (last - first) * cell + GAP) for first, last in ends]
