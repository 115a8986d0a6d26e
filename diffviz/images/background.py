"""What lies behind a transparent picture: white, or black where all that can be seen would vanish on white."""

from __future__ import annotations

from typing import Any

from PIL import Image

_VANISHES = 243  # nothing is darker than that: 5 % of contrast at most


def opaque(image: Image.Image) -> tuple[Image.Image, str | None]:
    """A picture of any mode that converts to RGB, as RGB without transparency, and what was done beyond white."""
    if image.mode not in ("LA", "RGBA"):
        return (image if image.mode == "RGB" else image.convert("RGB")), None
    if image.mode == "LA":
        image = image.convert("RGBA")
    on_white = _on("white", image)
    if _extreme(on_white, darkest=True) < _VANISHES or image.getchannel("A").getextrema()[0] == 255:
        return on_white, None
    on_black = _on("black", image)
    if _extreme(on_black, darkest=False) <= 255 - _VANISHES:
        return on_white, "is transparent all over: nothing of it can be seen."
    return on_black, "is white on a transparent ground; shown on black."


def _on(colour: str, image: Image.Image) -> Image.Image:
    return Image.alpha_composite(Image.new("RGBA", image.size, colour), image).convert("RGB")


def _extreme(image: Image.Image, darkest: bool) -> int:
    extrema: Any = image.getextrema()
    return min(low for low, _ in extrema) if darkest else max(high for _, high in extrema)
