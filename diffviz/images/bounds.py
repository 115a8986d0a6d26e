"""How large a picture may be, judged by its header, before memory is spent on it."""

from __future__ import annotations

import struct
from typing import BinaryIO

from PIL import Image

from diffviz.images.errors import PictureError
from diffviz.images.png import SIGNATURE

MAX_PIXELS = 128 * 2**20
MAX_LENGTH = 2**16  # of a side: Pillow keeps a pointer and more for each row
MAX_DECODED_BYTES = 768 * 2**20  # while decoding, copies and the decoder's own buffers included

# Bytes a pixel while decoding; Pillow keeps 4 of a colour. Other decoders hold the whole picture several times over.
_BYTES = {"WEBP": 16, "AVIF": 16, "HEIF": 16, "TIFF": 8}


def check_size(image: Image.Image, name: str) -> None:
    """Raise PictureError if the picture that was opened, but not decoded, is too long or too large."""
    spent = _BYTES.get(str(image.format), 5)  # one more: palettes become colours, deep grey becomes 8 bits
    if image.has_transparency_data or image.info.get("progressive"):  # premultiplied for scaling; kept coefficients
        spent = max(
            spent, 12 if "transparency" in image.info else 8
        )  # a colour that is transparent becomes alpha first
    _check(image.size, MAX_DECODED_BYTES // spent, name)


def check_icons(file: BinaryIO, name: str) -> None:
    """Raise PictureError if a picture inside an ICO file is too large: its directory tells of 256 pixels at most."""
    file.seek(0)
    _, kind, count = struct.unpack("<HHH", file.read(6).ljust(6, b"\xff"))
    if kind != 1:
        return
    entries = [file.read(16) for _ in range(min(count, 1024))]
    for entry in entries:
        if len(entry) < 16:
            return
        file.seek(struct.unpack("<I", entry[12:])[0])
        head = file.read(24)
        if len(head) == 24 and head.startswith(SIGNATURE):
            _check(struct.unpack(">II", head[16:]), MAX_DECODED_BYTES // 8, name)
        elif len(head) == 24:
            width, height = struct.unpack("<ii", head[4:12])
            _check((abs(width), abs(height)), MAX_DECODED_BYTES // 8, name)


def _check(size: tuple[int, int], most: int, name: str) -> None:
    width, height = size
    if width * height > min(most, MAX_PIXELS):
        raise PictureError(too_large(name, size_text(size), min(most, MAX_PIXELS)))
    if max(size) > MAX_LENGTH:
        what = f"is {size_text(size)}, longer than {MAX_LENGTH:,} pixels"
        raise PictureError(f"{name}: {what}; save it smaller and open that.")


def too_large(name: str, what: str, most: int = MAX_PIXELS) -> str:
    """The sentence about a picture of too many pixels."""
    return f"{name}: {what} has more than {most / 1e6:.0f} million pixels; save it smaller and open that."


def size_text(size: tuple[int, int]) -> str:
    """Width x height; a comma from five digits on."""
    return "x".join(f"{side:,}" if side >= 10_000 else str(side) for side in size)
