"""Schedules out of lists and curves that a person has given: another T, and a smooth monotone way through points."""

from __future__ import annotations

import numpy as np

from diffviz.diffusion.schedules import MAX_BETA, MIN_BETA, NoiseSchedule


def resampled(schedule: NoiseSchedule, T: int) -> NoiseSchedule:
    """The schedule with another number of levels: ln ᾱ stays the same function of t/T, so the total noise stays.

    Args:
        T: number of levels after the clean one; the schedule's own gives the schedule itself.
    """
    if T == schedule.T:
        return schedule
    lost = -np.log(schedule.alpha_bar)  # rises from 0
    lost = pchip(np.arange(schedule.T + 1) / schedule.T, lost, np.arange(T + 1) / T)
    beta = np.clip(-np.expm1(-np.diff(lost)), MIN_BETA, MAX_BETA)
    return NoiseSchedule(np.concatenate([[0.0], beta]), schedule.name, schedule.params)


def pchip(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The piecewise cubic through (x, y) that rises and falls only where the points do (Fritsch & Butland 1984).

    Its slope is continuous. Outside the points it goes on as the first and the last cubic do.

    Args:
        x: at least two numbers, strictly rising.
        y: as many.
        at: where the values are wanted.
    """
    step = np.diff(x)
    slope = np.diff(y) / step
    if len(x) == 2:
        return y[0] + slope[0] * (at - x[0])
    m = np.concatenate([[_end(step, slope)], _inner(step, slope), [_end(step[::-1], slope[::-1])]])
    i = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(step) - 1)
    u = (at - x[i]) / step[i]
    share = u * u * (3 - 2 * u)  # Hermite's basis, in the form that gives y exactly at both ends
    return (1 - share) * y[i] + share * y[i + 1] + step[i] * u * (1 - u) * ((1 - u) * m[i] - u * m[i + 1])


def _inner(step: np.ndarray, slope: np.ndarray) -> np.ndarray:
    """The slopes at the inner points: a weighted harmonic mean of both sides', 0 at an extremum."""
    before, after = slope[:-1], slope[1:]
    near, far = 2 * step[1:] + step[:-1], step[1:] + 2 * step[:-1]
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (near + far) / (near / before + far / after)
    return np.where(before * after > 0, mean, 0.0)


def _end(step: np.ndarray, slope: np.ndarray) -> float:
    """The slope at the first point: the parabola's through three, as far as the cubic stays monotone."""
    m = ((2 * step[0] + step[1]) * slope[0] - step[0] * slope[1]) / (step[0] + step[1])
    if m * slope[0] <= 0:
        return 0.0
    if slope[0] * slope[1] <= 0 and abs(m) > 3 * abs(slope[0]):
        return float(3 * slope[0])
    return float(m)
