"""Where randomness comes from: always a CPU generator, so that seed 7 looks alike on every machine."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from diffviz.scene import sample_seed


def held_noise(seed: int, shape: Sequence[int]) -> Tensor:
    """The ε of a seed: unit Gaussian float32 (1, *S), a function of (seed, shape) alone.

    For the shape of a model's sample it is the x_T that the chain of the same seed starts from. What has
    rows and columns lies in memory as pictures do (channels_last): x_t becomes one without being turned around.
    """
    eps = torch.randn((1, *shape), generator=torch.Generator().manual_seed(seed))
    return eps.contiguous(memory_format=torch.channels_last) if eps.ndim == 4 else eps


class ChainNoise:
    """The noise of a chain of ``count`` samples: sample k draws from its own generator, seeded seed + k.

    First ``start`` is drawn, then one draw per noisy step, so that the number of samples changes no sample.

    Args:
        columns: the same noises again after so many samples, in the rows of a grid; None is ``count``: all differ.
    """

    def __init__(self, seed: int, count: int, columns: int | None = None) -> None:
        self._count = count
        seeds = [sample_seed(seed, k) for k in range(min(count, columns or count))]
        self._generators = [torch.Generator().manual_seed(each) for each in seeds]
        self.draws = 0  # noisy steps so far

    def start(self, shape: Sequence[int]) -> Tensor:
        """float32 (count, *S) on the CPU."""
        return self._drawn(shape)

    def skip(self, shape: Sequence[int], draws: int) -> None:
        """Be where a chain stands after its start and so many noisy steps."""
        for _ in range(1 + draws):
            self._drawn(shape)
        self.draws = draws

    def randn_like(self, x: Tensor) -> Tensor:
        """Noise of x's shape, dtype and device."""
        self.draws += 1
        noise = self._drawn(x.shape[1:]).to(x.dtype)
        if x.device.type == "cuda":  # pinned, so that nobody waits for the copy
            return noise.pin_memory().to(x.device, non_blocking=True)
        return noise.to(x.device)

    def _drawn(self, shape: Sequence[int]) -> Tensor:
        row = torch.cat([torch.randn((1, *shape), generator=generator) for generator in self._generators])
        rows = -(-self._count // len(self._generators))
        return row if rows == 1 else row.repeat(rows, *(1 for _ in shape))[: self._count]
