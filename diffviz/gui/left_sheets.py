"""LeftSheets: sheets that were left, to be there again where undo or the person comes back to what made them."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

from diffviz.kinds import Kind
from diffviz.scene import ExperimentSpec, Scene
from diffviz.session.state import SheetState
from diffviz.sheet import Sheet

LIMIT_BYTES = 256 * 2**20


class Left(NamedTuple):
    """A sheet, what it is of, what of it is looked at, what it was run with and how far it came."""

    of: Kind
    sheet: Sheet
    chosen: list[tuple[int, int]]
    t: float | None
    state: SheetState

    @property
    def made(self) -> Scene | None:
        return self.state.made

    def of_runs(self, spec: ExperimentSpec) -> Left | None:
        """Of a comparison what it shows of these runs; None of others than its own."""
        there = self.made.experiment.runs if self.made else ()
        if self.made is None or len(there) != len(self.sheet.rows) or not set(spec.runs) <= set(there):
            return None
        rows = [there.index(run) for run in spec.runs]
        chosen = [(rows.index(row), column) for row, column in self.chosen if row in rows]
        # it is no share of their work
        state = replace(self.state, made=self.made.replace(experiment=spec).read, done=(0, 0))
        return self._replace(sheet=self.sheet.of_rows(rows), chosen=chosen, state=state)


class LeftSheets:
    """The newest, as many as fit, at least one."""

    def __init__(self, limit_bytes: int = LIMIT_BYTES) -> None:
        self._limit, self._left = limit_bytes, list[Left]()

    def keep(self, left: Left) -> None:
        """Before another takes its place."""
        if left.made is not None and left.sheet.rows:
            self._left = [*(each for each in self._left if each.made != left.made), left]
            while len(self._left) > 1 and sum(each.sheet.nbytes for each in self._left) > self._limit:
                self._left.pop(0)

    def at(self, scene: Scene) -> Left | None:
        """The one that was run with this scene."""
        return next((each for each in self._left if each.made == scene.read), None)

    def newest_of(self, spec: ExperimentSpec) -> Left | None:
        """The one that was left last of an experiment and its runs, whatever else it was run with."""
        asked = spec.name, spec.runs
        made = ((left, left.made.experiment) for left in reversed(self._left) if left.made is not None)
        return next((left for left, of in made if (of.name, of.runs) == asked), None)
