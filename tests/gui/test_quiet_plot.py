"""Axes say their scale at every height that they can have."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtGui import QPainter, QPicture
from PySide6.QtWidgets import QApplication

from diffviz.diffusion import SCHEDULES
from diffviz.gui.panels.schedule_plot import SchedulePlot
from diffviz.gui.panels.sheet_plot import SheetPlot
from diffviz.gui.theme import presentation_scale
from diffviz.palette import DARK
from diffviz.sheet import Curve, Plot


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


def test_a_logarithmic_plot_without_points_follows_one_of_large_numbers(qapp: QApplication) -> None:
    card, far = SheetPlot(), (0.0, 1000.0)
    card.resize(480, 320)
    card.show()
    card.show_plot(Plot("over t", "t", "RMS", (Curve("a", far, far),)))
    qapp.processEvents()
    card.show_plot(Plot("over steps", "steps", "RMS", (Curve("a", (), ()),), log_x=True, log_y=True))
    qapp.processEvents()  # 10^1000 is no number
    for axis in card.axes.values():
        assert axis.power and axis.tickValues(*axis.range, 200.0)
    card.close()
    card.deleteLater()
