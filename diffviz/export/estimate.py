"""How large an export will be, roughly: right within a factor of about two, for the window's dialog."""

from __future__ import annotations

from collections.abc import Sequence

PANELS = {"x_t": 1, "pair": 2, "equation": 3, "curves": 3}


def estimate_bytes(
    suffix: str, shape: Sequence[int], size: int, frames: int, layout: str = "x_t", direction: str = "forward"
) -> int:
    """The expected size of an export in bytes.

    Noise does not compress, so what counts is the number of its cells; the held noise of Forward is paid once, the
    fresh noise of Reverse in every frame. The factors were fitted to films of 30 to 60 frames at 256 and 512 pixels.

    Args:
        suffix: a name of ``catalog.FORMATS``.
        shape: (H, W) of the source's pictures; they are enlarged by whole factors to ``size``.
    """
    cells = shape[0] * shape[1]
    pixels = cells * max(1, size // max(shape[0], shape[1])) ** 2
    panels, forward = PANELS[layout], direction == "forward"
    if suffix == ".webp":
        total = frames * panels * (3.0 * cells + 0.003 * pixels)
    elif suffix == "":
        total = frames * panels * (2.7 * cells + 0.02 * pixels)
    elif suffix == ".apng":
        # only the rectangle that changed is stored
        total = frames * (1 + (0.33 if forward else 1.0) * (panels - 1)) * (2.8 * cells + 0.02 * pixels)
    elif suffix == ".gif" and forward:
        total = (8 + 0.08 * frames) * pixels * (1 + 0.14 * (panels - 1))
    elif suffix == ".gif":
        total = frames * panels * (12 * cells + 0.08 * pixels)
    elif forward:
        total = (1.4 + 0.04 * frames) * pixels * (1 + 0.3 * (panels - 1))
    else:
        total = frames * (0.05 * pixels + (panels - 1) * (0.03 * pixels + 4 * cells))
    return round(total) + 2000
