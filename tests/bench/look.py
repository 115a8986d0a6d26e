"""From a change of the theme, or the way into and out of the presentation, to the painted window."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from PySide6.QtWidgets import QApplication

from .figures import Bound, Figure, judged, median
from .rows import Plan
from .window import open_window


def measure_look(plan: Plan) -> Iterator[Figure]:
    """Each way is gone to and fro: the window is laid out for another size, and every widget is dressed anew."""
    with open_window() as window:
        presentation = window.actions_["presentation"]

        def painted(change: Callable[[], object]) -> float:
            """Milliseconds until the window has its size, and all that is posted or dirty has happened."""
            began = time.perf_counter()
            change()
            QApplication.processEvents()
            while window.whole_screen.held:
                QApplication.processEvents()
            QApplication.processEvents()
            return 1000 * (time.perf_counter() - began)

        changes: dict[str, tuple[Callable[[], object], ...]] = {
            "theme change": (lambda: window.set_theme("light"), lambda: window.set_theme("dark")),
            "F11, there and back": (presentation.trigger, presentation.trigger),
        }
        for label, ways in changes.items():
            times = []
            for _ in range(plan.times(15, 2)):
                for way in ways:
                    times.append(painted(way))
                    window.wait_until_idle()
            settled = times[2:]  # the first ones draw icons and letters of a size that has not been seen
            yield judged(f"{label} to painted window, median", Bound("<=", 100), median(settled), "ms")
            yield judged(f"{label}, largest", Bound("<=", 100), max(settled), "ms")
