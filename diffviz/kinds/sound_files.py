"""The one door for sound: what FFmpeg decodes, told by its first bytes, mono, its first 30 seconds. And WAV, out."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass
from typing import IO, Any

import numpy as np

from diffviz import bounded
from diffviz.bounded import Refusal

LOWEST, HIGHEST = 8_000, 48_000  # Hz: what is sampled less or more often is resampled to these
MOST_S = 30
LEAST = 256  # samples: less is no sound
SILENT = 1e-5  # of full scale, -100 dB
GAIN = 0.25  # of all that is heard, at every t: of unit Gaussian noise 6 samples in 100,000 are beyond full scale
MAX_BYTES = 512 * 2**20

# how a file begins, and FFmpeg's name of what it then is: nothing else is ever tried
_FORMATS: tuple[tuple[re.Pattern[bytes], str], ...] = tuple(
    (re.compile(begins, re.DOTALL), name)
    for begins, name in (
        (rb"(RIFF|RF64|RIFX)....WAVE", "wav"),
        (rb"fLaC", "flac"),
        (rb"OggS", "ogg"),
        (rb"ID3[\x02-\x04]|\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff][\x10-\xeb]", "mp3"),
        (rb"FORM....AIF[FC]", "aiff"),
        (rb"\.snd", "au"),
        (rb"caff\0", "caf"),
        (rb".{4}ftypM4[AB] ", "mov"),
    )
)


@dataclass(frozen=True)
class Heard:
    """What a file holds: ``wave`` float32 (n,), as loud as in the file, at ``rate`` Hz, of ``channels`` their mean.

    ``rate_there``: what it is sampled at in the file. ``seconds_there``: how long it is there, where that is known.
    """

    wave: np.ndarray
    rate: int
    channels: int
    rate_there: int
    seconds_there: float


def format_of(head: bytes) -> str | None:
    """What FFmpeg calls a sound that begins so, or None."""
    return next((name for begins, name in _FORMATS if begins.match(head)), None)


def decoded(data: bytes, name: str) -> Heard:
    """The sound in a file's bytes.

    Raises:
        Refusal: one sentence, where it is none, is damaged, silent or too short.
    """
    kind = format_of(data[:64])
    if kind is None:
        raise Refusal(f"{name}: is no sound that is known; choose WAV, FLAC, Ogg, MP3, M4A or AIFF.")
    heard = _read(io.BytesIO(data), kind, name)
    if len(heard.wave) < LEAST:
        raise Refusal(f"{name}: holds {len(heard.wave)} samples; a sound has {LEAST} or more.")
    if not np.isfinite(heard.wave).all():
        raise Refusal(f"{name}: holds numbers that are not finite; save it again.")
    if np.abs(heard.wave).max() < SILENT:
        raise Refusal(f"{name}: is silent; choose a sound that is heard.")
    return heard


def read(path: str, name: str) -> Heard:
    """The sound in a file; of one that is larger than ``MAX_BYTES`` its beginning. Raises Refusal."""
    try:
        data = bounded.read_head(path, MAX_BYTES)
    except bounded.Unreadable as error:
        raise Refusal(f"{name}: {error}; choose a sound.") from error
    return decoded(data, name)


def _read(file: IO[bytes], kind: str, name: str) -> Heard:
    import av  # not before the first paint

    try:
        with av.open(file, format=kind) as container:
            if not container.streams.audio:
                raise Refusal(f"{name}: holds no sound.")
            stream = container.streams.audio[0]
            there, channels = int(stream.rate or 0), int(stream.channels)
            if not 0 < there <= 10_000_000:
                raise Refusal(f"{name}: does not say how often it is sampled; save it again.")
            rate = min(max(there, LOWEST), HIGHEST)
            wave = _mono(container.decode(stream), rate)
            seconds = float(container.duration or 0) / 1e6  # AV_TIME_BASE
    except (av.error.FFmpegError, ValueError, MemoryError, EOFError) as error:
        if isinstance(error, Refusal):
            raise
        raise Refusal(f"{name}: is damaged, or not the sound that its beginning says; save it again.") from error
    return Heard(wave, rate, channels, there, max(seconds, len(wave) / rate))


def _mono(frames: Any, rate: int) -> np.ndarray:
    """The mean of the channels, at ``rate``, of the first 30 seconds."""
    import av

    resampler = av.AudioResampler(format="flt", rate=rate)  # the layout stays
    most, parts, count = MOST_S * rate, [], 0
    for frame in _and_the_end(frames):
        for piece in resampler.resample(frame):
            # packed: PyAV reads past the planes of eight channels
            samples = piece.to_ndarray().reshape(-1, piece.layout.nb_channels)
            parts.append(samples.mean(axis=1, dtype=np.float32))
            count += len(parts[-1])
        if count >= most:
            break
    return np.concatenate(parts)[:most] if parts else np.empty(0, np.float32)


def _and_the_end(frames: Any) -> Any:
    """Each frame, and None, which asks a resampler for what it has kept."""
    yield from frames
    yield None


def resampled(wave: np.ndarray, rate: int, new: int) -> np.ndarray:
    """A sound, float32 (n,), sampled at another rate, band-limited by FFmpeg's resampler."""
    if rate == new:
        return wave
    import av

    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(wave, np.float32)[None], format="fltp", layout="mono")
    frame.sample_rate = rate
    resampler = av.AudioResampler(format="fltp", layout="mono", rate=new)
    parts = [piece.to_ndarray()[0] for each in (frame, None) for piece in resampler.resample(each)]
    return np.concatenate(parts) if parts else np.empty(0, np.float32)


def wav_bytes(wave: np.ndarray, rate: int) -> bytes:
    """A sound, float (n,), as WAV of 32-bit floats: nothing is rounded and nothing clipped."""
    samples = np.ascontiguousarray(wave, "<f4").tobytes()
    # WAVE_FORMAT_IEEE_FLOAT; what is not PCM has a fact chunk with the number of samples
    form = struct.pack("<4sIHHIIHHH", b"fmt ", 18, 3, 1, rate, 4 * rate, 4, 32, 0)
    fact = struct.pack("<4sII", b"fact", 4, len(wave))
    body = b"WAVE" + form + fact + struct.pack("<4sI", b"data", len(samples)) + samples
    return struct.pack("<4sI", b"RIFF", len(body)) + body


def heard_bytes(wave: np.ndarray, rate: int) -> bytes:
    """A sound as it is heard, at ``GAIN``, as WAV."""
    return wav_bytes(np.float32(GAIN) * wave, rate)
