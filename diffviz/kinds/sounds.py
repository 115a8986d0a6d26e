"""The sounds that ship: made, not stored, by a fixed seed, at 16 kHz, their peak 1."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from diffviz import catalog

RATE, SEED = 16_000, 0
FADE_S = 0.004  # at both ends: no click


def _time(seconds: float) -> np.ndarray:
    return np.arange(round(seconds * RATE)) / RATE


def _finished(wave: np.ndarray) -> np.ndarray:
    """Without a mean, faded at its ends, its peak 1; float32."""
    wave = wave - wave.mean()
    fade = round(FADE_S * RATE)
    ramp = 0.5 - 0.5 * np.cos(np.pi * np.arange(fade) / fade)
    wave[:fade] *= ramp
    wave[-fade:] *= ramp[::-1]
    return (wave / np.abs(wave).max()).astype(np.float32)


def _drum(rng: np.random.Generator) -> np.ndarray:
    """Two bars: kick, hat, snare, hat. A kick is a sine that falls, the others are coloured noise that dies away."""
    wave = np.zeros(round(2.0 * RATE))
    for beat, stroke in enumerate("khshkhsh"):
        t = _time(0.24)
        noise = rng.standard_normal(len(t))
        bright = np.diff(noise, prepend=0.0)
        if stroke == "k":
            sound = np.sin(2 * np.pi * (48 * t + 7.5 * (1 - np.exp(-t / 0.03)))) * np.exp(-t / 0.09)
        elif stroke == "s":
            sound = 0.5 * np.sin(2 * np.pi * 190 * t) * np.exp(-t / 0.05) + 0.35 * noise * np.exp(-t / 0.06)
        else:
            sound = 0.16 * np.diff(bright, prepend=0.0) * np.exp(-t / 0.02)
        at = round(0.25 * beat * RATE)
        wave[at : at + len(t)] += sound
    return wave


def _pluck(rng: np.random.Generator) -> np.ndarray:
    """A string by Karplus and Strong (1983): a burst of noise goes round a loop that dulls it."""
    wave = np.zeros(round(2.0 * RATE))
    for k, frequency in enumerate((196.0, 246.9, 293.7, 392.0)):
        period = round(RATE / frequency)
        loop = rng.uniform(-1, 1, period)
        turns = []
        for _ in range(len(wave) // period + 1):
            turns.append(loop)
            loop = 0.997 * 0.5 * (loop + np.roll(loop, 1))
        string, at = np.concatenate(turns), round(0.3 * k * RATE)
        wave[at:] += string[: len(wave) - at]
    return wave


def _bell(rng: np.random.Generator) -> np.ndarray:
    """Partials that are no multiples of one; the high ones die first."""
    t = _time(2.5)
    partials = ((0.5, 0.5, 2.0), (1.0, 1.0, 1.3), (1.19, 0.7, 1.0), (1.5, 0.5, 0.8), (2.0, 0.8, 0.7), (2.74, 0.5, 0.4),
                (3.76, 0.35, 0.25), (5.1, 0.25, 0.16), (6.9, 0.15, 0.1))  # fmt: skip
    return sum((a * np.exp(-t / tau) * np.sin(2 * np.pi * 440 * ratio * t) for ratio, a, tau in partials), 0 * t)


def _chord(rng: np.random.Generator) -> np.ndarray:
    """C, F, G, C: triads of soft saw-teeth, their upper partials fading."""
    wave = np.zeros(round(2.8 * RATE))
    for k, notes in enumerate(((60, 64, 67), (60, 65, 69), (59, 62, 67), (60, 64, 72))):
        t = _time(0.7)
        swell = np.minimum(1, t / 0.03) * np.minimum(1, (0.7 - t) / 0.08)
        for note in notes:
            f = 440 * 2 ** ((note - 69) / 12)
            for n in range(1, int(0.45 * RATE / f)):
                wave[round(0.7 * k * RATE) :][: len(t)] += (
                    swell * np.exp(-0.35 * n * (1 + t)) * np.sin(2 * np.pi * n * f * t) / n
                )
    return wave


# the first three formants, Hz, after Peterson and Barney (1952), and the widths of their bands
_VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240))
_WIDTHS = (80, 100, 140)


def _vowel(rng: np.random.Generator) -> np.ndarray:
    """A voice at about 120 Hz that sings a, i, u: the harmonics of its pulses through three resonances that move."""
    t = _time(2.1)
    pitch = 120 + 6 * np.sin(2 * np.pi * 5 * t) - 8 * t
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    at = np.array([0.0, 0.55, 0.8, 1.25, 1.5, 2.1])
    ways = [np.interp(t, at, [_VOWELS[v][k] for v in (0, 0, 1, 1, 2, 2)]) for k in range(3)]
    wave = np.zeros_like(t)
    for n in range(1, 60):
        f = n * pitch
        gain = np.prod(
            [way**2 / np.hypot(way**2 - f**2, f * width) for way, width in zip(ways, _WIDTHS, strict=True)], axis=0
        )
        wave += np.where(f < 0.47 * RATE, gain / n, 0) * np.sin(n * phase)
    return wave * np.minimum(1, t / 0.05) * np.minimum(1, (2.1 - t) / 0.15)


def _made(make: Callable[[np.random.Generator], np.ndarray]) -> Callable[[], np.ndarray]:
    return lambda: _finished(make(np.random.default_rng(SEED)))


SOUNDS: dict[str, Callable[[], np.ndarray]] = dict(
    zip(catalog.SOUNDS, map(_made, (_drum, _pluck, _bell, _chord, _vowel)), strict=True)
)
