"""TrainingRun: ``diffviz train`` as a child process, its lines of JSON as signals. torch stays in the child."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal

import diffviz
from diffviz.files import log_path
from diffviz.train.classes import Classes, as_json

log = logging.getLogger(__name__)
NICENESS = 10  # the slider is more urgent
# what the command advises in options, as the panel has it in buttons
_IN_WINDOW = (
    (r"go on with --resume and a smaller --lr, such as \S+\.", "train anew, from another model."),
    (r"go on with --resume", "press Resume to go on"),
    (r"choose a smaller --batch or --preset", "choose a smaller network or size"),
    (r", which --classes asks for\.", " any more; put it back."),
    (r"--from: ", ""),
)
# children that still write their checkpoint when the window has gone; a QProcess that is destroyed kills its child
_finishing: list[QProcess] = []


@dataclass(frozen=True)
class Order:
    """A training as the person asked for it.

    ``classes``: of the folder, () for all of its sub-folders under their own names.
    ``start``: the model to begin with, "" for random weights; only then ``size`` and ``network`` matter.
    ``minutes``: the total, also where ``resume`` goes on from what is in ``out``; None to go on to the end that it has.
    """

    folder: str
    out: Path
    classes: Classes = ()
    start: str = ""
    size: int = 32
    network: str = "small"
    flip: bool = False
    minutes: float | None = 20.0
    resume: bool = False


def command(order: Order, device: str) -> list[str]:
    """The words after the interpreter's name."""
    words = ["-m", "diffviz", "train", order.folder, "-o", str(order.out)]
    words += [] if order.minutes is None else ["--minutes", f"{order.minutes:g}"]
    words.append("--flip" if order.flip else "--no-flip")
    if order.resume:
        words.append("--resume")
    else:
        words += ["--from", order.start] if order.start else ["--size", str(order.size), "--preset", order.network]
        words += ["--classes", as_json(order.classes)] if order.classes else []
    if device != "auto":
        words += ["--device", device]
    from diffviz.engine.threads import beside_window  # brings torch, which the first paint does not wait for

    return [*words, "--threads", str(beside_window()), "--progress", "json", "--stop-at-eof"]


class TrainingRun(QObject):
    """One child at a time.

    Signals: ``said(event)``, each line as a dictionary; ``ended(how, sentence)``, where how is "finished", "stopped" or
    "failed", and the sentence says what was wrong.
    """

    said = Signal(object)
    ended = Signal(str, str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._process: QProcess | None = None
        self._errors = b""
        self._finished = False
        self.stopping = False

    @property
    def running(self) -> bool:
        return self._process is not None

    def start(self, words: Sequence[str]) -> None:
        """Run the interpreter with these words; what happens comes as signals."""
        assert not self.running
        self._errors, self._finished, self.stopping = b"", False, False
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
            try:
                event: dict[str, Any] = json.loads(line)
                kind = event["event"]
            except (ValueError, TypeError, KeyError):  # a library's own words
                log.info("training: %s", line.decode("utf-8", "replace").rstrip())
                continue
            self._finished = self._finished or (kind == "ended" and bool(event.get("finished")))
            self.said.emit(event)

    def _read_errors(self) -> None:
        if self._process is not None:
            self._errors += bytes(self._process.readAllStandardError().data())

    def _error(self, error: QProcess.ProcessError) -> None:
        if error == QProcess.ProcessError.FailedToStart and self._process is not None:
            self._over("failed", f"Python could not be started ({self._process.errorString()}); install diffviz again.")

    def _end(self, code: int, status: QProcess.ExitStatus) -> None:
        self._read()
        self._read_errors()
        for line in self._errors.decode("utf-8", "replace").splitlines():
            log.info("training: %s", line)
        if self._finished:
            self._over("finished", "")
        elif code == 130 and status == QProcess.ExitStatus.NormalExit:
            self._over("stopped", "")
        else:
            crashed = status == QProcess.ExitStatus.CrashExit
            self._over("failed", sentence(self._errors.decode("utf-8", "replace"), crashed))

    def _over(self, how: str, words: str) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        self.ended.emit(how, words)


def sentence(errors: str, crashed: bool) -> str:
    """What a child that failed has said on standard error, as the window says it."""
    own = [line.removeprefix("diffviz: ") for line in errors.splitlines() if line.startswith("diffviz: ")]
    if not own:
        how = "was ended by the system, perhaps for want of memory" if crashed else "ended unexpectedly"
        return f"The training {how}; press Resume to go on from its last checkpoint. The log: {log_path()}"
    words = own[-1]
    for pattern, instead in _IN_WINDOW:
        words = re.sub(pattern, instead, words)
    return words
