"""held_data: numbers that a program holds -> what the window shows as its data."""

from __future__ import annotations

from typing import Any

import numpy as np

from diffviz.kinds import LINE, PICTURE, POINTS, SOUND, Datum, Kind
from diffviz.kinds.points import on_a_line
from diffviz.kinds.sound import MODEL_RATE, Sound, record
from diffviz.kinds.sound_files import HIGHEST, LEAST, LOWEST, SILENT
from diffviz.models.errors import ModelError

NAME = "your data"
DRAWN = 5000  # points of a sample


def held_data(data: Any, rate: int | None = None) -> tuple[Kind, Datum | None, tuple[int, ...] | None]:
    """Its kind, the datum, and the shape of a sample of a network that learnt it; without data pictures.

    Raises:
        Refusal, of which ModelError is one: one sentence, for what is no such data.
    """
    if data is None:
        if rate is not None:
            raise ModelError("rate belongs to a sound; give it as data.")
        return PICTURE, None, None
    try:
        array = np.asarray(data, np.float64)
    except (TypeError, ValueError, RuntimeError) as error:  # of ragged lists, and of tensors elsewhere
        raise ModelError(f"{NAME}: is no array of numbers; give one of NumPy's.") from error
    if rate is not None:
        return _sound(array, rate)
    kind = LINE if on_a_line(array.shape) else POINTS
    return kind, kind.held(array, NAME), (DRAWN, kind.columns)


def _sound(array: np.ndarray, rate: int) -> tuple[Kind, Datum, tuple[int, ...]]:
    if not (type(rate) is int and LOWEST <= rate <= HIGHEST):
        raise ModelError(f"rate = {rate!r} is outside {LOWEST:,}..{HIGHEST:,} Hz; resample the sound.")
    if array.ndim != 1 or len(array) < LEAST or not np.isfinite(array).all() or np.abs(array).max() < SILENT:
        raise ModelError(f"{NAME}: a sound is one row of {LEAST} finite numbers or more, and is heard.")
    datum = Sound(record(array.astype(np.float32), rate), NAME)
    return SOUND, datum, (len(array) * MODEL_RATE // rate,)
