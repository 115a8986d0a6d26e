"""Files written whole or not at all, and the folders that belong to diffviz."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def replacing(target: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside ``target``; it replaces the target when the block ends without an error.

    The temporary name starts with a dot and ends with the target's suffix, so that encoders still see the format.

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
    suffix = target.suffix if len(target.suffix) <= 16 else ""  # a long one would make the name too long
    temporary = target.with_name(f".diffviz-{os.urandom(6).hex()}{suffix}")
    # 0o666 less the umask, as for every new file; tempfile's 0o600 would hide it from other users
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        if mode is not None:  # last: it may be read-only
            temporary.chmod(mode)
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


def models_dir() -> Path:
    """The folder of the models that were trained in the window, one a sub-folder; not created here.

    ``DIFFVIZ_DATA_DIR`` overrides the folder above it.
    """
    override = os.environ.get("DIFFVIZ_DATA_DIR")
    home = Path.home()
    if override:
        return Path(override) / "models"
    if sys.platform == "win32":
        return Path(os.environ.get("APPDATA", home / "AppData" / "Roaming")) / "diffviz" / "models"
    if sys.platform == "darwin":
        return home / "Library" / "Application Support" / "diffviz" / "models"
    return Path(os.environ.get("XDG_DATA_HOME", home / ".local" / "share")) / "diffviz" / "models"


def own_models() -> list[Path]:
    """The models in ``models_dir`` that have weights, sorted by name."""
    try:
        found = sorted(models_dir().iterdir())
    except OSError:  # none was trained yet
        return []
    return [folder for folder in found if (folder / "unet" / "diffusion_pytorch_model.safetensors").is_file()]


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
