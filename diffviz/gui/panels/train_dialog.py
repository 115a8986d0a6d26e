"""TrainDialog: train on a folder of pictures, and watch it learn. Not modal: the window stays usable beside it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from diffviz.gui.panels.controls import label, named, push_button
from diffviz.gui.panels.dialog import Dialog
from diffviz.gui.panels.layouts import filled, in_a_row
from diffviz.gui.panels.loss_plot import LossPlot
from diffviz.gui.panels.message_bar import MessageBar
from diffviz.gui.panels.rows import Card
from diffviz.gui.panels.sample_history import SampleHistory
from diffviz.gui.panels.train_form import TrainForm
from diffviz.gui.theme import palette_of
from diffviz.meter import duration
from diffviz.numerals import brief
from diffviz.palette import Palette
from diffviz.train.events import AllRead, Event, Progress, Reading, Saved
from diffviz.train.layout import layout
from diffviz.train.losses import rises
from diffviz.train.past import Grid, PastTraining

FORM_WIDTH = 300
NO_LOSS = "The loss of every step appears here while a training runs."
NO_SAMPLES = (
    "Samples appear here: at the end, and every few minutes before.\n"
    "Each cell keeps its seed, so that you see it learn."
)
MEASURED = (
    "Of pictures that are kept back (a share of them where there are 200 or more), measured at each checkpoint on the "
    "same noise, over all levels alike"
)
RISES = (
    "The loss of pictures that are kept back rises: the network begins to know the others by heart, and its samples "
    "become copies. More pictures, mirrored ones or a shorter training help."
)


class TrainDialog(Dialog):
    """Shows what it is told. Signals: ``start_wanted``, ``stop_wanted``, ``use_wanted``, ``told(how far it is)``, ""
    where nothing runs; the form has its own."""

    start_wanted = Signal()
    stop_wanted = Signal()
    use_wanted = Signal()
    told = Signal(str)
    dropped = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "train_dialog", "Train on my pictures", QSize(1000, 790))
        self.setAcceptDrops(True)
        self.setMinimumSize(760, 460)
        self.out = Path()
        self._columns: tuple[str, ...] = ()
        self._minutes_s = 0.0
        self._running = False
        self._passed: list[QWidget | None] = []  # what Qt gave the keys of the button to, while it was locked
        self._build()

    # -- building

    def _build(self) -> None:
        self.bar = named(MessageBar(), "train_messages")
        self.form = TrainForm()
        left = filled(QVBoxLayout(), self.form, None, self._button_card(), spacing=8)
        side = QWidget()
        side.setFixedWidth(FORM_WIDTH)
        left.setContentsMargins(0, 0, 0, 0)
        side.setLayout(left)
        right = filled(QVBoxLayout(), (self._loss_card(), 1), (self._samples_card(), 3), spacing=8)
        columns = filled(QHBoxLayout(), side, (right, 1), spacing=8)
        filled(QVBoxLayout(self), self.bar, (columns, 1), margins=(12, 12, 12, 12), spacing=8)

    def _button_card(self) -> QWidget:
        card = Card("")
        card.title.hide()
        self.primary = push_button("train_button", "Start training", "")
        self.primary.clicked.connect(lambda: (self.stop_wanted if self._running else self.start_wanted).emit())
        self.use = push_button("train_use_button", "Use it", "Load this model in the window, for Generate")
        self.use.clicked.connect(self.use_wanted)
        self.show_folder = push_button("", "Show in folder", "")
        self.show_folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.out))))
        self.progress = named(QProgressBar(textVisible=False), "train_progress")
        self.progress.setRange(0, 1000)
        self.status = named(label("", "small", wraps=True), "train_status")
        self.status.setAlignment(Qt.AlignmentFlag.AlignCenter)
        both = in_a_row((self.use, 1), (self.show_folder, 1), spacing=8)
        self._of_model = both
        for widget in (self.status, self.progress, both, self.primary):  # the last stays where it is, whatever is said
            card.add_wide(widget)
        card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        return card

    def _loss_card(self) -> QWidget:
        card = Card("Loss, by step")
        self.loss_note = label("", "small")
        card.add_corner(self.loss_note)
        self.plot = LossPlot()
        self._loss_pages = _pages(self.plot, NO_LOSS)
        card.add_wide(self._loss_pages)
        card.grid.setRowStretch(card.grid.rowCount() - 1, 1)
        return card

    def _samples_card(self) -> QWidget:
        card = Card("Samples")
        self.samples_note = named(label("", "small"), "train_samples_note")
        card.add_corner(self.samples_note)
        self.samples = SampleHistory()
        self.samples.shown.connect(self.samples_note.setText)
        self._sample_pages = _pages(self.samples, NO_SAMPLES)
        card.add_wide(self._sample_pages)
        card.grid.setRowStretch(card.grid.rowCount() - 1, 1)
        return card

    # -- what is shown

    def show_curve(self, past: PastTraining | None) -> None:
        """The losses of a training so far; None for one that is yet to begin."""
        if past is None:
            self.plot.show_points(*(np.empty(0),) * 3)
        else:
            self.plot.show_points(past.at, past.losses, past.smoothed, past.held_out)
        self._show_loss()

    def show_samples(self, grids: Sequence[Grid], columns: Sequence[str]) -> None:
        """The grids of the checkpoints, or none for the words that say when there will be one."""
        self.samples.show_grids(grids, columns)
        self._sample_pages.setCurrentIndex(0 if grids else 1)

    def show_idle(self, button: str, blocked: str, status: str, usable: bool, finished: bool) -> None:
        """Nothing runs: what the button does, or why it cannot, and whether there is a model to use.

        Of a finished training the model is what is wanted, and the filled button is the one that takes it.
        """
        self._running = False
        self._fill(self.use if finished and usable else self.primary)
        self.primary.setText(button)
        self.primary.setEnabled(not blocked)
        self.primary.setToolTip(blocked)
        if self._passed == [self.focusWidget()]:
            self.primary.setFocus(Qt.FocusReason.OtherFocusReason)
        self._passed = []
        self._of_model.setVisible(usable)
        self.progress.hide()
        self._show_status(status)

    def show_running(self, minutes: float | None) -> None:
        """A training was started; ``minutes`` is its total, None where steps are counted."""
        self._running, self._minutes_s = True, 60 * (minutes or 0.0)
        self._fill(self.primary)
        self.bar.clear()
        self.primary.setText("Stop")
        self.primary.setEnabled(True)
        self.primary.setToolTip("Write a checkpoint and end; it can be resumed")
        self._of_model.hide()
        self.progress.setRange(0, 0)
        self.progress.show()
        self._show_status("starting…")

    def show_stopping(self) -> None:
        """A checkpoint was asked for."""
        held = self.primary.hasFocus()
        self.primary.setEnabled(False)
        self._passed = [self.focusWidget()] if held else []
        self.primary.setToolTip("It ends as soon as the checkpoint is written")
        self.progress.setRange(0, 0)
        self._show_status("writing a checkpoint…")

    def show_event(self, event: Event, stopping: bool) -> None:
        """What the child says."""
        if isinstance(event, Reading) and not stopping:
            self.progress.setRange(0, max(1, event.total))
            self.progress.setValue(event.done)
            self._show_status(f"reading picture {event.done} of {event.total}")
        elif isinstance(event, AllRead):
            self._columns = layout(len(event.classes)).names(event.classes)
            if not stopping:
                self.progress.setRange(0, 0)
                self._show_status("preparing the network…")
        elif isinstance(event, Progress):
            self.plot.add_point(event.step, event.step_loss, event.loss)
            self._show_loss()
            if not stopping:
                self._show_progress(event)
        elif isinstance(event, Saved):
            self._show_saved(event)

    def _show_saved(self, event: Saved) -> None:
        if event.held_out_loss is not None:
            self.plot.add_held_out(event.step, event.held_out_loss)
            self._show_loss()
        if event.samples is not None:
            self.samples.add(Grid(event.step, event.seconds, Path(event.samples)), self._columns)
            self._sample_pages.setCurrentIndex(0)

    def _show_progress(self, event: Progress) -> None:
        self.progress.setRange(0, 1000)
        done = event.step / event.steps if event.steps else event.seconds / max(self._minutes_s, 1e-9)
        self.progress.setValue(round(1000 * min(1.0, done)))
        left = "" if event.left_s is None else f" · {duration(event.left_s)} left"
        self._show_status(f"step {event.step} · {brief(event.pictures_per_s, 3)} pictures/s{left}")

    def _fill(self, chosen: QPushButton) -> None:
        """Only one button is filled."""
        for button in (self.primary, self.use):
            button.setProperty("look", "primary" if button is chosen else "")
            button.style().unpolish(button)
            button.style().polish(button)

    def _show_status(self, text: str) -> None:
        self.status.setText(text)
        self.status.setVisible(bool(text))
        self.told.emit(text if self._running else "")

    def _show_loss(self) -> None:
        """The figures of the plot in its corner, each in its curve's colour."""
        points, held_out, palette = self.plot.points(), self.plot.held_out(), palette_of(self)
        self._loss_pages.setCurrentIndex(0 if points else 1)
        parts = [_coloured(f"running mean {points[-1][2]:.4f}", palette.signal)] if points else []
        if held_out:
            rising = ", rising" if rises(held_out) else ""
            parts.append(_coloured(f"held out {held_out[-1]:.4f}{rising}", palette.noise))
        self.loss_note.setText(" &nbsp; ".join(parts))
        self.loss_note.setToolTip((RISES if rises(held_out) else MEASURED) if held_out else "")

    # -- events

    def set_look(self, palette: Palette) -> None:
        self._show_loss()
        self.plot.set_look(palette, 1.0)
        self.samples.set_look(palette)
        self.bar.set_look(palette)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        urls = event.mimeData().urls()
        if not self._running and urls and Path(urls[0].toLocalFile()).is_dir():
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.dropped.emit(event.mimeData().urls()[0].toLocalFile())


def _coloured(text: str, colour: str) -> str:
    return f'<span style="color:{colour}">{text}</span>'


def _pages(shown: QWidget, words: str) -> QStackedWidget:
    """``shown``, and behind it the words for as long as there is nothing to show."""
    empty = label(words, "muted", wraps=True)
    empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
    pages = QStackedWidget()
    pages.addWidget(shown)
    pages.addWidget(empty)
    pages.setCurrentIndex(1)
    return pages
