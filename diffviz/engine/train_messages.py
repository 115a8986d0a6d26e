"""What is asked and said of a small network that is trained on points: plain values and numpy arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from diffviz.kinds import Datum
from diffviz.scene import ScheduleSpec

if TYPE_CHECKING:
    from diffviz.train.small import Learnt


@dataclass(frozen=True)
class TrainRequest:
    """Train a small network on the points of ``datum`` for ``seconds``, and write it to ``folder`` however it ends.

    ``schedule``: whose levels it learns. ``go_on``: the training of that folder goes on, with its own settings.
    """

    job: int
    folder: str
    datum: Datum | None = field(compare=False)
    schedule: ScheduleSpec
    prediction: str
    seconds: float
    seed: int = 0
    go_on: bool = False


@dataclass(frozen=True)
class Learned:
    """How far a training of a small network is."""

    job: int
    learnt: Learnt
