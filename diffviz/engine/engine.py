"""Engine: two worker threads, one that noises the picture under the slider and one that runs jobs.

Nothing here imports Qt, and torch is imported only inside the threads: the window paints first.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from diffviz.engine.control import Control
from diffviz.engine.messages import (
    DeviceReady,
    Event,
    Fault,
    Job,
    JobFailed,
    LensRequest,
    LoadRequest,
    ModelFailed,
    NoisedRequest,
    StartRequest,
    StripRequest,
    ViewRequest,
)
from diffviz.engine.plane import PlaneRequest
from diffviz.engine.port import Request

if TYPE_CHECKING:
    from diffviz.engine.guess import Lending
    from diffviz.engine.renderer import Renderer
    from diffviz.models import Model

log = logging.getLogger(__name__)

# the first is answered first
TURNS = {NoisedRequest: 0, StartRequest: 0, PlaneRequest: 1, LensRequest: 2, StripRequest: 3}
LAST = max(TURNS.values())


class Engine:
    """Owns the device, the worker threads and cancelling; to a window it is a ``Port``.

    Args:
        emit: called with each event, from a worker thread.
        device: auto | cpu | cuda | mps.
        held: models that are in memory already, by the names under which they can be loaded.
    """

    def __init__(
        self, emit: Callable[[Event], None], device: str = "auto", held: Mapping[str, Model] | None = None
    ) -> None:
        self.wanted_device = device
        self.held = dict(held or {})
        self._emit = emit
        self._mail = threading.Condition()
        self._waiting: dict[int, ViewRequest] = {}  # by their turn in TURNS, the newest of each
        self._pictures: dict[str, np.ndarray] = {}
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._active: int | None = None  # the chain or export that runs or waits
        self._closing = False
        self._lent: Lending | None = None
        self.control = Control()
        self._threads = [
            threading.Thread(target=self._render_loop, name="diffviz-render", daemon=True),
            threading.Thread(target=self._job_loop, name="diffviz-jobs", daemon=True),
        ]

    def start(self) -> None:
        """Start the threads; they import torch, prove the device and say DeviceReady."""
        for thread in self._threads:
            thread.start()

    def put_picture(self, picture_id: str, picture: np.ndarray) -> None:
        """The x_0 of later requests, uint8 (H, W, 3). Only the newest is kept."""
        with self._mail:
            self._pictures = {picture_id: picture}

    def send(self, request: Request) -> None:
        """Answer a request, as ``Port`` says: at once, in turn, or not where a newer one takes its place."""
        if isinstance(request, ViewRequest):
            with self._mail:
                self._waiting[TURNS[type(request)]] = request
                self._mail.notify()
        elif isinstance(request, LoadRequest):
            self._jobs.put(request)
        else:
            self._submit(request)

    def close(self, timeout_s: float = 2.5) -> bool:
        """Cancel, stop the threads and wait for them; whether they ended in time."""
        with self._mail:
            self._closing = True
            self._mail.notify()
        self.control.close()
        self._jobs.put(None)
        share = timeout_s / len(self._threads)
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(share)
        return not any(thread.is_alive() for thread in self._threads)

    def emit(self, event: Event) -> None:
        """Send an event unless the engine is closing: nobody listens then."""
        if not self._closing:
            self._emit(event)

    def _job_ended(self, job: int) -> None:
        """The job thread is free for the next chain or export."""
        with self._mail:
            if self._active == job:
                self._active = None

    def _submit(self, request: Job) -> None:
        with self._mail:
            busy = self._active is not None
            if not busy:
                self._active = request.job
        if busy:
            self.emit(JobFailed(request.job, "Another job is still running; stop it or wait until it is done."))
            return
        self.control.begin(request.job)
        self._jobs.put(request)

    def _render_loop(self) -> None:
        renderer: Renderer | None = None
        while True:
            with self._mail:
                self._mail.wait_for(lambda: self._waiting or self._closing)
                if self._closing:
                    return
                request, pictures = self._waiting.pop(min(self._waiting)), self._pictures
            try:
                renderer = renderer or self._make_renderer()
                if (answer := renderer.answer(request, pictures)) is not None:
                    self.emit(answer)
                elif isinstance(request, StripRequest) and request.noised.picture_id in pictures:
                    with self._mail:  # something quicker came first; a newer strip takes the place of this one
                        self._waiting.setdefault(LAST, request)
            except Exception as error:
                log.exception("noising failed")
                self.emit(Fault(f"The noisy picture could not be computed ({error}); move the slider to try again."))

    def _make_renderer(self) -> Renderer:
        from diffviz.engine import threads
        from diffviz.engine.renderer import Renderer

        threads.for_slider()
        return Renderer(lambda: self._closing or any(turn in self._waiting for turn in range(LAST)), self._lending())

    def _lending(self) -> Lending:
        from diffviz.engine.guess import Lending  # which imports torch

        with self._mail:
            self._lent = self._lent or Lending()
            return self._lent

    def _job_loop(self) -> None:
        try:
            from diffviz.engine import threads
            from diffviz.engine.jobs import Jobs

            threads.for_jobs()
            jobs = Jobs(self.emit, self.control, self.held, self.wanted_device, self._job_ended)
            jobs.find_device()
            lending = self._lending()
            lending.model = lambda: jobs.model
        except Exception as error:
            log.exception("the engine could not start")
            self._refuse_jobs(f"torch could not be loaded ({error}); install diffviz again.")
            return
        while (job := self._jobs.get()) is not None:
            if self._closing:
                return
            with lending.lock:
                jobs.run(job)

    def _refuse_jobs(self, why: str) -> None:
        """There is no torch: nobody may wait for it."""
        self.emit(DeviceReady("none", "no device", why))
        while (job := self._jobs.get()) is not None and not self._closing:
            if isinstance(job, LoadRequest):
                self.emit(ModelFailed(job.job, job.name, why))
                continue
            self._job_ended(job.job)
            self.emit(JobFailed(job.job, why))
