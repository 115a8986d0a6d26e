"""A prompt over the whole width: surprised, kept, chosen from what was kept, and remembered."""

from __future__ import annotations

import itertools
import json

import pytest
from PySide6.QtCore import QSettings, Qt
from PySide6.QtTest import QTest

from diffviz.gui.panels.condition_box import ConditionBox
from diffviz.gui.panels.objection import Objection
from diffviz.gui.panels.rows import Card
from diffviz.gui.panels.words_row import WordsRow
from diffviz.gui.preferences import KEY, Preferences, keep_prompts, stored
from diffviz.scene import ModelSpec
from diffviz.vocabulary import Vocabulary

EXAMPLES = ("long red hair", "blue hat, red hair")
KNOWN = Vocabulary(("hair", "hat", "red", "blue", "long"), ("long red hair", "blue hat"), examples=EXAMPLES)


@pytest.fixture
def row(qtbot):
    card, box = Card("Reverse chain"), ConditionBox()
    qtbot.addWidget(card)
    made = WordsRow(card, box)
    made.box, made.asked = box, []
    box.asked_for.connect(made.asked.append)
    made.show_known((), KNOWN, True, None)
    card.show()
    return made


def pick(row, index):
    """Click an entry of the list."""
    row.box.showPopup()
    view = row.box.view()
    view.setCurrentIndex(row.box.model().index(index, 0))
    QTest.keyClick(view, Qt.Key.Key_Return)


def place_of(row):
    grid = row.parent().grid
    return grid.getItemPosition(grid.indexOf(row.box))


def test_a_prompt_has_the_whole_width_and_a_class_stands_beside_its_name(row):
    assert place_of(row)[1::2] == (0, 2) and row.name.text() == "words" and row.surprise.isVisible()
    row.show_known(("cat",), None, True, "cat")
    assert place_of(row)[1::2] == (1, 1) and row.name.text() == "class" and not row.keep.isVisible()


def test_advice_has_a_notes_colour_and_what_is_not_taken_that_of_errors(row):
    answered = Vocabulary(KNOWN.words, KNOWN.phrases, (("man", "say a hat"),))
    row.show_known((), answered, True, None)
    looks = {}
    for prompt in ("red hair, a man", "red hair, zebra", "a man", "blue hat"):
        row.box.say(prompt)
        row.show_said(ModelSpec("x", prompt), False)
        note = row.parent().findChild(Objection)
        looks[prompt] = note.property("look") if note.isVisible() else ""
    assert looks == {"red hair, a man": "small", "red hair, zebra": "wrong", "a man": "small", "blue hat": ""}


def test_a_surprise_is_a_caption_of_the_training_and_another_one_each_time(row):
    seen = []
    for _ in range(6):
        row.surprise.click()
        seen.append(row.box.lineEdit().text())
    assert set(seen) == set(EXAMPLES) and row.asked == seen
    assert all(a != b for a, b in itertools.pairwise(seen))


def test_without_captions_there_is_no_surprise(row):
    row.show_known((), Vocabulary(("red",), ("red",)), True, None)
    assert not row.surprise.isVisible() and row.keep.isVisible()


def test_kept_words_stand_first_and_replace_what_is_said(row):
    assert not row.keep.isEnabled()  # nothing is said
    row.box.say("blue hat")
    row.keep.click()
    assert row.keep.isChecked() and [row.box.itemText(k) for k in (0, 1)] == ["kept", "★ blue hat"]
    row.box.say("red hair")
    assert not row.keep.isChecked()
    pick(row, 1)
    assert row.asked[-1] == "blue hat" and row.box.lineEdit().text() == "blue hat"
    row.keep.click()  # let go
    assert row.prompts == [] and row.box.itemText(0) == "long red hair"
    assert row.box.lineEdit().text() == "blue hat"


def test_a_phrase_of_the_list_joins_what_is_said(row):
    row.box.say("red hair")
    for _ in range(2):
        pick(row, row.box.findData("blue hat"))
        assert row.asked == ["red hair", "red hair, blue hat"]  # said once
        assert row.box.lineEdit().text() == "red hair, blue hat"


def test_a_phrase_that_is_typed_replaces_what_is_said(row, qtbot):
    row.box.say("red hair")
    row.box.lineEdit().selectAll()
    qtbot.keyClicks(row.box.lineEdit(), "blue hat")
    qtbot.keyClick(row.box.lineEdit(), Qt.Key.Key_Return)
    qtbot.keyClick(row.box, Qt.Key.Key_Up)
    assert row.asked == ["red hair", "blue hat"] and row.box.lineEdit().text() == "blue hat"


def test_a_blend_is_there_where_something_is_said_and_has_a_share_where_two_prompts_are(row):
    assert not row.blend.isVisible()
    row.box.say("red hair")
    row.show_said(ModelSpec(class_label="red hair"), False)
    assert row.blend.ask.isVisible() and not row.blend.slider.isVisible()
    row.blend.ask.click()
    row.show_said(ModelSpec(class_label="red hair |", blend=0.5), False)
    assert not row.blend.ask.isVisible() and row.blend.slider.isVisible() and row.blend.share.isVisible()
    pick(row, row.box.findData("blue hat"))
    assert row.asked[-1] == "red hair | blue hat"


def test_the_field_is_as_high_as_its_words_and_what_is_offered_stands_below_what_is_said_of_them(row, qtbot):
    row.parent().setFixedWidth(264)
    low = row.box.sizeHint().height()
    row.box.say(", ".join(["long red hair", "blue hat", "zebra", "red hair", "blue hair", "hat"]))
    row.box.show_said(row.box.prompt)  # as the scene does
    spacing = row.box.fontMetrics().lineSpacing()
    edit, note = row.box.lineEdit(), row.box.note
    assert edit.lines in (2, 3)
    row.parent().grid.setRowStretch(row.parent().grid.rowCount(), 1)
    row.parent().resize(264, 600)
    qtbot.waitUntil(lambda: row.box.height() == low + (edit.lines - 1) * spacing)
    assert note.isVisible() and "zebra" in note.text()
    edit.setFocus()
    qtbot.waitUntil(edit.hasFocus)
    edit.setCursorPosition(len(edit.text()))
    qtbot.keyClicks(edit, ", hat")
    offered = edit.completer().popup()
    qtbot.waitUntil(offered.isVisible)
    below = note.mapToGlobal(note.rect().bottomLeft()).y()
    assert offered.geometry().top() > below
    edit.setText(edit.text() + ", long red hair" * 5)  # as it is while the list is walked through
    assert not edit.isModified() and edit.lines > 3
    qtbot.waitUntil(lambda: offered.geometry().top() > note.mapToGlobal(note.rect().bottomLeft()).y() > below)
    assert offered.height() == offered.model().rowCount() * offered.sizeHintForRow(0) + 2 * offered.frameWidth()


def test_the_share_of_a_blend_is_told_once_for_a_drag(row):
    chosen = []
    row.blend.chosen.connect(chosen.append)
    row.blend.slider.setSliderDown(True)
    for part in (60, 70, 80):
        row.blend.slider.setSliderPosition(part)
        row.blend.slider.sliderMoved.emit(part)
    assert chosen == [] and row.blend.share.value() == 0.8
    row.blend.slider.setSliderDown(False)
    row.blend.slider.setValue(80)
    assert chosen == [0.8]
    row.show_said(ModelSpec(class_label="red hair | blue hat", blend=0.25), False)
    assert (row.blend.slider.value(), row.blend.share.value(), chosen) == (25, 0.25, [0.8])


def test_they_are_remembered(row, tmp_path):
    preferences = Preferences(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))
    keep_prompts(row, preferences)
    row.box.say("blue hat")
    row.keep.click()
    assert stored(preferences.recall(KEY)) == ["blue hat"]


@pytest.mark.parametrize("words", ["", "{", "3", '["a", 3]', json.dumps(["x" * 2000])])
def test_what_was_edited_by_hand_is_left_out(words):
    assert stored(words) == []
