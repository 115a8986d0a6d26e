"""WordsRow: a class beside its name, or a prompt over the whole width, with what fills, keeps and blends it."""

from __future__ import annotations

import random

from PySide6.QtCore import QObject, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSlider, QToolButton, QWidget

from diffviz.gui.icons import icon
from diffviz.gui.panels.condition_box import ConditionBox
from diffviz.gui.panels.controls import RealSpin, named, show_value
from diffviz.gui.panels.layouts import filled, in_a_row
from diffviz.gui.panels.rows import Card
from diffviz.palette import Palette
from diffviz.scene import ModelSpec
from diffviz.vocabulary import BLENDED, Wording

BLEND_TIP = (
    "What the network predicts of either prompt is mixed at each step, (1 − b) of the first and b of the second: of "
    "the predictions, not of the words (composable diffusion, Liu et al. 2022). b = 0 is the first alone, 1 the second"
)
PARTS = 100


class _Slider(QSlider):
    """The wheel scrolls the column that it stands in."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class BlendRow(QWidget):
    """Signals: ``asked()``: for a second prompt; ``chosen(share)``: of it, in 0..1."""

    asked = Signal()
    chosen = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.ask = named(QPushButton("Blend with…"), "blend_button", by_tab=True)
        spoken = "blend: share of the second prompt"
        self.slider = named(_Slider(Qt.Orientation.Horizontal), "blend_slider", spoken=spoken)
        self.slider.setRange(0, PARTS)
        self.slider.setPageStep(PARTS // 10)
        self.slider.setTracking(False)  # one step of undo for a drag
        self.slider.setMinimumWidth(40)
        self.share = named(RealSpin(minimum=0, maximum=1, singleStep=0.05), "blend_spin", spoken=spoken)
        filled(QHBoxLayout(self), self.ask, (self.slider, 1), self.share, margins=(0, 0, 0, 0), spacing=6)
        self.ask.clicked.connect(self.asked)
        self.slider.sliderMoved.connect(lambda part: show_value(self.share, part / PARTS))
        self.slider.valueChanged.connect(lambda part: self.chosen.emit(part / PARTS))
        self.share.valueChanged.connect(self.chosen)

    def show_blend(self, blended: bool, share: float) -> None:
        """Whether there is a second prompt, and its share."""
        self.ask.setVisible(not blended)
        self.slider.setVisible(blended)
        self.share.setVisible(blended)
        if not self.slider.isSliderDown():
            with QSignalBlocker(self.slider):
                self.slider.setValue(round(share * PARTS))
            show_value(self.share, share)


TIP = "What the network is asked for; “any”: the unconditional one"
WORDS_TIP = "What the network is asked for: phrases, commas between them; Return generates; “A | B” blends two prompts"
SURPRISE = "Other words: the caption of one of its training pictures; the seed stays"
KEEP, KEPT = "Keep these words: they stand first in the list", "These words are kept; click to let them go"


class WordsRow(QObject):
    """Signal ``kept_changed(prompts)``: the person's own prompts, the newest first."""

    kept_changed = Signal(list)

    def __init__(self, card: Card, box: ConditionBox) -> None:
        super().__init__(card)
        self._grid, self._box = card.grid, box
        self.name = card.add_row("class", box, TIP)
        self._row = card.grid.rowCount() - 1
        self.surprise, self.keep = QToolButton(), QToolButton()
        for button, name, words in (
            (self.surprise, "surprise_button", "surprise me"),
            (self.keep, "keep_words_button", "keep these words"),
        ):
            named(button, name, spoken=words, by_tab=True)
        self.surprise.setText("Surprise me")
        self.surprise.setToolTip(SURPRISE)
        self.keep.setCheckable(True)
        self._tools = in_a_row(None, self.surprise, self.keep, spacing=4)
        self._grid.addWidget(self._tools, self._row, 1)
        self._tools.hide()
        self._below = self._row + 1
        card.object_under(box, self._below)
        self._grid.setRowMinimumHeight(self._below + 1, 0)  # where the objection comes
        self.blend = BlendRow()
        self._blend_name = card.add_row("blend", self.blend, BLEND_TIP)
        card.object_under(self.blend.share)
        self._vocabulary: Wording | None = None
        self._told = False
        self._rows = False
        self.prompts: list[str] = []
        self.surprise.clicked.connect(self._surprise)
        self.keep.clicked.connect(self._toggle)
        self.blend.asked.connect(box.ask_second)
        box.prompt_changed.connect(self._show_kept)

    def show_known(self, class_names: tuple[str, ...], words: Wording | None, guides: bool, chosen: str | None) -> None:
        """What a model can be asked for, see ``ConditionBox.show_known``."""
        self._vocabulary = words
        self.show_told(words is not None)
        self._tools.setVisible(words is not None and self._box.read)
        self.surprise.setVisible(words is not None and bool(words.examples))
        place = (self._row, 1, 1, 1) if words is None else (self._below, 0, 1, 2)
        self._grid.addWidget(self._box, *place)
        self._box.show_known(class_names, words, guides, chosen, tuple(self.prompts))
        self._show_kept()

    def show_told(self, told: bool) -> None:
        """Whether it is words that the model is told, also where they are not known."""
        self._told = told
        self._call()

    def show_read(self, read: bool) -> None:
        """Whether anything is asked of the model: else nothing of it is seen."""
        self._box.read = read
        for part in (self.name, self._box):
            part.setVisible(read)
        self._tools.setVisible(read and self._vocabulary is not None)
        self._box.say_of_it()
        self._show_kept()

    @property
    def tip(self) -> str:
        """What the box is for."""
        return TIP if self._vocabulary is None else WORDS_TIP

    def show_said(self, spec: ModelSpec, rows: bool) -> None:
        """What the scene asks for; ``rows``: of that class is the first row alone."""
        self._rows = rows
        self._call()
        self._box.show_said(spec.class_label)
        self.blend.show_blend(spec.blended, spec.blend)

    def _call(self) -> None:
        self.name.setText("words" if self._told else "from class" if self._rows else "class")

    def show_prompts(self, prompts: list[str]) -> None:
        """Those that were kept before."""
        self.prompts = prompts
        self._box.show_prompts(tuple(prompts))
        self._show_kept()

    def _surprise(self) -> None:
        if self._vocabulary is not None:
            others = [caption for caption in self._vocabulary.examples if caption != self._box.prompt]
            if others:
                said = self._box.prompt or ""
                self._box.say(f"{said} {random.choice(others)}" if said.endswith(BLENDED) else random.choice(others))

    def _toggle(self) -> None:
        said = self._box.prompt
        if said:
            rest = [prompt for prompt in self.prompts if prompt != said]
            self.prompts = rest if len(rest) < len(self.prompts) else [said, *rest]
            self._box.show_prompts(tuple(self.prompts))
            self.kept_changed.emit(self.prompts)
        self._show_kept()

    def _show_kept(self) -> None:
        said = self._box.prompt
        for part in (self._blend_name, self.blend):
            part.setVisible(bool(said) and self._box.read)
        kept = said in self.prompts
        self.keep.setEnabled(bool(said))
        self.keep.setChecked(kept)
        self.keep.setToolTip("There are no words to keep yet" if not said else KEPT if kept else KEEP)

    def set_look(self, palette: Palette, scale: float) -> None:
        self.keep.setIcon(icon("star", palette))
        self.keep.setIconSize(QSize(round(16 * scale), round(16 * scale)))
        self.blend.share.setFixedWidth(round(66 * scale))
