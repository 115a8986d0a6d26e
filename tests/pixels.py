"""Pictures as the engine's tensors, and back."""

from __future__ import annotations

import numpy as np
from torch import Tensor

from diffviz.engine.tensors import raster, x_0_of
from diffviz.kinds import PICTURE


def from_uint8(picture: np.ndarray) -> Tensor:
    """uint8 (H, W, 3) to float32 (1, 3, H, W)."""
    return x_0_of(PICTURE, picture)


def to_uint8(x: Tensor, value_range: float = 1.0) -> np.ndarray:
    """Float (B, C, H, W) to uint8 (B, H, W, 3)."""
    return raster(PICTURE, x, value_range)
