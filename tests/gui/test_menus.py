"""The menus' look: what is chosen in them has a check that is drawn as the icons are."""

from __future__ import annotations

import numpy as np
import pytest
from gui_driver import as_array
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QMenu

from diffviz.gui.theme import stylesheet
from diffviz.palette import DARK, LIGHT, Palette


@pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])
def test_a_check_has_smooth_edges(palette: Palette, qapp: QApplication) -> None:
    """The style's own is made of single pixels, few of them on a fine screen too."""
    menu = QMenu()
    menu.setStyleSheet(stylesheet(palette))
    chosen = QAction("x", menu, checkable=True, checked=True)
    menu.addAction(chosen)
    menu.ensurePolished()
    menu.resize(menu.sizeHint())
    row = menu.actionGeometry(chosen)
    left = as_array(menu.grab().toImage())[row.top() + 2 : row.bottom() - 1, 6:22]
    assert len(np.unique(left.reshape(-1, left.shape[-1]), axis=0)) > 4
    menu.deleteLater()
