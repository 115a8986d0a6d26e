"""A chain in the window: its speed beside the bare loop, and how soon it stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import torch
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QPushButton

from diffviz.engine import threads
from diffviz.gui.main_window import MainWindow
from diffviz.models import load_model
from diffviz.scene import ModelSpec, SamplerSpec, Scene

from .figures import Bound, Figure, judged, median, skipped
from .loop import CLASS, MODEL, bare_steps_per_s
from .plain_diffusers import PlainDiffusers
from .rows import Plan
from .window import JobWatch, open_window

if TYPE_CHECKING:
    from diffviz.models import Model

SLOW_STEP_S = 0.05
MAX_COUNT = 1024
GRID = 64


def measure_chain(plan: Plan) -> Iterator[Figure]:
    """Whole chains of the default length in turn with the bare loop, in one process."""
    bounds = {device: Bound(">=", 0.95, True) for device in ("cpu", "cuda")}
    yield from _beside_bare("chain in the window / bare loop", bounds, 1, plan.times(250, 10), plan.times(5, 1))


def measure_grid(plan: Plan) -> Iterator[Figure]:
    """Many samples painted live, in turn with the bare batch."""
    bounds = {device: Bound(">=", 0.9, True) for device in ("cpu", "cuda")}
    row = f"grid of {GRID} in the window / bare batch of {GRID}"
    yield from _beside_bare(row, bounds, GRID, plan.times(24, 2), plan.times(5, 1))


def _beside_bare(name: str, bounds: dict[str, Bound], count: int, steps: int, times: int) -> Iterator[Figure]:
    """Chains of ``count`` samples in the window and in the bare loop, in turn."""
    for device, bound in bounds.items():
        row = f"{name}, {device}"
        if device == "cuda" and not torch.cuda.is_available():
            yield skipped(row, bound, "no CUDA device")
            continue
        model = load_model(MODEL, torch.device(device))
        pairs = []
        with open_window(_scene(model, steps, count), device) as window:
            for i in range(1 + times):
                shown = steps / seconds_of_chain(window)
                bare = in_thread(partial(bare_steps_per_s, model, count, steps))
                if i:
                    pairs.append((shown, bare))
        ours, theirs = (median(column) for column in zip(*pairs, strict=True))
        yield judged(row, bound, ours, "it/s", theirs, median([a / b for a, b in pairs]))


def measure_user(plan: Plan) -> Iterator[Figure]:
    """Whole chains in the window, in turn with diffusers in a process of its own, its default threads."""
    with PlainDiffusers() as plain:
        for count, asked, steps in ((1, 1.25, 250), (16, 1.2, 60), (64, 1.2, 20)):
            steps = plan.times(steps, 2)
            pairs = []
            with open_window(_scene(load_model(MODEL), steps, count), "cpu") as window:
                for i in range(1 + plan.times(5, 1)):
                    pair = steps / seconds_of_chain(window), plain.steps_per_s(count, steps)
                    if i:
                        pairs.append(pair)
            ours, theirs = (median(column) for column in zip(*pairs, strict=True))
            row = f"batch {count} in the window / diffusers as it comes"
            yield judged(row, Bound(">=", asked, True), ours, "it/s", theirs, median([a / b for a, b in pairs]))


def _scene(model: Model, steps: int, count: int) -> Scene:
    spec = ModelSpec(MODEL, model.class_names[CLASS])
    return Scene(direction="reverse", sampler=SamplerSpec(steps=steps), model=spec, count=count)


def measure_cancel(plan: Plan) -> Iterator[Figure]:
    """Stop is clicked at different moments of a step; the slowest answer counts."""
    late = []
    with open_window(Scene(direction="reverse", sampler=SamplerSpec(steps=1000), count=16)) as window:
        step_s = _slow_down(window)
        for i in range(plan.times(8, 2)):
            late.append(1000 * (_seconds_to_stop(window, 3.5 * step_s + i * step_s / 8) - step_s))
    row = f"Stop to the end of the chain, less one step of {1000 * step_s:.0f} ms"
    yield judged(row, Bound("<=", 100), max(late), "ms")


def _button(window: MainWindow) -> QPushButton:
    return window.findChild(QPushButton, "generate_button")


def seconds_of_chain(window: MainWindow) -> float:
    """From the click on Generate to the event that closes the chain."""
    watch = JobWatch(window)
    began = time.perf_counter()
    _button(window).click()
    seconds = watch.wait() - began
    window.wait_until_idle()
    return seconds


def in_thread(work: Callable[[], float]) -> float:
    """Run work in a new thread, with as many of torch's as the engine's has; the window rests meanwhile."""
    results: list[float] = []

    def run() -> None:
        threads.for_jobs()
        results.append(work())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return results[0]


def _slow_down(window: MainWindow) -> float:
    """Enlarge the batch until a step takes 50 ms or more; the seconds of a step."""
    controller = window.controller
    while True:
        _seconds_to_stop(window, 1.0)
        step_s = 1 / controller.chains.rate if controller.chains.rate else 1.0
        if step_s >= SLOW_STEP_S or controller.scene.count >= MAX_COUNT:
            return step_s
        controller.store.edit(count=2 * controller.scene.count)


def _seconds_to_stop(window: MainWindow, after_s: float) -> float:
    """Start a chain, click Stop ``after_s`` seconds later; from that click to the event that closes the chain."""
    watch, button = JobWatch(window), _button(window)
    clicked = []

    def stop() -> None:
        clicked.append(time.perf_counter())
        button.click()

    button.click()
    QTimer.singleShot(round(1000 * after_s), stop)
    seconds = watch.wait() - clicked[0]
    window.wait_until_idle()
    return seconds
