"""SampleHistory: the grids of a training's checkpoints, one at a time; a slider goes back to the first."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QRectF, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from diffviz.bands import GAP, Band, cut
from diffviz.gui.panels.controls import named, push_button
from diffviz.gui.panels.layouts import filled, in_a_row
from diffviz.gui.panels.t_slider import WideSlider
from diffviz.palette import Palette
from diffviz.train.past import Grid

HEAD = 20  # pixels for the names of the classes
NARROWEST = 34.0  # of a column that is named
LEAST_WIDTH = 600  # pixels in which a wide grid is broken into bands rather than cut


class SampleView(QWidget):
    """Shows one picture, whose columns are classes; a wide one is broken into bands where they can be larger so."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sample_view")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.image = QImage()
        self._columns: tuple[str, ...] = ()

    def show_samples(self, path: str, columns: Sequence[str]) -> None:
        """Read a file, "" for none; ``columns``: the classes, one a column, empty where there are none."""
        image = QImage(path) if path else QImage()
        if path and image.isNull():
            return  # it is being replaced: the next one comes
        self.image, self._columns = image, tuple(columns)
        self.setMinimumSize(QSize(0, 0) if image.isNull() else self._least_size())
        self.update()

    def zoom(self) -> int:
        """Screen pixels a picture pixel."""
        return self._layout()[0]

    def bands(self) -> list[Band]:
        """The parts of the picture that stand below each other."""
        return self._cut(self._layout()[1])

    def _cut(self, count: int) -> list[Band]:
        return cut(self.image.width(), max(1, len(self._columns)), count)

    def _layout(self) -> tuple[int, int]:
        """Zoom, and the number of bands that allows it; the fewest where several do."""
        if self.image.isNull():
            return 1, 1
        ratio = self.devicePixelRatioF()
        width, height = self.width() * ratio, self.height() * ratio
        best = (0, 1)
        for count in range(1, max(1, len(self._columns)) + 1):
            bands = self._cut(count)
            room = height - len(bands) * self._head() * ratio
            zoom = math.floor(min(width / bands[0].width, room / (len(bands) * self.image.height())))
            if zoom > best[0] and len(bands) == count:
                best = (zoom, count)
        return (1, self._fitting(round(width))) if best[0] < 1 else best

    def _fitting(self, width: int) -> int:
        """The fewest bands that are as narrow as ``width`` picture pixels."""
        counts = range(1, max(1, len(self._columns)) + 1)
        return next((count for count in counts if self._cut(count)[0].width <= width), counts[-1])

    def _least_size(self) -> QSize:
        bands = self._cut(self._fitting(LEAST_WIDTH))
        return QSize(bands[0].width, len(bands) * (self.image.height() + self._head()))

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.image.isNull():
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        zoom, count = self._layout()
        scale, bands, head = zoom / self.devicePixelRatioF(), self._cut(count), self._head()
        height = self.image.height() * scale
        top = max(0, math.floor((self.height() - len(bands) * (height + head)) / 2)) + head
        left = math.floor((self.width() - bands[0].width * scale) / 2)
        column = (self.image.width() - GAP) / max(1, len(self._columns)) * scale
        for band in bands:
            part = QRectF(band.left, 0, band.width, self.image.height())
            painter.drawImage(QRectF(left, top, band.width * scale, height), self.image, part)
            if column >= NARROWEST:
                names = self._columns[band.first : band.last]
                self._draw_names(painter, names, left + GAP * scale / 2, top - head, column)
            top += math.floor(height + head)

    def _head(self) -> int:
        return HEAD if self._columns else 0

    def _draw_names(self, painter: QPainter, names: Sequence[str], left: float, top: float, column: float) -> None:
        font = self.font()
        font.setPixelSize(11)
        painter.setFont(font)
        painter.setPen(self.palette().placeholderText().color())
        metrics = QFontMetricsF(font)
        for k, name in enumerate(names):
            shown = metrics.elidedText(name, Qt.TextElideMode.ElideRight, column - 6)
            painter.drawText(QRectF(left + k * column, top, column, HEAD), Qt.AlignmentFlag.AlignCenter, shown)


class SampleHistory(QWidget):
    """Signals: ``shown(note)`` of the grid that is seen, "" for none; ``film_wanted``."""

    shown = Signal(str)
    film_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._grids: list[Grid] = []
        self._columns: tuple[str, ...] = ()
        self.view = SampleView()
        scroll = QScrollArea(widgetResizable=True)
        scroll.setWidget(self.view)
        tip = "Back to the samples of earlier checkpoints: the same seeds, so you see it learn"
        self.slider = named(WideSlider(), "train_history_slider", tip, spoken="checkpoint")
        self.slider.setPageStep(1)
        self.slider.valueChanged.connect(self._show)
        self.film = push_button("train_film_button", "Save film…", "The samples of all checkpoints as an animation")
        self.film.clicked.connect(self.film_wanted)
        self._foot = in_a_row((self.slider, 1), self.film, spacing=12)
        filled(QVBoxLayout(self), (scroll, 1), self._foot, margins=(0, 0, 0, 0), spacing=4)
        self.show_grids((), ())

    @property
    def grids(self) -> Sequence[Grid]:
        """Every grid, the oldest first."""
        return tuple(self._grids)

    @property
    def columns(self) -> Sequence[str]:
        """The classes of the columns."""
        return self._columns

    def show_grids(self, grids: Iterable[Grid], columns: Sequence[str]) -> None:
        """Other grids, the newest in view; ``columns``: the classes above the columns, empty where there are none."""
        self._grids, self._columns = list(grids), tuple(columns)
        self._follow(True)

    def add(self, grid: Grid, columns: Sequence[str]) -> None:
        """One more grid, which is shown if the newest was; those that it repeats or overtakes were lost steps."""
        newest = self.slider.value() >= len(self._grids) - 1
        self._grids = [known for known in self._grids if known.step < grid.step] + [grid]
        self._columns = tuple(columns)
        self._follow(newest)

    def _follow(self, newest: bool) -> None:
        last = max(0, len(self._grids) - 1)
        place = last if newest else min(self.slider.value(), last)
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, last)
            self.slider.setValue(place)
        self.slider.set_ticks(tuple(range(last + 1)))
        self._foot.setVisible(len(self._grids) > 1)
        self._show(place)

    def _show(self, place: int) -> None:
        grid = self._grids[place] if self._grids else None
        self.view.show_samples("" if grid is None else str(grid.path), self._columns)
        self.shown.emit("" if grid is None else grid.note)

    # -- look

    def set_look(self, palette: Palette) -> None:
        self.slider.set_look(palette, 1.0)
