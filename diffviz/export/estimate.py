"""How large an export will be: its frames exactly, its bytes within a factor of about three, for the dialog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diffviz.export.encoders import ENCODERS, Extent, grain
from diffviz.export.render import Renderer


@dataclass(frozen=True)
class Estimate:
    """``bytes`` of the file or folder; ``width`` and ``height`` of its frames in pixels."""

    bytes: int
    width: int
    height: int


def estimate(
    suffix: str,
    layout: str,
    shape: Sequence[int],
    size: int,
    frames: int,
    forward: bool = True,
    lens: bool = False,
    fresh: bool = False,
) -> Estimate:
    """What an export of ``frames`` frames will come to.

    Args:
        suffix: a name of ``ENCODERS``; layout: one of ``catalog.LAYOUTS``.
        shape: (H, W) of the picture in Forward, which is resized, or of the chain's pictures in Reverse, which are not.
        size: longer side of one panel in pixels; never taken smaller than the chain's pictures.
        lens: whether a lens's chart stands in the place of the curves.
        fresh: whether each frame of Forward has noise of its own, each step of Reverse adds some.
    """
    longer = max(shape[0], shape[1])
    if forward:
        scale = size // grain(suffix) / longer
        shape = [max(1, round(side * scale)) for side in shape[:2]]
    else:
        size = max(size, longer)
    renderer = Renderer(shape, np.ones(2), forward, layout, size, chart=lens)
    height, width = renderer.frame_shape
    cells = shape[0] * shape[1]
    pixels = cells * (size // max(shape[0], shape[1])) ** 2
    panels = {"x_t": 1, "pair": 2}.get(layout, 3)
    extent = Extent(forward, cells, pixels, panels, frames, fresh)
    return Estimate(round(ENCODERS[suffix].bytes_of(extent)) + 2000, width, height)
