"""What a person steers while a job runs, read by the thread that runs it."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Control:
    """What the person steers while a job runs: cancel, pace, single steps; and how far the screen has come."""

    IN_FLIGHT = 2  # events that the screen has not handled yet

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._job: int | None = None
        self._cancelled = self._closed = self._paused = False
        self._pace = "max"
        self._advances = 0
        self._in_flight = 0

    def begin(self, job: int) -> None:
        """A new job: nothing is cancelled, nothing in flight."""
        with self._condition:
            self._job, self._cancelled, self._paused, self._advances, self._in_flight = job, False, False, 0, 0

    @property
    def cancelled(self) -> bool:
        return self._cancelled or self._closed

    def cancel(self) -> None:
        with self._condition:
            self._cancelled = True
            self._condition.notify_all()

    def close(self) -> None:
        with self._condition:
            self._closed = True
            self._condition.notify_all()

    def acknowledge(self, job: int) -> None:
        with self._condition:
            if job == self._job and self._in_flight:
                self._in_flight -= 1

    def may_send(self) -> bool:
        """Take one place in flight if there is one."""
        with self._condition:
            if self._in_flight >= self.IN_FLIGHT:
                return False
            self._in_flight += 1
            return True

    def set_pace(self, pace: str) -> None:
        with self._condition:
            self._pace = pace
            self._condition.notify_all()

    def pause(self, paused: bool) -> None:
        with self._condition:
            self._paused, self._advances = paused, 0
            self._condition.notify_all()

    def advance(self) -> None:
        with self._condition:
            self._advances += 1
            self._condition.notify_all()

    @property
    def pace(self) -> str:
        return self._pace

    def wait_turn(self, since_s: float, clock: Callable[[], float], resting: Callable[[], None] = lambda: None) -> None:
        """Wait until the pace allows the next step after the one begun at ``since_s``, or cancel.

        ``resting`` is called once where the step waits for the person: paused, or at pace "step".
        """
        rested = False
        while True:
            with self._condition:
                if self.cancelled or (self._pace == "max" and not self._paused):
                    return
                by_hand = self._paused or self._pace == "step"
                if by_hand and self._advances and rested:
                    self._advances -= 1
                    return
                if by_hand and rested:
                    self._condition.wait()
                elif not by_hand:
                    left = since_s + 1.0 / float(self._pace) - clock()
                    if left <= 0:
                        return
                    self._condition.wait(left)
            if by_hand and not rested:
                resting()
                rested = True
