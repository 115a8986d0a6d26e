"""The field for words: broken into lines, with cursor and marks where the letters are."""

from __future__ import annotations

import numpy as np
import pytest
from gui_driver import as_array
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from diffviz.gui.panels.words_edit import MOST, PLACE, WordsEdit

LEFT, NONE, SHIFT = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
LONG = "cartoon face, green ponytail, green beard, glasses"


@pytest.fixture
def edit(qtbot):
    made = WordsEdit()
    qtbot.addWidget(made)
    made.setFrame(False)
    made.asked = []
    made.lines_changed.connect(lambda: made.asked.append(made.lines))
    made.resize(150, 60)
    made.show()
    made.setFocus()
    qtbot.waitUntil(made.hasFocus)
    return made


def middle(edit: WordsEdit, position: int) -> QPoint:
    return edit.place_of(position).center() + QPoint(1, 0)


def test_it_wants_as_many_lines_as_the_words_need(edit):
    assert edit.lines == 1
    edit.setText(LONG)
    assert edit.lines == 3 and edit.asked == [3]
    edit.resize(1000, 60)
    assert edit.lines == 1 and edit.asked == [3, 1]
    edit.resize(150, 60)
    edit.setText(", ".join([LONG] * 4))
    assert edit.lines == MOST


def test_all_of_it_is_painted(edit):
    """Every line has ink, which lies inside."""
    edit.setText(LONG)
    edit.clearFocus()
    seen = as_array(edit.grab().toImage()).astype(int).sum(axis=2)
    dark = np.abs(seen - seen[0, 0]) > 100
    spacing = edit.fontMetrics().lineSpacing()
    top = edit.place_of(0).top()
    assert all(dark[top + k * spacing : top + (k + 1) * spacing].any() for k in range(3))
    assert not dark[:top].any()


def test_a_click_puts_the_cursor_where_it_is(edit):
    edit.setText(LONG)
    for k in (3, LONG.index("ponytail") + 2, LONG.index("glasses"), len(LONG)):
        QTest.mouseClick(edit, LEFT, NONE, middle(edit, k))
        assert edit.cursorPosition() == k
    assert edit.place_of(len(LONG)).top() > edit.place_of(3).top()
    assert edit.inputMethodQuery(PLACE) == edit.place_of(len(LONG))


def test_words_are_marked_by_a_drag_with_shift_and_by_two_clicks(edit):
    edit.setText(LONG)
    begin, end = LONG.index("green"), LONG.index("beard") + 5
    QTest.mousePress(edit, LEFT, NONE, middle(edit, begin))
    QTest.mouseMove(edit, middle(edit, end))
    QTest.mouseRelease(edit, LEFT, NONE, middle(edit, end))
    QTest.mouseClick(edit, LEFT, NONE, middle(edit, begin))
    QTest.mouseClick(edit, LEFT, SHIFT, middle(edit, end))
    assert edit.selectedText() == LONG[begin:end]
    edit.deselect()
    QTest.mouseDClick(edit, LEFT, NONE, middle(edit, LONG.index("ponytail") + 3))
    assert edit.selectedText().strip(" ,") == "ponytail"
    QTest.keyClicks(edit, "bun ")
    assert edit.text().startswith("cartoon face, green bun ")


def test_what_is_being_composed_is_seen_where_it_will_stand(edit):
    edit.setText("a b")
    edit.setCursorPosition(1)
    before, after_b = as_array(edit.grab().toImage()), edit.place_of(3).x()
    QApplication.sendEvent(edit, QInputMethodEvent("www", []))
    assert edit.place_of(6).x() > after_b + 10 and edit.text() == "a b"
    composed = QInputMethodEvent("", [])
    composed.setCommitString("w")
    QApplication.sendEvent(edit, composed)
    assert edit.text() == "aw b" and not np.array_equal(as_array(edit.grab().toImage()), before)


def test_what_is_composed_in_an_empty_field_stands_alone(edit):
    """An accent that waits for its letter lay in the words of the empty field."""
    QApplication.sendEvent(edit, QInputMethodEvent("www", []))
    alone = as_array(edit.grab().toImage())
    edit.setPlaceholderText("anything; or words")
    assert np.array_equal(as_array(edit.grab().toImage()), alone)


def test_of_many_lines_those_around_the_cursor_are_seen(edit):
    edit.setText(", ".join([LONG] * 4))
    assert edit.rect().intersects(edit.place_of(edit.cursorPosition()))
    assert not edit.rect().contains(edit.place_of(0))
    edit.setCursorPosition(0)
    assert edit.rect().intersects(edit.place_of(0))
