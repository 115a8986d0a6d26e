"""The two tables of losses that a training keeps beside its checkpoint. Standard library only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from diffviz.files import write_text

RISE = 1.03  # over the least; measured on the same noise each time, smaller steps are the weights' own jitter

# under the folder "training": of every step, and of every checkpoint on the pictures that were held out
LOSSES = "losses.csv"
HELD_OUT = "held_out.csv"
_HEADERS = {LOSSES: "step,seconds,lr,loss\n", HELD_OUT: "step,loss\n"}


def read_rows(path: Path) -> list[list[str]]:
    """The rows without the header, and without one that was cut short: it belongs to a step after the checkpoint.

    Raises:
        OSError: if the file is missing or cannot be read.
    """
    header, *lines = path.read_text(encoding="utf-8").splitlines() or [""]
    return [line.split(",") for line in lines if line.count(",") == header.count(",")]


def read_held_out(folder: Path) -> list[tuple[int, float]]:
    """(step, loss) of the checkpoints that measured held-out pictures; none where the table is missing or damaged."""
    try:
        return [(int(step), float(loss)) for step, loss in read_rows(folder / HELD_OUT)]
    except (OSError, ValueError):
        return []


def append(path: Path, lines: Sequence[str]) -> None:
    """Raises OSError."""
    with path.open("a", encoding="utf-8") as file:
        file.writelines(lines)


def trim(folder: Path, step: int) -> None:
    """Forget in both tables what comes after ``step``; missing ones are begun. Raises OSError."""
    for name, header in _HEADERS.items():
        path = folder / name
        kept = [row for row in read_rows(path) if int(row[0]) <= step] if path.is_file() else []
        write_text(path, header + "".join(",".join(row) + "\n" for row in kept))


def rises(losses: Sequence[float]) -> bool:
    """Whether the loss on held-out pictures rises: its last two values are 3 % above the least, and do not fall."""
    return len(losses) > 2 and min(losses[-2:]) > RISE * min(losses[:-2]) and losses[-1] >= losses[-2]
