"""Changes: a dot beside the settings that are others than those of the chain shown."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QLabel

DOT = " •"
TIP = "Changed since the chain shown was made: for the next chain"


class Changes:
    """Marks rows of a panel.

    Args:
        rows: the name at the left of a control, by the settings that it stands for, as ``changed_settings`` names them.
    """

    def __init__(self, rows: Mapping[str, QLabel]) -> None:
        self._rows = rows
        self._shown: frozenset[str] = frozenset()

    def show(self, changed: frozenset[str]) -> None:
        if changed == self._shown:
            return
        self._shown = changed
        marked = {self._rows[name] for name in changed if name in self._rows}
        for row in set(self._rows.values()):
            text, tip = row.text().removesuffix(DOT), row.toolTip().removesuffix(TIP).rstrip("\n")
            row.setText(text + DOT if row in marked else text)
            row.setToolTip(f"{tip}\n{TIP}".strip("\n") if row in marked else tip)
