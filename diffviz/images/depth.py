"""Values of more than 8 bits to 8: over the range that they use, which is said wherever it is not the file's own.

A file of 16-bit values rarely says how many bits they have. One whose values stay in a quarter of the range (14 bits
and fewer) would be shown almost black: its largest value is then white, unless the file declares what white is.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from PIL import Image

from diffviz.numerals import brief

_STRIP = 2**20  # pixels that are scaled at a time: a float copy of it all would be many times the file
_FULL_16 = 65535
_FEW_BITS = 2**14 - 1
_MOST_TWICE = 2**25  # pixels that are decoded a second time for their low bytes
_OTHER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}

# TIFF tags
_BITS, _PHOTOMETRIC, _MIN, _MAX, _SAMPLE_FORMAT, _SMIN, _SMAX = 258, 262, 280, 281, 339, 340, 341


@dataclass(frozen=True)
class _Used:
    """What the values are: the least and the largest number, and how many are none (NaN, or infinite)."""

    low: float
    high: float
    odd: int = 0


def is_deep_grey(image: Image.Image) -> bool:
    """Whether its pixels are grey values of more than 8 bits."""
    return image.mode in ("I", "F") or image.mode.startswith("I;16")


def declared_white(image: Image.Image, bits: bytes | None) -> float | None:
    """The value that the file says is white; asked before the pixels are decoded. ``bits``: a PNG's sBIT chunk."""
    if image.format == "PPM" and image.mode != "F":  # a largest value below 65535 is heeded by the decoder
        return _FULL_16 if any(args[1:] != (_FULL_16,) for _, _, _, args in _tiles(image) if args[0] != "I") else None
    if image.format == "TIFF" and not is_deep_grey(image):
        declared = _declared(image)
        return declared and declared[1]
    return (1 << max(bits[:3])) - 1.0 if bits and 8 <= max(bits[:3]) < 16 else None


def deep_layout(image: Image.Image) -> str | None:
    """The layout of 16-bit colours, which Pillow cuts to their high bytes; asked before the pixels are decoded."""
    tiles = _tiles(image)
    if image.format == "PPM" and len(tiles) == 1 and tiles[0][0] == "ppm" and tiles[0][3] == ("RGB", _FULL_16):
        # its decoder would give 8 bits: the data is what a raw one reads
        image.tile = [tiles[0]._replace(codec_name="raw", args="RGB;16B")]  # type: ignore[attr-defined]
    elif _in_planes(image, tiles):
        order = "B" if _tags(image).prefix == b"MM" else "L"  # which Pillow forgets for planes
        image.tile = [_laid_out(tile, f"{tile.args[0]};16{order}") for tile in tiles]  # type: ignore[attr-defined]
        return f"{image.mode};16{order}"
    layouts = {args[0] if isinstance(args, tuple) else args for _, _, _, args in _tiles(image)}
    layout = layouts.pop() if len(layouts) == 1 else None
    known = (
        isinstance(layout, str) and layout[:-1] in ("RGB;16", "RGBA;16", "RGBX;16", "LA;16") and layout[-1] in _OTHER
    )
    return layout if known else None


def _in_planes(image: Image.Image, tiles: list[Any]) -> bool:
    """Whether it is a TIFF of 16 bits, uncompressed, with all of its red before all of its green.

    Raises:
        ValueError: if its colours are of a kind of which Pillow would read bytes for values.
    """
    if not all(tile[0] == "raw" and tile[3][0] in tuple("RGBACMYKX") for tile in tiles) or _tags(image).get(_BITS) in (
        None,
        *((8,) * count for count in range(1, 9)),
    ):
        return False
    if image.mode not in ("RGB", "RGBA"):
        raise ValueError(f"planes of {image.mode}")
    return True


def _laid_out(tile: Any, layout: str) -> Any:
    return tile._replace(args=(layout, *tile.args[1:]) if isinstance(tile.args, tuple) else layout)


def signed(image: Image.Image) -> Image.Image:
    """A decoded TIFF of signed bytes, which Pillow takes for unsigned ones, with its values; others as they are."""
    if image.mode != "L" or _tags(image).get(_SAMPLE_FORMAT) != (2,):
        return image
    result = Image.fromarray(np.asarray(image).view(np.int8).astype(np.int32))
    result.format, result.info = image.format, image.info
    result.tag_v2 = _tags(image)  # type: ignore[attr-defined]
    return result


def scaled_grey(image: Image.Image, curve: np.ndarray | None, white: float | None) -> tuple[Image.Image, list[str]]:
    """A deep grey picture as L, or LA where a value of it is transparent, and what was done.

    Args:
        curve: uint8 (65536,): what the colour profile makes of 0..65535; None: none.
        white: what ``declared_white`` says.
    """
    whole = image.mode != "F"
    used = _used(image)
    low, high, remark = _range(image, used, white)
    grey = np.empty((image.height, image.width), np.uint8)
    for top, values in _strips(image):
        share = np.nan_to_num((values.astype(np.float64) - low) / ((high - low) or 1.0), nan=0.0, posinf=1, neginf=0)
        share = np.clip(share, 0.0, 1.0)
        eight = np.round(share * 255).astype(np.uint8) if curve is None else curve[np.round(share * 65535).astype(int)]
        grey[top : top + len(values)] = eight
    if _tags(image).get(_PHOTOMETRIC) == 0:  # white is zero, which Pillow heeds for 8 bits only
        grey = 255 - grey
    remarks = [remark] if remark else []
    if used.odd:
        remarks.append(f"{used.odd:,} values are no finite numbers, and are shown black or white.")
    result = Image.fromarray(grey)
    key = image.info.get("transparency")
    if whole and isinstance(key, int):
        alpha = np.empty(grey.shape, np.uint8)
        for top, values in _strips(image):
            alpha[top : top + len(values)] = np.where(values == key, 0, 255)
        result = Image.merge("LA", (result, Image.fromarray(alpha)))
    return result, remarks


def scaled_colours(
    image: Image.Image, layout: str, file: BinaryIO, declared: float | None
) -> tuple[Image.Image, list[str]]:
    """A decoded picture of 16-bit colours; where it uses few of its bits, decoded again over the range of those.

    The low bytes come from reading the same data in the other byte order.
    """
    colours = 3 if image.mode.startswith("RGB") else 1
    extrema: Any = image.getextrema()
    high_bytes = [high for _, high in extrema[:colours]]
    if max(high_bytes) > _FEW_BITS >> 8 or (layout.startswith("LA") and image.mode != "RGBA"):
        return image, []
    if image.width * image.height > _MOST_TWICE:
        return image, [f"colour values stay below {(max(high_bytes) + 1) * 256:,} of 65,535; shown as they are."]
    values = _sixteen_bits(image, layout, file)
    most = int(values[..., :colours].max())
    if values[..., :colours].min() == most:  # of one colour: it uses no range
        return image, []
    white = int(declared) if declared and most <= declared else most
    shown = np.clip(np.round(values[..., :3] * (255.0 / white)), 0, 255)
    result = Image.fromarray(shown.astype(np.uint8))
    if values.shape[2] == 4 and image.mode == "RGBA":
        alpha = values[..., 3]
        full = _FULL_16 if alpha.max() > _FEW_BITS else alpha.max() or 1
        result.putalpha(Image.fromarray(np.round(alpha * (255.0 / full)).astype(np.uint8)))
    return result, [f"colour values 0 to {white:,} are shown as 0 to 255."]


def _sixteen_bits(image: Image.Image, layout: str, file: BinaryIO) -> np.ndarray:
    """uint16 (H, W, 3 or 4) of a picture whose high bytes were decoded."""
    file.seek(0)
    with Image.open(file, formats=[str(image.format)]) as again:
        deep_layout(again)
        bytewise = layout.startswith("LA")
        layouts = [str(tile.args[0] if isinstance(tile.args, tuple) else tile.args) for tile in again.tile]
        again.tile = [
            _laid_out(tile, "RGBA" if bytewise else own[:-1] + _OTHER[own[-1]])
            for tile, own in zip(again.tile, layouts, strict=True)
        ]
        pixels = np.asarray(again).astype(np.uint16)
    if layout.startswith("LA"):  # the four bytes of a pixel: grey high, low, alpha high, low
        grey, alpha = (pixels[..., k] << 8 | pixels[..., k + 1] for k in (0, 2))
        return np.stack([grey, grey, grey, alpha], axis=2)
    return np.asarray(image).astype(np.uint16) << 8 | pixels


def _strips(image: Image.Image) -> Iterator[tuple[int, np.ndarray]]:
    """(first row, values (h, W)) from top to bottom."""
    unsigned = image.mode == "I" and image.format == "TIFF" and _tags(image).get(_SAMPLE_FORMAT, (1,))[0] == 1
    rows = max(1, _STRIP // max(1, image.width))
    for top in range(0, image.height, rows):
        values = np.asarray(image.crop((0, top, image.width, min(image.height, top + rows))))
        yield top, values.view(np.uint32) if unsigned else values


def _used(image: Image.Image) -> _Used:
    low, high, odd = math.inf, -math.inf, 0
    for _, values in _strips(image):
        if image.mode == "F":
            finite = values[np.isfinite(values)]
            odd += values.size - finite.size
            values = finite
        if values.size:
            low, high = min(low, float(values.min())), max(high, float(values.max()))
    return _Used(low, high, odd) if low <= high else _Used(0.0, 0.0, odd)


def _range(image: Image.Image, used: _Used, white: float | None) -> tuple[float, float, str | None]:
    """The values that become black and white, and a remark where they are not the whole range of the file's kind."""
    low, high = used.low, used.high
    sixteen = image.mode.startswith("I;16") or (image.mode == "I" and image.format in ("PNG", "PPM"))
    declared = (0.0, white) if white else _declared(image)
    if declared and declared[0] <= low and high <= declared[1]:
        return *declared, None if sixteen and declared[1] == _FULL_16 else _said(image, *declared)
    usual: tuple[float, ...] = (
        (_FULL_16,) if sixteen else (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)
    )
    full = next((full for full in usual if low >= 0 and high <= full), None)
    dark = _FEW_BITS if sixteen else 1 / 255
    if full is not None and (low == high or high in usual or (dark < high and (sixteen or high <= 1))):
        return 0.0, full, None
    return min(low, 0.0), high, _said(image, min(low, 0.0), high)


def _declared(image: Image.Image) -> tuple[float, float] | None:
    """Black and white as the file gives them, where that says more than its kind of numbers does."""
    tags = _tags(image)
    stored = (tags.get(_BITS) or (16,))[0]
    for white, black in ((tags.get(_SMAX), tags.get(_SMIN)), (tags.get(_MAX), tags.get(_MIN))):
        top, bottom = _number(white), _number(black) or 0.0
        if top is not None and bottom < top and top != 2.0**stored - 1 and (image.mode != "F" or top > 1):
            return min(bottom, 0.0), top
    return (0.0, 2.0**stored - 1) if 8 < stored < 16 else None


def _number(value: Any) -> float | None:
    value = value[0] if isinstance(value, tuple) and value else value
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if math.isfinite(number) else None


def _said(image: Image.Image, low: float, high: float) -> str:
    low_word, high_word = (brief(v, 4) if image.mode == "F" else f"{v:,.0f}".replace("-", "−") for v in (low, high))
    return f"grey values {low_word} to {high_word} are shown as 0 to 255."


def _tiles(image: Image.Image) -> list[Any]:
    return getattr(image, "tile", [])


def _tags(image: Image.Image) -> Any:
    return getattr(image, "tag_v2", {}) if image.format == "TIFF" else {}
