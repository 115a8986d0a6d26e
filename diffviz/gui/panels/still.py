"""Still: a label whose words may change without the window being laid out anew."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget


class Still(QWidget):
    """Room for a label whose words change at each move: the window is laid out anew only when they need other height.

    A label tells the layout at each change of its text, and the layout then asks everything in the window for its size.
    """

    def __init__(self, label: QLabel) -> None:
        super().__init__()
        self._label = label
        self._heights: dict[tuple[int, int], int] = {}
        label.setParent(self)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        label = self._label
        return QSize(0, label.heightForWidth(self.width()) if label.wordWrap() else label.sizeHint().height())

    def refit(self) -> None:
        """The words were changed. Texts of one length take as many lines: only their numbers differ."""
        key = (len(self._label.text()), self.width())
        if key not in self._heights:
            self._heights[key] = self.sizeHint().height()
        if self._heights[key] != self.height():
            self.updateGeometry()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._heights.clear()
        super().changeEvent(event)

    def resizeEvent(self, event: object) -> None:
        self._label.setGeometry(self.rect())
        self.refit()
