"""What is drawn at random: a function of (seed, step) alone, so that resuming needs no generator's state.

Every process draws the whole batch and takes its share: two processes train what one would.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from diffviz.train.captions import said
from diffviz.train.pictures import Pictures, as_noised
from diffviz.train.recipe import Recipe

_PICTURES, _ORDER = 1, 2  # streams of one seed
_MAX_ON_DEVICE = 2**31  # bytes; more pictures than that stay in main memory


@dataclass(frozen=True)
class Batch:
    """What a step is computed from.

    x_0: float32 (B, *S), of pictures (B, 3, S, S) in [-1, 1]; eps: like x_0; labels: int64 (B,), of captions
    (B, 12, 6), or None; t: int64 (B,) in 1..T, on the CPU.
    """

    x_0: Tensor
    labels: Tensor | None
    t: Tensor
    eps: Tensor


class Draw:
    """Batches of a training, by step.

    Pictures come in shuffled rounds: each is drawn once before any is drawn again.

    Args:
        rank, world: which share of a batch this process takes.
    """

    def __init__(self, pictures: Pictures, recipe: Recipe, device: torch.device, rank: int = 0, world: int = 1) -> None:
        self._recipe = recipe
        self._device = device
        self._rank, self._world = rank, world
        chosen = pictures.trained
        pixels = torch.from_numpy(pictures.pixels[chosen])
        self._pixels = pixels.to(device) if pixels.nbytes <= _MAX_ON_DEVICE else pixels
        self._labels = torch.from_numpy(pictures.labels[chosen]) if pictures.class_names else None
        self._null = len(pictures.class_names)
        self._captions = torch.from_numpy(pictures.captions.numbers[chosen]) if pictures.captions else None
        self._rounds: dict[int, np.ndarray] = {}
        # its own generator where the pictures are: a GPU draws its noise itself
        self._noise = torch.Generator(device)
        self._choices = torch.Generator()

    def batch(self, step: int) -> Batch:
        """This process's share of the batch of ``step``, which counts from 0."""
        recipe, size = self._recipe, self._recipe.batch
        seed = stream_seed(recipe.seed, _PICTURES, step)
        choices = self._choices.manual_seed(seed)
        t = torch.randint(1, recipe.T + 1, (size,), generator=choices)
        flipped = torch.rand(size, generator=choices) < 0.5
        dropped = torch.rand(size, generator=choices) < recipe.drop_class
        if recipe.focus:
            focused = torch.randint(recipe.focus[0], recipe.focus[1] + 1, (size,), generator=choices)
            t = torch.where(torch.rand(size, generator=choices) < 0.5, focused, t)
        eps = torch.randn((size, *self._pixels.shape[1:]), generator=self._noise.manual_seed(seed), device=self._device)
        share = slice(self._rank * size // self._world, (self._rank + 1) * size // self._world)
        whole = self._indices(step)
        index = torch.from_numpy(whole[share])
        x_0 = as_noised(self._pixels[index.to(self._pixels.device)].to(self._device))
        if recipe.flip:
            x_0 = torch.where(flipped[share].to(self._device)[:, None, None, None], x_0.flip(3), x_0)
        labels = None
        if self._labels is not None:
            labels = torch.where(dropped[share], self._null, self._labels[index]).to(self._device)
        elif self._captions is not None:
            # drawn for the whole batch, so that two processes tell what one would
            told = said(self._captions[torch.from_numpy(whole)], recipe.drop_class, choices)
            labels = told[share].to(self._device)
        return Batch(x_0, labels, t[share], eps[share])

    def _indices(self, step: int) -> np.ndarray:
        """int64 (batch,) of the whole batch."""
        count, size = len(self._pixels), self._recipe.batch
        places = np.arange(step * size, (step + 1) * size)
        picked = np.empty(size, dtype=np.int64)
        for number in np.unique(places // count):
            here = places // count == number
            picked[here] = self._round(int(number))[places[here] % count]
        return picked

    def _round(self, number: int) -> np.ndarray:
        if number not in self._rounds:
            self._rounds = {k: order for k, order in self._rounds.items() if k == number - 1}
            seed = stream_seed(self._recipe.seed, _ORDER, number)
            self._rounds[number] = np.random.default_rng(seed).permutation(len(self._pixels))
        return self._rounds[number]


def stream_seed(*words: int) -> int:
    """63 bits for a generator, well mixed: neighbouring steps and seeds get unrelated noise."""
    return int(np.random.SeedSequence(words).generate_state(1, np.uint64)[0] >> 1)
