"""What stands in for the window in the engine's tests, and a model whose every step the test decides."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from diffviz.diffusion import SCHEDULES, Prediction
from diffviz.engine import messages as m
from diffviz.engine.engine import Engine
from diffviz.engine.states import State
from diffviz.kinds import PICTURE, Kind

CLOSING = (m.JobDone, m.JobFailed, m.JobCancelled)


class Screen:
    """Keeps every event in the order of arrival, and acknowledges states like a window, unless it stalls."""

    def __init__(self) -> None:
        self.events: list[m.Event] = []
        self.engine: Engine | None = None
        self.stalled = False
        self.threads: set[str] = set()
        self._arrived = threading.Condition()

    def emit(self, event: m.Event) -> None:
        with self._arrived:
            self.events.append(event)
            self.threads.add(threading.current_thread().name)
            self._arrived.notify_all()
        if isinstance(event, m.ChainStates) and not self.stalled and self.engine is not None:
            self.engine.control.acknowledge(event.job)

    def wait(self, kind: Any, where: Callable[[Any], bool] = lambda event: True, timeout_s: float = 30.0) -> Any:
        """The first event of a kind for which ``where`` holds, now or later."""
        deadline = time.monotonic() + timeout_s
        with self._arrived:
            while True:
                found = [event for event in self.events if isinstance(event, kind) and where(event)]
                if found:
                    return found[0]
                left = deadline - time.monotonic()
                assert left > 0, f"no {kind} within {timeout_s} s; got {[type(e).__name__ for e in self.events]}"
                self._arrived.wait(left)

    def wait_end(self, job: int) -> Any:
        """The closing event of a job."""
        return self.wait(CLOSING, lambda event: event.job == job)

    def wait_states(self, job: int, count: int) -> list[State]:
        """At least ``count`` states of a job."""
        deadline = time.monotonic() + 30.0
        with self._arrived:
            while len(self.states(job)) < count:
                left = deadline - time.monotonic()
                assert left > 0, f"only {len(self.states(job))} of {count} states"
                self._arrived.wait(left)
        return self.states(job)

    def of(self, kind: Any) -> list[Any]:
        return [event for event in list(self.events) if isinstance(event, kind)]

    def states(self, job: int) -> list[State]:
        return [state for event in self.of(m.ChainStates) if event.job == job for state in event.states]


class FakeModel:
    """Predicts x̂_0 = 0.5 everywhere; ``on_step(n)`` is called with the number of each network call, from 1."""

    class_names = ("one", "two")
    null_class: int | None = 2
    summary = "fake"
    prediction = "x0"
    learned_variance = False
    any_size = False
    sample_shape: tuple[int, ...] = (3, 4, 4)
    kind: Kind = PICTURE
    notes: tuple[str, ...] = ()
    sampling = None
    clip = "static"
    words = None
    network = None
    folder = Path("fake")

    def __init__(self, name: str = "fake", device: torch.device | str = "cpu", T: int = 100) -> None:
        self.name, self.device = name, torch.device(device)
        self.schedule = SCHEDULES["linear"](T=T)
        self.calls = 0
        self.on_step: Callable[[int], None] = lambda n: None

    @property
    def null(self) -> int | None:
        return self.null_class

    def denoiser(self, class_label: object = None, guidance: float = 1.0, **_: object) -> Callable[..., Prediction]:
        def denoise(x_t: Tensor, t: float) -> Prediction:
            self.calls += 1
            self.on_step(self.calls)
            alpha_bar = self.schedule.alpha_bar_at(t)
            x0_hat = torch.full_like(x_t, 0.5)
            return Prediction(x0_hat, (x_t - alpha_bar**0.5 * x0_hat) / (1 - alpha_bar) ** 0.5)

        return denoise

    def warm_up(self) -> None:
        pass

    def decode(self, x: Tensor) -> Tensor:
        return x
