"""SIGTERM and SIGINT while training: a request to write a checkpoint and end. A second SIGINT ends at once.

A program that starts the training may ask by closing its standard input: that works on every system, and is also what
happens when the program dies.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any


class StopRequest:
    """A context manager that listens to the signals; in another than the main thread it only holds the request.

    Args:
        at_eof: whether the end of standard input is a request too.
    """

    def __init__(self, at_eof: bool = False) -> None:
        self._at_eof = at_eof
        self._asked = threading.Event()
        self._before: dict[int, Any] = {}

    def __enter__(self) -> StopRequest:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._on_signal)
        if self._at_eof:
            threading.Thread(target=self._read_to_the_end, name="diffviz-stop", daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def ask(self) -> None:
        """End at the next checkpoint, which is now."""
        self._asked.set()

    def asked(self) -> bool:
        return self._asked.is_set()

    def _read_to_the_end(self) -> None:
        # not through sys.stdin, whose lock a thread that still reads would hold at the end of the program
        while os.read(0, 4096):
            pass
        self.ask()

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
