"""Jobs: one at a time, a chain, an experiment, an export or a run's file; who began it is told how it ends."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from time import monotonic
from typing import NamedTuple

from diffviz.engine import messages as m
from diffviz.engine.port import Port
from diffviz.files import log_path
from diffviz.gui.panels.message_bar import MessageBar
from diffviz.session import permits
from diffviz.session.state import JobState
from diffviz.session.store import Store


class Listener(NamedTuple):
    """What is called at the end of a job, with done | failed | cancelled and a path or sentence, and on its way."""

    ended: Callable[[str, str], object]
    moved: Callable[[int, int, float], object] | None = None


class Jobs:
    """Keeps the session's ``job``."""

    def __init__(self, store: Store, port: Port, notices: MessageBar) -> None:
        self._store, self._port, self._notices = store, port, notices
        self._number = 0
        self._then: Callable[[], None] | None = None  # what waits for the end of a cancelled job
        self._began_s = 0.0
        self._listeners: dict[int, Listener] = {}

    @property
    def state(self) -> JobState:
        return self._store.session.job

    @property
    def running(self) -> bool:
        return self.state.running

    @property
    def paused(self) -> bool:
        return self.state.paused

    @property
    def seconds(self) -> float:
        """Since the newest job began."""
        return monotonic() - self._began_s

    def runs(self, number: int) -> bool:
        """Whether this is the job that runs."""
        return self.running and number == self._number

    def refused(self) -> bool:
        """Whether another one runs, which is then said."""
        why = permits.running(self._store.session)
        if why:
            self._notices.show_message(f"{why}.", "info", holds=lambda s: permits.running(s) == why)
        return bool(why)

    def begin(
        self,
        kind: str,
        ended: Callable[[str, str], object],
        moved: Callable[[int, int, float], object] | None = None,
    ) -> int:
        """The number of a new job, to be sent; ``ended`` is called at its end, ``moved`` with frames done, of all, and
        seconds."""
        self._number += 1
        self._listeners[self._number] = Listener(ended, moved)
        self._began_s = monotonic()
        self._notices.clear_topic("failure")  # what was wrong then is not wrong now
        self._store.update(job=JobState(kind))
        return self._number

    def pause(self) -> None:
        """Hold the running chain after its step, or let it run on."""
        state = self.state
        if state.kind == "generate" and not state.stopping:
            self._port.control.pause(not state.paused)
            self._store.update(job=dataclasses.replace(state, paused=not state.paused))

    def cancel(self, then: Callable[[], None] | None = None) -> None:
        """Stop at the next step; ``then`` is called when the job has ended."""
        if self.running:
            self._then = then
            self._store.update(job=dataclasses.replace(self.state, stopping=True))
            self._port.control.cancel()

    # -- events

    def progressed(self, event: m.ExportProgress) -> None:
        listener = self._listeners.get(event.job)
        if listener is not None and listener.moved is not None:
            listener.moved(event.done, event.total, self.seconds)

    def done(self, event: m.JobDone) -> None:
        self._end(event.job, "done", event.path or "")

    def failed(self, event: m.JobFailed) -> None:
        text = f"{event.message} The log has the details: {log_path()}" if event.fault else event.message
        self._notices.show_message(text, topic="failure")
        self._end(event.job, "failed", text)

    def cancelled(self, event: m.JobCancelled) -> None:
        self._end(event.job, "cancelled", "")

    def _end(self, number: int, how: str, detail: str) -> None:
        listener = self._listeners.pop(number, None)
        if number != self._number or listener is None:
            return
        then, self._then = self._then, None
        if how == "done" and self.state.stopping and self.state.kind == "generate":
            how = "cancelled"  # in its last moment: what would have followed it does not
        with self._store.together():
            self._store.update(job=JobState())
            listener.ended(how if then is None else "replaced", detail)
        if then is not None:
            then()
