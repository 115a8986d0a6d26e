"""PairView: two cells of a sheet side by side at one t, and their difference; a slider walks both."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from diffviz import catalog
from diffviz.gui.panels.controls import label, named, show_value
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.picture_card import PictureCard
from diffviz.gui.panels.set_words import title_in
from diffviz.gui.panels.t_slider import WideSlider
from diffviz.gui.panels.viewport import Viewport
from diffviz.gui.theme import drawn
from diffviz.kinds import PICTURE, Kind
from diffviz.kinds.kind import GAIN
from diffviz.numerals import brief
from diffviz.palette import Palette

Side = tuple[str, str, np.ndarray]  # title, caption and picture
Gap = tuple[np.ndarray, float | None]  # a picture, and an RMS where there is one
GAP_TITLES = "difference × {0:g}", "Δ × {0:g}", "Δ"  # the longest that has room
BESIDE_PX, FOOT_GAP = 24, 4  # between a title and what stands at the right of it; and over the slider
LEAST_BESIDE_PX, LEAST_SHARE = 8, 0.6  # the same in a narrow card, and the share of it that a t may take
GAP_TIP = "|first − second|, {0:g} times as large; RMS: of the pixels' difference in the range −1..1"
BOTH_TIP = "Both over each other: the first in blue, the second in orange, dark where both are"
HEARD_TIP = "first − second, {0:g} times as large, which a click lets be heard; RMS: of its samples"


class PairView(QWidget):
    """Signals: ``t_changed(t)`` when the person moved the slider."""

    t_changed = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.viewport = Viewport()
        self.first = PictureCard("lab_first_panel", "first", self.viewport)
        self.second = PictureCard("lab_second_panel", "second", self.viewport)
        self._gain: float = GAIN
        self.gap = PictureCard("lab_difference_panel", GAP_TITLES[0].format(self._gain), self.viewport)
        self.cards = (self.first, self.second, self.gap)
        for card in self.cards:
            card.view.resamples = True
            card.installEventFilter(self)
        for card, words in ((self.first, "first picture"), (self.second, "second picture")):
            card.let_title_be_cut()  # both are as large as each other, whatever they are called
            card.setAccessibleName(words)
        self._kind: Kind = PICTURE
        self._titles: tuple[str, ...] = ("", "")
        self._captions: tuple[str, ...] = ("", "")
        self._at = ""  # the t at which the slider stands
        self.slider = named(WideSlider(), "lab_slider", spoken="timestep t of both")
        self.level = label("", "small")
        self.level.setMinimumWidth(72)
        self._grid = QGridLayout()
        self._grid.setSpacing(8)
        self._aside = True
        foot = filled(QHBoxLayout(), (self.slider, 1), self.level, spacing=8)
        self._column = filled(QVBoxLayout(self), (self._grid, 1), foot, margins=(0, 0, 0, 0), spacing=FOOT_GAP)
        self.stand(False)  # in its place: see SchedulePanel's rows
        self.slider.valueChanged.connect(self.t_changed)
        self.show_pair(None, None)

    def stand(self, aside: bool) -> None:
        """All in a row, or in a column at the side the two above their difference."""
        if aside == self._aside:
            return
        self._aside = aside
        places = ((0, 0, 1, 1), (0, 1, 1, 1), (1, 0, 1, 2)) if aside else ((0, 0, 1, 1), (0, 1, 1, 1), (0, 2, 1, 1))
        for card, place in zip(self.cards, places, strict=True):
            self._grid.addWidget(card, *place)
        for i in range(3):
            self._grid.setColumnStretch(i, int(i < 2 or not aside))
            self._grid.setRowStretch(i, int(i < 1 + aside))
        self._leave_rest()
        if self.isVisible():
            self._column.activate()  # now: a splitter asks how much it needs

    def _leave_rest(self) -> None:
        """Pixels that the cards cannot share stay free: of another width by one, pictures may be of another size."""
        count = 2 if self._aside else 3
        self._grid.setContentsMargins(0, 0, (self.width() - (count - 1) * self._grid.spacing()) % count, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._leave_rest()
        super().resizeEvent(event)

    @property
    def least_aside(self) -> int:
        """The width that both need beside each other."""
        return 2 * max(card.minimumSizeHint().width() for card in (self.first, self.second)) + self._grid.spacing()

    @property
    def least_below(self) -> int:
        """The height that all need in a row, however they stand now."""
        foot = max(part.minimumSizeHint().height() for part in (self.slider, self.level))
        return max(card.minimumSizeHint().height() for card in self.cards) + FOOT_GAP + foot

    def show_kind(self, kind: Kind, gain: float = GAIN) -> None:
        """What the pictures are of, and how many times as large their difference is shown."""
        if (kind, gain) != (self._kind, self._gain):
            self._kind, self._gain = kind, gain
            self._name_gap()

    def show_pair(self, first: Side | None, second: Side | None, gap: Gap | None = None) -> None:
        """Both, None where nothing is chosen; ``gap``: their difference and its RMS, where they have one.

        Two of one row are called by their columns, which tell them apart; a narrow card has room for one name.
        """
        if first and second and first[0] == second[0] and first[1] and second[1] and first[1] != second[1]:
            first, second = ((column, row, picture) for row, column, picture in (first, second))
        fills = not self._kind.keeps_rasters  # no pixel of it means anything
        self._titles = tuple(f"{k} · {side[0]}" if side else "" for k, side in ((1, first), (2, second)))
        self._captions = tuple(drawn(side[1]) if side else "" for side in (first, second))
        self._name_cards()
        for card, shown in ((self.first, first), (self.second, second)):
            heard = ", it is heard" if self._kind.heard else ""
            words = self._kind.told(f"click a picture of the sheet{heard}")
            card.view.show_message(words if card is self.first else "click another one")
            card.view.show_array(shown[2] if shown else None, fills=fills)
        self.gap.set_caption("" if gap is None or gap[1] is None else self._rms(gap[1]))
        self.gap.view.show_message(self._kind.told("of two pictures"))
        self.gap.view.show_array(None if gap is None else gap[0], fills=fills)

    def show_levels(self, T: int, levels: tuple[float, ...]) -> None:
        """The slider's range and the states that it visits; none: it has nothing to walk."""
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, T)
        self.slider.set_ticks(levels)
        self.slider.setEnabled(bool(levels))
        why = "" if levels else "Walks rows that are chains; none is chosen"
        self.slider.setToolTip(why or "Walk both chains to one t")

    def show_t(self, t: int | None) -> None:
        """Where the slider stands; of cells as the sheet has them at the end."""
        self._at = "" if t is None else f"t = {t}"
        self.level.setText(self._at)
        show_value(self.slider, t or 0)
        self.slider.update()

    @property
    def fresh(self) -> bool:
        """Whether a visible panel holds a picture that is not painted yet."""
        return any(card.view.fresh and card.view.isVisible() for card in self.cards)

    def eventFilter(self, card: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:  # of a card: it has another width beside the sheet and below it
            self._name_gap()
            self._name_cards()
        return super().eventFilter(card, event)

    def set_look(self, palette: Palette, scale: float) -> None:
        self.slider.set_look(palette, scale)
        self.level.setMinimumWidth(round(72 * scale))
        for card in self.cards:
            card.view.set_palette(palette, scale)
        self._name_gap()

    def _name_cards(self) -> None:
        """Which cells they are, in smaller letters or cut where the card is narrow.

        What the foot says too is left out there; a t of a state's own never. Where the slider has no t to say there,
        the foot has the captions.
        """
        font = self.first.font()
        font.setBold(True)
        metrics, cards = QFontMetrics(font), (self.first, self.second)
        rooms = [max(40, card.width() - 24) for card in cards]
        wide = [metrics.horizontalAdvance(drawn(title)) for title in self._titles]
        beside = [metrics.horizontalAdvance(caption) for caption in self._captions]
        bold = all(title <= room for title, room in zip(wide, rooms, strict=True))  # of one look
        fits = [title + caption + BESIDE_PX <= room for title, caption, room in zip(wide, beside, rooms, strict=True)]
        below = not self._at and not all(fits)
        said, (one, other) = self._at, self._captions
        if below:
            each = (f"{k}: {caption}" for k, caption in enumerate(self._captions, 1) if caption)
            said = one if one == other else "  ·  ".join(each)
        self.level.setText(metrics.elidedText(said, Qt.TextElideMode.ElideRight, max(72, self.width() // 2)))
        named = zip(cards, self._titles, self._captions, beside, rooms, fits, strict=True)
        for card, title, caption, needs, room, both in named:
            left_out = below or (not both and caption == said)
            card.set_caption("" if left_out else caption)
            least = 0 if both or left_out else min(needs + LEAST_BESIDE_PX, round(LEAST_SHARE * room))
            words, _ = title_in(title, card.font(), room - least, bold and not least)
            card.set_title(words, "" if both else ", ".join(filter(None, (drawn(title), caption))))

    def _name_gap(self) -> None:
        """The RMS needs its place beside the title: a narrow card has a short one."""
        if catalog.KINDS[self._kind.name].cloud:
            self.gap.set_title("1 and 2", BOTH_TIP)
            return
        metrics = QFontMetrics(self.gap.font())
        for title in (title.format(self._gain) for title in GAP_TITLES):
            if metrics.horizontalAdvance(f"{title}  RMS < 0.01 ") * 1.1 + 30 < self.gap.width():  # the title is bold
                break
        self.gap.set_title(title, (HEARD_TIP if self._kind.heard else GAP_TIP).format(self._gain))

    def _rms(self, gap: float) -> str:
        """Of 8-bit pictures, with the decimals that these carry: the sheet's own, of all digits, has more."""
        if self._kind.heard:
            return f"RMS {brief(gap)}"
        return "RMS < 0.01" if 0 < gap < 0.01 else f"RMS {gap:.2f}"
