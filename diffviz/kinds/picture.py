"""Pictures: uint8 (H, W, 3) as a file holds them, float32 (C, H, W) in [-1, 1] as they are noised."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from diffviz.assets import asset
from diffviz.kinds.kind import Kind

if TYPE_CHECKING:
    from diffviz.images import Picture

Numbers = TypeVar("Numbers", bound=Any)

LUMA = (0.299, 0.587, 0.114)  # of red, green and blue, ITU-R BT.601
# Numbers that are scaled at a time: 1 MiB stays in a core's own cache, and Python's lock is asked for rarely
_PIECE = 1 << 18
_BEGINS = re.compile(
    rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|BM.{12}|II[*+]\0|MM\0[*+]|\0\0[\1\2]\0|P[1-7][\s#]|.{4}ftyp(?!M4[AB] )",
    re.DOTALL,
)


class Pictures(Kind):
    """Colours; of a model of one channel, grey."""

    name = "picture"
    keeps_rasters = bounded = True
    models = ("emoji-32", "faces-64", "smileys-32")
    files = "Pictures (*.png *.jpg *.jpeg *.webp *.gif *.bmp *.tif *.tiff *.ppm *.ico *.avif *.heic *.heif)"

    def begins(self, head: bytes) -> bool:
        return _BEGINS.match(head) is not None

    def read(self, source: str) -> Picture:
        """What Pillow can open, as sRGB, upright, its longer side at most 2048 pixels; see ``diffviz.images``."""
        from diffviz.images import read_picture  # not before the first paint

        scheme, _, rest = source.partition(":")
        return read_picture(asset("images", f"{Path(rest).name}.png") if scheme == "builtin" else rest)

    def decoded(self, data: bytes, name: str) -> Picture:
        from diffviz.images import picture_from_bytes

        return picture_from_bytes(data, name)

    def encoded(self, datum: np.ndarray) -> bytes:
        """PNG."""
        from diffviz.images import png_bytes

        return png_bytes(datum)

    def digest(self, datum: np.ndarray) -> str:
        from diffviz.images import picture_hash

        return picture_hash(datum)

    def x_0(self, datum: np.ndarray, shape: Sequence[int] | None = None) -> np.ndarray:
        """v / 127.5 - 1, the middle of the picture in the model's size; for one channel its luma.

        In memory the channels come last, as in the picture.
        """
        if shape is None:
            return _scaled(datum)
        channels, height, width = shape
        fits = datum.shape[:2] == (height, width)
        return in_channels(_scaled(datum if fits else fitted(datum, height, width)), channels)

    def resampled(self, datum: np.ndarray, size: tuple[int, int] | int) -> np.ndarray:
        """The whole picture as uint8 (*size, 3), by Lanczos; of a longer side the aspect is kept."""
        if isinstance(size, int):
            scale = size / max(datum.shape[:2])
            size = max(1, round(datum.shape[0] * scale)), max(1, round(datum.shape[1] * scale))
        return datum if datum.shape[:2] == size else _lanczos(datum, *size)

    def thinned(self, x: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """(N, C, *size), of evenly spread pixels."""
        if x.shape[2:] == size:
            return x
        rows, columns = ((np.arange(n) + 0.5) * have / n for n, have in zip(size, x.shape[2:], strict=True))
        return x[:, :, rows.astype(int)[:, None], columns.astype(int)]

    def seen(self, datum: np.ndarray) -> np.ndarray:
        return datum

    def raster(self, x: np.ndarray, value_range: float = 1.0, size: tuple[int, int] | None = None) -> np.ndarray:
        """Clamped and rounded, (N, C, H, W) to (N, H, W, 3).

        One channel is shown as grey; of more than three the first three are shown. Cheapest for what is channels_last
        in memory.
        """
        values = x[:, : 3 if x.shape[1] >= 3 else 1]
        count, channels, height, width = values.shape
        interleaved = channels == 3 and values.transpose(0, 2, 3, 1).flags.c_contiguous
        flat = (values.transpose(0, 2, 3, 1) if interleaved else values).reshape(-1)
        pixels = np.empty(flat.size, dtype=np.uint8)
        scratch = np.empty(min(flat.size, _PIECE), dtype=np.float32)
        for i in range(0, flat.size, _PIECE):
            piece = flat[i : i + _PIECE]
            scaled = np.multiply(piece, 127.5 / value_range, out=scratch[: piece.size])
            scaled += 127.5
            pixels[i : i + _PIECE] = np.clip(np.rint(scaled, out=scaled), 0, 255, out=scaled)
        if interleaved:
            return pixels.reshape(count, height, width, 3)
        planes, pixels = pixels.reshape(values.shape), np.empty((count, height, width, 3), dtype=np.uint8)
        for c in range(3):  # bytes are moved faster than floats, and a plane at once faster than three neighbours
            pixels[..., c] = planes[:, c % channels]
        return pixels

    def refitted(self, x: np.ndarray, shape: Sequence[int]) -> np.ndarray | None:
        """Smaller by Lanczos in all 256 values, larger pixel by pixel; grey from colours by luma, colours from grey."""
        channels, height, width = shape
        if not {x.shape[1], channels} <= {1, 3}:
            return None
        if height >= x.shape[2] and width >= x.shape[3]:
            sized = self.thinned(x, (height, width))
        else:
            sized = np.stack([_scaled(_lanczos(each, height, width)) for each in self.raster(x)])
        return in_channels(sized, channels) if sized.shape[1] == 3 else np.repeat(sized, channels, axis=1)

    def values_at(self, sample: np.ndarray, x: int, y: int) -> list[float]:
        """Of the channels that are shown."""
        inside = 0 <= y < sample.shape[1] and 0 <= x < sample.shape[2]
        return [float(v) for v in sample[:3, y, x]] if inside else []

    def looked_at(self, x_t: np.ndarray, place: tuple[float, float], value_range: float = 1.0) -> tuple[Any, str]:
        """The pixel there."""
        (_, height, width), (u, v) = x_t.shape, place
        x, y = min(int(u * width), width - 1), min(int(v * height), height - 1)
        return (slice(None), y, x), f"x = {x}, y = {y}"

    def channels(self, count: int) -> tuple[str, ...]:
        return {1: ("grey",), 3: ("red", "green", "blue")}.get(count, tuple(f"channel {k + 1}" for k in range(count)))

    def marginals(self, x: np.ndarray) -> tuple[tuple[str, np.ndarray], ...]:
        """All of them, in the order in which they mostly lie in memory."""
        return (("", x.transpose(0, 2, 3, 1)),)

    def fits(self, shape: Sequence[int]) -> bool:
        return len(shape) == 3

    def raster_size(self, shape: Sequence[int]) -> tuple[int, int]:
        _, height, width = shape
        return height, width

    def words(self, shape: Sequence[int]) -> str:
        channels, height, width = shape
        return f"{width}x{height} { {1: 'grey', 3: 'RGB'}.get(channels, f'{channels} channels') }"


PICTURE = Pictures()


def fitted(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """The middle of a picture in another aspect ratio, resized to uint8 (height, width, 3)."""
    have_h, have_w = picture.shape[:2]
    scale = min(have_h / height, have_w / width)
    cut_h, cut_w = max(1, round(height * scale)), max(1, round(width * scale))
    top, left = (have_h - cut_h) // 2, (have_w - cut_w) // 2
    return _lanczos(picture[top : top + cut_h, left : left + cut_w], height, width)


def _lanczos(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    from PIL import Image  # not before the first paint

    whole = Image.fromarray(np.ascontiguousarray(picture))
    return np.asarray(whole.resize((width, height), Image.Resampling.LANCZOS)).copy()


def in_channels(x: Numbers, channels: int) -> Numbers:
    """RGB (..., 3, H, W), an array or a tensor, as a model of ``channels`` channels takes it: for 1 its luma.

    Raises:
        ValueError: for a model whose samples are no pictures.
    """
    if channels == 3:
        return x
    if channels != 1:
        raise ValueError(f"The model's samples have {channels} channels, a picture has 3; choose a model of pictures.")
    red, green, blue = (weight * x[..., c : c + 1, :, :] for c, weight in enumerate(LUMA))
    return red + green + blue


def _scaled(picture: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3) as float32 (3, H, W)."""
    x = picture.astype(np.float32, order="C")
    x /= 127.5
    x -= 1.0
    return x.transpose(2, 0, 1)
