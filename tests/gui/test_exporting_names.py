"""Names that a person may type into the export dialog."""

from __future__ import annotations

from pathlib import Path

import pytest
from gui_driver import Driver
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit
from test_exporting import Dialog

from diffviz.gui.panels.export_names import with_suffix


@pytest.mark.parametrize("name", ["", "  "])
def test_no_name_is_said(name: str, driver: Driver) -> None:
    dialog = Dialog(driver)
    dialog.widget.findChild(QLineEdit, "export_path").setText(name)
    dialog.button.click()
    assert dialog.widget.status.text() == "The export needs a name; type one or choose a file."


def test_a_name_is_shown_as_it_is_also_where_it_looks_like_markup(driver: Driver) -> None:
    assert Dialog(driver).widget.status.textFormat() == Qt.TextFormat.PlainText


@pytest.mark.parametrize(
    ("path", "kind", "expected"),
    [("a.gif  ", ".mp4", "a.mp4"), ("a.gif ", ".gif", "a.gif"), ("v1.2 final ", ".gif", "v1.2 final .gif")],
)
def test_spaces_behind_a_suffix_are_left_out(path: str, kind: str, expected: str, tmp_path: Path) -> None:
    assert with_suffix(str(tmp_path / path), kind) == str(tmp_path / expected)
