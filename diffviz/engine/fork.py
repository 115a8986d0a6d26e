"""Fork: from which state of a recorded chain another one goes on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from diffviz.engine.states import State


@dataclass(frozen=True)
class Fork:
    """Go on from state ``i`` of the recorded chain of job ``run``.

    ``sample``: from this one alone; the scene then is that of its own single chain.
    ``fan``: so many futures of that one, each with its own fresh noise (the scene's, + k).
    """

    run: int
    i: int
    sample: int | None = None
    fan: int = 0

    def shared(self, states: Sequence[State]) -> list[State]:
        """Of the chain's states those that the branch shares with it."""
        before = [state for state in states if state.i < self.i] if not self.fan else []
        return before if self.sample is None else [state.sample(self.sample) for state in before]
