"""From a change of the schedule to the painted film strip of a large picture."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

from diffviz.engine.messages import Strip
from diffviz.engine.renderer import Renderer

from .figures import Bound, Figure, answered, judged, median, percentile
from .rows import Plan
from .slider import SIDE
from .window import Waiting, open_picture, open_window, sample_picture

SCHEDULES = ("cosine", "linear", "sigmoid", "scaled_linear")


def measure_strip(plan: Plan) -> Iterator[Figure]:
    """The slider's own picture is made first each time, and painted too."""
    with open_window() as window:
        open_picture(window, sample_picture(SIDE))
        strip, waiting, threads = window.controller.schedule_panel.strip, Waiting(), set[str]()
        arrived: list[Strip] = []
        window.controller.bridge.arrived.connect(lambda e: arrived.append(e) if isinstance(e, Strip) else None)
        strip.painted.connect(lambda: waiting.end() if arrived else None)
        made = Renderer.strip

        def watched(self: Renderer, *request: Any) -> Strip:
            threads.add(threading.current_thread().name)
            return made(self, *request)

        Renderer.strip = watched  # type: ignore[method-assign]
        try:
            times = []
            for i in range(plan.times(60, 8) + len(SCHEDULES)):
                arrived.clear()
                began = time.perf_counter()
                window.controller.options.schedule(name=SCHEDULES[i % len(SCHEDULES)], params=())
                waiting.run("painted strip")
                times.append(1000 * (time.perf_counter() - began))
                window.wait_until_idle()
        finally:
            Renderer.strip = made  # type: ignore[method-assign]
        times = times[len(SCHEDULES) :]  # the first ones touch new memory
        count = len(strip.frames())
        yield judged(f"schedule to painted strip of {count}, median", Bound("<=", 60), median(times), "ms")
        yield judged(f"schedule to painted strip of {count}, largest", Bound("<=", 60), percentile(times, 100), "ms")
        yield answered("strips are made beside the window", threads == {"diffviz-render"})
