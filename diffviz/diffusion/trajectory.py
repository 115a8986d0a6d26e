"""One trajectory of the forward chain, at any level at once: q(x_1..x_T | x_0) by bisection, not from the beginning."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion.schedules import NoiseSchedule

MAX_BYTES = 256 * 2**20  # 21 levels of 1024x1024 in three colours: two more than the way to one of 10,000 asks for


class Between(NamedTuple):
    """ε_m given ε_s and ε_u on both sides: N(lower ε_s + upper ε_u, deviation²)."""

    lower: float
    upper: float
    deviation: float


def bridge(s: int, m: int, u: int, schedule: NoiseSchedule) -> Between:
    """What is known of the accumulated noise of level m from that of levels s and u, s < m < u.

    ε_t = (x_t - √ᾱ_t x_0)/√(1-ᾱ_t) of a chain is Gaussian and Markov, of unit variance, with
    ρ(s, t)² = α_{t|s} (1-ᾱ_s)/(1-ᾱ_t) and 1 - ρ² = β_{t|s}/(1-ᾱ_t). With ρ_1 = ρ(s, m) and ρ_2 = ρ(m, u)

    ε_m | ε_s, ε_u ~ N([ρ_1 (1-ρ_2²) ε_s + ρ_2 (1-ρ_1²) ε_u]/w, (1-ρ_1²)(1-ρ_2²)/w),  w = 1 - ρ_1² ρ_2²

    which is q(x_m | x_s, x_u), in the units of ε (Ho et al. 2020, eq. 6-7 at s = 0; Lévy's construction of a path).
    At s = 0 there is no noise and ``lower`` is 0.
    """
    first, left = _correlation(s, m, schedule)
    second, right = _correlation(m, u, schedule)
    whole = left + right - left * right
    return Between(first * right / whole, second * left / whole, math.sqrt(left * right / whole))


def _correlation(s: int, t: int, schedule: NoiseSchedule) -> tuple[float, float]:
    """ρ(s, t) and 1 - ρ², by logarithms: where levels lie close or β is tiny, their differences have no digits left."""
    kept, gone = math.exp(_log_alpha(s, t, schedule)), -math.expm1(_log_alpha(s, t, schedule))
    low, high = (-math.expm1(_log_alpha(0, level, schedule)) for level in (s, t))
    return math.sqrt(kept * low / high), gone / high


def _log_alpha(s: int, t: int, schedule: NoiseSchedule) -> float:
    """ln α_{t|s}, the sum of ln(1-β); -inf from a β of 1 on."""
    with np.errstate(divide="ignore"):
        return float(np.log1p(-schedule.beta[s + 1 : t + 1]).sum())


class Trajectory:
    """The accumulated noise ε_1..ε_T of one forward chain; x_t = √ᾱ_t x_0 + √(1-ᾱ_t) ε_t.

    Each level's noise is drawn between that of two others, from ε_T on by halves: a level costs at most
    ⌈log2 T⌉ + 1 draws, the next one about one, and it is a function of its own noise and theirs, whatever was asked
    before.

    Args:
        noise: ``t -> z`` unit Gaussian, the same for the same t, of one shape; that of T becomes ε_T, the others are
            written into.
        max_bytes: of the levels that are kept for those beside them.
        draw: as ``map``: may draw several noises at once.
    """

    def __init__(
        self,
        schedule: NoiseSchedule,
        noise: Callable[[int], Tensor],
        max_bytes: int = MAX_BYTES,
        draw: Callable[[Callable[[int], Tensor], Sequence[int]], Iterable[Tensor]] = map,
    ) -> None:
        self.schedule = schedule
        self._noise, self._max_bytes, self._draw = noise, max_bytes, draw
        self._kept: OrderedDict[int, Tensor] = OrderedDict()  # the newest last

    @torch.no_grad()
    def eps(self, t: int) -> Tensor:
        """ε_t, the noise that the chain has gathered by level t in 1..T. Not to be written into.

        Raises:
            IndexError: if t lies outside 1..T.
        """
        way = _way(t, self.schedule.T)
        missing = [m for _, m, _ in way if m not in self._kept]
        drawn = dict(zip(missing, self._draw(self._noise, missing), strict=True))
        found: dict[int, Tensor] = {}
        for s, m, u in way:
            if m in drawn:
                found[m] = self._between(s, m, u, drawn.pop(m), found)
            else:
                found[m] = self._kept[m]
        self._keep(found)
        return found[t]

    def _between(self, s: int, m: int, u: int, z: Tensor, found: Mapping[int, Tensor]) -> Tensor:
        if m == u:
            return z
        share = bridge(s, m, u, self.schedule)
        eps = z.mul_(share.deviation).add_(found[u], alpha=share.upper)
        return eps.add_(found[s], alpha=share.lower) if s else eps

    def _keep(self, found: Mapping[int, Tensor]) -> None:
        """The way of the newest level last, as a whole if it fits."""
        for m, eps in found.items():
            self._kept[m] = eps
            self._kept.move_to_end(m)
        while len(self._kept) > 1 and sum(x.numel() * x.element_size() for x in self._kept.values()) > self._max_bytes:
            self._kept.popitem(last=False)


def _way(t: int, T: int) -> list[tuple[int, int, int]]:
    """How level t is reached from T by halves: (s, m, u) with s < m < u, m the next one; of T itself u is m."""
    if not 1 <= t <= T:
        raise IndexError(f"t = {t} is outside 1..{T}")
    s, u, m = 0, T, T
    way = [(s, m, u)]
    while m != t:
        s, u = (m, u) if m < t else (s, m)
        m = (s + u) // 2
        way.append((s, m, u))
    return way
