"""Port: what a window may ask of an engine, wherever that runs. What comes back are the events of ``messages``."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import numpy as np

from diffviz.engine.messages import Job, ViewRequest

Request = Job | ViewRequest


class Steering(Protocol):
    """How a person steers the job that runs; each word takes effect at once."""

    def cancel(self) -> None:
        """Stop the running job at its next step."""

    def acknowledge(self, job: int) -> None:
        """The screen has handled one ChainStates."""

    def set_pace(self, pace: str) -> None:
        """max, or steps per second as text, or "step": each step waits for ``advance``."""

    def pause(self, paused: bool) -> None:
        """Hold the running chain after its next step; each ``advance`` then does one. Or let it run on."""

    def advance(self) -> None:
        """Let a chain that is paused, or at pace "step", do one step."""


class Port(Protocol):
    """An engine as the window knows it."""

    @property
    def held(self) -> Collection[str]:
        """The names of the models that are in memory already and can be loaded by them."""

    @property
    def control(self) -> Steering: ...

    def start(self) -> None:
        """Begin: say DeviceReady, then answer."""

    def put_picture(self, picture_id: str, picture: np.ndarray) -> None:
        """The x_0 of later NoisedRequests, uint8 (H, W, 3). Only the newest is kept."""

    def send(self, request: Request) -> None:
        """Ask for something. Of NoisedRequest and StartRequest the newest wins: an older one may go unanswered; so it
        is with PlaneRequest and LensRequest, which wait for these, and with StripRequest, which waits for all others.

        A LoadRequest may wait behind a running job, and is answered by ModelLoaded or ModelFailed. Every other job ends
        in exactly one of JobDone, JobFailed and JobCancelled, and is refused by a JobFailed while another one runs.
        """

    def close(self, timeout_s: float = 2.5) -> bool:
        """Cancel, stop and wait; whether all ended in time. Nothing is said any more."""
