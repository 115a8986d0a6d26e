"""Playback: walks along t, or along the recorded states, at an even pace with a rest at the ends."""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import QObject, Qt, QTimer, Signal

WAY_S = 6.0  # a whole way at speed 1
HOLD_S = 1.0  # the rest at each end


class Playback(QObject):
    """A position u in 0..1 that moves with time.

    Signals: ``moved(u)`` while playing; ``playing_changed(bool)``.
    """

    moved = Signal(float)
    playing_changed = Signal(bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=16)
        self._timer.timeout.connect(self._tick)
        self._speed, self._loop = 1.0, "once"
        self._u, self._way = 0.0, 1.0
        self._last_s = self._hold_until_s = 0.0

    @property
    def playing(self) -> bool:
        return self._timer.isActive()

    def set_options(self, speed: float, loop: str) -> None:
        """speed: factor of the normal one. loop: once | loop | there_and_back."""
        self._speed, self._loop = speed, loop

    def play(self, u: float) -> None:
        """Start at position u; from the end it starts again at the beginning."""
        self._u = 0.0 if u >= 1.0 - 1e-9 else u
        self._way = 1.0
        self._last_s, self._hold_until_s = monotonic(), 0.0
        self._timer.start()
        self.moved.emit(self._u)
        self.playing_changed.emit(True)

    def stop(self) -> None:
        if self.playing:
            self._timer.stop()
            self.playing_changed.emit(False)

    def _tick(self) -> None:
        now = monotonic()
        passed, self._last_s = now - self._last_s, now
        if now < self._hold_until_s:
            return
        if self._way > 0 and self._u >= 1.0:  # the rest at the far end is over
            if self._loop == "loop":
                self._u = 0.0
                self.moved.emit(self._u)
                self._hold_until_s = now + HOLD_S
                return
            self._way = -1.0
        elif self._way < 0 and self._u <= 0.0:
            self._way = 1.0
        self._u = min(1.0, max(0.0, self._u + self._way * passed * self._speed / WAY_S))
        self.moved.emit(self._u)
        if self._u in (0.0, 1.0):
            if self._loop == "once":
                self.stop()
            self._hold_until_s = now + HOLD_S
