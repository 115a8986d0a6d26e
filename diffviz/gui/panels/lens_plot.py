"""LensPlot: draws the plots of a chart side by side, with a cursor at t that can be dragged.

Painted by itself: what does not move is drawn once into a picture, so that a move of the slider costs a few lines.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QStaticText,
    QTextOption,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from diffviz.chart import Chart, Plot
from diffviz.gui.panels.dragged import Dragged
from diffviz.gui.panels.lens_ink import Ink
from diffviz.gui.panels.lens_marks import DOT_PX, LANE, Marks, Words, at_grip
from diffviz.gui.theme import rich
from diffviz.palette import DARK, Palette

LEFT, RIGHT, TOP, BOTTOM = 52, 14, 22, 22  # around an area: numbers at its left and under it, names above it
ALONE_RIGHT = 52  # where one plot over t has all the room, that the slider is as wide as with the schedule's curves
LEAST_PX, WANTED_PX, TALL_PX = 104, 150, 340  # of the height
LINE = 16  # of names, where they take two
LEAST_AREA = 40  # of an area under a lane of names; where it would be lower they stand in it
SAMPLE, BESIDE = 20, 18  # of a line in the legend, and around it and its name
LEAST_SAMPLE, LEAST_BESIDE = 8, 9  # where the names have little room
EDGE = 4  # what title and names leave free at both sides


@dataclass
class _Drawn:
    """What of one plot does not move, as pictures of the size that they were made for.

    ``frame``: axes and names, with ``lines`` of them; ``picture``: with the series, which many a lens has anew at every
    t.
    """

    plot: Plot
    rect: QRectF
    lines: int
    frame: QPixmap
    picture: QPixmap
    area: QRectF = field(default_factory=QRectF)


class LensPlot(Dragged, QWidget):
    """Signals: ``dragged(t)`` for a press or drag in a plot over t, ``grip_dragged(y)`` of its grip, and those
    of ``Dragged`` around them; ``painted()`` when the newest chart has reached the screen."""

    dragged = Signal(int)
    grip_dragged = Signal(float)
    painted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("lens_plot")
        self.setMinimumHeight(LEAST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._chart: Chart | None = None
        self._drawn: list[_Drawn] = []
        self._pressed = QRectF()
        self._gripped: _Drawn | None = None
        self._grip: float | None = None  # where it is held, until a chart says so
        self.setMouseTracking(True)
        self._t_axis = 1.0  # T of the plot that was pressed
        self.fresh = self.tall = False  # a chart was set and is not painted yet; it wants more height than others
        self.wordy = False  # there are words alone, why there is no chart
        self.set_look(DARK, 1.0)

    @property
    def more(self) -> int:
        """By how much it would be higher where there is room."""
        if self.wordy:
            return 0
        return round((TALL_PX if self.tall else WANTED_PX) * self._scale) - LEAST_PX

    def show_chart(self, chart: Chart | None) -> None:
        """Draw a chart; None: nothing is known yet."""
        self._chart = chart
        self._grip = self._grip if self.held and self._gripped is not None else None
        self.fresh = True
        self.setAccessibleName("" if chart is None else ", ".join(plot.title for plot in chart.plots))
        self.update()

    def set_look(self, palette: Palette, scale: float) -> None:
        """Colours and text size."""
        self._palette, self._scale, self._ink, self._words = palette, scale, Ink(palette, scale), Words(scale)
        self._marks = Marks(palette, scale, self._ink, self._words)
        self._drawn = []
        self.update()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self._drawn = []
        return super().event(event)

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._palette.card))
        plots = self._chart.plots if self._chart is not None else ()
        if self._chart is not None and self._chart.message:
            self._paint_message(painter, self._chart.message)
        known, self._drawn = self._drawn, []
        places = self._places(plots)
        # the same for all, so that their areas stand in a row
        lines = max((self._lines(plot, rect.width()) for plot, rect in zip(plots, places, strict=True)), default=1)
        for i, (plot, rect) in enumerate(zip(plots, places, strict=True)):
            before = known[i] if i < len(known) and _framed(known[i], plot, rect, lines) else None
            same = before is not None and _same(before.plot, plot)
            drawn = before if before is not None and same else self._draw(plot, rect, lines, before)
            if plot.grip is not None and self._grip is not None:
                plot = replace(plot, grip=self._grip)
            drawn.plot = plot
            self._drawn.append(drawn)
            painter.drawPixmap(rect.topLeft(), drawn.picture)
            self._marks.paint(painter, plot, drawn.area, self._lane(plot, rect.height(), lines) > 0)
        painter.end()
        if self.fresh:
            self.fresh = False
            self.painted.emit()

    def _places(self, plots: tuple[Plot, ...]) -> list[QRectF]:
        """Where each plot stands: by their shares, and names have the room that others can spare."""
        total, places, x = sum(plot.width for plot in plots), [], 0.0
        widths = [self.width() * plot.width / total for plot in plots]
        spare = [
            width - self._names(plot, LEAST_SAMPLE + LEAST_BESIDE) - 2 * EDGE * self._scale
            for plot, width in zip(plots, widths, strict=True)
        ]
        given = min(1.0, -sum(min(0.0, room) for room in spare) / max(1.0, sum(max(0.0, room) for room in spare)))
        taken = [room * given if room > 0 else room for room in spare]
        for width in (width - less for width, less in zip(widths, taken, strict=True)):
            places.append(QRectF(round(x), 0, round(x + width) - round(x), self.height()))
            x += width
        return places

    def _paint_message(self, painter: QPainter, text: str) -> None:
        painter.setFont(self._words.font)
        painter.setPen(QColor(self._palette.muted))
        area = QRectF(self.rect()).adjusted(16, 8, -16, -8)
        words = QStaticText(rich(text))
        words.setTextOption(QTextOption(Qt.AlignmentFlag.AlignHCenter))
        words.setTextWidth(area.width())
        words.prepare(font=self._words.font)
        top = area.top() + max(0.0, (area.height() - words.size().height()) / 2)
        painter.drawStaticText(QPointF(area.left(), top), words)

    def _lane(self, plot: Plot, height: float, lines: int) -> int:
        """What is left free over the area for the names of its marks, where it stays high enough."""
        left = height / self._scale - TOP - (lines - 1) * LINE - BOTTOM - LANE
        return LANE if plot.named and left >= LEAST_AREA else 0

    def _right(self, width: float) -> int:
        return ALONE_RIGHT if width == self.width() else RIGHT

    def _draw(self, plot: Plot, rect: QRectF, lines: int, before: _Drawn | None) -> _Drawn:
        """Axes, names and series, as a picture; ``before``: what was drawn in the same frame."""
        right, top = self._right(rect.width()), TOP + (lines - 1) * LINE + self._lane(plot, rect.height(), lines)
        area = QRectF(QPointF(0, 0), rect.size()).adjusted(
            *(self._scale * edge for edge in (LEFT, top, -right, -BOTTOM))
        )
        frame = before.frame if before is not None else self._frame(plot, rect, area)
        picture = frame.copy()
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(area.adjusted(-1, -2, 1, 2))
        for shade in plot.shades:
            self._ink.paint_shade(painter, plot, shade, area)
        for series in plot.series:
            self._ink.paint(painter, plot, series, area)
        painter.end()
        return _Drawn(plot, rect, lines, frame, picture, area.translated(rect.topLeft()))

    def _frame(self, plot: Plot, rect: QRectF, area: QRectF) -> QPixmap:
        ratio = self.devicePixelRatioF()
        frame = QPixmap(QSize(math.ceil(rect.width() * ratio), math.ceil(rect.height() * ratio)))
        frame.setDevicePixelRatio(ratio)
        frame.fill(QColor(self._palette.card))
        painter = QPainter(frame)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._words.font)
        self._paint_axes(painter, plot, area)
        self._paint_head(painter, plot, area.right(), rect.width() - EDGE * self._scale)
        painter.end()
        return frame

    def _paint_axes(self, painter: QPainter, plot: Plot, area: QRectF) -> None:
        palette, line, scale = self._palette, self._words.metrics.height(), self._scale
        grid, text = QPen(QColor(palette.plot_grid)), QColor(palette.muted)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        free = math.inf
        for tick in plot.y.ticks(max(2.0, area.height() / (26 * scale))):
            y = area.bottom() - float(plot.y.share(tick)) * area.height()
            painter.setPen(grid)
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            if y <= free:
                painter.setPen(text)
                left = area.left() - LEFT * scale
                box = QRectF(left, y - line / 2, (LEFT - 6) * scale, line)
                painter.drawText(box, right, plot.y.text(tick))
                free = y - line
        painter.setPen(QPen(QColor(palette.border)))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        free, end = -math.inf, area.right() + RIGHT * scale
        label = "" if plot.x.levels and plot.t is not None else plot.x.label  # t is the slider's, which stands below
        if label:  # at the right end, where the numbers leave room
            words = self._words(label)
            end -= words.size().width() + 6 * scale
            painter.setPen(text)
            painter.drawStaticText(QPointF(end + 6 * scale, area.bottom() + 3 * scale), words)
        for tick in plot.x.ticks(max(2.0, area.width() / (55 * scale))):
            x = area.left() + float(plot.x.share(tick)) * area.width()
            painter.setPen(QPen(QColor(palette.border)))
            painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + 4))
            shown, wide = plot.x.text(tick), self._words.metrics.horizontalAdvance(plot.x.text(tick))
            start = min(x - wide / 2, end - wide)
            if start >= free and x <= end:
                painter.setPen(text)
                painter.drawText(QPointF(start, area.bottom() + 4 * scale + self._words.metrics.ascent()), shown)
                free = start + wide + 6 * scale

    def _lines(self, plot: Plot, width: float) -> int:
        """How many the names over a plot take: two where the title leaves those of the lines no room beside it."""
        free = width - (LEFT + 12 + self._right(width)) * self._scale
        return 1 if self._names(plot) <= free - self._words(plot.title).size().width() else 2

    def _names(self, plot: Plot, piece: float = SAMPLE + BESIDE) -> float:
        """How wide the names of all lines are, each with a piece of its line."""
        named = [series.name for series in plot.series if series.name]
        return sum(self._words(name).size().width() + piece * self._scale for name in named)

    def _pieces(self, plot: Plot, room: float) -> tuple[float, float]:
        """How long the pieces of lines are, and what stands around them, so that the names fit."""
        count = max(1, sum(bool(series.name) for series in plot.series))
        free = (room - self._names(plot, 0)) / count / self._scale
        piece = max(LEAST_SAMPLE + LEAST_BESIDE, min(SAMPLE + BESIDE, free))
        sample = max(LEAST_SAMPLE, piece - BESIDE)
        return sample, piece - sample

    def _paint_head(self, painter: QPainter, plot: Plot, right: float, edge: float) -> None:
        """The title at the left, each line's name with a piece of the line at the right, or under the title.

        ``right``: of the area, where they end; where they are wider, at ``edge``.
        """
        scale, y, x = self._scale, 2 * self._scale, right
        title, left = self._words(plot.title), LEFT * self._scale
        below = left + title.size().width() + 12 * scale > right - self._names(plot)
        sample, beside = self._pieces(plot, edge - EDGE * scale)
        names = self._names(plot, sample + beside)
        wide = max(title.size().width(), names) if below else 0.0
        left = max(EDGE * scale, min(left, right - wide))  # over the axis's numbers too, where they would be cut
        painter.setPen(QColor(self._palette.muted))
        painter.drawStaticText(QPointF(left, y), self._words.fitted(plot.title, edge - left))
        if below:
            y, x = y + LINE * scale, left + names
        for series in reversed([series for series in plot.series if series.name]):
            words = self._words(series.name)
            x -= words.size().width() + (sample + beside) * scale
            painter.setPen(QColor(self._ink.colour(series.role)))
            painter.drawStaticText(QPointF(x + (sample + 5) * scale, y), words)
            self._ink.paint_sample(painter, series, QPointF(x, y + words.size().height() / 2), sample)

    # -- mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Press or drag in a plot over t moves t, like the slider under it; its grip moves alone."""
        for drawn in self._drawn:
            if self._over_grip(drawn, event.position()) and event.button() == Qt.MouseButton.LeftButton:
                self._gripped = drawn
                self.hold()
                return
            if drawn.plot.t is not None and drawn.rect.contains(event.position()):
                if event.button() == Qt.MouseButton.LeftButton:
                    self._gripped, self._pressed, self._t_axis = None, drawn.area, drawn.plot.x.high
                    self.hold()
                    self.mouseMoveEvent(event)
                return

    def _over_grip(self, drawn: _Drawn, point: QPointF) -> bool:
        if drawn.plot.grip is None:
            return False
        return (at_grip(drawn.plot, drawn.area) - point).manhattanLength() < 3 * DOT_PX * self._scale

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if not self.held:
            over = any(self._over_grip(drawn, event.position()) for drawn in self._drawn)
            self.setCursor(Qt.CursorShape.SizeVerCursor if over else Qt.CursorShape.ArrowCursor)
        elif self._gripped is not None:
            area, axis = self._gripped.area, self._gripped.plot.y
            share = min(max((area.bottom() - event.position().y()) / max(1.0, area.height()), 0.0), 1.0)
            self._grip = axis.low + share * (axis.high - axis.low)
            self.update()
            self.grip_dragged.emit(self._grip)
        else:
            share = (event.position().x() - self._pressed.left()) / max(1.0, self._pressed.width())
            self.dragged.emit(round(min(max(share, 0.0), 1.0) * self._t_axis))


def _framed(drawn: _Drawn, plot: Plot, rect: QRectF, lines: int) -> bool:
    """Whether the frame is that of the plot, too: of the same axes and names, in the same place."""
    known = drawn.plot
    names, others = ([(each.name, each.role, each.style) for each in of.series] for of in (known, plot))
    same = (drawn.rect, drawn.lines, known.title, known.x, known.y) == (rect, lines, plot.title, plot.x, plot.y)
    return same and known.named == plot.named and names == others


def _same(known: Plot, plot: Plot) -> bool:
    before, now = (*known.shades, *known.series), (*plot.shades, *plot.series)
    return len(before) == len(now) and all(a is b for a, b in zip(before, now, strict=True))
