"""The loss on pictures that were held out: the same pictures, levels and noise each time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

from diffviz.diffusion import add_noise
from diffviz.train.objective import losses, target
from diffviz.train.pictures import as_noised

if TYPE_CHECKING:
    from diffviz.train.trainer import Trainer

MAX_PICTURES = 128


def measured(held_out: np.ndarray) -> np.ndarray:
    """Indices of at most 128 of those held out, bool (N,): of every class alike, since they are sorted by class."""
    found = held_out.nonzero()[0]
    return found[np.linspace(0, max(0, len(found) - 1), min(len(found), MAX_PICTURES)).round().astype(int)]


@torch.no_grad()
def held_out_loss(trainer: Trainer) -> float | None:
    """Mean loss of the averaged network, or None where nothing was held out.

    Levels are spread evenly over 1..T, one for each picture, at most 128 of which are used.
    """
    chosen = measured(trainer.pictures.held_out)
    if not len(chosen):
        return None
    pictures, recipe, device = trainer.pictures, trainer.recipe, trainer.accelerator.device
    x_0 = as_noised(torch.from_numpy(pictures.pixels[chosen]).to(device))
    told = pictures.conditions(chosen)
    labels = None if told is None else torch.from_numpy(told).to(device)
    count = len(chosen)
    t = 1 + (torch.arange(count) * recipe.T) // count
    # neighbours in the folder must not always be neighbours in t
    t = t[torch.randperm(count, generator=torch.Generator().manual_seed(0))]
    eps = torch.randn(x_0.shape, generator=torch.Generator().manual_seed(0)).to(device)
    x_t = add_noise(x_0, t, eps, trainer.schedule).contiguous(memory_format=torch.channels_last)
    output = trainer.average(x_t, (t - 1).to(device), labels, return_dict=False)[0]
    return float(losses(output, target(x_0, eps, t, trainer.schedule, recipe.prediction)).mean())
