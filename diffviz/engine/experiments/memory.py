"""Memory: what was computed once, for the next time, bounded in bytes; the oldest unused goes first."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

MEMORY_BYTES, SHEET_BYTES = 512 * 2**20, 256 * 2**20
# first in keys: of an experiment that is done, and of one that was stopped and holds its model
SHEET, REST = "sheet", "rest"


class Memory:
    """Values by key. Not for several threads: the job thread owns it."""

    def __init__(self, limit_bytes: int = MEMORY_BYTES) -> None:
        self._limit = limit_bytes
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self.used_bytes = 0

    def get(self, key: Hashable) -> Any:
        """The value, or None."""
        if key not in self._kept:
            return None
        self._kept.move_to_end(key)
        return self._kept[key][0]

    def put(self, key: Hashable, value: Any, size_bytes: int) -> None:
        """Keep a value, and of the others as many as fit beside it; the newest stays whatever its size."""
        self._drop(key)
        while self._kept and self.used_bytes + size_bytes > self._limit:
            self._drop(next(iter(self._kept)))
        self._kept[key] = (value, size_bytes)
        self.used_bytes += size_bytes

    def take(self, key: Hashable) -> Any:
        """The value, which is kept no longer, or None."""
        value = self.get(key)
        self._drop(key)
        return value

    def forget(self, kind: str) -> None:
        """Keep no value any longer whose key begins so."""
        for key in [key for key in self._kept if isinstance(key, tuple) and key[0] == kind]:
            self._drop(key)

    def _drop(self, key: Hashable) -> None:
        if key in self._kept:
            self.used_bytes -= self._kept.pop(key)[1]
