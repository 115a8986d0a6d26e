"""From the tensors of a chain's states to what is shown and kept of them, while the next step is computed."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from diffviz.engine import threads
from diffviz.engine.states import Resume, Shown, State
from diffviz.engine.tensors import raster

if TYPE_CHECKING:
    from diffviz.models import Model


@dataclass(frozen=True)
class Place:
    """Where a chain stands: as Resume, with tensors on the model's device, and the state's number."""

    i: int
    x: Tensor
    draws: int
    before: tuple[float, Tensor] | None

    @staticmethod
    def of(i: int, resume: Resume, device: torch.device) -> Place:
        before = resume.before and (resume.before[0], torch.from_numpy(resume.before[1]).to(device))
        return Place(i, torch.from_numpy(resume.x).to(device), resume.draws, before)

    def repeated(self, count: int) -> Place:
        before = self.before and (self.before[0], self.before[1].repeat(count, *(1,) * (self.x.ndim - 1)))
        return replace(self, x=self.x.repeat(count, *(1,) * (self.x.ndim - 1)), before=before)


@dataclass(frozen=True)
class Snapshot:
    """A state of a chain of ``n`` steps as the sampler left it.

    ``pair``: x_t, x̂_0 and ε̂, float (N, *S) each, once they have reached the CPU: float32 (3, N, *S).
    ``fan``: whether the samples are continuations of one.
    ``jumped``: whether x_t may be another than the place's, which was noised up and came down again (RePaint).
    """

    place: Place
    n: int
    t: float
    pair: Callable[[], Tensor]
    s: float = 0
    terms: tuple[tuple[str, float], ...] = ()
    fan: bool = False
    jumped: bool = False


def on_the_way(pair: tuple[Tensor, Tensor, Tensor]) -> Callable[[], Tensor]:
    """Begin to bring three tensors to the CPU; what is returned waits for them: float32 (3, *shape).

    On CUDA the copy goes into pinned memory behind the step that made them, so that nobody who launches the next step
    waits for it.
    """
    if pair[0].device.type != "cuda":
        return lambda: torch.stack(pair).to("cpu", torch.float32)
    stacked = torch.stack(pair).to(torch.float32)
    host = torch.empty(stacked.shape, dtype=torch.float32, pin_memory=True)
    host.copy_(stacked, non_blocking=True)
    arrived = torch.cuda.Event()
    arrived.record()

    def wait() -> Tensor:
        arrived.synchronize()
        return host.clone()  # recorded chains are many, pinned memory is scarce

    return wait


class Film:
    """Makes States of the snapshots of one chain, one after the other.

    Args:
        keep_values: whether states carry their values also where what is seen of them is kept.
        resume_every: every so many states carry what it takes to be resumed, 0 none; with ``keep_values`` they need
            no memory of their own.
    """

    def __init__(self, model: Model, keep_values: bool = True, resume_every: int = 0) -> None:
        self._model, self._resume_every = model, resume_every
        self._keep_values = keep_values or not model.kind.keeps_rasters
        self._values: tuple[int, Tensor] | None = None  # of the state before, where they are kept

    @torch.no_grad()
    def state(self, shot: Snapshot) -> State:
        """The state of a snapshot.

        Raises:
            ValueError: where the chain has left the numbers: it ends at the step that is named.
        """
        alpha_bar = self._model.schedule.alpha_bar_at(shot.t)
        values = shot.pair()
        gap = float((values[0] - (alpha_bar**0.5 * values[1] + (1 - alpha_bar) ** 0.5 * values[2])).abs().amax())
        if not math.isfinite(gap):
            raise ValueError(_broken(shot))
        kept = values.numpy() if self._keep_values else None
        spread = float(values[1].var(dim=0, correction=0).mean().sqrt()) if shot.fan else None
        resume = self._resume(shot, values) if shot.terms else None
        i = shot.place.i
        self._values = (i, values) if self._keep_values else None
        return State(
            *(i, shot.n, shot.t, kept, self._shown(values), gap, shot.s, shot.terms, spread, resume),
            alpha_bar=alpha_bar,
            kind=self._model.kind.name,
        )

    def _shown(self, values: Tensor) -> Shown | None:
        """What the kind keeps of what is seen; of a latent model's, ε̂ stays where it was predicted."""
        model, kind = self._model, self._model.kind
        if not kind.keeps_rasters:
            return None
        pair = values[:2].flatten(0, 1)
        decoded = model.decode(pair)
        if decoded is pair:  # what is noised is what is seen
            rasters = raster(kind, values.flatten(0, 1))
            return Shown(*rasters.reshape(3, -1, *rasters.shape[1:]))
        x_t, x0_hat = np.split(raster(kind, decoded), 2)
        return Shown(x_t, x0_hat, raster(kind, values[2]))

    def _resume(self, shot: Snapshot, values: Tensor) -> Resume | None:
        place = shot.place
        if not self._resume_every or place.i % self._resume_every:
            return None
        before = None
        if place.before is not None:
            same = self._values is not None and self._values[0] == place.i - 1 and not shot.fan
            x0_hat = self._values[1][1] if self._values and same else place.before[1].to("cpu", torch.float32)
            before = place.before[0], x0_hat.numpy()
        x = place.x.to("cpu", torch.float32, copy=True) if shot.jumped else values[0]
        return Resume(x.numpy() if self._keep_values else x.numpy().copy(), place.draws, before)


def _broken(shot: Snapshot) -> str:
    return (
        f"The chain broke at step {max(1, shot.place.i)} of {shot.n}, t = {shot.t:g}: numbers there are no longer "
        "finite. Lower the guidance, clip x̂_0, or take another sampler; if it stays so, the model's weights are broken."
    )


class Darkroom:
    """Develops snapshots in a thread of its own, in order, at most ``AHEAD`` steps behind the chain.

    Use it as a context; ``drain`` before what was put in has to be there.

    Args:
        work: called with each snapshot. What it raises is raised by one of the next ``put``, or by ``drain``.
        ahead: how many; 0 develops at once, in the caller's thread, as Apple's GPUs need it: torch's commands for them
            must come from one thread.
    """

    AHEAD = 2

    def __init__(self, work: Callable[[Snapshot], None], ahead: int = AHEAD) -> None:
        self._work, self._ahead = work, ahead
        self._pool = ThreadPoolExecutor(1, "diffviz-film", threads.for_slider)
        self._pending: deque[Future[None]] = deque()

    def __enter__(self) -> Darkroom:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def put(self, shot: Snapshot) -> None:
        if not self._ahead:
            self._work(shot)
            return
        while len(self._pending) >= self._ahead:
            self._pending.popleft().result()
        self._pending.append(self._pool.submit(self._work, shot))

    def drain(self) -> None:
        """Wait until everything is developed."""
        while self._pending:
            self._pending.popleft().result()
