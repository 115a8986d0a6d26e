"""LastTime: what the window was left with, kept at close and offered at the next start."""

from __future__ import annotations

import logging
import os
from dataclasses import replace
from pathlib import Path

from diffviz.catalog import model_name
from diffviz.checks import MAX_TEXT, SceneError
from diffviz.files import NoHome, data_dir
from diffviz.gui.run_files import RunFiles
from diffviz.gui.scene_files import SceneFiles
from diffviz.gui.shared import Shared
from diffviz.scene import Scene
from diffviz.scene_file import Saved, read_scene
from diffviz.session.state import Session
from diffviz.session.wording import own_name, page_name, picture_name

log = logging.getLogger(__name__)
FILE = "last.json"
RUN = "run"  # its key for the file of the chain shown, where that was saved


class LastTime:
    """A scene of diffviz's own, read as distrustfully as any other.

    Attributes:
        wanted: whether it is to be offered; not where the program was started with a file.
    """

    def __init__(self, shared: Shared, scenes: SceneFiles, runs: RunFiles) -> None:
        self._store, self._notices, self._chains = shared.store, shared.notices, shared.chains
        self._scenes, self._runs = scenes, runs
        self._t = shared.store.scene.t
        self.wanted = True

    def offer(self) -> None:
        """In the menu, and by one button, which goes at the first thing that is done."""
        saved = self._read()
        self._store.update(left=saved is not None)
        if saved is None or not (self.wanted and self._untouched(self._store.session)):
            return
        scene = saved.scene
        from_noise = not (scene.forward or scene.laboratory or scene.start)  # then nothing is seen of what is open
        seen = model_name(scene.model.name) if from_noise else own_name(scene.data) or picture_name(scene.data.source)
        where = f"{seen}, {page_name(scene)}"
        if not scene.laboratory and (scene.forward or _run_of(scene)):  # else there is no chain to be at some t of
            where += f", t = {scene.t}"
        self._notices.show_message(
            f"Last time: {where}.",
            "info",
            ("Go on where you were", self.go_on),
            topic="last time",
            holds=self._untouched,
        )

    def keep(self) -> None:
        """At close: what is shown, unless nothing was done."""
        if self._untouched(self._store.session) and not self._chains.states:
            return
        run = os.path.abspath(name) if (name := self._runs.file_of(self._chains.run.job)) else ""
        try:
            path = _path()
            path.parent.mkdir(parents=True, exist_ok=True)
            pasted = self._store.scene.data.source.startswith("sha256:")
            self._scenes.save(str(path), pasted, **({RUN: run} if run else {}))
        except (NoHome, OSError) as error:
            log.warning("the window's state is not kept: %s", str(error))

    def _read(self) -> Saved | None:
        try:
            path = _path()
            return read_scene(path) if os.path.isfile(path) else None
        except (NoHome, OSError, SceneError) as error:
            log.warning("the last window's state is not offered: %s", str(error))
            return None

    def _untouched(self, session: Session) -> bool:
        busy = session.job.running or session.playing
        return not (session.can_undo or session.can_redo or busy) and session.scene.t == self._t

    def go_on(self) -> None:
        """Show it, and its chain where that was saved; a step of undo."""
        saved = self._read()
        if saved is None:
            return
        extra = dict(saved.scene.extra)
        run, t = _run_of(saved.scene), saved.scene.t
        extra.pop(RUN, None)
        self._scenes.show(replace(saved, scene=saved.scene.replace(extra=extra)), "last time")
        if run:
            self._runs.open(run, then=lambda: self._store.edit(undo=False, t=t))


def _run_of(scene: Scene) -> str:
    """The file of the chain that was shown, "" where there is none any more."""
    run = scene.extra.get(RUN, "")
    return run if isinstance(run, str) and 0 < len(run) < MAX_TEXT and os.path.isfile(run) else ""


def _path() -> Path:
    return data_dir() / FILE
