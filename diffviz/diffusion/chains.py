"""Many forward chains at once, and what of them adds up to the jump. numpy only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from diffviz.diffusion.schedules import NoiseSchedule


class Accumulated(NamedTuple):
    """What t steps come to, float64 (T+1,) each: the factor of x_0 and the variance of the noise."""

    signal: np.ndarray
    variance: np.ndarray


def accumulate(schedule: NoiseSchedule) -> Accumulated:
    """Step by step, from β alone: the running product of √(1-β), and V_t = (1-β_t) V_{t-1} + β_t.

    By induction they are √ᾱ_t and 1-ᾱ_t, which the jump takes at once (Ho et al. 2020, eq. 2 and 4).
    """
    signal, variance = np.ones(schedule.T + 1), np.zeros(schedule.T + 1)
    for t in range(1, schedule.T + 1):
        beta = float(schedule.beta[t])
        signal[t] = signal[t - 1] * (1.0 - beta) ** 0.5
        variance[t] = (1.0 - beta) * variance[t - 1] + beta
    return Accumulated(signal, variance)


def chains(x_0: np.ndarray, z: np.ndarray, schedule: NoiseSchedule) -> np.ndarray:
    """The trajectories x_0, x_1, ..., x_T of n chains: q(x_1..x_T | x_0), of x_0's dtype (T+1, n).

    x_t = √(1-β_t) x_{t-1} + √β_t z_t        (Ho et al. 2020, eq. 2)

    Args:
        x_0: where each begins, (n,). z: unit Gaussian, (T, n); row t-1 leads to level t.
    """
    signal, noise = np.sqrt(schedule.alpha).tolist(), np.sqrt(schedule.beta).tolist()
    x = np.empty((schedule.T + 1, len(x_0)), x_0.dtype)
    x[0] = x_0
    for t in range(1, schedule.T + 1):
        np.multiply(x[t - 1], signal[t], out=x[t])
        x[t] += noise[t] * z[t - 1]
    return x


def measure(x_0: np.ndarray, noise: np.ndarray, signal: np.ndarray) -> Accumulated:
    """Signal and variance read off n trajectories: the least-squares factor of x_0 in x_t, and what is left.

    With Σ x_0² they miss the truth by about √((1-ᾱ)/Σ x_0²) and (1-ᾱ) √(2/n). The factor is not a number where every
    x_0 is 0.

    Args:
        x_0: where each begins, (n,).
        noise: what the steps have added, (T+1, n): ``chains`` from 0, which are linear in where they begin, so that
            x_t = signal_t x_0 + noise_t and the same draws serve any picture.
        signal: of ``accumulate``.
    """
    energy = float(np.square(x_0, dtype=np.float64).sum())
    with np.errstate(invalid="ignore"):
        off = (noise @ x_0).astype(np.float64) / energy
    squares = np.einsum("tn,tn->t", noise, noise).astype(np.float64)
    explained = off**2 * energy if energy else 0.0
    return Accumulated(signal + off, np.maximum(squares - explained, 0.0) / max(1, len(x_0) - bool(energy)))
