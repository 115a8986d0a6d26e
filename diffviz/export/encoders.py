"""From composed frames to files: one class a format, each with ``add``, ``close`` and ``abort``.

Every encoder streams: the memory it takes does not grow with the number of frames. Menus and the command line read
names here: what encodes is imported when it is used.
"""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from diffviz.export.film import Extent, Film
from diffviz.export.soundtrack import SoundTrack

if TYPE_CHECKING:
    import av
    import numpy as np

MARKER = ".diffviz-export"
_BT709 = 1  # of ISO/IEC 23091-4, for primaries, transfer and matrix alike
_LIMITED_RANGE = 1  # AVCOL_RANGE_MPEG
_PALETTE_FRAMES = 16


class Encoder:
    """Writes a film to ``path``. A format is its subclass, and all that menus, dialog and estimate know of it.

    ``grain``: whole factor by which noise must be enlarged to survive the format. ``usual``: most people want it.
    """

    suffix: ClassVar[str]
    label: ClassVar[str]
    tip: ClassVar[str]
    usual: ClassVar[bool] = False
    grain: ClassVar[int] = 1
    max_fps: ClassVar[float] = 120
    max_side: ClassVar[int] = 16_384
    timed: ClassVar[bool] = True  # False: single pictures, fps and hold mean nothing

    def __init__(self, path: Path, film: Film) -> None:
        self.path, self.film = path, film

    def add(self, picture: np.ndarray) -> None:
        """Append a frame, uint8 (H, W, 3)."""
        raise NotImplementedError

    def hear(self, samples: np.ndarray) -> None:
        """Append what is heard, float32 (n,) at the film's rate; formats without sound leave it out."""

    def close(self) -> None:
        """Finish the file."""

    def abort(self) -> None:
        """Let go of the file, finished or not; never raises."""

    @classmethod
    def bytes_of(cls, film: Extent) -> float:
        """About how many bytes: fitted to films of 30 to 60 frames at 256 and 512 pixels."""
        raise NotImplementedError


class _Stream(Encoder):
    """A file that PyAV writes."""

    container_format: ClassVar[str]
    codec: ClassVar[str]
    pix_fmt: ClassVar[str]
    codec_options: ClassVar[dict[str, str]] = {}
    time_base: ClassVar[Fraction | None] = None  # None: that of the frame rate

    def __init__(self, path: Path, film: Film) -> None:
        import av

        super().__init__(path, film)
        # the format is named because the temporary file's name need not tell it
        self._container = av.open(str(path), "w", format=self.container_format, options=self._container_options())
        stream: Any = self._container.add_stream(self.codec, rate=film.fps)
        stream.width, stream.height, stream.pix_fmt = self._coded_size()[1], self._coded_size()[0], self.pix_fmt
        stream.options = dict(self.codec_options)
        if self.time_base is not None:
            stream.codec_context.time_base = stream.time_base = self.time_base
        self._stream = stream
        self._count = 0

    def _container_options(self) -> dict[str, str]:
        return {}

    def _coded_size(self) -> tuple[int, int]:
        return self.film.height, self.film.width

    def _frame(self, picture: np.ndarray, pts: int) -> av.VideoFrame:
        import av

        frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
        frame.pts = pts
        if self.time_base is not None:
            frame.time_base = self.time_base
        return frame

    def _write(self, frame: av.VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            self._container.mux(packet)

    def close(self) -> None:
        self._write(None)
        self._container.close()

    def abort(self) -> None:
        with contextlib.suppress(Exception):  # the disk may be full; the file goes away in any case
            self._container.close()


class _Video(_Stream):
    """H.264 or VP9 in yuv420p: BT.709 both converted and tagged, else players guess and the colours shift.

    Colour has half the resolution, so single-pixel noise would turn grey (12 dB); enlarged by two it survives (21 dB).
    """

    grain = 2
    pix_fmt, sound_codec = "yuv420p", "aac"

    def __init__(self, path: Path, film: Film) -> None:
        super().__init__(path, film)
        context = self._stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = _LIMITED_RANGE
        self._last: np.ndarray | None = None
        self._track = SoundTrack(self._container, self.sound_codec, film.rate) if film.rate else None

    def hear(self, samples: np.ndarray) -> None:
        if self._track is not None:
            self._track.add(samples)

    def _coded_size(self) -> tuple[int, int]:
        return self.film.height + self.film.height % 2, self.film.width + self.film.width % 2

    def add(self, picture: np.ndarray) -> None:
        import numpy as np

        self._last = picture
        height, width = self._coded_size()
        if (height, width) != picture.shape[:2]:
            picture = np.pad(
                picture, ((0, height - picture.shape[0]), (0, width - picture.shape[1]), (0, 0)), mode="edge"
            )
        frame = self._frame(picture, self._count)
        self._write(frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"))
        self._count += 1

    def close(self) -> None:
        # players ignore a long last frame: it is repeated
        for _ in range(round(self.film.hold_s * self.film.fps)):
            if self._last is not None:
                self.add(self._last)
        if self._track is not None:
            self._track.close()
        super().close()

    @classmethod
    def bytes_of(cls, film: Extent) -> float:
        more = film.panels - 1
        if not film.forward:
            part = 0.54 if film.fresh else 0.18
            return film.frames * part * film.cells**0.45 * film.pixels**0.55 * (1 + 1.2 * more)
        if film.fresh:
            return film.frames * 0.4 * film.pixels * (1 + 0.6 * more)
        return (1.4 + 0.04 * film.frames) * film.pixels * (1 + 0.3 * more)


class Mp4(_Video):
    """H.264, its index first so that a browser plays it while it loads."""

    suffix, label, usual = ".mp4", "MP4", True
    tip = "H.264 video: small, plays everywhere."
    container_format, codec = "mp4", "libx264"
    codec_options: ClassVar[dict[str, str]] = {"crf": "18"}

    def _container_options(self) -> dict[str, str]:
        return {"movflags": "+faststart"}


class Webm(_Video):
    """VP9 at constant quality."""

    suffix, label = ".webm", "WebM"
    tip = "VP9 video for web pages."
    container_format, codec = "webm", "libvpx-vp9"
    sound_codec = "libopus"
    codec_options: ClassVar[dict[str, str]] = {
        "crf": "24",
        "b": "0",
        "deadline": "good",
        "cpu-used": "4",
        "row-mt": "1",
    }


class Gif(_Stream):
    """GIF with one palette for the whole film, from 16 frames spread over it.

    Palettes of single frames would make the file ten times larger; dithering would add noise that is not the model's.
    Times are whole hundredths of a second, rounded so that they do not drift.
    """

    suffix, label, usual = ".gif", "GIF", True
    tip = "Plays in slides, chats and web pages; 256 colours."
    container_format, codec, pix_fmt = "gif", "gif", "pal8"
    time_base = Fraction(1, 100)
    max_fps = 50  # browsers slow down what is faster
    max_side = 65_535

    def __init__(self, path: Path, film: Film) -> None:
        super().__init__(path, film)
        self._to_palette(self._common_palette())

    def _container_options(self) -> dict[str, str]:
        last = self._time(self.film.frames) - self._time(self.film.frames - 1) + round(100 * self.film.hold_s)
        return {"loop": "0", "final_delay": str(min(last, 65_535))}

    def _time(self, count: int) -> int:
        return round(count * 100 / self.film.fps)

    def _source(self, graph: Any) -> Any:
        film = self.film
        return graph.add_buffer(width=film.width, height=film.height, format="rgb24", time_base=self.time_base)

    def _common_palette(self) -> av.VideoFrame:
        import av

        graph: Any = av.filter.Graph()
        source, sink = self._source(graph), graph.add("buffersink")
        graph.link_nodes(source, graph.add("palettegen", "stats_mode=full"), sink).configure()
        for i, picture in enumerate(self.film.samples(_PALETTE_FRAMES)):
            source.push(self._frame(picture, i))
        source.push(None)
        return sink.pull()

    def _to_palette(self, palette: av.VideoFrame) -> None:
        import av

        graph: Any = av.filter.Graph()
        self._in, self._out = self._source(graph), graph.add("buffersink")
        name = palette.format.name
        colours = graph.add_buffer(width=palette.width, height=palette.height, format=name, time_base=self.time_base)
        use = graph.add("paletteuse", "dither=none")
        self._in.link_to(use, 0, 0)
        colours.link_to(use, 0, 1)
        use.link_to(self._out)
        graph.configure()
        palette.pts, palette.time_base = 0, self.time_base
        colours.push(palette)
        colours.push(None)
        self._graph = graph

    def add(self, picture: np.ndarray) -> None:
        self._in.push(self._frame(picture, self._time(self._count)))
        self._count += 1
        self._drain()

    def close(self) -> None:
        self._in.push(None)
        self._drain()
        super().close()

    def _drain(self) -> None:
        import av

        while True:
            try:
                frame = self._out.pull()
            except (av.BlockingIOError, av.EOFError):
                return
            self._write(frame)

    @classmethod
    def bytes_of(cls, film: Extent) -> float:
        if film.forward and film.fresh:
            return film.frames * 1.2 * film.pixels * (1 + 0.5 * (film.panels - 1))
        if film.forward:
            return (8 + 0.08 * film.frames) * film.pixels * (1 + 0.14 * (film.panels - 1))
        return film.frames * 1.25 * film.cells**0.4 * film.pixels**0.6 * (1 + 0.65 * (film.panels - 1))


class Apng(_Stream):
    """Animated PNG: every pixel as it was."""

    suffix, label = ".apng", "APNG"
    tip = "Animated PNG: lossless, larger."
    container_format, codec, pix_fmt = "apng", "apng", "rgb24"
    max_side = 65_535

    def _container_options(self) -> dict[str, str]:
        return {
            "plays": "0",
            "final_delay": str(1 / self.film.fps + Fraction(self.film.hold_s).limit_denominator(1000)),
        }

    def add(self, picture: np.ndarray) -> None:
        self._write(self._frame(picture, self._count))
        self._count += 1

    @classmethod
    def bytes_of(cls, film: Extent) -> float:
        changing = 1 + (0.33 if film.forward and not film.fresh else 1.0) * (
            film.panels - 1
        )  # only the rectangle that changed is stored
        return film.frames * changing * (3.2 * film.cells + 0.02 * film.pixels)


class Webp(_Stream):
    """Animated WebP, every pixel as it was; noise is enlarged by two, for a web page wants a quarter of the bytes.

    Stills, which the container strings together: libwebp's own animation writer keeps the whole film in memory.
    """

    suffix, label = ".webp", "WebP"
    tip = "Animated picture for web pages, in full colour."
    grain = 2
    max_side = 16_383
    container_format, codec, pix_fmt = "webp", "libwebp", "bgra"
    time_base = Fraction(1, 1000)
    # lossless, for it is smaller too: blocks of noise cost 192 kB where quality 85 takes 365 kB and ruins them
    codec_options: ClassVar[dict[str, str]] = {"lossless": "1", "quality": "50", "compression_level": "2"}

    def _container_options(self) -> dict[str, str]:
        return {"loop": "0"}

    def add(self, picture: np.ndarray) -> None:
        start, end = (round(i * 1000 / self.film.fps) for i in (self._count, self._count + 1))
        self._count += 1
        hold_ms = round(1000 * self.film.hold_s) if self._count == self.film.frames else 0
        for packet in self._stream.encode(self._frame(picture, start).reformat(format=self.pix_fmt)):
            packet.duration = end - start + hold_ms
            self._container.mux(packet)

    @classmethod
    def bytes_of(cls, film: Extent) -> float:
        return film.frames * film.panels * (3.0 * film.cells + 0.003 * film.pixels)


class PngFolder(Encoder):
    """Numbered PNGs in the folder ``path``, which exists, and the marker by which the folder is known as ours."""

    suffix, label, usual = "", "PNG folder", True
    tip = "Numbered lossless pictures, for a paper or an editor."
    timed = False
    max_side = 65_535

    def __init__(self, path: Path, film: Film) -> None:
        super().__init__(path, film)
        self._count, self._digits = 0, max(4, len(str(film.frames - 1)))
        note = "Made by diffviz; the next export to this folder replaces its frame_*.png.\n"
        (path / MARKER).write_text(note, encoding="utf-8")

    def add(self, picture: np.ndarray) -> None:
        from PIL import Image

        name = f"frame_{self._count:0{self._digits}d}.png"
        Image.fromarray(picture).save(self.path / name, format="PNG")
        self._count += 1

    @classmethod
    def bytes_of(cls, film: Extent) -> float:
        return film.frames * film.panels * (2.7 * film.cells + 0.02 * film.pixels)


# in the order of menus
ENCODERS: dict[str, type[Encoder]] = {kind.suffix: kind for kind in (Mp4, Gif, PngFolder, Webm, Webp, Apng)}


def grain(suffix: str) -> int:
    """The whole factor by which a format's noise is enlarged: pictures are noised at 1/grain of the panel's size."""
    encoder = ENCODERS.get(suffix.lower())
    return encoder.grain if encoder else 1
