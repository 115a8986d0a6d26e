"""Badges: 1 and 2 mark a pair, whatever colours are seen."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from diffviz.gui.theme import letters
from diffviz.palette import Palette

SIDE = 16  # pixels at scale 1


def paint_badge(painter: QPainter, corner: QPointF, number: int, palette: Palette, scale: float) -> None:
    """A number in a disc at the corner of a picture."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    disc = QRectF(corner.x() - 3 * scale, corner.y() - 3 * scale, SIDE * scale, SIDE * scale)
    painter.setPen(QColor(palette.card))
    painter.setBrush(QColor(palette.text))
    painter.drawEllipse(disc)
    painter.setFont(letters(11 * scale, painter.font(), bold=True))
    painter.drawText(disc, Qt.AlignmentFlag.AlignCenter, str(number))
    painter.restore()
