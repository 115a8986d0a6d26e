"""Why is the target the noise? ε, x_0 and x_t - x_{t-1}, and what a perfect predictor says of each."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from diffviz.diffusion import add_noise, forward_step, posterior_coefficients
from diffviz.engine.experiments.data_set import DataSet, data_set
from diffviz.engine.experiments.loss import COLUMNS, level_noise, measured_levels
from diffviz.engine.experiments.walks import shown
from diffviz.engine.experiments.workbench import Workbench
from diffviz.numerals import brief
from diffviz.sheet import Cell, Curve, Done, Head, Outline, Part, Plot, Remark
from diffviz.timeline import Timeline

LEVELS = 24
TARGETS = ("ε", "x_0", "x_t − x_{t−1}")
OWN = {
    "epsilon": "This network predicts ε.",
    "x0": "This network predicts x_0, which with x_t gives ε.",
    "v": "This network predicts v = √ᾱ ε − √(1−ᾱ) x_0: ε near t = 0, −x_0 near T; with x_t it gives both.",
    "flow": "This network predicts ε − x_0: with x_t it gives both.",
}  # what the model's output has to do with them


@dataclass
class Told:
    """Of one target, a number for each level: its RMS, and the share of its variance that a perfect predictor says.

    The variance is around what is known without x_t, the mean over the data: a picture's mean alone tells nothing.
    """

    size: dict[int, float] = field(default_factory=dict)
    share: dict[int, float] = field(default_factory=dict)


@torch.no_grad()
def targets(bench: Workbench) -> Generator[Part, None, None]:
    """Rows in pairs: the target, and its mean given x_t, which no predictor can surpass; columns are t."""
    schedule = bench.model.schedule
    data = data_set(bench)
    x_0 = data.some(int(bench.param("pictures")), bench.scene.seed)
    levels = measured_levels(schedule.T, LEVELS)
    columns = [levels[i] for i in Timeline(tuple(map(float, levels))).thinned(COLUMNS)]
    notes = ("", "", "shown divided by √β")
    pairs_of_rows = [(Head(name, note), Head("at best", name)) for name, note in zip(TARGETS, notes, strict=True)]
    rows = [head for pair in pairs_of_rows for head in pair]
    heads, middle = tuple(Head(f"t = {t}", t=t) for t in columns), len(columns) // 2
    yield Outline("Why is the target the noise?", tuple(rows), heads, pair=((4, middle), (5, middle)))
    told, mean = tuple(Told() for _ in TARGETS), data.mean
    steps: dict[int, tuple[float, float]] = {}
    for done, t in enumerate(levels, 1):
        pairs = pairs_at(bench, data, x_0, t)
        moves = math.sqrt(schedule.alpha_bar_at(t)) - math.sqrt(schedule.alpha_bar_at(t - 1))
        for kept, (target, guess), of_mean in zip(told, pairs, (0.0, 1.0, moves), strict=True):
            variance = _mean_square(target - of_mean * mean)
            kept.size[t] = math.sqrt(_mean_square(target))
            kept.share[t] = 1.0 - _mean_square(target - guess) / variance if variance else 1.0
        steps[t] = math.sqrt(_mean_square(pairs[2][1])), math.sqrt(posterior_coefficients(t, t - 1, schedule)[2])
        if t in columns:
            yield from _column(bench, columns.index(t), t, pairs, told)
        yield from _plots(told, steps)
        yield Done(done, len(levels))
    yield Remark(_remark(bench, data, len(x_0), told, levels))


def _mean_square(x: Tensor) -> float:
    return float(x.double().square().mean())


def pairs_at(bench: Workbench, data: DataSet, x_0: Tensor, t: int) -> tuple[tuple[Tensor, Tensor], ...]:
    """(target, its mean given x_t) of ε, x_0 and x_t - x_{t-1}, on a real chain: x_{t-1}, then one step to x_t.

    E[ε | x_t] = (x_t - √ᾱ E[x_0|x_t])/√(1-ᾱ),  E[x_{t-1} | x_t] = c_0 E[x_0|x_t] + c_t x_t
    """
    schedule, seed = bench.model.schedule, bench.scene.seed
    x_s = add_noise(x_0, t - 1, level_noise(seed, t, x_0), schedule)
    x_t = forward_step(x_s, t, level_noise(seed + 1, t, x_0), schedule)
    mean = data.predict(x_t, t)
    alpha_bar = schedule.alpha_bar_at(t)
    a, b = alpha_bar**0.5, (1.0 - alpha_bar) ** 0.5
    c_0, c_t, _ = posterior_coefficients(t, t - 1, schedule)
    return ((x_t - a * x_0) / b, (x_t - a * mean) / b), (x_0, mean), (x_t - x_s, x_t - c_0 * mean - c_t * x_t)


def _column(
    bench: Workbench, column: int, t: int, pairs: Sequence[tuple[Tensor, Tensor]], told: Sequence[Told]
) -> Generator[Cell, None, None]:
    scales = (1.0, 1.0, 1.0 / math.sqrt(float(bench.model.schedule.beta[t])))
    for k, ((target, guess), kept, scale) in enumerate(zip(pairs, told, scales, strict=True)):
        yield Cell(2 * k, column, shown(bench, scale * target[:1])[0], f"size {brief(kept.size[t])}")
        yield Cell(2 * k + 1, column, shown(bench, scale * guess[:1])[0], f"{kept.share[t]:.1%} told".replace("-", "−"))


def _plots(told: Sequence[Told], steps: dict[int, tuple[float, float]]) -> Generator[Plot, None, None]:
    t = tuple(map(float, sorted(steps)))
    shares = [Curve(name, t, tuple(each.share[int(k)] for k in t)) for name, each in zip(TARGETS, told, strict=True)]
    yield Plot("What a perfect predictor says", "t", "share of variance", tuple(shares))
    sizes = [Curve(name, t, tuple(each.size[int(k)] for k in t)) for name, each in zip(TARGETS, told, strict=True)]
    yield Plot("Size of the target", "t", "RMS", tuple(sizes), log_y=True)
    parts = zip(("predicted", "√β̃ z"), zip(*(steps[int(k)] for k in t), strict=True), strict=True)
    curves = tuple(Curve(name, t, each) for name, each in parts)
    yield Plot("The next step's parts", "t", "RMS", curves, log_y=True)


def _remark(bench: Workbench, data: DataSet, count: int, told: Sequence[Told], levels: Sequence[int]) -> str:
    middle = min(levels, key=lambda t: abs(t - levels[0] / 2))
    eps, x_0, step = (each.share[middle] for each in told)
    sizes = told[2].size.values()
    largest = max(sizes) / min(sizes)
    return (
        f"{bench.asked}: {count} of {data.words}, with the exact denoiser. At t = {middle} x_t tells {eps:.0%} of the "
        f"variance of ε, {x_0:.0%} of that of x_0 around the pictures' mean and {step:.1%} of that of x_t − x_{{t−1}}, "
        f"which is fresh z, of a size that changes {largest:.0f}-fold over t. ε has one size at every t, and with x_t "
        "it gives x_0 and the mean of the next step: one is as good as the other, the step itself is not. "
        f"{OWN[bench.model.prediction]}"
    )
