"""Memorising: the exact field of 10, 100, 1,000 points: its chains end at them, and how it differs from that of all."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import torch
from torch import Tensor

from diffviz.diffusion import SAMPLERS, Mixture, NoiseSchedule
from diffviz.engine.experiments.cloud import POINTS_SHOWN, at_levels, atoms_of, drawn, gap, nearest, some_x_T, whose
from diffviz.engine.experiments.runs import Progress, cells_at, check_run, columns_of, nearest_states
from diffviz.engine.experiments.walks import whole_numbers
from diffviz.engine.experiments.workbench import Workbench
from diffviz.engine.noise import ChainNoise
from diffviz.scene import RunSpec
from diffviz.sheet import Cell, Curve, Head, Outline, Part, Plot, Remark, RowNote

LEVELS, SAMPLES = 24, 400  # of the field that is compared


@torch.no_grad()
def memorising(bench: Workbench) -> Generator[Part, None, None]:
    """Rows are numbers of points that the field knows, last all of them; columns t of its chain."""
    atoms, schedule = atoms_of(bench), bench.model.schedule
    run = bench.run
    levels = check_run(bench, run)
    order = torch.randperm(len(atoms), generator=torch.Generator().manual_seed(bench.scene.seed))
    atoms = atoms[order.to(atoms.device)]
    asked = sorted(set(whole_numbers(bench, "atoms", 1, 10**6, most=6)))
    counts = [*(n for n in asked if n < len(atoms)), len(atoms)]
    more = [f"{n:,}" for n in asked if n > len(atoms)]
    columns = columns_of(bench, [run])
    yield Outline("Memorising", tuple(Head(f"{n:,} point{'s' if n > 1 else ''}") for n in counts), columns)
    yield Remark(
        f"All classes of {whose(bench)}; {bench.settings} from the x_T of {bench.seed}. The exact field of any "
        "set ends at its own points: it has learnt them by heart. The field of a few is off at every t: at "
        "large t by their mean and spread, at small t because each of them stands for itself. A network too "
        "small to copy generalises."
        + (f" There are no {' and no '.join(more)} points: {len(atoms):,} are open." if more else "")
    )
    progress, curves, whole = Progress(len(counts) * (len(levels) - 1)), [], Mixture(atoms)
    own, other = [], []
    for i, count in enumerate(counts):
        mixture = Mixture(atoms[:count])
        end = yield from _chain(bench, run, i, mixture, levels, progress)
        own.append(nearest(end, atoms[:count]))
        yield RowNote(i, f"ends {own[-1]:.3f} from the nearest it knows")
        if count < len(atoms):
            other.append(nearest(end, atoms[count:]))
            t, errors = field_gap(mixture, whole, atoms, schedule, bench.scene.seed)
            curves.append(Curve(f"{count:,} points", t, errors))
            yield Plot("E[x_0|x_t] against that of all points", "t", "RMS distance", tuple(curves))
            at = tuple(map(float, counts[: len(other)]))
            both = (Curve("those it knows", at, tuple(own), True), Curve("the others", at, tuple(other), True))
            yield Plot("end of a chain to the nearest point", "points known", "RMS distance", both, log_x=True)


def _chain(
    bench: Workbench, run: RunSpec, row: int, mixture: Mixture, levels: list[float], progress: Progress
) -> Generator[Part, None, Tensor]:
    """The scene's sampler with the field of a mixture: its end (n, D)."""
    x, columns, at = some_x_T(bench, POINTS_SHOWN, mixture.atoms.shape[1]), columns_of(bench, [run]), 0
    noise = ChainNoise(bench.scene.seed, 1)
    noise.skip((POINTS_SHOWN, x.shape[2]), 0)
    keywords: dict[str, Any] = dict(run.sampler.params)
    wanted, schedule = nearest_states(bench, run), bench.model.schedule
    said = mixture.denoiser(schedule)
    states = SAMPLERS[run.sampler.name](said, x, schedule, levels=levels, randn_like=noise.randn_like, **keywords)
    for step in states:
        for j, note in cells_at(wanted, columns, at, step.t):
            yield Cell(row, j, drawn(bench, step.x_t[0]), note, t=step.t)
        x, at = step.x_s, at + 1
        yield progress.add(1)
    for j in (j for j, i in enumerate(wanted) if i == at):
        yield Cell(row, j, drawn(bench, x[0]))
    return x[0]


def field_gap(
    mixture: Mixture, whole: Mixture, atoms: Tensor, schedule: NoiseSchedule, seed: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Levels t, and the RMS distance between E[x_0|x_t] of a part and of the whole there, over x_t of the whole."""
    levels, errors = [], []
    for t, alpha_bar, x_t in at_levels(atoms, schedule, LEVELS, SAMPLES, seed):
        levels.append(float(t))
        errors.append(gap(mixture.mean(x_t, alpha_bar), whole.mean(x_t, alpha_bar)))
    return tuple(levels), tuple(errors)
