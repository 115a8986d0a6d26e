"""Convergence: how fast each solver comes to the end of the same ODE, as its steps grow. Slopes are orders."""

from __future__ import annotations

import re
from collections.abc import Generator, Sequence

import numpy as np
import torch

from diffviz import catalog
from diffviz.diffusion import SAMPLERS, sigma_levels, step_levels
from diffviz.engine.experiments.runs import (
    Progress,
    check_run,
    end_parts,
    network_calls,
    reference_of,
)
from diffviz.engine.experiments.walks import shown, whole_numbers
from diffviz.engine.experiments.workbench import Workbench
from diffviz.numerals import brief
from diffviz.scene import RunSpec, SamplerSpec
from diffviz.sheet import Cell, Curve, Head, Outline, Part, Plot, Remark, RowNote

MIN_POINTS = 2  # that a slope needs
SLOPE = (
    " Slope: how fast the distance falls between these numbers of steps. Order p: the slope −p that theory promises a "
    "smooth ODE in many steps; in few, and where clipping or the network bends it, the slope differs."
)


@torch.no_grad()
def convergence(bench: Workbench) -> Generator[Part, None, None]:
    """Rows are samplers, columns numbers of steps, cells where they end; error against steps and against calls."""
    names, counts = _samplers(bench), sorted(set(whole_numbers(bench, "steps", 1, 10_000, most=8)))
    rows = [[_run(bench, name, steps) for steps in counts] for name in names]
    for name, row in zip(names, rows, strict=True):
        try:
            for run in row:
                check_run(bench, run)
                _levels(bench, run.sampler.steps)
        except ValueError as error:
            raise ValueError(f"{catalog.SAMPLERS[name].label}: {error}") from error
    references = [reference_of(bench, row[0]) for row in rows]
    assert None not in references, "no sampler here draws noise"
    most = references[0].sampler.steps if references[0] else 0
    heads = tuple(Head(catalog.SAMPLERS[name].label, f"order {SAMPLERS[name].order}") for name in names)
    columns = (*(Head(f"{n} steps" if n > 1 else "1 step") for n in counts), Head("reference", f"{most:,} steps"))
    yield Outline("Convergence", heads, columns, pair=((0, 0), (0, len(counts))))
    yield Remark(f"{bench.asked}: all from the same x_T.", _remark(names, references, most))
    asked = [*(run for row in rows for run in row), *dict.fromkeys(reference for reference in references if reference)]
    progress = Progress(sum(sum(network_calls(run, _levels(bench, run.sampler.steps))) for run in asked))

    def picture(end: np.ndarray) -> np.ndarray:
        return shown(bench, torch.from_numpy(end)[None])[0]

    known: dict[RunSpec, np.ndarray] = {}
    errors: list[list[float]] = []
    for i, (row, reference) in enumerate(zip(rows, references, strict=True)):
        errors.append([])
        ends = []
        for j, run in enumerate(row):
            ends.append((yield from end_parts(bench, run, _levels(bench, run.sampler.steps), progress)))
            yield Cell(i, j, picture(ends[j]))
        if reference and reference not in known:
            known[reference] = yield from end_parts(bench, reference, _levels(bench, most), progress)
        if reference:
            yield Cell(i, len(counts), picture(known[reference]), strong=True)
            for j, end in enumerate(ends):
                errors[i].append(bench.rms(end, known[reference]))
                yield Cell(i, j, picture(end), bench.outside(end, f"RMS {brief(errors[i][j])}"))
        yield RowNote(i, slope_text(names[i], counts, errors[i]))
        yield from _plots(bench, names, rows, errors)


def slope_text(name: str, counts: Sequence[int], errors: Sequence[float]) -> str:
    """The slope of ln error over ln steps by least squares, beside the solver's order."""
    points = [(n, error) for n, error in zip(counts, errors, strict=True) if error > 0]
    if len(points) < MIN_POINTS:
        return f"order {SAMPLERS[name].order}"
    slope = np.polyfit(np.log([n for n, _ in points]), np.log([error for _, error in points]), 1)[0]
    return f"slope {slope:.2f} · order {SAMPLERS[name].order}".replace("-", "−")


def _samplers(bench: Workbench) -> list[str]:
    names = list(dict.fromkeys(word for word in re.split(r"[\s,;]+", str(bench.param("samplers"))) if word))
    allowed = [name for name in catalog.SAMPLERS if SAMPLERS[name].order is not None]
    for name in names:
        if name not in SAMPLERS:
            raise ValueError(f"samplers: there is no {name[:40]!r}; " + _choose(allowed))
        if name not in allowed:
            raise ValueError(f"samplers: {name} draws fresh noise, so no single end is right; " + _choose(allowed))
    if not names:
        raise ValueError("samplers: give one or more; " + _choose(allowed))
    return names


def _choose(allowed: Sequence[str]) -> str:
    return f"choose of {', '.join(allowed)}."


def _run(bench: Workbench, name: str, steps: int) -> RunSpec:
    """The scene's network with a solver that draws no noise."""
    sampler = bench.scene.sampler
    given = (("eta", 0.0),) if name == "euler_ancestral" else ()
    return RunSpec(bench.scene.model, SamplerSpec(name, steps, sampler.spacing, given, sampler.offset))


def _levels(bench: Workbench, steps: int) -> list[float]:
    """The same levels for every sampler, whatever its own grid: their methods alone differ."""
    grid, schedule = str(bench.param("grid")), bench.model.schedule
    if grid == "steps":
        return step_levels(schedule.T, steps, bench.scene.sampler.spacing, offset=bench.scene.sampler.offset)
    return sigma_levels(schedule, steps, grid)


def _plots(
    bench: Workbench, names: Sequence[str], rows: Sequence[Sequence[RunSpec]], errors: Sequence[Sequence[float]]
) -> Generator[Part, None, None]:
    """The same errors over steps, and over what they cost."""
    for title, label in (("distance to the reference", "steps"), ("distance by cost", "calls of the model")):
        curves = []
        for i, found in enumerate(errors):
            steps = [run.sampler.steps for run in rows[i][: len(found)]]
            if label != "steps":
                steps = [sum(network_calls(run, _levels(bench, n))) for run, n in zip(rows[i], steps, strict=False)]
            curves.append(Curve(catalog.SAMPLERS[names[i]].label, tuple(map(float, steps)), tuple(found), dots=True))
        yield Plot(title, label, "RMS distance", tuple(curves), log_x=True, log_y=True)


def _remark(names: Sequence[str], references: Sequence[RunSpec | None], most: int) -> str:
    ways: dict[str, list[str]] = {}
    for name, reference in zip(names, references, strict=True):
        if reference:
            ways.setdefault(catalog.SAMPLERS[reference.sampler.name].label, []).append(catalog.SAMPLERS[name].label)
    ends = [f"{way} for {', '.join(of)}" if len(ways) > 1 else way for way, of in ways.items()]
    text = (
        f"Distance: RMS in the range −1..1 to the end after {most:,} steps on the same grid of {' and of '.join(ends)}."
    )
    if len(ways) > 1:
        text += " DDIM keeps its ε̂ when x̂_0 is clipped and so goes its own way; derive ε̂ again to compare."
    return text + SLOPE
