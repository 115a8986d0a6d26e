"""LeftSheets: sheets that were left, to be there again where undo or the person comes back to what made them."""

from __future__ import annotations

from typing import NamedTuple

from diffviz.kinds import Kind
from diffviz.scene import Scene, ViewSpec
from diffviz.session.state import SheetState
from diffviz.sheet import Sheet

LIMIT_BYTES = 256 * 2**20


class Left(NamedTuple):
    """A sheet, what it was run with (see ``run_with``) and is of, what of it is looked at, and how far it came."""

    made: Scene | None
    of: Kind
    sheet: Sheet
    chosen: list[tuple[int, int]]
    t: float | None
    state: SheetState


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
        return next((each for each in self._left if each.made == run_with(scene)), None)


def run_with(scene: Scene) -> Scene:
    """What a sheet depends on: not where it is looked at, and of runs that bring their own not the settings."""
    runs = scene.experiment.runs if scene.experiment.name == "compare" else ()
    if runs:
        scene = scene.replace(model=runs[0].model, sampler=runs[0].sampler)
    return scene.replace(view=ViewSpec(), t=0)
