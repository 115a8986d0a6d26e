"""TSlider: the slider of t, exactly as wide as the plot's axis, with ticks at the states of a chain."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QLabel, QSlider

from diffviz.gui.panels.dragged import Dragged
from diffviz.palette import DARK, Palette

WALKING = tuple(getattr(Qt.Key, f"Key_{name}") for name in ("Left", "Right", "Home", "End", "PageUp", "PageDown"))


class TSlider(Dragged, QSlider):
    """A QSlider whose value 0 lies at ``left`` and T at ``right`` pixels of the widget."""

    walks = True  # along the states of the window, whose keys lead there

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setObjectName("t_slider")
        self.setAccessibleName("timestep t")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setPageStep(10)
        self._left, self._right = 8.0, 0.0
        self._ticks: tuple[float, ...] = ()
        self._palette = DARK
        self._scale = 1.0
        self._hint = QLabel(self)
        self._hint.setProperty("look", "hint")
        self._hint.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._hint.hide()

    def show_hint(self, words: str) -> None:
        """A hint beside the handle, or none."""
        self._hint.setText(f"◀  {words}")
        self._hint.setVisible(bool(words))
        self._place_hint()

    def _place_hint(self) -> None:
        self._hint.adjustSize()
        self._hint.move(round(self.x_of(self.value()) + 16 * self._scale), 0)

    def set_track(self, left: float, right: float) -> None:
        """Where the axis begins and ends, in this widget's pixels."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self._place_hint()
            self.update()

    def set_ticks(self, levels: tuple[float, ...]) -> None:
        """Levels of the recorded states; drawn under the groove."""
        if levels != self._ticks:
            self._ticks = levels
            self.update()

    def set_look(self, palette: Palette, scale: float) -> None:
        self._palette, self._scale = palette, scale
        self.setFixedHeight(round(26 * scale))
        self.update()

    def x_of(self, value: float) -> float:
        """Where a value lies."""
        return self._left + (self._right - self._left) * value / max(1, self.maximum())

    def value_at(self, x: float) -> int:
        """The value under a position."""
        span = max(1.0, self._right - self._left)
        return round(min(1.0, max(0.0, (x - self._left) / span)) * self.maximum())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self.isEnabled():
            return
        self.hold()
        self.setValue(self.value_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.held:
            self.setValue(self.value_at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Keys that walk are the window's, which says why where they may not."""
        if self.walks and event.key() in WALKING:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        scale, palette = self._scale, self._palette
        middle, radius = self.height() * 0.42, 7.0 * scale
        here = self.x_of(self.value())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(palette.edge))
        painter.drawRoundedRect(QRectF(self._left, middle - scale, self._right - self._left, 2 * scale), 1, 1)
        painter.setBrush(QColor(palette.signal if self.isEnabled() else palette.muted))
        painter.drawRoundedRect(QRectF(self._left, middle - 2 * scale, here - self._left, 4 * scale), 2, 2)
        self._paint_ticks(painter, middle + radius + 1 * scale)
        painter.setPen(QPen(QColor(palette.card), 2 * scale))
        painter.setBrush(QColor(palette.signal if self.isEnabled() else palette.muted))
        painter.drawEllipse(QPointF(here, middle), radius, radius)
        if self.hasFocus():
            painter.setPen(QPen(QColor(palette.focus), 2 * scale))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(QPointF(here, middle), radius + 2 * scale, radius + 2 * scale)
        painter.end()

    def _paint_ticks(self, painter: QPainter, top: float) -> None:
        painter.setPen(QPen(QColor(self._palette.muted), 1))
        span = (self._right - self._left) / max(1, self.maximum())
        lines: list[QLineF] = []
        last = -10.0
        for x in sorted(set(np.rint(self._left + span * np.asarray(self._ticks)).tolist())):
            if x - last >= 2:  # denser ones would be a bar
                lines.append(QLineF(x + 0.5, top, x + 0.5, top + 4 * self._scale))
                last = x
        painter.drawLines(lines)


class WideSlider(TSlider):
    """A TSlider whose track is as wide as the widget, but for the handle, and which has the arrows for itself."""

    walks = False

    def resizeEvent(self, event: object) -> None:
        self.set_track(9.0, self.width() - 9.0)
