"""The lenses of the lower card by name: what the theory says of what is on the screen. To add one: a class, its line
here and its words in ``lens_catalog.LENSES``."""

from __future__ import annotations

from diffviz.lenses.chain import Chain
from diffviz.lenses.distribution import Distribution
from diffviz.lenses.lens import Kept, Lens, Looked, Moment, Said
from diffviz.lenses.map import Map
from diffviz.lenses.numbers import Numbers
from diffviz.lenses.posterior import Posterior
from diffviz.lenses.schedule import Schedule
from diffviz.lenses.spectrum import Spectrum
from diffviz.lenses.words import Words

_ALL: tuple[type[Lens], ...] = (Schedule, Distribution, Posterior, Chain, Spectrum, Numbers, Map, Words)
LENSES = {lens.name: lens for lens in _ALL}

__all__ = ["LENSES", "Kept", "Lens", "Looked", "Moment", "Said"]
