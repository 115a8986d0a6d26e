"""PlaneLayer: what is drawn over a picture of the plane: density, score, and the ways of single points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import hypot

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QHelpEvent, QImage, QMouseEvent, QPainter, QPixmap
from PySide6.QtWidgets import QToolTip

from diffviz.gui.panels.picture_view import PictureView
from diffviz.gui.panels.plane_ink import (
    INK,
    ONE,
    Drawn,
    draw_dot,
    draw_field,
    draw_names,
    draw_pointers,
    draw_ring,
    draw_way,
    draw_words,
)
from diffviz.gui.theme import wrapped
from diffviz.palette import rgb

# over white paper, in both themes: lightness falls evenly (OKLab 1.00 to 0.79), teal is neither signal's nor noise's
_RAMP = ("#ffffff", "#e9f7f3", "#d0eee6", "#b5e3d9", "#97d8cb", "#74cbbc")
_WRONG = ("#ffffff", "#fdeee6", "#fbd3bf", "#f6ae92", "#ee8468", "#de5a49")
NAMED_PX = 120  # a smaller picture would be names alone
GRAB_PX = 14  # so near to the start a press takes it up


class PlaneLayer(QObject):
    """Draws over one view, and tells where its start is dragged to: ``taken()``, ``moved(x, y)``, ``let_go()``."""

    def __init__(self, view: PictureView) -> None:
        super().__init__(view)
        self._view = view
        self.drawn: Drawn | None = None
        self._shade: QImage | None = None
        self._field: tuple[Drawn, tuple[QSizeF, float], QPixmap] | None = None  # the arrows of that, in that size
        self.taken: Callable[[], None] = lambda: None
        self.moved: Callable[[float, float], None] = lambda x, y: None
        self.let_go: Callable[[], None] = lambda: None
        self._held = False
        self._untold = False  # whether some of the words have no room
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
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self._untold and self.drawn:
            QToolTip.showText(event.globalPos(), wrapped(self.drawn.words), self._view)
            return True
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
        return away < GRAB_PX * self._view.mark_px

    # -- painting, in device pixels

    def _paint(self, painter: QPainter, target: QRectF) -> None:
        drawn = self.drawn
        if drawn is None:
            return
        square, dpr = square_in(target), self._view.mark_px
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
            draw_way(painter, at, way, dpr)
        draw_pointers(painter, at, drawn.pointers, dpr)
        if drawn.start is not None:
            draw_ring(painter, at(drawn.start), 6 * dpr, INK, dpr, filled=True)
        for way in drawn.ways:
            if way.now is not None:
                draw_dot(painter, at(way.now), way.colour, dpr)
        if drawn.ring is not None:
            draw_ring(painter, at(drawn.ring), 5 * dpr, ONE, dpr)
        if square.height() >= NAMED_PX * dpr:
            draw_names(painter, at, drawn, target, dpr)
        self._untold = bool(drawn.words) and not draw_words(painter, drawn.words, target, dpr)
        painter.restore()

    def _arrows(self, drawn: Drawn, size: QSizeF, dpr: float) -> QPixmap:
        """As a picture: they are many, and stay while paths move over them."""
        known = self._field
        if known is None or known[1] != (size, dpr) or not _same_field(known[0], drawn):
            picture = QPixmap(size.toSize())
            picture.fill(Qt.GlobalColor.transparent)
            painter, middle = QPainter(picture), size.width() / 2
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            unit = size.width() / (2 * drawn.reach)
            draw_field(painter, lambda p: QPointF(middle + p[0] * unit, middle - p[1] * unit), drawn, unit, dpr)
            painter.end()
            known = self._field = drawn, (size, dpr), picture
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
