"""The two tables of losses that a training keeps, and the notes in its checkpoint. Standard library only."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from diffviz.bounded import OBJECT, Missing, Unreadable, number, parse_object, read_head, read_text, take, text, whole
from diffviz.files import write_text

MAX_STEP = 10**9  # as many as can be asked for
MAX_BYTES = 2**30  # of a table; a row has 30
MAX_HEADER_BYTES = 2**24
SMOOTH = 0.98

RISE = 1.03  # over the least; measured on the same noise each time, smaller steps are the weights' own jitter

# under the folder "training": of every step, and of every checkpoint on the pictures that were held out
LOSSES = "losses.csv"
HELD_OUT = "held_out.csv"
SMALL_STATE = "training/small.safetensors"  # of a training of points, in its folder
_HEADERS = {LOSSES: "step,seconds,lr,loss\n", HELD_OUT: "step,loss\n"}


class RunningMean:
    """The mean of the losses that is shown: 0.98 of the one before, corrected for its beginning at 0."""

    def __init__(self, losses: Iterable[float] = ()) -> None:
        """``losses``: of the steps before."""
        self._sum = self._weight = 0.0
        for loss in losses:
            self.add(loss)

    def add(self, loss: float) -> float:
        """The mean with the next step's loss."""
        self._sum = SMOOTH * self._sum + (1 - SMOOTH) * loss
        self._weight = SMOOTH * self._weight + (1 - SMOOTH)
        return self.value

    @property
    def value(self) -> float:
        return self._sum / self._weight


def read_rows(path: Path) -> list[list[str]]:
    """The rows without the header, and without those that are no numbers: one may have been cut short, which belongs to
    a step after the checkpoint.

    Raises:
        Unreadable: if the file is missing or cannot be read.
    """
    columns = _HEADERS[path.name].count(",") + 1
    rows = [line.split(",") for line in read_text(path, MAX_BYTES).splitlines()]
    return [row for row in rows if len(row) == columns and _are_numbers(row)]


def _are_numbers(row: Sequence[str]) -> bool:
    try:
        return 0 <= int(row[0]) <= MAX_STEP and all(math.isfinite(float(word)) for word in row)
    except ValueError:
        return False


def read_held_out(folder: Path) -> list[tuple[int, float]]:
    """(step, loss) of the checkpoints that measured held-out pictures; none where the table is missing or damaged."""
    try:
        return [(int(step), float(loss)) for step, loss in read_rows(folder / HELD_OUT)]
    except Unreadable:
        return []


def notes_of(state: Path) -> dict[str, Any]:
    """What a checkpoint says of itself, out of the header of its file. Raises Unreadable if it says nothing."""
    head = read_head(state, 8 + MAX_HEADER_BYTES)
    header = parse_object(head[8 : 8 + int.from_bytes(head[:8], "little")].rstrip(b" "))
    return parse_object(take(take(header, "__metadata__", OBJECT), "diffviz", text(10_000)))


def read_notes(state: Path) -> tuple[int, float]:
    """The step and the seconds of a checkpoint. Raises Unreadable if they are not there."""
    notes = notes_of(state)
    return take(notes, "step", whole(0, MAX_STEP)), float(take(notes, "seconds", number(0, 1e10)))


def append(path: Path, lines: Sequence[str]) -> None:
    """Raises OSError."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(lines)


def trim(folder: Path, step: int) -> None:
    """Forget in both tables what comes after ``step``; missing ones are begun. Raises OSError and Unreadable."""
    for name, header in _HEADERS.items():
        path = folder / name
        try:
            kept = [row for row in read_rows(path) if int(row[0]) <= step]
        except Missing:
            kept = []
        write_text(path, header + "".join(",".join(row) + "\n" for row in kept))


def rises(losses: Sequence[float]) -> bool:
    """Whether the loss on held-out pictures rises: its last two values are 3 % above the least, and do not fall."""
    return len(losses) > 2 and min(losses[-2:]) > RISE * min(losses[:-2]) and losses[-1] >= losses[-2]
