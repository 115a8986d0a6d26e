"""Kind: what the rest asks of data instead of asking what it is."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np


class Kind(ABC):
    """A kind of data.

    ``datum`` is what a file of it holds; x are the numbers that are noised, float32 (N, *S) of N samples of shape S.
    """

    name: ClassVar[str]

    @abstractmethod
    def x_0(self, datum: Any, shape: Sequence[int] | None = None) -> np.ndarray:
        """The datum as what is noised, float32 (*S); ``shape``: the S that a model takes, else as the datum is.

        Raises:
            ValueError: one sentence, where a model of that shape takes nothing of this kind.
        """

    @abstractmethod
    def raster(self, x: np.ndarray, value_range: float = 1.0) -> np.ndarray:
        """A picture of each sample, a new uint8 (N, H, W, 3): values over [-value_range, value_range]."""

    @abstractmethod
    def raster_size(self, shape: Sequence[int]) -> tuple[int, int]:
        """(H, W) of the pictures of samples of that shape."""

    @abstractmethod
    def words(self, shape: Sequence[int]) -> str:
        """A sample's shape for people: "32x32 RGB"."""

    def bytes_of(self, shape: Sequence[int], count: int) -> tuple[int, int]:
        """What ``count`` samples take: their pictures, and their values."""
        height, width = self.raster_size(shape)
        return count * height * width * 3, count * math.prod(shape) * 4
