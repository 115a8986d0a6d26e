"""Power against frequency: what of a picture is above the noise at a level t."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

LEAST = 4  # rows and columns that have a spectrum
BANDS = 96  # of one row: as wide as the ear has them, by logarithms
LOWEST = 1e-3  # cycles a sample of the first of them: 16 Hz at 16 kHz


@dataclass(frozen=True, eq=False)
class Spectra:
    """Of x_0 and ε, over the same rings of frequency, float64 (K,) each.

    Attributes:
        frequency: the mean of each ring, in cycles a pixel or sample, rising to about 0.5.
        x_0: mean power of the picture in each ring.
        eps: that of the noise; 1 is expected.
        cross: mean of Re(F(x_0) conj F(ε)), 0 is expected; with it the spectrum of x_t is exact.
    """

    frequency: np.ndarray
    x_0: np.ndarray
    eps: np.ndarray
    cross: np.ndarray

    def x_t(self, alpha_bar: float) -> np.ndarray:
        """The power of √ᾱ x_0 + √(1-ᾱ) ε as it is, by linearity of the transform."""
        mixed = 2.0 * math.sqrt(alpha_bar * (1.0 - alpha_bar)) * self.cross
        return alpha_bar * self.x_0 + (1.0 - alpha_bar) * self.eps + mixed


@torch.no_grad()
def transform(x: Tensor) -> Tensor:
    """The 2-D DFT of each channel, its mean removed, under a Hann window: complex (C, H, W//2+1).

    Orthonormal, the window of mean square 1: white noise of variance v has the power v at every frequency.

    Args:
        x: float (C, H, W), H and W at least ``LEAST``; of one row, H = 1, it is the 1-D DFT.
    """
    rows, columns = (torch.hann_window(n, dtype=x.dtype, device=x.device) for n in x.shape[-2:])
    window = rows[:, None] * columns
    centred = x - x.mean(dim=(-2, -1), keepdim=True)
    return torch.fft.rfft2(centred * (window / window.square().mean().sqrt()), norm="ortho")


@torch.no_grad()
def spectra(x_0: Tensor, eps: Tensor, width: int) -> Spectra:
    """Radially averaged power of two transforms (C, H, W//2+1), means over channels and directions.

    Of one row the rings are bands of frequency, equally wide by logarithms.

    Args:
        width: W, which half a transform does not say.
    """
    rings, count = _rings(x_0.shape[-2], width) if x_0.shape[-2] > 1 else _bands(width)

    def over_rings(power: Tensor) -> np.ndarray:
        flat = power.mean(dim=0).double().numpy().reshape(-1)
        return np.bincount(rings.ring, weights=flat * rings.weight, minlength=count + 1)[:count] / rings.total

    cross = (x_0 * eps.conj()).real
    return Spectra(rings.frequency, *map(over_rings, (x_0.abs().square(), eps.abs().square(), cross)))


def crossing(frequency: np.ndarray, signal: np.ndarray, noise: float) -> float | None:
    """The frequency above which the signal lies below the noise, between two of them by logarithms.

    None where it does so everywhere or nowhere. As the noise grows beside the signal it never rises.

    Args:
        frequency: rising, float (K,). signal: ᾱ P_0, float (K,). noise: 1 - ᾱ.
    """
    above = np.flatnonzero(signal > noise)
    if not len(above) or above[-1] == len(signal) - 1 or noise <= 0:
        return None
    i = int(above[-1])
    a, b = math.log(signal[i] / noise), math.log(max(float(signal[i + 1]), 1e-300) / noise)
    low, high = math.log(frequency[i]), math.log(frequency[i + 1])
    return math.exp(low + (high - low) * a / (a - b))


class _Rings(NamedTuple):
    ring: np.ndarray
    weight: np.ndarray
    total: np.ndarray
    frequency: np.ndarray


@lru_cache(maxsize=4)
def _bands(width: int) -> tuple[_Rings, int]:
    """Of one row: which band each frequency lies in; what is below ``LOWEST``, the mean too, in the last."""
    frequency = np.fft.rfftfreq(width)
    edges = np.geomspace(max(frequency[1], LOWEST), 0.5, BANDS + 1)
    band = np.minimum(np.searchsorted(edges, frequency, "right") - 1, BANDS - 1)
    heard = band >= 0
    _, index = np.unique(band, return_inverse=True)  # low bands may hold no frequency at all
    index = np.where(heard, index - 1, index.max())
    count = int(index.max())
    weight = np.ones(len(frequency))
    total = np.bincount(index, minlength=count + 1)[:count].astype(float)
    sums = np.bincount(index, weights=frequency, minlength=count + 1)[:count]
    return _Rings(index, weight, total, sums / total), count


@lru_cache(maxsize=4)
def _rings(height: int, width: int) -> tuple[_Rings, int]:
    """Which ring each frequency of half a transform lies in; those beyond 0.5, and the mean itself, lie in the last."""
    count = min(height, width) // 2
    fy, fx = np.fft.fftfreq(height), np.fft.rfftfreq(width)
    radius = np.hypot(fy[:, None], fx)
    index = np.rint(radius * 2 * count).astype(np.intp) - 1
    index[(index < 0) | (index >= count)] = count
    weight = np.full(radius.shape, 2.0)  # the half that is left out is the mirror image
    weight[:, 0] = 1.0
    if width % 2 == 0:
        weight[:, -1] = 1.0
    index, weight, radius = index.reshape(-1), weight.reshape(-1), radius.reshape(-1)
    total = np.bincount(index, weights=weight, minlength=count + 1)[:count]
    sums = np.bincount(index, weights=weight * radius, minlength=count + 1)[:count]
    return _Rings(index, weight, total, sums / total), count
