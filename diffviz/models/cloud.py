"""A cloud of points as a network: the exact denoiser of its own points stands where a network would."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from diffviz.diffusion import Mixture, NoiseSchedule
from diffviz.kinds.points import Points

COUNT = 5000  # points of a sample, which a chain moves together
WORK = 2**25  # places times atoms of a step at most; of a larger cloud fewer points are drawn
LEAST = 500


class CloudNetwork(torch.nn.Module):
    """What a network would be that had learnt the points of a cloud and nothing else; it predicts x_0.

    Args:
        atoms: float32 (m, D), on the device to work on.
        labels: int64 (m,) or None. The label after the last is the null class: any point.
        count: points of a sample.
    """

    def __init__(self, atoms: Tensor, schedule: NoiseSchedule, labels: Tensor | None, count: int) -> None:
        super().__init__()
        self._schedule, self.count = schedule, count
        self._classes = 0 if labels is None else int(labels.max()) + 1
        self.mixture = Mixture(atoms, labels)
        self.atoms = torch.nn.Parameter(self.mixture.atoms, requires_grad=False)  # no copy
        self.config: dict[str, Any] = {
            "in_channels": count,
            "out_channels": count,
            "time_embedding_type": "exact",
            "num_class_embeds": self._classes + 1 if self._classes else None,
        }

    @property
    def device(self) -> torch.device:
        return self.atoms.device

    @property
    def dtype(self) -> torch.dtype:
        return self.atoms.dtype

    def forward(
        self, x: Tensor, timestep: Tensor, class_labels: Tensor | None = None, return_dict: bool = False
    ) -> tuple[Tensor]:
        """(x̂_0,) of x (B, n, D), all of one level."""
        labels: int | Tensor = -1
        if class_labels is not None:
            labels = torch.where(class_labels < self._classes, class_labels, -1).repeat_interleave(x.shape[1])
        alpha_bar = self._schedule.alpha_bar_at(float(timestep[0]) + 1)
        return (self.mixture.mean(x.reshape(-1, x.shape[-1]), alpha_bar, labels).view_as(x),)


def cloud_network(points: Points, schedule: NoiseSchedule, device: torch.device | str, count: int) -> CloudNetwork:
    """The network of a cloud; ``count``: points of a sample, 0 for COUNT, or fewer where the cloud is large."""
    labels = None if points.labels is None else torch.from_numpy(points.labels).to(device)
    size = count or max(LEAST, min(COUNT, WORK // len(points.array)))
    return CloudNetwork(torch.from_numpy(points.array).to(device), schedule, labels, size)
