"""RunFiles: recorded chains into files, and out of them again, also without the model that made them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog

from diffviz.engine import messages as m
from diffviz.engine.run_file import SUFFIX
from diffviz.files import suffix_of
from diffviz.gui.file_kinds import RUNS
from diffviz.gui.runs import Run
from diffviz.gui.saving import free_to_write, say_written
from diffviz.gui.shared import Shared
from diffviz.session.provenance import settings_of
from diffviz.session.state import ASIDE


class RunFiles:
    """Saves the chain shown, and opens one that was saved here or elsewhere."""

    def __init__(self, shared: Shared) -> None:
        self._window, self._store, self._port, self._notices = shared.window, shared.store, shared.port, shared.notices
        self._jobs, self._chains, self._models, self._pages = shared.jobs, shared.chains, shared.models, shared.pages
        self._folder = shared.folder
        self._files: dict[int, str] = {}  # of chains, by their jobs

    def file_of(self, job: int) -> str:
        """Where a chain was saved or opened from, "" where it is in no file."""
        return self._files.get(job, "")

    def ask_save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self._window, "Save run", str(self._folder.at(f"chain{SUFFIX}")), RUNS)
        full = path if suffix_of(path) == SUFFIX else path + SUFFIX
        if path and free_to_write(path, full, self._notices):
            self.save(full)

    def save(self, path: str) -> bool:
        """Write the chain shown to a run file; whether it was begun."""
        if self._jobs.refused():
            return False
        run = self._chains.run
        job = self._jobs.begin("save_run", lambda how, path: self._saved(how, path, run.job))
        self._folder.note(path)
        self._port.send(m.SaveRunRequest(job, run.scene, path, run.job, run.fan))
        return True

    def _saved(self, how: str, path: str, job: int) -> None:
        if how == "done":
            self._files[job] = path
            say_written(self._notices, Path(path))

    def open(self, path: str, then: Callable[[], None] = lambda: None) -> None:
        """Have a run read, and then do something; what is on screen stays where it is refused."""
        if not self._jobs.refused():
            job = self._jobs.begin("open_run", lambda how, detail: then() if how == "done" else None)
            self._folder.note(path)
            self._port.send(m.OpenRunRequest(job, path))

    def opened(self, event: m.RunOpened) -> None:
        """Show the chain at its end, as when it has just run."""
        if not self._jobs.runs(event.job):
            return
        with self._store.together():
            last = event.states[-1]
            if event.info is not self._chains.model or self._models.loading:
                asked = event.scene.model.class_label
                self._models.show_recorded(event.job, event.info, Path(event.path).name, asked)
            made = self._store.scene.replace(**settings_of(event.scene))
            scene = self._pages.at(made, "reverse").replace(t=round(last.t))
            states = list(event.states)
            run = Run(event.job, event.scene, scene, event.fan, states=states, total=last.n, model=event.info)
            run.index = len(states) - 1
            self._files[event.job] = event.path
            before = self._chains.run.job if self._chains.states else ASIDE
            self._chains.show_run(run)
            self._store.set(scene, replaced=before, words="the opened run")
