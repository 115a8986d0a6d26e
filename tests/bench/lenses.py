"""From a slider event to the painted x_t of a large picture, with each lens open beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from diffviz.lens_catalog import LENSES

from .figures import Bound, Figure, judged, median, percentile
from .rows import Plan
from .slider import SIDE, drawn_levels
from .window import PaintWatch, open_picture, open_window, sample_picture


def measure_lenses(plan: Plan) -> Iterator[Figure]:
    """Each move waits for x_t alone: the chart of the one before is still made when the next begins."""
    with open_window() as window:
        open_picture(window, sample_picture(SIDE))
        watch, store = PaintWatch(window), window.controller.store
        for name, lens in LENSES.items():
            if lens.of_chains:
                continue
            store.edit(view=replace(store.scene.view, lens=name))
            window.wait_until_idle()
            for t in (100, 900, 300):  # the first ones touch new memory
                watch.move(t)
            times = [1000 * watch.move(t) for t in drawn_levels(plan.times(200, 10))]
            window.wait_until_idle()
            label = f"slider to painted x_t with the lens {lens.label}"
            yield judged(f"{label}, median", Bound("<=", 16), median(times), "ms")
            yield judged(f"{label}, 99th percentile", Bound("<=", 33), percentile(times, 99), "ms")
