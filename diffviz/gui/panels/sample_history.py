"""SampleHistory: the grids of a training's checkpoints, one at a time; a slider goes back to the first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from diffviz.gui.panels.layouts import filled, in_a_row
from diffviz.gui.panels.sample_view import SampleView
from diffviz.gui.panels.t_slider import WideSlider
from diffviz.palette import Palette
from diffviz.train.past import Grid


class SampleHistory(QWidget):
    """Signals: ``shown(note)`` of the grid that is seen, "" for none; ``film_wanted``."""

    shown = Signal(str)
    film_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._grids: list[Grid] = []
        self._columns: tuple[str, ...] = ()
        self.view = SampleView()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setWidget(self.view)
        self.slider = WideSlider()
        self.slider.setObjectName("train_history_slider")
        self.slider.setAccessibleName("checkpoint")
        self.slider.setToolTip("Back to the samples of earlier checkpoints: the same seeds, so you see it learn")
        self.slider.setPageStep(1)
        self.slider.valueChanged.connect(self._show)
        self.film = QPushButton("Save film…")
        self.film.setObjectName("train_film_button")
        self.film.setAutoDefault(False)
        self.film.setToolTip("The samples of all checkpoints as an animation")
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
