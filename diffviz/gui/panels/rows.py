"""Cards of labelled rows, and rows that follow the declared parameters of a schedule or sampler."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLabel, QSizePolicy, QWidget

from diffviz.catalog import Entry, Param
from diffviz.gui.panels.controls import RealSpin, choose, fill_combo, label, show_value


class Card(QFrame):
    """A titled group of rows."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("look", "card")
        self.grid = QGridLayout(self)
        self.grid.setContentsMargins(12, 8, 12, 10)
        self.grid.setHorizontalSpacing(8)
        self.grid.setVerticalSpacing(5)
        self.grid.setColumnStretch(1, 1)
        self.title = label(title, "title")
        self.grid.addWidget(self.title, 0, 0, 1, 2)

    def add_row(self, text: str, widget: QWidget, tip: str = "") -> QLabel:
        """A labelled control; the tooltip stands on both."""
        row = self.grid.rowCount()
        name = label(text, "muted", tip)
        name.setBuddy(widget)
        widget.setToolTip(tip)
        widget.setAccessibleName(text)
        widget.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        widget.setMinimumWidth(60)  # a long entry is cut, the panel is not widened
        self.grid.addWidget(name, row, 0)
        self.grid.addWidget(widget, row, 1)
        return name

    def add_wide(self, widget: QWidget) -> None:
        self.grid.addWidget(widget, self.grid.rowCount(), 0, 1, 2)


class ParamRows:
    """Controls for declared parameters of schedules or samplers; each is made once, and hidden where it has no say."""

    def __init__(self, card: Card, changed: SignalInstance, entries: Iterable[Entry]) -> None:
        self._card, self._changed = card, changed
        declared = dict.fromkeys(param for entry in entries for param in entry.params)
        self._rows = {param: self._row(param) for param in declared}

    def show_params(self, declared: tuple[Param, ...], values: dict[str, float | str]) -> None:
        """``values`` holds a number for every parameter of ``declared``, given or default."""
        for param, (name, widget) in self._rows.items():
            name.setVisible(param in declared)
            widget.setVisible(param in declared)
            if param not in declared:
                continue
            value = values[param.name]
            if isinstance(widget, QComboBox):
                choose(widget, value)
            else:
                show_value(widget, float(value))

    def set_locked(self, reason: str) -> None:
        """Disable with a reason, or enable with ""."""
        for param, pair in self._rows.items():
            for widget in pair:
                widget.setEnabled(not reason)
                widget.setToolTip(reason or param.tip)

    def _row(self, param: Param) -> tuple[QLabel, QWidget]:
        widget = self._widget(param)
        return self._card.add_row(param.label, widget, param.tip), widget

    def _widget(self, param: Param) -> QWidget:
        if param.choices:
            combo = QComboBox()
            combo.setObjectName(f"{param.name}_combo")
            fill_combo(combo, ((choice.replace("_", " "), choice) for choice in param.choices), param.default)
            combo.currentIndexChanged.connect(lambda i: self._changed.emit(param.name, combo.itemData(i)))
            return combo
        spin = RealSpin()
        spin.setObjectName(f"{param.name}_spin")
        spin.setDecimals(param.decimals)
        spin.setRange(param.low, param.high)
        spin.setSingleStep(max(10.0**-param.decimals, (param.high - param.low) / 20 if param.decimals < 4 else 1e-4))
        spin.valueChanged.connect(lambda value: self._changed.emit(param.name, value))
        return spin
