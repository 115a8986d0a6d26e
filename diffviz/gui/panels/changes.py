"""Changes: a dot beside the settings that are others than those of the chain shown."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QLabel, QWidget

DOT = " •"
TIP = "Changed since the chain shown was made: for the next chain"


def rename(row: QLabel, text: str) -> None:
    """Calls a row otherwise; its dot stays."""
    row.setText(text + DOT if row.text().endswith(DOT) else text)


def retell(row: QLabel, tip: str) -> None:
    """Another tooltip; what it says of a change stays."""
    line = "<br>" if Qt.mightBeRichText(tip) else "\n"
    row.setToolTip(f"{tip}{line}{TIP}".strip("\n") if row.text().endswith(DOT) else tip)


class Changes:
    """Marks rows of a panel.

    Args:
        rows: the name at the left of a control, by the settings that it stands for, as ``changed_settings`` names them.
    """

    def __init__(self, rows: Mapping[str, QLabel]) -> None:
        self._rows = rows
        self._shown: frozenset[str] = frozenset()

    def names_in(self, *cards: QWidget) -> str:
        """What the marked rows in these cards are called."""
        texts = {row.text() for row in self._rows.values() if any(card.isAncestorOf(row) for card in cards)}
        return ", ".join(sorted(text.removesuffix(DOT) for text in texts if text.endswith(DOT)))

    def show(self, changed: frozenset[str]) -> None:
        if changed == self._shown:
            return
        self._shown = changed
        marked = {self._rows[name] for name in changed if name in self._rows}
        for row in set(self._rows.values()):
            text, tip = row.text().removesuffix(DOT), row.toolTip().removesuffix(TIP).removesuffix("<br>").rstrip("\n")
            row.setText(text + DOT if row in marked else text)
            retell(row, tip)
