"""A kind of data that is no picture, as small as one can be."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from diffviz.bounded import Refusal
from diffviz.images import Picture
from diffviz.kinds import Kind

ONE = (0.5, -0.25)  # the sample that ships


class Pairs(Kind):
    """Two numbers a sample, seen as two grey fields beside each other, in any size."""

    name = "pairs"
    files = "Pairs (*.pairs)"

    def begins(self, head: bytes) -> bool:
        return head.startswith(b"pairs")

    def read(self, source: str) -> Picture:
        scheme, _, rest = source.partition(":")
        if scheme == "builtin":
            return self.decoded(self.encoded(np.array(ONE)), "one")
        if not Path(rest).exists():
            raise Refusal(f"{Path(rest).name}: there is no such file; choose another one.")
        return self.decoded(Path(rest).read_bytes(), Path(rest).name)

    def decoded(self, data: bytes, name: str) -> Picture:
        numbers = data.split()[1:]
        if len(numbers) != 2:
            raise Refusal(f"{name}: is no pair; choose another one.")
        return Picture(np.array(numbers, dtype=np.float64), name)

    def encoded(self, datum: np.ndarray) -> bytes:
        return b"pairs %g %g" % tuple(datum)

    def digest(self, datum: np.ndarray) -> str:
        return self.encoded(datum).hex().ljust(64, "0")[:64]

    def x_0(self, datum: np.ndarray, shape: Sequence[int] | None = None) -> np.ndarray:
        return np.asarray(datum, np.float32)

    def fits(self, shape: Sequence[int]) -> bool:
        return tuple(shape) == (2,)

    def words(self, shape: Sequence[int]) -> str:
        return "pairs"

    def raster(self, x: np.ndarray, value_range: float = 1.0, size: tuple[int, int] | None = None) -> np.ndarray:
        height, width = size or self.raster_size((2,))
        grey = np.clip(x / value_range * 127.5 + 127.5, 0, 255).astype(np.uint8)
        fields = np.repeat(grey, width // 2, axis=1)[:, None, :, None]
        return np.ascontiguousarray(np.broadcast_to(fields, (len(x), height, fields.shape[2], 3)))

    def raster_size(self, shape: Sequence[int]) -> tuple[int, int]:
        return 1, 2

    def values_at(self, sample: np.ndarray, x: int, y: int) -> list[float]:
        return [float(v) for v in sample]

    def looked_at(self, x_t: np.ndarray, place: tuple[float, float], value_range: float = 1.0) -> tuple[Any, str]:
        k = min(int(2 * place[0]), 1)
        return slice(k, k + 1), f"number {k + 1}"

    def channels(self, count: int) -> tuple[str, ...]:
        return ("value",)[:count]

    def marginals(self, x: np.ndarray) -> tuple[tuple[str, np.ndarray], ...]:
        return (("", x),)
