"""BrushLayer: a brush over a picture of the plane, held by the mouse or, where it was reached with Tab, by the keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPen

from diffviz.gui.panels.picture_view import PictureView
from diffviz.gui.panels.plane_layer import place_in, square_in

LEFT = Qt.MouseButton.LeftButton
PRESSES = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)  # the second of two quick ones


class BrushLayer(QObject):
    """Over one view, while it is ``on``; the wheel still zooms.

    Signals, in the plane's own numbers: ``put_down(x, y)``; ``moved(x, y)`` while it is down; ``lifted()``.
    """

    put_down = Signal(float, float)
    moved = Signal(float, float)
    lifted = Signal()

    def __init__(self, view: PictureView, reach: float) -> None:
        super().__init__(view)
        self._view, self._reach = view, reach
        self.on, self.radius = False, 0.0
        self._down = self._by_key = False
        self._at: tuple[float, float] | None = None
        view.over.append(self._paint)
        view.installEventFilter(self)
        view.hovered.connect(self._walked)

    def show(self, on: bool, radius: float) -> None:
        """Take the brush up, or put it away; its radius in the plane."""
        if self.on and not on:
            self._lift()
            self._view.unsetCursor()
        if on and not self.on:
            self._view.hovered.emit(-1, -1)  # what is said from now on is of the brush
        self.on, self.radius = on, radius
        if on:
            self._view.setCursor(Qt.CursorShape.CrossCursor)
        self._view.update()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self.on:
            return False
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Space and self._view.walked:
            return self._space(event)
        if event.type() == QEvent.Type.Leave and not self._down:
            self._show_at(None)
        if event.type() == QEvent.Type.FocusOut and self._by_key:
            self._lift()
        return False

    def _mouse(self, event: QMouseEvent) -> bool:
        place = place_in(self._view, event.position(), self._reach)
        if event.type() in PRESSES and event.button() == LEFT:
            self._lift()
            self._put(place)
            self._view.setFocus(Qt.FocusReason.MouseFocusReason)
        elif event.type() == QEvent.Type.MouseMove:
            self._go(place)
        elif event.type() == QEvent.Type.MouseButtonRelease and event.button() == LEFT:
            self._lift()
        else:  # a menu
            return False
        return True

    def _space(self, event: QKeyEvent) -> bool:
        """Puts the brush down and lifts it; the arrows move it."""
        event.accept()
        if event.type() == QEvent.Type.KeyPress and not event.isAutoRepeat():
            if self._down:
                self._lift()
            elif self._at is not None:
                self._by_key = True
                self._put(self._at)
        return True

    def _walked(self, x: int, y: int) -> None:
        array = self._view.array()
        if self.on and self._view.walked and x >= 0 and array is not None:
            target, (height, width) = self._view.target(), array.shape[:2]
            here = QPointF((x + 0.5) * target.width() / width, (y + 0.5) * target.height() / height)
            here = (QPointF(target.topLeft()) + here) / self._view.devicePixelRatioF()
            self._go(place_in(self._view, here, self._reach))

    def _put(self, place: tuple[float, float] | None) -> None:
        if place is not None:
            self._down = True
            self._show_at(place)
            self.put_down.emit(*place)

    def _go(self, place: tuple[float, float] | None) -> None:
        self._show_at(place)
        if self._down and place is not None:
            self.moved.emit(*(min(max(each, -self._reach), self._reach) for each in place))

    def drop(self) -> None:
        """No longer draw with what is held down."""
        self._down = self._by_key = False

    def _lift(self) -> None:
        if self._down:
            self.drop()
            self.lifted.emit()

    def _show_at(self, place: tuple[float, float] | None) -> None:
        self._at = place
        self._view.update()

    def _paint(self, painter: QPainter, target: QRectF) -> None:
        if not self.on or self._at is None:
            return
        square = square_in(target)
        unit, middle = square.width() / (2 * self._reach), square.center()
        centre = QPointF(middle.x() + self._at[0] * unit, middle.y() - self._at[1] * unit)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, out in (("#ffffff", 1.0), ("#24283a", 0.0)):
            painter.setPen(QPen(QColor(colour), self._view.devicePixelRatioF()))
            painter.drawEllipse(centre, self.radius * unit + out, self.radius * unit + out)
        painter.restore()
