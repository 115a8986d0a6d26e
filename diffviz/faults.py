"""Unexpected faults: their traceback goes to the log, and the person gets one sentence with its path."""

from __future__ import annotations

import contextlib
import datetime
import logging
import os
import platform
import traceback
from pathlib import Path

from diffviz import __version__
from diffviz.files import NoHome, log_path
from diffviz.locks import alone

MAX_LOG_BYTES = 2**20


def record_fault(error: BaseException) -> Path | None:
    """Append the traceback to the log.

    Returns:
        The log's path, or None where it cannot be written.
    """
    when = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    head = f"{when} diffviz {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    return append("".join([head, *traceback.format_exception(error), "\n"]))


def append(entry: str) -> Path | None:
    """Append to the log, the older part of which is kept as ``.old``: as a whole, whatever else writes to it.

    Returns:
        The log's path, or None where it cannot be written.
    """
    try:
        path = log_path()
        path.parent.mkdir(parents=True, exist_ok=True)
        with alone(path.parent):  # two windows neither mix their lines nor rotate twice
            with contextlib.suppress(FileNotFoundError):
                if path.stat().st_size > MAX_LOG_BYTES:
                    os.replace(path, path.with_suffix(".log.old"))
            with path.open("ab", buffering=0) as file:
                file.write(entry.encode("utf-8", "backslashreplace"))
    except (OSError, NoHome):
        return None
    return path


class LogHandler(logging.Handler):
    """Puts what is logged at the end of the log."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(logging.Formatter("%(asctime)s %(process)d %(levelname)s %(name)s: %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            append(self.format(record) + "\n")
        except Exception:  # an argument whose text raises
            self.handleError(record)


def sentence(error: BaseException) -> str:
    """What to tell the person: one line with the log's path."""
    path = record_fault(error)
    where = f"the log {path} has the details" if path else "and the log cannot be written"
    return f"{named(error)}; {where}."


def named(error: BaseException) -> str:
    """ "unexpected fault (KeyError: 'x')" """
    first = (str(error).strip().splitlines() or [""])[0][:160]
    return f"unexpected fault ({type(error).__name__}: {first})"
