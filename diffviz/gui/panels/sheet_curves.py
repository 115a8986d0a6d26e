"""SheetPlot: which of an experiment's plots; SheetCurves: its curves over either kind of axes, named at their ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from diffviz.chart import apart
from diffviz.gui.panels import set_words
from diffviz.gui.panels.controls import Combo, fill_combo, label, name_for, named
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.lens_ink import paint_line
from diffviz.gui.panels.plot_axes import beside, lying_fit, paint_axes, upright_fit
from diffviz.gui.panels.set_words import title_in
from diffviz.gui.theme import drawn, letters
from diffviz.numerals import tick_text
from diffviz.palette import DARK, SERIES, Palette
from diffviz.sheet import COLOURS, Curve, Plot
from diffviz.ticks import fitting_ticks, power_ticks, spaced_ticks

FONT_PX = 11
LINE = 1.15  # of the letters' size, between names
AROUND = 4  # of the letters' size, that axes and words take of the height
MOST = 10  # numbers of an axis that lies
ROOM = {"left": 2, "bottom": 6}  # of the letters' size, for a number of an axis of powers
DOT_PX = 3  # radius
SAMPLE = 2  # of the letters' size, a piece of a line before its name
# after the colours of the palette
DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
Span = tuple[float, float]


@dataclass
class Axis:
    """What an axis shows, of what it labels a part; exponents where it is of powers."""

    shown: Span = (0.0, 1.0)
    labelled: Span = (0.0, 1.0)
    power: bool = False

    def text(self, value: float) -> str:
        """A number on it."""
        return tick_text(10**value, True) if self.power else tick_text(value)


class SheetCurves(QWidget):
    """Painted by hand. Words of an axis that is too short for them stand at the other one."""

    def __init__(self) -> None:
        super().__init__()
        self._plot: Plot | None = None
        self._lines: list[tuple[int, Curve, list[np.ndarray]]] = []  # in the units that are plotted
        self.x_axis, self.y_axis = Axis(), Axis()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.set_look(DARK, 1.0)

    def show_plot(self, plot: Plot | None) -> None:
        """Draw one plot, or none."""
        self._plot = plot
        found = [] if plot is None else [(i, curve, _plotted(plot, curve)) for i, curve in plot.numbered]
        self._lines = [line for line in found if line[2]]
        self._measure()

    def set_look(self, palette: Palette, scale: float) -> None:
        """Colours and text size."""
        self._palette, self._scale = palette, scale
        self._font = letters(FONT_PX * scale)
        self._measure()

    def _measure(self) -> None:
        plot, px = self._plot, self._font.pixelSize()
        self.x_axis = self.y_axis = Axis()
        self.setMinimumHeight(round((LINE * max(3, len(self._lines)) + AROUND) * px))
        if plot is not None:
            xs, ys = np.concatenate([np.empty((0, 2)), *(part for *_, parts in self._lines for part in parts)]).T
            self.x_axis, self.y_axis = Axis(power=plot.log_x), Axis(power=plot.log_y)
            if len(xs):  # not the range of another plot, whose numbers would be taken for powers of ten
                (left, right), (low, high) = _ends(xs, plot.log_x), _ends(ys, plot.log_y)
                wide, room = right - left, 0.1 * (high - low)
                self.x_axis = Axis((left - 0.04 * wide, right), (left - 0.04 * wide, right), plot.log_x)
                foot = low - room if low < 0 or plot.log_y else max(0.0, low - room)  # no number below what can be
                self.y_axis = Axis((low - room, high + room), (foot, high + room), plot.log_y)
        self._place()
        self.update()

    def _place(self) -> None:
        """The area between the axes and how much of it the curves have, before their names; words that are cut."""
        plot, wide = self._plot, QFontMetricsF(self._font).horizontalAdvance
        (top, foot), px = self._upright, self._font.pixelSize()
        numbers = max(wide(text) for _, text in self.labels("left"))
        left = round(numbers + beside(self._font) + (1.6 * px if self.words("left") else 4))
        self.area = QRectF(left, top, max(1, self.width() - left), foot - top)
        names = (
            max((set_words.width(curve.name, self._font) for _, curve, _ in self._lines), default=0.0) + self._sample
        )
        self._across = self.area.width() - min(0.55 * self.area.width(), names + px)
        words = f"{plot.y_label} over {plot.x_label}" if plot is not None and plot.y_label else ""
        self.setToolTip("" if self.words("left") or self.words("bottom") == words else drawn(words))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._measure()  # the room for words is another

    # -- where things are, in this widget's pixels

    def words(self, side: str) -> str:
        """What the axis at the "left" or the "bottom" counts."""
        if self._plot is None:
            return ""
        x, y = self._plot.x_label, self._plot.y_label
        upright = y if set_words.width(y, self._font) <= self.height() - 36 * self._scale else ""
        if side == "left":
            return upright
        both = x if upright or not y else f"{y} over {x}"
        return both if set_words.width(both, self._font) <= self.width() - 60 * self._scale else x

    @property
    def _upright(self) -> tuple[int, int]:
        """Top and foot of the area: half a number's height above, below the numbers and words of the other axis."""
        top = round(7 * self._scale)
        return top, max(top + 1, self.height() - round(3.4 * self._font.pixelSize()))

    def labels(self, side: str) -> list[tuple[float, str]]:
        """What the axis at the "left" or the "bottom" says, and where, in the units that are plotted."""
        axis = self.y_axis if side == "left" else self.x_axis
        pixels = self._upright[1] - self._upright[0] if side == "left" else self._across
        low, high = axis.labelled
        unit = pixels / (axis.shown[1] - axis.shown[0])
        fit = upright_fit(self._font, unit) if side == "left" else lying_fit(self._font, unit, axis.text)
        if axis.power:
            ticks = power_ticks(low, high, max(2.0, pixels / (ROOM[side] * self._font.pixelSize())), fit)
        else:
            ticks = spaced_ticks(low, high, fit) if side == "left" else fitting_ticks(low, high, MOST, fit)
        return [(tick, axis.text(tick)) for tick in ticks]

    def pixel(self, x: np.ndarray | float, y: np.ndarray | float) -> tuple[np.ndarray, np.ndarray]:
        """Where (x, y) of the axes is."""
        area, (left, right), (low, high) = self.area, self.x_axis.shown, self.y_axis.shown
        across, up = self._across / (right - left), area.height() / (high - low)
        return area.left() + (np.asarray(x) - left) * across, area.bottom() - (np.asarray(y) - low) * up

    def names(self) -> list[tuple[int, str, float]]:
        """Each curve's number and name, and the height at which it stands, moved apart where the ends lie close."""
        last = [(max(np.concatenate(parts).tolist()), i, curve.name) for i, curve, parts in self._lines]
        ends = sorted((float(self.pixel(*point)[1]), i, name) for point, i, name in last)
        (top, foot), line = self._upright, LINE * self._font.pixelSize()
        line = min(line, (foot - top) / max(1, len(ends)))  # however many there are
        places = apart([at for at, _, _ in ends], [line] * len(ends), top, foot)
        return [(i, name, at) for (_, i, name), at in zip(ends, places, strict=True)]

    # -- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._plot is None:
            return
        painter, area = QPainter(self), self.area
        heights = [(float(self.pixel(0, y)[1]), text) for y, text in self.labels("left")]
        places = [(float(self.pixel(x, 0)[0]), text) for x, text in self.labels("bottom")]
        paint_axes(painter, area, {"left": heights, "bottom": places}, self._palette, self._font)
        self._paint_words(painter, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for i, curve, parts in self._lines:
            for part in parts:
                across, up = self.pixel(*part.T)
                painter.setPen(self._pen(i))
                paint_line(painter, across, up)
                if curve.dots or len(part) == 1:
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(self._colour(i))
                    for point in zip(across.tolist(), up.tolist(), strict=True):
                        painter.drawEllipse(QPointF(*point), DOT_PX * self._scale, DOT_PX * self._scale)
        line, start = 2 * self._font.pixelSize(), round(area.left() + self._across + beside(self._font))
        for i, name, at in self.names():
            if self._sample:
                painter.setPen(self._pen(i))
                painter.drawLine(QPointF(start, at), QPointF(start + 0.8 * self._sample, at))
            painter.setPen(self._colour(i))
            left = start + round(self._sample)
            room = QRect(left, round(at - line / 2), self.width() - left, line)
            set_words.paint(painter, room, name, self._font, Qt.AlignmentFlag.AlignLeft)
        painter.end()

    def _paint_words(self, painter: QPainter, area: QRectF) -> None:
        line, middle = round(1.5 * self._font.pixelSize()), Qt.AlignmentFlag.AlignHCenter
        foot = QRect(0, self.height() - line, round(2 * area.center().x()), line)
        set_words.paint(painter, foot, self.words("bottom"), self._font, middle)
        painter.save()
        painter.translate(0, self.height())
        painter.rotate(-90)
        upright = QRect(0, 0, round(2 * (self.height() - area.center().y())), line)
        set_words.paint(painter, upright, self.words("left"), self._font, middle)
        painter.restore()

    @property
    def _sample(self) -> float:
        """Pixels that pieces of the lines take before the names."""
        return SAMPLE * self._font.pixelSize() if self._plot is not None and self._plot.dashed else 0.0

    def _colour(self, i: int) -> QColor:
        return QColor(SERIES[self._palette.name][i % COLOURS])

    def _pen(self, i: int) -> QPen:
        return QPen(self._colour(i), 2 * self._scale, DASHES[i // COLOURS % 3])


def _plotted(plot: Plot, curve: Curve) -> list[np.ndarray]:
    """Its stretches, exponents where an axis is of powers."""
    parts = plot.stretches(curve)
    for k in [k for k, log in enumerate((plot.log_x, plot.log_y)) if log]:
        for part in parts:
            part[:, k] = np.log10(part[:, k])
    return parts


def _ends(values: np.ndarray, log: bool) -> Span:
    """From the least to the largest; of one value alone from 0, and of a power a factor of two to both sides."""
    low, high = float(values.min()), float(values.max())
    if high > low:
        return low, high
    if log:
        return low - np.log10(2.0), high + np.log10(2.0)
    return min(low, 0.0), max(high, 0.0) if low else 1.0


class SheetPlot(QFrame):
    """Signals: ``plot_chosen(title)``."""

    plot_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sheet_plot")
        self.setProperty("look", "card")
        self._title = label("", "title")
        self._title.setTextFormat(Qt.TextFormat.RichText)
        self._title.setMinimumWidth(1)  # a long one is cut, the card is not widened
        self._combo = named(Combo(), "sheet_plot_combo", "Which of the experiment's plots")
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._combo.setMinimumWidth(120)  # a long title is cut, the card is not widened
        self._combo.currentIndexChanged.connect(lambda i: self.plot_chosen.emit(self._combo.itemData(i) or ""))
        self.canvas = SheetCurves()
        head = filled(QHBoxLayout(), self._title, None, self._combo)
        filled(QVBoxLayout(self), head, (self.canvas, 1), margins=(10, 7, 10, 6), spacing=4)
        name_for(self._combo, "plot")
        self._plot: Plot | None = None

    def show_titles(self, titles: tuple[str, ...], chosen: str) -> None:
        """The plots that there are."""
        if [self._combo.itemData(i) for i in range(self._combo.count())] != list(titles):
            fill_combo(self._combo, ((drawn(title), title) for title in titles), chosen)
        self._combo.setVisible(len(titles) > 1)
        self._title.setVisible(len(titles) < 2)

    def show_plot(self, plot: Plot | None) -> None:
        """Draw one plot, or none."""
        if plot is not self._plot:
            self._plot = plot
            self.canvas.show_plot(plot)
            self._name()

    def set_look(self, palette: Palette, scale: float) -> None:
        self.canvas.set_look(palette, scale)

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._name()

    def _name(self) -> None:
        """The title, in smaller letters or cut where the card is too narrow for it."""
        title = self._plot.title if self._plot else ""
        words, whole = title_in(title, self.font(), max(60, self.width() - 24))
        self._title.setText(words)
        self._title.setToolTip("" if whole else drawn(title))
