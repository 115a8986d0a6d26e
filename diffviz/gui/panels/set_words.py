"""Words with real indices and powers: "x_T", "x̂_0" and "steps^−1" as they are set in a formula."""

from __future__ import annotations

import html
import re
from functools import lru_cache

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QFontMetricsF, QPainter

from diffviz.gui.theme import SIGN, drawn, letters

_MARKED = re.compile(f"{SIGN.pattern}|\\^([−-]?[0-9.]*[0-9])")
_SMALL = 0.72  # of the font's size
_LESS = 0.85  # of it, for a title that has no room
_DROP, _RISE = 0.2, -0.38  # of the font's size, downwards from the line


@lru_cache(maxsize=512)
def pieces(text: str) -> tuple[tuple[str, float], ...]:
    """The words and how far each piece stands below the line, in font sizes: 0, an index or a power."""
    found, end = [], 0
    for match in _MARKED.finditer(text):
        sign, index, power = match.groups()
        found.append((text[end : match.start()] + (sign or ""), 0.0))
        found.append((power, _RISE) if power else (index.strip("{}"), _DROP))
        end = match.end()
    return tuple((words, level) for words, level in (*found, (text[end:], 0.0)) if words)


def as_html(text: str) -> str:
    """For labels, plots and documents, whose x̂ is bold: they set the hat of the other one beside it."""
    tags = {_DROP: "sub", _RISE: "sup"}
    set_ = ((html.escape(words).replace("x\u0302", "<b>x\u0302</b>"), tags.get(level)) for words, level in pieces(text))
    return "".join(f"<{tag}>{words}</{tag}>" if tag else words for words, tag in set_)


def width(text: str, font: QFont) -> float:
    """Of the words in pixels."""
    return sum(QFontMetricsF(_font(font, level)).horizontalAdvance(drawn(words)) for words, level in pieces(text))


def lines(text: str, font: QFont, room: float) -> list[str]:
    """The text as it is, or broken at the space that makes both lines short, where it is wider than the room."""
    if width(text, font) <= room or " " not in text.strip():
        return [text]
    words = text.split(" ")
    ways = [(" ".join(words[:k]), " ".join(words[k:])) for k in range(1, len(words))]
    fitting = [way for way in ways if way[0].endswith(" ·") and max(width(line, font) for line in way) <= room]
    return list(min(fitting or ways, key=lambda way: max(width(line, font) for line in way)))


def paint(painter: QPainter, area: QRect, text: str, font: QFont, side: Qt.AlignmentFlag) -> None:
    """One line in the middle of an area's height, at its left or in its middle; cut where it is too wide."""
    wide = width(text, font)
    if wide > area.width() + 1:
        painter.setFont(font)
        cut = QFontMetrics(font).elidedText(drawn(text), Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, side | Qt.AlignmentFlag.AlignVCenter, cut)
        return
    metrics = QFontMetricsF(font)
    x = area.left() + ((area.width() - wide) / 2 if side == Qt.AlignmentFlag.AlignHCenter else 0.0)
    y = area.top() + (area.height() - metrics.height()) / 2 + metrics.ascent()
    for words, level in pieces(text):
        small = _font(font, level)
        painter.setFont(small)
        painter.drawText(QPointF(x, y + level * font.pixelSize()), drawn(words))
        x += QFontMetricsF(small).horizontalAdvance(drawn(words))


def title_in(text: str, font: QFont, room: int, large: bool = True) -> tuple[str, bool]:
    """A bold title for a label of so much room, in smaller letters or cut where it is long; whether it is whole.

    ``large``: false where those beside it have smaller letters.
    """
    bold, small = QFont(font), letters(max(9, _LESS * font.pixelSize()), font)
    bold.setBold(True)
    if large and QFontMetrics(bold).horizontalAdvance(drawn(text)) <= room:
        return as_html(text), True
    metrics = QFontMetrics(small)
    whole = metrics.horizontalAdvance(drawn(text)) <= room
    words = as_html(text) if whole else metrics.elidedText(drawn(text), Qt.TextElideMode.ElideRight, room)
    return f'<span style="font-weight:normal; font-size:{small.pixelSize()}px">{words}</span>', whole


def _font(font: QFont, level: float) -> QFont:
    return letters(max(7, _SMALL * font.pixelSize()), font) if level else font
