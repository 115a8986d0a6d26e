"""Sound: the slider to the painted spectrogram, and how soon after a click the device asks for samples."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from diffviz.engine import threads
from diffviz.engine.messages import NoisedRequest
from diffviz.engine.renderer import Renderer
from diffviz.gui import speaker
from diffviz.kinds import SOUND
from diffviz.kinds.sound import record
from diffviz.kinds.sounds import RATE
from diffviz.kinds.voice import Mix, Voice
from diffviz.scene import ScheduleSpec

from .figures import Bound, Figure, judged, median
from .rows import Plan

HIGH = 48_000  # Hz: the most that there are
SIDE = 480


def measure_sound(plan: Plan) -> Iterator[Figure]:
    """One thread, as the slider's thread has it; the device is miniaudio's own that nobody hears."""
    threads.for_slider()
    for rate in (RATE, HIGH):
        yield _slider(plan, rate)
    yield _click(plan)


def _slider(plan: Plan, rate: int) -> Figure:
    datum = record(np.random.default_rng(0).standard_normal(2 * rate).astype(np.float32) / 4, rate)
    renderer, times = Renderer(), []
    for t in np.linspace(1, 1000, plan.times(60, 4)).astype(int).tolist():
        began = time.perf_counter()
        renderer.render(NoisedRequest(t, t, 0, ScheduleSpec(), "sound", size=(SIDE, SIDE), kind="sound"), datum)
        times.append(1000 * (time.perf_counter() - began))
    row = f"x_t of 2 s of sound at {rate // 1000} kHz and its spectrogram, median"
    return judged(row, Bound("<=", 33), median(times), "ms")


def _click(plan: Plan) -> Figure:
    import miniaudio

    speaker.BACKENDS = [miniaudio.Backend.NULL]
    wave, times = SOUND.read("builtin:drum").array["wave"], []
    for _ in range(plan.times(10, 2)):
        voice, asked = Voice(), []

        def fill(count: int, voice: Voice = voice, asked: list[float] = asked) -> np.ndarray:
            asked.append(time.perf_counter())
            return voice.fill(count)

        device = speaker.Speaker(fill)
        began = time.perf_counter()
        voice.say(Mix((wave,), (1.0,)))
        device.start(RATE)
        while not asked and time.perf_counter() - began < 10:
            time.sleep(0.0005)
        times.append(1000 * (asked[0] - began))
        device.close()
    speaker.BACKENDS = None
    return judged("click to the first samples, largest", Bound("<=", 50), max(times), "ms")
