"""SheetPlot: an experiment's curves, which plot of them, and its title."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QVBoxLayout

from diffviz.gui.panels.controls import Combo, fill_combo, label, name_for, named
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.set_words import title_in
from diffviz.gui.panels.sheet_curves import SheetCurves
from diffviz.gui.theme import drawn
from diffviz.palette import Palette
from diffviz.sheet import Plot


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
