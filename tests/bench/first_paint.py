"""Opens a window and says when it was painted first: ``python -m tests.bench.first_paint diffviz|minimal``."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

SIZE = (1440, 860)
HEAVY = ("torch", "diffusers")


def diffviz() -> None:
    """The command ``diffviz``; its window is watched when its event loop begins, before it is painted."""
    from diffviz import cli

    sys.meta_path.insert(0, WatchedLoop())
    cli.main(["gui"])


class WatchedLoop:
    """Lets the command import Qt by itself, and only then puts a watch before the event loop."""

    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        if name == "diffviz.gui.main_window":  # Qt is there, the window is not
            sys.meta_path.remove(self)
            from PySide6.QtWidgets import QApplication

            run = QApplication.exec

            def watched() -> int:
                for window in QApplication.topLevelWidgets():
                    if window.isVisible():
                        _watch(window)
                return run()

            QApplication.exec = staticmethod(watched)


def minimal() -> None:
    """The least window with pyqtgraph's plots: QMainWindow, three ImageItem views, one PlotWidget, all empty."""
    import pyqtgraph as pg
    from PySide6.QtWidgets import QApplication, QGridLayout, QMainWindow, QWidget

    app = QApplication(sys.argv[:1])
    window = QMainWindow()
    central = QWidget()
    layout = QGridLayout(central)
    for column in range(3):
        view = pg.GraphicsView()
        box = pg.ViewBox()
        box.addItem(pg.ImageItem())
        view.setCentralItem(box)
        layout.addWidget(view, 0, column)
    layout.addWidget(pg.PlotWidget(), 1, 0, 1, 3)
    window.setCentralWidget(central)
    window.resize(*SIZE)
    _watch(window)
    window.show()
    app.exec()


def _watch(window: Any) -> None:
    from PySide6.QtCore import QEvent, QObject, QTimer

    class FirstPaint(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                watched.removeEventFilter(self)
                # the children are painted in the same pass; the event loop goes on after it
                QTimer.singleShot(0, _painted)
            return False

    window.first_paint = FirstPaint()
    window.installEventFilter(window.first_paint)


def _painted() -> None:
    heavy = [name for name in HEAVY if name in sys.modules]
    print(json.dumps({"painted_s": time.monotonic(), "heavy": heavy}), flush=True)
    os._exit(0)


if __name__ == "__main__":
    {"diffviz": diffviz, "minimal": minimal}[sys.argv[1]]()
