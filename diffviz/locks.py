"""Locks on files that end with the process that holds them, however it dies. Standard library only."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows, where an open file cannot be deleted anyway
    fcntl = None


def lock(handle: int, wait: bool = False) -> bool:
    """Lock an open file or folder until it is closed. False where another one has it, or where it cannot be asked."""
    if fcntl is None:
        return False
    try:
        flags: Any = fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB
        fcntl.flock(handle, flags)  # on an open file, not of a process: two threads keep each other out as well
    except OSError:
        return False
    return True


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """One process at a time per folder; where folders cannot be locked all of them."""
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            stack.callback(os.close, handle)
            lock(handle, wait=True)
        yield


def claim(path: Path) -> int | None:
    """Lock the file, made if it is not there: a handle that holds it until it is closed, or None where another has it.

    Raises:
        OSError: if it cannot be made.
    """
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    if lock(handle) if fcntl is not None else _lock_a_byte(handle):
        return handle
    os.close(handle)
    return None


def _lock_a_byte(handle: int) -> bool:
    import msvcrt

    locking: Any = msvcrt
    try:
        locking.locking(handle, locking.LK_NBLCK, 1)
    except OSError:
        return False
    return True
