"""PySide6 6.12.0 on Python 3.11 loses a reference to None, True or False at each signal, and aborts in the end."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject, Qt, Signal

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
