"""SceneStore: the one place where the scene changes; undo is a list of scenes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, Signal

from diffviz.scene import Scene

UNDO_LIMIT = 200


class SceneStore(QObject):
    """Holds the scene and says what it was and what it is.

    A change is one undo entry, except inside a gesture (a drag is one entry) and with ``undo=False`` (playback).
    """

    changed = Signal(object, object)  # old, new
    history_changed = Signal()

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        self._undo: list[Scene] = []
        self._redo: list[Scene] = []
        self._gesture: Scene | None = None

    def set(self, scene: Scene, undo: bool = True) -> None:
        """Replace the scene. Forward's t ends at its T, whoever asks: a slider may tell of a range that has gone."""
        old = self.scene
        if scene.direction == "forward" and scene.t > scene.schedule.T:
            scene = scene.replace(t=scene.schedule.T)
        if scene == old:
            self.scene = scene  # its unknown keys may be others
            return
        if undo and self._gesture is None:
            self._push(old)
        self.scene = scene
        self.changed.emit(old, scene)

    def edit(self, undo: bool = True, **changes: Any) -> None:
        """Replace some fields of the scene."""
        self.set(self.scene.replace(**changes), undo)

    def begin_gesture(self) -> None:
        """From here to ``end_gesture`` all changes are one undo entry."""
        if self._gesture is None:
            self._gesture = self.scene

    def end_gesture(self) -> None:
        before, self._gesture = self._gesture, None
        if before is not None and before != self.scene:
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

    def _step(self, source: list[Scene], target: list[Scene]) -> None:
        if not source:
            return
        old, new = self.scene, source.pop()
        target.append(old)
        self.scene = new
        self.history_changed.emit()
        self.changed.emit(old, new)

    def _push(self, scene: Scene) -> None:
        self._undo.append(scene)
        del self._undo[:-UNDO_LIMIT]
        self._redo.clear()
        self.history_changed.emit()
