"""Store: the one place where the session changes; undo is a list of scenes, each with the chain that was shown."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from diffviz.scene import Scene
from diffviz.session.signal import Signal
from diffviz.session.state import ASIDE, NO_RUN, Session
from diffviz.session.wording import wording

UNDO_LIMIT = 200


class Moment(NamedTuple):
    """What undo and redo go to: the scene, the job of the chain that was shown, and what the change was, in words.

    ``moved``: t was changed too; else it stays where playback or a running chain has taken it meanwhile.
    """

    scene: Scene
    run: int
    words: str = ""
    moved: bool = True


class Store:
    """Holds the session and says what it was and what it is.

    A change of the scene is one undo entry, except inside a gesture (a drag is one entry), with ``undo=False``
    (playback), and of t alone along a chain. What else the session holds is put there by those that it belongs to,
    with ``update``.

    Attributes:
        changed: emits (old, new), two different sessions; the only signal. A change that is made by who hears it is
            told when all have heard the first one.
        place: the t of what a scene shows, asked before each change of the scene with the old and the new one; in
            "Remove noise" that of a recorded state.
        recall: asked to show the chain of that job again, where undo goes to a moment at which it was shown.
    """

    def __init__(self, scene: Scene) -> None:
        self.session = Session(scene)
        self.changed = Signal()
        self.place: Callable[[Scene, Scene], int] = lambda old, new: in_range(new)
        self.recall: Callable[[int], None] = lambda job: None
        self.steps = 0  # of undo, that were ever made
        self._undo: list[Moment] = []
        self._redo: list[Moment] = []
        self._gesture: Moment | None = None
        self._depth = 0
        self._before = self.session
        self._untold: deque[tuple[Session, Session]] = deque()
        self._telling = False

    @property
    def scene(self) -> Scene:
        return self.session.scene

    # -- changes

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """All changes in the block are told as one."""
        if not self._depth:
            self._before = self.session
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1
            if not self._depth and self.session != self._before:
                self._untold.append((self._before, self.session))
                self._tell()

    def _tell(self) -> None:
        if self._telling:
            return
        self._telling = True
        try:
            while self._untold:
                self.changed.emit(*self._untold.popleft())
        finally:
            self._telling = False

    def update(self, **parts: Any) -> None:
        """Replace parts of the session: model, job, run, sheet, playing. Never an undo entry."""
        with self.together():
            self.session = dataclasses.replace(self.session, **parts)

    def set(self, scene: Scene, undo: bool = True, replaced: int | None = None, words: str = "") -> None:
        """Replace the scene.

        ``replaced``: the chain that gave way to one that came just now, NO_RUN where there was none; ``words``: what
        undo calls this, where the change of the scene does not say it.
        """
        with self.together():
            old = self.scene
            scene = scene.replace(t=self.place(old, scene))
            gave_way = replaced not in (None, NO_RUN)
            if undo and self._gesture is None and (_edited(old, scene) or gave_way):
                run = self.session.run.job if replaced is None else replaced
                said = words or self._said(old, scene, gave_way)
                self._push(Moment(old, run, said, scene.t != old.t or gave_way))
            self._put(scene)

    def edit(self, undo: bool = True, **changes: Any) -> None:
        """Replace some fields of the scene."""
        self.set(self.scene.replace(**changes), undo)

    def amend(self, change: Callable[[Scene], Scene | None]) -> None:
        """Change the moments that undo and redo go to from here, as far as ``change`` has a scene in their place."""
        for moments in (self._undo, self._redo):
            for k in reversed(range(len(moments))):
                scene = change(moments[k].scene)
                if scene is None:
                    break
                moments[k] = moments[k]._replace(scene=scene)

    def led_from(self) -> Scene:
        """The scene that undo goes to, or this one."""
        return self._undo[-1].scene if self._undo else self.scene

    def join(self) -> None:
        """Make one entry of the newest two: they were asked for as one."""
        newest, before = self._undo.pop(), self._undo.pop()
        self._undo.append(before._replace(words=newest.words, moved=newest.moved or before.moved))
        self._put(self.scene)

    def _put(self, scene: Scene) -> None:
        undo, redo = (entries[-1].words if entries else "" for entries in (self._undo, self._redo))
        can = {"can_undo": bool(self._undo), "can_redo": bool(self._redo)}
        self.update(scene=scene, undo_words=undo, redo_words=redo, **can)

    # -- gestures and undo

    def begin_gesture(self) -> None:
        """From here to ``end_gesture`` all changes are one undo entry."""
        if self._gesture is None:
            self._gesture = Moment(self.scene, self.session.run.job)

    def end_gesture(self) -> None:
        before, self._gesture = self._gesture, None
        if before is not None and _edited(before.scene, self.scene):
            moved = before.scene.t != self.scene.t
            self._push(before._replace(words=self._said(before.scene, self.scene), moved=moved))
            self._put(self.scene)

    def leads_to(self, back: bool) -> int:
        """The job of the chain that was shown at the moment that undo (``back``) or redo goes to."""
        entries = self._undo if back else self._redo
        return entries[-1].run if entries else NO_RUN

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
        with self.together():
            scene, run, words, moved = source.pop()
            shown = self.session.run.job
            none = shown == NO_RUN != run
            target.append(Moment(self.scene, ASIDE if none else shown, words, moved))
            stays = run in (NO_RUN, shown)  # the first chain does where there was none yet
            if stays and not moved and scene.forward is self.scene.forward:
                scene = scene.replace(t=self.scene.t)
            if not stays:
                self.recall(run)
            self._put(scene.replace(t=self.place(self.scene, scene)))

    def _said(self, old: Scene, new: Scene, gave_way: bool = False) -> str:
        if gave_way:
            new = new.replace(t=old.t)  # it follows from the chain that begins
        # of the same settings only what they made was replaced
        return wording(old, new, self.session.model.worded) or "the new chain"

    def _push(self, moment: Moment) -> None:
        self.steps += 1
        self._undo.append(moment)
        del self._undo[:-UNDO_LIMIT]
        self._redo.clear()


def _edited(old: Scene, new: Scene) -> bool:
    """Whether there is anything to take back: off "Add noise" t is the state looked at, and no setting."""
    return new != (old if new.forward else old.replace(t=new.t))


def in_range(scene: Scene) -> int:
    """t, at most the scene's own T in "Add noise": a slider may tell of a range that has gone."""
    return min(scene.t, scene.schedule.T) if scene.forward else scene.t
