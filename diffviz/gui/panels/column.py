"""Column: cards below each other that roll where they are higher than the window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QApplication, QFrame, QScrollArea, QScrollBar, QWidget

LANE = 12  # pixels at the right of the cards


class Column(QScrollArea):
    """Its bar has a lane beside the cards, which is there without it too: else words that wrap would move what is under
    the pointer."""

    def __init__(self, cards: QWidget) -> None:
        super().__init__()
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setViewportMargins(0, 0, LANE, 0)
        self.setWidget(cards)
        self.bar = QScrollBar(Qt.Orientation.Vertical, self)
        self.bar.hide()
        own = self.verticalScrollBar()
        own.valueChanged.connect(self.bar.setValue)
        self.bar.valueChanged.connect(own.setValue)
        own.rangeChanged.connect(self._show_range)
        QApplication.instance().focusChanged.connect(self._roll_to)  # type: ignore[union-attr]

    def _roll_to(self, before: QWidget | None, here: QWidget | None) -> None:
        """What got the keys by a key is seen; with the mouse, or when the window comes back, nothing moves."""
        by_key = before is not None and not QApplication.mouseButtons()
        if by_key and here is not None and self.isAncestorOf(here):
            self.ensureWidgetVisible(here, 0, 8)

    def _show_range(self, low: int, high: int) -> None:
        self.bar.setPageStep(self.viewport().height())  # Qt's own bar is told of it later
        self.bar.setRange(low, high)
        self.bar.setValue(self.verticalScrollBar().value())
        self.bar.setVisible(high > low)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.bar.setPageStep(self.viewport().height())
        wide = min(LANE, self.bar.sizeHint().width())
        self.bar.setGeometry(self.width() - wide, 0, wide, self.height())
