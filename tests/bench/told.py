"""A network that is told words, in the window: typing, and its chain beside the bare loop."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox

from diffviz.gui.models import WORDED
from diffviz.models import load_model
from diffviz.scene import SamplerSpec, Scene

from .chain import in_thread, seconds_of_chain
from .figures import Bound, Figure, judged, median, percentile
from .loop import bare_steps_per_s
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

    with open_window(FIRST, "cpu") as window:
        window.controller.side.label_.say(PROMPT)
        short = [seconds_of_chain(window) for _ in range(1 + plan.times(5, 1))][1:]
        what = f"{WORDED.name} in the window"
        yield judged(f"{STEPS} steps of {what}, w = {WORDED.guidance:g}", Bound("<=", 3), median(short), "s")
        window.controller.options.part("sampler", steps=long)
        for guidance in (1.0, WORDED.guidance):
            window.controller.options.part("model", guidance=guidance)
            bare = partial(bare_steps_per_s, model, 1, long, SAMPLER, PROMPT, guidance)
            pairs = [(long / seconds_of_chain(window), in_thread(bare)) for _ in range(1 + plan.times(3, 1))][1:]
            ours, theirs = (median(column) for column in zip(*pairs, strict=True))
            ratio = median([a / b for a, b in pairs])
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
