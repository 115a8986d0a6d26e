"""Learning: small networks of growing size and time, and how far their field is from the exact one."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion import SAMPLERS, Denoiser, Mixture
from diffviz.engine.experiments.cloud import POINTS_SHOWN, at_levels, atoms_of, drawn, gap, some_x_T, whose
from diffviz.engine.experiments.walks import whole_numbers
from diffviz.engine.experiments.workbench import Workbench
from diffviz.kinds.points import Points
from diffviz.models.small import snapshot_denoiser, snapshot_of
from diffviz.sheet import Cell, Curve, Done, Head, Outline, Part, Plot, Remark, RowNote
from diffviz.train.small import SmallRecipe, SmallTraining

LEVELS, SAMPLES = 12, 200  # of the error
CHAIN = 20  # steps of the samples that are seen
NAMES = {"v": "v", "ε": "epsilon", "x_0": "x0", "flow": "flow"}


def learning(bench: Workbench) -> Generator[Part, None, None]:
    """Rows are widths of three layers, columns steps of training: samples, and the field's error."""
    atoms, schedule = atoms_of(bench).cpu(), bench.model.schedule
    widths = sorted(set(whole_numbers(bench, "widths", 4, 1024, most=5)))
    counts = sorted(set(whole_numbers(bench, "trained", 1, 100_000, most=6)))
    recipe = SmallRecipe(NAMES[str(bench.param("predicts"))], None, steps=counts[0], seed=bench.scene.seed)
    heads = tuple(Head(f"3 x {width}") for width in widths)
    yield Outline("Learning", heads, tuple(Head(f"{n:,} step{'s' if n > 1 else ''}") for n in counts))
    yield Remark(
        f"{bench.seed.capitalize()}: three layers learn {whose(bench)}, {len(atoms):,} points; they say "
        f"{bench.param('predicts')}. The error is the RMS distance between x̂_0 and the exact E[x_0|x_t], over x_t and "
        f"t; near t = 0 the exact answer knows each point by heart, which no small network does. Seen are "
        f"{POINTS_SHOWN:,} points that DDIM makes in {CHAIN} steps."
    )
    points, places, errors = Points(atoms.numpy(), "points"), _places(atoms, bench), dict[str, list[float]]()
    for i, width in enumerate(widths):
        training, found, done = SmallTraining(points, schedule, replace(recipe, width=width)), [], 0
        for j, count in enumerate(counts):
            for _ in training.run(replace(recipe, width=width, steps=count - done)):
                yield Done(i * counts[-1] + training.step, len(widths) * counts[-1])
            done = count
            said = snapshot_denoiser(snapshot_of(training.network), schedule)
            found.append(field_error(said, places))
            made = _samples(bench, said, atoms.shape[1])
            yield Cell(i, j, drawn(bench, made), bench.outside(made, f"error {found[-1]:.3f}"))
            errors[f"3 x {width}"] = found
            curves = tuple(
                Curve(name, tuple(map(float, counts[: len(each)])), tuple(each), dots=True)
                for name, each in errors.items()
            )
            yield Plot("error of the field", "steps", "RMS", curves, log_x=True, log_y=True)
        yield RowNote(i, f"{training.seconds:.1f} s")


Places = list[tuple[int, Tensor, Tensor]]  # t, x_t (n, D) and E[x_0|x_t] there


@torch.no_grad()
def _places(atoms: Tensor, bench: Workbench) -> Places:
    """Where the error is measured."""
    mixture, looked = Mixture(atoms), at_levels(atoms, bench.model.schedule, LEVELS, SAMPLES, bench.scene.seed)
    return [(t, x_t, mixture.mean(x_t, alpha_bar)) for t, alpha_bar, x_t in looked]


@torch.no_grad()
def field_error(said: Denoiser, places: Places) -> float:
    """RMS over places of the distance between x̂_0 and the exact answer."""
    return float(np.sqrt(np.mean([gap(said(x_t[None], t).x0_hat[0], exact) ** 2 for t, x_t, exact in places])))


@torch.no_grad()
def _samples(bench: Workbench, said: Denoiser, dimensions: int) -> Tensor:
    x, schedule = some_x_T(bench, POINTS_SHOWN, dimensions).cpu(), bench.model.schedule
    for step in SAMPLERS["ddim"](said, x, schedule, steps=min(CHAIN, schedule.T)):
        x = step.x_s
    return x[0]
