"""PNG files made by hand: what Pillow does not write."""

from __future__ import annotations

import struct
import zlib

import numpy as np

COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # by channels
SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def head(width: int, height: int, depth: int, colour_type: int) -> bytes:
    return SIGNATURE + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0))


def png(values: np.ndarray, *chunks: tuple[bytes, bytes]) -> bytes:
    """uint8 or uint16 (H, W) or (H, W, C) as a PNG of that depth, with these chunks before the pixels."""
    values = values if values.ndim == 3 else values[..., None]
    depth = 8 * values.dtype.itemsize
    lines = b"".join(b"\0" + line.astype(f">u{depth // 8}").tobytes() for line in values)
    body = b"".join(chunk(kind, data) for kind, data in (*chunks, (b"IDAT", zlib.compress(lines)), (b"IEND", b"")))
    return head(values.shape[1], values.shape[0], depth, COLOUR_TYPES[values.shape[2]]) + body


def embedded(profile: bytes) -> tuple[bytes, bytes]:
    """The chunk of a colour profile."""
    return b"iCCP", b"profile\0\0" + zlib.compress(profile)
