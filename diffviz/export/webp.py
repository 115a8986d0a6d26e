"""Animated WebP, frame by frame: libwebp's own animation writer keeps the whole film in memory until the end.

The container is RIFF (https://developers.google.com/speed/webp/docs/riff_container): a VP8X header, ANIM, and one ANMF
chunk a frame, whose payload is the image chunk of a still WebP.
"""

from __future__ import annotations

import io
import struct
from pathlib import Path

import numpy as np
from PIL import Image

_HAS_ANIMATION = 0x02
_DO_NOT_BLEND = 0x02


class WebpWriter:
    """Writes ``path``; frames are whole pictures of ``height`` by ``width`` pixels and follow each other for ever."""

    def __init__(self, path: Path, height: int, width: int) -> None:
        self._size = _uint24(width - 1) + _uint24(height - 1)
        self._file = path.open("wb")
        self._file.write(b"RIFF\0\0\0\0WEBP")
        self._file.write(_chunk(b"VP8X", bytes([_HAS_ANIMATION, 0, 0, 0]) + self._size))
        self._file.write(_chunk(b"ANIM", struct.pack("<IH", 0xFFFFFFFF, 0)))

    def add(self, picture: np.ndarray, duration_ms: int) -> None:
        """Append uint8 (H, W, 3), shown for ``duration_ms``."""
        still = io.BytesIO()
        # lossless, for it is smaller too: blocks of noise cost 192 kB where quality 85 takes 365 kB and ruins them
        Image.fromarray(picture).save(still, format="WEBP", lossless=True, quality=50, method=2)
        header = _uint24(0) + _uint24(0) + self._size + _uint24(duration_ms) + bytes([_DO_NOT_BLEND])
        self._file.write(_chunk(b"ANMF", header + _image_chunk(still.getvalue())))

    def close(self) -> None:
        """Write the file's size into its head, which was not known before."""
        size = self._file.tell() - 8
        self._file.seek(4)
        self._file.write(struct.pack("<I", size))
        self._file.close()

    def abort(self) -> None:
        """Close the file as it is."""
        self._file.close()


def _uint24(value: int) -> bytes:
    return struct.pack("<I", min(value, 2**24 - 1))[:3]


def _chunk(name: bytes, payload: bytes) -> bytes:
    return name + struct.pack("<I", len(payload)) + payload + b"\0" * (len(payload) % 2)


def _image_chunk(still: bytes) -> bytes:
    """The VP8 or VP8L chunk of a still WebP, with its header and padding."""
    at = 12
    while at + 8 <= len(still):
        name, size = still[at : at + 4], struct.unpack("<I", still[at + 4 : at + 8])[0]
        end = at + 8 + size + size % 2
        if name in (b"VP8 ", b"VP8L"):
            return still[at:end]
        at = end
    raise ValueError("a still WebP without an image chunk")
