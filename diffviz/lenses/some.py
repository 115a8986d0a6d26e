"""Some of many numbers: as many as say enough and keep up with the slider."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


def some_of(values: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the values, a new array (n,): one of each of equal stretches, the same ones every time.

    Where in its stretch is random, so that no pattern of rows and columns falls in step with it.
    """
    flat = values.reshape(-1)
    return flat.copy() if flat.size <= most else flat[_places(flat.size, most)]


@lru_cache(maxsize=4)
def _places(size: int, most: int) -> np.ndarray:
    within = np.random.default_rng(0).random(most)
    return np.minimum(((np.arange(most) + within) * (size / most)).astype(np.intp), size - 1)
