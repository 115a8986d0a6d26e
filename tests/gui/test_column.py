"""A column of cards rolls without its bar taking of their width."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from diffviz.gui.panels.column import LANE, Column
from diffviz.gui.panels.layouts import filled

pytestmark = pytest.mark.display


def test_the_bar_comes_and_the_cards_stay_as_wide(qtbot: QtBot) -> None:
    cards = QWidget()
    column = Column(cards)
    qtbot.addWidget(column)
    column.resize(200, 100)
    column.show()
    cards.setMinimumHeight(90)
    qtbot.waitUntil(lambda: cards.height() == 100)
    assert cards.width() == 200 - LANE and not column.bar.isVisible()
    cards.setMinimumHeight(300)
    qtbot.waitUntil(column.bar.isVisible)
    assert cards.width() == 200 - LANE <= column.bar.x()
    assert column.bar.geometry().right() == 199 and column.bar.height() == 100
    column.bar.setValue(50)
    assert cards.y() == -50
    column.verticalScrollBar().setValue(70)
    assert column.bar.value() == 70
    for height in (150, 120):  # its length is that of the part that is seen
        column.resize(200, height)
        assert column.bar.pageStep() == column.verticalScrollBar().pageStep() == height


def test_a_control_that_gets_the_keys_from_elsewhere_is_rolled_to(qtbot: QtBot) -> None:
    """With F6, or with Tab from beside the column; Qt does so of its own only from control to control inside."""
    window, cards, below = QWidget(), QWidget(), QPushButton("below")
    column = Column(cards)
    filled(QVBoxLayout(window), column, below)
    buttons = [QPushButton(str(k)) for k in range(12)]
    filled(QVBoxLayout(cards), *buttons)
    qtbot.addWidget(window)
    window.resize(200, 160)
    with qtbot.waitActive(window):
        window.show()
        window.activateWindow()
    below.setFocus()
    QTest.keyClick(below, Qt.Key.Key_Backtab)
    assert buttons[-1].hasFocus()
    assert buttons[-1].visibleRegion().boundingRect() == buttons[-1].rect()
    buttons[0].setFocus(Qt.FocusReason.TabFocusReason)
    assert buttons[0].visibleRegion().boundingRect() == buttons[0].rect()
