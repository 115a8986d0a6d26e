"""Random actions on a whole window: menu entries, keys, clicks, drags, files opened and dropped; and what it leaves.

An exception in the window, an action that keeps it for 20 s, or one to close it in fails it. The last line has the
slope of the memory over the second half of the time. --n is the number of actions, --rest the milliseconds between
two of them; it runs offscreen unless QT_QPA_PLATFORM says otherwise.
"""

import faulthandler
import gc
import logging
import os
import random
import sys
import threading
import time
import traceback

from .common import Arena, Tally, pathlib, where  # isort: skip

from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QMimeData, QPoint, QPointF, QSettings, Qt, QTimer, QUrl  # isort: skip
from PySide6.QtGui import QDesktopServices, QDropEvent, QGuiApplication  # isort: skip
from PySide6.QtTest import QTest  # isort: skip
from PySide6.QtWidgets import QApplication, QFileDialog, QMenu, QWidget  # isort: skip

from diffviz.assets import asset  # isort: skip
from diffviz.bounded import Refusal  # isort: skip
from diffviz.gui.app import build_window  # isort: skip

LONGEST_S, WARM_S = 20, 300
KEYS = [
    *(Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home),
    *(Qt.Key.Key_End, Qt.Key.Key_Escape, Qt.Key.Key_Tab, Qt.Key.Key_Return, Qt.Key.Key_Backspace, Qt.Key.Key_Delete),
    *(Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_F11, *map(Qt.Key, b"GMNPLF18095"), Qt.Key.Key_Minus),
]
NONE, SHIFT, CTRL = (getattr(Qt.KeyboardModifier, f"{name}Modifier") for name in ("No", "Shift", "Control"))
MODIFIERS = [NONE] * 6 + [SHIFT, CTRL]
CTRL_KEYS = [*map(Qt.Key, b"123GDEZYSCVT8"), Qt.Key.Key_Period]

arena = Arena(__doc__, n=150, seed=105, rest=30)
rng = random.Random(arena.seed)
corpus = pathlib.Path(__file__).parents[1] / "corpus"
out = arena.work / "out"
out.mkdir()
files = [path for root in (asset("images"), corpus) for path in root.rglob("*") if path.is_file()]
folders = [asset("models") / "smileys-32", asset("images"), corpus, arena.work / "gone"]
faults = []


def raised(kind, error, trace, thread="the window"):
    faults.append((f"{thread}: {kind.__name__}: {str(error)[:100]}", where(error)))
    traceback.print_exception(kind, error, trace)


def one_of_ours(*_, **__):
    written = [path for path in out.iterdir() if path.is_file()]
    return str(rng.choice([*files, *written])), ""


def a_new_one(*_, **__):
    name = f"{rng.randrange(5)}{rng.choice(['.png', '.json', '.diffviz-run', '.gif', '.mp4', '.csv', ''])}"
    return str(out / name), ""


class Logged(logging.Handler):
    """Counts what the program itself calls a fault; refusals are none."""

    def emit(self, record):
        if record.exc_info and not isinstance(record.exc_info[1], Refusal):
            raised(*record.exc_info, thread=record.getMessage())


def stand_in():
    """What would wait for a person, or start another program, answers at once."""
    QFileDialog.getOpenFileName = staticmethod(one_of_ours)
    QFileDialog.getSaveFileName = staticmethod(a_new_one)
    QFileDialog.getExistingDirectory = staticmethod(lambda *_, **__: str(rng.choice(folders)))
    QDesktopServices.openUrl = staticmethod(lambda *_: True)
    sys.excepthook = raised
    logging.getLogger("diffviz").addHandler(Logged(logging.ERROR))
    threading.excepthook = lambda words: raised(words.exc_type, words.exc_value, words.exc_traceback, words.thread.name)


def answer():
    """A press that opens a menu comes back when that is closed, and a drag of text when it is dropped."""
    popup = QApplication.activePopupWidget()
    if isinstance(popup, QMenu):
        entries = [action for action in popup.actions() if action.isEnabled() and action.text() and not action.menu()]
        popup.close()
        if entries and rng.random() < 0.5:
            rng.choice(entries).trigger()
    elif popup is not None:
        popup.close()
    elif (front := QGuiApplication.focusWindow()) is not None:
        QTest.keyClick(front, Qt.Key.Key_Escape)


def shown(window):
    """The widgets that a person can reach: of a dialog in front, where there is one, else of any open window."""
    front = QApplication.activeModalWidget() or QApplication.activePopupWidget()
    tops = [front] if front else [top for top in QApplication.topLevelWidgets() if top.isVisible()]
    return [widget for top in tops for widget in [top, *top.findChildren(QWidget)] if widget.isVisible()] or [window]


def trigger(window):
    actions = [action for name, action in window.actions_.items() if name != "quit" and action.isEnabled()]
    if QApplication.activeModalWidget() is None and actions:
        rng.choice(actions).trigger()


def press(window):
    modifier = rng.choice(MODIFIERS)
    key = rng.choice(CTRL_KEYS if modifier == CTRL else KEYS)
    target = QApplication.focusWidget() or window
    if target.isEnabled():
        QTest.keyClick(target, key, modifier)


def click(window):
    widget = rng.choice(shown(window))
    place = QPoint(rng.randrange(max(1, widget.width())), rng.randrange(max(1, widget.height())))
    (QTest.mouseDClick if rng.random() < 0.1 else QTest.mouseClick)(widget, Qt.MouseButton.LeftButton, NONE, place)


def drag(window):
    widget = rng.choice(shown(window))
    ends = [QPoint(rng.randrange(max(1, widget.width())), rng.randrange(max(1, widget.height()))) for _ in range(2)]
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, NONE, ends[0])
    QTest.mouseMove(widget, ends[1])
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, NONE, ends[1])


def drop(window):
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(rng.choice([*files, *folders])))])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    event = QDropEvent(QPointF(9, 9), copy, data, left, NONE, QEvent.Type.Drop)
    QCoreApplication.sendEvent(window, event)


def resize(window):
    window.resize(rng.randrange(200, 2000), rng.randrange(200, 1200))


def escape(window):
    QTest.keyClick(QApplication.activeWindow() or window, Qt.Key.Key_Escape)


ACTIONS = [trigger, trigger, press, press, press, click, click, drag, drop, resize, escape]


def rss_mb():
    pages = int(pathlib.Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def slope(points):
    """MB an hour over the second half of (seconds, MB), by least squares."""
    late = points[len(points) // 2 :]
    n = len(late)
    mean_t, mean_m = sum(t for t, _ in late) / n, sum(m for _, m in late) / n
    spread = sum((t - mean_t) ** 2 for t, _ in late)
    return 3600 * sum((t - mean_t) * (m - mean_m) for t, m in late) / spread if spread else 0.0


def settle(ms):
    end = time.monotonic() + ms / 1000
    while (left := end - time.monotonic()) > 0:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, max(1, int(1000 * left)))


def main():
    stand_in()
    settings = QSettings(str(arena.work / "settings.ini"), QSettings.Format.IniFormat)
    window = build_window(settings=settings, device="cpu")
    window.show()
    settle(500)
    waiting = QTimer(interval=1000, timeout=answer)  # runs out only inside an action
    tally, points, began = Tally(), [], time.monotonic()
    for k in range(arena.n):
        if arena.late():
            break
        act = rng.choice(ACTIONS)
        faulthandler.dump_traceback_later(10 * LONGEST_S, exit=True)  # says where it hangs
        before = time.monotonic()
        waiting.start()
        try:
            act(window)
        except Exception as error:  # of the action itself; those of slots come through the hook
            raised(type(error), error, error.__traceback__)
        waiting.stop()
        settle(arena.options.rest)
        took = time.monotonic() - before
        found, faults[:] = list(faults), []
        tally.add(k, "foreign" if found else "done", f"{found[0][0]} @ {act.__name__} {found[0][1]}" if found else "")
        if took > LONGEST_S:
            tally.add(k, "hang", f"{act.__name__} took {took:.0f} s")
        if not window.isVisible() and not QApplication.activeModalWidget():
            window.show()
        if k % 20 == 0:
            gc.collect()
            points.append((time.monotonic() - began, rss_mb()))
    before = time.monotonic()
    while QApplication.activeModalWidget():
        QApplication.activeModalWidget().close()
    window.close()
    settle(200)
    closing = time.monotonic() - before
    if closing > LONGEST_S:
        tally.add(arena.n, "hang", f"closing took {closing:.0f} s")
    faulthandler.cancel_dump_traceback_later()
    tally.tell()
    points.append((time.monotonic() - began, rss_mb()))
    memory = f"memory {points[0][1]:.0f} to {points[-1][1]:.0f} MB"
    if points[-1][0] > WARM_S:  # before, libraries and models are still coming
        memory += f", slope {slope(points):+.0f} MB an hour"
    arena.finish(tally.failed, f"{tally.figures()}; closed in {closing:.1f} s; {memory}")


if __name__ == "__main__":
    main()
