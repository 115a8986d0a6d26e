"""What Pillow does not tell of a PNG: the few small chunks before its pixels that say how to read them."""

from __future__ import annotations

import io
import struct
from typing import BinaryIO

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_MOST_CHUNKS = 1000


def small_chunks(file: BinaryIO) -> dict[bytes, bytes]:
    """``sBIT`` and ``cICP`` where the file has them, by name."""
    found = {}
    for kind, start, length in _chunks(file):
        if kind in (b"sBIT", b"cICP") and length <= 4:
            file.seek(start + 8)
            found[kind] = file.read(length)
    return found


def without_profile(file: BinaryIO) -> BinaryIO | None:
    """The file without its colour profile, in memory; None where it has none or is no PNG."""
    where = next(((start, length) for kind, start, length in _chunks(file) if kind == b"iCCP"), None)
    if where is None:
        return None
    start, length = where
    file.seek(0)
    before = file.read(start)
    file.seek(start + length + 12)
    return io.BytesIO(before + file.read())


def _chunks(file: BinaryIO) -> list[tuple[bytes, int, int]]:
    """(name, where it starts, length of its data) of the chunks before the pixels."""
    file.seek(0)
    if file.read(8) != SIGNATURE:
        return []
    found: list[tuple[bytes, int, int]] = []
    start = 8
    while len(found) < _MOST_CHUNKS:
        file.seek(start)
        head = file.read(8)
        if len(head) < 8 or head[4:] in (b"IDAT", b"IEND"):
            break
        length = struct.unpack(">I", head[:4])[0]
        found.append((head[4:], start, length))
        start += length + 12
    return found
