"""How a lens's series are drawn: bars without seams, lines where their numbers are."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication

from diffviz.chart import Axis, Plot, Series
from diffviz.gui.panels.lens_ink import Ink
from diffviz.palette import DARK

WIDTH, HEIGHT = 330, 120


def drawn(series: Series, ratio: float = 1.0) -> np.ndarray:
    """uint8 (H, W, 4) of a plot of nothing else, over black."""
    image = QImage(round(WIDTH * ratio), round(HEIGHT * ratio), QImage.Format.Format_ARGB32)
    image.setDevicePixelRatio(ratio)
    image.fill(QColor("black"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    plot = Plot("", Axis("x", 0, 1), Axis("y", 0, 1), (series,))
    Ink(DARK, 1.0).paint(painter, plot, series, QRectF(0, 0, WIDTH, HEIGHT))
    painter.end()
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4).copy()


@pytest.mark.parametrize("ratio", [1.0, 1.5, 2.0])
def test_bars_of_one_height_are_one_area_without_seams(qapp: QApplication, ratio: float) -> None:
    count = 80  # of 4.125 pixels each
    x = (np.arange(count) + 0.5) / count
    pixels = drawn(Series("", x, np.full(count, 0.5), "signal", "bars"), ratio)
    middle = pixels.shape[0] // 2
    assert (pixels[middle + 2 :] == pixels[-1, 0]).all() and pixels[-1, 0, :3].any()
    assert not pixels[: middle - 2, :, :3].any()


def test_a_bar_is_as_high_as_its_number_and_one_without_is_left_out(qapp: QApplication) -> None:
    pixels = drawn(Series("", np.array([1, 3, 5]) / 6, np.array([0.25, np.nan, 1.0]), "signal", "bars"))
    assert (pixels[..., :3].any(axis=2).sum(axis=0)[[55, 165, 275]] == [30, 0, 120]).all()


@pytest.mark.parametrize("many", [0, 40], ids=["smooth", "up and down"])
def test_a_line_goes_through_its_numbers_and_is_broken_where_there_is_none(qapp: QApplication, many: int) -> None:
    x = np.linspace(0, 1, 331)
    y = 0.5 + 0.4 * np.sin(2 * np.pi * max(many, 1) * x)
    y[150:180] = np.nan
    seen = drawn(Series("", x, y))[..., :3].any(axis=2)
    assert not seen[:, 153:177].any()
    for k in range(5, 325, 8):
        if np.isfinite(y[k]):
            assert seen[round((1 - y[k]) * HEIGHT), k], k


@pytest.mark.parametrize("length", [8.0, 12.0, 20.0])
@pytest.mark.parametrize("style", ["line", "dashed", "dotted"])
def test_a_piece_in_the_legend_shows_how_its_line_is_drawn(qapp: QApplication, style: str, length: float) -> None:
    """In a small window a dashed line had a whole piece."""
    image = QImage(40, 12, QImage.Format.Format_ARGB32)
    image.fill(QColor("black"))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    Ink(DARK, 1.0).paint_sample(painter, Series("a", np.zeros(2), np.zeros(2), "text", style), QPointF(5, 6), length)
    painter.end()
    row = [image.pixelColor(x, 6).lightness() for x in range(5, 5 + round(length))]
    assert (min(row) < 0.4 * max(row)) == (style != "line") and max(row[0], row[1]) > 200
    assert style == "line" or max(row[-2:]) > 0.4 * max(row), "it ends with a dash"
