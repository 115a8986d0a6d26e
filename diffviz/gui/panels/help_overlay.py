"""HelpOverlay: names each region of the window and lists the keys; any key or click takes it away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from PySide6.QtCore import QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from diffviz.gui.panels.over_window import OverWindow
from diffviz.gui.theme import drawn
from diffviz.palette import DARK, Palette

PAD = 8
BESIDE, BETWEEN = 8, 14  # pixels from a key to its words, and to the next column
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
                keys = frame.adjusted(PAD, used, -PAD, -PAD)
        if self._regions:
            self._paint_keys(painter, keys)
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

    def _paint_keys(self, painter: QPainter, room: QRect) -> None:
        """In so much room; where it is too low in all the width that there is, and down to the region below."""
        metrics = self.fontMetrics()
        line, ends = metrics.height() + 2, metrics.height() + 3 * PAD
        columns = in_columns(self._keys, room.width() - 2 * PAD, metrics.horizontalAdvance)
        if len(columns[0][1]) * line + ends > room.height():
            tops = (region.widget.mapTo(self.window(), QPoint(0, 0)).y() for region in self._regions)
            room.setBottom(min((top - PAD for top in tops if top > room.bottom()), default=room.bottom()))
            room.setRight(self.width() - 2 * PAD)
            line, ends = metrics.height(), metrics.height() + 2 * PAD + PAD // 2
            columns = in_columns(self._keys, room.width() - 2 * PAD, metrics.horizontalAdvance)
        width = sum(key + BESIDE + words + BETWEEN for (key, words), _ in columns) - BETWEEN + 2 * PAD
        height = len(columns[0][1]) * line + ends
        left = room.center().x() - width // 2
        box = QRect(left, max(0, room.bottom() - height), max(width, metrics.horizontalAdvance(END) + 2 * PAD), height)
        painter.setPen(QPen(QColor(self._palette.edge), 1))
        painter.setBrush(QColor(self._palette.card))
        painter.drawRoundedRect(QRectF(box), 8, 8)
        x = box.left() + PAD
        for (wide, words_wide), entries in columns:
            for row, (key, what) in enumerate(entries):
                y = box.top() + PAD + row * line + metrics.ascent()
                painter.setPen(QColor(self._palette.text))
                painter.drawText(x, y, key)
                painter.setPen(QColor(self._palette.muted))
                painter.drawText(x + wide + BESIDE, y, what)
            x += wide + BESIDE + words_wide + BETWEEN
        painter.setPen(QColor(self._palette.text))
        painter.drawText(box.left() + PAD, box.bottom() - PAD - metrics.descent(), END)


Column = tuple[tuple[int, int], Sequence[tuple[str, str]]]  # the widths of its keys and of their words, and both


def in_columns(entries: Sequence[tuple[str, str]], room: int, wide: Callable[[str], int]) -> list[Column]:
    """Keys with their words, one column after the other, in as few rows as have room.

    Args:
        wide: pixels of a text.
    """
    for rows in range(1, len(entries) + 1):
        parts = [entries[k : k + rows] for k in range(0, len(entries), rows)]
        widths = [(max(wide(key) for key, _ in part), max(wide(words) for _, words in part)) for part in parts]
        if sum(key + BESIDE + words + BETWEEN for key, words in widths) - BETWEEN <= room:
            break
    return list(zip(widths, parts, strict=True))
