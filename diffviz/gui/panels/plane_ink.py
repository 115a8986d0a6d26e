"""What is drawn over a plane, the ways and arrows of single points among it, and how."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from math import hypot

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF

from diffviz.gui.theme import letters
from diffviz.palette import SERIES

GREEN, RED, VIOLET, TEAL, OLIVE, INK, *_ = SERIES["light"]
ODE, SDE, ONE = RED, VIOLET, RED
ARROW = QColor(34, 40, 58, 130)
DOT_PX = 4.6  # radius of where a way is now
AWAY = (8, 20, 34, 50)  # pixels from an end to its name
WORDY = 0.25  # of a picture's height are words at most
LINES = 3  # of words at most
ALIKE_PX = 6  # arrows whose tips are so near to each other are one to the eye
ALONG = 12  # parts of an arrow that no name is to cover
FULL = 0.8  # of a cell is the longest arrow, so that none meets another


@dataclass(frozen=True)
class Way:
    """A line through the plane: ``points`` (K, 2), its ``name``, colour and width.

    A dot is at ``now``, if there is one; the points from ``gone`` on are still to come, and faint. ``begins``: the name
    of where it begins.
    """

    points: np.ndarray
    name: str
    colour: str
    width: float
    now: np.ndarray | None = None
    gone: int | None = None
    begins: str = ""


@dataclass(frozen=True)
class Pointer:
    """An arrow of its own: from ``place`` by ``step``, float (2,) each."""

    place: np.ndarray
    step: np.ndarray
    name: str
    colour: str


@dataclass(frozen=True)
class Drawn:
    """All that is drawn, over [-reach, reach].

    ``density``: (G, G), its first row the lowest y. ``arrows``: places and steps, (2, N, 2), the longest ``longest``.
    ``start``: where the ways begin, which can be dragged. ``ring``: of one point. ``error``: (E, E), as the density,
    full at 1. ``words``: at the upper left.
    """

    reach: float
    density: np.ndarray | None = None
    arrows: np.ndarray | None = None
    ways: Sequence[Way] = ()
    pointers: Sequence[Pointer] = ()
    start: tuple[float, float] | None = None
    ring: np.ndarray | None = field(default=None)
    error: np.ndarray | None = None
    longest: float | None = None
    words: str = ""


At = Callable[[Sequence[float] | np.ndarray], QPointF]


def draw_field(painter: QPainter, at: At, drawn: Drawn, unit: float, dpr: float) -> None:
    """Arrows in the score's direction, as long as its root: the longest would else hide all others."""
    assert drawn.arrows is not None
    places, steps = drawn.arrows
    most = drawn.longest or float(np.hypot(*steps.T).max()) or 1.0
    cell = 2 * drawn.reach / len(places) ** 0.5
    lines, heads = [], QPainterPath()
    for place, step in zip(places.tolist(), steps.tolist(), strict=True):
        length = hypot(*step)
        shown = FULL * cell * min(1.0, length / most) ** 0.5
        if shown * unit < 2.5 * dpr:
            continue
        x, y = step[0] / length, step[1] / length
        tip = at((place[0] + shown * x, place[1] + shown * y))
        lines.append(QLineF(at(place), tip))
        _add_head(heads, tip, x, -y, min(4.0 * dpr, 0.4 * shown * unit))
    painter.setPen(QPen(ARROW, 1.0 * dpr, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawLines(lines)
    painter.fillPath(heads, ARROW)


def _add_head(heads: QPainterPath, tip: QPointF, x: float, y: float, size: float) -> None:
    back = QPointF(tip.x() - size * x, tip.y() - size * y)
    half = 0.45 * size
    heads.addPolygon(
        QPolygonF([QPointF(tip.x() + 0.4 * size * x, tip.y() + 0.4 * size * y),
                   QPointF(back.x() - half * y, back.y() + half * x),
                   QPointF(back.x() + half * y, back.y() - half * x)])
    )  # fmt: skip
    heads.closeSubpath()


def draw_way(painter: QPainter, at: At, way: Way, dpr: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    places = [at(place) for place in way.points.tolist()]
    gone = len(places) if way.gone is None else way.gone
    now = [] if way.now is None or way.gone is None else [at(way.now)]  # it lies between two of them
    for line, strength in (([*now, *places[gone:]], 0.35), ([*places[:gone], *now], 1.0)):
        for colour, width, alpha in (("#ffffff", way.width + 2.4, 0.75), (way.colour, way.width, 1.0)):
            ink = QColor(colour)
            ink.setAlphaF(alpha * strength)
            cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
            painter.setPen(QPen(ink, width * dpr, Qt.PenStyle.SolidLine, cap, join))
            painter.drawPolyline(QPolygonF(line))


def draw_dot(painter: QPainter, place: QPointF, colour: str, dpr: float) -> None:
    painter.setPen(QPen(QColor("#ffffff"), 1.6 * dpr))
    painter.setBrush(QColor(colour))
    painter.drawEllipse(place, DOT_PX * dpr, DOT_PX * dpr)


def draw_pointers(painter: QPainter, at: At, pointers: Sequence[Pointer], dpr: float) -> None:
    """Arrows of their own, the shorter on top; of those that are alike the lower ones are broader, so that all show."""
    ordered = sorted(pointers, key=lambda each: -hypot(*each.step))
    lines = [QLineF(at(each.place), at(each.place + each.step)) for each in ordered]
    for k, (pointer, line) in enumerate(zip(ordered, lines, strict=True)):
        if not _seen(line, dpr):
            continue
        lies_on = any(_alike(line, other, dpr) for other in lines[:k])
        broader = 4.0 * sum(_alike(line, other, dpr) for other in lines[k + 1 :])
        x, y = line.dx() / line.length(), line.dy() / line.length()
        for colour, width in ((QColor("#ffffff"), 5.0), (QColor(pointer.colour), 2.4))[lies_on:]:
            painter.setPen(QPen(colour, (width + broader) * dpr, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
            painter.drawLine(line)
        head = QPainterPath()
        _add_head(head, line.p2(), x, y, min((9 + broader) * dpr, 0.6 * line.length()))
        painter.fillPath(head, QColor(pointer.colour))


def _alike(a: QLineF, b: QLineF, dpr: float) -> bool:
    return _seen(a, dpr) and _seen(b, dpr) and QLineF(a.p2(), b.p2()).length() < ALIKE_PX * dpr


def draw_ring(painter: QPainter, place: QPointF, radius: float, colour: str, dpr: float, filled: bool = False) -> None:
    painter.setBrush(QColor("#ffffff") if filled else Qt.BrushStyle.NoBrush)
    for each, width in ((QColor("#ffffff"), 4.2), (QColor(colour), 2.0)):
        painter.setPen(QPen(each, width * dpr))
        painter.drawEllipse(place, radius, radius)


def draw_names(painter: QPainter, at: At, drawn: Drawn, target: QRectF, dpr: float) -> None:
    """Each name beside its end, on white, none over another.

    Where there is room, none is over an arrow, or over where a way is now: then it stands farther off, a line leads to
    its end.
    """
    font = letters(11 * dpr, painter.font(), bold=True)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    pointers = [QLineF(at(each.place), at(each.place + each.step)) for each in drawn.pointers]
    ends = [(at(way.points[-1]), way.name, way.colour) for way in drawn.ways]
    ends += [(at(way.points[0]), way.begins, way.colour) for way in drawn.ways]
    ends += named_tips(pointers, drawn.pointers, dpr)
    if drawn.start is not None:
        ends.insert(0, (at(drawn.start), "x_T", INK))
    kept = [at(way.now) for way in drawn.ways if way.now is not None]
    kept += [line.pointAt(k / ALONG) for line in pointers for k in range(ALONG + 1)]
    taken: list[QRectF] = []
    for spot, name, colour in ends:
        size = QSizeF(_width(name, metrics, dpr), metrics.height())
        found = _free(_beside(spot, size, dpr), target, taken, kept, dpr) if name else None
        if found is not None:
            box, far = found
            taken.append(box)
            if far:
                painter.setPen(QPen(QColor(colour), dpr))
                painter.drawLine(QLineF(spot, box.center()))
            _draw_name(painter, name, box, colour, (font, metrics), dpr)


def named_tips(lines: Sequence[QLineF], pointers: Sequence[Pointer], dpr: float) -> list[tuple[QPointF, str, str]]:
    """Where arrows end, and what each is called; those that are alike have one name together."""
    found = []
    left = [(line, each) for line, each in zip(lines, pointers, strict=True) if _seen(line, dpr)]
    while left:
        tip, colour = left[0][0], left[0][1].colour
        names = [each.name for line, each in left if _alike(tip, line, dpr)]
        left = [(line, each) for line, each in left if not _alike(tip, line, dpr)]
        several = len(names) > 1
        name = f"{', '.join(names[:-1])} and {names[-1]} alike" if several else names[0]
        found.append((tip.p2(), name, INK if several else colour))
    return found


def _seen(line: QLineF, dpr: float) -> bool:
    """Whether an arrow is long enough to be drawn."""
    return line.length() >= 3 * dpr


def _beside(spot: QPointF, size: QSizeF, dpr: float) -> Iterator[tuple[QRectF, bool]]:
    """Where the name of a spot may stand, the best first, and whether that is far off."""
    for away in AWAY:
        for x, y in ((1, 0), (-1, 0), (0, -1), (0, 1), (1, -1), (-1, -1), (1, 1), (-1, 1)):
            step = away * dpr * (0.7 if x and y else 1.0)
            middle = QPointF(spot.x() + x * (step + size.width() / 2), spot.y() + y * (step + size.height() / 2))
            yield QRectF(middle - QPointF(size.width() / 2, size.height() / 2), size), away > AWAY[0]


def _free(
    boxes: Iterator[tuple[QRectF, bool]], target: QRectF, taken: list[QRectF], kept: list[QPointF], dpr: float
) -> tuple[QRectF, bool] | None:
    """The first that is over no other name and over nothing that is kept free; else the first over no other name."""
    first, wide = None, DOT_PX * dpr
    for box, far in boxes:
        if target.contains(box) and not any(box.intersects(other) for other in taken):
            first = first or (box, far)
            room = box.adjusted(-wide, -wide, wide, wide)
            if not any(room.contains(place) for place in kept):
                return box, far
    return first


def _draw_name(
    painter: QPainter, name: str, box: QRectF, colour: str, font: tuple[QFont, QFontMetricsF], dpr: float
) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(255, 255, 255, 215))
    painter.drawRoundedRect(box, 3 * dpr, 3 * dpr)
    painter.setPen(QColor(colour))
    word, _, low = name.partition("_")
    inside = box.adjusted(3 * dpr, 0, 0, 0)
    painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, word)
    if low:
        painter.save()
        painter.setFont(_lower(font[0]))
        inside = inside.translated(font[1].horizontalAdvance(word) + 0.5 * dpr, 0.18 * box.height())
        painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, low)
        painter.restore()


def draw_words(painter: QPainter, words: str, target: QRectF, dpr: float) -> bool:
    """On white, at the upper left: of its parts as many as leave the picture to be seen, the first ones first.

    Returns whether all of them are there.
    """
    font = letters(11 * dpr, painter.font())
    font.setBold(False)
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    wraps = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
    room = target.adjusted(8 * dpr, 5 * dpr, -8 * dpr, -5 * dpr)
    most = min(WORDY * target.height(), (LINES + 0.5) * metrics.lineSpacing())
    lines = words.split("\n")
    inside = metrics.boundingRect(room, wraps, words)
    while lines and inside.height() > most:
        lines = lines[:-1]
        inside = metrics.boundingRect(room, wraps, "\n".join(lines))
    if lines:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 255, 255, 225))
        painter.drawRoundedRect(inside.adjusted(-4 * dpr, -dpr, 4 * dpr, dpr), 3 * dpr, 3 * dpr)
        painter.setPen(QColor(INK))
        painter.drawText(inside.adjusted(0, 0, dpr, dpr), wraps, "\n".join(lines))
    return "\n".join(lines) == words


def _width(name: str, metrics: QFontMetricsF, dpr: float) -> float:
    """Of a name with what stands lower in it, and its margins."""
    word, _, low = name.partition("_")
    return metrics.horizontalAdvance(word) + 0.85 * metrics.horizontalAdvance(low) + 6 * dpr


def _lower(font: QFont) -> QFont:
    """Of what stands lower behind a sign."""
    return letters(0.78 * font.pixelSize(), font)
