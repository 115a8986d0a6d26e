"""SceneStore: the one place where the scene changes; undo is a list of scenes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from PySide6.QtCore import QObject, Signal

from diffviz.scene import Scene
from diffviz.session.wording import wording

UNDO_LIMIT = 200
NO_RUN = -1


class Moment(NamedTuple):
    """What undo and redo go to: the scene, the job of the chain that was shown, and what the change was, in words."""

    scene: Scene
    run: int
    words: str = ""


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

    def set(self, scene: Scene, undo: bool = True, replaced: int = NO_RUN, words: str = "") -> None:
        """Replace the scene.

        ``replaced``: the chain that gave way to another one just now; ``words``: what undo calls this, where the
        change of the scene does not say it. Forward's t ends at its T, whoever asks: a slider may tell of a
        range that has gone.
        """
        old = self.scene
        if scene.direction == "forward" and scene.t > scene.schedule.T:
            scene = scene.replace(t=scene.schedule.T)
        if scene == old:
            self.scene = scene  # its unknown keys may be others
        if undo and self._gesture is None and (scene != old or replaced != NO_RUN):
            self._push(Moment(old, self._run() if replaced == NO_RUN else replaced, words or _said(old, scene)))
        if scene != old:
            self.scene = scene
            self.changed.emit(old, scene)

    def edit(self, undo: bool = True, **changes: Any) -> None:
        """Replace some fields of the scene."""
        self.set(self.scene.replace(**changes), undo)

    def begin_gesture(self) -> None:
        """From here to ``end_gesture`` all changes are one undo entry."""
        if self._gesture is None:
            self._gesture = Moment(self.scene, self._run())

    def end_gesture(self, replaced: int = NO_RUN) -> None:
        """``replaced``: the chain that gave way to another one in it."""
        before, self._gesture = self._gesture, None
        if before is not None and (before.scene != self.scene or replaced != NO_RUN):
            run = before.run if replaced == NO_RUN else replaced
            self._push(Moment(before.scene, run, _said(before.scene, self.scene)))

    @property
    def can_undo(self) -> bool:
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        return bool(self._redo)

    @property
    def undo_words(self) -> str:
        """What the next undo takes back, "" where there is none."""
        return self._undo[-1].words if self._undo else ""

    @property
    def redo_words(self) -> str:
        return self._redo[-1].words if self._redo else ""

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
        old, (new, run, words) = self.scene, source.pop()
        target.append(Moment(old, self._run(), words))
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


def _said(old: Scene, new: Scene) -> str:
    return wording(old, new) or "the new chain"  # the same settings: only what they made was replaced
