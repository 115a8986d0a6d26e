"""Driver: the window as a person and CONTRACT's names see it. What tests must know of its inside stands here alone."""

from __future__ import annotations

import gc
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QPoint, QPointF, QSettings, Qt, QTimer
from PySide6.QtGui import QAction, QCursor, QMouseEvent, QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QPushButton,
    QSlider,
    QToolButton,
    QWidget,
)

from diffviz.export.options import Options
from diffviz.gui.app import build_window
from diffviz.gui.main_window import MainWindow
from diffviz.gui.panels.export_order import Order
from diffviz.gui.panels.schedule_plot import SchedulePlot
from diffviz.scene import Scene

W = TypeVar("W", bound=QWidget)
NONE = Qt.KeyboardModifier.NoModifier
SHIFT = Qt.KeyboardModifier.ShiftModifier
CTRL = Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


def plain(text: str) -> str:
    """Rich text as it is read: without tags, with one space where there are several."""
    document = QTextDocument()
    document.setHtml(text)
    return re.sub(r"[\s\u00a0]+", " ", document.toPlainText()).strip()


GONE_S = 20.0  # on a busy machine
IMPORTS_S = 180.0  # of torch and diffusers, which the first window of a process waits for, there


class Driver:
    """One window and what a test does with it."""

    def __init__(self, window: MainWindow, scene: Scene) -> None:
        self.window = window
        self.first_scene = scene

    # -- finding

    def find(self, name: str, kind: type[W] = QWidget) -> W:  # type: ignore[assignment]
        found = self.window.findChild(kind, name)
        assert found is not None, f"there is no {kind.__name__} {name}"
        return found

    def action(self, name: str) -> QAction:
        found = self.window.findChild(QAction, f"{name}_action")
        assert found is not None, f"there is no {name}_action"
        return found

    @property
    def scene(self) -> Scene:
        return self.window.controller.scene

    @property
    def slider(self) -> QSlider:
        return self.find("t_slider", QSlider)

    @property
    def plot(self) -> SchedulePlot:
        return self.find("schedule_plot", SchedulePlot)

    @property
    def generate_button(self) -> QPushButton:
        return self.find("generate_button", QPushButton)

    # -- waiting

    def idle(self, timeout_s: float = 30.0) -> None:
        self.window.wait_until_idle(timeout_s)

    def paint(self) -> None:
        """Let what is posted and what is dirty happen."""
        QApplication.processEvents()

    def turned(self) -> None:
        """The window is over the whole screen, or back, changed and painted: it changes when it has its new size."""
        self.until(lambda: not self.window.whole_screen.held)
        self.paint()

    def until(self, condition: Callable[[], object], timeout_s: float = 20.0) -> None:
        """Run the event loop until a condition holds."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, f"did not happen within {timeout_s} s"
            loop = QEventLoop()  # QTest.qWait would keep Python's lock from the engine's threads
            QTimer.singleShot(2, loop.quit)
            loop.exec()

    def reset(self, scene: Scene | None = None) -> None:
        """The first scene again, nothing running, no message, no chain."""
        self.settle()
        controller = self.window.controller
        controller.open_scene(scene or self.first_scene)
        controller.showing.show_all()
        controller.bar.clear()
        controller.view.viewport.fit()
        self.idle()
        QCursor.setPos(self.window.mapToGlobal(QPoint(3, 3)))  # over no panel
        self.slider.setFocus()
        self.paint()

    def forget(self) -> None:
        """The first scene as if nothing had ever been done: no chain is kept and nothing can be undone."""
        self.reset()
        controller = self.window.controller
        controller.chains.kept.clear()
        controller.chains._say()
        controller.store._undo.clear()
        controller.store._redo.clear()
        controller.store.edit(undo=False)

    def settle(self) -> None:
        """End what a test left running."""
        controller = self.window.controller
        controller.playback.stop()
        controller.jobs.cancel()
        for dialog in self.window.findChildren(QDialog):
            if dialog.isVisible():
                dialog.close()
        for name in ("x_t", "x_0", "eps"):
            QApplication.sendEvent(self.picture_area(name), QEvent(QEvent.Type.Leave))
        if self.action("presentation").isChecked():
            self.action("presentation").setChecked(False)
        if QApplication.activeWindow() is not self.window:
            self.window.activateWindow()
            self.until(lambda: QApplication.activeWindow() is self.window)
        self.idle()
        controller.spoken._rest.stop()  # names for assistive technology are told a moment after t rests

    def without_training(self) -> None:
        """No training runs and its panel has never been opened."""
        desk, self.window._training = self.window.training, None
        assert desk.close(60_000), "a training goes on"
        desk.dialog.deleteLater()
        desk.deleteLater()

    # -- doing

    def trigger(self, name: str) -> None:
        self.action(name).trigger()

    def set_t(self, t: int) -> None:
        """Move the slider, as a drag does, and wait for the picture."""
        self.slider.setValue(t)
        self.idle()

    def set(self, name: str, value: Any) -> None:
        """Type a value into a spin box."""
        self.find(name).setValue(value)  # type: ignore[attr-defined]
        self.idle()

    def choose(self, name: str, wanted: str) -> None:
        """Pick the entry of a menu that reads ``wanted``."""
        combo = self.find(name, QComboBox)
        index = combo.findText(wanted)
        assert index >= 0, f"{name} has no {wanted!r} but {[combo.itemText(i) for i in range(combo.count())]}"
        combo.setCurrentIndex(index)

    def generate(self) -> None:
        """Run a chain to its end."""
        self.trigger("generate")
        self.idle(60.0)

    def export(self, path: Path, options: dict[str, Any], frames: int) -> None:
        """Begin to write a film of what is shown, evenly in t, as the export dialog does."""
        assert self.window.doors.films.write(Order(str(path), Options(frames=frames, **options), False, "t"))

    def key(self, key: Qt.Key, modifiers: Qt.KeyboardModifier = NONE, widget: QWidget | None = None) -> None:
        """Press a key where the focus is."""
        target = widget or QApplication.focusWidget() or self.window
        QTest.keyClick(target, key, modifiers)
        self.paint()

    def press(self, widget: QWidget, x: float, y: float) -> None:
        """Mouse button down at a place of the widget."""
        self.mouse(widget, QEvent.Type.MouseButtonPress, x, y)

    def move(self, widget: QWidget, x: float, y: float, held: bool = True) -> None:
        self.mouse(widget, QEvent.Type.MouseMove, x, y, held)

    def release(self, widget: QWidget, x: float, y: float) -> None:
        self.mouse(widget, QEvent.Type.MouseButtonRelease, x, y, False)

    def mouse(self, widget: QWidget, kind: QEvent.Type, x: float, y: float, held: bool = True) -> None:
        """One mouse event with fractions of a pixel, which QTest has not."""
        here = QPointF(x, y)
        button = Qt.MouseButton.NoButton if kind == QEvent.Type.MouseMove else LEFT
        buttons = LEFT if held else Qt.MouseButton.NoButton
        event = QMouseEvent(kind, here, QPointF(widget.mapToGlobal(here)), button, buttons, NONE)
        QApplication.sendEvent(widget, event)

    # -- reading

    def shown(self, name: str = "x_t") -> np.ndarray:
        """The picture of a panel: x_t, x_0, eps."""
        return self.find(f"{name}_panel").displayed_array()  # type: ignore[attr-defined]

    @property
    def picture(self) -> np.ndarray:
        """The picture as its file has it; a panel shows it in the size in which it is noised."""
        picture = self.window.controller.forward.picture
        assert picture is not None
        return picture

    def picture_area(self, name: str = "x_t") -> QWidget:
        """The widget of a panel that paints the picture."""
        return self.find(f"{name}_panel").view  # type: ignore[attr-defined]

    def messages(self) -> list[str]:
        """The sentences of the message bar, those behind the newest too."""
        self.paint()
        bar = self.find("message_bar")
        return bar.texts() if bar.isVisible() else []  # type: ignore[attr-defined]

    def message_buttons(self) -> list[QWidget]:
        bar = self.find("message_bar")
        return [b for kind in (QPushButton, QToolButton) for b in bar.findChildren(kind) if b.isVisible()]

    def words(self, name: str) -> str:
        return plain(self.find(name, QLabel).text())

    def labels_between(self, left: str, right: str) -> list[QLabel]:
        """Visible labels that stand between two panels."""
        a, b = self.find(f"{left}_panel"), self.find(f"{right}_panel")
        found = []
        for label in self.window.findChildren(QLabel):
            if not label.isVisible() or a.isAncestorOf(label) or b.isAncestorOf(label):
                continue
            middle = label.mapTo(self.window, label.rect().center())
            corner_a, corner_b = a.mapTo(self.window, QPoint(0, 0)), b.mapTo(self.window, QPoint(0, 0))
            inside = corner_a.x() + a.width() <= middle.x() <= corner_b.x()
            if inside and corner_a.y() <= middle.y() <= corner_a.y() + a.height():
                found.append(label)
        return found

    def coefficients(self, names: tuple[str, str, str] = ("x_t", "x_0", "eps")) -> tuple[str, float, float]:
        """The sign between the first two panels, and the two numbers on the screen."""
        first = " ".join(plain(label.text()) for label in self.labels_between(names[0], names[1]))
        second = " ".join(plain(label.text()) for label in self.labels_between(names[1], names[2]))
        numbers = [re.search(r"-?\d+\.\d+", text) for text in (first, second)]
        assert numbers[0] and numbers[1], (first, second)
        return first[0], float(numbers[0].group()), float(numbers[1].group())

    def dots(self) -> list[tuple[float, float]]:
        """(t, height) of the dots on the plot."""
        return [(dot.t, dot.y) for dot in self.plot.t_cursor.dots]

    def plot_texts(self) -> list[str]:
        return [mark.text for mark in (*self.plot.t_cursor.names, *self.plot.t_cursor.dots)]

    def cursor_x(self) -> float:
        """Where the plot's vertical line is painted, in pixels of the window."""
        grabbed = self.plot.grab().toImage()
        pixels = as_array(grabbed).astype(int)
        close = np.abs(pixels - np.array(as_rgb(self.window.palette_.text))).sum(axis=2) < 200
        area, ratio = self.plot.area, grabbed.devicePixelRatio()
        share = close[int(area.top() * ratio) : int(area.bottom() * ratio)].mean(axis=0)  # without the axis of t
        columns = np.flatnonzero(share > 0.5)
        assert len(columns), "no line over the whole height of the plot"
        middle = float(np.average(columns + 0.5, weights=share[columns]))
        return self.plot.mapTo(self.window, QPoint(0, 0)).x() + middle / grabbed.devicePixelRatio()

    def plot_x(self, t: float) -> float:
        """Where level t lies on the plot's axis, in pixels of the window."""
        left, right = self.plot.track()
        return self.plot.mapTo(self.window, QPoint(0, 0)).x() + left + t * (right - left) / self.slider.maximum()

    def handle_x(self) -> float:
        """Where the slider's handle is painted, in pixels of the window: the middle of its blob off the groove."""
        image = self.slider.grab().toImage()
        scale = image.devicePixelRatio()
        pixels = as_array(image).astype(int)
        blue = np.array(as_rgb(self.window.palette_.signal))
        close = np.abs(pixels - blue).sum(axis=2) < 60
        rows = close.sum(axis=1)
        # the groove is blue from the left edge to the handle, in a few rows; the handle is taller than it
        tall = [y for y in range(len(rows)) if rows[y] and (~close[y]).sum() > 0]
        spans = [np.flatnonzero(close[y]) for y in tall]
        narrow = [span for span in spans if span.max() - span.min() < 24 * scale and len(span) >= 4]
        assert narrow, "no handle is painted"
        middles = [(span.min() + span.max() + 1) / 2 for span in narrow]
        return self.slider.mapTo(self.window, QPoint(0, 0)).x() + float(np.median(middles)) / scale


def as_array(image: Any) -> np.ndarray:
    """A QImage as uint8 (H, W, 3)."""
    image = image.convertToFormat(image.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def as_rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def open_window(
    scene: Scene | None, settings: QSettings | None = None, idle: bool = True, device: str = "cpu"
) -> Driver:
    window = build_window(scene, settings, device)
    window.show()
    window.activateWindow()
    driver = Driver(window, scene or Scene())
    if idle:
        driver.idle(IMPORTS_S)
        driver.paint()
    return driver


def close_windows(drivers: list[Driver], threads: set[threading.Thread]) -> None:
    """Close them for good; their threads must be gone soon."""
    for driver in drivers:
        driver.window.close()
        driver.window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QApplication.processEvents()
    gc.collect()
    deadline = time.monotonic() + GONE_S
    while (left := _since(threads)) and time.monotonic() < deadline:
        for thread in left:
            thread.join(0.05)
    assert not left, f"a window left {[thread.name for thread in left]}"


def _since(threads: set[threading.Thread]) -> list[threading.Thread]:
    """Those that came since, but for tqdm's, which stays."""
    return [each for each in threading.enumerate() if each not in threads and type(each).__name__ != "TMonitor"]
