"""Guess: what stands in the place of x_0 in the posterior: the network's x̂_0, or another picture."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from diffviz.bounded import Refusal
from diffviz.diffusion import NoiseSchedule
from diffviz.engine.denoising import denoiser_of
from diffviz.engine.messages import NoisedRequest
from diffviz.engine.start import start_level
from diffviz.engine.tensors import x_0_of
from diffviz.kinds import KINDS

if TYPE_CHECKING:
    from diffviz.models import Model

WAIT_S = 0.05  # a job that has just ended gives the model back a moment later


class Lending:
    """The loaded model, for another thread while no job has it.

    Attributes:
        lock: held while a job runs.
        model: gives the one that is loaded.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.model: Callable[[], Model | None] = lambda: None

    def use(self, work: Callable[[Model], Tensor | str]) -> Tensor | str:
        """What the work makes of the model, or why there is none."""
        if not self.lock.acquire(timeout=WAIT_S):
            return "the network is at work; its x̂_0 comes when it is done"
        try:
            model = self.model()
            return "no model is loaded; choose one for its x̂_0" if model is None else work(model)
        finally:
            self.lock.release()


class Guess:
    """Keeps the newest other picture."""

    def __init__(self, lending: Lending) -> None:
        self._lending = lending
        self._other: tuple[tuple[object, ...], Tensor] | None = None

    def of(
        self, request: NoisedRequest, x_0: Tensor, x_t: Tensor, schedule: NoiseSchedule
    ) -> tuple[Tensor | None, str]:
        """The guess, or None for the true x_0, and a word on it: what it is, or why it is not the one asked for."""
        if request.guess == "true":
            return None, ""
        if request.guess != "network":
            other = self._picture(request, x_0)
            return (None, other) if isinstance(other, str) else (other, request.guess.replace("_", " "))
        found = self._lending.use(lambda model: self._predicted(model, request, x_t, schedule))
        return (None, found) if isinstance(found, str) else (found, "network")

    def _picture(self, request: NoisedRequest, x_0: Tensor) -> Tensor | str:
        kind, key = KINDS[request.kind], (request.guess, request.kind, tuple(x_0.shape))
        if self._other is None or self._other[0] != key:
            try:
                datum = kind.read(f"builtin:{request.guess}").array
                if kind.seen(datum) is not None:
                    height, width = x_0.shape[-2:]
                    datum = kind.resampled(datum, (height, width))
                other = x_0_of(kind, datum)
            except (Refusal, KeyError, ValueError):
                return "that sample is of another kind of data; choose one of this kind"
            if other.shape != x_0.shape:
                return "that sample has another size; choose one of the size of x_0"
            self._other = key, other
        return self._other[1]

    def _predicted(self, model: Model, request: NoisedRequest, x_t: Tensor, schedule: NoiseSchedule) -> Tensor | str:
        kind = KINDS[request.kind]
        if model.kind is not kind or tuple(model.sample_shape) != tuple(x_t.shape[1:]):
            made, here = model.kind.words(model.sample_shape), kind.words(tuple(x_t.shape[1:]))
            return f"the network makes {made}, x_0 here is {here}; open one of its size for its x̂_0"
        assert request.model is not None
        level = start_level(model.schedule.alpha_bar, float(schedule.alpha_bar[request.t]))
        try:
            with torch.no_grad():
                return denoiser_of(model, request.model)(x_t.to(model.device), level).x0_hat.to("cpu", x_t.dtype)
        except ValueError as error:
            return str(error)
