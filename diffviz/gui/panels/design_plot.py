"""DesignPlot: one quantity of a schedule over t, with points that are dragged or moved by the arrow keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from diffviz.chart import Axis, linear_axis, log_axis
from diffviz.gui.panels.dragged import Dragged
from diffviz.gui.panels.lens_ink import paint_line
from diffviz.gui.panels.plot_axes import paint_axes
from diffviz.gui.theme import letters
from diffviz.palette import DARK, Palette
from diffviz.ticks import level_ticks, nice_ceiling

LEFT, TOP, RIGHT, BOTTOM = 58, 10, 20, 26  # pixels around the plot, for its numbers
POINT_PX, REACH_PX = 5.5, 18  # radius of a point, and how near to it a press takes it
FONT_PX = 12
MOST_DRAWN = 1500  # levels; a plot has fewer pixels
LOWEST_DB = -80.0
FAR = 20.0  # heights of the plot, beyond which no value is
STEPS = 60  # of an arrow key: so many from the bottom to the top


@dataclass(frozen=True)
class Quantity:
    """What a plot shows: its ``key``, the colour of its curve, how its numbers are written, whether its axis is
    logarithmic."""

    key: str
    name: str
    role: str
    write: Callable[[float], str]
    power: bool = False


class DesignPlot(Dragged, QWidget):
    """Signals: ``moved(k, value)`` while point k is dragged or stepped, within ``gesture_began`` and ``gesture_ended``;
    ``point_chosen(k)``."""

    moved = Signal(int, float)
    point_chosen = Signal(int)

    def __init__(self, quantity: Quantity) -> None:
        super().__init__()
        self.quantity = quantity
        self.setObjectName(f"design_{quantity.key}")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumSize(220, 110)
        self.setCursor(Qt.CursorShape.ArrowCursor)
        self.setMouseTracking(True)
        self._values = self._final = np.zeros(2)
        self._levels: tuple[int, ...] = ()
        self._chosen, self._t = 0, 0.0
        self._axis = Axis("", 0.0, 1.0)
        self._palette = DARK
        self._font = letters(FONT_PX)

    def sizeHint(self) -> QSize:
        return QSize(360, 180)

    # -- what is shown

    def show_values(
        self, values: np.ndarray, final: np.ndarray, levels: tuple[int, ...], chosen: int, t: float
    ) -> None:
        """The quantity at t = 0..T.

        Args:
            values: of the curve whose points are moved.
            final: of the one in force, where that is another one.
            levels: where the points stand.
            chosen: the one that the keys move.
            t: the window's level.
        """
        self._values, self._final, self._levels, self._chosen, self._t = values, final, levels, chosen, t
        if not self.held:  # under the cursor the axis stands still
            self._fit()
        at = levels[chosen]
        text = self.quantity.write(float(values[at]))
        self.setAccessibleName(f"{self.quantity.name}, point {chosen + 1} of {len(levels)}: {text} at t = {at}")
        self.update()

    def set_look(self, palette: Palette) -> None:
        self._palette = palette
        self.update()

    def place(self, k: int) -> QPointF:
        """Where point k is drawn."""
        t = self._levels[k]
        return QPointF(self._x(t), float(self._y(self._values[t])))

    def _fit(self) -> None:
        key, low, high = self.quantity.key, float(self._values[1:].min()), float(self._values[1:].max())
        if key == "alpha_bar":
            self._axis = Axis("", 0.0, 1.0)
        elif key == "beta":
            self._axis = Axis("", 0.0, nice_ceiling(high))
        elif self.quantity.power:
            self._axis = log_axis("", max(1e-6, low), min(1e6, high))
        else:
            self._axis = linear_axis("", max(LOWEST_DB, low), high)

    # -- geometry

    def _area(self) -> QRectF:
        return QRectF(LEFT, TOP, max(1, self.width() - LEFT - RIGHT), max(1, self.height() - TOP - BOTTOM))

    def _x(self, t: float) -> float:
        area = self._area()
        return area.left() + area.width() * t / max(1, len(self._values) - 1)

    def _y(self, value: float | np.ndarray) -> np.ndarray:
        area = self._area()
        return area.bottom() - area.height() * np.clip(self._axis.share(value), -FAR, FAR)

    def _value_at(self, y: float) -> float:
        area, axis = self._area(), self._axis
        share = min(max((area.bottom() - y) / area.height(), -FAR), FAR)
        return axis.low * (axis.high / axis.low) ** share if axis.log else axis.low + share * (axis.high - axis.low)

    def _near(self, x: float) -> int | None:
        """The point whose level is nearest, if it is near: the curve itself says how high it is."""
        k = min(range(len(self._levels)), key=lambda k: abs(self._x(self._levels[k]) - x), default=None)
        return k if k is not None and abs(self._x(self._levels[k]) - x) <= REACH_PX else None

    # -- mouse and keys

    def mousePressEvent(self, event: QMouseEvent) -> None:
        k = self._near(event.position().x())
        if event.button() != Qt.MouseButton.LeftButton or k is None:
            return
        self.point_chosen.emit(k)
        self.hold()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.held:
            self.moved.emit(self._chosen, self._value_at(event.position().y()))
        else:
            grips = self._near(event.position().x()) is not None
            self.setCursor(Qt.CursorShape.SizeVerCursor if grips else Qt.CursorShape.ArrowCursor)

    def let_go(self) -> None:
        super().let_go()
        self._fit()
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, many = event.key(), 10 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        beside = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key))
        if beside is not None:
            self.point_chosen.emit(min(max(self._chosen + beside, 0), len(self._levels) - 1))
            return
        up = {Qt.Key.Key_Up: many, Qt.Key.Key_Down: -many}.get(Qt.Key(key))
        if up is None:
            super().keyPressEvent(event)
            return
        y = self.place(self._chosen).y() - up * self._area().height() / STEPS
        self.gesture_began.emit()
        self.moved.emit(self._chosen, self._value_at(y))
        self.gesture_ended.emit()

    # -- painting

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        area = self._area()
        self._paint_axes(painter, area)
        if self._levels:
            self._paint_curve(painter, area)
        painter.end()

    def _paint_axes(self, painter: QPainter, area: QRectF) -> None:
        palette, axis, T = self._palette, self._axis, len(self._values) - 1
        labels = {
            "left": [(float(self._y(value)), axis.text(value)) for value in axis.ticks(max(2.0, area.height() / 34))],
            "bottom": [(self._x(t), f"{t}") for t in level_ticks(T, max(2.0, area.width() / 70))],
        }
        around = area.adjusted(-POINT_PX, 0, 0, POINT_PX)  # the numbers stand beside the points
        paint_axes(painter, around, labels, palette, self._font, grid=True)
        if self.hasFocus():
            painter.setPen(QPen(QColor(palette.focus), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(around)

    def _paint_curve(self, painter: QPainter, area: QRectF) -> None:
        palette, colour = self._palette, QColor(getattr(self._palette, self.quantity.role))
        painter.save()
        painter.setClipRect(area.adjusted(-1, -1, 1, 1))
        painter.setPen(QPen(QColor(palette.edge), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(self._x(self._t), area.top()), QPointF(self._x(self._t), area.bottom()))
        if self._final is not self._values:
            painter.setPen(QPen(QColor(palette.muted), 1.5, Qt.PenStyle.DashLine))
            paint_line(painter, *self._curve(self._values))
        painter.setPen(QPen(colour, 2))
        paint_line(painter, *self._curve(self._final))
        painter.restore()
        for k in range(len(self._levels)):
            chosen = k == self._chosen
            at = self.place(k)
            at.setY(min(max(at.y(), area.top()), area.bottom()))
            painter.setPen(QPen(colour, 2))
            painter.setBrush(colour if chosen else QColor(palette.card))
            radius = POINT_PX + (1.5 if chosen else 0)
            painter.drawEllipse(at, radius, radius)

    def _curve(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        T = len(values) - 1
        first = 0 if self.quantity.key == "alpha_bar" else 1
        wanted = np.unique(np.rint(np.linspace(first, T, min(T + 1 - first, MOST_DRAWN))).astype(int))
        area = self._area()
        return area.left() + area.width() * wanted / max(1, T), self._y(values[wanted])
