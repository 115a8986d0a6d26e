"""Speaker: the device that is heard. miniaudio finds what the system has; it is imported at the first sound."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator
from typing import Any

import numpy as np

BLOCK_MS = 20
NO_DEVICE = "No sound device was found; connect one, or export the sound as WAV."
NO_LIBRARY = "Playing needs the package miniaudio; install it with: pip install miniaudio"
BACKENDS: list[Any] | None = None  # of miniaudio, in the order in which they are tried; None: its own


class NoSound(Exception):
    """Why nothing can be heard, in one sentence."""


class Speaker:
    """One device, opened when it is first needed and kept for its rate.

    ``fill``: is asked for so many samples, float32 (n,), from the device's own thread.
    """

    def __init__(self, fill: Callable[[int], np.ndarray]) -> None:
        self._fill = fill
        self._device: Any = None
        self._rate = 0

    @property
    def running(self) -> bool:
        return self._device is not None and self._device.running

    def start(self, rate: int) -> None:
        """Begin to ask for samples at this rate, Hz.

        Raises:
            NoSound: without a device, or the library.
        """
        if self._device is not None and self._rate != rate:
            self.close()
        if self._device is None:
            self._device, self._rate = _opened(rate), rate
        if not self._device.running:
            stream = self._stream()
            next(stream)
            self._device.start(stream)

    def stop(self) -> None:
        if self.running:
            self._device.stop()

    def close(self) -> None:
        if self._device is not None:
            with contextlib.suppress(Exception):  # a device that was unplugged
                self._device.close()
            self._device = None

    def _stream(self) -> Generator[bytes, int, None]:
        count = yield b""
        while True:
            count = yield self._fill(count).tobytes()


def _opened(rate: int) -> Any:
    try:
        import miniaudio
    except ImportError as error:
        raise NoSound(NO_LIBRARY) from error
    try:
        return miniaudio.PlaybackDevice(
            miniaudio.SampleFormat.FLOAT32, 1, rate, BLOCK_MS, backends=BACKENDS, app_name="diffviz"
        )
    except miniaudio.MiniaudioError as error:
        raise NoSound(NO_DEVICE) from error
