"""Divided: pictures above, curves below; the pictures get what they can fill, unless the person has drawn the line."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QSplitter

from diffviz.gui.panels.equation_panel import EquationPanel
from diffviz.gui.panels.schedule_panel import SchedulePanel
from diffviz.gui.panels.schedule_plot import LEAST_PX, LOW_PX

LOWER = 0.29  # of the height, at least, where the person has not said
LENS, TALL = 0.6, 0.66  # of the height, at most, for a lens whose plots want more than the least
LOW = 560  # pixels of height below which the plot of the schedule is content with less
PRESENTED = 0.25  # of the height, for the plot alone: it is read from the last row


class Divided(QSplitter):
    """``chosen``: the height of the lower part that the person has chosen, None for as the pictures want it."""

    def __init__(self, pictures: EquationPanel, curves: SchedulePanel) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._pictures, self._curves = pictures, curves
        self.chosen: int | None = None
        self._presents = False
        self.addWidget(pictures)
        self.addWidget(curves)
        self.setChildrenCollapsible(False)
        self.setHandleWidth(8)
        self.handle(1).setToolTip("Drag to share the height; double click: pictures as large as they can be")
        self.handle(1).installEventFilter(self)
        self.splitterMoved.connect(self._moved)
        pictures.content_changed.connect(self.share)
        curves.room_wanted.connect(self.share)

    def choose(self, lower: int | None) -> None:
        """Take a height for the lower part."""
        self.chosen = lower
        self.share()

    def present(self, on: bool) -> None:
        """Whether the plot has its share of a presented screen, once the parts are shared out for its size."""
        self._presents = on

    def share(self) -> None:
        """Give both parts their heights."""
        low = self.height() < LOW
        self._curves.show_low(low, self._pictures.wants_height)
        self._curves.plot.setMinimumHeight(LOW_PX if low else LEAST_PX)
        self._curves.stack.updateGeometry()  # else what is around it knows of it a moment later
        total, least = self.height() - self.handleWidth(), self._curves.minimumSizeHint().height()
        lower = self.chosen
        if self._presents:
            plot, strip = self._curves.stack, self._curves.strip
            rest = least - plot.minimumSizeHint().height() - strip.minimumSizeHint().height()  # slider, buttons, heads
            share = round(PRESENTED * self.height())
            most = total * 11 // 20  # the plot has its share first, on a low window with large text too
            lower = min(rest + share + min(strip.maximumHeight(), share * 2 // 5), most)
        elif lower is None:
            wanted = min(least + self._curves.lens_more, round((TALL if self._curves.lens.plot.tall else LENS) * total))
            most = total - max(least, wanted, round(LOWER * total))
            lower = total - min(most, self._pictures.height_in(self.width(), most))
        if (total - lower, lower) != tuple(self.sizes()):
            self.setSizes([total - lower, lower])

    def _moved(self) -> None:
        if not self._presents:
            self.chosen = self.sizes()[1]

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.share()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self.choose(None)
            return True
        return super().eventFilter(watched, event)
