"""A column of cards rolls without its bar taking of their width."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QWidget

from diffviz.gui.panels.column import Column

pytestmark = pytest.mark.display


def test_the_bar_comes_and_the_cards_stay_as_wide(qtbot) -> None:
    cards = QWidget()
    column = Column(cards)
    qtbot.addWidget(column)
    column.resize(200, 100)
    column.show()
    cards.setMinimumHeight(90)
    qtbot.waitUntil(lambda: cards.height() == 100)
    assert cards.width() == 200 and not column.bar.isVisible()
    cards.setMinimumHeight(300)
    qtbot.waitUntil(column.bar.isVisible)
    assert cards.width() == 200
    assert column.bar.geometry().right() == 199 and column.bar.height() == 100
    column.bar.setValue(50)
    assert cards.y() == -50
    column.verticalScrollBar().setValue(70)
    assert column.bar.value() == 70
