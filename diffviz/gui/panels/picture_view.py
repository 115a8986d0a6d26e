"""PictureView: one picture at a whole-number zoom, never smoothed; views that share a Viewport move together."""

from __future__ import annotations

import sys
from collections.abc import Callable
from math import ceil, floor

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy

from diffviz.gui.icons import image_of
from diffviz.gui.panels.arrangement import MAX_ZOOM, Content, whole_zoom
from diffviz.gui.panels.picture_keys import PictureKeys
from diffviz.gui.panels.picture_marks import Ground, paint_cross, paint_row_names, paint_stars
from diffviz.gui.panels.viewport import Viewport
from diffviz.kinds.tiles import ONE, Grid
from diffviz.palette import DARK, Palette

WHEEL_PAN = 600  # of a wheel's angle that goes sideways, over all that is seen
SCREEN_ORDER = (2, 1, 0) if sys.byteorder == "little" else (1, 2, 3)  # where red, green and blue lie in a pixel


class PictureView(PictureKeys):
    """Paints uint8 (H, W, 3). Wheel zooms at the cursor, drag pans, double click fits; of what is timed in time.

    ``resamples``: what is made for another card is resampled for this one. Noise never is: that would show less of it.

    Signals: ``hovered(x, y)`` in picture pixels, (-1, -1) outside; ``clicked(x, y)`` for a press without a drag;
    ``painted()`` each time the newest picture has reached the screen.
    """

    hovered = Signal(int, int)
    clicked = Signal(int, int)
    painted = Signal()

    def __init__(self, viewport: Viewport) -> None:
        super().__init__()
        self.setMinimumSize(64, 64)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)  # nothing of the card under it has to be painted
        self._viewport = viewport
        viewport.changed.connect(self._moved)
        self._array: np.ndarray | None = None
        self._image = QImage()
        self._image_zoom = 0
        self.grid, self._fills, self.resamples = ONE, False, False
        self._mark: tuple[int, int] | None = None
        self._stars: frozenset[int] = frozenset()
        self._row_names: tuple[str, ...] = ()
        self._cross: tuple[float, float] | None = None
        self._message = ""
        self._palette, self._scale = DARK, 1.0
        self._press: QPointF | None = None
        self._dragged = False
        self._cursor: QPointF | None = None  # where the mouse rests, and the pixel that was said to be there
        self._under = (-1, -1)
        self.fresh = self._paper = False  # a picture was set and is not painted yet; see ``show_paper``
        self.over: list[Callable[[QPainter, QRectF], None]] = []  # draw over it, in device pixels of ``target``

    # -- what is shown

    def show_array(self, array: np.ndarray | None, grid: Grid = ONE, fills: bool = False) -> None:
        """Show a picture, which must not be written to afterwards.

        Args:
            grid: how its samples stand, separated by lines.
            fills: it is made for the size of this view; until one comes that is, it is stretched to it.
        """
        if grid != self.grid:
            self.forget_place()
        self._array, self.grid, self._fills = array, grid, fills
        self._image_zoom = 0
        self.fresh = True
        self.update()

    def array(self) -> np.ndarray | None:
        """The picture shown."""
        return self._array

    def show_message(self, text: str) -> None:
        """Words in place of a picture, shown while there is none."""
        self._show("_message", text)

    def show_paper(self, on: bool) -> None:
        """Whether what is drawn over the picture is seen where there is none, too, on a white square."""
        self._show("_paper", on)

    def show_stars(self, stars: frozenset[int]) -> None:
        """Mark tiles with a star, numbered row by row."""
        self._show("_stars", stars)

    def show_row_names(self, names: tuple[str, ...]) -> None:
        """What each of so many like shares of the tiles is called, such as the rows."""
        self._show("_row_names", names)

    def show_mark(self, x: int, y: int) -> None:
        """Outline the pixel under the cursor of a linked view; (-1, -1) for none."""
        self._show("_mark", (x, y) if x >= 0 else None)

    def show_cross(self, place: tuple[float, float] | None) -> None:
        """Mark the place that a lens looks at, shares of width and height."""
        self._show("_cross", place)

    def set_palette(self, palette: Palette, scale: float = 1.0) -> None:
        """Colours, and the size of names and marks."""
        self._show("_palette", palette)
        self._show("_scale", scale)

    @property
    def mark_px(self) -> float:
        """Device pixels of one of what lies over the picture, which grows with a presentation."""
        return self.devicePixelRatioF() * self._scale

    def _show(self, name: str, value: object) -> None:
        """Something of it, painted anew where it is another."""
        if value != getattr(self, name):
            setattr(self, name, value)
            self.update()

    # -- geometry, in device pixels

    def zoom(self) -> int:
        """The zoom in force, see ``whole_zoom``."""
        if self._viewport.place.zoom is not None or self._array is None:
            return self._viewport.place.zoom or 1
        height, width = self._array.shape[:2]
        return 1 if self._fills else whole_zoom(self._device_size(), (width, height))

    def target(self) -> QRect:
        """Where the picture lies, in device pixels of this widget."""
        if self._array is None:
            return QRect()
        return self._stretched() if self._fills and self._viewport.place.zoom is None else self._placed(self.zoom())

    def _stretched(self) -> QRect:
        """All of the view that the picture can fill; its own size where it is made for this view."""
        assert self._array is not None
        room_w, room_h = map(floor, self._device_size())
        height, width = self._array.shape[:2]
        if width > room_w or height > room_h or (width != room_w and height != room_h):
            width, height = Content((width, height)).device((room_w, room_h))
        return QRect((room_w - width) // 2, (room_h - height) // 2, width, height)

    def _placed(self, zoom: int) -> QRect:
        assert self._array is not None
        height, width = self._array.shape[:2]
        w, h = (width * zoom, height * zoom) if zoom > 0 else (ceil(width / -zoom), ceil(height / -zoom))
        view_w, view_h = self._device_size()
        place = self._viewport.place
        return QRect(_offset(view_w, w, place.x), _offset(view_h, h, place.y), w, h)

    def pixel_at(self, point: QPointF) -> tuple[int, int]:
        """Picture pixel under a point of the widget; (-1, -1) outside."""
        target, dpr = self.target(), self.devicePixelRatioF()
        x, y = point.x() * dpr - target.x(), point.y() * dpr - target.y()
        if self._array is None or not (0 <= x < target.width() and 0 <= y < target.height()):
            return -1, -1
        zoom = self.zoom()
        height, width = self._array.shape[:2]
        px, py = x // 1 * -zoom, y // 1 * -zoom
        if zoom > 0:
            px, py = x * width // target.width(), y * height // target.height()
        return min(int(px), width - 1), min(int(py), height - 1)

    def _device_size(self) -> tuple[float, float]:
        dpr = self.devicePixelRatioF()
        return self.width() * dpr, self.height() * dpr

    def _moved(self) -> None:
        self._image_zoom = 0
        self.update()

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._palette.card))
        if self._array is None and self._paper:
            self._paint_paper(painter)
        elif self._array is None:
            painter.setPen(QColor(self._palette.muted))
            area = self.rect().adjusted(8, 8, -8, -8)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._message)
        else:
            self._paint_picture(painter)
        self.paint_ring(painter, self._palette)
        painter.end()
        self._look_again()
        if self.fresh:
            self.fresh = False
            self.painted.emit()

    def _paint_paper(self, painter: QPainter) -> None:
        dpr, (width, height) = self.devicePixelRatioF(), self._device_size()
        side = min(width, height)
        square = QRectF((width - side) / 2, (height - side) / 2, side, side)
        if dpr != 1:
            painter.scale(1 / dpr, 1 / dpr)
        painter.fillRect(square, QColor("#ffffff"))
        for over in self.over:
            over(painter, square)
        painter.resetTransform()

    def _paint_picture(self, painter: QPainter) -> None:
        dpr = self.devicePixelRatioF()
        zoom = self.zoom()
        target = self.target()
        if self._image_zoom != zoom:
            self._image, self._image_zoom = self._prepared(zoom), zoom
        if dpr != 1:
            painter.scale(1 / dpr, 1 / dpr)
        # a white picture on a white card has an edge too, also where both are rounded differently between pixels
        edge, smooth = QRectF(target).adjusted(-1.25, -1.25, 1.25, 1.25), self.resamples and self._fills
        painter.fillRect(edge, QColor(self._palette.border))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(target, self._image)  # over the edge: between pixels the two are rounded differently
        if (
            smooth and self._image.size() != target.size() and self._viewport.place.zoom is None
        ):  # it may fill the view: what room has its edge then?
            painter.setPen(QPen(QColor(self._palette.border), 1.25))
            painter.drawRect(
                edge.intersected(QRectF(0, 0, *self._device_size())).adjusted(0.625, 0.625, -0.625, -0.625)
            )
        for draw in self.over:
            draw(painter, QRectF(target))
        rows, columns = self.grid
        painter.setPen(QPen(QColor(self._palette.card), max(1, round(2 * dpr))))
        for i in range(1, columns):
            x = target.x() + i * target.width() // columns
            painter.drawLine(x, target.top(), x, target.bottom() + 1)
        for i in range(1, rows):
            y = target.y() + i * target.height() // rows
            painter.drawLine(target.left(), y, target.right() + 1, y)
        ground = Ground(target, self.grid, dpr * self._scale)
        paint_row_names(painter, ground, self._row_names, self._palette)
        paint_stars(painter, ground, self._stars)
        if self._cross is not None:
            paint_cross(painter, ground, self._cross)
        if self._mark is not None and zoom >= 4:
            x, y = target.x() + self._mark[0] * zoom, target.y() + self._mark[1] * zoom
            for colour, inset in (("#000000", 0), ("#ffffff", 1)):
                painter.setPen(QColor(colour))
                painter.drawRect(QRectF(x - 1 + inset, y - 1 + inset, zoom + 1 - 2 * inset, zoom + 1 - 2 * inset))

    def _prepared(self, zoom: int) -> QImage:
        """The picture in the screen's own format, so that painting it enlarged converts nothing."""
        array = self._array
        assert array is not None
        if zoom > 0:
            return image_of(array).convertToFormat(QImage.Format.Format_RGB32)
        array = array[::-zoom, ::-zoom]  # every n-th pixel: averaging would show less noise than there is
        height, width = array.shape[:2]
        pixels = np.full((height, width, 4), 255, dtype=np.uint8)
        for channel in range(3):  # one by one is four times as fast as all at once
            pixels[..., SCREEN_ORDER[channel]] = array[..., channel]
        image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
        image.diffviz_buffer = pixels  # type: ignore[attr-defined]  # QImage borrows the memory
        return image

    # -- mouse

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position()
        if self._press is not None and (self._dragged or (point - self._press).manhattanLength() > 4):
            self._dragged = True
            self._pan(point - self._press)
            self._press = point
            return
        self.look_at(point)

    def _look_again(self) -> None:
        """A picture of another size, or in another place, may have come under a resting cursor."""
        cursor = None if self._press is not None or self.walked else self._cursor
        if cursor is not None and self.pixel_at(cursor) != self._under:
            self.look_at(cursor)

    def look_at(self, point: QPointF) -> None:
        """The cursor is there."""
        self._cursor, self._under = point, self.pixel_at(point)
        self.hovered.emit(*self._under)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._press, self._dragged = event.position(), False

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._press is not None and not self._dragged:
            x, y = self.pixel_at(event.position())
            if x >= 0:
                self.clicked.emit(x, y)
        if self._dragged:
            self.look_at(event.position())
        self._press, self._dragged = None, False

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._viewport.fit()
        self._viewport.fit_wanted.emit()

    def leaveEvent(self, event: object) -> None:
        self._cursor = None
        self.hovered.emit(-1, -1)

    def wheelEvent(self, event: QWheelEvent) -> None:
        along, way = event.angleDelta().x(), event.angleDelta().y()
        if self._array is None or not (way or (along and self._viewport.timed)):
            return
        if not self._viewport.timed:
            self._zoom_at(self._next_zoom(way), event.position())
        elif way:
            self._viewport.zoom_time(1 if way > 0 else -1, self._share(event.position().x()))
        else:
            self._viewport.pan_time(-along / WHEEL_PAN)
        event.accept()

    def _share(self, x: float) -> float:
        """Of an x of the widget, where in the width of its sample it is."""
        target = self.target()
        share = self.grid.columns * (x * self.devicePixelRatioF() - target.x()) / max(target.width(), 1)
        return min(max(share, 0.0), self.grid.columns - 1e-9) % 1.0

    def zoom_by(self, way: int, at: tuple[int, int] | None) -> None:
        """One zoom in or out, ``way`` 1 or -1, around a pixel of the picture or its middle."""
        target, dpr = self.target(), self.devicePixelRatioF()
        if self._array is not None:
            height, width = self._array.shape[:2]
            u, v = (0.5, 0.5) if at is None else (at[0] / width, at[1] / height)
            x, y = target.x() + u * target.width(), target.y() + v * target.height()
            if self._viewport.timed:
                self._viewport.zoom_time(way, self._share(x / dpr))
            else:
                self._zoom_at(self._next_zoom(way), QPointF(x / dpr, y / dpr))

    def pan_by(self, share: float) -> None:
        """Go on by a share of the width, where that is time."""
        if self._viewport.timed and share:
            self._viewport.pan_time(share)

    def _next_zoom(self, way: int) -> int:
        zoom = self.zoom()
        if way > 0:
            return 1 if zoom == -2 else min(zoom + 1, MAX_ZOOM)
        return -2 if zoom == 1 else max(zoom - 1, -MAX_ZOOM)

    def _zoom_at(self, zoom: int, point: QPointF) -> None:
        target, dpr = self.target(), self.devicePixelRatioF()
        u = (point.x() * dpr - target.x()) / max(target.width(), 1)
        v = (point.y() * dpr - target.y()) / max(target.height(), 1)
        height, width = self._array.shape[:2] if self._array is not None else (1, 1)
        factor = zoom if zoom > 0 else -1 / zoom
        view_w, view_h = self._device_size()
        # the picture point (u, v) stays under the cursor
        x = u - (point.x() * dpr - view_w / 2) / (width * factor)
        y = v - (point.y() * dpr - view_h / 2) / (height * factor)
        self._viewport.set(zoom, x, y)

    def _pan(self, delta: QPointF) -> None:
        target, dpr = self.target(), self.devicePixelRatioF()
        place = self._viewport.place
        if self._viewport.timed:
            self._viewport.pan_time(-self.grid.columns * delta.x() * dpr / max(target.width(), 1))
            return
        if place.zoom is None:
            return
        x = place.x - delta.x() * dpr / max(target.width(), 1)
        y = place.y - delta.y() * dpr / max(target.height(), 1)
        self._viewport.set(place.zoom, x, y)


def _offset(view: float, size: int, centre: float) -> int:
    """Left or top edge: a picture smaller than its view is centred, a larger one follows ``centre`` to its edges."""
    if size <= view:
        return round((view - size) / 2)
    return round(min(0.0, max(view - size, view / 2 - centre * size)))
