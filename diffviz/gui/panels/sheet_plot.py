"""SheetPlot: an experiment's curves, labelled at their ends, over linear or logarithmic axes."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetrics
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QVBoxLayout

from diffviz.gui.panels.controls import Combo, fill_combo, label, name_for
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.quiet_plot import QuietPlot, ScaledAxis, pen
from diffviz.gui.panels.set_words import as_html, title_in
from diffviz.gui.theme import drawn
from diffviz.palette import DARK, SERIES, Palette
from diffviz.sheet import Curve, Plot

# after the eight colours of the palette
DASHES = (Qt.PenStyle.SolidLine, Qt.PenStyle.DashLine, Qt.PenStyle.DotLine)
FLOOR = 1e-9  # what a logarithmic axis shows of a zero


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
        self._combo = Combo()
        self._combo.setObjectName("sheet_plot_combo")
        self._combo.setToolTip("Which of the experiment's plots")
        self._combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self._combo.setMinimumWidth(120)  # a long title is cut, the card is not widened
        self._combo.currentIndexChanged.connect(lambda i: self.plot_chosen.emit(self._combo.itemData(i) or ""))
        self.axes = {"left": ScaledAxis("left"), "bottom": ScaledAxis("bottom")}
        for axis in self.axes.values():
            axis.enableAutoSIPrefix(False)  # a thousandth of a unit is no other unit
        self.canvas = QuietPlot(self.axes)
        head = filled(QHBoxLayout(), self._title, None, self._combo)
        filled(QVBoxLayout(self), head, (self.canvas, 1), margins=(10, 7, 10, 6), spacing=4)
        name_for(self._combo, "plot")
        self._plot: Plot | None = None
        self._palette, self._scale = DARK, 1.0

    def show_titles(self, titles: tuple[str, ...], chosen: str) -> None:
        """The plots that there are."""
        if [self._combo.itemData(i) for i in range(self._combo.count())] != list(titles):
            fill_combo(self._combo, ((drawn(title), title) for title in titles), chosen)
        self._combo.setVisible(len(titles) > 1)
        self._title.setVisible(len(titles) < 2)

    def show_plot(self, plot: Plot | None) -> None:
        """Draw one plot, or none."""
        if plot is self._plot:
            return
        self._plot = plot
        self._draw()

    def set_look(self, palette: Palette, scale: float) -> None:
        self._palette, self._scale = palette, scale
        font = QFont(self.font())
        font.setPixelSize(round(11 * scale))
        self.canvas.setBackground(QColor(palette.card))
        for axis in self.axes.values():
            axis.letters = scale
            axis.setPen(pen(self, palette.border))
            axis.setTextPen(pg.mkPen(palette.muted))
            axis.setStyle(tickFont=font, tickLength=-4)
        # half a line above: a number at the very top of the axis is whole
        self.canvas.getPlotItem().setContentsMargins(0, round(7 * scale), 0, 0)
        self._draw()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.set_look(self._palette, self._scale)
        return super().event(event)

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self._draw()  # the room for names and words is another

    # -- drawing

    def _draw(self) -> None:
        canvas, plot = self.canvas, self._plot
        canvas.clear()
        self._name(plot.title if plot else "")
        if plot is None:
            return
        upright = self._upright(plot.y_label)
        below = plot.x_label if upright else self._lying(plot.y_label, plot.x_label)
        for side, text, log in (("left", upright, plot.log_y), ("bottom", below, plot.log_x)):
            self.axes[side].power = log
            self.axes[side].picture = None
            self.axes[side].first, self.axes[side].last = -np.inf, np.inf
            canvas.setLabel(
                side, as_html(text), color=self._palette.muted, **{"font-size": f"{round(11 * self._scale)}px"}
            )
        spans = [self._line(plot, i, curve) for i, curve in enumerate(plot.curves) if curve.x]
        if spans:
            xs = np.concatenate([x for x, _ in spans])
            ys = np.concatenate([y for _, y in spans])
            (left, right), (low, high) = _ends(xs, plot.log_x), _ends(ys, plot.log_y)
            self.axes["bottom"].last = right + 1e-6 * (1 + abs(right))  # the room for the names has no ticks
            if low >= 0 and not plot.log_y:
                self.axes["left"].first = 0.0  # what is never negative has no such ticks
            letters = max(len(curve.name) for curve in plot.curves)
            share = min(0.55, (7 * letters * self._scale + 12) / max(100, canvas.width() - 60))  # room for the names
            width, height = right - left, high - low
            canvas.setXRange(left - 0.04 * width, right + share / (1 - share) * width, padding=0)
            canvas.setYRange(low - 0.1 * height, high + 0.1 * height, padding=0)
            self._names(plot, spans, height)
        else:  # not the range of another plot, whose numbers a logarithmic axis would take for powers of ten
            canvas.setRange(xRange=(0, 1), yRange=(0, 1), padding=0)

    def _name(self, title: str) -> None:
        """The title, in smaller letters or cut where the card is too narrow for it."""
        words, whole = title_in(title, self.font(), max(60, self.width() - 24))
        self._title.setText(words)
        self._title.setToolTip("" if whole else drawn(title))

    def _upright(self, text: str) -> str:
        """The words of the upright axis, or none where it is too short for them: then they stand at the other."""
        return text if self._advance(text) <= self.canvas.height() - round(36 * self._scale) else ""  # the lying axis

    def _lying(self, y: str, x: str) -> str:
        """The words of both axes, or where there is no room for both those of the lying one."""
        both = f"{y} over {x}" if y else x
        fits = self._advance(both) <= self.canvas.width() - round(60 * self._scale)  # the upright axis
        self.canvas.setToolTip("" if fits else both)
        return both if fits else x

    def _advance(self, text: str) -> int:
        font = QFont(self.font())
        font.setPixelSize(round(11 * self._scale))
        return QFontMetrics(font).horizontalAdvance(drawn(text))

    def _line(self, plot: Plot, i: int, curve: Curve) -> tuple[np.ndarray, np.ndarray]:
        x, y = np.asarray(curve.x, float), np.asarray(curve.y, float)
        keep = np.isfinite(x) & np.isfinite(y)
        x, y = x[keep], y[keep]
        x = np.log10(np.maximum(x, FLOOR)) if plot.log_x else x
        y = np.log10(np.maximum(y, FLOOR)) if plot.log_y else y
        colour = self._colour(i)
        line = pen(self, colour, 2 * self._scale, DASHES[i // 8 % 3])
        size = round(6 * self._scale)
        dots = {"symbol": "o", "symbolSize": size, "symbolBrush": colour, "symbolPen": None} if curve.dots else {}
        self.canvas.plot(x, y, pen=line, antialias=True, **dots)
        return x, y

    def _names(self, plot: Plot, spans: list[tuple[np.ndarray, np.ndarray]], height: float) -> None:
        """Each curve's name at its end, moved apart where ends lie close."""
        font = QFont(self.font())
        font.setPixelSize(round(11 * self._scale))
        curves = [(i, curve) for i, curve in enumerate(plot.curves) if curve.x]
        # a line of writing, in the plot's units; the axis, its words and the title take the rest of the canvas
        line, rest = 1.15 * font.pixelSize(), 4 * font.pixelSize()
        self.canvas.setMinimumHeight(round(line * max(3, len(curves)) + rest))
        room = 1.2 * height * line / max(40, self.canvas.height() - rest)
        ends = [(float(x[np.argmax(x)]), float(y[np.argmax(x)])) for x, y in spans if len(x)]
        right = max((x for x, _ in ends), default=0.0)
        order = sorted(range(len(ends)), key=lambda k: ends[k][1])
        places = [ends[k][1] for k in order]
        room = min(room, 1.1 * height / max(1, len(places) - 1))  # however many there are
        for k in range(1, len(places)):
            places[k] = max(places[k], places[k - 1] + room)
        top = max((float(y.max()) for _, y in spans if len(y)), default=0.0) + 0.1 * height - room / 2
        for k in reversed(range(len(places))):  # down again from the top
            places[k] = min(places[k], top if k == len(places) - 1 else places[k + 1] - room)
        for k, at in zip(order, places, strict=True):
            text = pg.TextItem(color=self._colour(curves[k][0]), anchor=(0, 0.5))
            text.setHtml(f'<span style="color:{self._colour(curves[k][0])}">{as_html(curves[k][1].name)}</span>')
            text.setFont(font)
            self.canvas.addItem(text, ignoreBounds=True)
            text.setPos(QPointF(right, at))

    def _colour(self, i: int) -> str:
        return SERIES[self._palette.name][i % 8]


def _ends(values: np.ndarray, log: bool) -> tuple[float, float]:
    """From the least to the largest; of one value alone from 0, and of a power a factor of two to both sides."""
    low, high = float(values.min()), float(values.max())
    if high > low:
        return low, high
    if log:
        return low - np.log10(2.0), high + np.log10(2.0)
    return min(low, 0.0), max(high, 0.0) if low else 1.0
