"""SchedulePlot: the curves of a schedule over t, with a cursor whose dots are the equation's numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QCoreApplication, QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QMouseEvent, QPainter, QPaintEvent, QPixmap

from diffviz.diffusion import NoiseSchedule
from diffviz.gui.numbers import decibels, fraction, signed
from diffviz.gui.panels import spread_curves
from diffviz.gui.panels.plot_cursor import FONT_PX, Dot, Name, PlotCursor
from diffviz.gui.panels.quiet_plot import LevelAxis, QuietPlot, ScaledAxis, pen
from diffviz.gui.runs import Fan
from diffviz.palette import DARK, Palette
from diffviz.ticks import nice_ceiling

LEAST_PX = 90  # of the plot with its axis: three ticks have room
LOW_PX = 60  # in a low window, where the pictures need the height more
END_PX = 10  # above and below the curves, at least: half a number's height
LOW_END_PX = 6  # in a low plot, where a number may lie on the other curve's start
NEAR_PX = 60  # of a plot's height, below which names stand close to their curves
NAME_SHARES = (0.02, 0.1, 0.17, 0.25, 0.35, 0.45, 0.55, 0.65, 0.75)  # of the axis, where a name may begin
LOWEST_DB = -80.0  # where ᾱ_T is 0 the curve would go to minus infinity


@dataclass(frozen=True)
class Curve:
    """One curve: its values over t, label, colour in the palette, dash, and how the number at its dot is written."""

    y: np.ndarray
    label: str
    role: str
    dashed: bool
    write: Callable[[float], str]
    shown: np.ndarray | None = None  # the numbers to write, where they differ from what is plotted


def curves_of(schedule: NoiseSchedule, kind: str, fans: Sequence[Fan] = ()) -> tuple[list[Curve], float]:
    """The curves of one view, and the factor of the right-hand axis (0: none). ``fans``: newest last."""
    alpha_bar = schedule.alpha_bar
    if kind == "alpha_bar":
        top = nice_ceiling(float(schedule.beta.max()))
        beta = Curve(
            schedule.beta / top, "β (right axis)", "noise", True, lambda v: f"β {fraction(v, 5)}", schedule.beta
        )
        return [Curve(alpha_bar, "ᾱ", "signal", False, lambda v: f"ᾱ {fraction(v, 4)}"), beta], top
    if kind == "alpha":
        return [Curve(1 - schedule.beta, "α = 1−β", "signal", False, lambda v: fraction(v, 5))], 0.0
    with np.errstate(divide="ignore", over="ignore"):
        if kind == "snr":
            ratio = alpha_bar[1:] / (1 - alpha_bar[1:])
            db = np.maximum(10 * np.log10(ratio), LOWEST_DB)
            plotted = np.concatenate([[np.nan], db])
            return [Curve(plotted, "SNR in dB", "signal", False, lambda v: f"{decibels(v)} dB", alpha_bar)], 0.0
        if kind == "sigma":
            sigma = np.sqrt((1 - alpha_bar[1:]) / np.maximum(alpha_bar[1:], 1e-16))
            shown = np.concatenate([[0.0], sigma])
            plotted = np.concatenate([[np.nan], np.log10(np.maximum(sigma, 1e-8))])
            return [Curve(plotted, "σ = √((1−ᾱ)/ᾱ)", "noise", False, lambda v: signed(f"{v:.4g}"), shown)], 0.0
    if kind == "spread":
        write = lambda v: fraction(v, 3)  # noqa: E731  as the others have it
        one, other = spread_curves.along(fans[-1], schedule.T), spread_curves.outcomes(fans, schedule.T)[0]
        names = spread_curves.NAMES
        return [Curve(one, names[0], "text", False, write), Curve(other, names[1], "muted", True, write)], 0.0
    signal = Curve(np.sqrt(alpha_bar), "√ᾱ  signal", "signal", False, lambda v: fraction(v, 3))
    return [signal, Curve(np.sqrt(1 - alpha_bar), "√(1−ᾱ)  noise", "noise", True, lambda v: fraction(v, 3))], 0.0


class SchedulePlot(QuietPlot):
    """Signals: ``dragged(t)`` for a press or drag in the plot, ``gesture_began`` and ``gesture_ended`` around it."""

    dragged = Signal(int)
    gesture_began = Signal()
    gesture_ended = Signal()
    axis_moved = Signal(float, float)  # x of t = 0 and of t = T, in this widget's pixels

    def __init__(self) -> None:
        axes = {"left": ScaledAxis("left"), "right": ScaledAxis("right"), "bottom": LevelAxis("bottom")}
        super().__init__(axes)
        self.setObjectName("schedule_plot")
        self.setMinimumHeight(LEAST_PX)
        self._view = self.getViewBox()
        self._view.setDefaultPadding(0)
        self._schedule: NoiseSchedule | None = None
        self._kind = "coefficients"
        self._fans: tuple[Fan, ...] = ()
        self._beside: tuple[NoiseSchedule, str] | None = None
        self._points = pg.ScatterPlotItem(size=9)
        self._curves: list[Curve] = []
        self._ends = 0.0, 1.0
        self._rooms: dict[int, list[tuple[Name, QRectF]]] = {}  # of each curve's name, while nothing but t changes
        self._palette, self._scale = DARK, 1.0
        self.t_cursor = PlotCursor()
        self._still: QPixmap | None = None  # everything but the cursor
        self._pressed = self._painting = False
        self._lines = [pg.PlotCurveItem(antialias=True), pg.PlotCurveItem(antialias=True)]
        for z, item in enumerate(self._lines, start=10):
            item.setZValue(z)
            self.addItem(item, ignoreBounds=True)
        self._dotted = [pg.PlotCurveItem(antialias=True), pg.PlotCurveItem(antialias=True)]
        for item in self._dotted:
            self.addItem(item, ignoreBounds=True)
        self._points.setZValue(12)
        self.addItem(self._points, ignoreBounds=True)
        self.scene().changed.connect(self._forget_still)
        self._view.sigResized.connect(self._say_axis)
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
        self._curves, right = curves_of(schedule, kind, fans)
        T = schedule.T
        pinned, right = self._draw_pinned(right)
        levels = np.arange(T + 1, dtype=np.float64)
        for i, line in enumerate(self._lines):
            line.setVisible(i < len(self._curves))
            if i < len(self._curves):
                step = max(1, (T + 1) // 2000)
                line.setData(levels[::step], self._curves[i].y[::step], connect="finite")
        values = np.concatenate([curve.y[np.isfinite(curve.y)] for curve in (*self._curves, *pinned)])
        low, high = (0.0, 1.0) if kind in ("coefficients", "alpha_bar") else (float(values.min()), float(values.max()))
        points = spread_curves.outcomes(fans, T)[1] if kind == "spread" else []
        self._points.setData([t for t, _ in points], [spread for _, spread in points])
        if kind == "spread":
            low, high = 0.0, 1.6 * max(high, 0.05)  # the names stand above the curves
        self._ends = low, high
        self._fit_range()
        self.getAxis("left").power = kind == "sigma"
        self.getAxis("bottom").T = T
        self.getAxis("right").factor = right or 1.0
        self.getAxis("right").setStyle(showValues=bool(right))
        for axis in ("left", "right", "bottom"):
            self.getAxis(axis).picture = None  # labels changed without the range
            self.getAxis(axis).update()
        self._draw_look()
        self.show_t(self.t_cursor.t)

    def _draw_pinned(self, right: float) -> tuple[list[Curve], float]:
        """The pinned schedule's curves, both schedules' β on one right-hand axis, and that axis's factor."""
        shown: list[Curve] = []
        if self._beside is not None and self._schedule is not None and self._kind != "spread":
            other = self._beside[0]
            shown, factor = curves_of(other, self._kind)
            if right:  # β, as shares of the axis
                top = max(right, factor)
                self._curves[1] = replace(self._curves[1], y=self._curves[1].y * (right / top))
                shown[1], right = replace(shown[1], y=shown[1].y * (factor / top)), top
            step = max(1, (other.T + 1) // 2000)
            levels = np.arange(other.T + 1, dtype=np.float64)[::step] * (self._schedule.T / other.T)
            for line, curve in zip(self._dotted, shown, strict=False):
                line.setData(levels, curve.y[::step], connect="finite")
        for i, line in enumerate(self._dotted):
            line.setVisible(i < len(shown))
        return shown, right

    def _fit_range(self) -> None:
        """All of the curves, with room for the numbers and ticks of both ends, on a low plot too."""
        (low, high), height = self._ends, self._view.sceneBoundingRect().height()
        self.t_cursor.near = height < NEAR_PX * self._scale
        edge = (LOW_END_PX if self.t_cursor.near else END_PX) * self._scale
        for name in ("left", "right"):
            axis = self.getAxis(name)
            axis.first, axis.last = (low, high) if self._kind != "spread" else (-math.inf, math.inf)
        share = max(0.09, edge / max(edge, height - 2 * edge))
        margin = share * (high - low or 1.0)
        T = self._schedule.T if self._schedule is not None else 1
        self._view.setRange(xRange=(0, T), yRange=(low - margin, high + margin), padding=0)
        self._rooms = {}

    def show_t(self, t: float) -> None:
        """Move the cursor and its dots to level t, whole or between two."""
        if self._schedule is None:
            return
        T = self._schedule.T
        t = min(t, T)
        low, high = self._view.viewRange()[1]
        points = self._heights(self._schedule, t)
        dots = []
        for i, (curve, (y, value)) in enumerate(zip(self._curves, points, strict=True)):
            if np.isfinite(y):
                # the upper number stands above its dot, the lower one below, unless the plot ends there
                place = (y - low) / (high - low)
                upper = len(points) == 1 or (y, -i) >= (points[1 - i][0], i - 1)
                above = place < 0.82 if upper else place < 0.18
                dots.append(Dot(t, y, curve.write(value), curve.role, above))
        left = t > 0.8 * T
        area = self._view.sceneBoundingRect()
        numbers = self.t_cursor.numbers(dots, self._pixel, area, left)
        names = self._names(T, numbers)
        names += self._pinned_name(T, numbers + [self.t_cursor.box_of(name, self._pixel) for name in names])
        self.t_cursor.show(t, dots, names, left)
        self.viewport().update()

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
        self.setBackground(palette.card)
        self.t_cursor.set_look(palette, scale)
        font = QFont("DejaVu Sans")
        font.setPixelSize(round(FONT_PX * scale))
        for name in ("left", "bottom", "right"):
            axis = self.getAxis(name)
            self.showAxis(name)
            axis.setPen(pen(self, palette.border))
            axis.setTextPen(pg.mkPen(palette.muted))
            axis.setTickFont(font)
            axis.setStyle(tickLength=-4, tickTextOffset=round(6 * scale), hideOverlappingLabels=round(40 * scale))
        self.getAxis("left").setWidth(round(52 * scale))
        self.getAxis("right").setWidth(round(52 * scale))
        self.getAxis("bottom").setHeight(round(22 * scale))
        self.getPlotItem().showGrid(x=False, y=True, alpha=0.12)
        self._draw_look()
        self._fit_range()
        self.show_t(self.t_cursor.t)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.set_look(self._palette, self._scale)
        return super().event(event)

    def _draw_look(self) -> None:
        for i, curve in enumerate(self._curves):
            colour = getattr(self._palette, curve.role)
            style = Qt.PenStyle.DashLine if curve.dashed else Qt.PenStyle.SolidLine
            self._lines[i].setPen(pen(self, colour, 2 * self._scale, style))
            self._dotted[i].setPen(pen(self, colour, 1.5 * self._scale, Qt.PenStyle.DotLine))
        self._points.setPen(pen(self, self._palette.card))
        self._points.setBrush(pg.mkBrush(self._palette.muted))

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
        """What the dotted curves are, where there is room at the top or the foot; in a low plot only there."""
        if self._beside is None or self._kind == "spread":
            return []
        low, high = self._view.viewRange()[1]
        text = f"┈ {self._beside[1]}"
        sides = ((share * T, y, y == low) for y in (high, low) for share in (0.4, 0.3, 0.5, 0.6))
        wanted = [Name(t, y, text, "muted", False, above) for t, y, above in sides]
        boxes = [(name, self.t_cursor.box_of(name, self._pixel)) for name in wanted]
        free = (n for n, b in boxes if not self._meets_curve(b) and not any(b.intersects(other) for other in taken))
        return [name for name in (next(free, None if self.t_cursor.near else wanted[0]),) if name is not None]

    def _free_places(self, i: int, curve: Curve, T: int) -> list[tuple[Name, QRectF]]:
        """Where the name lies on no curve, the best place first: the first under its start, the second at its end."""
        low, high = self._view.viewRange()[1]
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
        area = self._view.sceneBoundingRect()
        placed = [(name, self.t_cursor.box_of(name, self._pixel)) for name in wanted]
        kept = [(name, box) for name, box in placed if area.contains(box) and not self._meets_curve(box)]
        return kept or ([] if self.t_cursor.near else placed[:1])

    def _meets_curve(self, box: QRectF) -> bool:
        area = self._view.sceneBoundingRect()
        T = self._schedule.T if self._schedule is not None else 1
        across = T / max(1.0, area.width())
        first = max(0, math.floor((box.left() - area.left()) * across))
        last = min(T, math.ceil((box.right() - area.left()) * across))
        low, high = self._view.viewRange()[1]
        up = area.height() / (high - low)
        for curve in self._curves:
            y = area.bottom() - (curve.y[first : last + 1] - low) * up
            if np.any((y > box.top()) & (y < box.bottom())):
                return True
        return False

    def _pixel(self, t: float, y: float) -> QPointF:
        """Where (t, y) of the axes is, in this widget's pixels."""
        area, (low, high) = self._view.sceneBoundingRect(), self._view.viewRange()[1]
        T = self._schedule.T if self._schedule is not None else 1
        return QPointF(area.left() + t * area.width() / T, area.bottom() - (y - low) * area.height() / (high - low))

    # -- painting

    def _forget_still(self) -> None:
        self._still = None
        if not self._painting:
            self.viewport().update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Axes and curves come from a picture of them, drawn when anything of it has changed."""
        self._painting = True  # what the scene has still to say of changes is in this paint, not in one more
        QCoreApplication.sendPostedEvents(self.scene(), QEvent.Type.MetaCall.value)
        self._painting = False
        ratio = self.devicePixelRatioF()
        size = QSize(math.ceil(self.viewport().width() * ratio), math.ceil(self.viewport().height() * ratio))
        if self._still is None or self._still.size() != size:
            self._still = QPixmap(size)
            self._still.setDevicePixelRatio(ratio)
            self._still.fill(QColor(self._palette.card))
            self._draw_still(self._still)
        painter = QPainter(self.viewport())
        painter.drawPixmap(0, 0, self._still)
        self.t_cursor.paint(painter, self._view.sceneBoundingRect(), self._pixel)
        painter.end()

    def _draw_still(self, still: QPixmap) -> None:
        painter = QPainter(still)
        area = self.viewport().rect()
        self.render(painter, QRectF(area), area)  # without them it counts the pixmap's pixels, not the widget's
        painter.end()

    # -- geometry and mouse

    def track(self) -> tuple[float, float]:
        """x of t = 0 and of t = T, in this widget's pixels."""
        rect = self._view.sceneBoundingRect()
        return rect.left(), rect.right()

    def _say_axis(self) -> None:
        self._fit_range()
        self.show_t(self.t_cursor.t)
        self.axis_moved.emit(*self.track())

    def _level_at(self, x: float) -> int:
        left, right = self.track()
        T = self._schedule.T if self._schedule is not None else 1
        return round(min(1.0, max(0.0, (x - left) / max(1.0, right - left))) * T)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Press or drag moves t, like the slider under the plot."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = True
            self.gesture_began.emit()
            self.dragged.emit(self._level_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed:
            self.dragged.emit(self._level_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed:
            self._pressed = False
            self.gesture_ended.emit()

    def wheelEvent(self, event: object) -> None:
        """The plot does not zoom; the page may scroll."""
        event.ignore()  # type: ignore[attr-defined]
