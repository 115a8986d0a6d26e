"""Guess: what stands in the place of x_0 in the posterior: the network's x̂_0, or another picture."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import torch
from torch import Tensor

from diffviz import catalog
from diffviz.bounded import Refusal
from diffviz.diffusion import NoiseSchedule, add_noise
from diffviz.engine.denoising import denoiser_of, start_level
from diffviz.engine.messages import NoisedRequest
from diffviz.engine.noise import ForwardNoise
from diffviz.engine.tensors import x_0_of
from diffviz.kinds import KINDS, Kind
from diffviz.lenses import Kept
from diffviz.scene import ModelSpec

if TYPE_CHECKING:
    from diffviz.models import Model

Result = TypeVar("Result")

WAIT_S = 0.05  # a job that has just ended gives the model back a moment later


WRONG_KIND = "that sample is of another kind of data; choose one of this kind"


class Lending:
    """The loaded model, for another thread while no job has it.

    Attributes:
        lock: held while a job runs.
        model: gives the one that is loaded.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.model: Callable[[], Model | None] = lambda: None

    def use(self, work: Callable[[Model], Result | str]) -> Result | str:
        """What the work makes of the model, or why there is none."""
        if not self.lock.acquire(timeout=WAIT_S):
            return "a chain or experiment has the model; what it says comes when that has ended"
        try:
            model = self.model()
            return "no model is loaded; choose one for its x̂_0" if model is None else work(model)
        finally:
            self.lock.release()


class Guess:
    """Keeps the newest other picture, and the newest x_0 in the size of a network that makes another."""

    def __init__(self, lending: Lending) -> None:
        self._lending = lending
        self._other: tuple[tuple[object, ...], Tensor] | None = None
        self._reduced = Kept(_refitted)
        self._newest: tuple[tuple[Tensor, Model | None, ModelSpec | None], tuple[Tensor, str]] | None = None

    def of(
        self, request: NoisedRequest, x_0: Tensor, x_t: Tensor, schedule: NoiseSchedule
    ) -> tuple[Tensor | None, str]:
        """The guess, or None for the true x_0, and a word on it: what it is, or why it is not the one asked for."""
        if request.guess == "true":
            return None, ""
        if request.guess != "network":
            other = self._picture(request, x_0)
            return (None, other) if isinstance(other, str) else (other, _name(request.guess))
        return self.predicted(request, x_0, x_t, schedule)

    def predicted(
        self, request: NoisedRequest, x_0: Tensor, x_t: Tensor, schedule: NoiseSchedule
    ) -> tuple[Tensor | None, str]:
        """The network's x̂_0 at the level of x_t's SNR, and "network", or "network, 32x32 RGB" where it has that size.

        A picture of another size is reduced to the network's before it is noised, and what it says is enlarged. For
        the same x_t it is asked once.
        """
        known, asked = self._newest, (x_t, self._lending.model(), request.model)
        if known is not None and known[0][0] is x_t and known[0][1:] == asked[1:]:
            return known[1]
        words = "network"

        def work(model: Model) -> Tensor | str:
            nonlocal words
            shape, here = tuple(model.sample_shape), tuple(x_t.shape[1:])
            small = self._reduced(x_0, model.kind, shape) if shape != here and model.kind.name == request.kind else None
            if small is None:
                return self._predicted(model, request, x_t, schedule)
            words = f"network, {model.kind.words(shape)}"
            eps = ForwardNoise(request.seed, shape, schedule if request.fresh else None).eps(request.t)
            said = self._predicted(model, request, add_noise(small, request.t, eps, schedule), schedule)
            if isinstance(said, str):
                return said
            back = _refitted(said, model.kind, here)
            assert back is not None  # what goes one way goes back
            return back

        found = self._lending.use(work)
        if isinstance(found, str):
            return None, found
        self._newest = asked, (found, words)
        return self._newest[1]

    def _picture(self, request: NoisedRequest, x_0: Tensor) -> Tensor | str:
        kind, key = KINDS[request.kind], (request.guess, request.kind, tuple(x_0.shape))
        if self._other is None or self._other[0] != key:
            try:
                datum = kind.read(request.guess if _is_file(request.guess) else f"builtin:{request.guess}").array
                if kind.seen(datum) is not None:
                    height, width = x_0.shape[-2:]
                    datum = kind.resampled(datum, (height, width))
                other = x_0_of(kind, datum)
            except Refusal as error:
                return f"no guess, {error}" if _is_file(request.guess) else WRONG_KIND
            except (KeyError, ValueError):
                return WRONG_KIND
            if other.shape != x_0.shape:
                return "that sample has another size; choose one of the size of x_0"
            self._other = key, other
        return self._other[1]

    def _predicted(self, model: Model, request: NoisedRequest, x_t: Tensor, schedule: NoiseSchedule) -> Tensor | str:
        kind, here = KINDS[request.kind], x_t.shape[1]
        several = catalog.KINDS[kind.name].cloud  # points, each by itself: fewer are made as many as it takes
        if several and model.kind is kind:
            if not here:
                return "there are no points yet; draw some for their x̂_0"
            if here > model.sample_shape[0]:
                return f"the model takes {model.sample_shape[0]:,} points; open no more for its x̂_0"
            x_t = x_t[:, torch.arange(model.sample_shape[0]) % here]
        if model.kind is not kind or tuple(model.sample_shape) != tuple(x_t.shape[1:]):
            made, words = model.kind.words(model.sample_shape), kind.words(tuple(x_t.shape[1:]))
            return f"the model makes {made}, x_0 here is {words}; open one of its size for its x̂_0"
        assert request.model is not None
        level = start_level(model.schedule.alpha_bar, float(schedule.alpha_bar[request.t]))
        try:
            with torch.no_grad():
                found = denoiser_of(model, request.model)(x_t.to(model.device), level).x0_hat.to("cpu", x_t.dtype)
                return found[:, :here]
        except ValueError as error:
            return str(error)


def _is_file(guess: str) -> bool:
    return guess.startswith("path:")


def _name(guess: str) -> str:
    return Path(guess.removeprefix("path:")).name if _is_file(guess) else guess.replace("_", " ")


def _refitted(x: Tensor, kind: Kind, shape: Sequence[int]) -> Tensor | None:
    made = kind.refitted(x.numpy(), shape)
    return None if made is None else torch.from_numpy(made)
