"""Where the keys go: from part to part, and when the control that has them can no longer be used."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget
from shiboken6 import isValid

from diffviz.gui.panels.tab_order import stops_in, tab_stops, usable


class FocusKeeper(QObject):
    """They go to the button that runs and stops, not to whatever comes next, and back when the control is free again.

    A control may give them to the window itself, whose keys play and step: Tab goes on from that control then.

    Args:
        button: of ``window``; where it is not seen, in a presentation, or locked, the window itself has the keys.
    """

    def __init__(self, window: QWidget, button: QWidget) -> None:
        super().__init__(window)
        self._window, self._button = window, button
        self._lost: QWidget | None = None
        self._passed: tuple[QWidget | None, QWidget | None] = None, None  # that had them, and that Qt went on to
        self._left: QWidget | None = None  # that had the keys before the window
        self._behind: QWidget | None = None  # that had them while another window is active
        self._locked_behind = False  # since then
        window.installEventFilter(self)
        QApplication.instance().focusChanged.connect(self._moved)  # type: ignore[union-attr]

    def _moved(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is None or new is None or old.window() is not self._window or new.window() is not self._window:
            return
        self._left = old if new is self._window else None
        if old is self._lost or (old.isEnabled() and old.isVisible()):
            return
        first, last = self._passed
        lost = first if old is last and first is not None else old  # what comes next may be locked in its turn
        self._passed = lost, new
        QTimer.singleShot(0, self, lambda: self._hold(lost, new))  # the button is being shown anew meanwhile

    def _hold(self, lost: QWidget, here: QWidget) -> None:
        self._passed = None, None
        if QApplication.focusWidget() is not here:
            return  # somebody has said where they go
        there = isValid(lost)  # a notice's button goes with it
        if there and usable(lost):  # it was locked for a moment
            lost.setFocus(Qt.FocusReason.OtherFocusReason)
            return
        self._holder.setFocus(Qt.FocusReason.OtherFocusReason)
        if lost is not self._button:
            self._wait_for(lost if there else None)

    @property
    def _holder(self) -> QWidget:
        return self._button if usable(self._button) else self._window

    def _wait_for(self, lost: QWidget | None) -> None:
        if self._lost is not None and isValid(self._lost):
            self._lost.removeEventFilter(self)
        self._lost = lost
        if lost is not None:
            lost.installEventFilter(self)

    def given(self) -> None:
        """A control was given the keys: that of a window behind another one has them when this comes back."""
        if not self._window.isActiveWindow():
            self._goes()

    def _goes(self) -> None:
        """Another window has the keys from now on, or still where this one is only just shown."""
        self._watch_behind(self._window.focusWidget())
        self._locked_behind = False

    def _watch_behind(self, behind: QWidget | None) -> None:
        before, self._behind = self._behind, behind
        if before is not None and before not in (self._lost, self._window) and isValid(before):
            before.removeEventFilter(self)  # each of its events would come here
        if behind is not None:
            behind.installEventFilter(self)

    def _comes_back(self) -> None:
        """The control that had them was locked or went meanwhile: Qt has gone on to what comes next, unasked."""
        behind = self._behind
        self._watch_behind(None)
        if behind is None or not self._locked_behind:
            return
        if isValid(behind) and behind.isEnabled() and behind.isVisible():
            behind.setFocus(Qt.FocusReason.OtherFocusReason)
        elif (here := QApplication.focusWidget()) is not None:
            self._hold(behind, here)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._window and event.type() in (QEvent.Type.WindowDeactivate, QEvent.Type.Show):
            self._goes()
        if watched is self._window and event.type() == QEvent.Type.WindowActivate:
            QTimer.singleShot(0, self, self._comes_back)
        if watched is self._behind and event.type() in (QEvent.Type.EnabledChange, QEvent.Type.Hide):
            self._locked_behind = True
        if watched is self._lost and event.type() == QEvent.Type.EnabledChange and usable(self._lost):
            lost = self._lost
            self._wait_for(None)
            if self._button.hasFocus() or self._window.hasFocus():  # else the person has gone elsewhere
                lost.setFocus(Qt.FocusReason.OtherFocusReason)
        if watched is self._window and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self._goes_on(event)
        return super().eventFilter(watched, event)

    def _goes_on(self, event: QKeyEvent) -> bool:
        """Whether Tab, pressed in the window itself, goes to what follows the control that was left, or back to it."""
        left, key = self._left, event.key()
        if key not in (Qt.Key.Key_Tab, Qt.Key.Key_Backtab) or QApplication.focusWidget() is not self._window:
            return False
        if left is None or not isValid(left):
            return False
        stops = [widget for widget in stops_in(self._window) if usable(widget) or widget is left]
        if left not in stops:
            return False
        by = 1 if key == Qt.Key.Key_Tab else 0 if usable(left) else -1
        reason = Qt.FocusReason.TabFocusReason if by == 1 else Qt.FocusReason.BacktabFocusReason
        stops[(stops.index(left) + by) % len(stops)].setFocus(reason)
        return True


class PartWalker(QObject):
    """F6 and Shift+F6 go from part to part of a window, to the first control of each.

    Args:
        parts: those that are there now, in their order.
    """

    def __init__(self, window: QWidget, parts: Callable[[], Sequence[QWidget]], actions: dict[str, QAction]) -> None:
        super().__init__(window)
        self._parts = parts
        actions["next_part"].triggered.connect(lambda: self._go(1))
        actions["part_before"].triggered.connect(lambda: self._go(-1))

    def _go(self, by: int) -> None:
        parts = {part: stops for part in self._parts() if (stops := tab_stops(part))}
        here, order = QApplication.focusWidget(), list(parts)
        at = next((k for k, part in enumerate(order) if here is not None and part.isAncestorOf(here)), -max(0, by))
        parts[order[(at + by) % len(order)]][0].setFocus(Qt.FocusReason.TabFocusReason)


def close_offered() -> bool:
    """Close a list that lies over the window, such as the phrases under a field; whether there was one.

    Such a list has the letters and leaves Esc to the window; the focus taken away meanwhile, they would go nowhere.
    """
    offered = QApplication.activePopupWidget()
    if offered is not None:
        offered.hide()
    return offered is not None
