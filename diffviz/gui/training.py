"""TrainingRun: ``diffviz train`` as a child process, which reads a recipe and says typed events. It alone has torch."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

import diffviz
from diffviz.bounded import json_text
from diffviz.files import log_path
from diffviz.train.events import Ended, Event, Failed, from_line
from diffviz.train.recipe import FORMAT

if TYPE_CHECKING:
    from diffviz.gui.panels.train_form import Choices

log = logging.getLogger(__name__)
NICENESS = 10  # the slider is more urgent
# what a person can do here, where the command advises options
_REMEDIES = {
    "place": "choose another name",
    "classes": "put it back, or choose the classes anew",
    "disk": "press Resume to go on",
    "diverged": "train anew, from another model",
    "memory": "choose a smaller network or size",
}
# children that still write their checkpoint when the window has gone; a QProcess that is destroyed kills its child
_finishing: list[QProcess] = []


def command(out: Path, resume: bool) -> list[str]:
    """The words after the interpreter's name; what to train follows on the child's input."""
    talk = ["--recipe", "-", "--progress", "json", "--stop-at-eof"]
    return ["-m", "diffviz", "train", "-o", str(out), *(["--resume"] if resume else []), *talk]


def recipe_line(chosen: Choices, device: str, minutes: float | None, resume: bool) -> str:
    """What is known of the recipe, as ``--recipe -`` reads it; of one that goes on (``resume``) only what may change.

    ``minutes``: the total, also of one that goes on; None to go on to the end that it has.
    """
    from diffviz.engine.threads import beside_window  # brings torch, which the first paint does not wait for

    given: dict[str, Any] = {"data": chosen.folder, "flip": chosen.flip, "threads": beside_window()}
    if minutes is not None:
        given["minutes"] = minutes
    if device != "auto":
        given["device"] = device
    if not resume:
        network = "words" if chosen.captions else chosen.network
        given |= {"start": chosen.start} if chosen.start else {"size": chosen.size, "preset": network}
        if chosen.captions:
            given["captions"] = chosen.captions
        else:
            given["classes"] = {name: list(folders) for name, folders in chosen.classes}
    return json_text({"format": FORMAT, **given}) + "\n"


class TrainingRun(QObject):
    """One child at a time.

    Signals: ``said(event)``, each of ``train.events``; ``ended(how, sentence)``, where how is "finished", "stopped" or
    "failed", and the sentence says what was wrong.
    """

    said = Signal(object)
    ended = Signal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._last: Event | None = None
        self.stopping = False

    @property
    def running(self) -> bool:
        return self._process is not None

    def start(self, words: Sequence[str], given: str = "") -> None:
        """Run the interpreter with these words, and ``given`` on its input; what happens comes as signals."""
        assert not self.running
        self._last, self.stopping = None, False
        process = self._process = QProcess(self)
        process.setProgram(sys.executable)
        process.setArguments(list(words))
        # where -m finds this very diffviz, installed or not
        process.setWorkingDirectory(str(Path(diffviz.__file__).parent.parent))
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUTF8", "1")
        process.setProcessEnvironment(environment)
        process.started.connect(self._give_way)
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._read_errors)
        process.errorOccurred.connect(self._error)
        process.finished.connect(self._end)
        process.start()
        process.write(given.encode())

    def stop(self) -> None:
        """Ask for a checkpoint and the end: on every system the end of the child's input says so."""
        if self._process is not None and not self.stopping:
            self.stopping = True
            self._process.closeWriteChannel()

    def close(self, wait_ms: int) -> bool:
        """Stop, and wait a moment; whether the child has ended. If not, it finishes its checkpoint by itself."""
        self.stop()
        process, self._process = self._process, None
        if process is None:
            return True
        for signal in (process.started, process.readyReadStandardOutput, process.errorOccurred, process.finished):
            signal.disconnect()
        if process.waitForFinished(wait_ms):
            process.deleteLater()
            return True
        process.setParent(None)
        _finishing.append(process)
        process.finished.connect(lambda: _finishing.remove(process))
        return False

    # -- what the child says

    def _give_way(self) -> None:
        if self._process is not None and hasattr(os, "setpriority"):
            with contextlib.suppress(OSError):  # it has ended already
                os.setpriority(os.PRIO_PROCESS, self._process.processId(), NICENESS)

    def _read(self) -> None:
        process = self._process
        while process is not None and process.canReadLine():
            line = bytes(process.readLine().data())
            event = from_line(line)
            if event is None:  # a library's own words
                log.info("training: %s", line.decode("utf-8", "replace").rstrip())
                continue
            self._last = event
            self.said.emit(event)

    def _read_errors(self) -> None:
        """For the log: what a person is told comes as an event."""
        if self._process is not None:
            for line in bytes(self._process.readAllStandardError().data()).decode("utf-8", "replace").splitlines():
                log.info("training: %s", line)

    def _error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            self._over("failed", f"Python could not be started ({self._process.errorString()}); install diffviz again.")

    def _end(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        self._read_errors()
        crashed = status == QProcess.ExitStatus.CrashExit
        if isinstance(self._last, Ended) and self._last.finished:
            self._over("finished", "")
        elif code == 130 and not crashed:
            self._over("stopped", "")
        elif isinstance(self._last, Failed):
            self._over("failed", sentence(self._last))
        else:
            how = "was ended by the system, perhaps for want of memory" if crashed else "ended unexpectedly"
            self._over("failed", f"The training {how}; {_to_go_on()}")

    def _over(self, how: str, words: str) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        self.ended.emit(how, words)


def sentence(failed: Failed) -> str:
    """Why a training ended, as the window says it."""
    if failed.reason == "fault":
        return f"The training met an {failed.problem}; {_to_go_on()}"
    remedy = _REMEDIES.get(failed.reason, "")
    if failed.reason == "disk" and failed.saved_step is None:
        remedy = ""  # there is nothing to go on with
    return f"{failed.problem}; {remedy}." if remedy else f"{failed.problem}."


def _to_go_on() -> str:
    return f"press Resume to go on from its last checkpoint. The log: {log_path()}"
