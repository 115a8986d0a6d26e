"""LossPlot: the loss of every step, its running mean, and that of held-out pictures, on a logarithmic axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from diffviz.chart import Axis, Chart, Plot, Series, log_axis
from diffviz.gui.panels.lens_plot import LensPlot

MOST = 4000  # points; beyond, every second one is forgotten


class LossPlot(LensPlot):
    """Points are added while a training runs."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("loss_plot")
        self.setMinimumHeight(120)
        self._points: list[tuple[float, float, float]] = []
        self._measured: list[tuple[float, float]] = []

    def show_points(
        self, at: np.ndarray, losses: np.ndarray, smoothed: np.ndarray, held_out: Sequence[tuple[int, float]] = ()
    ) -> None:
        """Begin with these, float (N,) each; empty arrays clear the plot. ``held_out``: (step, loss)."""
        self._measured = list(held_out)
        self._points = list(zip(at.tolist(), losses.tolist(), smoothed.tolist(), strict=True))
        self._show()

    def add_point(self, step: int, loss: float, smoothed: float) -> None:
        """One more; steps that were lost with a checkpoint and come again replace what was shown of them."""
        _forget(self._points, step)
        _forget(self._measured, step)
        self._points.append((step, loss, smoothed))
        if len(self._points) > MOST:
            self._points = self._points[::2]
        self._show()

    def add_held_out(self, step: int, loss: float) -> None:
        """The loss on held-out pictures at a checkpoint."""
        _forget(self._measured, step)
        self._measured.append((step, loss))
        self._show()

    def held_out(self) -> list[float]:
        """The losses on held-out pictures, the newest last."""
        return [loss for _, loss in self._measured]

    def points(self) -> list[tuple[float, float, float]]:
        """(step, loss, running mean) of what is drawn."""
        return list(self._points)

    def _show(self) -> None:
        self.show_chart(loss_chart(self._points, self._measured) if self._points else None)


def loss_chart(points: Sequence[tuple[float, float, float]], measured: Sequence[tuple[float, float]]) -> Chart:
    """Of a training that has begun; as ``points`` and ``held_out`` have them."""
    steps, each, mean = np.array(points, dtype=np.float64).T
    at, held_out = np.array(measured, dtype=np.float64).reshape(-1, 2).T
    # single steps reach far out: the mean and most of them must be seen, not the last outlier
    seen = np.concatenate([np.quantile(each, (0.01, 0.99)), mean[len(mean) // 20 :], held_out])
    low = max(min(float(seen.min()), float(mean.min())), 1e-12)
    series = (
        Series("each step", steps, each, "muted", "thin"),
        Series("running mean", steps, mean, "signal", "line" if len(steps) > 1 else "dots"),
        Series("held out", at, held_out, "noise"),
        Series("", at, held_out, "noise", "dots"),
    )
    x = Axis("", 0, max(float(steps[-1]), 1.0), levels=True)  # there is no half of a step
    y = log_axis("loss", low, max(float(seen.max()), 1.25 * low))
    return Chart("learning", plots=(Plot("", x, y, series[: 2 if not len(at) else 4]),))


def _forget(rows: list[Any], step: int) -> None:
    """Drop the rows from ``step`` on: they come again."""
    while rows and rows[-1][0] >= step:
        rows.pop()
