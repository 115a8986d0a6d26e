"""A chain on disk: an export takes the memory of one state, however long the chain is."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable

import numpy as np

from diffviz.chart import Chart
from diffviz.engine.sources import Heard
from diffviz.engine.states import State
from diffviz.export.source import Frame
from diffviz.kinds.voice import Mix
from diffviz.timeline import Timeline


class SpooledChain(Heard):
    """States of a chain in a temporary file that vanishes with the object, also when the process is killed.

    Args:
        chart_of: makes the chart of a lens, which stands in the place of the curves, while the state has its numbers.
        size: (H, W) of one sample's picture, of a kind without pixels of its own.
        row_names: those of a ``Frame`` at t.
    Raises:
        OSError: from ``add`` if the temporary folder is full.
    """

    forward = False

    def __init__(
        self,
        alpha_bar: np.ndarray,
        chart_of: Callable[[State], Chart] | None = None,
        size: tuple[int, int] | None = None,
        row_names: Callable[[float], tuple[tuple[float, float, str], ...]] = lambda t: (),
    ) -> None:
        self.alpha_bar, self._size, self._row_names = alpha_bar, size, row_names
        self.timeline = Timeline(())
        self._file = tempfile.TemporaryFile(prefix="diffviz-")  # noqa: SIM115  lives as long as the object
        self._chart_of, self._ends = chart_of, [0]  # bytes of the frames so far, with their charts
        self._shape: tuple[int, ...] = ()
        self._sums: list[tuple[float, bool]] = []  # ᾱ, and whether the sum is exact

    def add(self, state: State) -> None:
        """Append a state as the next frame."""
        pictures = np.stack(state.frames(size=self._size))
        self._shape = pictures.shape
        chart = None if self._chart_of is None else self._chart_of(state)
        self.rate = state.rate
        wave = state.wave(0, 0) if self.rate else None
        self._file.seek(self._ends[-1])
        self._file.write(pictures.tobytes() + pickle.dumps((chart, wave)))  # read by nobody else: it has no name
        self._ends.append(self._file.tell())
        self.timeline = Timeline((*self.timeline.levels, state.t))
        self._sums.append((state.alpha_bar, state.exact))

    def frame(self, index: int) -> Frame:
        size = int(np.prod(self._shape))
        self._file.seek(self._ends[index])
        x_t, x0_hat, eps_hat = np.frombuffer(self._file.read(size), np.uint8).reshape(self._shape)
        alpha_bar, exact = self._sums[index]
        chart, _ = pickle.load(self._file)
        t, names = self.timeline.levels[index], self._row_names
        return Frame(t, x_t, x0_hat, eps_hat, exact, alpha_bar=alpha_bar, chart=chart, row_names=names(t))

    def wave(self, index: int) -> np.ndarray:
        """What is heard of x_t of the first sample, where there is a rate: float32 (n,)."""
        self._file.seek(self._ends[index] + int(np.prod(self._shape)))
        return pickle.load(self._file)[1]

    def _mix(self, index: int) -> Mix:
        return Mix((self.wave(index),), (1.0,))

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
