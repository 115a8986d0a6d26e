"""How large an export will be: its frames exactly, its bytes within a factor of about two, for the window's dialog."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from diffviz.export.encoders import grain
from diffviz.export.render import Renderer


@dataclass(frozen=True)
class Estimate:
    """``bytes`` of the file or folder; ``width`` and ``height`` of its frames in pixels."""

    bytes: int
    width: int
    height: int


def estimate(
    suffix: str, layout: str, shape: Sequence[int], size: int, frames: int, direction: str = "forward"
) -> Estimate:
    """What an export of ``frames`` frames will come to.

    Args:
        suffix: a name of ``catalog.FORMATS``; layout: one of ``catalog.LAYOUTS``.
        shape: (H, W) of the picture in Forward, which is resized, or of the chain's pictures in Reverse, which are not.
        size: longer side of one panel in pixels; never taken smaller than the chain's pictures.
    """
    longer = max(shape[0], shape[1])
    if direction == "forward":
        scale = size // grain(suffix) / longer
        shape = [max(1, round(side * scale)) for side in shape[:2]]
    else:
        size = max(size, longer)
    renderer = Renderer(shape, np.ones(2), direction, layout, size)
    height, width = renderer.frame_shape
    cells = shape[0] * shape[1]
    pixels = cells * (size // max(shape[0], shape[1])) ** 2
    panels = {"x_t": 1, "pair": 2}.get(layout, 3)
    return Estimate(round(_bytes(suffix, direction, cells, pixels, panels, frames)) + 2000, width, height)


def _bytes(suffix: str, direction: str, cells: int, pixels: int, panels: int, frames: int) -> float:
    """Fitted to films of 30 to 60 frames at 256 and 512 pixels.

    Noise does not compress, so what counts is the number of its cells; video and GIF pay for the held noise of
    Forward once, and for the fresh noise of Reverse in every frame.
    """
    forward = direction == "forward"
    if suffix == ".webp":
        return frames * panels * (3.0 * cells + 0.003 * pixels)
    if suffix == "":
        return frames * panels * (2.7 * cells + 0.02 * pixels)
    if suffix == ".apng":  # only the rectangle that changed is stored
        return frames * (1 + (0.33 if forward else 1.0) * (panels - 1)) * (2.8 * cells + 0.02 * pixels)
    if suffix == ".gif":
        if forward:
            return (8 + 0.08 * frames) * pixels * (1 + 0.14 * (panels - 1))
        return frames * panels * (12 * cells + 0.08 * pixels)
    if forward:
        return (1.4 + 0.04 * frames) * pixels * (1 + 0.3 * (panels - 1))
    return frames * (0.05 * pixels + (panels - 1) * (0.03 * pixels + 4 * cells))
