"""LaboratoryPage: a sheet of results, two of its cells side by side, and its curves."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRect, QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QSpacerItem, QSplitter, QVBoxLayout, QWidget

from diffviz.gui.panels import set_words
from diffviz.gui.panels.controls import label, named
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.pair_view import PairView
from diffviz.gui.panels.segments import Segments
from diffviz.gui.panels.sheet_curves import SheetPlot
from diffviz.gui.panels.sheet_view import SheetArea, SheetView, shape
from diffviz.gui.theme import X_HAT
from diffviz.palette import Palette
from diffviz.sheet import Sheet

MARGINS = (10, 7, 8, 6)
LOWER, ASIDE = 0.26, 0.28  # of the page's height and width that pair and plot have at least
UPPER = 160  # pixels of height that the sheet's own card keeps
DRAG = "Drag to share the room; double click: pictures as large as they can be"


class LaboratoryPage(QWidget):
    """The three parts; what they show is decided elsewhere.

    The pair and the plot stand below the sheet or, where that makes its pictures larger, at its right.
    """

    def __init__(self) -> None:
        super().__init__()
        self.sheet = SheetView()
        self.pair = PairView()
        self.plot = SheetPlot()
        self.title = label("", "title")
        self.remark = named(label("", "small", wraps=True), "sheet_remark")
        self.remark.setTextFormat(Qt.TextFormat.RichText)
        kinds = (
            ("x_t", "xₜ", "The states themselves"),
            ("x0_hat", f"{X_HAT}₀", "What the network took for clean at each state"),
        )
        self.kind = named(Segments(kinds, small=True, name="pictures of the sheet"), "sheet_kind")
        self.kind.show_chosen("x_t")
        self.kind.hide()
        card = QFrame()
        card.setProperty("look", "card")
        self._gap = QSpacerItem(0, 0, QSizePolicy.Policy.Expanding)
        head = filled(QHBoxLayout(), self.title, margins=(0, 0, 0, 0))
        head.addItem(self._gap)
        head.addWidget(self.kind)
        self._area = SheetArea(self.sheet)
        filled(QVBoxLayout(card), head, self.remark, (self._area, 1), margins=MARGINS, spacing=4)
        self.others = QSplitter(Qt.Orientation.Horizontal)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        for splitter, parts in ((self.others, (self.pair, self.plot)), (self.splitter, (card, self.others))):
            for part in parts:
                splitter.addWidget(part)
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(8)
            splitter.handle(1).setToolTip(DRAG)
            splitter.handle(1).installEventFilter(self)
        self.others.setObjectName("lab_others")
        self.others.setStretchFactor(0, 3)
        self.others.setStretchFactor(1, 2)
        self._asked: tuple[object, ...] = ()  # what the room was shared out for
        self._own: dict[QSplitter, bool] = {self.others: False, self.splitter: False}  # the person drew the line
        self.splitter.splitterMoved.connect(lambda *_: self._own.update({self.splitter: True}))
        self.others.splitterMoved.connect(lambda *_: self._own.update({self.others: True}))
        filled(QVBoxLayout(self), self.splitter, margins=(0, 0, 0, 0))

    def show_sheet(self, sheet: Sheet, seen: Sheet) -> None:
        """Its words, and its pictures as ``seen``."""
        self.title.setText(sheet.title)
        self.remark.setText(set_words.as_html(sheet.remark))
        self.remark.setVisible(bool(sheet.remark))
        self.kind.setVisible(sheet.has_x0_hat)
        self.plot.setVisible(bool(sheet.plots))
        self.sheet.show_sheet(seen)
        asked = shape(seen), sheet.remark, sheet.has_x0_hat, bool(sheet.plots), self.plot.minimumSizeHint()
        if asked != self._asked:  # not with each picture
            self._asked = asked
            self.share()

    def free(self, least: int) -> QRect:
        """Where nothing stands: beside the title, and above it; over the title for what is at ``least`` so wide."""
        place = self._gap.geometry()
        place.setTop(-MARGINS[1])
        place.setLeft(min(place.left(), max(0, place.right() + 1 - least)))
        return place

    def share(self) -> None:
        """Give the parts their room, unless the person has drawn the line."""
        width, height = self.width(), self.height()
        if self._own[self.splitter] or min(width, height) < 2 * UPPER:
            return
        gap = self.splitter.handleWidth()
        lower = max(self.pair.least_below, self.plot.minimumSizeHint().height(), round(LOWER * height))
        right = max(self.pair.least_aside, self.plot.minimumSizeHint().width(), round(ASIDE * width))
        below, aside = QSize(width, height - lower - gap), QSize(width - right - gap, height)
        if not self.sheet.filled:
            self._lay(False, below.height())
            return
        rooms = [self._room(size) for size in (below, aside)]
        words = [self.sheet.words_in(*room) for room in rooms]
        laid = [each.measures.laid(*room) for each, room in zip(words, rooms, strict=True)]
        good = [
            (layout.zoom, layout.size[0] <= room[0], not each.cut(layout), layout.size[1] <= room[1])
            for each, layout, room in zip(words, laid, rooms, strict=True)
        ]
        wide, high = self._around(below.width())
        if good[1] > good[0]:
            measures, zoom = words[1].measures, laid[1].zoom
            wide, _ = self._around(aside.width())
            self._lay(True, min(aside.width(), measures.width(zoom) + measures.spread(zoom) + wide))
        else:
            wanted = words[0].measures.height(laid[0].zoom) + high
            self._lay(False, max(UPPER, min(below.height(), wanted)))

    def _room(self, card: QSize) -> tuple[int, int]:
        """What a card of this size has for the sheet."""
        wide, high = self._around(card.width())
        return card.width() - wide, card.height() - high

    def _around(self, width: int) -> tuple[int, int]:
        """How much wider and higher the card is than the room for the sheet."""
        inner = width - MARGINS[0] - MARGINS[2] - 2
        words = max(part.sizeHint().height() for part in (self.title, self.kind) if not part.isHidden()) + 4
        if self.remark.text():
            words += self.remark.heightForWidth(inner) + 4
        return width - inner, words + MARGINS[1] + MARGINS[3] + 2

    def _lay(self, aside: bool, first: int) -> None:
        """``first``: the height of the sheet's card, or aside of the others its width."""
        ways = Qt.Orientation.Vertical, Qt.Orientation.Horizontal
        turned = self.splitter.orientation() != ways[aside]
        if turned:
            self.splitter.setOrientation(ways[aside])
            self.others.setOrientation(ways[not aside])
            self._own[self.others] = False
        self.pair.stand(aside)
        total = (self.width() if aside else self.height()) - self.splitter.handleWidth()
        if self.splitter.sizes() != [first, total - first]:
            self.splitter.setSizes([first, total - first])
        if turned or not self._own[self.others]:
            rest = self.height() if aside else self.width()
            self.others.setSizes([round(0.6 * rest), rest - round(0.6 * rest)])

    def resizeEvent(self, event: object) -> None:
        super().resizeEvent(event)  # type: ignore[arg-type]
        self.share()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self._own = dict.fromkeys(self._own, False)
            self.share()
            return True
        return super().eventFilter(watched, event)

    @property
    def fresh(self) -> bool:
        """Whether something new is not painted yet."""
        return self.isVisible() and (self.sheet.fresh or self.pair.fresh)

    def set_look(self, palette: Palette, scale: float) -> None:
        self.sheet.set_look(palette, scale)
        self.pair.set_look(palette, scale)
        self.plot.set_look(palette, scale)
        self.share()
