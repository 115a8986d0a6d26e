"""Where an export goes: the rules for files and for folders of PNGs, and folders that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
from collections.abc import Collection, Iterator
from pathlib import Path

from diffviz.bounded import Refusal
from diffviz.export.encoders import ENCODERS, MARKER
from diffviz.files import display_name

_OURS = re.compile(r"frame_\d+\.png")


class ExportError(Refusal):
    """An export that cannot be made; the message is one sentence with the file's name, the cause and the remedy."""


def check_target(path: str | os.PathLike[str], suffixes: Collection[str] = tuple(ENCODERS)) -> Path:
    """The absolute path to write to, links followed; nothing is written.

    Raises:
        ExportError: unknown suffix, missing or closed parent folder, a folder or device where a file should be, or
            a folder that is neither absent, empty nor marked as ours.
    """
    name, suffix = display_name(path), Path(path).suffix.lower()
    if suffix not in suffixes:
        known = ", ".join(sorted(item for item in suffixes if item))
        folder = " or no suffix for a folder of PNGs" if "" in suffixes else ""
        raise ExportError(f"{name}: no known format has the suffix {suffix!r}; choose {known}{folder}.")
    try:
        target = Path(os.path.realpath(path))
        if not target.parent.is_dir():
            raise ExportError(f"{name}: the folder {target.parent} does not exist; create it or choose another.")
        if not os.access(target.parent, os.W_OK | os.X_OK):
            raise ExportError(f"{name}: the folder {target.parent} is not writable; choose another.")
        if os.path.lexists(target):
            _check_existing(target, name, suffix)
        else:
            target.lstat()
    except FileNotFoundError:
        return target
    except OSError as error:  # a name that the file system refuses
        raise ExportError(f"{name}: cannot be written ({error.strerror}); choose another name.") from error
    return target


def _check_existing(target: Path, name: str, suffix: str) -> None:
    if suffix:
        if target.is_dir():
            raise ExportError(f"{name}: is a folder; choose a file name that is not taken.")
        if not target.is_file():
            raise ExportError(f"{name}: is a device or pipe; choose an ordinary file.")
        return
    if not target.is_dir():
        raise ExportError(f"{name}: is a file, and a name without suffix means a folder of PNGs; choose another name.")
    if any(target.iterdir()) and not (target / MARKER).is_file():
        raise ExportError(f"{name}: the folder holds files that are not from diffviz; choose a new or empty one.")


@contextlib.contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """Yield a new folder beside ``target``; it takes the target's place when the block ends without an error.

    Files of other people in a folder of ours move to the new one.
    """
    temporary = target.with_name(f".diffviz-{secrets.token_hex(6)}")
    temporary.mkdir()
    try:
        yield temporary
        if not target.exists():
            os.replace(temporary, target)
            return
        old = temporary.with_name(f"{temporary.name}-old")
        try:
            os.replace(target, old)
            os.replace(temporary, target)
        except BaseException:
            if not target.exists():
                os.replace(old, target)
            raise
        for item in old.iterdir():
            if item.name != MARKER and not _OURS.fullmatch(item.name):
                os.replace(item, target / item.name)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
