"""Canvas: a picture that is drawn on, and a mask over it that says what is to be drawn anew."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QHideEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from diffviz.gui.icons import image_of
from diffviz.palette import DARK, Palette

LONG_PX = 256  # of the longer side: eight for each pixel of the shipped models
WAYS = {Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Up: (0, -1), Qt.Key.Key_Down: (0, 1)}
VEIL = 150  # of 255: how much of the mask is seen over the picture


class Canvas(QWidget):
    """Draws strokes with a round brush, held by the mouse or by the keys.

    Signals: ``stroke_begun()``; ``stroke_ended()`` when the button is let go, or the brush lifted, after something was
    drawn.

    Attributes:
        ink: what is drawn with; None erases, back to the ground.
        masking: strokes mark what is to be drawn anew, or take the mark away, instead of drawing.
        size_px: of the brush, in pixels of the canvas.
    """

    stroke_begun = Signal()
    stroke_ended = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("canvas")
        self.setAccessibleName("canvas to draw on")
        self.setAccessibleDescription(
            "The arrows move the brush, with Shift by one pixel; Space puts it down and lifts it"
        )
        self.setToolTip(self.accessibleDescription())
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(160, 160)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMouseTracking(True)
        self.ink: QColor | None = QColor("#000000")
        self.masking = False
        self.size_px = 12
        self._ground = _blank(LONG_PX, LONG_PX)
        self._picture = self._ground.copy()
        self._mask = _clear(self._picture.size())
        self._before = self._picture, self._mask  # of the stroke in the hand
        self._last: QPointF | None = None
        self._at: QPointF | None = None
        self._down = False  # by a key
        self._palette = DARK

    # -- what is drawn

    def begin(self, height: int, width: int, ground: np.ndarray | None = None) -> None:
        """An empty canvas of that shape, white or with a picture uint8 (H, W, 3) of that shape for its ground."""
        self._ground = _blank(width, height) if ground is None else _image(ground)
        self._picture = self._ground.copy()
        self._mask = _clear(self._picture.size())
        self._keep()

    def show_picture(self, array: np.ndarray) -> None:
        """What was drawn before, or by another hand, of the canvas's shape; the ground stays."""
        self._picture = _image(array)
        self._keep()

    def show_mask(self, mask: np.ndarray | None) -> None:
        """As ``marked()`` gives it; None: nothing is marked."""
        self._mask = _clear(self._picture.size())
        if mask is not None:
            marked = np.ascontiguousarray((mask[..., 0] < 128).astype(np.uint8) * 255)
            height, width = marked.shape
            self._mask = QImage(marked.data, width, height, width, QImage.Format.Format_Alpha8).copy()
        self._keep()

    def _keep(self) -> None:
        """What is there, for when a stroke over it is taken back."""
        self._before = QImage(self._picture), QImage(self._mask)
        self.update()

    def take_back(self) -> None:
        """As it was before the stroke in the hand, which draws no longer."""
        if self._last is not None:
            self._down, self._last = False, None
            self._picture, self._mask = self._before
            self.update()

    @property
    def version(self) -> int:
        """Another number where the picture is another."""
        return self._picture.cacheKey()

    def array(self) -> np.ndarray:
        """The picture, a new uint8 (H, W, 3)."""
        image = self._picture.convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()

    def marked(self) -> np.ndarray | None:
        """uint8 (H, W, 3), white where the picture is kept and black where it is marked; None: nothing is marked."""
        image = self._mask
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        black = rows[:, : image.width()] > 127
        if not black.any():
            return None
        return np.repeat(np.where(black, 0, 255).astype(np.uint8)[..., None], 3, axis=2)

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        return self._picture.height(), self._picture.width()

    def set_look(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    # -- drawing

    def sizeHint(self) -> QSize:
        return QSize(320, 320)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._stroke(self._on_canvas(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._at = self._on_canvas(event.position())
        if self._last is not None:
            self._stroke(self._at)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._end()

    def leaveEvent(self, event: object) -> None:
        self._at = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way, space = WAYS.get(Qt.Key(event.key())), event.key() == Qt.Key.Key_Space
        if way is not None:
            fine = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._move(QPointF(*way) * (1 if fine else max(2, self.size_px / 2)))
        elif self._down and (space or event.key() == Qt.Key.Key_Escape):
            self._end()
        elif space:
            self._down = True
            self._move(QPointF())
        else:
            super().keyPressEvent(event)

    def _move(self, by: QPointF) -> None:
        height, width = self.shape
        at = (self._at or QPointF(width / 2, height / 2)) + by
        self._at = QPointF(min(max(at.x(), 0), width - 1), min(max(at.y(), 0), height - 1))
        if self._down:
            self._stroke(self._at)
        self.update()

    def _end(self) -> None:
        if self._last is not None:
            self._down, self._last = False, None
            self.stroke_ended.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        if self._down:
            self._end()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        self._end()  # no release of the mouse comes then

    def _stroke(self, point: QPointF) -> None:
        if self._last is None:
            self._keep()
            self.stroke_begun.emit()
        painter = QPainter(self._mask if self.masking else self._picture)
        draws = self.ink is not None
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, draws and not self.masking)
        width = self.size_px if draws else self.size_px + 2  # nothing of a soft edge is left by what erases
        pen = QPen(QColor("#000000"), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        if self.masking and self.ink is None:
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Clear)
        elif not self.masking and self.ink is None:
            pen.setBrush(self._ground)
        elif self.ink is not None and not self.masking:
            pen.setColor(self.ink)
        painter.setPen(pen)
        last = self._last or point
        if last == point:
            painter.drawPoint(point)
        else:
            painter.drawLine(last, point)
        painter.end()
        self._last = point
        self.update()

    def _place(self) -> QRect:
        """Where the canvas lies in the widget, as large as it fits."""
        size = self._picture.size().scaled(self.size() - QSize(2, 2), Qt.AspectRatioMode.KeepAspectRatio)
        return QRect((self.width() - size.width()) // 2, (self.height() - size.height()) // 2, *size.toTuple())

    def _on_canvas(self, point: QPointF) -> QPointF:
        place = self._place()
        scale = self._picture.width() / max(1, place.width())
        return QPointF((point.x() - place.x()) * scale, (point.y() - place.y()) * scale)

    # -- painting

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._at = None

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, place = QPainter(self), self._place()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(place, self._picture)
        veil = QImage(self._mask.size(), QImage.Format.Format_ARGB32_Premultiplied)
        colour = QColor(self._palette.noise)
        colour.setAlpha(VEIL)
        veil.fill(colour)
        over = QPainter(veil)
        over.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
        over.drawImage(0, 0, self._mask.convertToFormat(QImage.Format.Format_ARGB32_Premultiplied))
        over.end()
        painter.drawImage(place, veil)
        painter.setPen(QPen(QColor(self._palette.focus), 2) if self.hasFocus() else QColor(self._palette.border))
        painter.drawRect(place.adjusted(-1, -1, 0, 0))
        if self._at is not None:
            self._paint_brush(painter, place)
        painter.end()

    def _paint_brush(self, painter: QPainter, place: QRect) -> None:
        assert self._at is not None
        scale = place.width() / self._picture.width()
        centre = QPointF(place.x() + self._at.x() * scale, place.y() + self._at.y() * scale)
        radius = self.size_px * scale / 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for colour, out in (("#000000", 1.0), ("#ffffff", 0.0)):  # seen on any picture
            painter.setPen(QColor(colour))
            painter.drawEllipse(centre, radius + out, radius + out)


def _blank(width: int, height: int) -> QImage:
    made = QImage(width, height, QImage.Format.Format_RGB32)
    made.fill(QColor("#ffffff"))
    return made


def _clear(size: QSize) -> QImage:
    made = QImage(size, QImage.Format.Format_Alpha8)
    made.fill(0)
    return made


def _image(array: np.ndarray) -> QImage:
    array = np.ascontiguousarray(array)  # which lives until it is copied
    return image_of(array).convertToFormat(QImage.Format.Format_RGB32)
