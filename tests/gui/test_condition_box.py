"""What a network is asked for: a list of classes, or a field of words that says what is not understood."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from diffviz.gui.panels.condition_box import ConditionBox
from diffviz.vocabulary import Vocabulary

KNOWN = Vocabulary(("hair", "hat", "red", "blue", "long"), ("long red hair", "blue hat"), (("man", "say a beard"),))


@pytest.fixture
def box(qtbot):
    page, made = QWidget(), ConditionBox()
    made.page = page
    lines = QVBoxLayout(page)
    lines.addWidget(made)
    lines.addWidget(QPushButton("where Tab leads"))
    qtbot.addWidget(page)
    made.said, made.wrong, made.enters, made.red = [], [], [], []
    made.asked_for.connect(made.said.append)
    made.objected.connect(lambda sentence, wrong: (made.wrong.append(sentence), made.red.append(wrong)))
    made.entered.connect(lambda: made.enters.append(True))
    page.show()
    return made


def test_classes_are_chosen_from_a_list(box):
    box.show_classes(["cat", "dog"], True, "dog")
    assert box.currentText() == "dog" and not box.isEditable() and box.said == []
    box.setCurrentIndex(0)
    assert box.said == [None]


def test_a_prompt_is_told_with_return(box, qtbot):
    box.show_words(KNOWN, None)
    assert box.lineEdit().text() == "" and "long red hair" in box.lineEdit().placeholderText()
    qtbot.keyClicks(box.lineEdit(), "red hair,  blue hat")
    assert box.said == []  # not at each key
    qtbot.keyClick(box.lineEdit(), Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: box.enters == [True])
    assert box.said == ["red hair, blue hat"]


def test_words_that_are_not_known_are_named(box):
    box.show_words(KNOWN, "a man with a zebra")
    assert box.wrong[-1].startswith("say a beard\nnot known to the model: zebra")
    box.show_said("red hair")
    assert box.wrong[-1] == ""
    box.show_said("zebra")
    box.show_classes(["cat"], True, None)
    assert box.wrong[-1] == ""  # the sentence goes with its words


def test_advice_is_no_objection(box):
    box.show_words(KNOWN, "a man")
    assert box.wrong[-1] == "say a beard" and not box.red[-1]
    box.show_said("a man with a zebra")
    assert box.red[-1]
    box.show_said("blue hat | red hair | hat")
    assert "two prompts" in box.wrong[-1] and not box.red[-1]
    box.show_said(", ".join(["red hair", "blue hat", "hat", "long hair", "long", "red", "blue"] * 2))
    assert not box.red[-1]  # said twice is said once
    box.show_said(" | ".join(["red hair", "a man"]))
    assert box.wrong[-1] == "say a beard" and not box.red[-1]


def test_what_is_being_typed_stays(box, qtbot):
    box.show_words(KNOWN, "red hair")
    box.lineEdit().setFocus()
    qtbot.waitUntil(box.lineEdit().hasFocus)
    box.lineEdit().setCursorPosition(0)
    qtbot.keyClicks(box.lineEdit(), "long ")
    box.show_said("red hair")  # something else of the scene has changed
    assert box.lineEdit().text() == "long red hair"


def test_a_phrase_is_completed_after_the_others(box):
    box.show_words(KNOWN, "long red hair, bl")
    completer = box.lineEdit().completer()
    box.lineEdit().end(False)
    completer.setCompletionPrefix(completer.splitPath(box.lineEdit().text())[0])
    assert completer.completionCount() == 1
    assert completer.pathFromIndex(completer.currentIndex()) == "long red hair, blue hat"


def test_the_phrase_at_the_cursor_is_completed(box, qtbot):
    box.show_words(KNOWN, "long red hair, hat, red hair")
    edit = box.lineEdit()
    edit.setFocus()
    qtbot.waitUntil(edit.hasFocus)
    edit.setCursorPosition(len("long red hair, "))
    qtbot.keyClicks(edit, "b")
    offered = edit.completer().popup()
    qtbot.waitUntil(offered.isVisible)
    assert [offered.model().index(k, 0).data() for k in range(offered.model().rowCount())] == ["blue hat"]
    assert edit.completer().pathFromIndex(offered.model().index(0, 0)) == "long red hair, blue hat, red hair"


def test_a_phrase_of_the_second_prompt_is_completed(box):
    box.show_words(KNOWN, "red hair | bl")
    completer = box.lineEdit().completer()
    box.lineEdit().end(False)
    completer.setCompletionPrefix(completer.splitPath(box.lineEdit().text())[0])
    assert completer.pathFromIndex(completer.currentIndex()) == "red hair | blue hat"


def test_a_second_prompt_is_typed_behind_the_first(box, qtbot):
    box.show_words(KNOWN, "red hair")
    box.ask_second()
    assert box.said == ["red hair |"]
    qtbot.keyClicks(box.lineEdit(), "blue hat")
    qtbot.keyClick(box.lineEdit(), Qt.Key.Key_Return)
    assert box.said[-1] == "red hair | blue hat" and box.wrong[-1] == ""


def test_what_the_first_prompt_says_is_chosen_for_the_second_too(box):
    box.show_words(KNOWN, "blue hat | red hair")
    box._take("blue hat")
    box._take("red hair")
    assert box.said == ["blue hat | red hair, blue hat"]


def test_a_phrase_is_chosen_from_the_list(box):
    box.show_words(KNOWN, None)
    box.showPopup()
    box.view().setCurrentIndex(box.model().index(box.findText("blue hat"), 0))
    QTest.keyClick(box.view(), Qt.Key.Key_Return)
    assert box.said == ["blue hat"]


def test_the_list_has_a_head_for_each_thing_that_is_described(box):
    hats = Vocabulary(("red", "blue", "hat", "hair", "sad"), ("red hat", "sad", "blue hat", "red hair", "blue hair"))
    box.show_words(hats, "sad")
    listed = ["hat", "red hat", "blue hat", "others", "sad", "hair", "red hair", "blue hair"]
    assert [box.itemText(k) for k in range(box.count())] == listed
    heads = [box.model().item(k).flags() for k in (0, 3, 5)]
    assert heads == [Qt.ItemFlag.NoItemFlags] * 3 and box.currentIndex() == -1
    assert box.lineEdit().text() == "sad"


def test_words_that_are_left_with_tab_are_taken_though_phrases_were_offered(box, qtbot):
    box.show_words(KNOWN, "long red hair")
    edit = box.lineEdit()
    edit.setFocus()
    qtbot.waitUntil(edit.hasFocus)
    edit.selectAll()
    qtbot.keyClicks(edit, "blue")
    qtbot.waitUntil(edit.completer().popup().isVisible)
    assert box.said == []
    qtbot.keyClick(edit.completer().popup(), Qt.Key.Key_Tab)
    qtbot.waitUntil(lambda: box.said == ["blue"])
