"""FilmStrip: small pictures along the axis of t, between curves and slider, each at its t; a click goes there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QAbstractSlider, QSizePolicy, QToolButton

from diffviz.gui.icons import image_of
from diffviz.gui.panels import strip_places
from diffviz.gui.panels.arrangement import Content
from diffviz.gui.panels.controls import named
from diffviz.gui.panels.dragged import Dragged
from diffviz.gui.panels.in_words import in_words
from diffviz.gui.panels.strip_places import Room
from diffviz.gui.theme import X_HAT, letters, wrapped
from diffviz.palette import DARK, Palette

LABEL_PX = 15
FONT_PX = 11
K = Qt.Key
KEYS = {K.Key_Left: -1, K.Key_Right: 1, K.Key_Home: -strip_places.MOST, K.Key_End: strip_places.MOST}
NAMES = {"x_t": "x\u209c", "x_0": f"{X_HAT}\u2080"}  # with real subscripts


@dataclass(frozen=True, eq=False)
class StripFrame:
    """A picture, uint8 (H, W, 3), and its level; whole, or between two."""

    t: float
    picture: np.ndarray


class FilmStrip(Dragged, QAbstractSlider):
    """Its value is the number of the frame nearest to t.

    Signals: ``level_chosen(t)``; ``gesture_began``, ``gesture_ended`` around a drag; ``room_changed()`` when frames of
    another size are wanted; ``shows_chosen(name)``: x_t or x_0; ``painted()`` after new frames.
    """

    level_chosen = Signal(int)
    room_changed = Signal()
    shows_chosen = Signal(str)
    painted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("film_strip")
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the arrows to the slider
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self._left, self._right, self._T, self._t = 8.0, 608.0, 1000, 0.0
        self._content = Content()
        self._room: Room | None = None
        self._still: QPixmap | None = None
        self._press = QPointF()
        self._palette, self._scale = DARK, 1.0
        self.fresh = False  # frames were set and are not painted yet
        self._shows, self._said = "x_t", ("", False)
        self.shows = named(QToolButton(self), "strip_shows_button", look="flat", by_tab=True)
        self.shows.clicked.connect(lambda: self.shows_chosen.emit("x_0" if self._shows == "x_t" else "x_t"))
        self._frames: tuple[StripFrame, ...] = ()
        self._message, self._exact = "", False
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    # -- what is shown

    def show_content(self, content: Content) -> None:
        """What the next frames are like."""
        if content != self._content:
            self._content = content
            self._measure()

    def show_T(self, T: int) -> None:
        """How long the axis is."""
        if self._T != T:
            self._T = T
            self._measure()

    def show_frames(self, frames: tuple[StripFrame, ...]) -> None:
        """The pictures, which must not be written to afterwards."""
        if frames == self._frames:
            return
        self._frames = frames
        with QSignalBlocker(self):
            self.setRange(0, max(0, len(frames) - 1))
        self.fresh = True
        self._redraw()
        self.show_t(self._t)

    def show_message(self, words: str) -> None:
        """Words in place of frames, while there are none."""
        if words != self._message:
            self._message = words
            self._redraw()

    def show_shows(self, name: str, free: bool, why: str) -> None:
        """Which pictures they are, x_t or x_0; ``free``: whether the other ones can be had, or else why not."""
        if (name, free) == self._said:  # a chain says it with each state
            return
        self._shows, self._said = name, (name, free)
        words = "x_t" if name == "x_t" else "x̂_0"
        self.shows.setText(NAMES[name])
        self.shows.setEnabled(free)
        other = "x̂_0" if name == "x_t" else "x_t"
        self.shows.setToolTip(wrapped(f"The strip shows {words}; click for {other}" if free else why))
        self.shows.setAccessibleName(in_words(f"the film strip shows {words}"))
        self.setAccessibleName(in_words(f"film strip of {words}"))
        self.setAccessibleDescription("Pictures along the axis of t; left and right go from one to the next")
        self._place_button()

    def show_t(self, t: float) -> None:
        """Outline the frame nearest to level t; in colour, and its number brighter, where it is that of t."""
        self._t = t
        if self._frames:
            nearest = min(range(len(self._frames)), key=lambda i: abs(self._frames[i].t - t))
            exact = self._frames[nearest].t == t
            if (nearest, exact) != (self.value(), self._exact):
                self._exact = exact
                with QSignalBlocker(self):
                    self.setValue(nearest)
                self.update()

    def frames(self) -> tuple[StripFrame, ...]:
        """What is shown."""
        return self._frames

    @property
    def room(self) -> Room:
        """The axis and the size of a frame on it."""
        if self._room is None:
            label = self._label_px()
            height = max(8.0, self.height() - label - 2)
            width = max(40.0, self._right - self._left)
            self._room = strip_places.room(width, height, self._T, self._content, self.devicePixelRatioF())
        return self._room

    # -- geometry

    def set_track(self, left: float, right: float) -> None:
        """Where the axis begins and ends, in this widget's pixels."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self._measure()

    def set_look(self, palette: Palette, scale: float) -> None:
        self._palette, self._scale = palette, scale
        self._measure()
        self._redraw()

    def sizeHint(self) -> QSize:
        return QSize(200, self.maximumHeight())

    def minimumSizeHint(self) -> QSize:
        return QSize(200, round(strip_places.LEAST_PX * self._scale) + 2)

    def _label_px(self) -> int:
        """Room for the words under the frames, where there is enough for both."""
        label = round(LABEL_PX * self._scale)
        return label if self.height() >= 1.4 * strip_places.LEAST_PX * self._scale + label else 0

    def _measure(self) -> None:
        """The frames have another size."""
        best = strip_places.best_height(max(40.0, self._right - self._left), self._content)
        self.setMaximumHeight(round(best) + round(LABEL_PX * self._scale) + 2)
        before, self._room = self._room, None
        self._place_button()
        self._redraw()
        if before != self.room:
            self.room_changed.emit()

    def _place_button(self) -> None:
        side = self.shows.sizeHint()
        self.shows.setGeometry(
            max(0, round((self._left - side.width()) / 2) - 2),
            max(0, round(self.room.frame[1] - side.height()) // 2),
            side.width(),
            side.height(),
        )

    def resizeEvent(self, event: object) -> None:
        self._measure()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._measure()
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and K(event.key()) in KEYS:
            event.accept()
            return True
        return super().event(event)

    def _rectangle(self, frame: StripFrame) -> QRectF:
        width, height = self.room.frame
        return QRectF(self._left + self.room.left(frame.t), 1, width, height)

    def _at(self, x: float) -> int | None:
        """The frame under a place, or the nearest one in a gap."""
        if not self._frames:
            return None
        return min(range(len(self._frames)), key=lambda i: abs(self._rectangle(self._frames[i]).center().x() - x))

    def _level_at(self, x: float) -> int:
        share = (x - self._left) / max(1.0, self._right - self._left)
        return round(min(1.0, max(0.0, share)) * self._T)

    # -- painting

    def _redraw(self) -> None:
        self._still = None
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        if self._still is None:
            self._still = self._drawn(ratio)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._still)
        here = self._band()
        if self._frames and self.value() < len(self._frames):
            frame = self._frames[self.value()]
            here = self._rectangle(frame)
            self._outline(painter, here, self._palette.signal if self._exact else self._palette.muted, 0.5)
            if self._exact and self._label_px():
                self._paint_label(painter, frame, QColor(self._palette.text))
        if self.hasFocus():
            self._outline(painter, here, self._palette.focus, 2.5)
        painter.end()
        if self.fresh:
            self.fresh = False
            self.painted.emit()

    def _outline(self, painter: QPainter, place: QRectF, colour: str, inset: float) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colour), 2.5 * self._scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(place.adjusted(inset, inset, -inset, -inset))

    def _band(self) -> QRectF:
        """All of the axis."""
        return QRectF(self._left, 1, self._right - self._left, self.room.frame[1])

    def _drawn(self, ratio: float) -> QPixmap:
        """Everything but what moves with t."""
        still = QPixmap(QSize(max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))))
        still.setDevicePixelRatio(ratio)
        still.fill(QColor(self._palette.card))
        painter = QPainter(still)
        free = min((self.room.left(frame.t) for frame in self._frames), default=self.width())
        if free > self.room.frame[0]:  # for what is still to come
            painter.fillRect(self._band(), QColor(self._palette.background))
        if not self._frames:
            painter.setFont(self._font())
            painter.setPen(QColor(self._palette.muted))
            painter.drawText(self._band(), Qt.AlignmentFlag.AlignCenter, self._message)
        for frame in self._frames:
            self._paint_frame(painter, frame, ratio)
            if self._label_px():
                self._paint_label(painter, frame, QColor(self._palette.muted))
        painter.end()
        return still

    def _paint_frame(self, painter: QPainter, frame: StripFrame, ratio: float) -> None:
        """Pixel for pixel on the screen, or in whole steps where the picture is one of pixels."""
        room, place = self.room, self._rectangle(frame)
        width = frame.picture.shape[1]
        wanted_w, wanted_h = room.device
        step = 1 if self._content.fills else max(1, -(-width // wanted_w))
        array = np.ascontiguousarray(frame.picture[::step, ::step])
        painter.save()
        painter.scale(1 / ratio, 1 / ratio)
        painter.drawImage(
            QRect(round(place.x() * ratio), round(place.y() * ratio), wanted_w, wanted_h), image_of(array)
        )
        painter.restore()

    def _font(self) -> QFont:
        return letters(FONT_PX * self._scale)

    def _paint_label(self, painter: QPainter, frame: StripFrame, colour: QColor) -> None:
        painter.setFont(self._font())
        words, place = f"{frame.t:.0f}", self._rectangle(frame)  # short: beside it may stand another's
        wide = painter.fontMetrics().horizontalAdvance(words)
        box = QRectF(place.center().x() - wide, place.bottom() + 1, 2 * wide, LABEL_PX * self._scale)
        painter.setPen(colour)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    # -- mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A press goes to the frame, a drag along the axis."""
        frame = self._at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and frame is not None:
            self._press = event.position()
            self.hold()
            self.level_chosen.emit(round(self._frames[frame].t))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.held and abs(event.position().x() - self._press.x()) > 4:
            self._press = QPointF(-99.0, 0.0)
            self.level_chosen.emit(self._level_at(event.position().x()))

    def wheelEvent(self, event: object) -> None:
        """The strip does not scroll; the page may."""
        event.ignore()  # type: ignore[attr-defined]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if K(event.key()) not in KEYS:
            event.ignore()
        elif self._frames:
            to = min(max(self.value() + KEYS[K(event.key())], 0), len(self._frames) - 1)
            self.level_chosen.emit(round(self._frames[to].t))
