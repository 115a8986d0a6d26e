"""The axes around a plot: their lines, ticks and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from diffviz.palette import Palette

TICK_PX = 4
GRID = 0.22  # of the axes' ink
LABEL = 4 / 3  # of the letters' size, for a number on an upright axis
GAP = 0.55  # of it, between the numbers of an axis that lies
Labels = Sequence[tuple[float, str]]  # pixels of the widget, and what is said there


def beside(font: QFont) -> float:
    """Pixels from an axis to its numbers."""
    return font.pixelSize() / 2


def upright_fit(font: QFont, pixels: float) -> Callable[[float, float], bool]:
    """Whether the numbers of two values lie apart on an upright axis of so many ``pixels`` a unit."""
    return lambda a, b: (b - a) * pixels >= LABEL * font.pixelSize()


def lying_fit(font: QFont, pixels: float, text: Callable[[float], str]) -> Callable[[float, float], bool]:
    """The same on an axis that lies; ``text``: how a value is written."""
    wide, gap = QFontMetricsF(font).horizontalAdvance, GAP * font.pixelSize()
    return lambda a, b: (b - a) * pixels >= (wide(text(a)) + wide(text(b))) / 2 + gap


def paint_axes(
    painter: QPainter, area: QRectF, labels: Mapping[str, Labels], palette: Palette, font: QFont, grid: bool = False
) -> None:
    """Axes at those sides of an area, "left", "right" and "bottom", that have ``labels``.

    ``grid``: faint lines at the heights that the left one numbers, instead of ticks.
    """
    ink, line = QColor(palette.border), 2.0 * font.pixelSize()
    painter.setPen(QPen(ink))
    left, foot = area.left() - 1, area.bottom()
    ends = {
        "left": (QPointF(left, area.top() - 1), QPointF(left, foot)),
        "right": (QPointF(area.right(), area.top() - 1), QPointF(area.right(), foot)),
        "bottom": (QPointF(left, foot), QPointF(area.right(), foot)),
    }
    for side in labels:
        painter.drawLine(*ends[side])
    for x, _ in labels["bottom"]:
        painter.drawLine(QPointF(x, foot - TICK_PX), QPointF(x, foot))
    if grid:
        ink.setAlphaF(GRID)
        painter.setPen(QPen(ink))
    for y, _ in labels["left"]:
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right() - 1 if grid else left + TICK_PX, y))
    painter.setPen(QColor(palette.muted))
    painter.setFont(font)
    align = Qt.AlignmentFlag
    for side, start, at in (("left", 0.0, align.AlignRight), ("right", area.right() + beside(font), align.AlignLeft)):
        for y, text in labels.get(side, ()):
            box = QRectF(start, y - line / 2, area.left() - beside(font), line)
            painter.drawText(box, at | align.AlignVCenter | Qt.TextFlag.TextDontClip, text)
    for x, text in labels["bottom"]:
        box = QRectF(x - line, foot + beside(font), 2 * line, line)
        painter.drawText(box, align.AlignHCenter | align.AlignTop | Qt.TextFlag.TextDontClip, text)
