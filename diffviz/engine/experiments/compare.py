"""Compare: rows are runs, all from the same x_T; columns are t. What was computed once is not computed again."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Sequence

import numpy as np
import torch

from diffviz import catalog
from diffviz.engine.experiments.heads import run_heads
from diffviz.engine.experiments.runs import (
    Progress,
    calls_text,
    check_runs,
    columns_of,
    end_parts,
    fill_rows,
    network_calls,
    reference_of,
    run_levels,
)
from diffviz.engine.experiments.workbench import Workbench
from diffviz.numerals import brief
from diffviz.scene import RunSpec
from diffviz.sheet import Curve, Outline, Part, Plot, Remark, RowNote


@torch.no_grad()
def compare(bench: Workbench) -> Generator[Part, None, None]:
    """One row a run, filled while it runs, then the distance of its end to the reference.

    Without runs, the chain that the scene describes is the only row.
    """
    scene = bench.scene
    runs = scene.experiment.runs or (bench.run,)
    check_runs(bench, runs)
    heads, common = run_heads(runs)
    yield Outline("Compare runs", heads, columns_of(bench, runs))
    wanted = bench.param("reference") != "none"
    references = [reference_of(bench, run) if wanted else None for run in runs]
    asked = [*runs, *dict.fromkeys(reference for reference in references if reference)]
    progress = Progress(sum(sum(network_calls(run, run_levels(bench, run))) for run in asked))
    yield _remark(bench.seed, common, references, wanted)
    ends = yield from fill_rows(bench, runs, progress)
    distances: dict[int, float] = {}
    known: dict[RunSpec, np.ndarray] = {}
    for row, reference in enumerate(references):
        calls = calls_text(sum(network_calls(runs[row], run_levels(bench, runs[row]))), runs[row].model)
        if reference is None:
            if wanted:  # it draws fresh noise: the end is one of many
                yield RowNote(row, f"{calls} · no single right end")
            continue
        if reference not in known:
            known[reference] = yield from end_parts(bench, reference, run_levels(bench, reference), progress)
        distances[row] = bench.rms(ends[row], known[reference])
        yield RowNote(row, f"{calls} · RMS {brief(distances[row], 3)}")
        yield _plot(runs, heads_without_steps(runs), distances)


def heads_without_steps(runs: Sequence[RunSpec]) -> list[str]:
    """What each run is called where runs that differ in steps alone are one."""
    heads, _ = run_heads([_setting(run) for run in runs])
    alike = len({_setting(run) for run in runs}) == 1
    return [catalog.SAMPLERS[runs[0].sampler.name].label if alike else head.title for head in heads]


def _setting(run: RunSpec) -> RunSpec:
    """A run but for its number of steps."""
    return RunSpec(run.model, dataclasses.replace(run.sampler, steps=1))


def _plot(runs: Sequence[RunSpec], names: Sequence[str], distances: dict[int, float]) -> Plot:
    """A curve through the runs of one setting, over their steps."""
    curves = []
    for setting in dict.fromkeys(_setting(run) for run in runs):
        rows = [row for row, run in enumerate(runs) if _setting(run) == setting and row in distances]
        rows.sort(key=lambda row: runs[row].sampler.steps)
        if rows:
            x = tuple(float(runs[row].sampler.steps) for row in rows)
            curves.append(Curve(names[rows[0]], x, tuple(distances[row] for row in rows), dots=True))
    return Plot("distance to the reference", "steps", "RMS distance", tuple(curves), log_x=True, log_y=True)


def _remark(seed: str, common: str, references: Sequence[RunSpec | None], wanted: bool) -> Remark:
    text, words = f"All from the x_T of {seed}" + (f": {common}." if common else "."), []
    found = {r.sampler.name: r.sampler.steps for r in references if r}
    if "dpmpp_2m" in found:
        steps = f"{found['dpmpp_2m']:,} steps of {catalog.SAMPLERS['dpmpp_2m'].label}"
        words.append(f"RMS: to the end of the probability-flow ODE in {steps}, in the range −1..1.")
    if "ddim" in found:
        own = f"the end of {found['ddim']:,} steps of its own"
        words.append(f"DDIM that keeps ε̂ after clipping, or begins at infinite σ, goes its own way: RMS to {own}.")
    if not wanted:
        text += " No run is compared with a reference: none is asked for."
    return Remark(text, " ".join(words))
