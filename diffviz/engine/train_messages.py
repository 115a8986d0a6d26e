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

    ``prediction``: of a new network, which learns the levels of ``schedule``; "" to go on with the training that the
    folder holds, with its own settings.
    """

    job: int
    folder: str
    datum: Datum | None = field(compare=False)
    schedule: ScheduleSpec
    prediction: str
    seconds: float
    seed: int = 0


@dataclass(frozen=True)
class Learned:
    """How far a training of a small network is."""

    job: int
    learnt: Learnt
