"""The forward process q: from a clean picture to noise, and the posterior that leads back."""

from __future__ import annotations

import operator

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion.schedules import NoiseSchedule


def add_noise(x_0: Tensor, t: int | Tensor, eps: Tensor, schedule: NoiseSchedule) -> Tensor:
    """Jump from the clean picture to level t of the forward process.

    x_t = √ᾱ_t x_0 + √(1-ᾱ_t) ε        (Ho et al. 2020, eq. 4)

    Args:
        x_0: Clean data in [-1, 1], shape (B, *S).
        t: Levels in 0..T, one for all or integer tensor (B,). t = 0 returns x_0 exactly.
        eps: Unit Gaussian noise, shape of x_0. Passed in, never drawn here, so that a slider does not flicker.
    Returns:
        A new tensor of x_0's shape, dtype and device.
    Raises:
        IndexError: if any t lies outside 0..T.
    """
    return _mix(x_0, eps, t, schedule.alpha_bar, first=0)


def forward_step(x_s: Tensor, t: int | Tensor, z: Tensor, schedule: NoiseSchedule) -> Tensor:
    """One step of the forward chain, from level s = t-1 to level t.

    x_t = √(1-β_t) x_{t-1} + √β_t z        (Ho et al. 2020, eq. 2)

    Args:
        x_s: State at level t-1, shape (B, *S).
        t: Levels in 1..T, one for all or integer tensor (B,).
        z: Fresh unit Gaussian noise, shape of x_s.
    Returns:
        A new tensor of x_s's shape, dtype and device.
    Raises:
        IndexError: if any t lies outside 1..T.
    """
    return _mix(x_s, z, t, schedule.alpha, first=1)


def posterior(
    x_0: Tensor, x_t: Tensor, t: int | Tensor, schedule: NoiseSchedule, s: int | Tensor | None = None
) -> tuple[Tensor, Tensor]:
    """Mean and variance of q(x_s | x_t, x_0), the Gaussian of level s between a clean picture and level t.

    mean = c_0 x_0 + c_t x_t        (Ho et al. 2020, eq. 6-7; coefficients in ``posterior_coefficients``)

    Args:
        x_0: Clean data, shape (B, *S).
        x_t: State at level t, shape of x_0.
        t: Levels in 1..T, one for all or integer tensor (B,).
        s: Lower levels in 0..t-1, as t; None is t-1.
    Returns:
        The mean, of x_t's shape, and the variance in x_t's dtype, 0-dimensional or (B, 1, ...) as t is.
    Raises:
        IndexError: if any t lies outside 1..T or any s outside 0..t-1.
    """
    levels = _level_array(t)
    lower = levels - 1 if s is None else _level_array(s)
    pairs = np.broadcast_arrays(levels, lower)
    rows = [posterior_coefficients(int(a), int(b), schedule) for a, b in zip(*(p.ravel() for p in pairs), strict=True)]
    table = np.asarray(rows).T.reshape(3, *pairs[0].shape)
    c_0, c_t, variance = (_like(x_t, column) for column in table)
    return c_0 * x_0 + c_t * x_t, variance


def posterior_coefficients(t: float, s: float, schedule: NoiseSchedule) -> tuple[float, float, float]:
    """c_0, c_t and variance of q(x_s | x_t, x_0) = N(c_0 x_0 + c_t x_t, variance) (Ho et al. 2020, eq. 7).

    With α_{t|s} = ᾱ_t/ᾱ_s and β_{t|s} = 1 - α_{t|s}:

    c_0 = √ᾱ_s β_{t|s}/(1-ᾱ_t),  c_t = √α_{t|s} (1-ᾱ_s)/(1-ᾱ_t),  variance β̃ = β_{t|s} (1-ᾱ_s)/(1-ᾱ_t)

    Args:
        t: Level in 1..T, whole or between two (``NoiseSchedule.alpha_bar_at``).
        s: Lower level, 0 or at least 1. At s = 0 the three are exactly 1, 0, 0.
    Raises:
        IndexError: if t lies outside 1..T or s is not below it.
    """
    alpha_ts = chain_alpha(t, s, schedule)
    if s == 0:
        return 1.0, 0.0, 0.0
    alpha_bar_s = schedule.alpha_bar_at(s)
    left, right = 1.0 - alpha_bar_s, 1.0 - schedule.alpha_bar_at(t)
    beta_ts = 1.0 - alpha_ts
    return alpha_bar_s**0.5 * beta_ts / right, alpha_ts**0.5 * left / right, beta_ts * left / right


def chain_alpha(t: float, s: float, schedule: NoiseSchedule) -> float:
    """α_{t|s} = ᾱ_t/ᾱ_s, the share of x_s's variance that is left in x_t; 1 - α_{t|s} is β_{t|s}, and β_t at s = t-1.

    t and s may lie between whole levels, as in ``posterior_coefficients``.

    Raises:
        IndexError: if t lies outside 1..T or s is not below it.
    """
    if not 1 <= t <= schedule.T:
        raise IndexError(f"t = {t} is outside 1..{schedule.T}")
    if not 0 <= s < t:
        raise IndexError(f"s = {s} is outside 0..{t - 1}, the levels below t = {t}")
    if t % 1 or s % 1:
        return schedule.alpha_bar_at(t) / schedule.alpha_bar_at(s)
    # the product, not the quotient: ᾱ_s may have run out of digits
    return float(np.prod(schedule.alpha[int(s) + 1 : int(t) + 1]))


def _mix(x: Tensor, noise: Tensor, t: int | Tensor, signal: np.ndarray, first: int) -> Tensor:
    """√signal_t x + √(1-signal_t) noise. One t for all is the slider's way: two passes over memory, one new tensor."""
    levels = _level_array(t)
    last = len(signal) - 1
    wrong = levels[(levels < first) | (levels > last)]
    if wrong.size:
        raise IndexError(f"t = {wrong.flat[0]} is outside {first}..{last}")
    a, b = np.sqrt(signal[levels]), np.sqrt(1.0 - signal[levels])
    if levels.ndim == 0:
        return torch.mul(x, float(a)).add_(noise, alpha=float(b))
    return torch.mul(x, _like(x, a)).addcmul_(noise, _like(x, b))


def _level_array(t: int | Tensor) -> np.ndarray:
    """t as an integer array, () or (B,)."""
    if not isinstance(t, Tensor):
        return np.asarray(operator.index(t))
    levels = t.cpu().numpy()
    if levels.dtype.kind not in "iu":
        raise IndexError(f"t has dtype {t.dtype}; levels are whole numbers")
    return levels


def _like(x: Tensor, values: np.ndarray) -> Tensor:
    """Numbers () or (B,) in x's dtype and on its device, shaped to multiply x. MPS has no float64: dtype first."""
    shape = (-1, *(1,) * (x.ndim - 1)) if values.ndim else ()
    return torch.tensor(values).to(x.dtype).to(x.device).view(shape)
