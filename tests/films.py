"""Films decoded again."""

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
