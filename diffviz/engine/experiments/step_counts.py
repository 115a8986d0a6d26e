"""Same seed, other step count: DDIM comes to the same picture, DDPM to another one each time."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch

from diffviz import catalog
from diffviz.engine.experiments.runs import Progress, check_run, network_calls, on_its_way, run_levels
from diffviz.engine.experiments.walks import whole_numbers
from diffviz.engine.experiments.workbench import Workbench
from diffviz.scene import RunSpec, SamplerSpec, sample_seed
from diffviz.sheet import Cell, Curve, Head, Outline, Part, Plot, Remark, RowNote

WAYS = ("ddim", "ddpm")  # one without fresh noise, one with it


@torch.no_grad()
def step_counts(bench: Workbench) -> Generator[Part, None, None]:
    """Rows are step counts, columns the same seeds by DDIM and by DDPM; how far each ends from the most steps."""
    scene, samples = bench.scene, int(bench.param("samples"))
    counts = sorted(set(whole_numbers(bench, "steps", 1, 10_000, most=10)))
    spacing, offset = scene.sampler.spacing, scene.sampler.offset
    runs = {(n, way): RunSpec(scene.model, SamplerSpec(way, n, spacing, offset=offset)) for n in counts for way in WAYS}
    for run in runs.values():
        check_run(bench, run)
    labels = [catalog.SAMPLERS[way].label for way in WAYS]
    seeds = [sample_seed(scene.seed, k) for k in range(samples)]
    columns = tuple(Head(label, f"seed {seed}") for label in labels for seed in seeds)
    rows = tuple(Head(f"{n} steps" if n > 1 else "1 step") for n in counts)
    pair = ((0, 0), (len(rows) - 1, 0)) if len(rows) > 1 else ()
    yield Outline("Same seed, other step count", rows, columns, pair=pair)
    progress = Progress(samples * sum(sum(network_calls(run, run_levels(bench, run))) for run in runs.values()))
    ends: dict[tuple[int, str], np.ndarray] = {}
    for row in reversed(range(len(counts))):  # the most steps first: the others are measured from there
        n = counts[row]
        for j, way in enumerate(WAYS):
            run = runs[n, way]
            costs = network_calls(run, run_levels(bench, run))
            state = None
            own = scene.replace(model=run.model, sampler=run.sampler)
            for state in bench.chain(own, count=samples, keep_values=True):
                yield progress.add(samples * costs[state.i - 1] if state.i else 0)
                pictures = state.rasters().x_t
                for k, picture in enumerate(pictures):
                    yield Cell(row, j * samples + k, picture, on_its_way(state))
            assert state is not None and state.values is not None
            ends[n, way] = state.values[0]
            for k, picture in enumerate(pictures):
                far = bench.rms(ends[n, way][k], ends[counts[-1], way][k])
                note = "" if row == len(counts) - 1 else f"RMS {far:.2f}"
                yield Cell(row, j * samples + k, picture, bench.outside(ends[n, way][k], note))
        far_of = {way: _far(bench, ends, n, counts[-1], way) for way in WAYS}
        words = " · ".join(f"{label} {far_of[way]:.2f}" for label, way in zip(labels, WAYS, strict=True))
        yield RowNote(row, "the reference" if row == len(counts) - 1 else words)
        if row < len(counts) - 1:
            yield _plot(bench, counts, ends, labels)
    yield Remark(
        f"{bench.asked}: the same x_T in each column, RMS from its picture of {counts[-1]:,} steps. DDIM (η = 0) "
        "solves one ODE: fewer steps are the same way in larger strides. DDPM draws z at each step, so another "
        "count of steps is another noise, and another picture."
    )


def _far(bench: Workbench, ends: dict[tuple[int, str], np.ndarray], n: int, most: int, way: str) -> float:
    return bench.rms(ends[n, way], ends[most, way])


def _plot(bench: Workbench, counts: list[int], ends: dict[tuple[int, str], np.ndarray], labels: list[str]) -> Plot:
    curves = []
    for label, way in zip(labels, WAYS, strict=True):
        done = [n for n in counts[:-1] if (n, way) in ends]
        if done:
            far = tuple(_far(bench, ends, n, counts[-1], way) for n in done)
            curves.append(Curve(label, tuple(map(float, done)), far, dots=True))
    return Plot(f"Distance to {counts[-1]:,} steps", "steps", "RMS", tuple(curves), log_x=True)
