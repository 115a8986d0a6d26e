"""A set of pictures as a network: the exact denoiser stands where a UNet would, and all else is as with weights."""

from __future__ import annotations

import torch
from torch import Tensor

from diffviz.diffusion import NoiseSchedule, exact_denoiser
from diffviz.models.closed_form import ClosedForm
from diffviz.models.pictures import PictureSet


class ExactNetwork(ClosedForm):
    """What a network would be that had learnt its training pictures and nothing else; it predicts x_0.

    Args:
        pictures: float32 (N, C, H, W) in [-1, 1], on the device to work on.
        schedule: the process.
        labels: int64 (N,); ``classes`` of them are known. The label after the last is the null class: any picture.
    """

    def __init__(self, pictures: Tensor, schedule: NoiseSchedule, labels: Tensor, classes: int) -> None:
        super().__init__(pictures.shape[1], "exact", classes + 1 if classes else None)
        self._classes = classes
        self._exact = exact_denoiser(pictures, schedule, labels if classes else None)
        # no copy: what a model keeps in memory is asked of its parameters
        self.offsets = torch.nn.Parameter(self._exact.offsets, requires_grad=False)
        self.mean = torch.nn.Parameter(self._exact.mean, requires_grad=False)

    def forward(
        self, x: Tensor, timestep: Tensor, class_labels: Tensor | None = None, return_dict: bool = False
    ) -> tuple[Tensor]:
        """(x̂_0,) of x (B, C, H, W), all of one level."""
        labels = None
        if class_labels is not None:
            labels = torch.where(class_labels < self._classes, class_labels, -1)
        return (self._exact.predict(x, float(timestep[0]) + 1, labels).x0_hat,)


def pictures_tensor(pictures: PictureSet, device: torch.device | str = "cpu") -> Tensor:
    """float32 (N, 3, S, S) in [-1, 1]: v / 127.5 - 1."""
    return torch.from_numpy(pictures.pixels).to(device).to(torch.float32) / 127.5 - 1.0


def exact_network(pictures: PictureSet, schedule: NoiseSchedule, device: torch.device | str = "cpu") -> ExactNetwork:
    """The network of a picture set, mirror images included where they count."""
    known = pictures.with_mirrored()
    labels = torch.from_numpy(known.labels).to(device)
    return ExactNetwork(pictures_tensor(known, device), schedule, labels, len(known.class_names))
