"""A sound as a picture: the waveform over the spectrogram, both from left to right in the same time."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from diffviz.kinds.kind import WHOLE, Span
from diffviz.palette import SPECTRUM, rgb

LOUDEST_DB, RANGE_DB = 6.0, 80.0  # of values in [-1, 1]: all of them 1, where a sine has 0 dB; and what is seen below
WAVE_SHARE = 0.34  # of the height
REACH = 2.0  # of the waveform at a value range of 1: unit Gaussian noise has 95 % within it
LEAST_HEIGHT = 72  # px: of less the spectrogram takes all
STRETCH = 2.5  # low frequencies have more of the height, as the ear has it: the mel scale where the rate is 16 kHz
_TABLE_STEPS = 256


def waveform(wave: np.ndarray, height: int, width: int, value_range: float = 1.0, span: Span = WHOLE) -> np.ndarray:
    """uint8 (height, width, 3) of a sound, float32 (n,), or a part of it, over ±``REACH`` times the range."""
    levels = _wave_levels(wave, height, width, value_range, span)
    return np.take(_colours(), levels, axis=0, mode="clip")


def picture(wave: np.ndarray, height: int, width: int, value_range: float = 1.0, span: Span = WHOLE) -> np.ndarray:
    """uint8 (height, width, 3) of a sound: its waveform, where there is room for it, over its spectrogram."""
    made = np.empty((height, width, 3), np.uint8)
    top = round(WAVE_SHARE * height) if height >= LEAST_HEIGHT else 0
    if top:
        made[:top] = waveform(wave, top, width, value_range, span)
    level = decibels(wave, height - top, width, span)
    level += np.float32(RANGE_DB - LOUDEST_DB - 20 * np.log10(value_range))
    level *= np.float32((_TABLE_STEPS - 1) / RANGE_DB)
    share = np.clip(level, 0, _TABLE_STEPS - 1, out=level)
    np.take(_colours(), share.astype(np.intp), axis=0, out=made[top:], mode="clip")
    return made


def window_of(n: int) -> int:
    """The length of the window for a sound of n samples: a power of 2, about as fine in time as in frequency."""
    return int(np.clip(2 ** round(float(np.log2(3 * n**0.5))), 256, 4096))


def decibels(wave: np.ndarray, rows: int, columns: int, span: Span = WHOLE) -> np.ndarray:
    """The power of |STFT|, Hann window, float32 (rows, columns), the highest frequency first.

    0 dB is a sine of amplitude 1; white noise of deviation 1 has 10 log10(6 / window) dB.
    """
    begin, end = (share * len(wave) for share in span)
    size = window_of(round(end - begin))
    window = _hann(size)
    padded = np.zeros(len(wave) + size, np.float32)
    padded[size // 2 : size // 2 + len(wave)] = wave
    # the middle of each column
    starts = (begin + (np.arange(columns) + 0.5) * ((end - begin) / columns)).astype(np.intp)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[starts] * window
    spectrum = np.fft.rfft(frames, axis=1).T
    power = np.square(spectrum.real)
    power += np.square(spectrum.imag)
    bins, shares = _bands(rows, size)
    found = np.zeros((rows, columns), np.float32)
    for bin_, share in zip(bins, shares, strict=True):
        found += share[:, None] * power[bin_]
    found *= np.float32((2 / window.sum()) ** 2)
    return 10 * np.log10(np.maximum(found, np.float32(1e-20), out=found), out=found)


@lru_cache(maxsize=4)
def _hann(size: int) -> np.ndarray:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(size) / size)).astype(np.float32)


def frequency_at(share: np.ndarray) -> np.ndarray:
    """Of a height above the bottom, 0..1, its frequency as a share of the highest."""
    return np.expm1(STRETCH * share) / np.expm1(STRETCH)


@lru_cache(maxsize=8)
def _bands(rows: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each row the bins around its frequency, (K, rows), and their shares, float32: those of a row sum up to 1."""
    last = size // 2
    middle = frequency_at((np.arange(rows)[::-1] + 0.5) / rows) * last
    reach = np.maximum(1.0, np.abs(np.gradient(middle)) if rows > 1 else np.full(1, last))
    bins = np.ceil(middle - reach).astype(np.intp) + np.arange(2 * int(np.ceil(reach.max())) + 1)[:, None]
    shares = np.maximum(0, 1 - np.abs(bins - middle) / reach) * ((bins >= 0) & (bins <= last))
    return np.clip(bins, 0, last), (shares / shares.sum(axis=0)).astype(np.float32)


def _wave_levels(wave: np.ndarray, rows: int, columns: int, value_range: float, span: Span) -> np.ndarray:
    """Of each pixel its place in the colours: from the lowest to the highest value of its column, within ±RMS more."""
    begin, end = (share * len(wave) for share in span)
    if end - begin < 2 * columns:
        at = np.linspace(begin, max(begin, end - 1), 2 * columns)
        first = int(begin)
        part = wave[first : int(end) + 2]
        wave = np.interp(at - first, np.arange(len(part)), part).astype(np.float32)
    else:
        wave = wave[round(begin) : round(end)]
    edges = (np.arange(columns + 1) * (len(wave) / columns)).astype(np.intp)
    begins = edges[:-1]
    high, low = np.maximum.reduceat(wave, begins), np.minimum.reduceat(wave, begins)
    # each column begins where the last one ended, so that the line is one
    before = wave[np.maximum(begins - 1, 0)]
    high, low = np.maximum(high, before), np.minimum(low, before)
    mean = np.add.reduceat(np.square(wave), begins) / np.diff(edges)
    rms = np.sqrt(mean)
    unit, middle = rows / (2 * REACH * value_range), rows / 2
    ink = 0.34 * _cover(rows, high * unit, low * unit, middle)
    ink += 0.36 * _cover(rows, np.minimum(rms, high) * unit, np.maximum(-rms, low) * unit, middle)
    ink[int(middle)] = np.maximum(ink[int(middle)], 0.3)  # the line of zero
    return (ink * (_TABLE_STEPS - 1)).astype(np.intp)


def _cover(rows: int, high: np.ndarray, low: np.ndarray, middle: float) -> np.ndarray:
    """How much of each pixel lies between low and high, at least one pixel a column; float32 (rows, columns)."""
    thin = np.maximum(0, 1 - (high - low)) / 2
    top, bottom = (middle - high - thin).astype(np.float32), (middle - low + thin).astype(np.float32)
    row = np.arange(rows, dtype=np.float32)[:, None]
    return np.clip(np.minimum(bottom, row + 1) - np.maximum(top, row), 0, 1)


@lru_cache(maxsize=1)
def _colours() -> np.ndarray:
    stops = np.array([rgb(colour) for colour in SPECTRUM], np.float64)
    at = np.linspace(0, len(stops) - 1, _TABLE_STEPS)
    return np.stack([np.rint(np.interp(at, np.arange(len(stops)), stops[:, c])) for c in range(3)], axis=1).astype(
        np.uint8
    )
