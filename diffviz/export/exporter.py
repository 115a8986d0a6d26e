"""The one loop of every export: state, frame, encoder, progress; the target is replaced at the end."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import Protocol

import av
import numpy as np

from diffviz.export.encoders import ENCODERS, Encoder, Film
from diffviz.export.errors import ExportError
from diffviz.export.filmstrip import filmstrip
from diffviz.export.options import LIMITS, STRIP, USUAL, Options, check_options
from diffviz.export.render import Renderer
from diffviz.export.source import HeardSource, Source
from diffviz.export.strip import strip_frames
from diffviz.export.target import check_target, replacing_folder
from diffviz.files import display_name, replacing, suffix_of, write_bytes
from diffviz.images import png_bytes
from diffviz.timeline import Timeline


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` frames are written; the file is in place only when both are equal. ``note``: to be said."""

    done: int
    total: int
    note: str = ""


def export(source: Source, path: str | os.PathLike[str], options: Options = USUAL) -> Generator[Progress, None, None]:
    """Write the film of ``source`` to ``path``; its suffix chooses the format, none means a folder of PNGs.

    Iterate to the end to make the file. Closing the iterator early, an error or a killed process leave the target as
    it was. Memory does not grow with the number of frames.

    Raises:
        ExportError: at once for a target or options that cannot be used, later for a disk that is full and the like.
    """
    target = check_target(path)
    check_options(options)
    return write_film(lambda: _Film(source, options), target, options, source.timeline)


class Reel(Protocol):
    """Finished frames by index, uint8 (H, W, 3) of ``frame_shape`` (H, W)."""

    @property
    def frame_shape(self) -> tuple[int, int]: ...

    def compose(self, index: int) -> np.ndarray: ...


def _heard(reel: Reel, indices: Sequence[int], fps: Fraction, hold_s: float) -> Iterator[np.ndarray]:
    """What is heard of a reel beside each of its frames, and while the last one stays; nothing where it has no rate."""
    rate: int = getattr(reel, "rate", 0)
    if not rate:
        return
    ends = [*(k / fps for k in range(1, len(indices) + 1)), len(indices) / fps + Fraction(hold_s)]
    begin = 0
    for before, now, end in zip((indices[0], *indices), (*indices, indices[-1]), ends, strict=True):
        count = round(rate * end) - begin
        yield reel.hear(before, now, begin, count)  # type: ignore[attr-defined]  # who has a rate has it
        begin += count


class _Film:
    """The frames of a source."""

    def __init__(self, source: Source, options: Options) -> None:
        first, strip = source.frame(0), strip_frames(source) if options.layout == "strip" else ()
        look, more = (options.layout, options.size, options.theme), (strip, first.chart is not None, first.beside)
        self._source = source
        self._renderer = Renderer(first.x_t.shape, source.alpha_bar, source.forward, *look, *more)
        self.frame_shape = self._renderer.frame_shape
        self.hear: Callable[..., np.ndarray] | None = None
        self.rate = 0
        if isinstance(source, HeardSource):
            self.rate, self.hear = source.rate, source.hear

    def compose(self, index: int) -> np.ndarray:
        return self._renderer.compose(self._source.frame(index))


def write_film(
    make_reel: Callable[[], Reel], target: Path, options: Options, timeline: Timeline
) -> Generator[Progress, None, None]:
    """Write the states of a timeline, frames of a reel that is made when the iteration begins, to a checked target.

    Raises:
        ExportError: as ``export``.
    """
    count = len(timeline)
    frames = played(target, options, count)
    note = thinned_note(suffix_of(target), frames, count) if options.frames is None else ""
    indices = timeline.thinned(frames)
    return _write(make_reel, target, options, indices, frame_rate(target, options, count), note)


def played(target: Path, options: Options, count: int) -> int:
    """How many of so many states become frames."""
    if options.frames is not None:
        return min(count, options.frames)
    return min(count, playable(suffix_of(target), options.duration_s))


def playable(suffix: str, duration_s: float | None) -> int:
    """The most frames that a format plays in so many seconds."""
    encoder = ENCODERS[suffix]
    if not encoder.timed or duration_s is None:
        return LIMITS["frames"][1]
    return max(2, int(encoder.max_fps * duration_s))


def thinned_note(suffix: str, frames: int, count: int) -> str:
    """What is said where a format cannot play every state, or ""."""
    if frames >= count:
        return ""
    most = f"{ENCODERS[suffix].label} plays at most {ENCODERS[suffix].max_fps:g} frames a second"
    return f"{frames} of the {count} states become frames: {most}"


def frame_rate(target: Path, options: Options, count: int) -> Fraction:
    """Frames a second of a film of so many states. Raises ExportError where the format cannot be played at it."""
    if options.duration_s is not None:
        fps = played(target, options, count) / Fraction(options.duration_s).limit_denominator(1000)
    else:
        fps = Fraction(options.fps).limit_denominator(1000)
    wrong = rate_refused(suffix_of(target), float(fps))
    if wrong:
        raise ExportError(f"{display_name(target)}: {wrong}; choose other frames, fps or duration.")
    return fps


def rate_refused(suffix: str, fps: float) -> str:
    """Why a format cannot be played at ``fps`` frames a second, or ""."""
    encoder = ENCODERS[suffix]
    if not encoder.timed or LIMITS["fps"][0] <= fps <= encoder.max_fps:
        return ""
    return f"{fps:g} frames a second are outside the format's 0.1..{encoder.max_fps:g}"


def _write(
    make_reel: Callable[[], Reel], target: Path, options: Options, indices: Sequence[int], fps: Fraction, note: str
) -> Generator[Progress, None, None]:
    total = len(indices)
    yield Progress(0, total, note)
    with in_words(target):
        reel = make_reel()
        height, width = reel.frame_shape
        kind = ENCODERS[suffix_of(target)]
        if max(height, width) > kind.max_side:
            raise ExportError(
                f"{display_name(target)}: frames of {width}x{height} pixels are too large for the format, "
                f"which ends at {kind.max_side}; choose a smaller size."
            )

        def samples(count: int) -> Iterator[np.ndarray]:
            for i in sorted({round(i) for i in np.linspace(0, total - 1, count)}):
                yield reel.compose(indices[i])

        film = Film(height, width, fps, options.hold_s, total, samples, getattr(reel, "rate", 0))
        with replacing(target) if suffix_of(target) else replacing_folder(target) as temporary:
            encoder: Encoder = kind(temporary, film)
            heard = _heard(reel, indices, fps, options.hold_s)
            try:
                for done, index in enumerate(indices):
                    encoder.add(reel.compose(index))
                    last = done == total - 1
                    for block in islice(heard, 2 if last else 1):
                        encoder.hear(block)
                    if last:  # which can take a second, and can be taken back after it
                        encoder.close()
                    if done:
                        yield Progress(done, total)
            finally:
                encoder.abort()
    yield Progress(total, total)


def export_filmstrip(source: Source, path: str | os.PathLike[str], options: Options = STRIP) -> None:
    """Write ``options.frames`` states in a row as one PNG.

    Raises:
        ExportError: as ``export``, and for a suffix other than .png.
    """
    target = check_target(path, (".png",))
    check_options(options)
    with in_words(target):
        picture = filmstrip(source, options.frames or len(source.timeline), options.size, options.theme)
        write_bytes(target, png_bytes(picture))


@contextlib.contextmanager
def in_words(target: Path) -> Iterator[None]:
    """Errors of the disk and of the encoder as one sentence."""
    try:
        yield
    except OSError as error:
        cause = error.strerror or type(error).__name__
        raise ExportError(
            f"{display_name(target)}: could not be written ({cause}); make room or choose another folder."
        ) from error
    except av.FFmpegError as error:
        raise ExportError(
            f"{display_name(target)}: could not be encoded ({error.strerror}); choose another size or format."
        ) from error
