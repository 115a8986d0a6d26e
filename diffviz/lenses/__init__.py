"""The lenses of the lower card by name: what the theory says of what is on the screen. To add one: a class, its line
here and its line in ``catalog.LENSES``."""

from __future__ import annotations

from diffviz.lenses.lens import Lens, Moment
from diffviz.lenses.numbers import Numbers

LENSES: dict[str, type[Lens]] = {lens.name: lens for lens in (Numbers,)}

__all__ = ["LENSES", "Lens", "Moment"]
