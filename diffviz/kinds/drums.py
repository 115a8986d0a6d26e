"""Six drums, each stroke another one, by which ``drums-8k`` learnt: ``python -m diffviz.kinds.drums FOLDER``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from diffviz.kinds.sound_files import wav_bytes

RATE, LENGTH = 8_000, 4_096  # half a second
ONSET = 48  # samples of silence before the stroke
FADE = 160
COUNT = 1000  # strokes of each that were learnt from
_T = np.arange(LENGTH - ONSET) / RATE

Stroke = Callable[[np.random.Generator], np.ndarray]


def _falls(seconds: float) -> np.ndarray:
    return np.exp(-_T / seconds)


def _noise(rng: np.random.Generator, low: float, high: float) -> np.ndarray:
    """White noise between two frequencies, Hz, its deviation 1."""
    spectrum = np.fft.rfft(rng.standard_normal(len(_T)))
    f = np.fft.rfftfreq(len(_T), 1 / RATE)
    # edges of an eighth of the frequency, else they ring
    spectrum *= 1 / (1 + np.exp(-(f - low) / (0.125 * low + 1))) / (1 + np.exp((f - high) / (0.125 * high)))
    noise = np.fft.irfft(spectrum, len(_T))
    return noise / noise.std()


def _sweep(start: float, end: float, seconds: float, phase: float = 0.0) -> np.ndarray:
    """A sine whose frequency falls from one to the other, Hz."""
    return np.sin(phase + 2 * np.pi * (end * _T + (start - end) * seconds * (1 - _falls(seconds))))


def _kick(rng: np.random.Generator) -> np.ndarray:
    body = _sweep(rng.uniform(140, 380), rng.uniform(42, 70), rng.uniform(0.012, 0.04)) * _falls(
        rng.uniform(0.06, 0.14)
    )
    return body + rng.uniform(0.02, 0.15) * _noise(rng, 800, 3500) * _falls(0.004)


def _snare(rng: np.random.Generator) -> np.ndarray:
    tone = rng.uniform(160, 240)
    body = _sweep(1.4 * tone, tone, 0.012) * _falls(rng.uniform(0.03, 0.07))
    body += 0.5 * np.sin(2 * np.pi * rng.uniform(1.5, 1.7) * tone * _T) * _falls(0.03)
    return body + rng.uniform(0.35, 0.7) * _noise(rng, 900, 3800) * _falls(rng.uniform(0.05, 0.1))


def _hat(rng: np.random.Generator) -> np.ndarray:
    return _noise(rng, rng.uniform(2200, 2800), 3900) * _falls(rng.uniform(0.012, 0.035))


def _cymbal(rng: np.random.Generator) -> np.ndarray:
    """Partials that are no multiples of each other, and noise."""
    base = rng.uniform(0.9, 1.15)
    tones = sum(np.sign(np.sin(2 * np.pi * base * f * _T + rng.uniform(0, 6))) for f in (1107, 1403, 1747, 2213, 2911))
    tones = np.diff(tones, prepend=0.0)  # the low ones are weak
    body = 0.25 * tones + rng.uniform(0.5, 1) * _noise(rng, 1800, 3900)
    return body * (0.4 * _falls(0.02) + 0.6 * _falls(rng.uniform(0.1, 0.2)))


def _tom(rng: np.random.Generator) -> np.ndarray:
    tone = rng.uniform(90, 200)
    body = _sweep(tone * rng.uniform(1.3, 1.6), tone, 0.05) * _falls(rng.uniform(0.08, 0.14))
    body += 0.25 * np.sin(2 * np.pi * 1.59 * tone * _T) * _falls(0.05)
    return body + rng.uniform(0.02, 0.1) * _noise(rng, 300, 2000) * _falls(0.01)


def _clap(rng: np.random.Generator) -> np.ndarray:
    low = rng.uniform(700, 1000)
    noise, gap = _noise(rng, low, rng.uniform(2.0, 2.6) * low), rng.uniform(0.009, 0.014)
    bursts = sum(np.where(k * gap <= _T, np.exp(-(_T - k * gap) / 0.004), 0) for k in range(int(rng.integers(3, 5))))
    late = _T - 3 * gap
    return noise * (bursts + 0.7 * np.where(late >= 0, np.exp(-late / rng.uniform(0.04, 0.08)), 0))


DRUMS: dict[str, Stroke] = {
    "kick": _kick, "snare": _snare, "hi-hat": _hat, "cymbal": _cymbal, "tom": _tom, "clap": _clap,
}  # fmt: skip


def stroke(drum: str, seed: int) -> np.ndarray:
    """One stroke of a drum, float32 (LENGTH,) at RATE: its peak 1, silent at both ends, without a mean."""
    rng = np.random.default_rng((list(DRUMS).index(drum), seed))
    sound = DRUMS[drum](rng)
    sound[-FADE:] *= 0.5 + 0.5 * np.cos(np.pi * (np.arange(FADE) + 1) / FADE)
    wave = np.concatenate([np.zeros(ONSET), sound])
    # a sine that dies has a mean, which is taken out where it sounds
    envelope = np.abs(wave)
    wave -= wave.sum() * envelope / envelope.sum()
    return (wave / np.abs(wave).max()).astype(np.float32)


def write(folder: Path, count: int = COUNT) -> None:
    """A folder of WAV files for each drum."""
    for drum in DRUMS:
        (folder / drum).mkdir(parents=True, exist_ok=True)
        for k in range(count):
            (folder / drum / f"{k:04}.wav").write_bytes(wav_bytes(stroke(drum, k), RATE))


if __name__ == "__main__":
    write(Path(sys.argv[1]), *map(int, sys.argv[2:3]))
