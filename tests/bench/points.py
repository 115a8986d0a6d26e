"""Points in the plane: the slider beside matplotlib, density and score, the exact denoiser beside its products."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
import torch

from diffviz.diffusion import SCHEDULES, Mixture
from diffviz.engine import threads
from diffviz.engine.field import Field
from diffviz.engine.plane import PlaneRequest
from diffviz.engine.renderer import Renderer
from diffviz.kinds import POINTS

from .figures import Bound, Figure, judged, median
from .rows import Plan

MANY, SIDE = 100_000, 480


def measure_points(plan: Plan) -> Iterator[Figure]:
    """In turn with their yardsticks, one thread each, as the slider's thread has it."""
    threads.for_slider()
    yield _redraw(plan)
    yield _field(plan)
    yield _dragged(plan)
    yield _exact(plan)


def _redraw(plan: Plan) -> Figure:
    """x_t of 100,000 points as the slider's thread makes it, beside a scatter of the same whose offsets are set."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as Drawing

    from diffviz.engine.messages import NoisedRequest
    from diffviz.scene import ScheduleSpec

    cloud = np.random.default_rng(0).standard_normal((plan.times(MANY, 2000), 2)).astype(np.float32)
    renderer, eps = Renderer(), np.random.default_rng(1).standard_normal(cloud.shape).astype(np.float32)
    alpha_bar = SCHEDULES["linear"]().alpha_bar
    drawing = Drawing(figsize=(SIDE / 100, SIDE / 100), dpi=100)
    canvas = FigureCanvasAgg(drawing)
    axes = drawing.add_axes((0, 0, 1, 1), xlim=(-3, 3), ylim=(-3, 3))
    scatter = axes.scatter(*cloud.T, s=4, linewidths=0)

    def ours(t: int) -> None:
        request = NoisedRequest(t, t, 0, ScheduleSpec(), "cloud", size=(SIDE, SIDE), kind="points")
        renderer.render(request, cloud)

    def theirs(t: int) -> None:
        scatter.set_offsets(alpha_bar[t] ** 0.5 * cloud + (1 - alpha_bar[t]) ** 0.5 * eps)
        canvas.draw()

    ms, other, ratio = _in_turn(ours, theirs, plan.times(20, 2))
    note = "yardstick: matplotlib draws the one cloud of x_t anew; ratio: matplotlib / diffviz"
    return judged("x_t of 100,000 points, slider", Bound(">=", 10, True), ms, "ms", other, 1 / ratio, note)


def _field(plan: Plan) -> Figure:
    points = POINTS.read("builtin:two_moons")
    field, schedule = Field(), SCHEDULES["linear"]()
    times = []
    for t in np.linspace(1, 1000, plan.times(60, 4)).astype(int).tolist():
        began = time.perf_counter()
        field.answer(PlaneRequest(t, t, points.array, points.labels, schedule, 3.0))
        times.append(1000 * (time.perf_counter() - began))
    row = "density 128x128 and score 20x20 of 2,000 atoms, median"
    return judged(row, Bound("<=", 33), median(times), "ms")


def _dragged(plan: Plan) -> Figure:
    """An answer while x_T is dragged: its two paths, the field being there."""
    points, schedule, field = POINTS.read("builtin:two_moons"), SCHEDULES["linear"](), Field()
    times = []
    for x in np.linspace(-2, 2, plan.times(60, 4) + 1).tolist():
        began = time.perf_counter()
        field.answer(PlaneRequest(1, 500, points.array, points.labels, schedule, 3.0, start=(x, 0.5), moving=True))
        times.append(1000 * (time.perf_counter() - began))
    return judged("ODE and SDE of a dragged x_T, 2,000 atoms, median", Bound("<=", 33), median(times[1:]), "ms")


def _exact(plan: Plan) -> Figure:
    """A step of 5,000 points at the levels of DDIM 50, beside two bare products of that size."""
    atoms = torch.from_numpy(POINTS.read("builtin:two_moons").array)
    mixture, alpha_bar = Mixture(atoms), SCHEDULES["linear"]().alpha_bar
    x_t = torch.randn((5000, 2), generator=torch.Generator().manual_seed(0))
    levels = np.linspace(20, 1000, 50).astype(int)
    ms, other, ratio = _in_turn(
        lambda i: mixture.mean(x_t, float(alpha_bar[levels[i % 50]])),
        lambda i: (x_t @ atoms.T) @ atoms,
        plan.times(50, 3),
    )
    note = "yardstick: (5,000 x 2)(2 x 2,000)(2,000 x 2); ratio: yardstick / ours"
    return judged("exact denoiser of 5,000 points, a step", Bound(">=", 0.8, True), ms, "ms", other, 1 / ratio, note)


@torch.no_grad()
def _in_turn(ours: Callable[[int], object], theirs: Callable[[int], object], times: int) -> tuple[float, float, float]:
    """Medians in ms, and of ours / theirs; the first of each touch new memory and do not count."""
    pairs = []
    for i in range(times + 1):
        pair = []
        for work in (ours, theirs):
            began = time.perf_counter()
            work(i + 1)
            pair.append(1000 * (time.perf_counter() - began))
        pairs.append(pair)
    a, b = zip(*pairs[1:], strict=True)
    return median(a), median(b), median([x / y for x, y in pairs[1:]])
