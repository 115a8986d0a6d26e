"""Audible: a picture of a sound that knows what is heard of it."""

from __future__ import annotations

from typing import Any

import numpy as np


class Audible(np.ndarray):
    """uint8 (H, W, 3) with its ``wave``, float32 (n,); of several (N, H, W, 3) with theirs, (N, n).

    One of several has its own, and a stack those of all; whatever else is made of it is a picture alone, its wave None.
    """

    wave: np.ndarray | None

    @classmethod
    def of(cls, pictures: np.ndarray, waves: np.ndarray) -> Audible:
        """The pictures as they are, with what is heard of each."""
        made = pictures.view(cls)
        made.wave = waves
        return made

    def __array_finalize__(self, of: object) -> None:
        self.wave = None

    def __getitem__(self, item: Any) -> Any:
        found = super().__getitem__(item)
        if isinstance(found, Audible) and self.wave is not None and isinstance(item, int | np.integer):
            found.wave = self.wave[item] if self.ndim == 4 else None
        return found

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        made = super().__array_function__(func, types, args, kwargs)
        if func is np.stack and not kwargs:
            waves = [wave for each in args[0] if (wave := wave_of(each)) is not None]
            if len(waves) == len(args[0]):
                return Audible.of(made, np.stack(waves))
        return made


def wave_of(picture: np.ndarray | None) -> np.ndarray | None:
    """What is heard of a picture, or None."""
    return getattr(picture, "wave", None)
