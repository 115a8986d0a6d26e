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

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setProperty("look", "fold")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._words, self._tip, self._differs, self._changed = "", tip, "", ""
        self.toggled.connect(self._write)

    def show_words(self, words: str) -> None:
        """What the line says."""
        if words != self._words:
            self._words = words
            self._write()

    def show_differing(self, words: str) -> None:
        """What of it is not as at first, "" for nothing."""
        if words != self._differs:
            self._differs = words
            self._write()

    def show_changed(self, words: str) -> None:
        """What of it was changed since the chain shown was made, "" for nothing."""
        if words != self._changed:
            self._changed = words
            self._write()

    def minimumSizeHint(self) -> QSize:
        return QSize(60, self.sizeHint().height())

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._write()

    def _write(self) -> None:
        end = f"{DOT if self._differs or self._changed else ''} {OPEN if self.isChecked() else CLOSED}"
        metrics = QFontMetrics(self.font())
        room = self.width() - metrics.horizontalAdvance(end) - 8
        shown = metrics.elidedText(self._words, Qt.TextElideMode.ElideMiddle, max(40, room))
        self.setText(literal(shown + end))
        differs = f"\nNot as at first: {self._differs}" if self._differs else ""
        differs += f"\nChanged since the chain shown was made: {self._changed}" if self._changed else ""
        self.setToolTip(wrapped(f"{self._words if shown != self._words else ''}\n{self._tip}{differs}".strip()))
        state = "open" if self.isChecked() else "closed"
        marks = (", not as at first" if self._differs else "") + (", changed since" if self._changed else "")
        self.setAccessibleName(f"{self._words}, {state}{marks}")
