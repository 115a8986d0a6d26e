"""A white picture on a white card has an edge, at whatever place between the screen's pixels its view begins."""

from __future__ import annotations

import numpy as np
import pytest
from gui_driver import as_array
from PySide6.QtCore import QPoint
from PySide6.QtGui import QImage

from diffviz.gui.panels.picture_view import PictureView
from diffviz.gui.panels.viewport import Viewport
from diffviz.palette import LIGHT

RATIO = 1.5


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("begins", [0, 1])
@pytest.mark.parametrize("size", [(60, 90), (133, 180), (90, 60)])
@pytest.mark.parametrize("resamples", [False, True])
def test_both_sides_are_drawn(
    size: tuple[int, int], begins: int, resamples: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And those that fill the view too, of what is resampled for it: a pair of clouds had no top and no bottom."""
    view = PictureView(Viewport())
    view.resamples = resamples
    view.resize(*size)
    view.set_palette(LIGHT)
    monkeypatch.setattr(view, "devicePixelRatioF", lambda: RATIO)
    view.show_array(np.full((64, 64, 3), 255, np.uint8), fills=True)
    image = QImage(round(size[0] * RATIO) + 8, round(size[1] * RATIO) + 8, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(RATIO)
    image.fill(0xFFFFFFFF)
    view.render(image, QPoint(begins, begins))  # one of the window's units is a pixel and a half
    image.setDevicePixelRatio(1)
    inked = (as_array(image)[..., :3] < 250).any(axis=-1)
    across = int(size[0] < size[1])
    for axis in (across, 1 - across)[: 1 + resamples]:
        lines = inked.mean(axis=axis) > 0.6
        middle = len(lines) // 2
        assert lines[:middle].any() and lines[middle:].any(), np.flatnonzero(lines)
    view.deleteLater()
