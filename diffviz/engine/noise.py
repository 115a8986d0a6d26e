"""Where randomness comes from: always a CPU generator, so that seed 7 looks alike on every machine."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor


def held_noise(seed: int, shape: Sequence[int]) -> Tensor:
    """The ε of a seed: unit Gaussian float32 (1, C, H, W), a function of (seed, shape) alone.

    For the shape of a model's sample it is the x_T that the chain of the same seed starts from. It lies in memory as
    pictures do (channels_last), so that x_t becomes one without being turned around.
    """
    eps = torch.randn((1, *shape), generator=torch.Generator().manual_seed(seed))
    return eps.contiguous(memory_format=torch.channels_last)


class ChainNoise:
    """The noise of a chain of ``count`` samples: sample k draws from its own generator, seeded seed + k.

    First ``start`` is drawn, then one draw per noisy step, so that the number of samples changes no sample.
    """

    def __init__(self, seed: int, count: int) -> None:
        self._generators = [torch.Generator().manual_seed(seed + k) for k in range(count)]

    def start(self, shape: Sequence[int]) -> Tensor:
        """float32 (count, C, H, W) on the CPU."""
        return torch.cat([torch.randn((1, *shape), generator=generator) for generator in self._generators])

    def randn_like(self, x: Tensor) -> Tensor:
        """Noise of x's shape, dtype and device."""
        drawn = [torch.randn((1, *x.shape[1:]), generator=generator) for generator in self._generators]
        return torch.cat(drawn).to(device=x.device, dtype=x.dtype)
