"""WordsEdit: a field whose text is broken into lines, as many as it needs, where one would show a part of it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QGuiApplication,
    QInputMethodEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextLayout,
    QTextOption,
)
from PySide6.QtWidgets import QLineEdit

MOST = 5  # lines that are shown; of more those around the cursor
PLACE = Qt.InputMethodQuery.ImCursorRectangle


class WordsEdit(QLineEdit):
    """Keys, undo, completion and words for assistive tools are a QLineEdit's; lines, cursor and mouse are its own.

    Signal ``lines_changed()``: it wants another height.
    """

    lines_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._layout, self._anchor = QTextLayout(), -1
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._layout.setTextOption(option)
        self._lines = 1
        self.textChanged.connect(self._lay)
        self.cursorPositionChanged.connect(self.update)
        self.selectionChanged.connect(self.update)

    @property
    def lines(self) -> int:
        """How many it wants to show."""
        return min(MOST, self._lines)

    def _lay(self) -> None:
        """Break the text for the width that there is."""
        layout, before = self._layout, self.lines
        layout.setFont(self.font())
        layout.setText(self.text())
        layout.beginLayout()
        y = 0.0
        while (line := layout.createLine()).isValid():
            line.setLineWidth(max(1, self.width()))
            line.setPosition(QPointF(0, y))
            y += self.fontMetrics().lineSpacing()
        layout.endLayout()
        self._lines = max(1, layout.lineCount())
        self.update()
        if self.lines != before:
            self.lines_changed.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._lay()

    def _line_of(self, position: int) -> int:
        line = self._layout.lineForTextPosition(position)
        return line.lineNumber() if line.isValid() else 0

    def _corner(self) -> QPointF:
        """Where the text begins: in the middle, or scrolled to where the cursor is seen."""
        spacing = self.fontMetrics().lineSpacing()
        above = max(0, self._line_of(self.cursorPosition()) - self.lines + 1) if self._lines > MOST else 0
        return QPointF(0, (self.height() - self.lines * spacing) / 2 - above * spacing)

    def place_of(self, position: int) -> QRect:
        """Where the cursor stands before a letter."""
        line, corner = self._layout.lineForTextPosition(position), self._corner()
        x, y = (line.cursorToX(position)[0], line.y()) if line.isValid() else (0.0, 0.0)  # type: ignore[index]
        return QRect(round(corner.x() + x), round(corner.y() + y), 1, self.fontMetrics().height())

    def position_at(self, point: QPoint) -> int:
        """The letter before which a click there puts the cursor."""
        if not self._layout.lineCount():
            return 0
        corner = self._corner()
        k = int((point.y() - corner.y()) // self.fontMetrics().lineSpacing())
        line = self._layout.lineAt(min(max(k, 0), self._layout.lineCount() - 1))
        return int(line.xToCursor(point.x() - corner.x()))

    def inputMethodQuery(self, query: Qt.InputMethodQuery) -> object:  # type: ignore[override]
        return self.place_of(self.cursorPosition()) if query == PLACE else super().inputMethodQuery(query)

    def inputMethodEvent(self, event: QInputMethodEvent) -> None:
        """What is being composed, an accent or a syllable, stands in the text as it will."""
        super().inputMethodEvent(event)
        self._layout.setPreeditArea(self.cursorPosition(), event.preeditString())
        self._lay()

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, palette = QPainter(self), self.palette()
        painter.setClipRect(self.rect())
        if not self.text() and not self._layout.preeditAreaText():
            painter.setPen(palette.color(QPalette.ColorRole.PlaceholderText))
            words = self.fontMetrics().elidedText(self.placeholderText(), Qt.TextElideMode.ElideRight, self.width())
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        marked = []
        if self.hasSelectedText():
            chosen = QTextLayout.FormatRange()
            chosen.start, chosen.length = self.selectionStart(), self.selectionLength()
            form = chosen.format
            form.setBackground(palette.brush(QPalette.ColorRole.Highlight))
            form.setForeground(palette.brush(QPalette.ColorRole.HighlightedText))
            chosen.format = form
            marked.append(chosen)
        self._layout.draw(painter, self._corner(), marked)
        if self.hasFocus() and not self.isReadOnly():
            painter.fillRect(self.place_of(self.cursorPosition()), palette.color(QPalette.ColorRole.Text))
        painter.end()

    # -- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        there = self.position_at(event.position().toPoint())
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._anchor = self.cursorPosition() if self._anchor < 0 else self._anchor
            self._mark(there)
        else:
            self._anchor = there
            self.setCursorPosition(there)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self._anchor >= 0:
            self._mark(self.position_at(event.position().toPoint()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """What was marked can be put elsewhere with the middle button, where the desktop does so."""
        clipboard = QGuiApplication.clipboard()
        if event.button() != Qt.MouseButton.LeftButton:
            super().mouseReleaseEvent(event)
        elif self.hasSelectedText() and clipboard.supportsSelection():
            clipboard.setText(self.selectedText(), clipboard.Mode.Selection)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Mark the word."""
        self.setCursorPosition(self.position_at(event.position().toPoint()))
        self.cursorWordBackward(False)
        self._anchor = self.cursorPosition()
        self.cursorWordForward(True)

    def _mark(self, there: int) -> None:
        self.setSelection(self._anchor, there - self._anchor)
