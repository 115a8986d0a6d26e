"""Files written whole or not at all, and the folders that belong to diffviz."""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside ``target``; it replaces the target when the block ends without an error.

    The temporary name starts with a dot and ends with the target's suffix, so that encoders still see the format.

    Raises:
        OSError: if the folder is missing or not writable. The target then stays as it was.
    """
    target = Path(target)
    handle, name = tempfile.mkstemp(prefix=".diffviz-", suffix=target.suffix, dir=target.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o666 & ~_umask()
        temporary.chmod(mode)
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, target)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(target: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` as UTF-8 to ``target``, atomically."""
    with replacing(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_bytes(target: str | os.PathLike[str], data: bytes) -> None:
    """Write ``data`` to ``target``, atomically."""
    with replacing(target) as temporary:
        temporary.write_bytes(data)


def state_dir() -> Path:
    """The folder of diffviz's log, not created here. ``DIFFVIZ_STATE_DIR`` overrides it."""
    override = os.environ.get("DIFFVIZ_STATE_DIR")
    if override:
        return Path(override)
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local")) / "diffviz"
    if sys.platform == "darwin":
        return home / "Library" / "Logs" / "diffviz"
    return Path(os.environ.get("XDG_STATE_HOME", home / ".local" / "state")) / "diffviz"


def log_path() -> Path:
    """The log file that a message about an unexpected fault names."""
    return state_dir() / "diffviz.log"


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current
