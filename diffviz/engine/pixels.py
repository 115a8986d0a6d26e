"""Between tensors in [-1, 1] and pictures in uint8."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from diffviz.images.pixels import shown


def from_uint8(picture: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
    """uint8 (H, W, 3) to float32 (1, 3, H, W), channels_last, in [-1, 1]: v / 127.5 - 1."""
    tensor = torch.from_numpy(np.ascontiguousarray(picture)).to(device)
    return (tensor.to(torch.float32) / 127.5 - 1.0).permute(2, 0, 1).unsqueeze(0)


def in_channels(x: Tensor, channels: int) -> Tensor:
    """An RGB picture (B, 3, H, W) as a model of ``channels`` channels takes it: for 1 its luma (ITU-R BT.601).

    Raises:
        ValueError: for a model whose samples are no pictures.
    """
    if channels == 3:
        return x
    if channels != 1:
        raise ValueError(f"The model's samples have {channels} channels, a picture has 3; choose a model of pictures.")
    weights = torch.tensor([0.299, 0.587, 0.114], dtype=x.dtype, device=x.device)
    return (x * weights.view(1, 3, 1, 1)).sum(dim=1, keepdim=True)


def to_uint8(x: Tensor, value_range: float = 1.0) -> np.ndarray:
    """Float (B, C, H, W) to uint8 (B, H, W, 3), as ``images.pixels.shown`` does it."""
    return shown(x.detach().to("cpu", torch.float32).numpy(), value_range)
