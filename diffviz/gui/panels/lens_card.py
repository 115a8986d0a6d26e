"""LensCard: the chart of a lens, with what it says and the controls of its parameters."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from diffviz.catalog import Param
from diffviz.chart import Chart, Panel, panel_places
from diffviz.gui.icons import image_of
from diffviz.gui.panels.controls import RealSpin, WholeSpin, label, named, show_value
from diffviz.gui.panels.in_words import in_words
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.lens_plot import ALONE_RIGHT, LEFT, LensPlot
from diffviz.gui.panels.lens_table import LensTable
from diffviz.gui.theme import rich, wrapped
from diffviz.lens_catalog import LENSES, lens_params
from diffviz.palette import DARK, Palette

FONT_PX, GAP, LINES = 12, 3, 2


class LensPanels(QWidget):
    """Signal ``painted()``: the newest chart has reached the screen."""

    painted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("lens_panels")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._chart: Chart | None = None
        self._palette = DARK
        self._font = QFont("DejaVu Sans")

    def show_chart(self, chart: Chart) -> None:
        """Draw the panels of a chart."""
        self._chart = chart
        told = (f"{panel.name}: {name} {panel.number}" for panel in chart.panels for name, _ in panel.numbers[:1])
        self.setAccessibleName("; ".join(told).replace("x̂_0", "x̂0"))
        self.update()

    def set_look(self, palette: Palette, scale: float) -> None:
        """Colours and text size."""
        self._palette = palette
        self._font.setPixelSize(round(FONT_PX * scale))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._palette.card))
        if self._chart is not None and self._chart.panels:
            self._paint(painter, self._chart.panels)
        painter.end()
        self.painted.emit()

    def _paint(self, painter: QPainter, panels: tuple[Panel, ...]) -> None:
        ratio = self.devicePixelRatioF()
        metrics = QFontMetricsF(self._font)
        head = LINES * metrics.height() + 2
        # whole factors are of the screen's own pixels
        named = ratio * max(metrics.horizontalAdvance(panel.name) for panel in panels)
        places = panel_places(panels, self.width() * ratio, self.height() * ratio, head * ratio, GAP * ratio, named)
        painter.setFont(self._font)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, places.width < panels[0].pictures[0].shape[1])
        step = self.width() / len(panels)
        if len(panels) > 1:
            step = (places.corners[1][0][0] - places.corners[0][0][0]) / ratio
        for panel, corners in zip(panels, places.corners, strict=True):
            left = corners[0][0] / ratio
            wide = step - 2 * GAP
            for line, (text, colour) in enumerate(
                ((panel.name, self._palette.text), (f"Δ {panel.number}", self._palette.muted))
            ):
                painter.setPen(QColor(colour))
                shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, wide)
                painter.drawText(QPointF(left, line * metrics.height() + metrics.ascent()), shown)
            for picture, (x, y) in zip(panel.pictures, corners, strict=True):
                place = QRectF(x / ratio, y / ratio, places.width / ratio, places.height / ratio)
                painter.drawImage(place, image_of(picture))


SPIN_PX = 72
FEW_PX = 54  # of a spin box of one digit
NARROW_PX = 800  # below which a sentence may take three lines


class LensCard(QWidget):
    """Signals: ``param_chosen(key, value)``, key as in ``ViewSpec.lens_params``.

    ``sentence`` and ``controls`` stand where the panel puts them.
    """

    param_chosen = Signal(str, object)
    axis_moved = Signal(float, float)  # see ``track``
    room_wanted = Signal()  # another height

    def __init__(self) -> None:
        super().__init__()
        self.plot, self.table, self.panels = LensPlot(), LensTable(), LensPanels()
        self.sentence = named(label("", "small", wraps=True), "lens_sentence")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.plot)
        self._stack.addWidget(self.table)
        self._stack.addWidget(self.panels)
        self._lens = ""
        self._given: tuple[tuple[str, float | str], ...] = ()  # its params
        self.chart: Chart | None = None  # that is shown
        self._scale, self._narrow = 1.0, False
        self._rows: dict[str, QWidget] = {}  # of each lens, made when it is first shown
        self._spins: dict[str, WholeSpin | RealSpin] = {}
        self._names: dict[QWidget, QLabel] = {}  # of the spins
        self.controls = QWidget()
        self._controls = filled(QHBoxLayout(self.controls), margins=(8, 0, 0, 0))
        filled(QVBoxLayout(self), self._stack, margins=(0, 0, 0, 0))

    def show_lens(self, lens: str, given: Iterable[tuple[str, float | str]], T: int) -> None:
        """The controls of a lens, with their values; its chart follows."""
        self.plot.tall = LENSES[lens].tall
        if lens != self._lens:
            self._lens, self.chart, self.plot.wordy = lens, None, False
            self.sentence.setText("")
            if lens not in self._rows:
                self._rows[lens] = self._make_controls(lens)
                self._controls.addWidget(self._rows[lens])
            for name, row in self._rows.items():
                row.setVisible(name == lens)
        self._given = lens_params(given, lens)
        for param in LENSES[lens].params:
            spin = self._spins[f"{lens}.{param.name}"]
            if isinstance(spin, WholeSpin):  # a level ends at T
                with QSignalBlocker(spin):
                    spin.setMaximum(min(round(param.high), T))
        self._show_given()

    def _show_given(self) -> None:
        for name, value in self._given:
            spin = self._spins[f"{self._lens}.{name}"]
            if spin.value() == value:  # what is being typed stays
                continue
            with QSignalBlocker(spin):
                if isinstance(spin, WholeSpin):
                    spin.setValue(round(float(value)))
                else:
                    spin.setValue(float(value))

    def show_chart(self, chart: Chart) -> None:
        """What the lens says now."""
        self.chart = chart
        self.sentence.setText(rich(chart.sentence))
        self._show_given()  # where nothing is used, as the step at t = 0
        for name, value in chart.used:
            if (spin := self._spins.get(f"{chart.lens}.{name}")) is not None:
                show_value(spin, value)
        for param in LENSES[chart.lens].params:
            if (spin := self._spins.get(f"{chart.lens}.{param.name}")) is not None:
                called = self._names[spin]
                for part in (spin, called):
                    part.setVisible(param.name not in chart.idle)
                if param.name == "channel":
                    called.setText(chart.channel)
                    spin.setAccessibleName(in_words(f"{LENSES[chart.lens].label}: {chart.channel}"))
        if chart.panels:
            self.panels.show_chart(chart)
            self._stack.setCurrentWidget(self.panels)
        elif chart.table is not None and not chart.plots:
            self.table.show_table(chart.table)
            self._stack.setCurrentWidget(self.table)
        else:
            self.plot.show_chart(chart)
            self._stack.setCurrentWidget(self.plot)
        if self.plot.wordy != bool(chart.message):
            self.plot.wordy = bool(chart.message)
            self.room_wanted.emit()

    def track(self) -> tuple[float, float]:
        """x of t = 0 and of t = T where one plot over t has all the room, in this widget's pixels."""
        return LEFT * self._scale, self.width() - ALONE_RIGHT * self._scale

    def stand(self, narrow: bool) -> None:
        """Whether the controls stand beside the sentence."""
        self._narrow = narrow
        self._size_sentence()

    def _size_sentence(self) -> None:
        """As high as its words can become, which may wrap at any move."""
        lines = (3 if self.width() < NARROW_PX * self._scale else 2) + self._narrow
        self.sentence.setFixedHeight(lines * self.sentence.fontMetrics().lineSpacing() + 2)

    def _size_spin(self, spin: WholeSpin | RealSpin) -> None:
        few = isinstance(spin, WholeSpin) and spin.minimum() >= 0 and spin.maximum() < 10
        spin.setFixedWidth(round((FEW_PX if few else SPIN_PX) * self._scale))

    def resizeEvent(self, event: object) -> None:
        self._size_sentence()
        self.axis_moved.emit(*self.track())

    @property
    def fresh(self) -> bool:
        """Whether a chart is not painted yet."""
        return self.plot.fresh and self.plot.isVisible()

    def set_look(self, palette: Palette, scale: float) -> None:
        self._scale = scale
        self.plot.set_look(palette, scale)
        self.table.set_look(palette, scale)
        self.panels.set_look(palette, scale)
        self._size_sentence()
        for spin in self._spins.values():
            self._size_spin(spin)
        for row in filter(None, (each.layout() for each in self._rows.values())):
            row.setSpacing(self._apart)

    @property
    def _apart(self) -> int:
        """Pixels between a name and its box."""
        return round(5 * self._scale)

    def _make_controls(self, lens: str) -> QWidget:
        made = QWidget()
        row = filled(QHBoxLayout(made), margins=(0, 0, 0, 0), spacing=self._apart)
        for param in LENSES[lens].params:
            key = f"{lens}.{param.name}"
            spin = self._spins[key] = self._make_spin(key, param)
            name = label(param.label, "small", param.tip)
            name.setBuddy(spin)
            self._names[spin] = name
            row.addWidget(name)
            row.addWidget(spin)
        return made

    def _make_spin(self, key: str, param: Param) -> WholeSpin | RealSpin:
        spin: WholeSpin | RealSpin = WholeSpin(minimum=round(param.low), maximum=round(param.high))
        if param.decimals:
            spin = RealSpin(decimals=param.decimals, minimum=param.low, maximum=param.high)
        spoken = in_words(f"{LENSES[key.partition('.')[0]].label}: {param.label}")
        named(spin, f"{key.replace('.', '_')}_spin", wrapped(param.tip), spoken=spoken)
        self._size_spin(spin)
        spin.valueChanged.connect(lambda value: self.param_chosen.emit(key, value))
        return spin
