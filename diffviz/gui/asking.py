"""Asking: which request of a view to the engine is its newest, and which answer is shown."""

from __future__ import annotations


class Asking:
    """What every view has that asks the engine: the newest request wins, an older answer never follows a newer one."""

    _serial = _shown = 0  # of the newest request, and of the answer that is shown

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return self._shown < self._serial

    def failed(self) -> None:
        """The newest request will not be answered."""
        self._shown = self._serial

    def _newer(self, serial: int) -> bool:
        """Whether an answer is newer than the one shown, whose place it takes."""
        newer, self._shown = serial > self._shown, max(serial, self._shown)
        return newer
