"""States: what is recorded of a chain, and how it is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from diffviz.diffusion import NoiseSchedule
from diffviz.kinds import KINDS
from diffviz.kinds.kind import WHOLE, Span
from diffviz.kinds.tiles import tile
from diffviz.scene import ModelSpec

EXACT = 1e-3  # of a sum of values in [-1, 1]: float32 rounding stays below, a sum that clipping broke lies above


@dataclass(frozen=True)
class Resume:
    """What it takes to go on from a state exactly as if the chain had never been left.

    ``x``: float32 (N, *S). ``draws``: noisy steps before it. ``before``: level and x̂_0 of the step that led to
    it, float32 (N, *S), which multistep solvers remember; None at the first state.
    """

    x: np.ndarray
    draws: int
    before: tuple[float, np.ndarray] | None

    def sample(self, k: int) -> Resume:
        """The same of sample k alone."""
        before = self.before and (self.before[0], self.before[1][k : k + 1].copy())
        return Resume(self.x[k : k + 1].copy(), self.draws, before)


class Shown(NamedTuple):
    """A state as pictures, uint8 (N, H, W, 3), or (H, W, 3) of all samples together."""

    x_t: np.ndarray
    x0_hat: np.ndarray
    eps_hat: np.ndarray


@dataclass(frozen=True)
class State:
    """One recorded state: x_t at level t with the pair (x̂_0, ε̂) that the denoiser said there.

    Of n steps there are n+1 states, i in 0..n; the last one is x_0 itself, with the last step's ε̂.
    ``values``: the numbers, x_t, x̂_0 and ε̂ as float32 (3, N, *S), unclipped; None where they would not fit in memory.
    ``shown``: what is seen of them, of a kind that keeps its rasters; one of both is there.
    ``gap``: the largest |x_t - (√ᾱ_t x̂_0 + √(1-ᾱ_t) ε̂)|; above rounding only where clipping broke the sum.
    ``t, s``: ints, or floats between two whole levels; ``alpha_bar``: ᾱ of t.
    ``s, terms``: where the step went and the numbers of its formula, x_s = Σ factor · name; empty at the last state.
    ``spread``: of futures, the deviation of x̂_0 over them, RMS over its pixels; None elsewhere.
    ``resume``: None where memory is short; the chain is then run again from an earlier state that has it.
    """

    i: int
    n: int
    t: float
    values: np.ndarray | None
    shown: Shown | None
    gap: float
    s: float = 0
    terms: tuple[tuple[str, float], ...] = ()
    spread: float | None = None
    resume: Resume | None = field(default=None, compare=False, repr=False)
    alpha_bar: float = field(kw_only=True)
    kind: str = field(default="picture", kw_only=True)

    @property
    def count(self) -> int:
        """Samples."""
        return len(self.values[0] if self.values is not None else self.rasters().x_t)

    @property
    def nbytes(self) -> int:
        """Of what is kept, but for what it takes to go on."""
        return sum(each.nbytes for each in (*(self.shown or ()), self.values) if each is not None)

    def sample(self, k: int) -> State:
        """The state of sample k alone; ``gap`` stays that of all. Copies: views would keep the memory of all."""
        one = slice(k, k + 1)
        return replace(
            self,
            values=None if self.values is None else self.values[:, one].copy(),
            shown=None if self.shown is None else Shown(*(each[one].copy() for each in self.shown)),
            spread=None,
            resume=None if self.resume is None else self.resume.sample(k),
        )

    @property
    def rate(self) -> int:
        """Hz of what is heard of it; 0 where nothing is."""
        kind = KINDS[self.kind]
        return kind.rate(None) if kind.heard and self.values is not None else 0

    def wave(self, term: int, k: int) -> np.ndarray:
        """What is heard of x_t, x̂_0 or ε̂ of sample k, where it has a rate: float32 (n,)."""
        assert self.values is not None
        return np.ascontiguousarray(KINDS[self.kind].waves(self.values[term, k : k + 1])[0])

    def lean(self) -> State:
        """The same without its values, where it can be seen without them."""
        return self if self.shown is None else replace(self, values=None)

    def rasters(self, value_range: int = 1) -> Shown:
        """A picture of each sample; x_t and ε̂ over [-value_range, value_range] where values are kept."""
        raster = KINDS[self.kind].raster
        if self.values is None or (value_range == 1 and self.shown is not None):
            assert self.shown is not None
            return self.shown
        x0_hat = raster(self.values[1]) if self.shown is None else self.shown.x0_hat
        return Shown(raster(self.values[0], value_range), x0_hat, raster(self.values[2], value_range))

    def frames(
        self, value_range: int = 1, k: int | None = None, size: tuple[int, int] | None = None, span: Span = WHOLE
    ) -> Shown:
        """One picture each of all samples, or of sample k; ``value_range`` as in ``rasters``, the others as in Kind."""
        if self.shown is not None:
            batches = self.rasters(value_range)
            grid = KINDS[self.kind].grid(self.count)
            return Shown(*(tile(batch, grid) if k is None else batch[k] for batch in batches))
        assert self.values is not None
        x_t, x0_hat, eps_hat = self.values if k is None else self.values[:, k : k + 1]
        arrange = KINDS[self.kind].during(span).arrange
        wide = arrange(x_t, value_range, size), arrange(eps_hat, value_range, size)
        return Shown(wide[0], arrange(x0_hat, size=size), wide[1])

    @property
    def exact(self) -> bool:
        """Whether the sum holds; False where clipping broke it."""
        return self.gap < EXACT


def before_last(states: Sequence[State]) -> State | None:
    """Of a chain that has arrived at t = 0 the state that its last step was taken from, where it is recorded."""
    return next((state for state in reversed(states) if state.t > 0 >= state.s), None)


@dataclass(frozen=True, eq=False)
class Recorded:
    """What is looked at in "Remove noise": sample ``k`` of a recorded state, and the schedule of its chain.

    ``told``: the settings that ran it there, of a chain of the loaded network, which can be asked about its words.
    ``last``: at t = 0 the state that the last step was taken from, where it is at hand.
    ``x_T``: what the chain began with, float32 (N, *S), by which a point is followed; None: x_t.
    """

    state: State
    k: int
    schedule: NoiseSchedule
    told: ModelSpec | None = None
    last: Recorded | None = None
    x_T: np.ndarray | None = None


@dataclass(frozen=True)
class Fork:
    """Go on from state ``i`` of the recorded chain of job ``run``.

    ``sample``: from this one alone; the scene then is that of its own single chain.
    ``fan``: so many futures of that one, each with its own fresh noise (the scene's, + k).
    """

    run: int
    i: int
    sample: int | None = None
    fan: int = 0

    def shared(self, states: Sequence[State]) -> list[State]:
        """Of the chain's states those that the branch shares with it."""
        before = [state for state in states if state.i < self.i] if not self.fan else []
        return before if self.sample is None else [state.sample(self.sample) for state in before]
