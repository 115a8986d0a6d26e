"""Files written whole or not at all, and the folders that belong to diffviz."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from diffviz.bounded import Refusal, Unreadable, read_object
from diffviz.locks import fcntl, lock

PICKLE_SUFFIXES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle")  # of weights that may hold code
MOST_SWEPT = 20  # times in a row; more is another fault
_TEMPORARY = re.compile(r"\.diffviz-[0-9a-f]{12}(\.[^.]{1,15})?")


@contextlib.contextmanager
def replacing(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside ``target``; it replaces the target when the block ends without an error.

    The temporary name starts with a dot and ends with the target's suffix, so that encoders still see the format. What
    a process leaves that is killed meanwhile, the next one removes that writes beside it.

    A link is followed: what it points to is replaced.

    Raises:
        OSError: if the folder is missing or not writable, or the target is a folder, a pipe or a device. The target
            then stays as it was.
    """
    target = Path(os.path.realpath(target))
    mode = None
    if target.exists():
        if not target.is_file():  # os.replace would put a file in the place of /dev/null
            raise OSError(errno.EINVAL, "is there and is no regular file", str(target))
        mode = target.stat().st_mode & 0o777
    sweep(target.parent)
    suffix = suffix_of(target)
    # 0o666 less the umask, as for every new file; tempfile's 0o600 would hide it from other users
    temporary, handle = _locked(target, lambda path: os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666), suffix)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        if mode is not None:  # last: it may be read-only
            temporary.chmod(mode)
        if fcntl is None:  # Windows renames no open file
            os.close(handle)
            handle = -1
        os.replace(temporary, target)
    finally:
        if handle >= 0 and fcntl is None:
            os.close(handle)
        temporary.unlink(missing_ok=True)
        if fcntl is not None:
            os.close(handle)


@contextlib.contextmanager
def temporary_folder(target: Path) -> Iterator[Path]:
    """A new folder beside ``target``, removed at the end unless it has got another name by then. Raises OSError."""

    def make(path: Path) -> int:
        path.mkdir()
        return os.open(path, os.O_RDONLY) if fcntl is not None else -1

    sweep(target.parent)
    temporary, handle = _locked(target, make)
    try:
        yield temporary
    finally:
        remove_folder(temporary)
        if handle >= 0:
            os.close(handle)


def remove_folder(folder: Path) -> None:
    """Remove a folder and all in it, also what is only to be read, as far as the system lets us."""
    for place, folders, _ in os.walk(folder):
        for name in folders:
            inner = os.path.join(place, name)
            if not os.path.islink(inner):
                with contextlib.suppress(OSError):
                    os.chmod(inner, 0o700)
    shutil.rmtree(folder, ignore_errors=True)


def _locked(target: Path, make: Callable[[Path], int], suffix: str = "") -> tuple[Path, int]:
    """A new temporary file or folder beside the target, and a handle whose lock says that its writer lives."""
    swept = 0
    while True:
        temporary = target.with_name(f".diffviz-{os.urandom(6).hex()}{suffix}")
        try:
            handle = make(temporary)
        except FileNotFoundError:  # of a folder that another process swept before it was open; or there is no place
            swept += 1
            if swept == MOST_SWEPT:
                raise
            continue
        lock(handle, wait=True)  # nobody has it but one who sweeps it at this moment
        if temporary.exists():  # else it was swept before it was locked, and is made anew
            return temporary, handle
        os.close(handle)


def sweep(folder: Path) -> None:
    """Remove the temporary files and folders of ``replacing`` whose writers have died; a living one's are locked.

    Where there are no such locks, they stay.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for left in [Path(entry.path) for entry in entries if _TEMPORARY.fullmatch(entry.name)]:
            with contextlib.suppress(OSError):
                _sweep(left)


def _sweep(left: Path) -> None:
    handle = os.open(left, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        if lock(handle):
            remove_folder(left) if left.is_dir() else left.unlink()
    finally:
        os.close(handle)
    if fcntl is None:
        left.unlink()  # which fails while its writer has it open


def write_text(target: str | os.PathLike[str], text: str) -> None:
    """Write ``text`` as UTF-8 to ``target``, atomically."""
    with replacing(target) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_bytes(target: str | os.PathLike[str], data: bytes) -> None:
    """Write ``data`` to ``target``, atomically."""
    with replacing(target) as temporary:
        temporary.write_bytes(data)


class NoHome(Refusal):
    """There is no folder for what diffviz keeps."""


def state_dir() -> Path:
    """The folder of diffviz's log, not created here. ``DIFFVIZ_STATE_DIR`` overrides it. Raises NoHome."""
    return _own_folder("DIFFVIZ_STATE_DIR", ("LOCALAPPDATA", "AppData/Local"), "Logs", ("XDG_STATE_HOME", "state"))


def models_dir() -> Path:
    """The folder of the models that were trained in the window, one a sub-folder; not created here. Raises NoHome."""
    return data_dir() / "models"


def data_dir() -> Path:
    """The folder of what the window keeps for its person; ``DIFFVIZ_DATA_DIR`` overrides it. Raises NoHome."""
    where = ("APPDATA", "AppData/Roaming"), "Application Support", ("XDG_DATA_HOME", "share")
    return _own_folder("DIFFVIZ_DATA_DIR", *where)


def _own_folder(variable: str, windows: tuple[str, str], mac: str, other: tuple[str, str]) -> Path:
    """What the variable says, or the system's place for it."""
    given = os.environ.get(variable)
    if given:
        return Path(given)
    place, below = windows if sys.platform == "win32" else (other[0], f".local/{other[1]}")
    if sys.platform == "darwin":
        return _home() / "Library" / mac / "diffviz"
    return Path(os.environ.get(place) or _home() / below) / "diffviz"


def _home() -> Path:
    try:
        return Path.home()
    except RuntimeError as error:
        raise NoHome(
            "there is no home folder; set DIFFVIZ_STATE_DIR and DIFFVIZ_DATA_DIR to folders that may be written."
        ) from error


def begin_folder() -> Path:
    """Where a person begins to look for files: at home, or in this folder."""
    with contextlib.suppress(NoHome):
        return _home()
    return Path()


def own_models(kind: str = "") -> list[Path]:
    """The models in ``models_dir`` that have weights, sorted by name; those of one ``kind`` of data, or all."""
    try:
        found = sorted(models_dir().iterdir())
    except (OSError, NoHome):  # none was trained yet
        return []
    weights = Path("unet") / "diffusion_pytorch_model.safetensors"
    return [each for each in found if os.path.isfile(each / weights) and kind in ("", kind_of_model(each))]


def kind_of_model(folder: Path) -> str:
    """The kind of data that a model's folder says it knows, pictures where it says nothing."""
    said: dict[str, Any] = {}
    for file in (folder / "unet" / "config.json", folder / "diffviz.json"):
        with contextlib.suppress(Unreadable):  # whose loading says what is wrong
            said |= read_object(file)
    if said.get("_class_name") == "SmallNetwork":
        return "points" if said.get("dimensions") == 2 else "line"
    return str(said.get("kind", "picture"))


def own_model(name: str) -> Path | None:
    """The folder of the model of that name in ``models_dir``, or None."""
    return next((folder for folder in own_models() if folder.name == name), None)


def model_folder(name: str) -> str:
    """The name, or the folder of the model of that name in ``models_dir``; a folder of that name here goes first."""
    return name if os.path.isdir(name) else str(own_model(name) or name)


def hub_name(folder: str | os.PathLike[str]) -> str | None:
    """What the hub calls a folder in its cache: "owner/name" of models--owner--name and its snapshots; else None."""
    parts = Path(folder).parts
    for k in range(len(parts) - 1, -1, -1):
        if parts[k].startswith("models--"):
            rest = parts[k + 1 :]
            if rest and rest[0] != "snapshots":
                return None
            return "/".join((*parts[k].split("--")[1:], *rest[2:]))
    return None


def suffix_of(path: str | os.PathLike[str]) -> str:
    """What a name's end says about its format, in lower case: ".mp4"; "" where it is no word, as in "v1.2 final".

    Spaces behind it are no part of it.
    """
    suffix = Path(path).suffix.lower().rstrip()
    return suffix if re.fullmatch(r"\.[a-z][a-z0-9-]{1,15}", suffix) else ""


def log_path() -> Path:
    """The log file that a message about an unexpected fault names."""
    return state_dir() / "diffviz.log"


def display_name(path: str | bytes | os.PathLike[str], limit: int = 60) -> str:
    """The file's name as a message may show it: one line, printable, at most ``limit`` characters."""
    text = os.fsdecode(path)
    name = Path(text).name or text or "(no name)"
    # control characters, undecodable bytes and line separators would break the line or the terminal
    name = "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") else c for c in name)
    return name if len(name) <= limit else f"{name[: limit - 21]}…{name[-20:]}"
