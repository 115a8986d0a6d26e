"""The axes of the schedule's curves say their scale at every height that they can have."""

from __future__ import annotations

from itertools import combinations, pairwise

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication

from diffviz.diffusion import SCHEDULES
from diffviz.gui.panels.plot_cursor import INK_PX
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
            labels = plot.labels(name)
            assert len(labels) >= 2, (name, labels)
            heights = sorted(plot._pixel(0, height).y() for height, _ in labels)
            assert all(b - a > 9 for a, b in pairwise(heights))  # apart
            assert plot.area.top() <= heights[0] and heights[-1] <= plot.area.bottom()
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
    texts = [text for _, text in plot.labels("bottom")]
    plot.close()
    plot.deleteLater()
    assert texts[0] == "0" and texts[-1] == "1000"


@pytest.mark.parametrize("kind", ["coefficients", "alpha_bar", "alpha", "snr", "sigma"])
def test_one_step_alone_has_its_axes(kind: str, qapp: QApplication) -> None:
    """T = 1: curves of a single height have a scale all the same, and are painted."""
    plot = SchedulePlot()
    plot.resize(600, 200)
    plot.show_schedule(SCHEDULES["linear"](1), kind)
    plot.show_t(1)
    assert not plot.grab().isNull() and plot.labels("left")
    assert [text for _, text in plot.labels("bottom")] == ["0", "1"]
    plot.deleteLater()


@pytest.mark.parametrize("height", [66, 89, 150, 300])
@pytest.mark.parametrize("kind", ["coefficients", "alpha_bar", "snr", "sigma"])
def test_no_name_lies_on_the_line_at_t(kind: str, height: int, qapp: QApplication) -> None:
    plot = SchedulePlot()
    plot.resize(708, height)
    plot.set_look(DARK, 1.0)
    plot.show_schedule(SCHEDULES["linear"](1000), kind)
    for t in range(0, 1001, 4):
        plot.show_t(t)
        line = plot._pixel(t, 0).x()
        boxes = [plot.t_cursor.box_of(name, plot._pixel) for name in plot.t_cursor.names]
        assert boxes and not any(box.left() - 2 < line < box.right() + 2 for box in boxes), t
    plot.deleteLater()


@pytest.mark.parametrize("height", [90, 100, 150, 300, 700])
@pytest.mark.parametrize(("name", "kind"), [("linear", "coefficients"), ("linear", "alpha_bar"), ("cosine", "snr"),
                                            ("linear", "sigma"), ("sigmoid", "coefficients")])  # fmt: skip
def test_no_number_lies_on_a_curve_a_dot_or_another_number(
    name: str, kind: str, height: int, qapp: QApplication
) -> None:
    plot, schedule = SchedulePlot(), SCHEDULES[name](1000)
    plot.resize(1000, height)
    plot.set_look(DARK, 1.0)
    plot.show_schedule(schedule, kind)
    every = np.linspace(0, 1000, 8001)
    lines = [(every, np.interp(every, np.arange(1001), curve.y)) for curve in plot._curves]
    pixels = [plot._pixel(t, y) for line in lines for t, y in zip(*line, strict=True) if np.isfinite(y)]
    x, y = np.array([(pixel.x(), pixel.y()) for pixel in pixels]).T
    for t in (0, 1, 5, 12, 30, *range(60, 1001, 47), 990, 998, 1000):
        plot.show_t(t)
        cursor = plot.t_cursor
        assert len(cursor.boxes) == len(cursor.dots) and all(map(plot.area.contains, cursor.boxes))
        ink = INK_PX if height == 90 else 0  # in the first window there is room for no more than the ink
        for box in (box.adjusted(0, ink, 0, -ink) for box in cursor.boxes):
            assert not np.any((box.left() <= x) & (x <= box.right()) & (box.top() <= y) & (y <= box.bottom())), t
            assert not any(box.contains(plot._pixel(dot.t, dot.y)) for dot in cursor.dots), t
        pairs = combinations(cursor.boxes, 2)
        assert not any(a.adjusted(0, ink, 0, -ink).intersects(b) for a, b in pairs), t
    plot.deleteLater()


@pytest.mark.parametrize("height", [89, 150, 300])
def test_no_number_near_the_top_lies_on_its_own_curve(height: int, qapp: QApplication) -> None:
    """Where it is flat; in a low plot they were moved down onto it."""
    plot, schedule = SchedulePlot(), SCHEDULES["linear"](1000)
    plot.resize(1000, height)
    plot.set_look(DARK, 1.0)
    plot.show_schedule(schedule, "coefficients")
    roles = [curve.role for curve in plot._curves]
    for t in range(400, 801, 4):
        plot.show_t(t)
        for dot, number in zip(plot.t_cursor.dots, plot.t_cursor.boxes, strict=True):
            box = number.adjusted(3, 3, -3, -3)
            curve = (plot._pixel(s, plot._heights(schedule, s)[roles.index(dot.role)][0]) for s in range(t, t + 60))
            assert not any(map(box.contains, curve)), (t, dot.text)
    plot.deleteLater()


@pytest.mark.parametrize("height", [84, 100, 150])
def test_where_dots_lie_close_the_upper_number_is_that_of_the_upper_one(height: int, qapp: QApplication) -> None:
    plot = SchedulePlot()
    plot.resize(1000, height)
    plot.set_look(DARK, 1.0)
    plot.show_schedule(SCHEDULES["linear"](1000), "coefficients")
    ordered = 0
    for t in range(200, 360, 4):
        plot.show_t(t)
        (a, b), (one, other) = plot.t_cursor.dots, plot.t_cursor.boxes
        ordered += (a.y - b.y) * (other.center().y() - one.center().y()) >= 0
    assert ordered == 40
    plot.deleteLater()
