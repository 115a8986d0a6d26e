"""Round values to label an axis with, for whatever draws it."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

# factors of every stride-th power of ten, from dense to sparse
_DENSITIES = ((tuple(range(1, 10)), 1), ((1, 2, 5), 1), ((1,), 1), ((1,), 2), ((1,), 3), ((1,), 6))
Fit = Callable[[float, float], bool]  # whether the labels of two values have room beside each other
# steps within a round one, the finest first
_FINER: dict[float, tuple[float, float]] = {1: (0.1, 0.5), 2: (0.2, 1), 5: (0.5, 1)}


def nice_ceiling(value: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is at least ``value``."""
    power = 10.0 ** math.floor(math.log10(max(value, 1e-12)))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= value * (1 - 1e-9))


def level_ticks(T: int, most: float) -> list[int]:
    """Round levels from 0 to T, about ``most`` steps apart; T itself is always among them, with room for its label."""
    step = max(1, round(nice_ceiling(T / most)))
    return [t for t in range(0, T, step) if T - t > 0.4 * step] + [T]


def linear_ticks(low: float, high: float, most: float) -> list[float]:
    """Round values between the ends, ``most`` steps of them at most."""
    step = nice_ceiling((high - low) / most)
    return [round(i * step, 12) for i in range(math.ceil(low / step), math.floor(high / step) + 1)]


def spaced_ticks(low: float, high: float, fit: Fit) -> list[float]:
    """Round values between the ends, two at least: three or so, or finer ones where neighbours ``fit``."""
    widest = max((high - low) / 2, 1e-12)
    power = 10.0 ** math.floor(math.log10(widest))
    coarse = next(factor for factor in (5, 2, 1) if factor * power <= widest * (1 + 1e-9))
    step = next((factor * power for factor in (*_FINER[coarse], coarse) if fit(0.0, factor * power)), None)
    if step is None:
        return several_ticks([], low, high)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return several_ticks([round(i * step, 12) for i in range(first, last + 1)], low, high)


def fitting_ticks(low: float, high: float, most: float, fit: Fit) -> list[float]:
    """Round values between the ends, about ``most`` or so few that neighbours ``fit``, two at least."""
    while most > 2 and not _all_fit(linear_ticks(low, high, most), fit):
        most -= 1
    return several_ticks(linear_ticks(low, high, most), low, high)


def power_ticks(low: float, high: float, most: float, fit: Fit) -> list[float]:
    """The exponents of round values between two of them, likewise; on the lowest axis the first and the last power."""
    first, last = math.ceil(low), math.floor(high)
    while True:
        found = several_ticks(log_ticks(10**low, 10**high, most), 10**low, 10**high)
        ticks = [math.log10(tick) for tick in found]
        if _all_fit(ticks, fit):
            return ticks
        if most <= 1:
            return [first, last] if first < last else ticks
        most /= 2


def _all_fit(ticks: list[float], fit: Fit) -> bool:
    return all(fit(a, b) for a, b in pairwise(ticks))


def log_ticks(low: float, high: float, most: float) -> list[float]:
    """Round values between the ends, which are above 0, for a logarithmic axis: as many as ``most`` allows."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    denser: list[float] = []
    ticks: list[float] = []
    for factors, stride in _DENSITIES:
        denser = ticks
        ticks = [f * 10.0**k for k in powers if k % stride == 0 for f in factors if low <= f * 10.0**k <= high]
        if len(ticks) <= most:
            break
    if len(ticks) < 3 and denser:  # some of the denser ones say more
        ticks = denser[:: math.ceil(len(denser) / most)]
    return ticks if len(ticks) > 1 else linear_ticks(low, high, most)


def several_ticks(ticks: list[float], low: float, high: float) -> list[float]:
    """The ticks, or finer ones where there are less than two: a single number gives an axis no scale."""
    for most in (4, 8, 16):
        if len(ticks) < 2:
            ticks = linear_ticks(low, high, most)
            ticks = ticks[:: max(1, len(ticks) // 2)]  # two or three: there is little room
    return ticks if len(ticks) > 1 else [low, high]
