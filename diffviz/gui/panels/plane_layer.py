"""PlaneLayer: what is drawn over a picture of the plane: density, score, and the ways of single points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import hypot

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QImage,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
)

from diffviz.gui.panels.picture_view import PictureView
from diffviz.gui.theme import letters
from diffviz.palette import SERIES, rgb

# over white paper, in both themes: lightness falls evenly (OKLab 1.00 to 0.79), teal is neither signal's nor noise's
_RAMP = ("#ffffff", "#e9f7f3", "#d0eee6", "#b5e3d9", "#97d8cb", "#74cbbc")
_WRONG = ("#ffffff", "#fdeee6", "#fbd3bf", "#f6ae92", "#ee8468", "#de5a49")
GREEN, RED, VIOLET, TEAL, OLIVE, INK, *_ = SERIES["light"]
ODE, SDE, ONE = RED, VIOLET, RED
ARROW = QColor(34, 40, 58, 130)
GRAB_PX = 14  # so near to the start a press takes it up
DOT_PX = 4.6  # radius of where a way is now
FULL = 0.8  # of a cell is the longest arrow, so that none meets another


@dataclass(frozen=True)
class Way:
    """A line through the plane: ``points`` (K, 2), its ``name``, colour and width.

    A dot is at ``now``, if there is one; the points from ``gone`` on are still to come, and faint.
    """

    points: np.ndarray
    name: str
    colour: str
    width: float
    now: np.ndarray | None = None
    gone: int | None = None


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


class PlaneLayer(QObject):
    """Draws over one view, and tells where its start is dragged to: ``taken()``, ``moved(x, y)``, ``let_go()``."""

    def __init__(self, view: PictureView) -> None:
        super().__init__(view)
        self._view = view
        self.drawn: Drawn | None = None
        self._shade: QImage | None = None
        self._field: tuple[Drawn, QSizeF, QPixmap] | None = None  # the arrows of that, in that size
        self.taken: Callable[[], None] = lambda: None
        self.moved: Callable[[float, float], None] = lambda x, y: None
        self.let_go: Callable[[], None] = lambda: None
        self._held = False
        view.over.append(self._paint)
        view.installEventFilter(self)

    def show(self, drawn: Drawn | None) -> None:
        """Draw this from now on, None for nothing."""
        before, self.drawn = self.drawn, drawn
        if drawn is not None and drawn.error is not None:
            self._shade = shade_error(drawn.error)
        elif drawn is None or drawn.density is None:
            self._shade = None
        elif before is None or before.density is not drawn.density:
            self._shade = shade(drawn.density)
        if before is not None and before.start is not None and (drawn is None or drawn.start is None):
            self._view.unsetCursor()  # there is nothing to take hold of
        self._view.show_paper(drawn is not None and drawn.error is not None)
        if before is not None or drawn is not None:
            self._view.update()

    def place_at(self, point: QPointF) -> tuple[float, float] | None:
        """The place under a point of the view."""
        return None if self.drawn is None else place_in(self._view, point, self.drawn.reach)

    # -- the mouse

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._held and event.type() in (QEvent.Type.MouseButtonRelease, QEvent.Type.Hide):
            self._held = False  # whatever is drawn by now, or hidden: then the release goes elsewhere
            self.let_go()
            if isinstance(event, QMouseEvent):
                self._view.look_at(event.position())
            return event.type() == QEvent.Type.MouseButtonRelease
        if not isinstance(event, QMouseEvent) or self.drawn is None or self.drawn.start is None:
            return False
        kind, place = event.type(), self.place_at(event.position())
        if kind == QEvent.Type.MouseButtonPress and event.button() == Qt.MouseButton.LeftButton and self._near(place):
            self._held = True
            self.taken()
            return True
        if kind == QEvent.Type.MouseMove and not self._held:
            over = self._near(place)
            shape = Qt.CursorShape.OpenHandCursor if over else Qt.CursorShape.ArrowCursor
            if self._view.cursor().shape() != shape:
                self._view.setCursor(shape)
        if kind == QEvent.Type.MouseMove and self._held and place is not None:
            reach = self.drawn.reach
            self.moved(*(min(max(each, -reach), reach) for each in place))
            return True
        return False

    def _near(self, place: tuple[float, float] | None) -> bool:
        square = square_in(QRectF(self._view.target()))
        if place is None or self.drawn is None or self.drawn.start is None:
            return False
        start = self.drawn.start
        away = hypot(place[0] - start[0], place[1] - start[1]) * square.width() / (2 * self.drawn.reach)
        return away < GRAB_PX * self._view.devicePixelRatioF()

    # -- painting, in device pixels

    def _paint(self, painter: QPainter, target: QRectF) -> None:
        drawn = self.drawn
        if drawn is None:
            return
        square, dpr = square_in(target), self._view.devicePixelRatioF()
        unit, middle = square.width() / (2 * drawn.reach), square.center()

        def at(place: Sequence[float] | np.ndarray) -> QPointF:
            return QPointF(middle.x() + float(place[0]) * unit, middle.y() - float(place[1]) * unit)

        painter.save()
        painter.setClipRect(target)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        if self._shade is not None:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Multiply)
            painter.drawImage(square, self._shade)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        if drawn.arrows is not None:
            painter.drawPixmap(square.topLeft(), self._arrows(drawn, square.size(), dpr))
        for way in drawn.ways:
            _draw_way(painter, at, way, dpr)
        for pointer in drawn.pointers:
            _draw_pointer(painter, at, pointer, dpr)
        if drawn.start is not None:
            _draw_ring(painter, at(drawn.start), 6 * dpr, INK, dpr, filled=True)
        for way in drawn.ways:
            if way.now is not None:
                _draw_dot(painter, at(way.now), way.colour, dpr)
        if drawn.ring is not None:
            _draw_ring(painter, at(drawn.ring), 5 * dpr, ONE, dpr)
        _draw_names(painter, at, drawn, target, dpr)
        if drawn.words:
            _draw_words(painter, drawn.words, target, dpr)
        painter.restore()

    def _arrows(self, drawn: Drawn, size: QSizeF, dpr: float) -> QPixmap:
        """As a picture: they are many, and stay while paths move over them."""
        known = self._field
        if known is None or known[1] != size or not _same_field(known[0], drawn):
            picture = QPixmap(size.toSize())
            picture.fill(Qt.GlobalColor.transparent)
            painter, middle = QPainter(picture), size.width() / 2
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            unit = size.width() / (2 * drawn.reach)
            _draw_field(painter, lambda p: QPointF(middle + p[0] * unit, middle - p[1] * unit), drawn, unit, dpr)
            painter.end()
            known = self._field = drawn, size, picture
        return known[2]


def square_in(target: QRectF) -> QRectF:
    """The plane in a picture of it: as large as it fits, in the middle."""
    side = min(target.width(), target.height())
    return QRectF(target.center().x() - side / 2, target.center().y() - side / 2, side, side)


def place_in(view: PictureView, point: QPointF, reach: float) -> tuple[float, float] | None:
    """The place of the plane, over [-reach, reach], under a point of a view of it; None where no picture is."""
    square, dpr = square_in(QRectF(view.target())), view.devicePixelRatioF()
    if square.isEmpty():
        return None
    unit = square.width() / (2 * reach)
    return (point.x() * dpr - square.center().x()) / unit, (square.center().y() - point.y() * dpr) / unit


def _same_field(a: Drawn, b: Drawn) -> bool:
    return a.arrows is b.arrows and (a.reach, a.longest) == (b.reach, b.longest)


def shade(density: np.ndarray) -> QImage:
    """A density as an image: the shade goes with its root, so that tails are seen, and is full at its largest."""
    most = float(density.max())
    return _image(np.sqrt(density[::-1] / most) if most > 0 else np.zeros_like(density), _RAMP)


def shade_error(error: np.ndarray) -> QImage:
    """How far an answer is off, as an image: white where it is right, full at 1, which is the data's deviation."""
    return _image(np.clip(error[::-1], 0, 1), _WRONG)


def _image(share: np.ndarray, ramp: tuple[str, ...]) -> QImage:
    """Shares 0..1, its first row on top, in the colours of a ramp."""
    table = np.array([rgb(colour) for colour in ramp], np.float32)
    at = share * (len(table) - 1)
    below = np.minimum(at.astype(np.intp), len(table) - 2)
    pixels = np.rint(table[below] + (at - below)[..., None] * (table[below + 1] - table[below])).astype(np.uint8)
    height, width = share.shape
    return QImage(np.ascontiguousarray(pixels).data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()


At = Callable[[Sequence[float] | np.ndarray], QPointF]


def _draw_field(painter: QPainter, at: At, drawn: Drawn, unit: float, dpr: float) -> None:
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


def _draw_way(painter: QPainter, at: At, way: Way, dpr: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    places = [at(place) for place in way.points.tolist()]
    gone = len(places) if way.gone is None else way.gone
    now = [] if way.now is None else [at(way.now)]
    for line, strength in (([*now, *places[gone:]], 0.35), ([*places[:gone], *now], 1.0)):
        for colour, width, alpha in (("#ffffff", way.width + 2.4, 0.75), (way.colour, way.width, 1.0)):
            ink = QColor(colour)
            ink.setAlphaF(alpha * strength)
            cap, join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
            painter.setPen(QPen(ink, width * dpr, Qt.PenStyle.SolidLine, cap, join))
            painter.drawPolyline(QPolygonF(line))


def _draw_dot(painter: QPainter, place: QPointF, colour: str, dpr: float) -> None:
    painter.setPen(QPen(QColor("#ffffff"), 1.6 * dpr))
    painter.setBrush(QColor(colour))
    painter.drawEllipse(place, DOT_PX * dpr, DOT_PX * dpr)


def _draw_pointer(painter: QPainter, at: At, pointer: Pointer, dpr: float) -> None:
    begin, end = at(pointer.place), at(pointer.place + pointer.step)
    line = QLineF(begin, end)
    if line.length() < 3 * dpr:
        return
    x, y = line.dx() / line.length(), line.dy() / line.length()
    for colour, width in ((QColor("#ffffff"), 5.0), (QColor(pointer.colour), 2.4)):
        painter.setPen(QPen(colour, width * dpr, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(line)
    head = QPainterPath()
    _add_head(head, end, x, y, min(9 * dpr, 0.6 * line.length()))
    painter.fillPath(head, QColor(pointer.colour))


def _draw_ring(painter: QPainter, place: QPointF, radius: float, colour: str, dpr: float, filled: bool = False) -> None:
    painter.setBrush(QColor("#ffffff") if filled else Qt.BrushStyle.NoBrush)
    for each, width in ((QColor("#ffffff"), 4.2), (QColor(colour), 2.0)):
        painter.setPen(QPen(each, width * dpr))
        painter.drawEllipse(place, radius, radius)


def _draw_names(painter: QPainter, at: At, drawn: Drawn, target: QRectF, dpr: float) -> None:
    """Each name beside its end, on white, none over another, nor, where there is room, over where a way is now."""
    font = letters(11 * dpr, painter.font(), bold=True)
    metrics = QFontMetricsF(font)
    painter.setFont(font)
    ends = [(way.points[-1], way.name, way.colour) for way in drawn.ways if way.name]
    ends += [(each.place + each.step, each.name, each.colour) for each in drawn.pointers]
    if drawn.start is not None:
        ends.insert(0, (np.array(drawn.start), "x_T", INK))
    taken: list[QRectF] = []
    dots = [at(way.now) for way in drawn.ways if way.now is not None]
    for place, name, colour in ends:
        spot, width, height = at(place), _width(name, metrics, dpr), metrics.height()
        beside = [
            QRectF(spot.x() + 8 * dpr, spot.y() - height / 2, width, height),
            QRectF(spot.x() - 8 * dpr - width, spot.y() - height / 2, width, height),
            QRectF(spot.x() - width / 2, spot.y() - 9 * dpr - height, width, height),
            QRectF(spot.x() - width / 2, spot.y() + 9 * dpr, width, height),
        ]
        free = [box for box in beside if target.contains(box) and not any(box.intersects(other) for other in taken)]
        if not free:
            continue
        margins = (-DOT_PX * dpr, -DOT_PX * dpr, DOT_PX * dpr, DOT_PX * dpr)
        box = next((box for box in free if not any(box.adjusted(*margins).contains(dot) for dot in dots)), free[0])
        taken.append(box)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(255, 255, 255, 215))
        painter.drawRoundedRect(box, 3 * dpr, 3 * dpr)
        painter.setPen(QColor(colour))
        word, _, low = name.partition("_")
        inside = box.adjusted(3 * dpr, 0, 0, 0)
        painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, word)
        if low:
            painter.save()
            painter.setFont(_lower(font))
            inside = inside.translated(metrics.horizontalAdvance(word) + 0.5 * dpr, 0.18 * height)
            painter.drawText(inside, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, low)
            painter.restore()


def _draw_words(painter: QPainter, words: str, target: QRectF, dpr: float) -> None:
    """On white, at the upper left."""
    font = letters(11 * dpr, painter.font())
    painter.setFont(font)
    metrics = QFontMetricsF(font)
    width = min(metrics.horizontalAdvance(words) + 8 * dpr, target.width() - 8 * dpr)
    box = QRectF(target.left() + 4 * dpr, target.top() + 4 * dpr, width, metrics.height() + 2 * dpr)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(255, 255, 255, 225))
    painter.drawRoundedRect(box, 3 * dpr, 3 * dpr)
    painter.setPen(QColor(INK))
    shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, box.width() - 6 * dpr)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)


def _width(name: str, metrics: QFontMetricsF, dpr: float) -> float:
    """Of a name with what stands lower in it, and its margins."""
    word, _, low = name.partition("_")
    return metrics.horizontalAdvance(word) + 0.85 * metrics.horizontalAdvance(low) + 6 * dpr


def _lower(font: QFont) -> QFont:
    """Of what stands lower behind a sign."""
    return letters(0.78 * font.pixelSize(), font)
