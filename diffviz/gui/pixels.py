"""Pixels: how large they are, the value under the cursor, and looking into one sample of a grid."""

from __future__ import annotations

from collections.abc import Callable

from diffviz.gui.numbers import Values, signed
from diffviz.gui.parts import Parts
from diffviz.gui.theme import drawn


class Pixels:
    """What mouse and keys do on the pictures.

    Args:
        at: where a pixel of the page that is seen is, in words, and its unclipped values.
    """

    def __init__(self, parts: Parts, at: Callable[[int, int], tuple[str, Values]]) -> None:
        self._chains, self._view, self._at, self._say = parts.chains, parts.reverse, at, parts.say
        self._viewport, self._options = parts.equation.viewport, parts.options
        self._place = (-1, -1)

    def fill(self) -> None:
        """Whole pictures, which fill their cards."""
        self._viewport.fit()
        self._options.view(own_pixels=False)

    def one_to_one(self) -> None:
        """The pixels of the file or of the network, one of the screen's for each."""
        self._options.own_pixels()
        self._viewport.one_to_one()

    def refresh(self) -> None:
        """The picture has changed under a resting cursor."""
        if self._place[0] >= 0:
            self.hovered(*self._place)

    def hovered(self, x: int, y: int) -> None:
        """Say the unclipped values of the pixel under the cursor."""
        self._place = (x, y)
        if x < 0:
            self._say("")
            return
        place, values = self._at(x, y)
        words = [f"{drawn(name)}   ({', '.join(signed(f'{v:+.3f}') for v in numbers)})" for name, numbers in values]
        self._say("     ".join([place, *words]))

    def clicked(self, x: int, y: int) -> bool:
        """Look into the sample under the cursor, in a grid of the chain shown; whether it is one.

        One that is heard is played first: see Hearing.
        """
        chains = self._chains
        if chains.states and chains.run.count > 1 and chains.open_tile is None:
            place = self._view.tile_at(x, y)
            if place is not None and not chains.states[0].rate:
                self.look_into(place[0])
            return True
        return False

    def look_into(self, k: int) -> None:
        """Show one sample of the grid alone."""
        self._chains.open_tile = k
        self._viewport.fit()

    @property
    def tile(self) -> int | None:
        """The sample under the cursor."""
        place = self._view.tile_at(*self._place) if self._place[0] >= 0 else None
        return place[0] if place else None

    def leave_tile(self) -> bool:
        """Back from a sample to its grid; whether there was anything to leave."""
        if self._chains.open_tile is None:
            return False
        self._chains.open_tile = None
        self._viewport.fit()
        return True
