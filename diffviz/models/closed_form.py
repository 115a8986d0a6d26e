"""ClosedForm: what stands where a UNet2DModel would: a set of pictures, a cloud of points, a function."""

from __future__ import annotations

from typing import Any

import torch


class ClosedForm(torch.nn.Module):
    """Stands where a UNet2DModel would: without weights that were learnt, so small that nothing is to be spared, or a
    person's own.

    Args:
        channels: of a sample. embedding: how the network is told the level. labels: how many it knows, or None.
        more: what else its config holds.
    """

    def __init__(self, channels: int, embedding: str, labels: int | None, **more: Any) -> None:
        super().__init__()
        self.config: dict[str, Any] = {
            **more,
            "in_channels": channels,
            "out_channels": channels,
            "time_embedding_type": embedding,
            "num_class_embeds": labels,
        }

    @property
    def device(self) -> torch.device:
        return next(self.parameters()).device

    @property
    def dtype(self) -> torch.dtype:
        return next(self.parameters()).dtype
