"""Prints every word that is cut or elided in the smallest window, on all pages, at each scale that it is given.

Run by test_small_window. Qt asks for its scale once in a process: each has one of its own, forked from one that has
imported what is slow to import.
"""

from __future__ import annotations

import itertools
import os
import sys
import traceback

from PySide6.QtCore import QEventLoop, QRect, QTimer
from PySide6.QtWidgets import QAbstractButton, QAbstractSpinBox, QApplication, QComboBox, QLabel, QWidget

from diffviz.gui.app import FIRST, build_window
from diffviz.gui.main_window import MainWindow

ARROW_PX = 38  # of a combo: its margins, and the arrow


def wait(ms: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def words_of(widget: QWidget) -> str:
    if isinstance(widget, QComboBox):
        return widget.currentText()
    return widget.text() if isinstance(widget, QLabel | QAbstractButton | QAbstractSpinBox) else ""


def cut(window: MainWindow) -> list[str]:
    """What is not seen whole."""
    found = []
    for widget in window.findChildren(QWidget):
        words = words_of(widget)
        if not words or not widget.isVisible() or widget.visibleRegion().isEmpty():
            continue
        needed = widget.fontMetrics().horizontalAdvance(words)
        if isinstance(widget, QLabel) and (widget.wordWrap() or "<" in words):
            needed = 0
            high = widget.wordWrap() and widget.heightForWidth(widget.width()) > widget.height() + 1
            if high:
                found.append(f"{words!r} is too low")
        elif isinstance(widget, QComboBox):
            needed += ARROW_PX
        elif isinstance(widget, QAbstractButton):
            needed = min(needed + 12, widget.sizeHint().width())
        frame = QRect(widget.mapTo(window, widget.rect().topLeft()), widget.size())
        scrolled = widget.visibleRegion().boundingRect().height() < widget.height()
        if needed > widget.width() + 1 or "…" in words[:-1] or not (scrolled or window.rect().contains(frame)):
            found.append(f"{type(widget).__name__} {words!r} has {widget.width()} of {needed}")
    return found


def overlapping(window: MainWindow) -> list[str]:
    """Controls of the rows under the slider that lie on each other."""
    panel = window.controller.schedule_panel
    parts = [w for w in panel.children() if isinstance(w, QWidget) and w.isVisible()]
    below = [w for w in parts if w.y() > panel.slider.geometry().bottom()]
    pairs = itertools.combinations(below, 2)
    return [f"{words_of(a)!r} lies on {words_of(b)!r}" for a, b in pairs if a.geometry().intersects(b.geometry())]


def look() -> None:
    app = QApplication([])
    window = build_window(FIRST)
    window.resize(1024, 640)
    window.show()
    window.wait_until_idle(180)
    for page in ("direction_forward", "direction_reverse", "laboratory"):
        window.actions_[page].trigger()
        for folds in ("", "chain_fold more_fold"):
            window.controller.side.open_folds(folds)
            window.wait_until_idle(180)
            wait(100)
            for words in cut(window) + overlapping(window):
                print(f"{page} {folds}: {words}")
    window.controller.bar.show_message("A short sentence.", "info", ("Do it", lambda: None))
    wait(50)
    bar, top = window.controller.bar.geometry(), window.parts.top
    if bar.bottom() >= top.mapTo(window, top.rect().topLeft()).y():
        print("a notice lies on the buttons")
    print("size", window.width(), window.height())
    window.close()
    app.processEvents()


def begin(scale: str) -> tuple[int, int]:
    """A process of its own that looks at a scale: its id, and what it says."""
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return pid, read
    os.environ["QT_SCALE_FACTOR"] = scale
    os.dup2(write, 1)
    code = 1
    try:
        look()
        code = 0
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(code)


def end(scale: str, pid: int, read: int) -> int:
    """Print what it says behind the scale; its exit code."""
    with os.fdopen(read, encoding="utf-8") as said:
        for line in said:
            print(f"{scale}: {line}", end="")
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    from diffusers import UNet2DModel  # noqa: F401

    begun = {scale: begin(scale) for scale in sys.argv[1:]}  # at once: each waits more than it computes
    sys.exit(max(abs(end(scale, *each)) for scale, each in begun.items()))
