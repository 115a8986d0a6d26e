"""What Tab reaches of a part of a window, and in which order."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QWidget

TAB = Qt.FocusPolicy.TabFocus, Qt.FocusPolicy.StrongFocus, Qt.FocusPolicy.WheelFocus


def tab_stops(part: QWidget) -> list[QWidget]:
    """What Tab reaches in a part of a window now, in its order."""
    return [widget for widget in stops_in(part) if usable(widget)]


def tab_after(before: QWidget, *parts: QWidget) -> None:
    """Let Tab reach all of these parts after a control, in their order."""
    stops = stops_in(before.window())
    for part in parts:
        for widget in stops:
            if widget is part or part.isAncestorOf(widget):
                QWidget.setTabOrder(before, widget)
                before = widget


def stand_in_order(box: QBoxLayout, *parts: QWidget) -> None:
    """Let parts that stand in a box already, behind each other and before its last item, be in this order for eye and
    Tab."""
    places = [box.indexOf(part) for part in parts]
    if places == sorted(places):
        return
    stops = stops_in(parts[0].window())
    first = next(k for k, stop in enumerate(stops) if any(part is stop or part.isAncestorOf(stop) for part in parts))
    for part in parts:
        box.insertWidget(box.count() - 2, part)
    tab_after(stops[first - 1], *parts)


def usable(widget: QWidget) -> bool:
    """Whether it can have the keys now."""
    return widget.isVisible() and widget.isEnabled()


def stops_in(part: QWidget) -> list[QWidget]:
    """What Tab can reach in a part of a window, at other times too."""
    window = part.window()
    found, widget = [], _next(window)
    while widget is not None and widget is not window:
        reached = widget.focusPolicy() in TAB and widget.focusProxy() is None
        if reached and (widget is part or part.isAncestorOf(widget)) and widget.window() is window:
            found.append(widget)
        widget = _next(widget)
    return found


def _next(widget: QWidget) -> QWidget | None:
    """The next in the chain that Tab goes along.

    PySide takes it for a child of ``widget`` from then on, the window for one of the last: when that is deleted, it
    forgets all that Qt has made in the window, menus and layouts too. So its own parent is told again.
    """
    following = widget.nextInFocusChain()
    if following is not None:
        following.setParent(following.parentWidget())  # of a window None: nothing changes
    return following
