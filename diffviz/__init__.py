"""diffviz: see denoising diffusion models work."""

from typing import Any

__version__ = "0.1.0"

__all__ = ["__version__", "explore"]


def __getattr__(name: str) -> Any:
    """``diffviz.explore``, which brings torch and Qt along, when it is asked for."""
    if name == "explore":
        from diffviz.notebook import explore

        return explore
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
