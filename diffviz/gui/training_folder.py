"""TrainingFolder: what the folder of pictures holds that a training is to read, counted in a thread."""

from __future__ import annotations

import threading

from PySide6.QtCore import QObject, Qt, Signal

from diffviz.train.classes import Classes, Found, names_problem
from diffviz.train.pictures import survey
from diffviz.train.recipe import TrainError
from diffviz.train.told_by import captions_in, in_words


class TrainingFolder(QObject):
    """One folder at a time; it may lie on a slow disk.

    Attributes:
        path: the folder. found: what it holds; None for as long as that is not known, and where it cannot be used.
        problem: why no training can begin with it, or "".
        captions: that tell its pictures, as ``Recipe.captions`` has them, or "". told: what was read of them.

    Signals: ``looked(path)`` when the folder was counted.
    """

    looked = Signal(str)
    _counted = Signal(str, object, str, object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.path = ""
        self.found: Found | None = None
        self.problem = self.captions = self.told = ""
        self._asked: str | None = ""  # for which captions; None is for those that lie there
        self._thread: threading.Thread | None = None
        self._counted.connect(self._keep, Qt.ConnectionType.QueuedConnection)

    def look_at(self, path: str, captions: str | None = None) -> None:
        """Count its pictures; "" for no folder. ``captions``: that tell them, "" for none, None for those in it."""
        self.path, self.found, self._asked, self.told = path, None, captions, ""
        self.problem = "The folder is being looked at" if path else "Choose a folder of pictures first"
        if path:
            self._thread = threading.Thread(
                target=self._count, args=(path, captions), name="diffviz-survey", daemon=True
            )
            self._thread.start()

    def problem_of(self, classes: Classes) -> str:
        """Why no training can begin with these classes of it, or ""."""
        if self.found is None or self.captions:
            return self.problem
        chosen = self.found.of(classes)
        if missing := self.found.missing(classes):
            return f"There is no sub-folder {missing[0]!r} any more; put it back, or choose the classes anew"
        return names_problem(chosen.names) or (f"What was chosen {chosen.problem}" if chosen.problem else "")

    def close(self) -> None:
        """Wait a moment for the thread."""
        if self._thread is not None:
            self._thread.join(0.2)

    def _count(self, path: str, asked: str | None) -> None:
        result: object
        told, there = "", captions_in(path) if asked is None else asked
        try:
            result = survey(path)
            told = in_words(path, there) if there else ""
        except TrainError as error:
            result = str(error)
        self._counted.emit(path, result, told, (asked, there))

    def _keep(self, path: str, result: object, told: str, captions: tuple[str | None, str]) -> None:
        if (path, captions[0]) != (self.path, self._asked):
            return  # another one was chosen in between
        self.found = result if isinstance(result, Found) else None
        self.problem = "" if self.found is not None else str(result)
        self.told, self.captions = told, captions[1]
        self.looked.emit(path)
