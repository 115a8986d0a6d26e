"""What a training tells a program that watches it (``--progress json``): one typed event a line. Standard library only.

A line is a JSON object: its kind as ``event``, a name of EVENTS, and the fields of that class. Kinds and fields may be
added, so a reader passes over what it does not know; none is renamed or taken away.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from diffviz.bounded import json_text


@dataclass(frozen=True)
class Reading:
    """``done`` of ``total`` pictures have been read."""

    done: int
    total: int


@dataclass(frozen=True)
class AllRead:
    """All pictures have been read.

    ``held_out`` of ``count`` are kept to measure by; ``skipped``: a sentence for each file that cannot be used.
    """

    count: int
    classes: tuple[str, ...]
    held_out: int
    skipped: tuple[str, ...]


@dataclass(frozen=True)
class Began:
    """The first step follows; ``step`` and ``seconds`` are what was trained before, ``parameters`` the network's."""

    step: int
    seconds: float
    device: str
    processes: int
    parameters: int


@dataclass(frozen=True)
class Progress:
    """Where a training is.

    ``loss`` is smoothed, ``step_loss`` the last step's own; ``steps`` and ``left_s`` are None where they cannot be
    known.
    """

    step: int
    steps: int | None
    loss: float
    step_loss: float
    lr: float
    pictures_per_s: float
    seconds: float
    left_s: float | None


@dataclass(frozen=True)
class Saved:
    """A checkpoint was written.

    ``samples`` is the path of the grid's file, None if there was no time for one; then ``held_out_loss`` is None too,
    as it is where no picture was held out.
    """

    step: int
    seconds: float
    held_out_loss: float | None
    samples: str | None


@dataclass(frozen=True)
class Ended:
    """The end: all of it was trained, or a stop was asked for. Exit code 0 or 130."""

    step: int
    seconds: float
    finished: bool


@dataclass(frozen=True)
class Interrupted:
    """The end at once, exit code 130; ``saved_step`` is that of the checkpoint that is left, None for none."""

    saved_step: int | None


@dataclass(frozen=True)
class Failed:
    """The end, exit code 2, or 1 for a fault of diffviz; a program words its own remedy by the reason.

    ``reason``: a key of REASONS. ``message``: the sentence that the command says on standard error. ``problem``: the
    same without what it advises a person who types, and without the full stop. ``saved_step``: of the checkpoint that
    is left, None for none that this run knows of.
    """

    reason: str
    message: str
    problem: str
    saved_step: int | None


REASONS = {
    "refused": "the settings, the pictures or the model's folder do not do; the message says which and why",
    "place": "the model's folder holds a training already, or none to go on with",
    "start": "the model to begin with cannot be used",
    "classes": "a sub-folder that the classes name is not there",
    "disk": "something could not be written",
    "diverged": "the loss or a weight is no number any more",
    "memory": "the device's memory does not suffice",
    "device": "the device is not there, or its driver failed",
    "fault": "something unexpected; the log has the details",
}
Event = Reading | AllRead | Began | Progress | Saved | Ended | Interrupted | Failed
EVENTS: dict[str, type[Any]] = {
    "reading": Reading,
    "pictures": AllRead,
    "began": Began,
    "progress": Progress,
    "saved": Saved,
    "ended": Ended,
    "interrupted": Interrupted,
    "failed": Failed,
}
_KINDS = {kind: name for name, kind in EVENTS.items()}


def to_line(event: Event) -> str:
    """The event as a line, without its end."""
    return json_text({"event": _KINDS[type(event)], **dataclasses.asdict(event)})


def from_line(line: str | bytes) -> Event | None:
    """The event of a line; None for what is none: a library's own words, or a kind that is not known here."""
    try:
        given = json.loads(line)
        kind = EVENTS[given["event"]]
        names = [field.name for field in dataclasses.fields(kind)]
        fields = {name: tuple(given[name]) if isinstance(given[name], list) else given[name] for name in names}
    except (ValueError, TypeError, KeyError, RecursionError):
        return None
    event: Event = kind(**fields)
    return event
