"""RunFiles: recorded chains into files, and out of them again, without the model that made them."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from diffviz.engine import messages as m
from diffviz.engine.run_file import SUFFIX
from diffviz.files import begin_folder
from diffviz.gui.runs import MADE, Run
from diffviz.gui.sheet_export import TOPIC, say_written

if TYPE_CHECKING:
    from diffviz.gui.controller import Controller
    from diffviz.gui.file_actions import FileActions

RUNS = f"diffviz runs (*{SUFFIX});;All files (*)"


class RunFiles:
    """Saves the chain shown, and opens one that was saved here or elsewhere."""

    def __init__(self, window: QWidget, controller: Controller, files: FileActions) -> None:
        self._window, self._controller, self._files = window, controller, files
        controller.run_opened.connect(self._opened)
        controller.run_saved.connect(lambda path: say_written(controller.bar, Path(path)))

    def ask_save(self) -> None:
        start = str(Path(self._files.folder or begin_folder()) / f"chain{SUFFIX}")
        path, _ = QFileDialog.getSaveFileName(self._window, "Save run", start, RUNS)
        if path and not path.lower().endswith(SUFFIX):
            path += SUFFIX
            if os.path.lexists(path):  # the dialog has asked about another name
                text = f"{Path(path).name} is there already; choose it by its whole name to replace it."
                self._controller.bar.show_message(text, topic=TOPIC)
                return
        if path and self._controller.jobs.save_run(path):
            self._files.folder = str(Path(path).parent)

    def ask_open(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self._window, "Open run", self._files.folder, RUNS)
        if path:
            self._files.open_any(path)

    def open(self, path: str) -> None:
        """Have a run read; what is on screen stays where it is refused."""
        if self._controller.jobs.open_run(path):
            self._files.folder = str(Path(path).parent)

    def _opened(self, event: m.RunOpened) -> None:
        """Show the chain at its end, as when it has just run."""
        controller = self._controller
        controller.playback.stop()
        last = event.states[-1]
        t = round(last.t)
        made = {name: getattr(event.scene, name) for name in MADE}
        scene = controller.scene.replace(direction="reverse", t=t, **made)
        controller.models.show_recorded(event.info, Path(event.path).name)
        run = Run(event.job, event.scene, scene, event.fan, states=list(event.states), total=last.n, model=event.info)
        run.index = len(run.states) - 1
        controller.reverse.show_run(run)
        view = dataclasses.replace(scene.view, page="equation")
        controller.store.set(scene.replace(view=view), words="the opened run")
        controller.show_all()
