"""Between tensors in [-1, 1] and pictures in uint8."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

# Numbers that are scaled at a time: 1 MiB stays in a core's own cache, and Python's lock is asked for rarely
_PIECE = 1 << 18


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
    """Float (B, C, H, W) to a new contiguous uint8 (B, H, W, 3): clamped to [-value_range, value_range], rounded.

    One channel is shown as grey; of more than three the first three are shown. Cheapest for channels_last tensors.
    """
    pixels = x.detach().to("cpu", torch.float32)[:, :3].permute(0, 2, 3, 1)
    if pixels.shape[-1] < 3:
        pixels = pixels[..., :1].expand(*pixels.shape[:-1], 3)
    values = pixels.reshape(-1)
    shown = torch.empty(len(values), dtype=torch.uint8)
    scratch = torch.empty(min(len(values), _PIECE))
    for i in range(0, len(values), _PIECE):
        piece = values[i : i + _PIECE]
        scaled = torch.mul(piece, 127.5 / value_range, out=scratch[: len(piece)])
        shown[i : i + _PIECE] = scaled.add_(127.5).round_().clamp_(0, 255)
    return shown.view(pixels.shape).numpy()
