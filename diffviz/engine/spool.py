"""A chain on disk: an export takes the memory of one state, however long the chain is."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Callable

import numpy as np

from diffviz.chart import Chart
from diffviz.engine.states import State
from diffviz.export.source import Frame
from diffviz.timeline import Timeline


class SpooledChain:
    """States of a chain in a temporary file that vanishes with the object, also when the process is killed.

    Args:
        chart_of: makes the chart of a lens, which stands in the place of the curves, while the state has its numbers.
    Raises:
        OSError: from ``add`` if the temporary folder is full.
    """

    forward = False

    def __init__(self, alpha_bar: np.ndarray, chart_of: Callable[[State], Chart] | None = None) -> None:
        self.alpha_bar = alpha_bar
        self.timeline = Timeline(())
        self._file = tempfile.TemporaryFile(prefix="diffviz-")  # noqa: SIM115  lives as long as the object
        self._chart_of, self._ends = chart_of, [0]  # bytes of the frames so far, with their charts
        self._shape: tuple[int, ...] = ()
        self._sums: list[tuple[float, bool]] = []  # ᾱ, and whether the sum is exact

    def add(self, state: State) -> None:
        """Append a state as the next frame."""
        pictures = np.stack(state.frames())
        self._shape = pictures.shape
        chart = None if self._chart_of is None else self._chart_of(state)
        self._file.seek(self._ends[-1])
        self._file.write(pictures.tobytes() + pickle.dumps(chart))  # read by nobody else: the file has no name
        self._ends.append(self._file.tell())
        self.timeline = Timeline((*self.timeline.levels, state.t))
        self._sums.append((state.alpha_bar, state.exact))

    def frame(self, index: int) -> Frame:
        size, (begin, end) = int(np.prod(self._shape)), self._ends[index : index + 2]
        self._file.seek(begin)
        held = self._file.read(end - begin)
        x_t, x0_hat, eps_hat = np.frombuffer(held, np.uint8, size).reshape(self._shape)
        alpha_bar, exact = self._sums[index]
        chart = pickle.loads(held[size:])
        return Frame(self.timeline.levels[index], x_t, x0_hat, eps_hat, exact, alpha_bar=alpha_bar, chart=chart)

    def close(self) -> None:
        """Delete the file."""
        self._file.close()
