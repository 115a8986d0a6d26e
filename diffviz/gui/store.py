"""SceneStore: the one place where the scene changes; undo is a list of scenes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal

from diffviz.scene import Scene

UNDO_LIMIT = 200
NO_RUN = -1
Moment = tuple[Scene, int]  # with the job of the chain that was shown


class SceneStore(QObject):
    """Holds the scene and says what it was and what it is.

    A change is one undo entry, except inside a gesture (a drag is one entry) and with ``undo=False`` (playback).
    """

    changed = Signal(object, object)  # old, new
    history_changed = Signal()
    run_wanted = Signal(int)  # undo and redo go to a moment at which this chain was shown; before ``changed``

    def __init__(self, scene: Scene, run: Callable[[], int] = lambda: NO_RUN) -> None:
        super().__init__()
        self.scene = scene
        self._run = run
        self._undo: list[Moment] = []
        self._redo: list[Moment] = []
        self._gesture: Moment | None = None

    def set(self, scene: Scene, undo: bool = True, replaced: int = NO_RUN) -> None:
        """Replace the scene; ``replaced``: the chain that gave way to another one just now.

        Forward's t ends at its T, whoever asks: a slider may tell of a range that has gone.
        """
        old = self.scene
        if scene.direction == "forward" and scene.t > scene.schedule.T:
            scene = scene.replace(t=scene.schedule.T)
        if scene == old:
            self.scene = scene  # its unknown keys may be others
        if undo and self._gesture is None and (scene != old or replaced != NO_RUN):
            self._push((old, self._run() if replaced == NO_RUN else replaced))
        if scene != old:
            self.scene = scene
            self.changed.emit(old, scene)

    def edit(self, undo: bool = True, **changes: Any) -> None:
        """Replace some fields of the scene."""
        self.set(self.scene.replace(**changes), undo)

    def begin_gesture(self) -> None:
        """From here to ``end_gesture`` all changes are one undo entry."""
        if self._gesture is None:
            self._gesture = self.scene, self._run()

    def end_gesture(self) -> None:
        before, self._gesture = self._gesture, None
        if before is not None and before[0] != self.scene:
            self._push(before)

    @property
    def can_undo(self) -> bool:
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        return bool(self._redo)

    def undo(self) -> None:
        """Go one entry back."""
        self.end_gesture()
        self._step(self._undo, self._redo)

    def redo(self) -> None:
        """Go one entry forward again."""
        self._step(self._redo, self._undo)

    def _step(self, source: list[Moment], target: list[Moment]) -> None:
        if not source:
            return
        old, (new, run) = self.scene, source.pop()
        target.append((old, self._run()))
        self.scene = new
        self.history_changed.emit()
        if run != self._run():
            self.run_wanted.emit(run)
        self.changed.emit(old, new)

    def _push(self, moment: Moment) -> None:
        self._undo.append(moment)
        del self._undo[:-UNDO_LIMIT]
        self._redo.clear()
        self.history_changed.emit()
