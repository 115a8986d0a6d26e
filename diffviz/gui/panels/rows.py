"""Cards of labelled rows, and rows that follow the declared parameters of a schedule or sampler."""

from __future__ import annotations

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QLabel, QSizePolicy, QWidget

from diffviz.catalog import Param
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
    """Controls for the declared parameters of a schedule or sampler; made anew when another one is chosen."""

    def __init__(self, card: Card, changed: SignalInstance) -> None:
        self._card, self._changed = card, changed
        self._rows: list[tuple[QLabel, QWidget]] = []
        self._shown: tuple[Param, ...] = ()

    def show_params(self, declared: tuple[Param, ...], values: dict[str, float | str], enabled: bool) -> None:
        """``values`` holds a number for every parameter, given or default."""
        if declared != self._shown:
            self._build(declared)
        for param, (name, widget) in zip(declared, self._rows, strict=True):
            value = values[param.name]
            if isinstance(widget, QComboBox):
                choose(widget, value)
            else:
                show_value(widget, float(value))
            name.setEnabled(enabled)
            widget.setEnabled(enabled)

    def set_enabled(self, enabled: bool) -> None:
        for pair in self._rows:
            for widget in pair:
                widget.setEnabled(enabled)

    def _build(self, declared: tuple[Param, ...]) -> None:
        for pair in self._rows:
            for widget in pair:
                self._card.grid.removeWidget(widget)
                widget.hide()
                widget.deleteLater()
        self._rows, self._shown = [], declared
        for param in declared:
            widget = self._widget(param)
            self._rows.append((self._card.add_row(param.label, widget, param.tip), widget))

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
