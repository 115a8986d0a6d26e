"""The reverse chain itself: what a step is, and what samplers share, their keywords and the walk down the levels."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor

from diffviz.diffusion.denoiser import Denoiser, Prediction
from diffviz.diffusion.levels import GRIDS, check_finite_sigma, chosen_levels, sigma_levels
from diffviz.diffusion.schedules import NoiseSchedule

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


class Sampler:
    """A reverse process: ``sampler(denoiser, x, schedule, **keywords)`` yields the steps of its chain.

    It is made of a function ``(denoiser, schedule, **own) -> Rule``, which checks its own keywords.

    Args:
        denoiser: ``(x_t, t) -> Prediction``, one level t for the whole batch. Samplers never clip: it may.
        x: State at the first level, shape (B, *S). Maths runs in its dtype and on its device.
        schedule: the denoiser's own.
        steps: Number of steps in 1..T; None is every level.
        spacing: a name of ``SPACINGS``, see ``step_levels``.
        levels: Strictly falling, from the level of x to 0; overrides ``steps`` and ``spacing``. Whole numbers as a
            rule; between two of them ᾱ is ``NoiseSchedule.alpha_bar_at``, and the denoiser is asked at a float t.
        randn_like: ``x -> z`` of x's shape, dtype and device; called once per step that adds noise.
        grid: Of those in σ alone: "steps", whole levels as ``steps`` and ``spacing`` say; "karras" or "exponential",
            ``steps`` levels spread in σ, whatever the spacing (``sigma_levels``). ``levels`` overrides it too.
    Raises:
        ValueError: at the call, if an argument is none of these, or if one in σ finds it infinite at the first level.

    Attributes:
        order: of its error in the steps' size, as a solver of the probability-flow ODE; None: it solves none, for each
            step draws noise, whatever its keywords.
        asks: how often it asks the denoiser in a step, but for the last one: once there.
        own: the keywords that it has besides these, with their defaults.
        remembers: whether it takes ``before``, what the step that led to x has said, to go on with a chain.
    """

    def __init__(
        self, make_rule: Callable[..., Rule], in_sigma: bool = False, order: int | None = 1, asks: int = 1
    ) -> None:
        self.order, self.asks = order, asks
        functools.update_wrapper(self, make_rule)
        self._make_rule, self._in_sigma = make_rule, in_sigma
        self.own: dict[str, Any] = {**(make_rule.__kwdefaults__ or {}), **({"grid": "steps"} if in_sigma else {})}
        self.remembers = "before" in self.own

    def __call__(
        self,
        denoiser: Denoiser,
        x: Tensor,
        schedule: NoiseSchedule,
        *,
        steps: int | None = None,
        spacing: str = "trailing",
        levels: Sequence[float] | None = None,
        randn_like: RandnLike = torch.randn_like,
        **own: Any,
    ) -> Iterator[ReverseStep]:
        grid = own.pop("grid", "steps") if self._in_sigma else "steps"
        rule = self._make_rule(denoiser, schedule, **own)
        if levels is not None or grid == "steps":
            levels = chosen_levels(schedule.T, steps, spacing, levels)
        elif grid in GRIDS:
            levels = sigma_levels(schedule, steps, grid)
        else:
            raise ValueError(f"grid = {grid!r} is not one of steps, {', '.join(GRIDS)}.")
        if self._in_sigma:
            check_finite_sigma(schedule, levels[0])
        return walk(rule, denoiser, x, levels, randn_like)

    @property
    def __signature__(self) -> inspect.Signature:
        _, *common, _ = inspect.signature(Sampler.__call__).parameters.values()
        kind = inspect.Parameter.KEYWORD_ONLY
        return inspect.Signature([*common, *(inspect.Parameter(n, kind, default=v) for n, v in self.own.items())])


in_sigma = functools.partial(Sampler, in_sigma=True)


@torch.no_grad()
def walk(
    rule: Rule, denoiser: Denoiser, x: Tensor, levels: Sequence[float], randn_like: RandnLike
) -> Iterator[ReverseStep]:
    """Walk down the levels and yield each step. The sampler has checked the arguments."""
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
