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
LOOSE = 2  # pixels between rows where there is room
WRAPPED = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap


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
        frames = [self._frame(region) for region in self._regions]
        keys, over_next = self._keys_room(frames) if frames else (QRect(), False)
        for number, (frame, region) in enumerate(zip(frames, self._regions, strict=True)):
            painter.setPen(QPen(QColor(self._palette.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(frame), 6, 6)
            self._paint_words(painter, frame, region, over_next and number == 1)
        if frames:
            self._paint_keys(painter, keys)
        painter.end()

    def _frame(self, region: Region) -> QRect:
        corner = region.widget.mapTo(self.window(), QPoint(0, 0))
        return QRect(corner, region.widget.size()).intersected(self.rect().adjusted(2, 2, -2, -2))

    def _keys_room(self, frames: Sequence[QRect]) -> tuple[QRect, bool]:
        """Where the keys may stand: in the first region; or in all the width below what is said beside it, down to the
        next region; or into that one, whose words then stand at its foot, which is told."""
        room = frames[0].adjusted(PAD, self._words_height(0, frames), -PAD, -PAD)
        if self._fits(room) or len(frames) == 1 or frames[1].top() < room.bottom():  # that stands above, not below
            return room, False
        beside = [k for k, frame in enumerate(frames) if frame.top() < frames[1].top() and frame.right() > room.right()]
        room.setTop(max(room.top(), *(frames[k].top() + self._words_height(k, frames) for k in beside)))
        room.setBottom(frames[1].top() - PAD)
        room.setRight(self.width() - 2 * PAD)
        if self._fits(room):
            return room, False
        room.setBottom(frames[1].bottom() - self._words_height(1, frames) - PAD)
        return room, True

    def _wrapped(self, frame: QRect, words: str) -> int:
        """The height of a region's words."""
        room = QRect(0, 0, frame.width() - 2 * PAD, 1000)
        return self.fontMetrics().boundingRect(room, WRAPPED, words).height()

    def _low(self, frame: QRect, region: Region) -> bool:
        """Whether it has room for one line alone."""
        return frame.height() < self._line + self._wrapped(frame, region.words) + 2 * PAD

    @property
    def _line(self) -> int:
        return QFontMetrics(self._bold).height()

    @property
    def _bold(self) -> QFont:
        bold = QFont(self.font())
        bold.setBold(True)
        return bold

    def _words_height(self, number: int, frames: Sequence[QRect]) -> int:
        """Of a region's title and words, with what is left free around them."""
        frame, region = frames[number], self._regions[number]
        return self._line + (0 if self._low(frame, region) else self._wrapped(frame, region.words)) + 2 * PAD

    def _paint_words(self, painter: QPainter, frame: QRect, region: Region, at_foot: bool) -> None:
        """Title and words at the top of a region, or at its foot; on one line where it is low."""
        line, room, low = self._line, frame.width() - 2 * PAD, self._low(frame, region)
        wrapped = self._wrapped(frame, region.words)
        height = line + (0 if low else wrapped) + PAD
        back = QRect(frame.left() + 2, frame.top() + 2, frame.width() - 4, min(height + PAD // 2, frame.height() - 4))
        top = frame.top() + (PAD // 2 if not low else max(2, (frame.height() - line) // 2))
        if at_foot:
            down = frame.bottom() - 2 - back.bottom()
            back.translate(0, down)
            top += down
        painter.fillRect(back, QColor(self._palette.card))
        painter.setFont(self._bold)
        painter.setPen(QColor(self._palette.text))
        painter.drawText(QRect(frame.left() + PAD, top, room, line), Qt.AlignmentFlag.AlignLeft, region.title)
        painter.setFont(self.font())
        if low:
            title = QFontMetrics(self._bold).horizontalAdvance(region.title) + PAD
            beside = QRect(frame.left() + PAD + title, top, max(0, room - title), line)
            words = self.fontMetrics().elidedText(region.words, Qt.TextElideMode.ElideRight, beside.width())
            painter.drawText(beside, Qt.AlignmentFlag.AlignLeft, words)
        else:
            painter.drawText(QRect(frame.left() + PAD, top + line, room, wrapped + 4), WRAPPED, region.words)

    def _measured(self, room: QRect) -> tuple[list[Column], int, int]:
        """The keys in columns, in a room's width, from row to row, and the height of their card."""
        metrics = self.fontMetrics()
        columns = in_columns(self._keys, room.width() - 2 * PAD, metrics.horizontalAdvance)
        rows, line, ends = len(columns[0][1]), metrics.height(), metrics.height() + 2 * PAD + PAD // 2
        line += LOOSE if rows * (line + LOOSE) + ends <= room.height() else 0
        return columns, line, rows * line + ends

    def _fits(self, room: QRect) -> bool:
        return self._measured(room)[2] <= room.height()

    def _paint_keys(self, painter: QPainter, room: QRect) -> None:
        """At the foot of so much room."""
        metrics = self.fontMetrics()
        columns, line, height = self._measured(room)
        width = sum(key + BESIDE + words + BETWEEN for (key, words), _ in columns) - BETWEEN + 2 * PAD
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
