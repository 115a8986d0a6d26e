"""Mathematical lettering with Pillow: subscripts, hats, and antialiased shapes, from numpy arrays alone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from diffviz.assets import asset
from diffviz.palette import Palette, rgb

SUB_SCALE = 0.68
LEAST_PX = 6  # of the names of rows
SUB_DROP, SUP_RISE = 0.22, 0.38  # of the font's size, below and above the baseline
_HAT, _TILDE = "\u02c6", "\u02dc"  # stand at the height of an accent over a small letter


@dataclass(frozen=True)
class Run:
    """Letters of one colour. ``sub`` and ``sup`` set them as an index or a power, ``hat`` and ``tilde`` go above."""

    text: str
    colour: str
    sub: bool = False
    hat: bool = False
    bold: bool = False
    sup: bool = False
    tilde: bool = False


Runs = Sequence[Run]


@lru_cache(maxsize=64)
def font(size_px: float, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, the one font of window and export."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(asset("fonts", name)), size_px, layout_engine=ImageFont.Layout.BASIC)


# a letter with a hat or a tilde; an index, of one letter or in braces, to a single letter, unlike the one in
# "dpmpp_2m"; a power
_MARKED = re.compile(
    "(.)([\u0302\u0303])"
    "|(?:(?<=\\b\\w)|(?<=[\u0302\u0303]))_([0-9A-Za-zθ]|{[^}]*})(?![0-9A-Za-z])"
    "|\\^([−-]?[0-9.]*[0-9])"
)


def runs_of(text: str, colour: str, bold: bool = False) -> list[Run]:
    """Words in which "_0" is an index and a combining circumflex a hat, a tilde one: "x\u0302_0 at once"."""
    found, end = [], 0
    for match in _MARKED.finditer(text):
        found.append(Run(text[end : match.start()], colour, bold=bold))
        letter, over, index, power = match.groups()
        words = letter or (index or "").strip("{}") or power
        marks = {"sub": bool(index), "hat": over == "\u0302", "tilde": over == "\u0303", "sup": bool(power)}
        found.append(Run(words, colour, bold=bold, **marks))
        end = match.end()
    return [run for run in (*found, Run(text[end:], colour, bold=bold)) if run.text]


def wrapped(text: str, size_px: float, room: float, lines: int, bold: bool = False) -> list[str]:
    """The text in at most ``lines`` lines of ``room`` pixels; what does not fit ends in an ellipsis."""
    out: list[str] = []
    for word in text.split():
        longer = f"{out[-1]} {word}" if out else word
        if out and width(runs_of(longer, "", bold), size_px) <= room:
            out[-1] = longer
        else:
            out.append(word)
    if len(out) > lines:
        out = [*out[: lines - 1], " ".join(out[lines - 1 :])]
    return [shortened(line, size_px, room, bold) for line in out]


def shortened(text: str, size_px: float, room: float, bold: bool = False) -> str:
    """The text, or as much of its beginning as fits ``room`` pixels with an ellipsis."""
    if width(runs_of(text, "", bold), size_px) <= room:
        return text
    while text and width(runs_of(f"{text}…", "", bold), size_px) > room:
        text = text[:-1]
    return f"{text.rstrip()}…"


def width(runs: Runs, size_px: float) -> float:
    """Advance width of the runs in pixels."""
    return sum(_font(run, size_px).getlength(run.text) for run in runs)


def draw(canvas: np.ndarray, xy: tuple[float, float], runs: Runs, size_px: float, anchor: str = "l") -> None:
    """Write the runs into ``canvas``, uint8 (H, W, 3), in place.

    Args:
        xy: baseline point in pixels.
        anchor: "l", "m" or "r": the part of the line that stands at x.
    """
    length = width(runs, size_px)
    x = xy[0] - {"l": 0.0, "m": length / 2, "r": length}[anchor]
    top, bottom = int(xy[1] - 1.3 * size_px), int(xy[1] + 0.6 * size_px) + 1
    left, right = int(x) - 2, int(x + length) + 3
    top, left = max(top, 0), max(left, 0)
    region = canvas[top:bottom, left:right]
    if not region.size:
        return
    # only the touched part goes through Pillow: a frame is mostly pictures
    image = Image.fromarray(np.ascontiguousarray(region))
    pen = ImageDraw.Draw(image)
    baseline = xy[1] - top
    for run in runs:
        face = _font(run, size_px)
        advance = face.getlength(run.text)
        y = baseline + (SUB_DROP * run.sub - SUP_RISE * run.sup) * size_px
        pen.text((x - left, y), run.text, fill=run.colour, font=face, anchor="ls")
        if run.hat or run.tilde:
            higher = face.getbbox("x", anchor="ls")[1] - face.getbbox(run.text, anchor="ls")[1]
            place = x - left + advance / 2, y - (higher if higher > size_px / 8 else 0)
            pen.text(place, _HAT if run.hat else _TILDE, fill=run.colour, font=face, anchor="ms")
        x += advance
    region[:] = np.asarray(image)


def plated(
    canvas: np.ndarray, xy: tuple[float, float], words: Run, size_px: float, plate: str, anchor: str = "l"
) -> None:
    """Words on a plate that lets a picture through, at a baseline point."""
    wide = width([words], size_px)
    shade = rounded(round(1.5 * size_px), round(wide + 0.8 * size_px), size_px / 4) * 0.75
    left = xy[0] - 0.4 * size_px - (wide if anchor == "r" else 0)
    paint(canvas, round(left), round(xy[1] - 1.1 * size_px), shade, rgb(plate))
    draw(canvas, xy, [words], size_px, anchor)


def row_names(
    canvas: np.ndarray,
    box: tuple[int, int, int, int],
    names: Sequence[tuple[float, float, str]],
    size_px: float,
    look: Palette,
) -> None:
    """Over a picture, whose left, top, width and height are ``box``, what its rows of samples are called.

    ``names``: where each begins, as shares of width and height. Low rows have small letters, very low ones none.
    """
    left, top, wide, high = box
    rows = sorted({y for _, y, _ in names})
    size_px = min(size_px, 0.4 * high * min((b - a for a, b in pairwise([*rows, 1.0])), default=1.0))
    for x, y, name in names if size_px >= LEAST_PX else ():
        shown = Run(shortened(name, size_px, (1 - x) * wide - size_px), look.text)
        plated(canvas, (left + x * wide + 0.4 * size_px, top + y * high + 1.2 * size_px), shown, size_px, look.card)


def _font(run: Run, size_px: float) -> ImageFont.FreeTypeFont:
    return font(size_px * SUB_SCALE if run.sub or run.sup else size_px, run.bold)


def paint(canvas: np.ndarray, left: int, top: int, coverage: np.ndarray, colour: tuple[int, int, int]) -> None:
    """Blend ``colour`` into ``canvas`` in place by ``coverage``, float (h, w) in [0, 1], its corner at (left, top)."""
    y0, x0 = max(top, 0), max(left, 0)
    y1, x1 = min(top + coverage.shape[0], canvas.shape[0]), min(left + coverage.shape[1], canvas.shape[1])
    if y1 <= y0 or x1 <= x0:
        return
    part = coverage[y0 - top : y1 - top, x0 - left : x1 - left, None].astype(np.float32)
    region = canvas[y0:y1, x0:x1]
    region[:] = np.rint(region * (1 - part) + np.asarray(colour, dtype=np.float32) * part).astype(np.uint8)


def rounded(height: int, width: int, radius: float, inset: float = 0.0) -> np.ndarray:
    """Coverage (height, width) of a rectangle with round corners, ``inset`` pixels inside its edges."""
    y = np.abs(np.arange(height, dtype=np.float32) + 0.5 - height / 2) - (height / 2 - inset - radius)
    x = np.abs(np.arange(width, dtype=np.float32) + 0.5 - width / 2) - (width / 2 - inset - radius)
    outside = np.hypot(np.maximum(y, 0)[:, None], np.maximum(x, 0)[None, :])
    distance = outside + np.minimum(np.maximum(y[:, None], x[None, :]), 0) - radius
    return np.clip(0.5 - distance, 0, 1)


def disc(radius: float) -> np.ndarray:
    """Coverage of a disc in the middle of a square of odd side."""
    half = int(np.ceil(radius)) + 1
    grid = np.hypot(*np.mgrid[-half : half + 1, -half : half + 1])
    return np.clip(radius + 0.5 - grid, 0, 1)


def polyline(height: int, width: int, points: np.ndarray, thickness: float, dash: float = 0.0) -> np.ndarray:
    """Coverage (height, width) of a line through ``points``, float (n, 2) of x, y in pixels; ``dash`` > 0 breaks it."""
    oversampling = 4 if height * width < 2**22 else 2
    image = Image.new("L", (width * oversampling, height * oversampling))
    pen = ImageDraw.Draw(image)
    for piece in _dashes(points, dash):
        pen.line(
            [tuple(p) for p in piece * oversampling], fill=255, width=round(thickness * oversampling), joint="curve"
        )
    return np.asarray(image.reduce(oversampling), dtype=np.float32) / 255


def _dashes(points: np.ndarray, dash: float) -> list[np.ndarray]:
    """The line cut by arc length into pieces of ``dash`` pixels with gaps of 0.7 of that."""
    if dash <= 0:
        return [points]
    along = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(points, axis=0).T))])
    pieces = []
    for start in np.arange(0.0, along[-1], 1.7 * dash):
        inner = points[(along > start) & (along < start + dash)]
        ends = [[np.interp(s, along, points[:, k]) for k in (0, 1)] for s in (start, min(start + dash, along[-1]))]
        pieces.append(np.vstack([ends[:1], inner, ends[1:]]))
    return pieces
