"""What is done with pixels: written as PNG, measured, hashed."""

from __future__ import annotations

import hashlib
import io

import numpy as np
from PIL import Image


def png_bytes(array: np.ndarray) -> bytes:
    """uint8 (H, W, 3), or 4 with alpha, as the bytes of a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(array)).save(buffer, format="PNG")
    return buffer.getvalue()


def fitted(size: tuple[int, int], longer_side: int) -> tuple[int, int]:
    """(width, height) with that longer side; the aspect is kept as far as whole pixels allow."""
    scale = longer_side / max(size)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def picture_hash(array: np.ndarray) -> str:
    """SHA-256 of shape and pixels, in hexadecimal: equal pictures have equal hashes, whatever file they came from."""
    shape = "x".join(str(side) for side in array.shape)
    return hashlib.sha256(f"{shape}:".encode() + np.ascontiguousarray(array).tobytes()).hexdigest()
