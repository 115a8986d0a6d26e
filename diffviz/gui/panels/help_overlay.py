"""HelpOverlay: names each region of the window and lists the keys; any key or click takes it away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from diffviz.gui.panels.over_window import OverWindow
from diffviz.gui.theme import drawn
from diffviz.palette import DARK, Palette

PAD = 8
END = "Any key or a click closes this. Shift+F1 opens the glossary."


class Region(NamedTuple):
    """A part of the window, and what it is in a few words."""

    widget: QWidget
    title: str
    words: str


class HelpOverlay(OverWindow):
    """Names of what is seen."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window, "help_overlay")
        self._regions: Sequence[Region] = ()
        self._keys: Sequence[tuple[str, str]] = ()
        self._palette = DARK

    def open_over(self, regions: Sequence[Region], keys: Sequence[tuple[str, str]], palette: Palette) -> None:
        """Name these regions; the first, the largest, holds the keys."""
        seen = (region for region in regions if region.widget.isVisible())
        self._regions = [region._replace(words=drawn(region.words)) for region in seen]
        self._keys, self._palette = keys, palette
        words = [f"{region.title}: {region.words}" for region in self._regions]
        self.setAccessibleName("\n".join([*words, *(f"{key}: {what}" for key, what in keys), END]))
        self.cover()

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        dim = QColor(self._palette.background)
        dim.setAlpha(205)
        painter.fillRect(self.rect(), dim)
        for number, region in enumerate(self._regions):
            corner = region.widget.mapTo(self.window(), QPoint(0, 0))
            frame = QRect(corner, region.widget.size()).intersected(self.rect().adjusted(2, 2, -2, -2))
            painter.setPen(QPen(QColor(self._palette.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(frame), 6, 6)
            used = self._paint_words(painter, frame, region)
            if number == 0:
                self._paint_keys(painter, frame.adjusted(0, used, 0, 0))
        painter.end()

    def _paint_words(self, painter: QPainter, frame: QRect, region: Region) -> int:
        """Title and words at the top of a region, on one line where it is low; the height that they take."""
        bold, plain = QFont(self.font()), self.font()
        bold.setBold(True)
        line, room = QFontMetrics(bold).height(), frame.width() - 2 * PAD
        title = QFontMetrics(bold).horizontalAdvance(region.title) + PAD
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
        wrapped = QFontMetrics(plain).boundingRect(QRect(0, 0, room, 1000), flags, region.words)
        low = frame.height() < line + wrapped.height() + 2 * PAD
        height = line + (0 if low else wrapped.height()) + PAD
        back = QRect(frame.left() + 2, frame.top() + 2, frame.width() - 4, min(height + PAD // 2, frame.height() - 4))
        painter.fillRect(back, QColor(self._palette.card))
        top = frame.top() + (PAD // 2 if not low else max(2, (frame.height() - line) // 2))
        painter.setFont(bold)
        painter.setPen(QColor(self._palette.text))
        painter.drawText(QRect(frame.left() + PAD, top, room, line), Qt.AlignmentFlag.AlignLeft, region.title)
        painter.setFont(plain)
        if low:
            beside = QRect(frame.left() + PAD + title, top, max(0, room - title), line)
            words = QFontMetrics(plain).elidedText(region.words, Qt.TextElideMode.ElideRight, beside.width())
            painter.drawText(beside, Qt.AlignmentFlag.AlignLeft, words)
        else:
            painter.drawText(QRect(frame.left() + PAD, top + line, room, wrapped.height() + 4), flags, region.words)
        return height + PAD

    def _paint_keys(self, painter: QPainter, frame: QRect) -> None:
        metrics = self.fontMetrics()
        line, rows = metrics.height() + 3, -(-len(self._keys) // 2)
        height = min(frame.height() - 2 * PAD, (rows + 1) * line + 2 * PAD)
        width = min(frame.width() - 2 * PAD, 640)
        box = QRect(frame.center().x() - width // 2, frame.bottom() - height - PAD, width, height)
        painter.setPen(QPen(QColor(self._palette.edge), 1))
        painter.setBrush(QColor(self._palette.card))
        painter.drawRoundedRect(QRectF(box), 8, 8)
        half = (width - 2 * PAD) // 2
        for number, (key, what) in enumerate(self._keys):
            x = box.left() + PAD + (number // rows) * half
            y = box.top() + PAD + number % rows * line
            painter.setPen(QColor(self._palette.text))
            painter.drawText(QRect(x, y, 106, line), Qt.AlignmentFlag.AlignLeft, key)
            painter.setPen(QColor(self._palette.muted))
            shown = metrics.elidedText(what, Qt.TextElideMode.ElideRight, half - 114)
            painter.drawText(QRect(x + 108, y, half - 112, line), Qt.AlignmentFlag.AlignLeft, shown)
        painter.setPen(QColor(self._palette.text))
        painter.drawText(QRect(box.left() + PAD, box.bottom() - line - 2, width, line), Qt.AlignmentFlag.AlignLeft, END)
