"""The grid of samples that shows how far a training is: one fixed seed a cell, one class a column."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import torch

from diffviz.bands import GAP
from diffviz.diffusion import SAMPLERS, network_denoiser
from diffviz.diffusion.denoiser import Network
from diffviz.kinds import KINDS
from diffviz.kinds.tiles import Grid, tile
from diffviz.train.layout import Layout, layout

if TYPE_CHECKING:
    from diffviz.train.trainer import Trainer

STEPS = 50
ENOUGH_STEPS = 20  # from which on a grid shows how far a training is
MIN_STEPS = 10


def draw_grid(trainer: Trainer, steps: int, stop: Callable[[], bool]) -> np.ndarray | None:
    """Samples of the averaged network as one picture, uint8 (H, W, 3); None if ``stop`` says so before it is finished.

    DDIM with η = 0, so that a cell is a function of its seed and the network. Cell k starts from the noise of seed k.
    """
    recipe = trainer.recipe
    shape = layout(len(trainer.pictures.class_names))
    device = trainer.accelerator.device
    noise = [torch.randn(*recipe.sample_shape, generator=torch.Generator().manual_seed(k)) for k in range(shape.cells)]
    labels = None if shape.labels is None else torch.tensor(shape.labels).repeat(shape.rows)
    if trainer.pictures.captions is not None:  # of pictures that are spread evenly
        spread = np.linspace(0, len(trainer.pictures) - 1, shape.cells).astype(int)
        labels = torch.from_numpy(trainer.pictures.captions.numbers[spread])
    denoiser = network_denoiser(
        runner(trainer.average), trainer.schedule, prediction=trainer.recipe.prediction, class_labels=labels
    )
    x = torch.stack(noise).to(device)
    steps = min(steps, trainer.recipe.T)
    for step in SAMPLERS["ddim"](denoiser, x, trainer.schedule, steps=steps):
        x = step.x_s
        if stop():
            return None
    side = 2 * recipe.size  # of what has no pixels of its own
    return _tiled(KINDS[recipe.kind].raster(x.float().cpu().numpy(), size=(side, side)), shape)


def runner(network: torch.nn.Module) -> Network:
    """The network as ``network_denoiser`` calls it."""

    def run(x: torch.Tensor, timestep: torch.Tensor, labels: torch.Tensor | None) -> torch.Tensor:
        return network(x.contiguous(memory_format=torch.channels_last), timestep, labels, return_dict=False)[0]

    return run


def _tiled(pictures: np.ndarray, shape: Layout) -> np.ndarray:
    """In the layout's rows, on white: it shows between them and around them all."""
    apart = np.pad(pictures, ((0, 0), (GAP, 0), (GAP, 0), (0, 0)), constant_values=255)
    whole = tile(apart, Grid(shape.rows, shape.columns))
    return np.pad(whole, ((0, GAP), (0, GAP), (0, 0)), constant_values=255)
