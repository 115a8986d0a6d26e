"""Axes say their scale at every height that they can have."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtGui import QPainter, QPicture
from PySide6.QtWidgets import QApplication

from diffviz.diffusion import SCHEDULES
from diffviz.gui.panels.schedule_plot import SchedulePlot
from diffviz.gui.theme import presentation_scale
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


@pytest.mark.parametrize("height", [1080, 2160])
def test_a_presented_axis_of_t_says_T_on_every_screen(qapp: QApplication, height: int) -> None:
    plot = SchedulePlot()
    plot.resize(height * 16 // 9, height // 4)
    plot.set_look(DARK, presentation_scale(height))
    plot.show_schedule(SCHEDULES["linear"](1000), "coefficients")
    plot.show()
    qapp.processEvents()
    axis, picture = plot.getAxis("bottom"), QPicture()
    painter = QPainter(picture)
    painter.setFont(axis.style["tickFont"])
    texts = [text for _, _, text in axis.generateDrawSpecs(painter)[2]]
    painter.end()
    plot.close()
    plot.deleteLater()
    assert texts[0] == "0" and texts[-1] == "1000"
