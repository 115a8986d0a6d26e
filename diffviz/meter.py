"""Progress on a terminal: one line that is written over; where standard error is no terminal, warnings alone."""

from __future__ import annotations

import math
import sys
import time
from types import TracebackType

from diffviz.numerals import brief

_EVERY_S = 0.1


def duration(seconds: float) -> str:
    """ "42 s", "12 min", "3 h 05 min" """
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"


class Meter:
    """Shows "step 37/250 · 71/s · 3 s left"; a context manager that leaves the cursor on a clean line."""

    def __init__(self) -> None:
        self._visible = sys.stderr.isatty()
        self._what = ""
        self._began_s = self._shown_s = 0.0
        self._width = 0

    def __enter__(self) -> Meter:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self._wipe()

    def show(self, what: str, done: int, total: int) -> None:
        """``done`` of ``total`` are finished; "done" of the first call is where the clock starts."""
        now = time.monotonic()
        if what != self._what:
            self._what, self._began_s, self._shown_s = what, now, 0.0
        if not self._visible or (now - self._shown_s < _EVERY_S and done < total):
            return
        self._shown_s = now
        self._line(f"{what} {done}/{total}{self._pace(done, total, now - self._began_s)}")

    def line(self, text: str) -> None:
        """The line as the caller words it, at most ten times a second."""
        now = time.monotonic()
        if self._visible and now - self._shown_s >= _EVERY_S:
            self._shown_s = now
            self._line(text)

    def note(self, text: str) -> None:
        """A remark on a line of its own, for who watches."""
        if self._visible:
            self.warn(text)

    def warn(self, text: str) -> None:
        """What must be known whether anyone watches or not: what was given is not quite what is shown."""
        self._wipe()
        print(f"diffviz: {text}", file=sys.stderr)

    def _pace(self, done: int, total: int, elapsed_s: float) -> str:
        if done < 1 or elapsed_s < 0.5:
            return ""
        rate = done / elapsed_s
        return f" · {brief(rate, 3)}/s · {duration((total - done) / rate)} left"

    def _line(self, text: str) -> None:
        print(f"\r{text.ljust(self._width)}", end="", file=sys.stderr, flush=True)
        self._width = len(text)

    def _wipe(self) -> None:
        if self._width:
            print(f"\r{' ' * self._width}\r", end="", file=sys.stderr, flush=True)
            self._width = 0
