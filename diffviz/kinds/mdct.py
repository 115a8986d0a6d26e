"""An orthonormal MDCT: a sound as frames of frequency bands and back. White noise stays white, energy is kept."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


def forward(wave: np.ndarray, bands: int) -> np.ndarray:
    """Coefficients (..., bands, frames) of a sound (..., bands * frames), float64 or float32 as given.

    The lapped transform of Malvar (1990): neighbouring blocks are rotated into each other under a sine window, which
    is Princen and Bradley's time-domain aliasing (1986), then each has its DCT-IV. The two ends are not folded, so that
    the whole is a square orthonormal matrix.
    """
    blocks = _rotated(wave.reshape(*wave.shape[:-1], -1, bands), 1.0)
    return np.ascontiguousarray((blocks @ _dct4(bands, wave.dtype.str)).swapaxes(-1, -2))


def inverse(coefficients: np.ndarray) -> np.ndarray:
    """The sound (..., bands * frames) of coefficients (..., bands, frames)."""
    bands = coefficients.shape[-2]
    blocks = coefficients.swapaxes(-1, -2) @ _dct4(bands, coefficients.dtype.str)
    return np.ascontiguousarray(_rotated(blocks, -1.0).reshape(*coefficients.shape[:-2], -1))


def _rotated(blocks: np.ndarray, way: float) -> np.ndarray:
    """Each pair of samples at the same distance from a border between two blocks (..., frames, bands), turned."""
    half = blocks.shape[-1] // 2
    angle = np.pi * (np.arange(half) + 0.5 + half) / (4 * half)  # of the sine window, from its middle outwards
    cos, sin = np.sin(angle).astype(blocks.dtype), (way * np.cos(angle)).astype(blocks.dtype)
    turned = blocks.copy()
    left, right = blocks[..., :-1, ::-1][..., :half], blocks[..., 1:, :half]
    turned[..., :-1, ::-1][..., :half] = cos * left - sin * right
    turned[..., 1:, :half] = cos * right + sin * left
    return turned


@lru_cache(maxsize=4)
def _dct4(size: int, dtype: str) -> np.ndarray:
    """Its own inverse."""
    n = np.arange(size) + 0.5
    return (np.sqrt(2 / size) * np.cos(np.pi / size * np.outer(n, n))).astype(dtype)
