"""SchedulePlot: the curves of a schedule over t, with a cursor whose dots are the equation's numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, product

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from diffviz.diffusion import NoiseSchedule
from diffviz.gui.panels.dragged import Dragged
from diffviz.gui.panels.lens_ink import paint_line
from diffviz.gui.panels.plot_axes import paint_axes, upright_fit
from diffviz.gui.panels.plot_cursor import FONT_PX, Dot, Name, PlotCursor
from diffviz.gui.panels.schedule_curves import Curve, curves_of, outcomes
from diffviz.gui.runs import Fan
from diffviz.gui.theme import letters
from diffviz.numerals import tick_text
from diffviz.palette import DARK, Palette
from diffviz.ticks import level_ticks, power_ticks, spaced_ticks

LEAST_PX = 90  # of the plot with its axis: three ticks have room
LOW_PX = 60  # in a low window, where the pictures need the height more
SIDE_PX, FOOT_PX = 52, 22  # of the axes, with their numbers
LEVEL_PX = 70  # of a label on the axis of t
POINT_PX = 4.5  # radius
END_PX = 10  # above and below the curves, at least: half a number's height
LOW_END_PX = 6  # in a low plot, where a number may lie on the other curve's start
NEAR_PX = 60  # of a plot's height, below which names stand close to their curves
CURSOR_PX = 3.0  # at both sides of it, which a name leaves free
NAME_SHARES = (0.02, 0.1, 0.17, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75)  # of the axis, where a name may begin
PINNED_SHARES = (0.4, 0.3, 0.5, 0.6, 0.7, 0.2, 0.8, 0.1)  # where that of the pinned one may
MOST_POINTS = 2000  # of a curve: more than there are pixels


class SchedulePlot(Dragged, QWidget):
    """Signals: ``dragged(t)`` for a press or drag in the plot, and those of ``Dragged`` around it."""

    dragged = Signal(int)
    axis_moved = Signal(float, float)  # x of t = 0 and of t = T, in this widget's pixels

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("schedule_plot")
        self.setMinimumHeight(LEAST_PX)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # the keys have the slider
        self._schedule: NoiseSchedule | None = None
        self._kind = "coefficients"
        self._fans: tuple[Fan, ...] = ()
        self._beside: tuple[NoiseSchedule, str] | None = None
        self._points: list[tuple[float, float]] = []
        self._curves: list[Curve] = []
        self._pinned: list[Curve] = []
        self._right = 0.0  # what 1 is on the right-hand axis; 0: it says nothing
        self._ends = self._range = 0.0, 1.0  # of the curves, and of the upright axes
        self._rooms: dict[int, list[tuple[Name, QRectF]]] = {}  # of each curve's name, while nothing but t changes
        self._palette, self._scale = DARK, 1.0
        self.t_cursor = PlotCursor()
        self._still: QPixmap | None = None  # everything but the cursor
        self._placed: float | None = None  # the t at which names and numbers stand as all else asks for
        self.set_look(DARK, 1.0)

    # -- what is shown

    @property
    def names(self) -> list[str]:
        """What the curves are called."""
        return [curve.label for curve in self._curves]

    def show_schedule(
        self,
        schedule: NoiseSchedule,
        kind: str,
        fans: tuple[Fan, ...] = (),
        beside: tuple[NoiseSchedule, str] | None = None,
    ) -> None:
        """Draw a schedule's curves: coefficients, alpha_bar, snr or sigma; or the spread of at least one fan.

        ``beside``: another schedule, whose curves are dotted, over the same t/T, and its name.
        """
        same = schedule is self._schedule and kind == self._kind and beside == self._beside
        if same and (kind != "spread" or fans == self._fans):
            return
        self._schedule, self._kind, self._fans, self._beside = schedule, kind, fans, beside
        self._curves, self._right = curves_of(schedule, kind, fans)
        self._pinned = self._pinned_curves()
        values = np.concatenate([curve.y[np.isfinite(curve.y)] for curve in (*self._curves, *self._pinned)])
        low, high = (0.0, 1.0) if kind in ("coefficients", "alpha_bar") else (float(values.min()), float(values.max()))
        self._points = outcomes(fans, schedule.T)[1] if kind == "spread" else []
        if kind == "spread":
            low, high = 0.0, 1.6 * max(high, 0.05)  # the names stand above the curves
        self._ends = low, high
        self._fit_range()
        self.show_t(self.t_cursor.t)

    def _pinned_curves(self) -> list[Curve]:
        """The pinned schedule's curves, and both schedules' β on one right-hand axis."""
        if self._beside is None or self._kind == "spread":
            return []
        shown, factor = curves_of(self._beside[0], self._kind)
        if self._right:  # β, as shares of the axis
            top = max(self._right, factor)
            self._curves[1] = replace(self._curves[1], y=self._curves[1].y * (self._right / top))
            shown[1], self._right = replace(shown[1], y=shown[1].y * (factor / top)), top
        return shown

    def _fit_range(self) -> None:
        """All of the curves, with room for the numbers and ticks of both ends, on a low plot too."""
        (low, high), height = self._ends, self.area.height()
        self.t_cursor.near = height < NEAR_PX * self._scale
        edge = (LOW_END_PX if self.t_cursor.near else END_PX) * self._scale
        share = max(0.09, edge / max(edge, height - 2 * edge))
        margin = share * (high - low or 1.0)
        self._range = low - margin, high + margin
        self._rooms = {}
        self._still = self._placed = None
        self.update()

    def show_t(self, t: float) -> None:
        """Move the cursor and its dots to level t, whole or between two."""
        T = self._T
        t = min(t, T)
        if self._schedule is None or t == self._placed:
            return
        low, high = self._range
        area = self.area
        need = self.t_cursor.number_height / max(1.0, area.height())
        points = self._heights(self._schedule, t)
        dots = []
        for i, (curve, (y, value)) in enumerate(zip(self._curves, points, strict=True)):
            if np.isfinite(y):
                # the upper number stands above its dot, the lower one below, unless the plot ends there
                place = (y - low) / (high - low)
                upper = len(points) == 1 or (y, -i) >= (points[1 - i][0], i - 1)
                above = 1 - place >= need or place < need if upper else place < need <= 1 - place
                dots.append(Dot(t, y, curve.write(value), curve.role, above))
        left = t > 0.8 * T
        line = QRectF(self._pixel(t, 0).x() - CURSOR_PX, area.top(), 2 * CURSOR_PX, area.height())
        curves = (*self._curves, *self._pinned)
        boxes = self.t_cursor.numbers(dots, self._pixel, area, left, lambda box: self._meets(box, curves))
        numbers = [line, *boxes]
        names = self._names(T, numbers)
        names += self._pinned_name(T, numbers + [self.t_cursor.box_of(name, self._pixel) for name in names])
        self.t_cursor.show(t, dots, names, boxes)
        self._placed = t
        self.update()

    def _heights(self, schedule: NoiseSchedule, t: float) -> list[tuple[float, float]]:
        """Height and number of each curve at level t."""
        whole = round(t)
        places = [(curve, whole) for curve in self._curves]
        if whole != t and self._kind != "spread":
            # a schedule of this level alone says it exactly; β belongs to whole steps
            alone = NoiseSchedule(np.array([0.0, 1.0 - schedule.alpha_bar_at(t)]))
            exact = [(curve, 1) for curve in curves_of(alone, self._kind)[0]]
            places = [exact[0], places[1]] if self._kind == "alpha_bar" else exact
        return [(float(c.y[at]), float((c.y if c.shown is None else c.shown)[at])) for c, at in places]

    def set_look(self, palette: Palette, scale: float) -> None:
        """Colours and text size."""
        self._palette, self._scale = palette, scale
        self._font = letters(FONT_PX * scale)
        self.t_cursor.set_look(palette, scale)
        self._say_axis()

    def _names(self, T: int, numbers: list[QRectF]) -> list[Name]:
        """The first places for the curves' names that nothing else is in; a low plot without one leaves a name out."""
        low = self.t_cursor.near
        rooms = []
        for i, curve in enumerate(self._curves):
            if i not in self._rooms:
                self._rooms[i] = self._free_places(i, curve, T)
            free = [room for room in self._rooms[i] if not any(room[1].intersects(number) for number in numbers)]
            rooms.append(free if free or low else self._rooms[i][:1])
        choices = list(product(*filter(None, rooms)))
        apart = (each for each in choices if not any(a.intersects(b) for (_, a), (_, b) in combinations(each, 2)))
        return [name for name, _ in next(apart, choices[0][:1] if low else choices[0])]

    def _pinned_name(self, T: int, taken: list[QRectF]) -> list[Name]:
        """What the dotted curves are, where there is room: at the top, the foot, or between; else nowhere."""
        if self._beside is None or self._kind == "spread":
            return []
        low, high = self._range
        text = f"┈ {self._beside[1]}"
        heights = high, low, *(low + share * (high - low) for share in (0.8, 0.6, 0.4))
        sides = ((share * T, y, y == low) for y in heights for share in PINNED_SHARES)
        wanted = [Name(t, y, text, "muted", False, above) for t, y, above in sides]
        boxes = [(name, self.t_cursor.box_of(name, self._pixel)) for name in wanted]
        free = [(n, b) for n, b in boxes if not any(b.intersects(other) for other in taken)]
        free = [(n, b) for n, b in free if not self._meets(b, self._curves)]
        clear = [(n, b) for n, b in free if not self._meets(b, self._pinned)]  # in a low plot they leave no such place
        return [name for name, _ in clear or free][:1]

    def _free_places(self, i: int, curve: Curve, T: int) -> list[tuple[Name, QRectF]]:
        """Where the name lies on no curve, the best place first: the first under its start, the second at its end."""
        low, high = self._range
        if self._kind == "spread" or len(self._curves) == 1:
            # in the corners that the curves leave free: σ rises, SNR falls, spreads have room above them
            ends = i > 0 if self._kind == "spread" else self._kind != "sigma"
            shares = (0.98, 0.78, 0.58) if ends else (0.02, 0.22, 0.42)
            wanted = [Name(T * share, high, curve.label, curve.role, ends, False) for share in shares]
        else:
            wanted = []
            for share in NAME_SHARES:
                y = float(curve.y[max(1, round(T * (1 - share if i else share)))])
                t = T * (1 - share if i else share)
                sides = (False, True) if y > (low + high) / 2 else (True, False)
                wanted += [Name(t, y, curve.label, curve.role, i > 0, above) for above in sides if np.isfinite(y)]
        area = self.area
        placed = [(name, self.t_cursor.box_of(name, self._pixel)) for name in wanted]
        kept = [(name, box) for name, box in placed if area.contains(box) and not self._meets(box, self._curves)]
        kept.sort(key=lambda room: self._meets(room[1], self._pinned))
        return kept or ([] if self.t_cursor.near else placed[:1])

    def _meets(self, box: QRectF, curves: Sequence[Curve]) -> bool:
        area, (low, high) = self.area, self._range
        x = np.linspace(box.left(), box.right(), max(2, round(box.width() / 2)))
        t, up = (x - area.left()) * (self._T / max(1.0, area.width())), area.height() / (high - low)
        for curve in curves:
            y = area.bottom() - (np.interp(t, np.arange(len(curve.y)), curve.y) - low) * up
            ends = np.minimum(y[1:], y[:-1]), np.maximum(y[1:], y[:-1])  # a steep one passes between two places
            if np.any((ends[1] > box.top()) & (ends[0] < box.bottom())):
                return True
        return False

    def _pixel(self, t: float, y: float) -> QPointF:
        """Where (t, y) of the axes is, in this widget's pixels."""
        area, (low, high) = self.area, self._range
        return QPointF(
            area.left() + t * area.width() / self._T, area.bottom() - (y - low) * area.height() / (high - low)
        )

    # -- painting

    def labels(self, side: str) -> list[tuple[float, str]]:
        """What the axis at the "left", the "right" or the "bottom" says, and where, in the units that are plotted."""
        if side == "bottom":
            most = max(2.0, min(10.0, self.area.width() / LEVEL_PX))
            return [(float(t), f"{t:g}") for t in level_ticks(self._T, most)]
        if side == "right" and not self._right:
            return []
        (low, high), (foot, top), pixels = self._ends, self._range, max(1.0, self.area.height())
        fit = upright_fit(self._font, pixels / (top - foot))
        if self._kind == "sigma":
            return [(y, tick_text(10**y, True)) for y in power_ticks(foot, high, pixels / (2 * FONT_PX), fit)]
        factor = self._right if side == "right" else 1.0
        return [(y, tick_text(y * factor)) for y in spaced_ticks(low, high, fit)]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes and curves come from a picture of them, drawn when anything of it has changed."""
        ratio = self.devicePixelRatioF()
        size = QSize(math.ceil(self.width() * ratio), math.ceil(self.height() * ratio))
        if self._still is None or self._still.size() != size:
            self._still = QPixmap(size)
            self._still.setDevicePixelRatio(ratio)
            self._still.fill(QColor(self._palette.card))
            painter = QPainter(self._still)
            self._paint_axes(painter)
            self._paint_curves(painter)
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._still)
        self.t_cursor.paint(painter, self.area, self._pixel)
        painter.end()

    def _paint_axes(self, painter: QPainter) -> None:
        labels = {side: [(self._pixel(0, y).y(), text) for y, text in self.labels(side)] for side in ("left", "right")}
        labels["bottom"] = [(self._pixel(t, 0).x(), text) for t, text in self.labels("bottom")]
        paint_axes(painter, self.area, labels, self._palette, self._font, grid=True)

    def _paint_curves(self, painter: QPainter) -> None:
        painter.setClipRect(self.area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        styles = Qt.PenStyle
        for curve in self._pinned:
            self._paint_curve(painter, curve, 1.5, styles.DotLine)
        for curve in self._curves:
            self._paint_curve(painter, curve, 2, styles.DashLine if curve.dashed else styles.SolidLine)
        painter.setPen(QColor(self._palette.card))
        painter.setBrush(QColor(self._palette.muted))
        for t, y in self._points:
            painter.drawEllipse(self._pixel(t, y), POINT_PX, POINT_PX)

    def _paint_curve(self, painter: QPainter, curve: Curve, width: float, style: Qt.PenStyle) -> None:
        area, (low, high), T = self.area, self._range, len(curve.y) - 1
        step = max(1, (T + 1) // MOST_POINTS)
        x = area.left() + np.arange(T + 1)[::step] * (area.width() / T)
        y = area.bottom() - (curve.y[::step] - low) * (area.height() / (high - low))
        painter.setPen(QPen(QColor(getattr(self._palette, curve.role)), width * self._scale, style))
        paint_line(painter, x, y)

    # -- geometry and mouse

    @property
    def area(self) -> QRectF:
        """Where the curves are, between the axes, in this widget's pixels."""
        side, foot = round(SIDE_PX * self._scale), round(FOOT_PX * self._scale)
        return QRectF(self.rect()).adjusted(side + 1, 1, -side, -foot)

    @property
    def _T(self) -> int:
        return self._schedule.T if self._schedule is not None else 1

    def track(self) -> tuple[float, float]:
        """x of t = 0 and of t = T, in this widget's pixels."""
        return self.area.left(), self.area.right()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._say_axis()

    def _say_axis(self) -> None:
        self._fit_range()
        self.show_t(self.t_cursor.t)
        self.axis_moved.emit(*self.track())

    def _level_at(self, x: float) -> int:
        left, right = self.track()
        return round(min(1.0, max(0.0, (x - left) / max(1.0, right - left))) * self._T)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Press or drag moves t, like the slider under the plot."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.hold()
            self.dragged.emit(self._level_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.held:
            self.dragged.emit(self._level_at(event.position().x()))
