"""Between tensors in [-1, 1] and pictures in uint8."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor


def from_uint8(picture: np.ndarray, device: torch.device | str = "cpu") -> Tensor:
    """uint8 (H, W, 3) to float32 (1, 3, H, W) in [-1, 1]: v / 127.5 - 1."""
    tensor = torch.from_numpy(np.ascontiguousarray(picture)).to(device)
    return (tensor.to(torch.float32) / 127.5 - 1.0).permute(2, 0, 1).unsqueeze(0).contiguous()


def to_uint8(x: Tensor, value_range: float = 1.0) -> np.ndarray:
    """Float (B, C, H, W) to a new contiguous uint8 (B, H, W, 3): clamped to [-value_range, value_range], rounded.

    One channel is shown as grey; of more than three the first three are shown.
    """
    scaled = (x.detach().to(torch.float32) * (127.5 / value_range)).add_(127.5).round_().clamp_(0, 255)
    picture = scaled.to(torch.uint8)[:, :3].permute(0, 2, 3, 1)
    if picture.shape[-1] < 3:
        picture = picture[..., :1].expand(*picture.shape[:-1], 3)
    return np.ascontiguousarray(picture.cpu().numpy())
