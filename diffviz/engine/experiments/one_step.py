"""Why not one step? The mean of many futures of a state is its x̂_0, which itself is none of them."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion import SAMPLERS
from diffviz.engine.denoising import denoiser_of
from diffviz.engine.experiments.runs import ddpm_run
from diffviz.engine.experiments.walks import shown
from diffviz.engine.experiments.workbench import Workbench
from diffviz.engine.noise import ChainNoise
from diffviz.sheet import Cell, Curve, Done, Head, Outline, Part, Plot, Remark
from diffviz.timeline import Timeline, level_text

SHOWN = 4  # futures
BINS = 24  # of a histogram over -1..1


@torch.no_grad()
def one_step(bench: Workbench) -> Generator[Part, None, None]:
    """One row a state of the DDPM chain: what one step makes of it, the mean of its futures, and some of these."""
    scene, model, count = bench.scene, bench.model, int(bench.param("futures"))
    steps = int(bench.param("chain_steps"))
    if "chain_steps" not in dict(scene.experiment.params):
        steps = min(steps, model.schedule.T)
    _, levels = ddpm_run(bench, steps)
    line = Timeline(tuple(levels[:-1]))
    picked = sorted({line.nearest(share * model.schedule.T) for share in bench.numbers("shares", 0.01, 1, most=6)})
    columns = ("x_t", "x̂_0 at once", f"mean of {count}", *(f"future {k + 1}" for k in range(min(SHOWN, count))))
    rows = tuple(Head(f"from t = {level_text(levels[i])}", f"{len(levels) - 1 - i} steps to go") for i in picked)
    yield Outline("Why not one step?", rows, (*map(Head, columns), Head("deviation")), pair=((0, 1), (0, 3)))
    done, total = 0, picked[-1] + count * sum(len(levels) - 1 - i for i in picked)
    gaps: list[Curve] = []
    said: list[tuple[float, float, float]] = []
    denoiser, noise = denoiser_of(model, scene.model), ChainNoise(scene.seed, 1)
    x = noise.start(model.sample_shape).to(model.device)
    chain = SAMPLERS["ddpm"](denoiser, x, model.schedule, levels=levels, randn_like=noise.randn_like)
    for step in chain:
        done += 1
        if step.i in picked:
            row = picked.index(step.i)
            yield Cell(row, 0, shown(bench, step.x_t)[0])
            yield Cell(row, 1, shown(bench, step.x0_hat)[0])
            ends = step.x_t
            ways = futures(bench, step.x_t, levels[step.i :], count)
            for t, ends in zip(levels[step.i + 1 :], ways, strict=True):
                done += count
                yield Done(min(done, total), total)
                for k, picture in enumerate(shown(bench, ends[: min(SHOWN, count)])):
                    yield Cell(row, 3 + k, picture, f"t = {level_text(t)}")  # it may be stopped there
            gap = mean_gaps(bench, ends, step.x0_hat)
            spread = bench.rms(ends.std(dim=0), torch.zeros(())) if count > 1 else 0.0
            said.append((step.t, gap[-1], spread))
            yield Cell(row, 1, shown(bench, step.x0_hat)[0], f"RMS {gap[-1]:.3f} to the mean")
            yield Cell(row, 2, shown(bench, ends.mean(dim=0, keepdim=True))[0])
            each = [bench.rms(end, step.x0_hat[0]) for end in ends[:SHOWN]]
            for k, (picture, far) in enumerate(zip(shown(bench, ends[:SHOWN]), each, strict=True)):
                yield Cell(row, 3 + k, picture, f"RMS {far:.2f}")
            deviation = 2 * ends.std(dim=0, correction=0, keepdim=True) - 1
            yield Cell(row, len(columns), shown(bench, deviation)[0], f"RMS {spread:.2f}")
            name = f"t = {level_text(step.t)}"
            gaps.append(Curve(name, tuple(map(float, range(1, count + 1))), tuple(gap), dots=count <= 16))
            yield _gap_plot(gaps, said, len(picked))
            yield histogram(name, ends, step.x0_hat)
        yield Done(min(done, total), total)
        if step.i == picked[-1]:
            break
    yield Remark(_remark(bench, said, count, steps))


def futures(bench: Workbench, x_t: Tensor, levels: Sequence[float], count: int) -> Generator[Tensor, None, None]:
    """So many ways on from x_t (1, *S), each with noise of its own: the states of each step, the last of them x_0."""
    noise = ChainNoise(bench.scene.seed + 1, count)
    denoiser = denoiser_of(bench.model, bench.scene.model)
    x = x_t.repeat(count, *(1 for _ in x_t.shape[1:]))
    steps = SAMPLERS["ddpm"](denoiser, x, bench.model.schedule, levels=levels, randn_like=noise.randn_like)
    for step in steps:
        yield step.x_s


def mean_gaps(bench: Workbench, ends: Tensor, x0_hat: Tensor) -> list[float]:
    """RMS between x̂_0 (1, *S) and the mean of the first 1, 2, … of the futures (n, *S)."""
    count = torch.arange(1, len(ends) + 1, device=ends.device).view(-1, *(1 for _ in ends.shape[1:]))
    return [bench.rms(mean, x0_hat[0]) for mean in ends.cumsum(dim=0) / count]


def histogram(name: str, ends: Tensor, x0_hat: Tensor) -> Plot:
    """The futures of the number that differs most between them, as a staircase, and x̂_0 as a line."""
    flat = ends.flatten(1)
    place = int(flat.std(dim=0, correction=0).argmax())
    values, at = flat[:, place].cpu().numpy(), float(x0_hat.flatten()[place])
    low, high = min(-1.0, float(values.min()), at), max(1.0, float(values.max()), at)
    counts, edges = np.histogram(values, bins=BINS, range=(low, high))
    mean = float(values.mean())
    curves = (
        Curve("futures", tuple(map(float, np.repeat(edges, 2))), (0.0, *map(float, np.repeat(counts, 2)), 0.0)),
        Curve("x̂_0", (at, at), (0.0, float(counts.max()))),
        Curve("their mean", (mean, mean), (0.0, float(counts.max()))),
    )
    where = ", ".join(str(int(k)) for k in np.unravel_index(place, tuple(ends.shape[1:])))
    return Plot(f"One pixel's futures, {name}", f"value at ({where})", "futures", curves)


def _gap_plot(gaps: Sequence[Curve], said: Sequence[tuple[float, float, float]], rows: int) -> Plot:
    """With what independent futures of the widest spread would leave: spread/√n, which keeps its colour while further
    ones of the ``rows`` come."""
    _, _, spread = max(said, key=lambda each: each[2])
    n = gaps[0].x
    chance = Curve("spread/√n", n, tuple(spread / math.sqrt(k) for k in n), hue=rows)
    return Plot("From the mean of n futures to x̂_0", "n", "RMS", (*gaps, chance), log_x=True, log_y=True)


def _remark(bench: Workbench, said: Sequence[tuple[float, float, float]], count: int, steps: int) -> str:
    t, gap, spread = said[0]
    return (
        f"{bench.asked}: DDPM {steps}. From t = {level_text(t)} {count} ways lead on, RMS {spread:.2f} apart; their "
        f"mean is at RMS {gap:.3f} from x̂_0, of which chance makes {spread / math.sqrt(count):.3f}. One step gives the "
        "mean of all that may come, which is no picture: a blur. The noise that it predicts is a mean too."
    )
