"""Unexpected faults: their traceback goes to the log, and the person gets one sentence with its path."""

from __future__ import annotations

import contextlib
import datetime
import os
import platform
import traceback
from pathlib import Path

from diffviz import __version__
from diffviz.files import log_path

MAX_LOG_BYTES = 2**20


def record_fault(error: BaseException) -> Path | None:
    """Append the traceback to the log, the older half megabyte or so of which is kept as ``.old``.

    Returns:
        The log's path, or None where it cannot be written.
    """
    path = log_path()
    when = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    head = f"{when} diffviz {__version__}, Python {platform.python_version()}, {platform.platform()}\n"
    entry = head + "".join(traceback.format_exception(error)) + "\n"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size > MAX_LOG_BYTES:
                os.replace(path, path.with_suffix(".log.old"))
        # one write in append mode: two programs that fail at once do not mix their lines
        with path.open("ab", buffering=0) as file:
            file.write(entry.encode("utf-8", "backslashreplace"))
    except OSError:
        return None
    return path


def sentence(error: BaseException) -> str:
    """What to tell the person: one line with the log's path."""
    path = record_fault(error)
    where = f"the log {path} has the details" if path else "and the log cannot be written"
    return f"{named(error)}; {where}."


def named(error: BaseException) -> str:
    """ "unexpected fault (KeyError: 'x')" """
    first = (str(error).strip().splitlines() or [""])[0][:160]
    return f"unexpected fault ({type(error).__name__}: {first})"
