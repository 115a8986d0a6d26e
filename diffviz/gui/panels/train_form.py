"""TrainForm: which pictures, from which model, how long, and what the new model is called."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QLabel,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from diffviz.bounded import ANYTHING, FLAG, Unreadable, number, parse_object, text, whole
from diffviz.gui.panels.controls import (
    Combo,
    RealSpin,
    WholeSpin,
    choose,
    fill_combo,
    label,
    named,
    show_note,
    show_value,
)
from diffviz.gui.panels.layouts import filled, in_a_row
from diffviz.gui.panels.rows import Card
from diffviz.train.classes import Classes, classes_of

NETWORKS = (
    ("small, 4.5 M", "small"),
    ("base, for a GPU", "base"),
    ("tiny, for 8x8", "tiny"),
)
SIDE = 8  # the networks' pictures have sides that are multiples of it
FOLDER_TIP = "Pictures in sub-folders make classes, one a sub-folder"
RUNNING = "A training is running; stop it first"
NO_CLASSES = "Sub-folders make classes; there are none to choose from"
TOLD = "Captions tell the pictures in words; sub-folders are no classes then"
CLASSES, BESIDE, OTHER = "sub-folders, as classes", "NAME.txt beside each", "a file of captions…"
TOLD_BY_TIP = (
    "Classes of sub-folders; or words: captions.jsonl in the folder, another file of lines such as "
    '{"file_name": "a.png", "caption": "long red hair"}, or NAME.txt beside each picture'
)
RESUMED = "Of the training that is resumed; choose another name for a new one"


@dataclass(frozen=True)
class Choices:
    """What the form says.

    ``captions``: as a recipe has them, "" for classes. ``classes``: of the folder, () for all as they are.
    ``start``: the model to begin with, "" for random weights.
    """

    folder: str = ""
    classes: Classes = ()
    start: str = ""
    size: int = 32
    network: str = "small"
    flip: bool = False
    minutes: float = 20.0
    name: str = ""
    captions: str = ""


_KINDS = {
    **dict.fromkeys(("folder", "start", "captions"), text(4096)),
    "classes": ANYTHING,
    "size": whole(1, 2048),
    "network": text(100),
    "flip": FLAG,
    "minutes": number(0, 1e6),
    "name": text(255),
}


def stored_choices(words: str) -> Choices:
    """What ``Choices`` was as JSON; where that was edited by hand and is of another kind, the default."""
    try:
        value = parse_object(words or "{}")
    except Unreadable:
        return Choices()
    known = {key: value[key] for key, kind in _KINDS.items() if key in value and kind.fits(value[key])}
    return Choices(**{**known, "classes": classes_of(known.get("classes"))})


class Minutes(RealSpin):
    """Shows tenths of what it holds: the total of a time that came on top of another has more digits than are typed."""

    def textFromValue(self, value: float, /) -> str:
        text, finer = super().textFromValue(round(value, 1) or value), self.decimals() - 1
        return text[:-finer] if finer > 0 and round(value, 1) else text


class TrainForm(QWidget):
    """Signals when the person chooses: ``folder_chosen(path)``, ``captions_chosen(source)``, ``name_chosen(name)``,
    ``classes_wanted``."""

    folder_chosen = Signal(str)
    captions_chosen = Signal(str)
    classes_wanted = Signal()
    name_chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._folder = ""
        self._classes: Classes = ()
        self._has_classes = False
        filled(QVBoxLayout(self), self._pictures_card(), self._model_card(), margins=(0, 0, 0, 0), spacing=8)
        self._running = self._resumed = False
        self._steps: int | None = None
        self._tips = {widget: widget.toolTip() for widget in self._fields}
        self._connect()
        self._enable()

    # -- building

    def _pictures_card(self) -> QWidget:
        card = Card("Pictures")
        folder = QLineEdit(placeholderText="a folder of pictures")
        self.folder = named(folder, "train_folder", FOLDER_TIP, spoken="folder of pictures")
        self.browse = named(QToolButton(), "train_browse_button", "Choose the folder in a dialog")
        self.browse.setText("Choose…")
        self.found = named(label("", "small", wraps=True), "train_found")
        tip = "Twice as many pictures, for motifs without a left and a right; not for letters"
        self.flip = named(QCheckBox("mirror half of them"), "train_flip_check", tip)
        card.add_wide(self.folder)
        card.add_corner(self.browse)
        self.told_by = named(Combo(), "train_captions_combo")
        self.told_by.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        card.add_row("told by", self.told_by, TOLD_BY_TIP)
        self.show_captions("")
        card.add_wide(self.found)
        tip = "Choose what is learnt, name it, and make one class of several sub-folders"
        self.classes = named(QToolButton(), "train_classes_button", tip)
        self.classes.setText("Classes…")
        card.add_wide(in_a_row((self.flip, 1), self.classes))
        return card

    def _model_card(self) -> QWidget:
        card = Card("Model")
        card.grid.setColumnMinimumWidth(0, 78)
        self.start = named(Combo(), "train_start_combo")
        self.start.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.network = named(Combo(NETWORKS, "small"), "train_network_combo")
        side = WholeSpin(minimum=SIDE, maximum=256, singleStep=SIDE, suffix=" px")
        minutes = Minutes(decimals=1, minimum=0.1, maximum=100_000, singleStep=5)
        minutes.setKeyboardTracking(True)  # a button that refuses a time takes no keys from it, nor what is typed
        self.side, self.minutes = named(side, "train_size_spin"), named(minutes, "train_minutes_spin")
        self.name = named(Combo(), "train_name_combo")
        field = QLineEdit()
        field.setTextMargins(-2, 0, 0, 0)  # its own margin; the letters stand under those above
        self.name.setLineEdit(field)
        self.name.setCompleter(None)  # type: ignore[arg-type]  # a name is typed, not finished to one that is there
        self.name.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.name.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.note = named(label("", "small", wraps=True), "train_note")
        begin = "What the network already knows: from a model, minutes are enough; from nothing it takes hours"
        card.add_row("start from", self.start, begin)
        self._free: list[tuple[QLabel, QWidget]] = [
            (card.add_row("network", self.network, "How large the network is"), self.network)
        ]
        tip = "Side of the square pictures; twice the side takes four times as long"
        self._free.append((card.add_row("size", self.side, tip), self.side))
        card.add_row("time", self.minutes, "How long to train")
        card.add_row("name", self.name, "Of the new model; choose one from the list to go on with it")
        card.add_wide(self.note)
        self._fields: tuple[QWidget, ...] = (
            self.folder,
            self.browse,
            self.told_by,
            self.flip,
            self.classes,
            self.start,
            self.network,
            self.side,
            self.minutes,
            self.name,
        )
        return card

    def _connect(self) -> None:
        self.browse.clicked.connect(self._browse)
        self.classes.clicked.connect(self.classes_wanted)
        self.told_by.currentIndexChanged.connect(self._say_captions)
        self.folder.editingFinished.connect(lambda: self._say_folder(self.folder.text().strip()))
        self.name.editTextChanged.connect(self.name_chosen)
        self.start.currentIndexChanged.connect(self._enable)
        self.side.valueChanged.connect(lambda side: show_value(self.side, max(SIDE, round(side / SIDE) * SIDE)))

    # -- what is chosen

    def choices(self) -> Choices:
        """Everything as it stands."""
        return Choices(
            self.folder.text().strip(),
            self._classes,
            self.start.currentData() or "",
            self.side.value(),
            self.network.currentData(),
            self.flip.isChecked(),
            self.minutes.value(),
            self.name.currentText().strip(),
            self.captions,
        )

    def show_choices(self, choices: Choices) -> None:
        """Fill in everything; the name speaks, so that what is there of it is shown."""
        self.show_settings(choices)
        self.name.setEditText(choices.name)

    def show_settings(self, choices: Choices) -> None:
        """Fill in everything but the name."""
        self.show_folder_path(choices.folder, choices.classes)
        self.show_captions(choices.captions)
        if self.start.findData(choices.start) < 0:  # of a training that is resumed, which needs it no more
            self.start.addItem(Path(choices.start).name, choices.start)
        choose(self.start, choices.start)
        show_value(self.side, choices.size)
        choose(self.network, choices.network)
        self.flip.setChecked(choices.flip)
        show_value(self.minutes, choices.minutes)
        self._enable()

    def show_folder_path(self, folder: str, classes: Classes = ()) -> None:
        """Another folder, as if chosen, but without a signal; ``classes`` of it, () for all."""
        self._folder, self._classes = folder, classes
        self.folder.setText(folder)
        self.folder.setToolTip(folder or FOLDER_TIP)
        self._tips[self.folder] = self.folder.toolTip()

    def show_captions(self, captions: str) -> None:
        """What tells the pictures: sub-folders, a file, or a text beside each."""
        self.captions = captions
        own = [(Path(captions).name, captions)] if captions not in ("", "txt") else []
        fill_combo(self.told_by, [(CLASSES, ""), *own, (BESIDE, "txt"), (OTHER, OTHER)], captions)

    def show_classes(self, classes: Classes, choosable: bool) -> None:
        """What is to be learnt of the folder, and whether there is something to choose."""
        self._classes, self._has_classes = classes, choosable
        self._enable()

    def show_found(self, text: str, wrong: bool = False, tip: str = "") -> None:
        """What the folder holds, or what is wrong with it."""
        show_note(self.found, text, wrong)
        self.found.setToolTip(tip)

    def show_note(self, text: str, wrong: bool) -> None:
        """What there is of the name, or what is wrong with it; "" for nothing."""
        show_note(self.note, text, wrong)
        self.note.setVisible(bool(text))

    def show_starts(self, items: Iterable[tuple[str, str]], current: str) -> None:
        """(label, name) of the models to begin with; the last entry is to begin with none."""
        fill_combo(self.start, [*items, ("nothing (random)", "")], current)
        self._enable()

    def show_names(self, names: Iterable[str]) -> None:
        """The trainings that can be gone on with; the text stays."""
        text = self.name.currentText()
        with QSignalBlocker(self.name):
            self.name.clear()
            self.name.addItems(list(names))
            self.name.setEditText(text)

    def show_time(self, more: bool, steps: int | None) -> None:
        """Whether the minutes come on top of those that were trained, or are the total; ``steps`` are it, if given."""
        self.minutes.setSuffix(" min more" if more else " min")
        self._steps = steps
        self._enable()

    def show_state(self, running: bool, resumed: bool) -> None:
        """What can be changed: nothing while one runs, and of a training that is resumed not its beginning."""
        self._running, self._resumed = running, resumed
        self._enable()

    def _enable(self) -> None:
        fixed = (self.told_by, self.classes, self.start, self.network, self.side)
        for widget in self._fields:
            why = RUNNING if self._running else RESUMED if self._resumed and widget in fixed else ""
            if widget is self.classes and (self.captions or not self._has_classes):
                why = why or (TOLD if self.captions else NO_CLASSES)
            if widget is self.minutes and self._steps is not None:
                why = why or f"Begun for {self._steps:,} steps in all, to which it goes on"
            widget.setEnabled(not why)
            widget.setToolTip(why or self._tips[widget])
        random = not self.start.currentData()
        for name, widget in self._free:
            seen = random and not (widget is self.network and self.captions)  # words have one of their own
            name.setVisible(seen)
            widget.setVisible(seen)

    def _browse(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, "Folder of pictures", self.folder.text())
        if folder:
            self._say_folder(folder)

    def _say_captions(self) -> None:
        chosen = self.told_by.currentData()
        if chosen == OTHER:
            chosen, _ = QFileDialog.getOpenFileName(
                self, "File of captions", self._folder, "JSON lines (*.jsonl *.json)"
            )
            chosen = chosen or self.captions
        changed = chosen != self.captions
        self.show_captions(chosen)
        if changed:
            self._enable()
            self.captions_chosen.emit(chosen)

    def _say_folder(self, folder: str) -> None:
        if folder != self._folder:
            self.show_folder_path(folder)
            self.folder_chosen.emit(folder)
