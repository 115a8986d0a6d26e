"""SIGTERM and SIGINT while training: a request to write a checkpoint and end. A second SIGINT ends at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any


class StopRequest:
    """A context manager that listens to the signals; in another than the main thread it only holds the request."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def ask(self) -> None:
        """End at the next checkpoint, which is now."""
        self._asked.set()

    def asked(self) -> bool:
        return self._asked.is_set()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        if self._asked.is_set() and number == signal.SIGINT:
            raise KeyboardInterrupt
        self._asked.set()


def interruptible(seen: Callable[[int, int], None], asked: Callable[[], bool]) -> Callable[[int, int], None]:
    """``seen``, which raises KeyboardInterrupt once a stop is asked for: where there is nothing to save yet."""

    def check(done: int, total: int) -> None:
        if asked():
            raise KeyboardInterrupt
        seen(done, total)

    return check
