"""Where an export goes: the rules for files and for folders of PNGs, and folders that appear whole or not at all."""

from __future__ import annotations

import contextlib
import ctypes
import hashlib
import os
import re
import shutil
import stat
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

from diffviz.export.encoders import ENCODERS, MARKER
from diffviz.export.errors import ExportError
from diffviz.files import display_name, remove_folder, suffix_of, temporary_folder
from diffviz.locks import alone

_OURS = re.compile(r"frame_\d+\.png")


def check_target(path: str | os.PathLike[str], suffixes: Collection[str] = tuple(ENCODERS)) -> Path:
    """The absolute path to write to, links followed; nothing is written.

    Raises:
        ExportError: unknown suffix, missing or closed parent folder, a folder or device where a file should be, or
            a folder that is neither absent, empty nor marked as ours.
    """
    name, suffix = display_name(path), suffix_of(path)
    if not os.fspath(path):
        raise ExportError("an export needs a name, and none is given; choose one, such as film.mp4.")
    if not suffix and name.lower().strip() in suffixes:
        raise ExportError(f"{name}: is a suffix without a name; put one before it, such as film{name}.")
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
    if target.is_symlink():  # all that lead somewhere were followed
        raise ExportError(f"{name}: is a link that leads back to itself; remove it or choose another name.")
    if not target.is_dir() and not target.is_file():
        raise ExportError(f"{name}: is a device or pipe; choose an ordinary file.")
    if suffix:
        if target.is_dir():
            raise ExportError(f"{name}: is a folder; choose a file name that is not taken.")
        return
    if not target.is_dir():
        raise ExportError(f"{name}: is a file, and a name without suffix means a folder of PNGs; choose another name.")
    if any(target.iterdir()) and not (target / MARKER).is_file():
        raise ExportError(f"{name}: the folder holds files that are not from diffviz; choose a new or empty one.")


@contextlib.contextmanager
def replacing_folder(target: Path) -> Iterator[Path]:
    """Yield a new folder beside ``target``; it takes the target's place when the block ends without an error.

    Files of other people in a folder of ours stand in the new one before it takes that place, so that they are seen at
    any time. Where the file system has no links they move afterwards; if the process dies then, with the next export.
    """
    with temporary_folder(target) as temporary:
        yield temporary
        with alone(target.parent):
            _take_place(temporary, target)


def _take_place(temporary: Path, target: Path) -> None:
    # found again by the next export to the same name
    old = target.with_name(f".diffviz-{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:12]}-old")
    _give_back(old, target)
    if not target.exists():
        os.replace(temporary, target)
        return
    mode = target.stat().st_mode & 0o7777
    _share(target, temporary)
    os.replace(temporary, old)
    try:
        if not _exchange(old, target):
            os.replace(old, temporary)
            os.replace(target, old)
            os.replace(temporary, target)
    finally:
        _give_back(old, target)
    target.chmod(mode)


def _share(target: Path, folder: Path) -> None:
    """Let the folder hold what is a person's in the target too, as far as the file system can."""
    with contextlib.suppress(OSError):
        for item in filter(_is_a_persons, target.iterdir()):
            with contextlib.suppress(OSError, shutil.Error):
                if item.is_dir() and not item.is_symlink():
                    shutil.copytree(item, folder / item.name, symlinks=True, copy_function=_link)
                else:
                    _link(item, folder / item.name)


def _link(source: str | Path, place: str | Path) -> None:
    os.link(source, place, follow_symlinks=False)


def _is_a_persons(item: Path) -> bool:
    return item.name != MARKER and not _OURS.fullmatch(item.name)


def _give_back(old: Path, target: Path) -> None:
    """Move what is a person's from an earlier folder of that name to the present one, and remove the rest."""
    if not old.is_dir():
        return
    if not target.exists():
        os.replace(old, target)
        return
    old.chmod(0o700)  # a folder that is only read gives nothing away
    for item in filter(_is_a_persons, list(old.iterdir())):
        _move(item, target)
    remove_folder(old)


def _move(item: Path, folder: Path) -> None:
    place = folder / item.name
    if _is_shared(item, place):
        return
    while os.path.lexists(place):  # made anew since: both are kept
        place = place.with_name(f"old-{place.name}")
    mode = item.lstat().st_mode
    if not stat.S_ISDIR(mode):
        os.replace(item, place)
        return
    item.chmod(0o700)  # its own entry ".." changes
    os.replace(item, place)
    place.chmod(mode & 0o7777)


def _is_shared(item: Path, place: Path) -> bool:
    """Whether all of a file or folder stands at the other place as well, not as a copy but as itself."""
    if not os.path.lexists(place):
        return False
    one, other = item.lstat(), place.lstat()
    if not (stat.S_ISDIR(one.st_mode) and stat.S_ISDIR(other.st_mode)):
        return os.path.samestat(one, other)
    try:
        return all(_is_shared(child, place / child.name) for child in item.iterdir())
    except OSError:
        return False


def _exchange(one: Path, other: Path) -> bool:
    """Let two folders change their names in one step, so that there is one of each name at any time.

    False where the system cannot.
    """
    try:
        call = ctypes.CDLL(None, use_errno=True)
        if sys.platform == "darwin":
            return call.renamex_np(os.fsencode(one), os.fsencode(other), 2) == 0  # RENAME_SWAP
        return call.renameat2(-100, os.fsencode(one), -100, os.fsencode(other), 2) == 0  # AT_FDCWD, RENAME_EXCHANGE
    except (OSError, AttributeError, TypeError):
        return False
