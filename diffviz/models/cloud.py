"""A cloud of points as a network: the exact denoiser of its own points stands where a network would."""

from __future__ import annotations

import torch
from torch import Tensor

from diffviz.diffusion import Mixture, NoiseSchedule
from diffviz.kinds.points import Points
from diffviz.models.closed_form import ClosedForm

COUNT = 5000  # points of a sample, which a chain moves together
WORK = 2**25  # places times atoms of a step at most; of a larger cloud fewer points are drawn
LEAST = 500


class CloudNetwork(ClosedForm):
    """What a network would be that had learnt the points of a cloud and nothing else; it predicts x_0.

    Args:
        atoms: float32 (m, D), on the device to work on.
        labels: int64 (m,) or None. The label after the last is the null class: any point.
        count: points of a sample.
    """

    def __init__(self, atoms: Tensor, schedule: NoiseSchedule, labels: Tensor | None, count: int) -> None:
        classes = 0 if labels is None else int(labels.max()) + 1
        super().__init__(count, "exact", classes + 1 if classes else None)
        self._schedule, self.count, self._classes = schedule, count, classes
        self.mixture = Mixture(atoms, labels)
        self.atoms = torch.nn.Parameter(self.mixture.atoms, requires_grad=False)  # no copy

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
