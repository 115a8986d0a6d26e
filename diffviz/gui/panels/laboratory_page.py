"""LaboratoryPage: a sheet of results, two of its cells side by side, and its curves."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from diffviz.gui.panels.controls import label
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.pair_view import PairView
from diffviz.gui.panels.segments import Segments
from diffviz.gui.panels.sheet_plot import SheetPlot
from diffviz.gui.panels.sheet_view import SheetArea, SheetView
from diffviz.gui.theme import X_HAT
from diffviz.palette import Palette


class LaboratoryPage(QWidget):
    """The three parts; what they show is decided elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.sheet = SheetView()
        self.pair = PairView()
        self.plot = SheetPlot()
        self.title = label("", "title")
        self.remark = label("", "small")
        self.remark.setObjectName("sheet_remark")
        self.remark.setWordWrap(True)
        kinds = (
            ("x_t", "xₜ", "The states themselves"),
            ("x0_hat", f"{X_HAT}₀", "What the network took for clean at each state"),
        )
        self.kind = Segments(kinds, small=True, name="pictures of the sheet")
        self.kind.setObjectName("sheet_kind")
        self.kind.show_chosen("x_t")
        self.kind.hide()
        card = QFrame()
        card.setProperty("look", "card")
        inner = QVBoxLayout(card)
        inner.setContentsMargins(10, 7, 8, 6)
        inner.setSpacing(4)
        head = QHBoxLayout()
        head.addWidget(self.title, 1)
        head.addWidget(self.kind)
        inner.addLayout(head)
        inner.addWidget(self.remark)
        inner.addWidget(SheetArea(self.sheet), 1)
        lower = QWidget()
        filled(QHBoxLayout(lower), (self.pair, 3), (self.plot, 2), margins=(0, 0, 0, 0), spacing=8)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.addWidget(card)
        self.splitter.addWidget(lower)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(8)
        self.splitter.setStretchFactor(0, 3)
        self.splitter.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

    @property
    def fresh(self) -> bool:
        """Whether something new is not painted yet."""
        return self.isVisible() and (self.sheet.fresh or self.pair.fresh)

    def set_look(self, palette: Palette, scale: float) -> None:
        self.sheet.set_look(palette, scale)
        self.pair.set_look(palette, scale)
        self.plot.set_look(palette, scale)
