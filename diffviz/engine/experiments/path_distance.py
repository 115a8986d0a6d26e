"""Path distance: how far each solver strays from the ODE's own path on the way, as its steps grow."""

from __future__ import annotations

from collections.abc import Generator
from itertools import pairwise

import torch
from torch import Tensor

from diffviz import catalog
from diffviz.diffusion import SAMPLERS, step_levels
from diffviz.engine.denoising import denoiser_of
from diffviz.engine.experiments.cloud import atoms_of, drawn, gap, some_x_T
from diffviz.engine.experiments.convergence import slope_text
from diffviz.engine.experiments.runs import Progress, check_run
from diffviz.engine.experiments.walks import whole_numbers
from diffviz.engine.experiments.workbench import Workbench
from diffviz.numerals import brief
from diffviz.scene import RunSpec, SamplerSpec
from diffviz.sheet import Cell, Curve, Head, Outline, Part, Plot, Remark, RowNote

COUNT = 400  # points that walk
NAMES = ("ddim", "euler", "heun", "dpmpp_2m")
REFERENCE = "dpmpp_2m"


@torch.no_grad()
def path_distance(bench: Workbench) -> Generator[Part, None, None]:
    """Rows are samplers, columns numbers of steps: where they end; their distance to the path through every level."""
    dimensions, T = atoms_of(bench).shape[1], bench.model.schedule.T
    counts = [n for n in sorted(set(whole_numbers(bench, "steps", 1, 10_000, most=8))) if n <= T]
    if not counts:
        raise ValueError(f"steps: none is in 1..{T}, the levels of {bench.model_name}.")
    check_run(bench, RunSpec(bench.scene.model, SamplerSpec(REFERENCE, T)))
    heads = tuple(Head(catalog.SAMPLERS[name].label, f"order {SAMPLERS[name].order}") for name in NAMES)
    columns = (*(Head(f"{n} steps" if n > 1 else "1 step") for n in counts), Head("reference", f"{T:,} steps"))
    yield Outline("Path distance", heads, columns, pair=((0, 0), (0, len(counts))))
    yield Remark(
        f"{bench.asked}: {COUNT} points from the same x_T.",
        f"The distance is the RMS between a point and its place on the ODE's path, {T:,} steps of DPM-Solver++ 2M, "
        "averaged over t: a solver can end right and have strayed on the way.",
    )
    progress = Progress(sum(n * SAMPLERS[name].asks for name in NAMES for n in counts) + T)
    x_T = some_x_T(bench, COUNT, dimensions)
    path = yield from _walk(bench, REFERENCE, list(range(T, -1, -1)), x_T, progress)
    errors: dict[str, list[float]] = {name: [] for name in NAMES}
    for i, name in enumerate(NAMES):
        yield Cell(i, len(counts), drawn(bench, path[0]), strong=True)
        for j, steps in enumerate(counts):
            levels = [int(t) for t in step_levels(T, steps, bench.scene.sampler.spacing)]
            way = yield from _walk(bench, name, levels, x_T, progress)
            errors[name].append(mean_over_t({t: gap(x, path[t]) for t, x in way.items()}))
            note = f"{brief(errors[name][-1])}, end {brief(gap(way[0], path[0]))}"
            yield Cell(i, j, drawn(bench, way[0]), bench.outside(way[0], note))
        yield RowNote(i, slope_text(name, counts, errors[name]))
        curves = tuple(
            Curve(catalog.SAMPLERS[each].label, tuple(map(float, counts)), tuple(found), dots=True)
            for each, found in errors.items()
            if found and min(found) > 0
        )
        yield Plot("distance to the ODE's path", "steps", "RMS, mean over t", curves, log_x=True, log_y=True)


def mean_over_t(distances: dict[int, float]) -> float:
    """Of distances at some levels, straight between them: their mean over the t from the first to the last."""
    levels = sorted(distances)
    area = sum((b - a) * (distances[a] + distances[b]) / 2 for a, b in pairwise(levels))
    return float(area / max(1, levels[-1] - levels[0]))


def _walk(
    bench: Workbench, name: str, levels: list[int], x_T: Tensor, progress: Progress
) -> Generator[Part, None, dict[int, Tensor]]:
    """The points (n, D) at each level that a sampler without fresh noise visits."""
    way = {int(levels[0]): x_T[0]}
    denoiser = denoiser_of(bench.model, bench.scene.model)
    for step in SAMPLERS[name](denoiser, x_T, bench.model.schedule, levels=levels):
        way[int(step.s)] = step.x_s[0]
        yield progress.add(SAMPLERS[name].asks)
    return way
