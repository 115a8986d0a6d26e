"""Axes say their scale at every height that they can have."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtGui import QPainter, QPicture
from PySide6.QtWidgets import QApplication

from diffviz.diffusion import SCHEDULES
from diffviz.gui.panels.schedule_plot import SchedulePlot
from diffviz.palette import DARK


@pytest.mark.parametrize("kind", ["coefficients", "alpha_bar", "snr", "sigma"])
def test_the_lowest_plot_labels_two_values_at_least(kind: str, qapp: QApplication) -> None:
    plot = SchedulePlot()
    try:
        plot.set_look(DARK, 1.0)
        plot.show_schedule(SCHEDULES["linear"](1000), kind)
        plot.show()
        plot.resize(900, plot.minimumHeight())
        qapp.processEvents()
        for name in ("left", "right") if kind == "alpha_bar" else ("left",):
            axis, picture = plot.getAxis(name), QPicture()
            painter = QPainter(picture)
            painter.setFont(axis.style["tickFont"])
            labels = axis.generateDrawSpecs(painter)[2]
            painter.end()
            assert len(labels) >= 2, (name, labels)
            tops = sorted(rect.top() for rect, _, _ in labels)
            assert all(b - a > 9 for a, b in pairwise(tops))  # apart
    finally:
        plot.close()
        plot.deleteLater()
