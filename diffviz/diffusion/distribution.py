"""How x_t is distributed: over a picture a mixture of Gaussians, over ε at one pixel a single one."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch

LEVELS = 256  # values that an 8-bit picture can have: of those its mixture is exact


class Mixture(NamedTuple):
    """The values of x_0 over all its pixels: so many different ones, and their shares, float64 (n,) each."""

    values: np.ndarray
    shares: np.ndarray

    @property
    def mean(self) -> float:
        return float(self.shares @ self.values)

    @property
    def variance(self) -> float:
        return float(self.shares @ np.square(self.values - self.mean))

    @property
    def mean_square(self) -> float:
        return float(self.shares @ np.square(self.values))


def mixture_of(x_0: np.ndarray, low: float | None = None, high: float | None = None) -> Mixture:
    """The values of x_0, at most ``LEVELS`` of them: those of equal bins around the ends, each where its values lie.

    Of an 8-bit picture with the ends -1 and 1 each is one of its 256 values exactly.

    Args:
        x_0: float, any shape.
        low, high: the ends; None is the least and the largest value.
    """
    flat = x_0.reshape(-1)
    low = float(flat.min()) if low is None else low
    high = float(flat.max()) if high is None else high
    scale = (LEVELS - 1) / (high - low) if high > low else 0.0
    index = np.clip(np.rint((flat - low) * scale), 0, LEVELS - 1).astype(np.intp)
    counts = np.bincount(index, minlength=LEVELS)
    sums = np.bincount(index, weights=flat, minlength=LEVELS)
    there = counts > 0
    return Mixture(sums[there] / counts[there], counts[there] / flat.size)


def noised(mixture: Mixture, alpha_bar: float) -> tuple[float, float]:
    """Mean and variance of x_t over the pixels and ε: √ᾱ m_0 and ᾱ v_0 + 1 - ᾱ."""
    return alpha_bar**0.5 * mixture.mean, alpha_bar * mixture.variance + 1.0 - alpha_bar


def mixture_density(mixture: Mixture, edges: np.ndarray, alpha_bar: float) -> np.ndarray:
    """The density of x_t over a picture, Σ_i share_i N(√ᾱ value_i, 1-ᾱ), its mean over each bin: float64 (n,).

    As means over bins it is what a histogram converges to, also where the bells are narrower than a bin (t = 0, 1).

    Args:
        edges: of the bins, rising, float (n+1,).
        alpha_bar: ᾱ_t in 0..1.
    """
    below = _normal_cdf(edges[:, None], alpha_bar**0.5 * mixture.values, (1.0 - alpha_bar) ** 0.5) @ mixture.shares
    return np.diff(below) / np.diff(edges)


def density_over(mixture: Mixture, edges: np.ndarray, alpha_bar: np.ndarray) -> np.ndarray:
    """The density of x_t over x and t at once, as ``mixture_density`` has it of one level: float32 (n, len(ᾱ)).

    In float32: what is seen of a map is good to 1e-5.

    Args:
        edges: of the cells, rising, float (n+1,).
    """
    ends, values = torch.from_numpy(edges).to(torch.float32), torch.from_numpy(mixture.values).to(torch.float32)
    shares, widths = torch.from_numpy(mixture.shares).to(torch.float32), torch.from_numpy(np.diff(edges))
    made = np.empty((len(edges) - 1, len(alpha_bar)), np.float32)
    for k, each in enumerate(alpha_bar.tolist()):
        away = ends[:, None] - each**0.5 * values
        below = (away >= 0).float() if each == 1 else away.div_((2 * (1 - each)) ** 0.5).erf_().mul_(0.5)
        made[:, k] = (below @ shares).diff().clamp_(min=0).div_(widths).numpy()
    return made


def normal_density(x: np.ndarray, mean: float = 0.0, deviation: float = 1.0) -> np.ndarray:
    """N(x; mean, deviation²), of a deviation above 0."""
    return np.exp(-0.5 * np.square((x - mean) / deviation)) / (deviation * math.sqrt(2.0 * math.pi))


def histogram(x: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The share of the values in each of the equal bins, divided by its width; what lies outside is in none of them."""
    width = (edges[-1] - edges[0]) / (len(edges) - 1)
    index = np.floor((x.reshape(-1) - edges[0]) / width)
    inside = index[(index >= 0) & (index < len(edges) - 1)].astype(np.intp)
    return np.bincount(inside, minlength=len(edges) - 1) / (x.size * width)


def told_apart(mean_square: float, dimensions: int, alpha_bar: float) -> float:
    """How often the best judge, who knows x_0, tells x_t from a sample of N(0, I): 1/2 is guessing.

    The more likely of N(√ᾱ x_0, (1-ᾱ) I) and N(0, I) is told by ‖x - x_0/√ᾱ‖² against one threshold, which under both
    is a noncentral χ². As ᾱ goes to 0 that is Φ(√ᾱ ‖x_0‖/2). Good to 0.01 from two dimensions on, to 10⁻⁴ of a picture.
    """
    if alpha_bar in (0.0, 1.0):
        return 0.5 + 0.5 * alpha_bar
    square, left = mean_square * dimensions, 1.0 - alpha_bar
    threshold = (square - dimensions * math.log1p(-alpha_bar)) / alpha_bar
    noisy = _chi_square_cdf(threshold, dimensions, square * left / alpha_bar)
    return 0.5 + 0.5 * max(noisy - _chi_square_cdf(threshold * left, dimensions, square / alpha_bar), 0.0)


def _chi_square_cdf(x: float, k: int, away: float) -> float:
    """That of the noncentral χ² of k degrees of freedom, as a power of x that is nearly normal (Sankaran 1963)."""
    mean, spread = k + away, k + 2 * away
    h = 1 - 2 * mean * (k + 3 * away) / (3 * spread**2)
    p, m = spread / mean**2, (h - 1) * (1 - 3 * h)
    z = ((x / mean) ** h - 1 - h * p * (h - 1 - (2 - h) * m * p / 2)) / (h * math.sqrt(2 * p) * (1 + m * p / 2))
    return 0.5 * math.erfc(-z / math.sqrt(2.0))


def _normal_cdf(x: np.ndarray, mean: np.ndarray, deviation: float) -> np.ndarray:
    if deviation == 0:
        return (x >= mean).astype(np.float64)
    return torch.special.ndtr(torch.from_numpy((x - mean) / deviation)).numpy()
