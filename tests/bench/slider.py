"""From a slider event to the painted picture: alone, beside matplotlib, and while a chain runs."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication

from diffviz.diffusion import SCHEDULES, add_noise
from diffviz.engine.noise import held_noise
from diffviz.engine.tensors import raster, x_0_of
from diffviz.gui.main_window import MainWindow
from diffviz.kinds import PICTURE
from diffviz.scene import SamplerSpec, Scene

from .figures import Bound, Figure, answered, judged, median, percentile
from .rows import Plan
from .window import PaintWatch, open_picture, open_window, sample_picture

SIDE = 1024
BURST = 200


def measure_slider(plan: Plan) -> Iterator[Figure]:
    """Every slider event is followed by the same redrawn by matplotlib, so that both see the same machine."""
    picture = sample_picture(SIDE)
    with open_window() as window:
        open_picture(window, picture)
        watch = PaintWatch(window)
        redraw = Matplotlib(picture, _cards(window))
        for t in (100, 900, 300):  # the first ones touch new memory
            watch.move(t)
            redraw.draw(t)
        ours, theirs = [], []
        for t in drawn_levels(plan.times(400, 20)):
            ours.append(1000 * watch.move(t))
            theirs.append(1000 * redraw.draw(t))
        other = median(theirs)
        yield judged("slider to painted x_t, median", Bound("<=", 12), median(ours), "ms")
        yield judged("slider to painted x_t, 99th percentile", Bound("<=", 33), percentile(ours, 99), "ms")
        note = "yardstick: matplotlib redraws the same three pictures at the same size; ratio: matplotlib / diffviz"
        ratio = other / median(ours)
        yield judged("matplotlib / diffviz", Bound(">=", 8, True), median(ours), "ms", other, ratio, note)
        yield answered("the last event of a burst wins", _last_wins(window, picture))


def measure_slider_chain(plan: Plan) -> Iterator[Figure]:
    """In Forward while the shipped model's chain runs on; the GUI's heartbeat ticks every 5 ms beside it."""
    yield from _beside_a_chain(plan, 1, "a chain")


def measure_slider_grid(plan: Plan) -> Iterator[Figure]:
    """The same beside 64 samples, which take all cores."""
    yield from _beside_a_chain(plan, 64, "64 samples")


def _beside_a_chain(plan: Plan, count: int, what: str) -> Iterator[Figure]:
    ours: list[float] = []
    gaps: list[float] = []
    with open_window(Scene(sampler=SamplerSpec(steps=1000), count=count)) as window:
        open_picture(window, sample_picture(SIDE))
        watch, heart = PaintWatch(window), Heartbeat()
        levels = drawn_levels(plan.times(400, 20))
        while levels:
            _run_chain_behind(window)
            watch.move(500 if watch.slider.value() != 500 else 501)  # Forward is on the screen again
            heart.start()
            while levels and window.controller.jobs.running:
                ours.append(1000 * watch.move(levels.pop()))
            gaps += heart.stop()
        window.controller.engine.control.cancel()
        window.wait_until_idle()
    yield judged(f"slider beside {what}, 95th percentile", Bound("<=", 33), percentile(ours, 95), "ms")
    yield judged(f"heartbeat of 5 ms beside {what}, 99th percentile", Bound("<=", 50), percentile(gaps, 99), "ms")
    yield judged(f"heartbeat of 5 ms beside {what}, largest gap", Bound("<=", 250), max(gaps), "ms")


def drawn_levels(count: int) -> list[int]:
    """Levels all over the axis, none twice in a row."""
    drawn = random.Random(0)
    levels = [0]
    while len(levels) <= count:
        t = drawn.randint(0, 1000)
        if t != levels[-1]:
            levels.append(t)
    return levels[1:]


def _cards(window: MainWindow) -> tuple[int, int]:
    """Pixels (w, h) of one picture panel."""
    view = window.controller.view.x_t.view
    return view.width(), view.height()


def _last_wins(window: MainWindow, picture: np.ndarray) -> bool:
    """Whether, after a burst of slider events, exactly the last one's x_t is on the screen."""
    slider = PaintWatch(window).slider
    levels = drawn_levels(BURST)
    for i, t in enumerate(levels):
        slider.setValue(t)
        if i % 7 == 0:  # let some answers arrive in the middle of it
            QApplication.processEvents()
    window.wait_until_idle()
    scene = window.controller.scene
    x_0 = x_0_of(PICTURE, picture)
    x_t = add_noise(x_0, levels[-1], held_noise(scene.seed, x_0.shape[1:]), SCHEDULES["linear"](T=1000))
    return np.array_equal(window.controller.view.x_t.displayed_array(), raster(PICTURE, x_t)[0])


def _run_chain_behind(window: MainWindow) -> None:
    """Press Generate, wait for the first states, go back to Forward."""
    controller = window.controller
    controller.generate()
    deadline = time.monotonic() + 30
    while len(controller.chains.states) < 3:
        QApplication.processEvents()
        if time.monotonic() > deadline:
            raise TimeoutError("the chain did not start")
    controller.pages.go("forward")


class Matplotlib:
    """The yardstick: x_t by numpy, and the three pictures drawn anew on an Agg canvas."""

    def __init__(self, picture: np.ndarray, card: tuple[int, int]) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure as Drawing

        self._x_0 = picture.astype(np.float32) / 127.5 - 1
        self._eps = np.random.default_rng(0).standard_normal(picture.shape, np.float32)
        self._alpha_bar = SCHEDULES["linear"](T=1000).alpha_bar
        drawing = Drawing(figsize=(3 * card[0] / 100, card[1] / 100), dpi=100)
        self._canvas = FigureCanvasAgg(drawing)
        axes = drawing.subplots(1, 3)
        self._images = [axis.imshow(picture) for axis in axes]
        for axis in axes:
            axis.set_axis_off()
        self._canvas.draw()

    def draw(self, t: int) -> float:
        """Seconds that it takes."""
        began = time.perf_counter()
        a, b = np.float32(self._alpha_bar[t] ** 0.5), np.float32((1 - self._alpha_bar[t]) ** 0.5)
        for image, values in zip(self._images, (a * self._x_0 + b * self._eps, self._x_0, self._eps), strict=True):
            image.set_data(np.clip(np.rint(values * 127.5 + 127.5), 0, 255).astype(np.uint8))
        self._canvas.draw()
        return time.perf_counter() - began


class Heartbeat(QObject):
    """The times between the ticks of a 5 ms timer of the GUI thread."""

    def __init__(self) -> None:
        super().__init__()
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(5)
        self._timer.timeout.connect(self._tick)
        self._ticks: list[float] = []

    def start(self) -> None:
        self._ticks = [time.perf_counter()]
        self._timer.start()

    def stop(self) -> list[float]:
        """The gaps in ms."""
        self._timer.stop()
        ticks = np.array([*self._ticks, time.perf_counter()])
        return [float(gap) for gap in 1000 * np.diff(ticks)]

    def _tick(self) -> None:
        self._ticks.append(time.perf_counter())
