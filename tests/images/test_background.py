"""What would vanish on white."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from pngs import png

from diffviz.images import Picture, picture_from_bytes

MASK = np.zeros((16, 16), np.uint8)
MASK[4:12, 4:12] = 255


def logo(value: int, mode: str = "RGBA") -> Image.Image:
    grey = Image.new("L", (16, 16), value)
    bands = [grey] * (len(mode) - 1) + [Image.fromarray(MASK)]
    return Image.merge(mode, bands)


def opened(image: Image.Image, kind: str = "PNG", **options: object) -> Picture:
    buffer = io.BytesIO()
    image.save(buffer, format=kind, **options)
    return picture_from_bytes(buffer.getvalue(), "a")


def palette(ground: int, shape: int) -> Image.Image:
    image = Image.fromarray(MASK // 255).convert("P")
    image.putpalette([ground] * 3 + [shape] * 3)
    return image


def keyed(key: int, depth: type, key_bytes: bytes, channels: int = 1) -> Picture:
    """White, and one colour that counts as transparent."""
    full = np.iinfo(depth).max
    values = np.where(MASK[..., None], full, key).astype(depth).repeat(channels, 2)
    return picture_from_bytes(png(values, (b"tRNS", key_bytes * channels)), "a")


def sixteen_bits() -> Picture:
    values = np.full((16, 16, 4), 65535, np.uint16)
    values[..., 3] = MASK.astype(np.uint16) * 257
    return picture_from_bytes(png(values), "a")


@pytest.mark.parametrize("picture", [
    lambda: opened(logo(255)),
    lambda: opened(logo(248)),
    lambda: opened(logo(255, "LA")),
    lambda: opened(logo(255), "WEBP", lossless=True),
    lambda: opened(logo(255), "TIFF"),
    lambda: opened(palette(255, 255), transparency=0),
    lambda: opened(palette(0, 255), "GIF", transparency=0),
    lambda: keyed(0, np.uint8, b"\0\0"),
    lambda: keyed(7, np.uint16, b"\0\7"),
    lambda: keyed(512, np.uint16, b"\2\0", channels=3),
    sixteen_bits,
])  # fmt: skip
def test_white_on_a_transparent_ground_is_shown_on_black_and_said(picture) -> None:
    shown = picture()
    assert shown.array[8, 8].min() > 240 and shown.array[0, 0].tolist() == [0, 0, 0]
    assert shown.note == "a: is white on a transparent ground; shown on black."


@pytest.mark.parametrize("value", [0, 128, 230])
@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_what_can_be_seen_on_white_lies_on_white(value: int, mode: str) -> None:
    shown = opened(logo(value, mode))
    assert shown.array[8, 8].tolist() == [value] * 3 and shown.array[0, 0].tolist() == [255] * 3
    assert shown.note is None


def test_a_white_picture_without_anything_transparent_is_white() -> None:
    shown = opened(Image.new("RGBA", (8, 8), "white"))
    assert shown.array.min() == 255 and shown.note is None


def test_nothing_at_all() -> None:
    shown = opened(Image.new("RGBA", (8, 8), (10, 20, 30, 0)))
    assert shown.array.min() == 255
    assert shown.note == "a: is transparent all over: nothing of it can be seen."
