"""DrawDialog: draw, let go, and it becomes one: a canvas beside what the chain makes of it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from diffviz.gui.icons import icon
from diffviz.gui.panels.canvas import Canvas
from diffviz.gui.panels.controls import WholeSpin, label, named, push_button, show_value
from diffviz.gui.panels.dialog import Dialog
from diffviz.gui.panels.layouts import add_steps, filled, in_a_row
from diffviz.gui.panels.picture_view import PictureView
from diffviz.gui.panels.viewport import Viewport
from diffviz.kinds.tiles import Grid
from diffviz.palette import Palette
from diffviz.scene import MAX_TIMES

INKS = (
    ("black", "#1c1c1e"),
    ("white", "#ffffff"),
    ("red", "#e03131"),
    ("orange", "#f08c00"),
    ("yellow", "#ffd43b"),
    ("green", "#2f9e44"),
    ("blue", "#1c7ed6"),
    ("violet", "#7048e8"),
    ("brown", "#8d5524"),
    ("skin", "#ffcc8f"),
)
SIZES = (("fine", 9), ("broad", 28))
SWATCH_PX, INK_PX, GREY = 20, 30, "#868e96"
MODES = (
    ("draw", "Draw", "The brush draws on x₀"),
    ("mask", "Redraw only here", "The brush marks what is drawn anew; all else is kept at every step"),
)
HOW = "Draw, and let go: it is noised, and the chain runs from there. With the keys: arrows, and Space."
STRONG = "How far the drawing is noised before the chain runs: more changes more of it"
OFTEN = "How often each stretch of levels is gone through (RePaint); 1: once"
FAR = "How many levels are gone through again at once"
STRENGTHS = 100  # of the slider: hundredths


class DrawDialog(Dialog):
    """A window of its own beside the main one.

    Signals: ``stroke_ended()``; ``run_wanted()``; ``cleared(on_picture)``: an empty canvas, white or the open picture;
    ``unmarked()``: the mask is to go; ``strength_changed(share)``; ``resampling_changed(jump, times)``.

    Attributes:
        at_once: whether a chain is to run whenever the brush is let go.
    """

    stroke_ended = Signal()
    run_wanted = Signal()
    cleared = Signal(bool)
    unmarked = Signal()
    strength_changed = Signal(float)
    resampling_changed = Signal(int, int)

    def __init__(self, parent: QWidget, undo: QAction, redo: QAction) -> None:
        super().__init__(parent, "draw_dialog", "Draw x₀", QSize(820, 620))
        self.canvas = Canvas()
        self.canvas.stroke_ended.connect(self.stroke_ended)
        self.outcome = named(PictureView(Viewport()), "draw_result", spoken="what the chain makes of it")
        self.outcome.setMinimumSize(160, 160)
        self.outcome_words, self.canvas_words = label("", "small", wraps=True), label(HOW, "small", wraps=True)
        sides: tuple[tuple[str, QWidget, QLabel], ...] = (
            ("Your drawing, x₀", self.canvas, self.canvas_words),
            ("What the chain makes of it", self.outcome, self.outcome_words),
        )
        columns = QHBoxLayout()
        for title, widget, words in sides:
            words.setMinimumHeight(2 * self.fontMetrics().height())  # the pictures stay where they are
            words.setAlignment(Qt.AlignmentFlag.AlignTop)
            column = filled(QVBoxLayout(), label(title, "title"), (widget, 1), words, margins=(0, 0, 0, 0), spacing=6)
            columns.addLayout(column, 1)
        columns.setSpacing(16)
        parts = (columns, 1), self._brushes(undo, redo), self._how()
        filled(QVBoxLayout(self), *parts, margins=(16, 14, 16, 14), spacing=12)

    # -- building

    def _brushes(self, undo: QAction, redo: QAction) -> QHBoxLayout:
        row = filled(QHBoxLayout(), spacing=4)
        self._inks, self._modes, self._sizes = QButtonGroup(self), QButtonGroup(self), QButtonGroup(self)
        for i, (name, colour) in enumerate(INKS):
            button = self._tool(f"ink_{name}", f"Draw in {name}", self._inks, i)
            button.setIcon(_swatch(colour))
            button.setFixedWidth(INK_PX)  # ten of them fit a low screen at a scale of 1.5
            row.addWidget(button)
        self.eraser = self._tool("eraser", "Erase: back to what was there before you drew", self._inks, len(INKS))
        self.eraser.setText("Eraser")
        row.addWidget(self.eraser)
        row.addSpacing(12)
        for i, (name, px) in enumerate(SIZES):
            button = self._tool(f"brush_{name}", f"A {name} brush", self._sizes, i)
            button.setIcon(_dot(px))
            row.addWidget(button)
        row.addSpacing(12)
        for i, (name, text, tip) in enumerate(MODES):
            button = self._tool(f"mode_{name}", tip, self._modes, i)
            button.setText(text)
            row.addWidget(button)
        row.addStretch(1)
        add_steps(self, row, "draw", undo, redo)
        for group in (self._inks, self._sizes, self._modes):
            group.button(0).setChecked(True)
            group.idClicked.connect(self._take_brush)
        self._take_brush()
        return row

    def _how(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(12)
        slider = QSlider(Qt.Orientation.Horizontal)
        self.strength = named(slider, "strength_slider", STRONG, spoken="strength: how far the drawing is noised")
        self.strength.setRange(5, STRENGTHS)
        self.strength.valueChanged.connect(lambda value: self.strength_changed.emit(value / STRENGTHS))
        self.finished.connect(lambda: self.strength.setSliderDown(False))  # no release of the mouse comes then
        self.strength_words = label("", "small")
        box = QCheckBox("Run when I let go")
        self.at_once_box = named(box, "at_once", "A chain begins whenever the brush is lifted")
        self.at_once_box.setChecked(True)
        self.run = named(QPushButton("Run"), "draw_run", look="primary")
        self.run.clicked.connect(self.run_wanted)
        title = label("Strength")
        title.setBuddy(self.strength)
        grid.addWidget(title, 0, 0)
        grid.addWidget(self.strength, 0, 1)
        grid.addWidget(self.at_once_box, 0, 2)
        grid.addWidget(self.run, 0, 3)
        grid.addWidget(self.strength_words, 1, 1, 1, 3)
        grid.addLayout(self._buttons(), 2, 0, 1, 4)
        grid.setColumnStretch(1, 1)
        return grid

    def _buttons(self) -> QHBoxLayout:
        buttons = QHBoxLayout()
        for name, text, tip, slot in (
            ("clear", "Clear", "An empty canvas", lambda: self.cleared.emit(False)),
            ("on_picture", "Draw on the open picture", "Put it on the canvas", lambda: self.cleared.emit(True)),
            ("unmark", "Redraw all", "Take the mask away: the chain redraws the whole picture", self.unmarked.emit),
        ):
            button = push_button(f"draw_{name}", text, tip)
            button.clicked.connect(slot)
            buttons.addWidget(button)
            if name == "unmark":
                self.unmark = button
        buttons.addStretch(1)
        self.times = named(WholeSpin(minimum=1, maximum=MAX_TIMES), "repaint_times", OFTEN, spoken=OFTEN)
        self.jump = named(WholeSpin(minimum=1, maximum=1000), "repaint_jump", FAR, spoken=FAR)
        for box in (self.times, self.jump):
            box.valueChanged.connect(lambda: self.resampling_changed.emit(self.jump.value(), self.times.value()))
        words = label("each level"), label("times, in jumps of")
        self._resampling = in_a_row(words[0], self.times, words[1], self.jump)
        self._resampling.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        buttons.addWidget(self._resampling)
        return buttons

    def _tool(self, name: str, tip: str, group: QButtonGroup, i: int) -> QToolButton:
        button = named(QToolButton(), name, tip, spoken=tip)
        button.setCheckable(True)
        button.setIconSize(QSize(SWATCH_PX, SWATCH_PX))
        button.setMinimumHeight(30)
        group.addButton(button, i)
        return button

    # -- what is shown

    @property
    def at_once(self) -> bool:
        return self.at_once_box.isChecked()

    def show_how(self, share: float, words: str, masked: bool, jump: int, times: int) -> None:
        """Strength and, of a mask, how often its levels are gone through."""
        show_value(self.strength, round(share * STRENGTHS))
        self.strength_words.setText(words)
        self.unmark.setEnabled(masked)
        self._resampling.setVisible(masked)
        show_value(self.jump, jump)
        show_value(self.times, times)

    def show_result(self, picture: np.ndarray | None, grid: Grid, words: str) -> None:
        """What the chain has made so far, and of what it is."""
        self.outcome.show_array(picture, grid)
        self.outcome.show_message("" if picture is not None else "not run yet")
        self.outcome_words.setText(words)

    def show_running(self, why_not: str) -> None:
        """Whether a chain can run, and why it cannot."""
        self.run.setEnabled(not why_not)
        self.run.setToolTip(why_not or "Noise the drawing and run the network's chain from there")

    def set_look(self, palette: Palette) -> None:
        self.canvas.set_look(palette)
        self.outcome.set_palette(palette)
        self.setWindowIcon(icon("image", palette))

    # -- what is done

    def _take_brush(self) -> None:
        ink, canvas = self._inks.checkedId(), self.canvas
        canvas.masking = self._modes.checkedId() == 1
        canvas.ink = None if ink == len(INKS) else QColor(INKS[ink][1])
        canvas.size_px = SIZES[self._sizes.checkedId()][1]


def _swatch(colour: str) -> QIcon:
    return _round(colour, QRectF(1, 1, SWATCH_PX - 3, SWATCH_PX - 3), QColor(GREY))


def _dot(size: int) -> QIcon:
    wide, middle = min(SWATCH_PX - 2, 0.6 * size), SWATCH_PX / 2 - 1
    return _round(GREY, QRectF(middle - wide / 2, middle - wide / 2, wide, wide), Qt.PenStyle.NoPen)


def _round(fill: str, place: QRectF, edge: QColor | Qt.PenStyle) -> QIcon:
    made = QPixmap(SWATCH_PX, SWATCH_PX)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(fill))
    painter.setPen(edge)
    painter.drawEllipse(place)
    painter.end()
    return QIcon(made)
