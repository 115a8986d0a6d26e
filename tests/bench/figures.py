"""Figures and the table that they make."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

COLUMNS = ("row", "asked", "measured", "yardstick", "ratio", "ok")


@dataclass(frozen=True)
class Bound:
    """What is asked: at most or at least ``value``, of the measured number or (``of_ratio``) of its ratio."""

    sense: str  # <= | >=
    value: float
    of_ratio: bool = False

    def holds(self, value: float) -> bool:
        return value <= self.value if self.sense == "<=" else value >= self.value

    def text(self, unit: str) -> str:
        return f"ratio {self.sense} {self.value:g}" if self.of_ratio else f"{self.sense} {_with(self.value, unit)}"


@dataclass(frozen=True)
class Figure:
    """One line of the table.

    Attributes:
        row: what was measured.
        asked: the bound in words.
        measured, yardstick: numbers in ``unit``; None where there is none, or where the row was skipped.
        ratio: measured over yardstick, or the other way round where more is better in seconds; the note says so.
        ok: whether the bound holds; None for a skipped row.
        note: of the figure: what the yardstick is, why it was skipped.
    """

    row: str
    asked: str
    measured: float | None = None
    unit: str = ""
    yardstick: float | None = None
    ratio: float | None = None
    ok: bool | None = None
    note: str = ""

    def cells(self) -> tuple[str, ...]:
        if self.unit == "yes/no":
            measured = "" if self.measured is None else ("yes" if self.measured else "no")
        else:
            measured = _with(self.measured, self.unit)
        ratio = "" if self.ratio is None else f"{self.ratio:.3g}"
        return self.row, self.asked, measured, _with(self.yardstick, self.unit), ratio, self._verdict()

    def _verdict(self) -> str:
        if self.ok is None:
            return self.note
        return "ok" if self.ok else "MISSED"


def judged(
    row: str,
    bound: Bound,
    measured: float,
    unit: str,
    yardstick: float | None = None,
    ratio: float | None = None,
    note: str = "",
) -> Figure:
    """A figure held against its bound."""
    value = ratio if bound.of_ratio else measured
    assert value is not None
    return Figure(row, bound.text(unit), measured, unit, yardstick, ratio, bound.holds(value), note)


def answered(row: str, yes: bool, note: str = "") -> Figure:
    """A figure that is a yes or a no, yes being right."""
    return Figure(row, "yes", float(yes), "yes/no", ok=yes, note=note)


def skipped(row: str, bound: Bound, why: str, unit: str = "") -> Figure:
    """A row that cannot be measured here."""
    return Figure(row, bound.text(unit), note=f"skipped: {why}")


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that ``percent`` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def median(values: Sequence[float]) -> float:
    return statistics.median(values)


def table(figures: Sequence[Figure]) -> str:
    """The figures as Markdown, readable as it is and in a README."""
    rows = [COLUMNS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[i]) for row in rows) for i in range(len(COLUMNS))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def as_dict(figure: Figure) -> dict[str, Any]:
    return asdict(figure)


def _with(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.3g} {unit}".rstrip()
