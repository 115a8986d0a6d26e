"""Lens: one way to look at a moment of a diffusion process. A class a file; it knows numbers, no window."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from torch import Tensor

from diffviz.chart import Chart
from diffviz.diffusion import NoiseSchedule
from diffviz.diffusion.denoiser import Denoiser
from diffviz.kinds.known import Known

Result = TypeVar("Result")


@dataclass(frozen=True, eq=False)
class Looked:
    """One pixel, or one point.

    Args:
        index: its place in S, of all channels: ``x[0][index]`` is float (C,).
        place: in words, "x = 12, y = 40". channels: what its numbers are called.
    """

    index: tuple[Any, ...]
    place: str
    channels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Said:
    """What the network was told at this moment, and what each phrase did.

    Args:
        phrases: of the prompt, the P that the network knows words of.
        shares: float32 (P, H, W), of the cross-attention of each pixel; they add up to 1, or to less where it looks at
            more than words, as the marks of a text's beginning and end.
        without: float32 (P, *S): x̂_0 with all but one of them said.
        x0_hat: float32 (*S): x̂_0 with all of them.
        t: where it was asked; at t = 0 from where the last step was taken.
        more: phrases of the prompt that are not among the P, since they are too many to be shown.
    """

    phrases: tuple[str, ...]
    shares: Tensor
    without: Tensor
    x0_hat: Tensor
    t: float
    more: int = 0


@dataclass(frozen=True, eq=False)
class Moment:
    """What is on the screen: x_t = √ᾱ_t x_0 + √(1-ᾱ_t) ε of one sample. The tensors must not be written to.

    Args:
        schedule: the one in force.
        t: 0..T, whole in "Add noise".
        s: the lower level that a step from t goes to; 0 at t = 0.
        x_0, eps, x_t: float32 (1, *S). In "Remove noise" x_0 and eps are the network's x̂_0 and ε̂. As long as nothing
            else has changed, x_0 and eps are the same objects at every t.
        kind: the name of what they are, see ``diffviz.kinds``.
        guessed: whether x_0 is the network's guess.
        looked: the pixel that is looked at, or the point.
        seed: of ε; of a recorded state None.
        fresh: whether ε is what a real chain has gathered by t, and another one at every t.
        guess: in "Add noise" a network's x̂_0, where it was asked and has one, of x_0's shape. said: of whom it is,
            "network" or "network, 32x32 RGB" where it was told the picture in that size; or why there is none.
        known: what x_0 can be; then there may be no state of a chain, and x_0, eps and x_t are empty.
        words: asks the network what the words of the chain's prompt do here, or says why it cannot.
        told: the denoiser of the network that is beside the exact one, (x_t (1, n, D), t) -> Prediction.
    """

    schedule: NoiseSchedule
    t: float
    s: float
    x_0: Tensor
    eps: Tensor
    x_t: Tensor
    kind: str
    guessed: bool
    looked: Looked
    seed: int | None = None
    fresh: bool = False
    guess: Tensor | None = None
    said: str = ""
    known: Known | None = None
    words: Callable[[], Said | str] | None = None
    told: Denoiser | None = None

    def at(self, x: Tensor) -> list[float]:
        """The numbers of a tensor (1, *S) at the pixel that is looked at."""
        return [float(value) for value in x[0][self.looked.index].reshape(-1)]


class Lens(ABC):
    """Makes a Chart of a Moment. One object serves one thread, so it may keep what does not depend on t: see ``Kept``.

    Attributes:
        name: in ``catalog.LENSES``, where its title, tooltip and parameters stand.
    """

    name: ClassVar[str]

    @abstractmethod
    def chart(self, moment: Moment, params: Mapping[str, Any]) -> Chart:
        """What is seen at this moment; ``params``: a value for each parameter that the catalog declares."""


class Kept(Generic[Result]):
    """A function that remembers its newest result, for as long as it is given the same: the same object, or an equal
    number or text. So a lens keeps one of each thing, and no more."""

    def __init__(self, make: Callable[..., Result]) -> None:
        self._make = make
        self._given: tuple[Any, ...] | None = None
        self._result: Any = None

    def __call__(self, *given: Any) -> Result:
        known = self._given
        if known is None or len(known) != len(given) or not all(map(_same, known, given)):
            self._result = self._make(*given)
            self._given = given  # after the work, which may raise
        return self._result


def _same(a: Any, b: Any) -> bool:
    return a is b or (isinstance(a, int | float | str | bool | tuple) and type(a) is type(b) and a == b)


def levels_over(schedule: NoiseSchedule, count: int) -> np.ndarray:
    """Whole levels spread over 0..T, int (n,): about ``count`` of them, or all."""
    return np.unique(np.linspace(0, schedule.T, min(schedule.T, count) + 1).round()).astype(int)


def some_of(values: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the values, a new array (n,): one of each of equal stretches, the same ones every time.

    Where in its stretch is random, so that no pattern of rows and columns falls in step with it.
    """
    flat = values.reshape(-1)
    return flat.copy() if flat.size <= most else flat[_places(flat.size, most)]


@lru_cache(maxsize=4)
def _places(size: int, most: int) -> np.ndarray:
    within = np.random.default_rng(0).random(most)
    return np.minimum(((np.arange(most) + within) * (size / most)).astype(np.intp), size - 1)
