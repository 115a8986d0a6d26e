"""PlotCursor: the line at t over the schedule's curves, a dot and a number on each curve, and the curves' names.

It is painted by itself: as items of the plot's scene, each move would ask some forty Python functions one by one, and
each of them would wait for Python's lock while a chain runs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import product

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from diffviz.gui.theme import letters
from diffviz.palette import DARK, Palette

FONT_PX = 12
DOT_PX = 5.5  # radius
APART = 6  # px between a dot and its number
FARTHEST = 8  # times that
INK_PX = 3
TIGHT = 5  # times the height of letters
Pixel = Callable[[float, float], QPointF]  # where (t, y) of the plot's axes is


@dataclass(frozen=True)
class Dot:
    """A curve at the cursor.

    Args:
        t, y: where it lies on the plot's axes.
        text: the number beside it.
        role: a colour of the palette: signal, noise, or text and muted of what is neither.
        above: whether the number stands above the dot or below it.
    """

    t: float
    y: float
    text: str
    role: str
    above: bool


@dataclass(frozen=True)
class Name:
    """A curve's name: it begins, or ``ends``, at (t, y) of the plot's axes, ``above`` that point or below it."""

    t: float
    y: float
    text: str
    role: str
    ends: bool
    above: bool


class PlotCursor:
    """What moves with t. ``dots``: of curves that have a value there, ``boxes``: of their numbers; ``names``: of all.

    ``near``: whether the names stand close to their curves: the plot is low.
    """

    near = False

    def __init__(self) -> None:
        self.t = 0.0
        self.dots: list[Dot] = []
        self.names: list[Name] = []
        self.boxes: list[QRectF] = []
        self.set_look(DARK, 1.0)

    def show(self, t: float, dots: list[Dot], names: list[Name], boxes: list[QRectF]) -> None:
        """The cursor at t; ``boxes``: room for the numbers, see ``numbers``."""
        self.t, self.dots, self.names, self.boxes = t, dots, names, boxes

    def set_look(self, palette: Palette, scale: float) -> None:
        self._palette, self._scale = palette, scale
        self._font = letters(FONT_PX * scale)
        self._metrics = QFontMetricsF(self._font)

    def paint(self, painter: QPainter, area: QRectF, pixel: Pixel) -> None:
        """Draw into ``area``: the line at t, and everything at its ``pixel`` of (t, y)."""
        palette, scale = self._palette, self._scale
        x = pixel(self.t, 0.0).x()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        for name in self.names:
            painter.setPen(QColor(getattr(palette, name.role)))
            painter.drawText(inside(self.box_of(name, pixel), area), Qt.AlignmentFlag.AlignCenter, name.text)
        painter.setPen(QPen(QColor(palette.text), 2))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        backdrop = QColor(palette.card)
        backdrop.setAlpha(230 if self.near else 150)  # the curves shine through, where they are not all over it
        for dot, box in zip(self.dots, self.boxes, strict=True):
            painter.setPen(QColor(getattr(palette, dot.role)))
            painter.fillRect(box, backdrop)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, dot.text)
        painter.setPen(QPen(QColor(palette.card), 2))
        for dot in self.dots:
            painter.setBrush(QColor(getattr(palette, dot.role)))
            painter.drawEllipse(pixel(dot.t, dot.y), DOT_PX * scale, DOT_PX * scale)

    def numbers(
        self, dots: list[Dot], pixel: Pixel, area: QRectF, left: bool, meets: Callable[[QRectF], bool]
    ) -> list[QRectF]:
        """Room for the numbers of the dots, inside the plot, where there is some that ``meets`` no curve.

        On a low plot without they part to its top and foot. ``left``: they would rather stand left of the line at t.
        """
        discs = [self._disc(pixel(dot.t, dot.y)) for dot in dots]
        pad = INK_PX * self._scale if self._tight(area) else 0.0  # above and below the ink

        looked_at: dict[tuple[float, ...], bool] = {}

        def is_free(box: QRectF) -> bool:
            place = box.x(), box.y(), box.width()
            if place not in looked_at:
                ink = box.adjusted(0, pad, 0, -pad)
                looked_at[place] = not any(ink.intersects(disc) for disc in discs) and not meets(ink)
            return looked_at[place]

        def places(dot: Dot) -> Iterator[QRectF]:
            return filter(is_free, self._places(dot, pixel, area, left))

        def fits(box: QRectF, dot: Dot, beside: QRectF, ordered: bool) -> bool:
            lower = (dots[0].y - dot.y) * (box.center().y() - beside.center().y())
            return not box.adjusted(0, pad, 0, -pad).intersects(beside) and (lower >= 0 or not ordered)

        for ordered in (True, False):  # the upper number is the upper dot's, where that can be
            for first in places(dots[0]) if dots else ():
                rest = [next((x for x in places(dot) if fits(x, dot, first, ordered)), None) for dot in dots[1:]]
                found = [first, *(box for box in rest if box is not None)]
                if len(found) == len(dots):
                    return found
        boxes = [inside(self.box_of(dot, pixel, left), area) for dot in dots]
        if len(boxes) == 2 and boxes[0].intersects(boxes[1]):
            upper, lower = boxes if dots[0].y >= dots[1].y else boxes[::-1]
            upper.moveTop(area.top())
            lower.moveBottom(area.bottom())
        return boxes

    def _places(self, dot: Dot, pixel: Pixel, area: QRectF, left: bool) -> Iterator[QRectF]:
        """Where the number of a dot may stand inside the plot, the best place first: near to it, on its better side.

        The other side comes last, that a number does not jump to and fro while t moves.
        """
        apart = APART / 2 if self._tight(area) else APART
        for across, away in product((left, not left), range(FARTHEST)):
            step = away * apart * self._scale
            for over in (dot.above, not dot.above):
                box = self.box_of(replace(dot, above=over), pixel, across)
                box.translate(0, -step if over else step)
                if area.contains(box):
                    yield box
            box.moveTop(pixel(dot.t, dot.y).y() - box.height() / 2)
            box.translate(-step if across else step, 0)
            if area.contains(box):
                yield box

    def _tight(self, area: QRectF) -> bool:
        """Whether a low plot has so little room that numbers are placed by their ink."""
        return area.height() < TIGHT * self._metrics.height()

    def _disc(self, place: QPointF) -> QRectF:
        radius = DOT_PX * self._scale
        return QRectF(place.x() - radius, place.y() - radius, 2 * radius, 2 * radius)

    @property
    def number_height(self) -> float:
        """How far from its dot a number reaches."""
        return self._metrics.height() + (2 + APART) * self._scale

    def box_of(self, mark: Dot | Name, pixel: Pixel, left: bool = False) -> QRectF:
        """Room for the words of a mark, beside and off its place; ``left``: a number stands at the left of the line."""
        scale, place = self._scale, pixel(mark.t, mark.y)
        beside, apart = (4, APART) if isinstance(mark, Dot) else (0, 1 if self.near else 7)
        ends = left if isinstance(mark, Dot) else mark.ends
        width, height = self._metrics.horizontalAdvance(mark.text) + 8 * scale, self._metrics.height() + 2 * scale
        x = place.x() - width - beside * scale if ends else place.x() + beside * scale
        y = place.y() - height - apart * scale if mark.above else place.y() + apart * scale
        return QRectF(x, y, width, height)


def inside(box: QRectF, area: QRectF) -> QRectF:
    """A box that would be cut above or below, moved into the plot."""
    return box.translated(0, max(0.0, area.top() - box.top()) - max(0.0, box.bottom() - area.bottom()))
