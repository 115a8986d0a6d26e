"""Standard streams that are closed, full or gone: the work goes on without them, and nothing of it goes astray."""

from __future__ import annotations

import os
import sys
from typing import Any, TextIO


def open_closed() -> None:
    """Open what was closed, as nothing: the next file that is opened would else become the standard error."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115  as long as the program


def give_up(stream: TextIO) -> None:
    """Let everything go nowhere from now on, at the end of the program too."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    except (OSError, ValueError):  # no file stands behind it
        return


class Lenient:
    """A stream that may take nothing any more: its words are lost then, and the work is not.

    Attributes:
        lost: what kept it from taking them.
    """

    lost: OSError | None = None

    def __init__(self, stream: TextIO, to_a_reader: bool = False) -> None:
        """``to_a_reader``: that a pipe's reader has gone is raised as BrokenPipeError, for who writes on to end."""
        self._stream, self._to_a_reader = stream, to_a_reader

    def write(self, text: str) -> int:
        try:
            return self._stream.write(text)
        except OSError as error:
            self._lose(error)
        return len(text)

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as error:
            self._lose(error)
        except ValueError:  # it was closed meanwhile
            return

    def _lose(self, error: OSError) -> None:
        give_up(self._stream)
        if isinstance(error, BrokenPipeError):
            if self._to_a_reader:
                raise error
        else:
            self.lost = error

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)
