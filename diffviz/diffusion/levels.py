"""The levels that a chain visits: strictly falling, 0 the last. numpy only, float64."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from diffviz.diffusion.schedules import NoiseSchedule

RHO = 7.0  # Karras et al. 2022
SPACINGS = ("trailing", "leading", "linspace", "leading_open", "linspace_open")
GRIDS = ("karras", "exponential")


def step_levels(
    T: int,
    steps: int | None = None,
    spacing: str = "trailing",
    start: float | None = None,
    offset: int = 0,
    whole: bool = True,
) -> list[float]:
    """Levels, ``steps`` + 1 of them, 0 the last; whole ones as a rule.

    trailing: counted down from the first level in equal parts; leading: counted up from 1 in whole strides, so that
    the chain begins below T; linspace: spread evenly from the first level to 1 (Lin et al. 2024, table 2).
    leading_open, linspace_open: as these with one level more, the lowest of which is left out (DPM-Solver's).

    Args:
        T: the schedule's last level.
        steps: 1..T; None is every level.
        spacing: "trailing", "leading", "linspace", "leading_open" or "linspace_open".
        start: the first level, in 1..T, kept exactly with every spacing, also between two whole ones; the steps are
            spread below it. None is T.
        offset: added to the levels of leading spacing, as far as the first level allows (diffusers' steps_offset).
        whole: False leaves those of linspace between two whole levels where they fall there (diffusers' Euler).
    Raises:
        ValueError: if ``steps``, ``spacing``, ``start`` or ``offset`` is none of these.
    """
    if offset < 0:
        raise ValueError(f"offset = {offset} is below 0.")
    first, n = _first_and_count(T, steps, start)
    if spacing == "trailing":
        # rounding can make numpy's arange one longer
        levels = np.round(np.arange(first, 0, -first / n)[:n])
    elif spacing in ("leading", "leading_open"):
        more = int(spacing == "leading_open")
        levels = np.arange(more, n + more)[::-1] * max(int(first) // (n + more), 1) + 1.0
        levels += min(offset, int(first) - levels[0])
    elif spacing == "linspace":
        levels = np.linspace(0, int(first) - 1, n)[::-1]
        levels = (np.round(levels) if whole else levels) + 1
    elif spacing == "linspace_open":
        lowest = 0 if n < int(first) else -1  # of as many steps as levels none is left out
        levels = np.round(np.linspace(lowest, int(first) - 1, n + 1))[:0:-1] + 1
    else:
        raise ValueError(f"spacing = {spacing!r} is not one of {', '.join(SPACINGS)}.")
    # one step leaves linspace no second end: it keeps the first, where the noise is
    if start is not None or (spacing == "linspace" and n == 1):
        levels[0] = first
    return [*(level(t) for t in levels), 0]


def sigma_levels(
    schedule: NoiseSchedule,
    steps: int | None = None,
    grid: str = "karras",
    start: float | None = None,
    last: float = 1,
) -> list[float]:
    """Levels whose σ_VE are spread between those of the first level and of ``last``, ``steps`` + 1 of them, then 0.

    karras: σ_i = (σ_first^(1/ρ) + i/(n-1) (σ_last^(1/ρ) - σ_first^(1/ρ)))^ρ with ρ = 7 (Karras et al. 2022, eq. 5);
    exponential: evenly in ln σ. t follows from σ by linear interpolation of ln σ over t, so most levels are no whole
    numbers.

    Args:
        schedule: gives σ; its ᾱ at the first level is above 0.
        steps: 1..T; None is as many as there are whole levels.
        grid: "karras" or "exponential".
        start: the first level, in 1..T, kept exactly; None is T.
        last: the last level before 0, in 1..start.
    Raises:
        ValueError: if ``steps``, ``grid`` or ``start`` is none of these, or σ at the first level is infinite.
    """
    first, n = _first_and_count(schedule.T, steps, start)
    check_finite_sigma(schedule, first)
    ends = tuple(((1.0 - a) / a) ** 0.5 for a in map(schedule.alpha_bar_at, (first, last)))
    if grid == "karras":
        ln_sigma = RHO * np.log(np.linspace(ends[0] ** (1 / RHO), ends[1] ** (1 / RHO), n))
    elif grid == "exponential":
        ln_sigma = np.linspace(np.log(ends[0]), np.log(ends[1]), n)
    else:
        raise ValueError(f"grid = {grid!r} is not one of {', '.join(GRIDS)}.")
    levels = np.interp(ln_sigma, np.log(schedule.sigma[1:]), np.arange(1.0, schedule.T + 1))
    # rounding in the logarithms must not move the ends
    levels[-1], levels[0] = last, first
    return [*(level(t) for t in levels), 0]


def chosen_levels(T: int, steps: int | None, spacing: str, levels: Sequence[float] | None) -> list[float]:
    """``levels`` where they are given and right, else those of ``step_levels``. Raises ValueError as both do."""
    return step_levels(T, steps, spacing) if levels is None else checked_levels(levels, T)


def checked_levels(levels: Sequence[float], T: int) -> list[float]:
    """The same levels, whole ones as ints.

    Raises:
        ValueError: if they are not strictly falling from a level in 1..T to 0, without one between 0 and 1.
    """
    known = [level(t) for t in levels]
    falling = all(t > s for t, s in pairwise(known))
    if len(known) < 2 or not falling or not 1 <= known[-2] <= known[0] <= T or known[-1] != 0:
        raise ValueError(f"levels = {known} is not a strictly falling list from a level in 1..{T} to 0.")
    return known


def check_finite_sigma(schedule: NoiseSchedule, t: float) -> None:
    """Raise ValueError if level t has no finite σ, which samplers in σ need."""
    if schedule.alpha_bar_at(t) == 0:
        raise ValueError(
            f"σ is infinite at t = {t}, where ᾱ is 0 (zero terminal SNR), and this sampler works in σ; "
            "use ddpm or ddim, or begin at a lower t."
        )


def level(t: float) -> float:
    """A Python int where t is whole, else a Python float."""
    value = float(t)
    return int(value) if value.is_integer() else value


def _first_and_count(T: int, steps: int | None, start: float | None) -> tuple[float, int]:
    first = T if start is None else start
    if not 1 <= first <= T:
        raise ValueError(f"start = {start} is outside 1..{T}.")
    n = int(first) if steps is None else steps
    if not 1 <= n <= first:
        raise ValueError(f"steps = {steps} is outside 1..{int(first)}.")
    return first, n
