"""Divider: a line over a picture that is two, left and right of it, with their names; it is dragged or stepped."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, QRect, QRectF, Qt, Signal, SignalInstance
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from diffviz.gui.panels.dragged import Dragged
from diffviz.gui.panels.picture_view import PictureView
from diffviz.palette import DARK, Palette

WIDE_PX, GRIP_PX = 20, 9  # of what can be taken, and the radius of what is seen of it
STEP = 0.02  # of the picture's width, for an arrow key
LETTERS = 5  # of a name, at least, before what it is
LEAST, MOST = 0.02, 0.98  # the line stays on the picture


class Divider(Dragged, QWidget):
    """Signals: ``moved(share)`` of the picture's width, within ``gesture_began`` and ``gesture_ended``."""

    moved = Signal(float)

    def __init__(self, view: PictureView, viewport_changed: SignalInstance) -> None:
        super().__init__(view)
        self.setObjectName("divider")
        self.setAccessibleName("line between both schedules")
        self.setCursor(Qt.CursorShape.SplitHCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._view, self._names = view, _Names(view)
        self._share = 0.5
        self._palette = DARK
        view.installEventFilter(self)
        viewport_changed.connect(self._place)
        self.hide_line()

    def show_split(self, share: float, left: str, right: str) -> None:
        """The line at a share of the picture's width, and what is left and right of it."""
        self._share = share
        self._names.names = left, right
        self.setToolTip(f"Left of the line: {left}. Right of it: {right}, with the same ε. Drag it.")
        self._place()
        self.show()
        self._names.show()
        self._names.update()

    def hide_line(self) -> None:
        """There is one picture."""
        self.hide()
        self._names.hide()

    def set_look(self, palette: Palette) -> None:
        self._palette = self._names.palette_ = palette
        self.update()

    def _place(self) -> None:
        target, ratio = self._view.target(), self._view.devicePixelRatioF()
        seen = QRectF(target.x() / ratio, target.y() / ratio, target.width() / ratio, target.height() / ratio)
        x = seen.left() + self._share * seen.width()
        self._names.setGeometry(self._view.rect())
        self._names.picture, self._names.line_x = seen, x
        self.setGeometry(QRect(round(x - WIDE_PX / 2), round(seen.top()), WIDE_PX, round(seen.height())))
        self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and not self.isHidden():
            self._place()
        return super().eventFilter(watched, event)

    def _move_to(self, x: float) -> None:
        picture = self._names.picture
        share = (x - picture.left()) / max(1.0, picture.width())
        self.moved.emit(round(min(max(share, LEAST), MOST), 4))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.hold()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.held:
            self._move_to(self.mapToParent(event.position().toPoint()).x())

    def event(self, event: QEvent) -> bool:
        # the arrows are the window's shortcuts, but here they move the line
        ways = (Qt.Key.Key_Left, Qt.Key.Key_Right)
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in ways:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if way is None:
            super().keyPressEvent(event)
            return
        self.gesture_began.emit()
        self._move_to(self._names.line_x + way * STEP * self._names.picture.width())
        self.gesture_ended.emit()

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QPointF(self.width() / 2, self.height() / 2)
        for colour, width in (("#000000", 4), ("#ffffff", 2)):  # seen on any picture
            painter.setPen(QPen(QColor(colour), width))
            painter.drawLine(QPointF(middle.x(), 0), QPointF(middle.x(), self.height()))
        painter.setPen(QPen(QColor("#000000" if not self.hasFocus() else self._palette.accent), 3))
        painter.setBrush(QColor("#ffffff"))
        painter.drawEllipse(middle, GRIP_PX - 1, GRIP_PX - 1)
        painter.setPen(QPen(QColor("#000000"), 1.5))
        for x in (-2, 2):
            painter.drawLine(middle + QPointF(x, -3), middle + QPointF(x, 3))
        painter.end()


class _Names(QWidget):
    """What stands left and right of the line, at the picture's foot."""

    def __init__(self, view: PictureView) -> None:
        super().__init__(view)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.names = ("", "")
        self.picture, self.line_x = QRectF(), 0.0
        self.palette_ = DARK

    def paintEvent(self, event: object) -> None:
        painter = QPainter(self)
        metrics = QFontMetricsF(self.font())
        backdrop = QColor(self.palette_.card)
        backdrop.setAlpha(215)  # readable on any picture
        height = metrics.height() + 4
        gap = WIDE_PX / 2 + 2
        for words, left, right in (
            (self.names[0], self.picture.left() + 4, self.line_x - gap),
            (self.names[1], self.line_x + gap, self.picture.right() - 4),
        ):
            room = right - left - 10
            if room < metrics.horizontalAdvance("…") * 3:
                continue
            shown = cut(words, metrics, room)
            width = metrics.horizontalAdvance(shown) + 10
            x = right - width if words is self.names[0] else left
            box = QRectF(x, self.picture.bottom() - height - 4, width, height)
            painter.fillRect(box, backdrop)
            painter.setPen(QColor(self.palette_.text))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)
        painter.end()


def cut(words: str, metrics: QFontMetricsF, room: float) -> str:
    """Which of both it is stays where the name has little room, "flow mat…, pinned", and goes where it has none."""
    name, comma, pinned = words.rpartition(", pinned")
    if not comma:
        return metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
    end = comma + pinned
    left = room - metrics.horizontalAdvance(end)
    if left < min(LETTERS * metrics.averageCharWidth(), metrics.horizontalAdvance(name)):
        end, left = "", room
    return metrics.elidedText(name, Qt.TextElideMode.ElideRight, left) + end
