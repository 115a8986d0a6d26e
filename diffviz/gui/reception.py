"""Reception: what the engine says goes to those whom it is for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer

from diffviz.engine import messages as m
from diffviz.engine.denoising import make_schedule
from diffviz.files import log_path
from diffviz.gui.shared import Shared
from diffviz.gui.strip_view import StripView

if TYPE_CHECKING:
    from diffviz.gui.doors import Doors

GATHER_MS = 250  # states of a running chain, while the start of a way is dragged
CHART_MS = 250  # that states wait at most for what a lens says of the newest
BETWEEN = m.ChainStates, m.Lensed, m.Noised, m.Plane, m.StartNoise, m.Strip  # what else comes ends their wait


class Reception:
    """Takes the engine's events, in the GUI thread.

    Args:
        device_known: told the device in words. done: called when an event was handled.
    """

    def __init__(
        self,
        shared: Shared,
        doors: Doors,
        strip: StripView,
        *,
        device_known: Callable[[str], None],
        done: Callable[[], None],
    ) -> None:
        chains, jobs, models = shared.chains, shared.jobs, shared.models
        self._store, self._port, self._notices = shared.store, shared.port, shared.notices
        self._options, self._lens, self._plane = shared.options, shared.lens, shared.plane
        self._forward, self._reverse, self._strip, self._chains = shared.view, shared.reverse, strip, chains
        self._device_known, self._done = device_known, done
        self._coming: deque[m.ChainStates] = deque()  # the first of them waits for a chart
        self._chart = 0  # its request
        self._patience = QTimer(shared.window, singleShot=True, interval=CHART_MS)
        self._patience.timeout.connect(self._show_coming)
        self._handlers: dict[type, Callable[[Any], None]] = {
            m.Noised: self._noised,
            m.Strip: strip.receive,
            m.Lensed: self._lensed,
            m.Plane: shared.plane.receive,
            m.StartNoise: self._start_noise,
            m.DeviceReady: self._device_ready,
            m.ModelLoaded: models.loaded,
            m.ModelFailed: models.failed,
            m.ChainStarted: chains.started,
            m.ChainStates: self._chain_states,
            m.ExperimentParts: lambda event: doors.laboratory().receive(event),
            m.ExportProgress: jobs.progressed,
            m.Learned: lambda event: doors.small.receive(event),
            m.RunOpened: lambda event: doors.runs.opened(event),
            m.JobDone: jobs.done,
            m.JobFailed: jobs.failed,
            m.JobCancelled: jobs.cancelled,
            m.Fault: self._fault,
        }

    def receive(self, event: m.Event) -> None:
        """Handle an event."""
        while self._coming and not isinstance(event, BETWEEN):
            self._show_coming()
        self._handlers[type(event)](event)
        self._done()

    def _noised(self, event: m.Noised) -> None:
        # the answer's own schedule: the scene may have moved on
        scene = self._store.scene
        same = event.request.schedule == scene.schedule
        schedule = self._options.own_schedule if same else make_schedule(event.request.schedule)
        self._forward.receive(event, schedule, scene.forward)

    def _start_noise(self, event: m.StartNoise) -> None:
        self._reverse.receive_start(event)
        if not self._store.scene.forward and not self._chains.states:
            self._reverse.show(self._store.scene)

    def _device_ready(self, event: m.DeviceReady) -> None:
        self._device_known(event.label)
        if event.note:
            self._notices.show_message(event.note, "warning")

    def _chain_states(self, event: m.ChainStates) -> None:
        self._coming.append(event)
        if not self._patience.isActive():
            self._await_chart()

    def _await_chart(self) -> None:
        """What a lens says of the newest state is made first, and shown with it: it stood beside a later one."""
        event = self._coming[0]
        self._chart = self._lens.ask_ahead(event.states) if event.job == self._chains.run.job else 0
        (self._patience.start if self._chart else self._show_coming)()

    def _lensed(self, event: m.Lensed) -> None:
        if event.request.serial >= self._chart:
            self._show_coming()
        self._lens.receive(event)

    def _show_coming(self) -> None:
        """The start of a way that somebody drags comes first: states gather meanwhile, and are drawn now and then."""
        self._patience.stop()
        if not self._coming:
            return
        event = self._coming.popleft()
        try:
            self._chains.receive(event)
        finally:
            if self._lens.dragging:
                QTimer.singleShot(GATHER_MS, lambda: self._port.control.acknowledge(event.job))
            else:
                self._port.control.acknowledge(event.job)
        if self._coming:
            self._await_chart()

    def _fault(self, event: m.Fault) -> None:
        for view in (self._forward, self._reverse, self._strip, self._lens, self._plane):
            view.failed()
        scene = self._store.scene
        said = f"{event.message} The log has the details: {log_path()}"
        self._notices.show_message(said, topic="fault", holds=lambda s: s.scene == scene)
