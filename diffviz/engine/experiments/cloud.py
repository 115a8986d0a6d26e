"""What the experiments on points share: their atoms, and a few points to walk with."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion import NoiseSchedule
from diffviz.engine.experiments.workbench import Workbench
from diffviz.engine.noise import ChainNoise
from diffviz.engine.tensors import raster
from diffviz.kinds import POINTS
from diffviz.models.cloud import CloudNetwork

POINTS_SHOWN = 1000  # of a cloud that is drawn
OF_POINTS = "This experiment is of points: open some out of Samples, or choose their exact model."


def atoms_of(bench: Workbench) -> Tensor:
    """The points that the model is exact of, or those that are open, float32 (m, D).

    Raises:
        ValueError: one sentence, where there are none.
    """
    network, kind, opened = bench.model.network, bench.model.kind, bench.picture
    if isinstance(network, CloudNetwork):
        return network.atoms.detach()
    if not isinstance(kind, type(POINTS)) or opened is None or not kind.fits(opened.shape):
        raise ValueError(OF_POINTS)
    return torch.from_numpy(opened).to(bench.model.device)


def whose(bench: Workbench) -> str:
    """What those points are called."""
    return bench.model_name if isinstance(bench.model.network, CloudNetwork) else "the points that are open"


def some_x_T(bench: Workbench, count: int, dimensions: int) -> Tensor:
    """Noise of the scene's seed, float32 (1, count, D)."""
    return ChainNoise(bench.scene.seed, 1).start((count, dimensions)).to(bench.model.device)


def at_levels(
    atoms: Tensor, schedule: NoiseSchedule, levels: int, samples: int, seed: int
) -> Iterator[tuple[int, float, Tensor]]:
    """t, ᾱ and so many x_t of the points (samples, D), at levels spread evenly."""
    generator = torch.Generator().manual_seed(seed)
    for t in np.unique(np.linspace(1, schedule.T, levels).round()).astype(int).tolist():
        x_0 = atoms[torch.randint(len(atoms), (samples,), generator=generator).to(atoms.device)]
        alpha_bar = float(schedule.alpha_bar[t])
        eps = torch.randn(x_0.shape, generator=generator).to(x_0)
        yield t, alpha_bar, alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * eps


def drawn(bench: Workbench, x: Tensor) -> np.ndarray:
    """A cloud (n, D) as its picture, uint8 (H, W, 3)."""
    return raster(bench.model.kind, x[None, :POINTS_SHOWN].cpu())[0]


def nearest(x: Tensor, atoms: Tensor) -> float:
    """RMS over points (n, D) of the distance to the nearest of the atoms (m, D)."""
    gaps = torch.cdist(x, atoms, compute_mode="donot_use_mm_for_euclid_dist").amin(dim=1)
    return float(gaps.square().mean().sqrt())


def gap(a: Tensor, b: Tensor) -> float:
    """RMS over points (..., D) of the distance between two places each."""
    return float((a - b).square().sum(dim=-1).mean().sqrt())
