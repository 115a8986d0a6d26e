"""Between torch's tensors and what a kind of data makes of numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from diffviz.kinds import Kind


def x_0_of(kind: Kind, datum: Any, shape: Sequence[int] | None = None) -> Tensor:
    """A datum as the one sample that is noised, float32 (1, *S); see ``Kind.x_0``."""
    return torch.from_numpy(kind.x_0(datum, shape)).unsqueeze(0)


def raster(kind: Kind, x: Tensor, value_range: float = 1.0, size: tuple[int, int] | None = None) -> np.ndarray:
    """Float (N, *S) as pictures, uint8 (N, H, W, 3); see ``Kind.raster``."""
    return kind.raster(x.detach().to("cpu", torch.float32).numpy(), value_range, size)
