"""The reverse chain itself: what a step is, and the walk down the levels that every sampler shares."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from diffviz.diffusion.denoiser import Denoiser, Prediction

RandnLike = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class ReverseStep:
    """One step of a chain, from level t down to level s.

    Attributes:
        i, n: the step's number in 0..n-1, and how many there are.
        t, s: its levels; s is 0 at the last. Python ints on the schedule's own levels; floats between two of them,
            where a grid of σ or a list of levels says so.
        x_t, x_s: the variance-preserving states before and after, shape (B, *S).
        x0_hat, eps_hat: what the denoiser said at x_t, shape (B, *S).
        terms: the step's own formula, name and factor of each summand, true also under clipping; each sampler says
            which. "z" is the fresh noise, with its deviation.
    """

    i: int
    n: int
    t: float
    s: float
    x_t: Tensor
    x_s: Tensor
    x0_hat: Tensor
    eps_hat: Tensor
    terms: tuple[tuple[str, float], ...]


# (name, factor, tensor) of each summand
Summands = tuple[tuple[str, float, Tensor], ...]


@dataclass(frozen=True)
class Move:
    """What a step adds up, and the deviation of its fresh noise.

    ``sigma`` is a tensor of x_t's shape where the deviation differs from pixel to pixel.
    """

    summands: Summands
    sigma: float | Tensor = 0.0


# (x_t, t, s, the denoiser's prediction at x_t) -> what to add up
Rule = Callable[[Tensor, float, float, Prediction], Move]


@torch.no_grad()
def walk(
    rule: Rule, denoiser: Denoiser, x: Tensor, levels: Sequence[float], randn_like: RandnLike
) -> Iterator[ReverseStep]:
    """Walk down the levels and yield each step. The sampler's own function has checked the arguments."""
    n = len(levels) - 1
    x_t = x
    for i, (t, s) in enumerate(pairwise(levels)):
        prediction = denoiser(x_t, t)
        move = rule(x_t, t, s, prediction)
        sigma = move.sigma if s > 0 else 0.0
        x_s = add_up(move.summands)
        if isinstance(sigma, Tensor):
            x_s.addcmul_(sigma, randn_like(x_t))
        elif sigma > 0:
            x_s.add_(randn_like(x_t), alpha=sigma)
        factor = float(sigma.mean()) if isinstance(sigma, Tensor) else sigma
        terms = (*((name, factor_) for name, factor_, _ in move.summands), ("z", factor))
        yield ReverseStep(i, n, t, s, x_t, x_s, prediction.x0_hat, prediction.eps_hat, terms)
        x_t = x_s


def add_up(summands: Summands) -> Tensor:
    """The weighted sum in one new tensor; nothing that was given is written to."""
    (_, factor, tensor), *others = summands
    total = torch.mul(tensor, factor)
    for _, factor, tensor in others:
        total.add_(tensor, alpha=factor)
    return total
