"""More: one line that opens what a beginner need not see, with a dot where something of it is other than it was."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QPushButton, QSizePolicy

from diffviz.gui.theme import literal, wrapped

CLOSED, OPEN, DOT = "▸", "▾", " •"


class Fold(QPushButton):
    """A line of words that opens and closes what stands under it: ``toggled(open)``.

    The words are cut in the middle where the panel is too narrow for them; the tooltip has them all.
    """

    def __init__(self, name: str, tip: str, words: str = "") -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("look", "fold")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._tip, self._said = tip, {"words": words, "differs": "", "changed": "", "since": ""}
        self.toggled.connect(self._write)
        self._write()

    def say(self, **said: str) -> None:
        """The ``words`` of the line; what of it ``differs`` from how it was at first and what was ``changed`` ``since``
        when, "" for nothing."""
        if not said.items() <= self._said.items():
            self._said |= said
            self._write()

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height())

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._write()

    def _write(self) -> None:
        words, differs, changed, since = self._said.values()
        words += f" · changed: {changed}" if changed else ""
        end = f"{DOT if differs or changed else ''} {OPEN if self.isChecked() else CLOSED}"
        metrics = QFontMetrics(self.font())
        room = self.width() - metrics.horizontalAdvance(end) - 8
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideMiddle, max(40, room))
        self.setText(literal(shown + end))
        marks = f"\nNot as at first: {differs}" if differs else ""
        marks += f"\n{since}: {changed}" if changed else ""
        self.setToolTip(wrapped(f"{words if shown != words else ''}\n{self._tip}{marks}".strip()))
        state = "open" if self.isChecked() else "closed"
        marks = ", not as at first" if differs else ""
        self.setAccessibleName(f"{words}, {state}{marks}")
