"""How an export is made, as the person asks for it."""

from __future__ import annotations

from dataclasses import dataclass

from diffviz import catalog
from diffviz.export.errors import ExportError
from diffviz.palette import THEMES

FRAMES = 60  # of a picture's film, where nothing else is said
LIMITS = {"frames": (2, 10_000), "fps": (0.1, 120), "duration_s": (0.1, 3600), "hold_s": (0, 60), "size": (16, 4096)}


@dataclass(frozen=True)
class Options:
    """How a film is made.

    Args:
        frames: at most so many states, evenly spread, both ends kept; None takes every state of the source, or as many
            as the format plays in ``duration_s``.
        fps: frames a second.
        duration_s: seconds that the frames take without the hold; sets fps.
        hold_s: how long the last frame stays after its turn.
        size: longer side of one picture panel, in pixels.
        layout: a name of ``catalog.LAYOUTS``.
        theme: "dark" or "light".
    """

    frames: int | None = None
    fps: float = 25
    duration_s: float | None = None
    hold_s: float = 1.0
    size: int = 512
    layout: str = "x_t"
    theme: str = "dark"


USUAL = Options()
STRIP = Options(frames=8)  # a filmstrip


def check_options(options: Options) -> None:
    """Raises ExportError that names the value, and the range it should lie in."""
    for name, (low, high) in LIMITS.items():
        value = getattr(options, name)
        if value is not None and not low <= value <= high:
            raise ExportError(f"{name.removesuffix('_s')} = {value:g} is outside {low:g}..{high:g}.")
    for name, allowed in (("layout", catalog.LAYOUTS), ("theme", THEMES)):
        if getattr(options, name) not in allowed:
            raise ExportError(f"{name} = {getattr(options, name)!r} is not one of {', '.join(allowed)}.")
