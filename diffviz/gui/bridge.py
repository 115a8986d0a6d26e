"""Bridge: events of the engine's threads become a signal in the GUI thread."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, Signal

from diffviz.engine.messages import Event


class Bridge(QObject):
    """``emit`` may be called from any thread; ``arrived`` comes out in the thread that made the bridge."""

    arrived = Signal(object)
    _posted = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        # signal to signal on one object: queued, because the emitting thread is not the object's
        self._posted.connect(self.arrived, Qt.ConnectionType.QueuedConnection)

    def emit_event(self, event: Event) -> None:
        """Hand an event over to the GUI thread."""
        self._posted.emit(event)
