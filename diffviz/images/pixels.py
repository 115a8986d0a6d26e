"""What is done with pixels: made of numbers, written as PNG, resized, hashed."""

from __future__ import annotations

import hashlib
import io
import os

import numpy as np
from PIL import Image

from diffviz.files import display_name, write_bytes
from diffviz.images.errors import PictureError

# Numbers that are scaled at a time: 1 MiB stays in a core's own cache, and Python's lock is asked for rarely
_PIECE = 1 << 18


def shown(values: np.ndarray, value_range: float = 1.0) -> np.ndarray:
    """float32 (B, C, H, W) as a new contiguous uint8 (B, H, W, 3): clamped to [-value_range, value_range], rounded.

    One channel is shown as grey; of more than three the first three are shown. Cheapest for what is channels_last in
    memory.
    """
    values = values[:, : 3 if values.shape[1] >= 3 else 1]
    count, channels, height, width = values.shape
    interleaved = channels == 3 and values.transpose(0, 2, 3, 1).flags.c_contiguous
    flat = (values.transpose(0, 2, 3, 1) if interleaved else values).reshape(-1)
    pixels = np.empty(flat.size, dtype=np.uint8)
    scratch = np.empty(min(flat.size, _PIECE), dtype=np.float32)
    for i in range(0, flat.size, _PIECE):
        piece = flat[i : i + _PIECE]
        scaled = np.multiply(piece, 127.5 / value_range, out=scratch[: piece.size])
        scaled += 127.5
        pixels[i : i + _PIECE] = np.clip(np.rint(scaled, out=scaled), 0, 255, out=scaled)
    if interleaved:
        return pixels.reshape(count, height, width, 3)
    planes, pixels = pixels.reshape(values.shape), np.empty((count, height, width, 3), dtype=np.uint8)
    for c in range(3):  # bytes are moved faster than floats, and a plane at once faster than three neighbours
        pixels[..., c] = planes[:, c % channels]
    return pixels


def save_png(path: str | os.PathLike[str], array: np.ndarray) -> None:
    """Write uint8 (H, W, 3) as PNG; the file appears whole or not at all.

    Raises:
        PictureError: if the file cannot be written.
    """
    try:
        write_bytes(path, png_bytes(array))
    except OSError as error:
        name = display_name(path)
        raise PictureError(f"{name}: cannot be written ({error.strerror}); choose another name or folder.") from error


def png_bytes(array: np.ndarray) -> bytes:
    """uint8 (H, W, 3) as the bytes of a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(array)).save(buffer, format="PNG")
    return buffer.getvalue()


def resized(array: np.ndarray, longer_side: int) -> np.ndarray:
    """A new uint8 (H, W, 3) whose longer side is ``longer_side`` pixels, by Lanczos; the aspect is kept."""
    image = Image.fromarray(np.ascontiguousarray(array))
    return np.array(image.resize(fitted(image.size, longer_side), Image.Resampling.LANCZOS))


def fitted(size: tuple[int, int], longer_side: int) -> tuple[int, int]:
    """(width, height) with that longer side; the aspect is kept as far as whole pixels allow."""
    scale = longer_side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def picture_hash(array: np.ndarray) -> str:
    """SHA-256 of shape and pixels, in hexadecimal: equal pictures have equal hashes, whatever file they came from."""
    shape = "x".join(str(side) for side in array.shape)
    return hashlib.sha256(f"{shape}:".encode() + np.ascontiguousarray(array).tobytes()).hexdigest()
