"""Changes: a dot beside the settings that are others than those of the chain, or the sheet, that is shown."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import Qt
from PySide6.QtWidgets import QLabel, QWidget

DOT = " •"
# by whether it is seen in the laboratory
SINCE = {False: "Changed since the chain was made", True: "Changed since the sheet was run"}


class RowName(QLabel):
    """The name at the left of a control, which keeps its ``changed`` mark whatever else is said of the control."""

    def __init__(self, text: str, tip: str = "") -> None:
        super().__init__()
        self._why = ""
        self.name, self._tip = text, tip
        self.setProperty("look", "muted")
        self._show()

    def setText(self, text: str) -> None:
        if text != self.name:
            self.name = text
            self._show()

    def setToolTip(self, tip: str) -> None:
        if tip != self._tip:
            self._tip = tip
            self._show()

    @property
    def changed(self) -> bool:
        return bool(self._why)

    def mark(self, why: str) -> None:
        """That the control says something else than what is shown was made with, "" where it does not."""
        if why != self._why:
            self._why = why
            self._show()

    def _show(self) -> None:
        line = "<br>" if Qt.mightBeRichText(self._tip) else "\n"
        super().setText(self.name + DOT if self.changed else self.name)
        super().setToolTip(f"{self._tip}{line}{self._why}".strip("\n") if self.changed else self._tip)


class Changes:
    """Marks rows of a panel.

    Args:
        rows: the name at the left of a control, by the settings that it stands for, as ``changed_settings`` names them.
    """

    def __init__(self, rows: Mapping[str, RowName]) -> None:
        self._rows = rows

    def names_in(self, *cards: QWidget) -> str:
        """What the marked rows in these cards are called."""
        marked = (row for row in self._rows.values() if row.changed)
        return ", ".join(sorted({row.name for row in marked if any(card.isAncestorOf(row) for card in cards)}))

    def add(self, rows: Mapping[str, RowName]) -> None:
        """More of them."""
        self._rows = {**self._rows, **rows}

    def show(self, changed: frozenset[str], laboratory: bool) -> None:
        why = f"{SINCE[laboratory]}: for the next {'run' if laboratory else 'chain'}"
        marked = {self._rows[name] for name in changed if name in self._rows}
        for row in set(self._rows.values()):
            row.mark(why if row in marked else "")
