"""In-painting: a reverse chain whose known part comes from the forward process at each level (RePaint)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from diffviz.diffusion.denoiser import Denoiser
from diffviz.diffusion.forward import chain_alpha
from diffviz.diffusion.levels import chosen_levels
from diffviz.diffusion.reverse import RandnLike, ReverseStep, Sampler
from diffviz.diffusion.schedules import NoiseSchedule


@torch.no_grad()
def inpaint(
    sampler: Sampler,
    denoiser: Denoiser,
    x: Tensor,
    schedule: NoiseSchedule,
    x_0: Tensor,
    keep: Tensor,
    *,
    jump: int = 10,
    times: int = 1,
    steps: int | None = None,
    spacing: str = "trailing",
    levels: Sequence[float] | None = None,
    randn_like: RandnLike = torch.randn_like,
    **own: Any,
) -> Iterator[ReverseStep]:
    """Run a sampler and keep a part of a picture (Lugmayr et al. 2022, algorithm 1).

    x_s = m (√ᾱ_s x_0 + √(1-ᾱ_s) z) + (1-m) (the sampler's x_s)        with m = ``keep``

    So that the drawn part learns of the known one, the chain goes through each ``jump`` levels ``times`` times: it is
    noised up again by the forward process, x_t = √α_{t|s} x_s + √(1-α_{t|s}) z. Yielded are the steps of the last time
    through, so the levels fall. The stretches are counted from level 0, so that a chain that is taken up on its way
    goes on as it would have; what is left over at the beginning is gone through once. Their ``terms`` are those of the
    drawn part.

    Args:
        sampler, denoiser, x, schedule, steps, spacing, levels, randn_like, own: as ``Sampler`` has them.
        x_0: the clean picture, shape (B, *S) or one that stretches to it.
        keep: 1 where x_0 is kept, 0 where it is drawn anew, between them in proportion; stretches to x_0's shape.
        jump: how many levels are gone through again at once, 1 or more.
        times: how often, 1 or more; 1 never goes up again.
    Raises:
        ValueError: if ``jump`` or ``times`` is below 1, and as the sampler.
    """
    if jump < 1 or times < 1:
        raise ValueError(f"jump = {jump} and times = {times} are to be 1 or more.")
    levels = chosen_levels(schedule.T, steps, spacing, levels)
    n, i, x_t = len(levels) - 1, 0, x
    before = own.pop("before", None)
    while i < n:
        stretch = (n - i - 1) % jump + 1
        beginning = before
        for time in range(times if stretch == jump else 1):
            if time:
                x_t, beginning = _noised_up(x_t, levels[i + stretch], levels[i], schedule, randn_like), None
            last = stretch < jump or time == times - 1
            for k in range(i, i + stretch):
                keywords = {**own, "before": beginning} if sampler.remembers else own
                way = sampler(denoiser, x_t, schedule, levels=levels[k:], randn_like=randn_like, **keywords)
                step = _joined(next(way), k, n, x_0, keep, schedule, randn_like)
                if last:
                    yield step
                x_t, beginning = step.x_s, (step.t, step.x0_hat)
        i, before = i + stretch, beginning


def _joined(
    step: ReverseStep, i: int, n: int, x_0: Tensor, keep: Tensor, schedule: NoiseSchedule, randn_like: RandnLike
) -> ReverseStep:
    drawn = step.x_s
    known = x_0.expand_as(drawn)
    if step.s > 0:
        alpha_bar = schedule.alpha_bar_at(step.s)
        known = alpha_bar**0.5 * known + (1.0 - alpha_bar) ** 0.5 * randn_like(drawn)
    joined = torch.lerp(drawn, known, keep.to(drawn.dtype))  # at 0 and 1 exactly the one and the other
    return replace(step, i=i, n=n, x_s=joined)


def _noised_up(x_s: Tensor, s: float, t: float, schedule: NoiseSchedule, randn_like: RandnLike) -> Tensor:
    alpha = chain_alpha(t, s, schedule)
    return alpha**0.5 * x_s + (1.0 - alpha) ** 0.5 * randn_like(x_s)
