"""EquationPanel: x_t = √ᾱ x_0 + √(1-ᾱ) ε as three linked pictures, and under it one chain step or the live step."""

from __future__ import annotations

import html
import re

import numpy as np
from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from diffviz.gui.numbers import fraction
from diffviz.gui.panels.arrangement import Arrangement, Content, Frame, arranged, places
from diffviz.gui.panels.controls import named
from diffviz.gui.panels.divider import Divider
from diffviz.gui.panels.equation_words import SECOND, TITLES
from diffviz.gui.panels.in_words import in_words
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.picture_card import PictureCard
from diffviz.gui.panels.viewport import Viewport
from diffviz.gui.theme import X_HAT, drawn, wrapped
from diffviz.kinds.tiles import ONE, Grid
from diffviz.numerals import brief
from diffviz.palette import DARK, Palette
from diffviz.session.glossary import explain, signs_of

COEFFICIENT_PX = (58, 78)  # "5·10⁻⁵" has room
WIDE_PX, MOST = 1700, 1.8  # of the panel, from where on coefficients grow with it, and how much
LEAST_PX = 150  # of a picture's area: the words above it have room
SPACING = 5
NUMBER = re.compile(r"(?!(?<=<sub>)0<)[\d.,]+")  # of x_0 the 0 is a name
SETTLED_MS = 80  # after the last of many sizes pictures are made for it


class Coefficient(QLabel):
    """ "=", 0.407 and √ᾱ_t below each other, between two pictures."""

    def __init__(self, sign: str, formula: str, role: str) -> None:
        super().__init__()
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setTextFormat(Qt.TextFormat.RichText)
        self._sign, self._formula, self._role = sign, formula, role
        self._value: float | None = None
        self._palette, self._scale = DARK, 1.0

    def show_value(self, value: float | None, sign: str | None = None) -> None:
        """A factor, or None for "not known yet"."""
        self._value = value
        self._sign = sign or self._sign
        colour = self._palette.signal if self._role == "signal" else self._palette.noise
        text = "" if value is None else fraction(value, 3)
        number = html.escape(text) or "·"
        big, small = round((19 if len(text) <= 5 else 16) * self._scale), round(13 * self._scale)
        self.setText(
            f'<div style="font-size:{round(19 * self._scale)}px">{self._sign}</div>'
            f'<div style="font-size:{big}px; color:{colour}">{number}</div>'
            f'<div style="font-size:{small}px; color:{self._palette.muted}">{self._formula}</div>'
        )

    def show_tip(self, text: str) -> None:
        """Its formula with the numbers in it."""
        if text != self.toolTip():
            self.setToolTip(text)

    def show_formula(self, formula: str) -> None:
        """What the factor is."""
        self._formula = formula
        self.show_value(self._value)

    def set_look(self, palette: Palette, scale: float) -> None:
        self._palette, self._scale = palette, scale
        self.show_value(self._value)


class EquationRow(QObject):
    """Three cards with the two coefficients between them, in the ``board`` that gives them their places."""

    def __init__(
        self, names: tuple[str, str, str], formulas: tuple[str, str], viewport: Viewport, board: QWidget
    ) -> None:
        super().__init__(board)
        self.cards = [PictureCard(name, "", viewport) for name in names]
        self.signal = Coefficient("=", formulas[0], "signal")
        self.noise = Coefficient("+", formulas[1], "noise")
        self.widgets = self.cards[0], self.signal, self.cards[1], self.noise, self.cards[2]
        for widget in self.widgets:
            widget.setParent(board)
        self.pointed = 0  # the card that the cursor, or the keys, were over last
        for n, card in enumerate(self.cards):
            card.view.setMinimumSize(1, 1)
            for signal in (card.hovered, card.clicked):
                signal.connect(lambda *_, n=n: setattr(self, "pointed", n))
            card.hovered.connect(self._mark)

    def show_pictures(self, pictures: tuple[np.ndarray | None, ...], grid: Grid = ONE, fills: bool = False) -> None:
        for card, picture in zip(self.cards, pictures, strict=True):
            if card.view.array() is not picture or picture is None:
                card.view.show_array(picture, grid, fills)

    def place(self, rectangles: list[tuple[int, int, int, int]], aside: bool) -> None:
        for card in self.cards:
            card.lay_head(aside)
        for widget, rectangle in zip(self.widgets, rectangles, strict=True):
            widget.setGeometry(*rectangle)

    def set_visible(self, visible: bool) -> None:
        for widget in self.widgets:
            widget.setVisible(visible)

    def set_look(self, palette: Palette, scale: float) -> None:
        self.signal.set_look(palette, scale)
        self.noise.set_look(palette, scale)
        for card in self.cards:
            card.set_look(palette, scale)

    def show_crosses(self, places: list[tuple[float, float] | None]) -> None:
        """Where in each card a lens looks, shares of width and height; None: nowhere."""
        for card, place in zip(self.cards, places, strict=True):
            card.view.show_cross(place)

    def _mark(self, x: int, y: int) -> None:
        for card in self.cards:
            if card is not self.sender():
                card.view.show_mark(x, y)


class Board(QWidget):
    """Room for the rows of an equation. ``changed()``: it has another size, or its screen other pixels."""

    changed = Signal()

    def resizeEvent(self, event: object) -> None:
        self.changed.emit()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:
            self.changed.emit()
        return super().event(event)


class EquationPanel(QWidget):
    """The pictures of a scene.

    Signals: ``hovered(x, y)`` and ``clicked(x, y)`` in picture pixels of any of the three panels; ``content_changed()``
    when pictures of another shape want another room; ``large_chosen(name)``: which card is to be the large one, x_t or
    x_0, "" for none; ``settled()`` when the room of the pictures has been another one
    for a moment, or another time of them is seen, so that those that fill it can be made anew.
    """

    hovered = Signal(int, int)
    clicked = Signal(int, int)
    painted = Signal()
    content_changed = Signal()
    settled = Signal()
    large_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.viewport = Viewport()
        self._board = Board()
        self._board.setMinimumSize(360, 120)
        self._board.changed.connect(self._arrange)
        self._content, self._rows, self._large = Content(), 1, ""
        self._large_said = "", False
        self._arrangement: Arrangement | None = None
        self._line_length, self._line_words = 0, ""
        self._settling = QTimer(self, singleShot=True, interval=SETTLED_MS)
        self._settling.timeout.connect(self.settled)
        self.viewport.span_changed.connect(self.settled)
        names = ("x_t_panel", "x_0_panel", "eps_panel")
        self.jump = EquationRow(names, ("√ᾱ<sub>t</sub>", "√(1−ᾱ<sub>t</sub>)"), self.viewport, self._board)
        names = ("step_x_t_panel", "step_x_s_panel", "step_z_panel")
        self.step = EquationRow(names, SECOND["step"][1], self.viewport, self._board)
        self.x_t, self.x_0, self.eps = self.jump.cards
        self.divider = Divider(self.x_t.view, self.viewport.changed)
        self.x_0.view.resamples = True
        line = QLabel(self._board, textFormat=Qt.TextFormat.RichText, wordWrap=True)
        self.line = named(line, "formula_line")
        self.line.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._line_heights: dict[tuple[int, int], int] = {}
        filled(QVBoxLayout(self), self._board, margins=(0, 0, 0, 0), spacing=0)
        self._palette, self._scale, self._letters = DARK, 1.0, 1.0
        self._second = ""
        self.step.set_visible(False)
        for card in self.jump.cards:
            card.hovered.connect(self.hovered)
            card.clicked.connect(self.clicked)
            card.view.painted.connect(self.painted)
        for name, card in self._can_be_large.items():
            card.enlarge.clicked.connect(lambda on, name=name: self.large_chosen.emit(name if on else ""))
        self.show_direction("forward")

    @property
    def _can_be_large(self) -> dict[str, PictureCard]:
        return {"x_t": self.x_t, "x_0": self.x_0}

    def range_under(self, wide: float) -> float:
        """Over how much the picture under the cursor, or of the keys, shows: x_0 over 1, x_t and ε over ``wide``."""
        return 1.0 if self.x_0.view.underMouse() or self.x_0.view.hasFocus() else wide

    # -- what is shown

    def show_direction(self, direction: str) -> None:
        """Titles of Forward or Reverse."""
        for card, (title, tip) in zip(self.jump.cards, TITLES[direction], strict=True):
            card.set_title(title, tip)

    def show_content(self, content: Content) -> None:
        """What the next pictures are like: their cards are cut to it."""
        if content != self._content:
            self._content = content
            self._arrange()
            self.content_changed.emit()

    def show_stars(self, stars: frozenset[int]) -> None:
        """Which samples are favourites."""
        for card in self.jump.cards:
            card.view.show_stars(stars)

    def show_messages(self, x_t: str, x_0: str, eps: str) -> None:
        """Words for panels without a picture."""
        for card, text in zip(self.jump.cards, (x_t, x_0, eps), strict=True):
            card.view.show_message(text)

    def show_coefficients(self, alpha_bar: float | None, gap: float = 0.0, broken: bool = False) -> None:
        """√ᾱ and √(1-ᾱ); "≈" with the size of the gap where clipping broke the sum."""
        if alpha_bar is None:
            self.jump.signal.show_value(None, "=")
            self.jump.noise.show_value(None)
            return
        self.jump.signal.show_value(alpha_bar**0.5, "≈" if broken else "=")
        self.jump.noise.show_value((1 - alpha_bar) ** 0.5)
        tip = (
            f"{X_HAT}<sub>0</sub> was clipped here, so the sum misses x<sub>t</sub> by up to {brief(gap, 3)}"
            if broken
            else "The sum holds to rounding"
        )
        self.jump.signal.setToolTip(explain("signal", f"= <b>{brief(alpha_bar**0.5, 6)}</b>", tip))
        self.jump.noise.setToolTip(explain("noise", f"= <b>{brief((1 - alpha_bar) ** 0.5, 6)}</b>"))

    def show_large(self, name: str, free: bool) -> None:
        """The card that is the large one, "" for none; ``free``: whether another can be."""
        if (name, free) == self._large_said:  # a chain says it with each state
            return
        self._large_said = name, free
        for key, card in self._can_be_large.items():
            words = drawn("x_t" if key == "x_t" else f"{X_HAT}_0")
            card.enlarge.setVisible(free)
            card.enlarge.setChecked(key == name)
            tip = f"{words} no larger than before" if key == name else f"{words} large, the others small"
            card.enlarge.setToolTip(tip)
            card.enlarge.setAccessibleName(in_words(tip))
        if name != self._large:
            self._large = name
            self._arrange()
            self.content_changed.emit()

    def show_second(self, row: str) -> None:
        """Show the second row, one of ``SECOND``, or none."""
        visible = row in SECOND
        if visible and row != self._second:
            self._second = row
            self.name_second()
        if self._rows != 1 + visible:
            self._rows = 1 + visible
            self.step.set_visible(visible)
            self._arrange()
            self.content_changed.emit()

    def name_second(self) -> None:
        """Call the second row's pictures and factors what they are where no step is drawn in it."""
        titles, formulas, tips = SECOND[self._second]
        for card, (title, tip) in zip(self.step.cards, titles, strict=True):
            card.set_title(title, tip)
        for factor, formula, tip in zip((self.step.signal, self.step.noise), formulas, tips, strict=True):
            factor.show_formula(formula)
            factor.show_tip(wrapped(tip))

    def show_line(self, text: str) -> None:
        """The sentence or formula under the pictures (rich text)."""
        before, self._line_length = self._line_length, len(text)
        self.line.setText(text)
        words = NUMBER.sub("", text)
        if words != self._line_words:
            self._line_words = words
            self.line.setToolTip(signs_of(text))
        # texts of one length take as many lines: only their numbers differ
        if before != self._line_length and self._line_place().size() != self.line.size():
            self._arrange()
            self.content_changed.emit()

    def set_look(self, palette: Palette, scale: float) -> None:
        self._palette, self._scale, self._letters = palette, scale, 0.0
        self._line_heights.clear()
        self.divider.set_look(palette)
        words = self.line.text()
        self.line.clear()  # a link keeps the colour that it was set with
        self.line.setText(words)
        self._arrange()

    @property
    def fresh(self) -> bool:
        """Whether a visible panel holds a picture that is not painted yet, or waits for one of its size."""
        return self._settling.isActive() or any(c.view.fresh and c.view.isVisible() for c in self.jump.cards)

    # -- geometry

    @property
    def device_size(self) -> tuple[int, int]:
        """(H, W) in the screen's pixels at which the content is shown where the whole of it is seen."""
        width, height = self._arranged(self._board.width(), self._board.height()).device
        return height, width

    @property
    def wants_height(self) -> bool:
        """Whether more was asked for than one row of pictures of like size."""
        return self._rows > 1 or bool(self._large)

    def height_in(self, width: int, height: int) -> int:
        """How much of so much room the panel needs for its pictures to be as large as they can be there."""
        made = self._arranged(width, height)
        return made.height + self._below(width, height, made)

    def _arranged(self, width: int, height: int) -> Arrangement:
        """The pictures over the line, which stands in the gap that a large one leaves, where that is enough."""
        made = self._fitted(width, height)
        below = self._below(width, height, made)
        return self._fitted(width, height - below) if below else made

    def _fitted(self, width: int, height: int) -> Arrangement:
        large = list(self._can_be_large).index(self._large) if self._large else None
        return arranged((width, height), self._rows, self._content, self._frame(), self.devicePixelRatioF(), large)

    def _below(self, width: int, height: int, made: Arrangement) -> int:
        """How much height the line takes from the pictures."""
        gap = self._gap(width, made)
        rows = 2 * self.line.fontMetrics().lineSpacing()  # always for two: it stays where it is when its numbers grow
        inside = gap is not None and max(rows, self._line_height(gap.width())) + 2 * SPACING <= gap.height()
        return 0 if inside else self._line_height(width) + SPACING

    def _gap(self, width: int, made: Arrangement) -> QRect | None:
        """The room under x_0 and ε beside a large x_t."""
        if made.large is None or made.large[0] != 0:
            return None
        x_0, _, eps = places((width, made.height), 1, made, self._frame())[0][2:]
        top = x_0[1] + x_0[3]
        return QRect(x_0[0], top, eps[0] + eps[2] - x_0[0], made.height - top)

    def _line_height(self, width: int) -> int:
        key = self._line_length, width
        if key not in self._line_heights:
            self._line_heights[key] = self.line.heightForWidth(width)
        return self._line_heights[key]

    def _line_place(self) -> QRect:
        """Where the line stands now."""
        width, height = self._board.width(), self._board.height()
        made = self._arranged(width, height)
        gap, below = self._gap(width, made), self._below(width, height, made)
        top = max(0, height - made.height - below) // 2
        if gap is not None and not below:
            return QRect(gap.x(), top + gap.y() + SPACING, gap.width(), self._line_height(gap.width()))
        return QRect(0, top + made.height + SPACING, width, self._line_height(width))

    def _frame(self) -> Frame:
        wide, high = (round(side * self._wanted_letters) for side in COEFFICIENT_PX)
        return Frame(self.x_t.around(), (wide, high), self.x_t.around(aside=True), round(LEAST_PX * self._scale))

    @property
    def _wanted_letters(self) -> float:
        """The size of coefficients: between large pictures they are lost in small letters."""
        return max(self._scale, min(MOST, self._board.width() / WIDE_PX))

    def _arrange(self) -> None:
        """Give cards, coefficients and the line their places in the board."""
        if self._letters != self._wanted_letters:
            self._letters = self._wanted_letters
            for row in (self.jump, self.step):
                row.set_look(self._palette, self._letters)
        size = self._board.width(), self._board.height()
        before, self._arrangement = self._arrangement, self._arranged(*size)
        rows = places(size, self._rows, self._arrangement, self._frame())
        top = max(0, size[1] - self._arrangement.height - self._below(*size, self._arrangement)) // 2
        for row, rectangles in zip((self.jump, self.step), rows, strict=False):
            row.place([(x, top + y, w, h) for x, y, w, h in rectangles], self._arrangement.aside)
        place = self._line_place()
        self.line.setGeometry(place)
        self.line.setVisible(place.bottom() < size[1])  # half a line says nothing
        if before is not None and before.device != self._arrangement.device and self._content.fills:
            self._settling.start()
