"""The menu of experiments: every one of them under its group, whose name cannot be chosen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from diffviz.experiment_catalog import EXPERIMENTS, GROUPS
from diffviz.gui.panels.experiment_card import ExperimentCard
from diffviz.gui.panels.rows import PathField
from diffviz.scene import ExperimentSpec


def test_the_menu_is_set_in_groups_and_walked_past_their_names(qtbot: QtBot) -> None:
    card = ExperimentCard()
    qtbot.addWidget(card)
    card.show_experiment(ExperimentSpec("compare"), False, "")
    combo = card.experiment
    texts = [combo.itemText(i) for i in range(combo.count())]
    names = [combo.itemData(i) for i in range(combo.count())]
    assert [text for text, name in zip(texts, names, strict=True) if name is None] == list(GROUPS)
    assert sorted(filter(None, names)) == sorted(EXPERIMENTS)
    for i, name in enumerate(names):
        enabled = bool(combo.model().flags(combo.model().index(i, 0)) & Qt.ItemFlag.ItemIsEnabled)
        assert enabled == (name is not None)
        if name is not None:
            assert combo.itemData(i, Qt.ItemDataRole.ToolTipRole)
            group = max((text for text in GROUPS if texts.index(text) < i), key=texts.index)
            assert group == EXPERIMENTS[name].group
    chosen: list[str] = []
    card.experiment_chosen.connect(chosen.append)
    last = max(i for i, name in enumerate(names) if name and EXPERIMENTS[name].group == GROUPS[0])
    combo.setCurrentIndex(last)
    QTest.keyClick(combo, Qt.Key.Key_Down)
    assert chosen == [names[last], names[last + 2]], "the arrow steps over the name of the next group"


def test_words_that_a_field_begins_with_are_seen_whole(qtbot: QtBot) -> None:
    card = ExperimentCard()
    qtbot.addWidget(card)
    card.resize(264, 400)
    card.show()
    for name, entry in EXPERIMENTS.items():
        card.show_experiment(ExperimentSpec(name), False, "")
        QTest.qWait(1)
        for param in (param for param in entry.params if param.kind != "number" and not param.choices):
            found = card.findChild(QWidget, f"{param.name}_field")
            field = found.field if isinstance(found, PathField) else found
            assert isinstance(field, QLineEdit)
            room = field.width() - (24 if field is not found else 8)
            for words in (field.text(), field.placeholderText()):
                assert field.fontMetrics().horizontalAdvance(words) <= room, (name, param.name)
            assert bool(field.placeholderText()) == (param.default == "")
            assert field.placeholderText() != "default", "where nothing is said, what it needs or takes"
