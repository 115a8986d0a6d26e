"""The curves of a schedule over t, and of the spread of futures: what is plotted, and how its numbers are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from diffviz.diffusion import NoiseSchedule
from diffviz.gui.numbers import decibels, fraction
from diffviz.gui.runs import Fan
from diffviz.numerals import brief
from diffviz.ticks import nice_ceiling

NAMES = ("spread of x\u200d\u0302\u2080 along the futures", "outcomes’ spread, by the t they part at")


def along(fan: Fan, T: int) -> np.ndarray:
    """The spread of x̂_0 at every whole level from 0 to where the futures part; NaN elsewhere. (T+1,)"""
    levels = np.arange(T + 1, dtype=np.float64)
    values = np.interp(levels, fan.levels[::-1], fan.spread[::-1])
    values[(levels > fan.levels[0]) | (levels < fan.levels[-1])] = np.nan
    return values


def outcomes(fans: Sequence[Fan], T: int) -> tuple[np.ndarray, list[tuple[float, float]]]:
    """The spread that is left at t = 0 against where the futures parted: between the points (T+1,), and the points."""
    points = sorted((fan.t, fan.spread[-1]) for fan in fans if fan.arrived)
    levels = np.arange(T + 1, dtype=np.float64)
    if not points:
        return np.full(T + 1, np.nan), []
    t, spread = zip(*points, strict=True)
    values = np.interp(levels, t, spread)
    values[(levels < t[0]) | (levels > t[-1])] = np.nan
    return values, points


LOWEST_DB = -80.0  # where ᾱ_T is 0 the curve would go to minus infinity


@dataclass(frozen=True)
class Curve:
    """One curve: its values over t, label, colour in the palette, dash, and how the number at its dot is written."""

    y: np.ndarray
    label: str
    role: str
    dashed: bool
    write: Callable[[float], str]
    shown: np.ndarray | None = None  # the numbers to write, where they differ from what is plotted


def curves_of(schedule: NoiseSchedule, kind: str, fans: Sequence[Fan] = ()) -> tuple[list[Curve], float]:
    """The curves of one view, and the factor of the right-hand axis (0: none). ``fans``: newest last."""
    alpha_bar = schedule.alpha_bar
    if kind == "alpha_bar":
        top = nice_ceiling(float(schedule.beta.max()))
        beta = Curve(
            schedule.beta / top, "β (right axis)", "noise", True, lambda v: f"β {fraction(v, 5)}", schedule.beta
        )
        return [Curve(alpha_bar, "ᾱ", "signal", False, lambda v: f"ᾱ {fraction(v, 4)}"), beta], top
    if kind == "alpha":
        return [Curve(1 - schedule.beta, "α = 1−β", "signal", False, lambda v: fraction(v, 5))], 0.0
    with np.errstate(divide="ignore", over="ignore"):
        if kind == "snr":
            ratio = alpha_bar[1:] / (1 - alpha_bar[1:])
            db = np.maximum(10 * np.log10(ratio), LOWEST_DB)
            plotted = np.concatenate([[np.nan], db])
            return [Curve(plotted, "SNR in dB", "signal", False, lambda v: f"{decibels(v)} dB", alpha_bar)], 0.0
        if kind == "sigma":
            sigma = np.sqrt((1 - alpha_bar[1:]) / np.maximum(alpha_bar[1:], 1e-16))
            shown = np.concatenate([[0.0], sigma])
            plotted = np.concatenate([[np.nan], np.log10(np.maximum(sigma, 1e-8))])
            return [Curve(plotted, "σ = √((1−ᾱ)/ᾱ)", "noise", False, lambda v: brief(v, 4), shown)], 0.0
    if kind == "spread":
        write = lambda v: fraction(v, 3)  # noqa: E731  as the others have it
        one, (other, points) = along(fans[-1], schedule.T), outcomes(fans, schedule.T)
        ended = [Curve(other, NAMES[1], "muted", True, write)] if points else []
        return [Curve(one, NAMES[0], "text", False, write), *ended], 0.0
    signal = Curve(np.sqrt(alpha_bar), "√ᾱ  signal", "signal", False, lambda v: fraction(v, 3))
    return [signal, Curve(np.sqrt(1 - alpha_bar), "√(1−ᾱ)  noise", "noise", True, lambda v: fraction(v, 3))], 0.0
