"""What stands over the plots of a lens is seen whole, however narrow they are."""

from __future__ import annotations

import numpy as np
import pytest
from gui_driver import as_array, as_rgb
from PySide6.QtWidgets import QApplication

from diffviz.chart import Axis, Chart, Plot, Series
from diffviz.gui.panels.lens_marks import Words
from diffviz.gui.panels.lens_plot import LensPlot
from diffviz.palette import LIGHT

X, Y = Axis("x", 0, 1), Axis("y", 0, 1)
HEAD = 36  # rows of title and names


def named(title: str, *names: str) -> Plot:
    x = np.linspace(0, 1, 5)
    return Plot(title, X, Y, tuple(Series(name, x, x) for name in names))


@pytest.mark.parametrize("width", [690, 700, 900, 1300])
def test_no_title_and_no_name_over_a_plot_is_cut_at_its_edge(qapp: QApplication, width: int) -> None:
    names = "counted", "mixture", "N(0, 1)"
    plots = named("x_t over all x: a mixture", *names), named("x_t over all y: a mixture", *names)
    others = (
        named("point 420 over ε: Gaussian", "x", "y", "N(0, 1)"),
        named("KL, bits of 2,000 points in the plane", ""),
    )
    view = LensPlot()
    view.set_look(LIGHT, 1.0)
    view.resize(width, 104)
    view.show_chart(Chart("distribution", "", (*plots, *others)))
    view.show()
    qapp.processEvents()
    free = (as_array(view.grab().toImage())[:HEAD] == as_rgb(LIGHT.card)).all(axis=2).all(axis=0)
    places = [drawn.rect for drawn in view._drawn]
    assert places[0].left() == 0 and places[-1].right() == width
    for place in places:
        left, right = int(place.left()), int(place.right())
        assert free[[left, left + 1, right - 2, right - 1]].all(), (left, right)
        assert not free[left:right].all()
    view.close()


@pytest.mark.parametrize(
    ("text", "short"),
    [("KL to N(0, I), bits of 2,000 points", "KL to N(0, I)"), ("point 420 over ε: Gaussian", "point 420 over ε")],
)
def test_a_title_without_room_says_less_before_it_is_cut(qapp: QApplication, text: str, short: str) -> None:
    words = Words(1.0)
    assert words.fitted(text, words.width(text)) is words(text)
    assert words.fitted(text, words.width(text) - 1) is words(short)
    assert (
        words.fitted(text, words.width(short) - 1).text().endswith("…</span>") or "…" in words.fitted(text, 30).text()
    )
