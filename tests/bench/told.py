"""A network that is told words, in the window: typing, and its chain beside the bare loop."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial

import torch
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox

from diffviz.diffusion import SAMPLERS, step_levels
from diffviz.gui.models import WORDED
from diffviz.models import load_model
from diffviz.scene import SamplerSpec, Scene

from .chain import in_thread, seconds_of_chain
from .figures import Bound, Figure, judged, median, percentile
from .rows import Plan
from .slider import Heartbeat
from .window import open_window

PROMPT = "pixel face, long red hair, sunglasses, smiling, blue background"
STEPS, LONG, SAMPLER = 20, 60, "dpmpp_2m"
KEYS_MS = 40  # between two keys of who types fast
FIRST = Scene(direction="reverse", model=WORDED, sampler=SamplerSpec(SAMPLER, STEPS))


def measure_words(plan: Plan) -> Iterator[Figure]:
    """A chain as "Type words…" sets it, then longer ones in turn with the bare loop: unguided, and guided, where the
    two halves of a step take both cores and the window has none to itself."""
    model = load_model(WORDED.name)
    long = plan.times(LONG, 4)

    def bare(guidance: float) -> float:
        x = torch.randn((1, *model.sample_shape), generator=torch.Generator().manual_seed(0))
        levels = step_levels(model.schedule.T, long)
        denoiser = model.denoiser(PROMPT, guidance)
        began = time.perf_counter()
        for step in SAMPLERS[SAMPLER](denoiser, x, model.schedule, levels=levels):
            x = step.x_s
        return time.perf_counter() - began

    with open_window(FIRST, "cpu") as window:
        window.controller.side.label_.say(PROMPT)
        short = [seconds_of_chain(window) for _ in range(1 + plan.times(5, 1))][1:]
        what = f"{WORDED.name} in the window"
        yield judged(f"{STEPS} steps of {what}, w = {WORDED.guidance:g}", Bound("<=", 3), median(short), "s")
        window.controller.options.part("sampler", steps=long)
        for guidance in (1.0, WORDED.guidance):
            window.controller.options.part("model", guidance=guidance)
            pairs = [
                (seconds_of_chain(window), in_thread(partial(bare, guidance))) for _ in range(1 + plan.times(3, 1))
            ]
            ours, theirs = (long / median(column) for column in zip(*pairs[1:], strict=True))
            ratio = median([b / a for a, b in pairs[1:]])
            yield judged(f"{what} / bare loop, w = {guidance:g}", Bound(">=", 0.9, True), ours, "it/s", theirs, ratio)


def measure_typing(plan: Plan) -> Iterator[Figure]:
    """The heartbeat while a prompt is typed, with its completions, and taken."""
    gaps: list[float] = []
    with open_window(FIRST, "cpu") as window:
        box, heart = window.findChild(QComboBox, "class_combo"), Heartbeat()
        for _ in range(plan.times(4, 1)):
            heart.start()
            for letter in PROMPT:
                QTest.keyClick(box.lineEdit(), letter)
                QTest.qWait(KEYS_MS)
            QTest.keyClick(box.lineEdit(), Qt.Key.Key_Escape)
            box.say("")
            QTest.qWait(KEYS_MS)
            gaps += heart.stop()
    yield judged(
        "heartbeat of 5 ms while words are typed, 99th percentile", Bound("<=", 50), percentile(gaps, 99), "ms"
    )
    yield judged("heartbeat of 5 ms while words are typed, largest gap", Bound("<=", 250), max(gaps), "ms")
