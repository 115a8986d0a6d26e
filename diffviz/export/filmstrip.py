"""A film as one picture for a paper: states in a row, labelled with t."""

from __future__ import annotations

import math

import numpy as np

from diffviz.export import lettering
from diffviz.export.errors import ExportError
from diffviz.export.lettering import Run
from diffviz.export.render import REFERENCE_PX, enlarge_into, whole_factor
from diffviz.export.source import Source
from diffviz.palette import THEMES, Palette, rgb
from diffviz.timeline import level_text

_MIN_UNIT = 1.1
_MIN_LETTERS = 6  # pixels
MOST = 64
# what a picture may have that diffviz opens (images/bounds.py)
MOST_PIXELS = 128 * 2**20
LONGEST = 2**16


def filmstrip(source: Source, k: int, size: int = 128, theme: str = "light") -> np.ndarray:
    """``k`` states evenly spread over the source, both ends included, as one uint8 (H, W, 3).

    In Reverse x_t stands above x̂_0. Forward has one row, for its x_0 never changes and is the state at t = 0, and
    where a schedule is pinned another one of its x_t, each with its schedule's name.

    Args:
        size: longer side of one picture, in pixels.
    Raises:
        ExportError: if ``k`` lies outside 2..64, ``size`` is smaller than the pictures, or the strip would be larger
            than what can be opened.
    """
    if not 2 <= k <= MOST:
        raise ExportError(f"a filmstrip of {k} states is outside 2..{MOST}.")
    indices = source.timeline.thinned(k)
    palette = THEMES[theme]
    first = source.frame(indices[0])
    shape, beside = first.x_t.shape, first.beside
    factor = whole_factor(shape, size)
    height, width = shape[0] * factor, shape[1] * factor
    unit = max(size / REFERENCE_PX, _MIN_UNIT)
    rows = ("x_t",) if source.forward else ("x_t", "x_0")
    if beside is not None:
        rows = ("x_t", "beside")
    gap, margin, head = round(6 * unit), round(12 * unit), round(24 * unit)
    names = {"x_t": _name("t", palette), "x_0": _name("0", palette, hat=True)}
    if beside is not None:
        shown = (lettering.shortened(name, 16 * unit, 130 * unit) for name in beside.names)
        names = {row: [Run(name, palette.text)] for row, name in zip(rows, shown, strict=True)}
    side = round(max(lettering.width(names[row], 16 * unit) for row in rows) + 12 * unit)
    longest = [Run("t = 1000", "#000000")]
    pitch = max(width, math.ceil(lettering.width(longest, _MIN_LETTERS)))  # of a picture narrower than its label
    label_px = min(13 * unit, 13 * unit * pitch / lettering.width(longest, 13 * unit))
    tall = 2 * margin + head + len(rows) * (height + gap) - gap
    wide = 2 * margin + side + len(indices) * (pitch + gap) - gap
    share = min(LONGEST / max(tall, wide), (MOST_PIXELS / (tall * wide)) ** 0.5)
    if share < 1:
        raise ExportError(
            f"a filmstrip of {len(indices)} states of {size} pixels would be {wide:,}x{tall:,}; choose fewer states, "
            f"or a size of at most {int(size * share)}."
        )
    strip = np.full((tall, wide, 3), rgb(palette.card), dtype=np.uint8)
    for row, name in enumerate(rows):
        y = margin + head + row * (height + gap) + height / 2 + 5 * unit
        lettering.draw(strip, (margin, y), names[name], 16 * unit)
    for column, index in enumerate(indices):
        frame = source.frame(index)
        middle = margin + side + column * (pitch + gap) + pitch / 2
        left = round(middle - width / 2)
        label = [Run("t = ", palette.muted), Run(level_text(frame.t), palette.text)]
        lettering.draw(strip, (middle, margin + 0.6 * head), label, label_px, "m")
        for row, name in enumerate(rows):
            top = margin + head + row * (height + gap)
            seen = frame.beside.x_t if name == "beside" and frame.beside is not None else getattr(frame, name)
            enlarge_into(strip[top:, left:], seen, factor)
            if not (row or column):
                lettering.row_names(strip, (left, top, width, height), frame.row_names, 11 * unit, palette)
    return strip


def _name(index: str, palette: Palette, hat: bool = False) -> list[Run]:
    return [Run("x", palette.text, hat=hat, bold=True), Run(index, palette.text, sub=True, bold=True)]
