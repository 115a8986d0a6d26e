"""Signal: who wants to hear of something says so once; nothing of Qt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class Signal:
    """Calls its listeners one after the other, in the order in which they came."""

    def __init__(self) -> None:
        self._listeners: list[Callable[..., object]] = []

    def connect(self, listener: Callable[..., object]) -> None:
        self._listeners.append(listener)

    def disconnect(self, listener: Callable[..., object]) -> None:
        """Forget a listener. Raises ValueError where it is none."""
        self._listeners.remove(listener)

    def emit(self, *values: Any) -> None:
        for listener in tuple(self._listeners):
            listener(*values)
