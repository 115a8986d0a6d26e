"""Films decoded again, and pictures found in their frames."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
from PIL import Image


def frames(path: Path) -> list[np.ndarray]:
    """Every frame of a film in any format, uint8 (H, W, 3); of a folder its PNGs."""
    if path.is_dir():
        return [np.asarray(Image.open(file)) for file in sorted(path.glob("*.png"))]
    if path.suffix == ".webp":
        with Image.open(path) as image:
            return [np.asarray(image.seek(i) or image.convert("RGB")) for i in range(image.n_frames)]
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def find(canvas: np.ndarray, picture: np.ndarray, zoom: int) -> list[tuple[int, int]]:
    """Left and top of every place where the enlarged picture stands in the canvas, pixel for pixel."""
    block = picture.repeat(zoom, axis=0).repeat(zoom, axis=1)
    height, width = block.shape[:2]
    places = canvas[: canvas.shape[0] - height + 1, : canvas.shape[1] - width + 1]
    corners = np.argwhere((places == block[0, 0]).all(axis=-1))
    return [(x, y) for y, x in corners if np.array_equal(canvas[y : y + height, x : x + width], block)]
