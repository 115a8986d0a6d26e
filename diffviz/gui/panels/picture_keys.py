"""PictureKeys: a picture that was reached with Tab is read with the arrows, pixel by pixel or sample by sample."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QLabel

from diffviz.palette import Palette

K = Qt.Key
MOVES = {K.Key_Left: (-1, 0), K.Key_Right: (1, 0), K.Key_Up: (0, -1), K.Key_Down: (0, 1)}
ENTER = (K.Key_Return, K.Key_Enter)
ZOOMS = {K.Key_Plus: 1, K.Key_Equal: 1, K.Key_Minus: -1}
SEEN_ZOOM = 4  # from here on the view outlines the pixel itself
FAR = 10  # pixels, with Shift


# a dialog or a menu has the keys for a while
AWAY = (
    Qt.FocusReason.ActiveWindowFocusReason,
    Qt.FocusReason.PopupFocusReason,
    Qt.FocusReason.MenuBarFocusReason,
)


class PictureKeys(QLabel):
    """What a picture's view does with the keys, and its ring while it has them.

    Assistive technology is told of a picture because it is a QLabel with one. A click gives it the focus too, which
    ends typing in a field, but then the arrows stay the window's: they step through t.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setPixmap(QPixmap(1, 1))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._walks = False
        self._at: tuple[int, int] | None = None

    @property
    def walked(self) -> bool:
        """Whether it was reached with Tab, and has the keys."""
        return self._walks and self.hasFocus()

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() not in AWAY:
            self._walks = event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() in AWAY:
            return
        if self._walks:
            self.forget_place()
        self._walks = False

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._takes(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._takes(event):
            event.ignore()
            return
        key = K(event.key())
        if key in MOVES:
            far = FAR if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
            self._step(*(far * way for way in MOVES[key]))
        elif key in ENTER:
            if self._at is None:  # where the first arrow would begin
                self._step(0, 0)
            if self._at is not None:
                self._view.clicked.emit(*self._at)
        elif key in ZOOMS:
            self._view.zoom_by(ZOOMS[key], self._at)

    @property
    def _view(self) -> Any:
        return self

    def _takes(self, event: QKeyEvent) -> bool:
        plain = event.modifiers() in (
            Qt.KeyboardModifier.NoModifier,
            Qt.KeyboardModifier.ShiftModifier,
            Qt.KeyboardModifier.KeypadModifier,
        )
        return self._walks and plain and event.key() in (*MOVES, *ENTER, *ZOOMS)

    def _step(self, dx: int, dy: int) -> None:
        array = self._view.array()
        if array is None:
            return
        height, width = array.shape[:2]
        grid = self._view.grid
        w, h = (width // grid.columns, height // grid.rows) if grid.several else (1, 1)  # sample by sample
        if self._at is not None:
            x, y = self._at[0] + dx * w, self._at[1] + dy * h
        else:
            x, y = (0, 0) if grid.several else (width // 2, height // 2)  # the first sample, or the middle
        there = min(max(x, w // 2), width - w + w // 2)
        self._view.pan_by((x - there) / width if self._at is not None else 0.0)
        self._go((there, min(max(y, h // 2), height - h + h // 2)))

    def forget_place(self) -> None:
        """Where the arrows are is no place of what is shown now."""
        if self._at is not None:
            self._go(None)

    def _go(self, place: tuple[int, int] | None) -> None:
        self._at = place
        x, y = (-1, -1) if place is None else place
        self._view.show_mark(x, y)
        self._view.hovered.emit(x, y)

    def paint_ring(self, painter: QPainter, palette: Palette) -> None:
        """Around what has the keys."""
        if self.walked:
            painter.resetTransform()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for colour, inset in ((palette.card, 3), (palette.focus, 1)):  # one of them is seen on any picture
                painter.setPen(QPen(QColor(colour), 2))
                painter.drawRect(QRectF(self.rect()).adjusted(inset, inset, -inset, -inset))
            if self._at is None or self._view.array() is None:
                return
            if self._view.grid.several:
                self._paint_sample(painter, self._at)
            elif self._view.zoom() < SEEN_ZOOM:
                self._paint_place(painter, self._at)

    def _paint_sample(self, painter: QPainter, place: tuple[int, int]) -> None:
        """Around the sample where the arrows are: what is done with it is not done with one of its pixels."""
        target, dpr, grid = self._view.target(), self.devicePixelRatioF(), self._view.grid
        height, width = self._view.array().shape[:2]
        w, h = target.width() / grid.columns / dpr, target.height() / grid.rows / dpr
        column, row = place[0] * grid.columns // width, place[1] * grid.rows // height
        sample = QRectF(target.x() / dpr + column * w, target.y() / dpr + row * h, w, h)
        for colour, inset in (("#000000", 4.0), ("#ffffff", 2.0)):
            painter.setPen(QPen(QColor(colour), 2))
            painter.drawRect(sample.adjusted(inset, inset, -inset, -inset))

    def _paint_place(self, painter: QPainter, place: tuple[int, int]) -> None:
        """Where the arrows are, in a picture whose pixels are too small to be outlined."""
        target, dpr = self._view.target(), self.devicePixelRatioF()
        height, width = self._view.array().shape[:2]
        x = (target.x() + (place[0] + 0.5) * target.width() / width) / dpr
        y = (target.y() + (place[1] + 0.5) * target.height() / height) / dpr
        for colour, radius in (("#000000", 6.0), ("#ffffff", 5.0)):
            painter.setPen(QPen(QColor(colour), 1))
            painter.drawRect(QRectF(x - radius, y - radius, 2 * radius, 2 * radius))
