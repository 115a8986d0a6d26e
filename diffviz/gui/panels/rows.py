"""Cards of labelled rows, and rows that follow the declared parameters of a schedule or sampler."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import cast

from PySide6.QtCore import Qt, Signal, SignalInstance
from PySide6.QtGui import QFocusEvent, QStandardItemModel
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from diffviz.diffusion import NoiseSchedule
from diffviz.entries import Entry, Param
from diffviz.gui.panels.changes import RowName
from diffviz.gui.panels.condition_box import ConditionBox
from diffviz.gui.panels.controls import Combo, Modest, RealSpin, WholeSpin, choose, label, named, show_value
from diffviz.gui.panels.in_words import in_words
from diffviz.gui.panels.layouts import filled
from diffviz.gui.panels.objection import Objection
from diffviz.gui.theme import wrapped
from diffviz.kinds import PICTURE
from diffviz.scene import Scene


class TextField(Modest, QLineEdit):
    """A line of text; ``said(text)`` when it is complete."""

    said = Signal(str)

    def __init__(self, empty: str = "") -> None:
        """``empty``: the words that stand where nothing is said."""
        super().__init__()
        self.setPlaceholderText(empty)
        self._said = ""
        self.editingFinished.connect(self._say)

    @property
    def typing(self) -> bool:  # type: ignore[override]
        return self.text() != self._said

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.setCursorPosition(0)  # a long text shows its beginning

    def say_typed(self) -> None:
        self._say()

    def _say(self) -> None:
        self._said = self.text()
        self.said.emit(self._said)

    def setValue(self, text: object) -> None:
        """As a spin box takes its value; what is being typed stays."""
        if str(text) != self.text() and not (self.hasFocus() and self.typing):
            self.setText(str(text))
            self._said = str(text)
            self.setCursorPosition(0)


class PathField(QWidget):
    """A file or folder, chosen in a dialog or typed; ``said(path)``, "" for none."""

    said = Signal(str)

    def __init__(self, kind: str, empty: str) -> None:
        """``kind``: "picture" or "folder"; ``empty``: the words that stand where nothing is chosen."""
        super().__init__()
        self._kind = kind
        self.field = TextField(empty)
        self.field.setClearButtonEnabled(True)
        self.button = button = QToolButton()
        button.setText("…")
        self.tell(str)
        button.clicked.connect(self._ask)
        button.setFixedWidth(30)
        filled(QHBoxLayout(self), (self.field, 1), button, margins=(0, 0, 0, 0), spacing=4)
        self.field.said.connect(self.said)
        self.setFocusProxy(self.field)

    def tell(self, told: Callable[[str], str]) -> None:
        """Say what is chosen in other words, those of another kind of data."""
        self._told = told(f"Choose a {self._kind}")
        self.button.setToolTip(self._told)
        self.button.setAccessibleName(self._told.lower())

    def setToolTip(self, tip: str) -> None:
        super().setToolTip(tip)
        self.field.setToolTip(tip)

    def setAccessibleName(self, name: str) -> None:
        super().setAccessibleName(name)
        self.field.setAccessibleName(name)

    def setValue(self, path: object) -> None:
        self.field.setValue(path)

    def _ask(self) -> None:
        if self._kind == "folder":
            path = QFileDialog.getExistingDirectory(self.window(), self._told, self.field.text())
        else:
            path, _ = QFileDialog.getOpenFileName(self.window(), self._told, self.field.text())
        if path:
            self.field.setText(path)
            self.said.emit(path)


SHORT = 16  # letters that are seen whole beside the name of their field


class Card(QFrame):
    """A titled group of rows."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("look", "card")
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(12, 6, 12, 8)
        self.grid.setHorizontalSpacing(8)
        self.grid.setVerticalSpacing(4)
        self.grid.setColumnStretch(1, 1)
        self._objections: dict[QWidget, Objection] = {}
        self.title = label(title, "title")
        self.grid.addWidget(self.title, 0, 0, 1, 2)  # a long title takes no room from the controls

    def add_corner(self, widget: QWidget) -> None:
        """A small widget at the right of the title."""
        self.grid.addWidget(widget, 0, 1, Qt.AlignmentFlag.AlignRight)

    def add_row(self, text: str, widget: QWidget, tip: str = "", below: bool = False) -> RowName:
        """A labelled control, at the right of its name or ``below`` it; the tooltip stands on both."""
        row = self.grid.rowCount() + 1  # the one before is for what is wrong with the box above
        tip = wrapped(tip)
        name = RowName(text, tip)
        name.setBuddy(widget)
        widget.setToolTip(tip)
        own = widget.text() if isinstance(widget, QCheckBox) else ""
        widget.setAccessibleName(in_words(f"{text}: {own}" if own else text))
        widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        widget.setMinimumWidth(60)  # a long entry is cut, the panel is not widened
        self.grid.addWidget(name, row, 0)
        self.grid.addWidget(widget, row + below, 0 if below else 1, 1, 2 if below else 1)
        if isinstance(widget, WholeSpin | RealSpin):
            self.object_under(widget, row)
        return name

    def object_under(self, box: WholeSpin | RealSpin | ConditionBox, row: int | None = None) -> None:
        """Say under a row, the newest one where none is given, what is wrong with what is typed in a box of it."""
        under = (self.grid.rowCount() - 1 if row is None else row) + 1
        box.objected.connect(lambda sentence, wrong=True: self._object(box, under, sentence, wrong))

    def _object(self, box: QWidget, row: int, sentence: str, wrong: bool) -> None:
        if box not in self._objections:
            self._objections[box] = Objection(box.objectName())
            self.grid.addWidget(self._objections[box], row, 0, 1, 2)
            if isinstance(box, ConditionBox):
                box.note = self._objections[box]
        self._objections[box].say(sentence, wrong)

    def name_of(self, widget: QWidget) -> RowName:
        """The name at the left of a control."""
        return next(name for name in self.findChildren(RowName) if name.buddy() is widget)

    def row_of(self, widget: QWidget) -> tuple[QWidget, ...]:
        """A control and the name at its left."""
        return self.name_of(widget), widget

    def add_wide(self, widget: QWidget) -> None:
        self.grid.addWidget(widget, self.grid.rowCount() + 1, 0, 1, 2)


class ParamRows:
    """Controls for declared parameters of schedules or samplers; each is made once, and hidden where it has no say."""

    def __init__(self, card: Card, changed: SignalInstance, entries: Iterable[Entry]) -> None:
        self._card, self._changed = card, changed
        # one row a name: the same parameter of several entries differs in default and tip alone
        self._declared = {param.name: param for entry in entries for param in entry.params}
        self._rows = {name: self._row(param) for name, param in self._declared.items()}
        self._tips: dict[str, str] = {name: param.tip for name, param in self._declared.items()}
        self._locked = ""
        self._told: Callable[[str], str] = PICTURE.told

    def tell(self, told: Callable[[str], str]) -> None:
        """Say labels, choices and tooltips in other words, those of another kind of data."""
        self._told = told
        for param in self._declared.values():
            name, widget = self._rows[param.name]
            name.setText(told(param.label))
            widget.setAccessibleName(in_words(told(param.label)))
            if isinstance(widget, PathField):
                widget.tell(told)
            for i, choice in enumerate(param.choices):
                cast(QComboBox, widget).setItemText(i, told(choice.replace("_", " ")))
        self.set_locked(self._locked)

    @property
    def names(self) -> dict[str, RowName]:
        """What stands at the left of each parameter's control."""
        return {name: row[0] for name, row in self._rows.items()}

    def show_params(self, declared: tuple[Param, ...], values: dict[str, float | str]) -> None:
        """``values`` holds a number for every parameter of ``declared``, given or default."""
        wanted = {param.name: param for param in declared}
        for name, pair in self._rows.items():
            for part in pair:
                part.setVisible(name in wanted)
            if name not in wanted:
                continue
            self._tips[name] = wanted[name].tip
            widget = pair[1]
            if isinstance(widget, QComboBox):
                choose(widget, values[name])
            else:
                show_value(widget, values[name] if wanted[name].kind != "number" else float(values[name]))
        self.set_locked(self._locked)

    def set_locked(self, reason: str) -> None:
        """Disable with a reason, or enable with ""."""
        self._locked = reason
        for name, pair in self._rows.items():
            for widget in pair:
                widget.setEnabled(not reason)
                widget.setToolTip(wrapped(reason or self._told(self._tips[name])))

    def set_choice_locked(self, name: str, choice: str, reason: str) -> None:
        """Grey out one choice of a parameter, with a reason, or give it back with ""."""
        combo = cast(QComboBox, self._rows[name][1])
        item = cast(QStandardItemModel, combo.model()).item(combo.findData(choice))
        item.setEnabled(not reason)
        item.setToolTip(reason)

    def _row(self, param: Param) -> tuple[RowName, QWidget]:
        widget = self._widget(param)
        below = param.kind == "text" and not 0 < len(str(param.default)) <= SHORT
        return self._card.add_row(param.label, widget, param.tip, below), widget

    def _widget(self, param: Param) -> QWidget:
        if param.choices:
            choices = ((choice.replace("_", " "), choice) for choice in param.choices)
            combo = named(Combo(choices, param.default), f"{param.name}_combo")
            combo.currentIndexChanged.connect(lambda i: self._changed.emit(param.name, combo.itemData(i)))
            return combo
        if param.kind != "number":
            made = TextField(param.empty) if param.kind == "text" else PathField(param.kind, param.empty)
            made.setObjectName(f"{param.name}_field")
            made.said.connect(lambda text: self._changed.emit(param.name, text))
            return made
        spin = RealSpin(decimals=param.decimals, minimum=param.low, maximum=param.high)
        named(spin, f"{param.name}_spin")
        spin.setSingleStep(max(10.0**-param.decimals, (param.high - param.low) / 20 if param.decimals < 4 else 1e-4))
        spin.valueChanged.connect(lambda value: self._changed.emit(param.name, value))
        return spin


def schedule_values(declared: tuple[Param, ...], scene: Scene, schedule: NoiseSchedule) -> dict[str, float | str]:
    """A number for every parameter: the given one, the declared default, or what the schedule itself chose."""
    given = dict(scene.schedule.params)
    own = {"beta_start": float(schedule.beta[1]), "beta_end": float(schedule.beta[-1]), "beta": float(schedule.beta[1])}
    values: dict[str, float | str] = {}
    for param in declared:
        default = param.default if param.default is not None else own.get(param.name, 0.0)
        values[param.name] = given.get(param.name, default)
    return values
