"""What is painted over a picture: the names of its rows, stars of favourites, the place that a lens looks at."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from diffviz.kinds.tiles import Grid
from diffviz.palette import Palette

STAR = "#ffc83d"
ROW_NAME_PX = 24  # rows lower than this would be all name
CROSS_PX = (3.0, 9.0)  # from its middle, which stays free: the pixel is to be seen


@dataclass(frozen=True)
class Ground:
    """Where the picture lies, in device pixels; how its samples stand; device pixels of a pixel of names and marks."""

    target: QRect
    grid: Grid
    unit: float

    @property
    def tile(self) -> tuple[float, float]:
        """Width and height of a sample."""
        return self.target.width() / self.grid.columns, self.target.height() / self.grid.rows

    def corner(self, k: int) -> tuple[float, float]:
        """Where sample k begins."""
        (row, column), (width, height) = divmod(k, self.grid.columns), self.tile
        return self.target.x() + column * width, self.target.y() + row * height


def distinct_parts(names: tuple[str, ...]) -> tuple[str, ...]:
    """Names without the words that all of them begin with: face-hat, face-hand -> hat, hand."""
    first, last = min(names, default=""), max(names, default="")  # what these two share, those between do too
    shared = next((i for i, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    begin = max(first[:shared].rfind(mark) for mark in "-_/ ") + 1 if len(names) > 1 else 0
    return tuple(name[begin:] or name for name in names)


def paint_row_names(painter: QPainter, ground: Ground, names: tuple[str, ...], palette: Palette) -> None:
    """Words at the first tile of each share of them that has a name, where tiles are high enough for it."""
    target, unit = ground.target, ground.unit
    tile, height = ground.tile
    if not names or height < ROW_NAME_PX * unit:
        return
    font = painter.font()
    font.setPixelSize(round(10 * unit))
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    backdrop = QColor(palette.card)
    backdrop.setAlpha(215)  # readable on any picture
    each = ground.grid.rows * ground.grid.columns // len(names)
    # in narrow ones over the second tile of the share too, and only what tells the names apart
    small = each > 1 and target.x() + 0.9 * tile < max(map(metrics.horizontalAdvance, names)) + 8 * unit
    room = target.x() + (1.9 if small else 0.9) * tile  # with the margin
    for k, words in enumerate(distinct_parts(names) if small else names):
        name = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room - 8 * unit)
        width = metrics.horizontalAdvance(name) + 6 * unit
        x, y = ground.corner(k * each)
        aside = x - target.x()
        beside = 0.5 * width if aside else width  # at the left edge there may be room beside the picture
        left = aside + min(max(0.0, target.x() - beside), room - width)
        box = QRectF(left, y + 1, width, metrics.height())
        painter.fillRect(box, backdrop)
        painter.setPen(QColor(palette.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)


def paint_stars(painter: QPainter, ground: Ground, stars: frozenset[int]) -> None:
    """A star on each of these tiles, numbered row by row, below: words stand above."""
    if not stars:
        return
    unit, (width, height) = ground.unit, ground.tile
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    radius = min(11 * unit, 0.28 * min(width, height))
    painter.setPen(QPen(QColor("#000000"), max(1.0, unit)))  # on any picture
    painter.setBrush(QColor(STAR))
    for k in stars:
        x, y = ground.corner(k)
        painter.drawPolygon(_star(x + width - 1.3 * radius, y + height - 1.2 * radius, radius))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_cross(painter: QPainter, ground: Ground, place: tuple[float, float]) -> None:
    """Four strokes around a place, shares of the picture's width and height."""
    target, unit = ground.target, ground.unit
    x, y = target.x() + place[0] * target.width(), target.y() + place[1] * target.height()
    near, far = (side * unit for side in CROSS_PX)
    for colour, width in (("#000000", 3.0), ("#ffffff", 1.4)):  # on any picture
        painter.setPen(QPen(QColor(colour), width * unit, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            painter.drawLine(QPointF(x + near * dx, y + near * dy), QPointF(x + far * dx, y + far * dy))


def _star(x: float, y: float, radius: float) -> QPolygonF:
    """Five points around (x, y)."""
    points = QPolygonF()
    for i in range(10):
        r = radius if i % 2 == 0 else 0.42 * radius
        points.append(QPointF(x + r * sin(i * pi / 5), y - r * cos(i * pi / 5)))
    return points
