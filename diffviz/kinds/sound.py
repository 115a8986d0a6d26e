"""Sound: one voice over time, float32 (n,) in [-1, 1] as it is noised, heard and seen as wave and spectrogram."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffviz.files import display_name
from diffviz.kinds import mdct, sound_files
from diffviz.kinds.audible import Audible, wave_of
from diffviz.kinds.kind import GAIN, WHOLE, Kind, Span
from diffviz.kinds.sound_files import Heard
from diffviz.kinds.sounds import RATE, SOUNDS
from diffviz.kinds.spectrogram import picture, waveform
from diffviz.kinds.tiles import Grid, side, tile
from diffviz.numerals import brief

SIDE = 256
LEAST_PX = 10  # of a waveform's height
SEVERAL = 512  # px a side, of several in no particular room
MODEL_RATE = 8_000  # Hz, of what a network makes
SCALE = 3.0  # of what a network makes: the MDCT of a drum's stroke has deviation 0.14, a picture's pixels 0.5


@dataclass(frozen=True)
class Sound:
    """What a file of sound holds: a record of ``rate``, in Hz, and ``wave``, float32 (n,), its peak 1."""

    array: np.ndarray
    name: str
    note: str | None = None


def record(wave: np.ndarray, rate: int) -> np.ndarray:
    """A wave and its rate as one value: a sound is nothing without either."""
    made = np.zeros((), [("rate", "<i4"), ("wave", "<f4", (len(wave),))])
    made["rate"], made["wave"] = rate, wave + np.float32(0)  # there are two zeros, and one digest
    return made


class Sounds(Kind):
    """Mono: the samples themselves, (n,). Of a network ``SCALE`` times the MDCT at 8 kHz, (bands, rows, columns).

    Bands are channels, and frames lie row by row: what belongs to a frequency has weights of its own, as it must, since
    nothing in a sound stays what it is a few bands higher. A network learns so ten times faster than from a picture of
    frequency and time.
    """

    name = "sound"
    one, many, parts, unit = "sound", "sounds", "samples", "of its samples"
    spread = "loudness"
    heard = True
    models = ("drums-8k",)
    files = "Sound (*.wav *.flac *.ogg *.oga *.opus *.mp3 *.m4a *.aif *.aiff *.au *.caf)"

    def __init__(self, span: Span = WHOLE) -> None:
        self._span = span

    # -- files

    def begins(self, head: bytes) -> bool:
        return sound_files.format_of(head) is not None

    def read(self, source: str) -> Sound:
        scheme, _, rest = source.partition(":")
        if scheme == "builtin":
            return Sound(record(SOUNDS[rest](), RATE), rest)
        name = display_name(rest)
        return _scaled(sound_files.read(rest, name), name)

    def decoded(self, data: bytes, name: str) -> Sound:
        return _scaled(sound_files.decoded(data, name), name)

    def encoded(self, datum: np.ndarray) -> bytes:
        """WAV of floats."""
        return sound_files.wav_bytes(datum["wave"], int(datum["rate"]))

    def digest(self, datum: np.ndarray) -> str:
        return hashlib.sha256(datum["rate"].astype("<i8").tobytes() + datum["wave"].astype("<f4").tobytes()).hexdigest()

    # -- the numbers that are noised

    def x_0(self, datum: Any, shape: Sequence[int] | None = None) -> np.ndarray:
        """The samples; as a network takes them, their MDCT at its own rate, cut or with silence behind."""
        if shape is None:
            return np.array(datum["wave"])
        if not self.fits(shape):
            raise ValueError("The model's samples are no sound, and what is open is one; open what it knows.")
        wave, rate = datum["wave"], int(datum["rate"])
        length = math.prod(shape)
        wave = sound_files.resampled(wave, rate, MODEL_RATE)[:length]
        wave = np.pad(wave, (0, length - len(wave)))
        return wave if len(shape) == 1 else (SCALE * mdct.forward(wave, shape[0])).reshape(shape)

    def fits(self, shape: Sequence[int]) -> bool:
        if len(shape) != 3:
            return len(shape) == 1
        return shape[0] % 2 == 0  # the MDCT's blocks have two halves

    def scale(self, shape: Sequence[int]) -> float:
        """The MDCT is orthonormal: a distance of its numbers is one of samples, but for their scale."""
        return SCALE if len(shape) == 3 else 1.0

    def words(self, shape: Sequence[int]) -> str:
        if len(shape) == 3:
            return f"{math.prod(shape) / MODEL_RATE:.3g} s of sound"
        return f"{shape[0]:,} samples of sound"

    def size_words(self, datum: Any) -> str:
        rate = int(datum["rate"])
        return f"{len(datum['wave']) / rate:.2f} s · {rate / 1000:g} kHz"

    # -- what is heard

    def rate(self, datum: Any | None) -> int:
        return MODEL_RATE if datum is None else int(datum["rate"])

    def waves(self, x: np.ndarray) -> np.ndarray:
        return x if x.ndim == 2 else mdct.inverse(x.reshape(*x.shape[:2], -1)) / np.float32(SCALE)

    # -- what is seen

    def during(self, span: Span) -> Sounds:
        return self if span == self._span else Sounds(span)

    def span_words(self, x: np.ndarray, rate: int) -> str:
        seconds = math.prod(x.shape) / rate
        return "" if self._span == WHOLE else " to ".join(f"{share * seconds:.3f}" for share in self._span) + " s"

    def raster(self, x: np.ndarray, value_range: float = 1.0, size: tuple[int, int] | None = None) -> np.ndarray:
        """Each sample's waveform over its spectrogram, which can be heard."""
        (height, width), waves = size or (SIDE, SIDE), self.waves(x)
        return Audible.of(np.stack([picture(wave, height, width, value_range, self._span) for wave in waves]), waves)

    def arrange(self, x: np.ndarray, value_range: float = 1.0, size: tuple[int, int] | None = None) -> np.ndarray:
        """One as it is; of several the waveforms, or their spectrograms where no wave would be seen."""
        if len(x) == 1:
            return self.raster(x, value_range, size)[0]
        grid = self.grid(len(x))
        height, width = size or (max(1, SEVERAL // grid.rows), SEVERAL // grid.columns)
        draw = waveform if height >= LEAST_PX else picture
        made = [draw(wave, height, width, value_range, self._span) for wave in self.waves(x)]
        return tile(np.stack(made), grid)

    def grid(self, count: int) -> Grid:
        """One under the other, of many in columns, each about four times as wide as high."""
        return Grid.of(count, max(1, side(count) // 2))

    def difference(self, a: np.ndarray, b: np.ndarray, gain: float = GAIN) -> tuple[np.ndarray, float | None]:
        """Of two that can be heard what is heard of gain (a - b), and the RMS of their samples' difference."""
        first, second = wave_of(a), wave_of(b)
        if first is None or second is None:
            return super().difference(a, b, gain)
        gap = first - second
        return self.raster(gain * gap[None], 1.0, a.shape[:2])[0], float(np.sqrt(np.mean(np.square(gap))))

    def raster_size(self, shape: Sequence[int]) -> tuple[int, int]:
        return SIDE, SIDE

    def where(self, pixel: tuple[int, int], size: tuple[int, int], value_range: float = 1.0, seconds: float = 0) -> str:
        """When it is."""
        begin, end = self._span
        return f"{(begin + (end - begin) * (pixel[0] + 0.5) / size[0]) * seconds:.3f} s"

    def looked_at(self, x_t: np.ndarray, place: tuple[float, float], value_range: float = 1.0) -> tuple[Any, str]:
        """The sample, or of a network's the coefficient, that stands there."""
        if x_t.ndim == 1:
            i = min(int(place[0] * len(x_t)), len(x_t) - 1)
            return (slice(i, i + 1),), f"sample {i + 1:,}"
        bands, rows, columns = x_t.shape
        frames = rows * columns
        k, frame = min(int((1 - place[1]) * bands), bands - 1), min(int(place[0] * frames), frames - 1)
        return (slice(k, k + 1), *divmod(frame, columns)), f"band {k + 1}, frame {frame + 1}"

    def channels(self, count: int) -> tuple[str, ...]:
        return ("value",) if count == 1 else tuple(f"channel {k + 1}" for k in range(count))

    def marginals(self, x: np.ndarray) -> tuple[tuple[str, np.ndarray], ...]:
        return (("", x),)


def _scaled(heard: Heard, name: str) -> Sound:
    """Its peak 1, and what was done to it, in words."""
    peak = float(np.abs(heard.wave).max())
    gain = 1 / peak
    wave = heard.wave if abs(peak - 1) < 1e-3 else heard.wave * np.float32(gain)
    done = []
    if heard.seconds_there > len(wave) / heard.rate + 0.05:
        done.append(f"the first {len(wave) / heard.rate:.0f} s of {_duration(heard.seconds_there)}")
    if heard.channels > 1:
        done.append(f"the mean of its {heard.channels} channels")
    if heard.rate != heard.rate_there:
        done.append(f"resampled from {heard.rate_there:,} to {heard.rate:,} Hz")
    if wave is not heard.wave:
        done.append(f"multiplied by {brief(gain, 3)}, so that its peak is 1")
    return Sound(record(wave, heard.rate), name, f"{name}: {', '.join(done)}." if done else None)


def _duration(seconds: float) -> str:
    minutes = round(seconds / 60)
    return f"{seconds:.0f} s" if seconds < 120 else f"{minutes} min" if minutes < 120 else f"{minutes / 60:.3g} h"


SOUND = Sounds()
