"""WindowParts: what stands where in the window: the bar on top, the pages, the side panel, the line at the foot."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QActionGroup, QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QMenu,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from diffviz.gui.icons import icon
from diffviz.gui.panels.column import LANE
from diffviz.gui.panels.controls import label, named
from diffviz.gui.panels.equation_panel import EquationPanel
from diffviz.gui.panels.help_overlay import Region
from diffviz.gui.panels.layouts import action_button, filled, in_a_row
from diffviz.gui.panels.sample_sheet import SampleSheet
from diffviz.gui.panels.schedule_panel import SchedulePanel
from diffviz.gui.panels.schedule_plot import LEAST_PX, LOW_PX
from diffviz.gui.panels.segments import Segments
from diffviz.gui.panels.tab_order import tab_after
from diffviz.gui.shared import Shared
from diffviz.lens_catalog import LENSES
from diffviz.palette import Palette

LOWER = 0.29  # of the height, at least, where the person has not said
LENS, TALL = 0.6, 0.66  # of the height, at most, for a lens whose plots want more than the least
LOW = 560  # pixels of height below which the plot of the schedule is content with less
BESIDE = Qt.ToolButtonStyle.ToolButtonTextBesideIcon
PRESENTED = 0.25  # of the height, for the plot alone: it is read from the last row


class Divided(QSplitter):
    """``chosen``: the height of the lower part that the person has chosen, None for as the pictures want it."""

    def __init__(self, pictures: EquationPanel, curves: SchedulePanel) -> None:
        super().__init__(Qt.Orientation.Vertical)
        self._pictures, self._curves = pictures, curves
        self.chosen: int | None = None
        self._presents, self._least = False, 0
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
        lower, self._least = self.chosen, least
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

    def event(self, event: QEvent) -> bool:
        done = super().event(event)
        if event.type() == QEvent.Type.LayoutRequest and self._curves.minimumSizeHint().height() != self._least:
            self.share()  # what has come or gone in the curves while another page was seen is laid out late
        return done

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonDblClick:
            self.choose(None)
            return True
        return super().eventFilter(watched, event)


FIRST_SIZE, LEAST_SIZE = QSize(1440, 860), QSize(1024, 640)
FRAME_PX = 32  # of the screen's height, for the bar with the title
WAYS = {"forward": "direction_forward", "reverse": "direction_reverse", "laboratory": "laboratory"}

MARGIN = 6


class WindowParts:
    """The widgets of the window that no panel owns.

    Attributes:
        top, foot: bars that the presentation hides. way: Add noise, Remove noise, Laboratory. pages: the equation with
            its plot (``splitter``), and the laboratory once it was opened. columns: of what comes and goes.
    """

    def __init__(self, shared: Shared, samples: QMenu) -> None:
        self._side, self._view, self._panel, actions = shared.side, shared.equation, shared.curves, shared.actions
        pages = {key: actions[name] for key, name in WAYS.items()}
        self.way = Segments([(key, action.text(), action.toolTip()) for key, action in pages.items()], name="page")
        one = QActionGroup(self.way)  # chosen once more, a page stays checked
        for action in pages.values():
            one.addAction(action)
        self.samples = _samples_button(samples)
        self.buttons = [action_button(actions[name], style=BESIDE) for name in ("open", "paste", "export")]
        self.top = in_a_row(*self.buttons[:2], self.samples, None, self.way, None, self.buttons[2], spacing=6)
        self.top.setContentsMargins(0, 0, LANE, 0)
        self.splitter = Divided(shared.equation, shared.curves)
        self.pages = QStackedWidget()
        self.pages.addWidget(self.splitter)
        self.device = named(label("● starting…", "small", "Where the network runs"), "device_label")
        self.training = named(label("", "small", "The training that runs; click to see it"), "training_label")
        self.training.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # numbers are read whole
        self.values = named(label("", "small"), "values_label")
        self.foot = QWidget()
        filled(QHBoxLayout(self.foot), self.device, (self.training, 1), self.values, margins=(4, 0, 4 + LANE, 0))

    def show_training(self, text: str) -> None:
        """How far the training is, whose panel may be closed."""
        self.training.setText(f'<a href="train">training</a>: {text}' if text else "")

    def add_page(self, page: QWidget, card: QWidget) -> None:
        """The laboratory, and its card in the side panel: Tab reaches them after the bar on top."""
        self.pages.addWidget(page)
        tab_after(self.buttons[-1], page, card)

    def present(self, on: bool) -> None:
        """The pages alone, with free edges at both sides; else the side panel has one of its own."""
        for widget in (self.top, self._side, self.foot):
            widget.setVisible(not on)
        self.column.setContentsMargins(LANE, MARGIN, LANE if on else 0, MARGIN)

    def set_look(self, palette: Palette, scale: float) -> None:
        """Icons of the bar on top."""
        self.samples.setIcon(icon("image", palette))
        for button in (*self.buttons, self.samples):
            button.setIconSize(QSize(round(18 * scale), round(18 * scale)))

    def parts(self) -> list[QWidget]:
        """The large parts that are seen now, in the order of the tab key."""
        page = [self._view, self._panel] if self.pages.currentIndex() == 0 else [self.pages.currentWidget()]
        return [self.top, *page, self._side.column, self._side.run]

    def regions(self) -> list[Region]:
        """What is seen now, the largest part first, in a few words each."""
        side, panel = self._side, self._panel
        runs = self.pages.currentIndex() != 0
        page: list[Region] = [
            Region(self.pages, "Results", "Rows are what is compared, columns are t or steps; click two.")
        ]
        if not runs:
            page = [
                Region(
                    self._view,
                    "The equation",
                    "One picture is the sum of the other two, with the factors between them.",
                ),
                Region(panel.stack, f"Lens: {LENSES[panel.shown].label}", LENSES[panel.shown].tip),
                Region(panel.strip, "Film strip", "The picture at each t; click to go there."),
                Region(panel.slider, "Slider", "t: 0 is the clean picture, T is noise."),
            ]
        return [
            *page,
            Region(self.way, "Pages", "Add noise, remove it, compare."),
            Region(side.column.viewport(), "Settings", "What makes the pictures. A line with ▸ opens the rest."),
            Region(side.generate, "Go", "Runs the experiment." if runs else "Removes noise."),
        ]

    def central(self) -> QWidget:
        """All of it as one widget."""
        middle, central = filled(QHBoxLayout(), (self.pages, 1), self._side, spacing=8), QWidget()
        margins = LANE, MARGIN, 0, MARGIN
        self.column = filled(QVBoxLayout(central), self.top, (middle, 1), self.foot, margins=margins, spacing=MARGIN)
        return central


def _samples_button(menu: QMenu) -> QToolButton:
    made = QToolButton(toolButtonStyle=BESIDE)
    button = named(made, "samples_button", "Pictures that come with diffviz", by_tab=True)
    button.setText(" Samples")
    sheet = SampleSheet(menu, button)
    button.clicked.connect(lambda: sheet.open_under(button))
    return button


def least_size(window: QWidget) -> QSize:
    """That it can be made: with its frame it fits a screen of 1920x1080 at 200 %."""
    return _room(window).boundedTo(LEAST_SIZE)


def first_size(window: QWidget) -> QSize:
    """Of a window that nobody has sized: with its frame it fits its screen, but for a platform that has none."""
    if QGuiApplication.platformName() == "offscreen":
        return FIRST_SIZE
    return FIRST_SIZE.boundedTo(_room(window))


def _room(window: QWidget) -> QSize:
    """What the screen leaves inside a frame."""
    return window.screen().availableSize() - QSize(0, FRAME_PX)
