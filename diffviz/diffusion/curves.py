"""A schedule as a curve that is drawn: points of β, ᾱ, SNR or σ are moved, and the others follow. numpy only."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from diffviz.diffusion.drawn import pchip
from diffviz.diffusion.schedules import MAX_BETA, NoiseSchedule

LOW_DB, HIGH_DB = -80.0, 60.0  # of a point: beyond, a picture of 8 bits would not tell the difference
LOW_BETA = 1e-6
APART = 0.05  # of the stretch between two points that one of them leaves to the other


def point_levels(T: int, count: int) -> tuple[int, ...]:
    """Where the points stand: ``count`` levels from 1 to T, evenly; fewer where T has fewer."""
    return tuple(np.unique(np.rint(np.linspace(1, T, min(count, T))).astype(int)).tolist())


def limits(schedule: NoiseSchedule, levels: Sequence[int], k: int, quantity: str) -> tuple[float, float]:
    """Between which values point k may be moved: SNR falls from point to point, so ᾱ falls and σ rises too.

    Args:
        schedule: with ᾱ_T above 0.
        levels: where the points stand, rising from 1 to T.
    """
    if quantity == "beta":
        return LOW_BETA, MAX_BETA
    here = _db(schedule)
    before = here[levels[k - 1]] if k else HIGH_DB
    after = here[levels[k + 1]] if k + 1 < len(levels) else LOW_DB
    here_db = float(here[levels[k]])
    gap = APART * max(0.0, before - after)
    low, high = min(after + gap, here_db), max(before - gap, here_db)
    ends = [_from_db(db, quantity) for db in (low, high)]
    return min(ends), max(ends)


def moved(schedule: NoiseSchedule, levels: Sequence[int], k: int, quantity: str, value: float) -> NoiseSchedule:
    """The schedule with point k at ``value``, as far as ``limits`` let it; the other points stay.

    SNR, ᾱ and σ: the SNR in decibels of every level is mapped by one smooth, monotone function that leads each point
    to its new place; a point that is not moved, and the curve beyond its neighbours, stays what it is. β: multiplied
    by a smooth factor that is 1 at all other points.

    Args:
        schedule: with ᾱ_T above 0.
        levels: where the points stand, rising from 1 to T.
        quantity: "beta", "alpha_bar", "snr_db" or "sigma".
    """
    low, high = limits(schedule, levels, k, quantity)
    value = min(max(value, low), high)
    at = np.asarray(levels, dtype=np.float64)
    if quantity == "beta":
        logs = np.zeros(len(at))
        logs[k] = math.log(value / schedule.beta[levels[k]])
        factor = np.exp(pchip(at, logs, np.arange(1.0, schedule.T + 1)))
        beta = np.clip(schedule.beta[1:] * factor, LOW_BETA * 1e-3, MAX_BETA)
        return NoiseSchedule(np.concatenate([[0.0], beta]))
    db = _db(schedule)
    old = db[list(levels)]
    new = old.copy()
    new[k] = _to_db(value, quantity)
    order, first = np.unique(old, return_index=True)  # rising, as a function's arguments are
    mapped = pchip(order, new[first], db[1:]) if len(order) > 1 else db[1:] + (new[k] - old[k])
    alpha_bar = 1.0 / (1.0 + 10.0 ** (-mapped / 10.0))
    return NoiseSchedule.from_alpha_bar(np.concatenate([[1.0], np.minimum.accumulate(alpha_bar)]))


def _db(schedule: NoiseSchedule) -> np.ndarray:
    """SNR in dB, index t; finite but at t = 0."""
    return np.maximum(schedule.snr_db, 10 * LOW_DB)


def _to_db(value: float, quantity: str) -> float:
    if quantity == "snr_db":
        return value
    if quantity == "alpha_bar":
        return 10 * math.log10(value / (1 - value))
    return -20 * math.log10(value)


def _from_db(db: float, quantity: str) -> float:
    if quantity == "snr_db":
        return db
    if quantity == "alpha_bar":
        return 1 / (1 + 10 ** (-db / 10))
    return 10 ** (-db / 20)
