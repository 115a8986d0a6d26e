"""PySide6 6.12.0 on Python 3.11 loses a reference to None, True or False at each signal, and aborts in the end."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable

import pytest
import shiboken6
from gui_driver import Driver
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QWidgetItem

EMITS = 2000


class Sender(QObject):
    empty = Signal()
    flag = Signal(bool)
    value = Signal(object)


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("connection", [Qt.ConnectionType.DirectConnection, Qt.ConnectionType.QueuedConnection])
def test_signals_lose_no_reference(connection: Qt.ConnectionType, qapp: object) -> None:
    sender = Sender()
    heard: list[int] = [0]

    def hear(*_: object) -> None:
        heard[0] += 1

    for signal in (sender.empty, sender.flag, sender.value):
        signal.connect(hear, connection)
    singletons = (None, True, False)
    before = [sys.getrefcount(single) for single in singletons]
    for i in range(EMITS):
        sender.empty.emit()
        sender.flag.emit(i % 2 == 0)
        sender.value.emit(None)
        sender.blockSignals(False)  # a call that returns bool
        sender.setObjectName("x")  # and one that returns nothing
        if i % 100 == 99:
            qapp.processEvents()  # type: ignore[attr-defined]
    qapp.processEvents()  # type: ignore[attr-defined]
    after = [sys.getrefcount(single) for single in singletons]
    assert heard[0] == 3 * EMITS
    # other code may hold a few more or fewer; the fault takes one a call
    assert all(abs(a - b) < EMITS // 10 for a, b in zip(after, before, strict=True)), (before, after)


def test_of_rows_whose_widgets_move_python_knows_no_item(make_driver: Callable[..., Driver]) -> None:
    """It would stay where the item is gone, and be taken for what has its place then: a line edit had no margins."""
    driver = make_driver()
    driver.trigger("laboratory")
    driver.idle()
    panel, pair = driver.window.controller.schedule_panel, driver.window.controller.laboratory.page.pair
    items = (each for each in gc.get_objects() if isinstance(each, QWidgetItem) and shiboken6.isValid(each))
    known = {shiboken6.getCppPointer(each)[0] for each in items}
    for layout in (panel._foot, panel._said, pair._grid):
        for k in range(layout.count()):
            item = layout.itemAt(k)
            assert shiboken6.getCppPointer(item)[0] not in known
            shiboken6.invalidate(item)
