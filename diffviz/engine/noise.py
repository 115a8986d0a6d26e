"""Where randomness comes from: always a CPU generator, so that seed 7 looks alike on every machine."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor

from diffviz.diffusion import NoiseSchedule
from diffviz.diffusion.trajectory import Trajectory
from diffviz.engine import threads
from diffviz.models.cores import cores
from diffviz.scene import sample_seed

MANY = 2**18  # numbers of a noise that are worth a thread of their own
GATHERED = 4  # which of a level's fresh noises a trajectory is made of; those before are shown by the second row


def held_noise(seed: int, shape: Sequence[int]) -> Tensor:
    """The ε of a seed: unit Gaussian float32 (1, *S), a function of (seed, shape) alone.

    For the shape of a model's sample it is the x_T that the chain of the same seed starts from. What has
    rows and columns lies in memory as pictures do (channels_last): x_t becomes one without being turned around.
    """
    eps = torch.randn((1, *shape), generator=torch.Generator().manual_seed(seed))
    return eps.contiguous(memory_format=torch.channels_last) if eps.ndim == 4 else eps


def fresh_noise(seed: int, t: int, shape: Sequence[int], k: int = 0) -> Tensor:
    """Fresh noise of level t, yet a function of (seed, t, k) and the shape: going back shows the same again."""
    return held_noise((seed + 1) * 100_003 + t + 20_011 * k, shape)


class ForwardNoise:
    """ε of "Add noise": the held one of a seed, or what a chain of fresh noises, of the schedule ``fresh``, has
    gathered by t.

    The chain ends in the held ε: ε_T is the same either way.
    """

    def __init__(self, seed: int, shape: Sequence[int], fresh: NoiseSchedule | None = None) -> None:
        self._held = held_noise(seed, shape)

        def noise(t: int) -> Tensor:
            return self._held if fresh is None or t == fresh.T else fresh_noise(seed, t, shape, GATHERED)

        draw = _at_once if math.prod(shape) >= MANY else map
        self._gathered = None if fresh is None else Trajectory(fresh, noise, draw=draw)

    def eps(self, t: int) -> Tensor:
        """float32 (1, *S) of level t; at t = 0, where nothing is gathered yet, what the first step will add."""
        return self._held if self._gathered is None else self._gathered.eps(max(t, 1))


def _at_once(noise: Callable[[int], Tensor], levels: Sequence[int]) -> Iterable[Tensor]:
    """As map, on all cores: no part waits for another, and torch draws on one thread."""
    if len(levels) < 2:
        return map(noise, levels)
    with ThreadPoolExecutor(min(len(levels), cores()), "diffviz-noise", threads.for_slider) as pool:
        return list(pool.map(noise, levels))


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
