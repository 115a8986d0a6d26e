"""JSON and small files of any origin, read within bounds: size, depth, numbers, kinds. Standard library only.

One way for every file that a stranger may have written:

    value = read_object(path)                            # a dict; at most 1 MiB, a regular file, sane numbers
    step = take(value, "step", whole(0, 10_000_000))     # of that kind, or Unreadable in words
    names = take(value, "class_names", several(text(100)), [])    # [] where the key is missing

Nothing else than ``Unreadable`` comes out. Its message is what follows a file's name: 'is missing', 'has "step": -1,
expected a whole number in 0..10000000'; whoever catches it puts the name before and says behind what to do.
"""

from __future__ import annotations

import errno
import json
import os
import reprlib
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

MAX_BYTES = 2**20  # the longest honest configuration, a scheduler with 10,000 trained betas, has about 200 kB
MAX_VALUES = 2**20  # each takes some hundred bytes of memory
MAX_DEPTH = 32  # a scene, the deepest of what diffviz writes, has 7
MAX_WHOLE = 2**63
LFS_MARK = b"version https://git-lfs"

_ABSENT: Any = object()


class Refusal(ValueError):
    """What a person is told in one line. Each part has its own, which names the file, the cause and the remedy."""

    def __init__(self, message: str) -> None:
        # names of files and words out of them come from strangers: no line breaks, no control characters
        super().__init__("".join(c if c.isprintable() else " " for c in message))


class Unreadable(Refusal):
    """What is wrong with a file: words that follow its name, in one line."""


class Missing(Unreadable):
    """There is no such file."""


# -- reading


def read_object(path: str | os.PathLike[str], most: int = MAX_BYTES, finite: bool = True) -> dict[str, Any]:
    """The JSON object in a file of at most ``most`` bytes; ``finite`` as in ``parse_object``.

    Raises:
        Unreadable: ``Missing`` where it is not there.
    """
    return parse_object(read_bytes(path, most), finite)


def parse_object(data: bytes | str, finite: bool = True) -> dict[str, Any]:
    """The object that JSON text describes, see ``parse_json``. Raises Unreadable, also for another value."""
    value = parse_json(data, finite)
    if not isinstance(value, dict):
        raise Unreadable(f"holds a JSON {type(value).__name__}, expected an object")
    return value


def parse_json(data: bytes | str, finite: bool = True) -> Any:
    """What JSON text describes.

    No list or object of it is nested more than 32 deep, and whole numbers fit 64 bits, so that it can be written,
    printed and made floats of again. Texts may hold anything, lone surrogates too: names of files do; ``short`` shows
    them.

    Args:
        finite: refuse NaN, Infinity and floats that overflow; False where they are taken and their key decides.
    Raises:
        Unreadable: with the place of the fault.
    """

    def constant(word: str) -> float | _Odd:
        return _Odd(f"{word}, which is no JSON") if finite else float(word)

    def whole_number(word: str) -> int | _Odd:
        if len(word) > 20 or not -MAX_WHOLE <= int(word) < MAX_WHOLE:
            return _Odd(f"a whole number of {len(word.lstrip('-'))} digits, more than 64 bits hold")
        return int(word)

    def number(word: str) -> float | _Odd:
        value = float(word)
        return _Odd(f"{short(word)}, more than a number can be") if finite and abs(value) == float("inf") else value

    try:
        if isinstance(data, bytes):
            if data.startswith(LFS_MARK):
                raise Unreadable("is a Git LFS pointer, not the file itself; run `git lfs pull` in its folder")
            data = data.decode("utf-8-sig")
        if sum(map(data.count, ",[{")) > MAX_VALUES:
            raise Unreadable(f"holds more than {MAX_VALUES:,} values")
        value = json.loads(data, parse_constant=constant, parse_int=whole_number, parse_float=number)
    except json.JSONDecodeError as error:
        raise Unreadable(f"is not valid JSON ({error.msg}, line {error.lineno})") from error
    except UnicodeDecodeError as error:
        raise Unreadable(f"is not valid JSON (no UTF-8 at byte {error.start:,})") from error
    except RecursionError as error:
        raise Unreadable(_TOO_DEEP) from error
    _walk(value)
    return value


@dataclass(frozen=True)
class _Odd:
    """A number that is refused as soon as it is known where it stands."""

    words: str


_TOO_DEEP = f"is JSON nested too deep (over {MAX_DEPTH} levels)"


def _walk(value: Any) -> None:
    """Refuse odd numbers and deep nesting."""
    level: list[tuple[str, Any]] = [("", [value])]
    for _ in range(MAX_DEPTH + 1):
        inner: list[tuple[str, Any]] = []
        for key, outer in level:
            inner += outer.items() if isinstance(outer, dict) else [(key, each) for each in outer]
        odd = next(((key, each) for key, each in inner if isinstance(each, _Odd)), None)
        if odd is not None:
            raise Unreadable(f'has "{short(odd[0])}": {odd[1].words}')
        level = [(key, each) for key, each in inner if isinstance(each, dict | list)]
        if not level:
            return
    raise Unreadable(_TOO_DEEP)


def read_text(path: str | os.PathLike[str], most: int) -> str:
    """The text of a UTF-8 file of at most ``most`` bytes; what is no UTF-8 becomes U+FFFD. Raises Unreadable."""
    return read_bytes(path, most).decode("utf-8-sig", "replace")


def read_bytes(path: str | os.PathLike[str], most: int) -> bytes:
    """A regular file of at most ``most`` bytes. Raises Unreadable, ``Missing`` where it is not there."""
    data = read_head(path, most + 1)
    if len(data) > most:
        raise Unreadable(f"is too large (over {_size(most)})")
    return data


def read_head(path: str | os.PathLike[str], most: int) -> bytes:
    """At most ``most`` first bytes of a regular file.

    Links are followed, because the hub's cache is made of them; what they lead to must be a regular file.

    Raises:
        Unreadable: if it is missing (``Missing``), a pipe, device or folder, or not readable.
    """
    if "\0" in os.fsdecode(path):  # no file is called so, and the system calls would raise another error
        raise Missing("is missing")
    try:
        # asked before opening, since opening a device may do something, and without waiting, since a pipe would
        _check_regular(os.stat(path))
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            _check_regular(status)
            # never past the size: the kernel's own files call themselves regular and empty, and reading them may act
            return (file.read(min(most, status.st_size)) if status.st_size else b"") or b""
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ELOOP, errno.ENOTDIR):
            raise Missing("is a link that leads nowhere" if os.path.lexists(path) else "is missing") from error
        raise Unreadable(f"cannot be read ({error.strerror}; check its rights)") from error


def _check_regular(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = "folder" if stat.S_ISDIR(status.st_mode) else "pipe or device"
        raise Unreadable(f"is a {kind}, not a file")


def _size(count: int) -> str:
    unit = next((shift for shift in (30, 20, 10) if count >= 1 << shift), 0)
    return f"{count >> unit} { {30: 'GiB', 20: 'MiB', 10: 'KiB', 0: 'bytes'}[unit] }"


# -- what a value may be


@dataclass(frozen=True)
class Kind:
    """``fits``: whether a value is of it, never raising; ``words``: what is expected, for a message."""

    fits: Callable[[Any], bool]
    words: str


def whole(low: int, high: int) -> Kind:
    """An int, and no bool."""
    return Kind(lambda value: type(value) is int and low <= value <= high, f"a whole number in {low}..{high}")


def number(low: float, high: float) -> Kind:
    """An int or a float, never NaN or infinite, whatever the ends."""
    inf = float("inf")
    span = f" in {low:g}..{high:g}" if high < inf else f" of at least {low:g}" if low > -inf else ""
    return Kind(
        lambda value: type(value) in (int, float) and -inf < value < inf and low <= value <= high, f"a number{span}"
    )


def text(most: int, least: int = 0) -> Kind:
    """A text of ``least`` to ``most`` characters."""
    return Kind(lambda value: isinstance(value, str) and least <= len(value) <= most, f"{least}..{most} letters")


def among(*words: str) -> Kind:
    """One of these texts."""
    return Kind(lambda value: isinstance(value, str) and value in words, f"one of {', '.join(words)}")


def optional(kind: Kind) -> Kind:
    """The kind, or null."""
    return Kind(lambda value: value is None or kind.fits(value), f"{kind.words}, or null")


def several(kind: Kind, least: int = 0, most: int = MAX_VALUES) -> Kind:
    """A list of ``least`` to ``most`` values of the kind."""
    count = "" if (least, most) == (0, MAX_VALUES) else f"{least}" if least == most else f"{least}..{most}"
    return Kind(
        lambda value: isinstance(value, list) and least <= len(value) <= most and all(map(kind.fits, value)),
        f"a list of {kind.words}"
        if (least, most) == (0, MAX_VALUES)
        else f"a list of {count} values, each {kind.words}",
    )


def mapping(kind: Kind) -> Kind:
    """An object, each value of the kind."""
    return Kind(lambda value: isinstance(value, dict) and all(map(kind.fits, value.values())), f"names of {kind.words}")


ANYTHING = Kind(lambda _: True, "a value")
FLAG = Kind(lambda value: isinstance(value, bool), "true or false")
OBJECT = Kind(lambda value: isinstance(value, dict), "an object")


def take(value: Mapping[str, Any], key: str, kind: Kind, default: Any = _ABSENT) -> Any:
    """``value[key]``, which is of the kind; without the key the default.

    Raises:
        Unreadable: naming key, value and what is expected.
    """
    if key not in value:
        if default is _ABSENT:
            raise Unreadable(f'lacks "{key}"')
        return default
    if not kind.fits(value[key]):
        raise Unreadable(f'has "{key}": {short(value[key])}, expected {kind.words}')
    return value[key]


# -- words


def short(value: Any, length: int = 60) -> str:
    """A value out of a file as a message can hold it: printable, of at most ``length`` characters."""
    if isinstance(value, str):
        words = value[: length + 1]
    else:
        try:
            words = reprlib.repr(value)
        except Exception:  # a number of more digits than Python writes, an object whose text raises
            words = f"a {type(value).__name__}"
    words = "".join(c if c.isprintable() else "\ufffd" for c in words)
    return words if len(words) <= length else words[: length - 3] + "..."


def json_text(value: Any, indent: int | None = None) -> str:
    """The value as JSON that can be written as UTF-8: names of files may hold what only an escape can stand for."""
    words = json.dumps(value, indent=indent, ensure_ascii=False)
    try:
        words.encode()
    except UnicodeEncodeError:
        words = json.dumps(value, indent=indent, ensure_ascii=True)
    return words
