"""A chain on disk: an export takes the memory of one state, however long the chain is."""

from __future__ import annotations

import tempfile

import numpy as np

from diffviz.engine.states import State
from diffviz.export.source import Frame
from diffviz.timeline import Timeline


class SpooledChain:
    """States of a chain in a temporary file that vanishes with the object, also when the process is killed.

    Raises:
        OSError: from ``add`` if the temporary folder is full.
    """

    forward = False

    def __init__(self, alpha_bar: np.ndarray) -> None:
        self.alpha_bar = alpha_bar
        self.timeline = Timeline(())
        self._file = tempfile.TemporaryFile(prefix="diffviz-")  # noqa: SIM115  lives as long as the object
        self._shape: tuple[int, ...] = ()
        self._sums: list[tuple[float, bool]] = []  # ᾱ, and whether the sum is exact

    def add(self, state: State) -> None:
        """Append a state as the next frame."""
        pictures = np.stack(state.frames())
        self._shape = pictures.shape
        self._file.seek(len(self.timeline) * pictures.nbytes)
        self._file.write(pictures.tobytes())
        self.timeline = Timeline((*self.timeline.levels, state.t))
        self._sums.append((state.alpha_bar, state.exact))

    def frame(self, index: int) -> Frame:
        size = int(np.prod(self._shape))
        self._file.seek(index * size)
        x_t, x0_hat, eps_hat = np.frombuffer(self._file.read(size), dtype=np.uint8).reshape(self._shape)
        alpha_bar, exact = self._sums[index]
        return Frame(self.timeline.levels[index], x_t, x0_hat, eps_hat, exact, alpha_bar=alpha_bar)

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
