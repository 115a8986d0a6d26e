"""Loss per t: a network's loss on pictures above the floor of the exact denoiser, and the bound that it makes."""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import groupby

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion import NoiseSchedule, add_noise
from diffviz.diffusion.theory import bits_per_dimension, decoder_nll, kl_to_prior, vlb_weights
from diffviz.engine.experiments.data_set import DataSet, data_set
from diffviz.engine.experiments.walks import ode_denoiser, shown
from diffviz.engine.experiments.workbench import Workbench
from diffviz.numerals import brief, significant, tick_text
from diffviz.sheet import Cell, Curve, Done, Head, Outline, Part, Plot, Remark, RowNote
from diffviz.timeline import Timeline

COLUMNS = 8
BATCH = 16
LEAST = 1e-5  # of a loss that a logarithmic axis shows
NAMES = "network", "floor, exact"
OWN = {"epsilon": "ε", "v": "v", "x0": "x_0"}


@dataclass
class Measured:
    """Of one denoiser, a number for each level measured: mean ‖x_0 - x̂_0‖² over pictures and numbers of a picture.

    ``decoder``: L_0 in bits a dimension, once t = 1 was measured.
    """

    error: dict[int, float] = field(default_factory=dict)
    decoder: float = math.nan

    def loss(self, t: int, schedule: NoiseSchedule, prediction: str) -> float:
        """The same error as that of what the network predicts: the loss that it was trained by."""
        alpha_bar = schedule.alpha_bar_at(t)
        factor = {"epsilon": alpha_bar / (1 - alpha_bar), "v": 1 / (1 - alpha_bar), "x0": 1.0}[prediction]
        return self.error[t] * factor

    def is_drawn(self, t: int, schedule: NoiseSchedule, prediction: str) -> bool:
        """Whether a logarithmic axis shows the loss there."""
        return self.loss(t, schedule, prediction) >= LEAST


@torch.no_grad()
def loss(bench: Workbench) -> Generator[Part, None, None]:
    """From T down, at each level the same pictures with noise of their own: what network and exact denoiser miss."""
    schedule = bench.model.schedule
    data = data_set(bench)
    x_0 = data.some(int(bench.param("pictures")), bench.scene.seed)
    says_nothing = bench.model.prediction == "epsilon" and schedule.alpha_bar_at(schedule.T) == 0
    levels = measured_levels(schedule.T, int(bench.param("levels")))[1 if says_nothing else 0 :]
    columns = [levels[i] for i in Timeline(tuple(map(float, levels))).thinned(COLUMNS)]
    heads = tuple(Head(f"t = {t}", t=t) for t in columns)
    rows, middle = (Head("x_t"), Head("network x̂_0"), Head("exact E[x_0|x_t]")), len(heads) // 2
    yield Outline("Loss per t", rows, heads, pair=((1, middle), (2, middle)))
    network, exact = Measured(), Measured()
    done, total = 0, len(levels) * len(x_0)
    denoiser = ode_denoiser(bench)
    for t in levels:
        x_t = add_noise(x_0, t, level_noise(bench.scene.seed, t, x_0), schedule)
        said = []
        for batch in x_t.split(BATCH):
            said.append(denoiser(batch, t).x0_hat)
            done += len(batch)
            yield Done(done, total)
        x0_hat, mean = torch.cat(said), data.predict(x_t, t)  # of all at once: it reads every picture of the set
        for kept, guess in ((network, x0_hat), (exact, mean)):
            kept.error[t] = float((x_0 - guess).double().square().mean())
            if t == 1:
                kept.decoder = float(bits_per_dimension(decoder_nll(x_0, guess, schedule), x_0).mean())
        if t in columns:
            losses = [each.loss(t, schedule, bench.model.prediction) for each in (network, exact)]
            notes = ("", *(f"loss {significant(loss, 2)}" for loss in losses))
            for row, (picture, note) in enumerate(zip((x_t, x0_hat, mean), notes, strict=True)):
                yield Cell(row, columns.index(t), shown(bench, picture[:1])[0], note)
        yield from _plots(bench, network, exact)
    prior = float(bits_per_dimension(kl_to_prior(x_0, schedule.T, schedule), x_0).mean())
    sums = [ledger(each, schedule) for each in (network, exact)]
    for row, each, steps in ((1, network, sums[0]), (2, exact, sums[1])):
        yield RowNote(row, f"{prior + float(steps.sum()) + each.decoder:.2f} bits/dim")
    yield _stacked(prior, (("network", network, sums[0]), ("exact", exact, sums[1])))
    yield Remark(_remark(bench, data, len(x_0), network, exact, (prior, float(sums[0].sum()))))


def measured_levels(T: int, count: int) -> list[int]:
    """About so many levels, falling from T to 1: half of them even in t, half in ln t, where the loss changes most."""
    if count >= T:
        return list(range(T, 0, -1))
    even = np.linspace(1, T, max(2, count - count // 2))
    log = np.geomspace(1, T, max(2, count // 2 + 1))
    return sorted({round(t) for t in (*even, *log)}, reverse=True)


def level_noise(seed: int, t: int, x_0: Tensor) -> Tensor:
    """ε of a level, of x_0's shape and device: another one at each."""
    generator = torch.Generator().manual_seed(seed + 1_000_003 * t)
    return torch.randn(x_0.shape, generator=generator).to(x_0.device)


def ledger(measured: Measured, schedule: NoiseSchedule) -> np.ndarray:
    """L_{t-1} in bits a dimension for t = 2..T, float64 (T-1,): ½ (SNR(t-1) - SNR(t)) ‖x_0 - x̂_0‖².

    Between two levels that were measured the error is taken along ln of error/(1-ᾱ), which is smooth at both ends of
    the way; where all were, nothing is.
    """
    known = np.array(sorted(measured.error))
    rest = 1.0 - schedule.alpha_bar
    logs = np.log([max(measured.error[t], 1e-300) / rest[t] for t in known])
    t = np.arange(2, schedule.T + 1)
    return vlb_weights(schedule) * np.exp(np.interp(t, known, logs)) * rest[2:] / math.log(2.0)


def _plots(bench: Workbench, network: Measured, exact: Measured) -> Generator[Plot, None, None]:
    """The loss as the network was trained by it, and the error of x̂_0."""
    schedule, own = bench.model.schedule, bench.model.prediction
    curves, errors = [], []
    for name, each in zip(NAMES, (network, exact), strict=True):
        t = sorted(each.error)
        losses = (each.loss(k, schedule, own) for k in t)
        curves.append(Curve(name, tuple(map(float, t)), tuple(losses), dots=True))
        errors.append(Curve(name, tuple(map(float, t)), tuple(math.sqrt(each.error[k]) for k in t)))
    yield Plot("Loss over t", "t", f"mean square error of {OWN[own]}", tuple(curves), log_y=True, least=LEAST)
    yield Plot("Error of x̂_0 over t", "t", "RMS", tuple(errors))


def _stacked(prior: float, ways: Sequence[tuple[str, Measured, np.ndarray]]) -> Plot:
    """The bound from T down: at t what L_T and all terms from t on amount to, and L_0 on top of them at t = 1."""
    curves = []
    for name, each, steps in ways:
        sums = prior + np.cumsum(steps[::-1])[::-1]
        t = (1.0, *map(float, range(2, len(steps) + 2)))
        curves.append(Curve(name, t, (float(sums[0]) + each.decoder, *map(float, sums))))
    return Plot("Bound, stacked from T down", "t", "bits/dim", tuple(curves), log_x=True)


def _not_drawn(schedule: NoiseSchedule, prediction: str, network: Measured, exact: Measured) -> str:
    """A sentence on the losses that the plot leaves out, by their levels; "" where it has all."""
    gone = []
    for name, each in zip(NAMES, (network, exact), strict=True):
        words = []
        for drawn, levels in groupby(
            sorted(each.error), partial(each.is_drawn, schedule=schedule, prediction=prediction)
        ):
            span = list(levels)
            if not drawn:
                words.append(f"{span[0]}–{span[-1]}" if len(span) > 1 else f"{span[0]}")
        gone += [f"{name} at t = {' and '.join(words)}"] if words else []
    return f" Not drawn, since below {tick_text(LEAST, True)}: {'; '.join(gone)}." if gone else ""


def _remark(
    bench: Workbench, data: DataSet, count: int, network: Measured, exact: Measured, parts: tuple[float, float]
) -> str:
    T = bench.model.schedule.T
    curves = []
    for each in (network, exact):
        t = sorted(each.error)
        losses = [each.loss(k, bench.model.schedule, bench.model.prediction) for k in t]
        curves.append(np.interp(np.arange(1, T + 1), t, losses))
    mean, floor = (float(curve.mean()) for curve in curves)
    above = curves[0] - curves[1]
    prior, steps = parts
    late = above[T // 2 :].sum() / above.sum()
    return (
        f"{bench.asked}, {count} of {data.words}: mean loss {brief(mean, 3)}, of which {brief(floor, 3)} is the floor, "
        f"however good the samples are; {late:.0%} of the rest lies at t > T/2, where it is decided what the "
        "picture becomes. "
        f"Bound: L_T {significant(prior, 2)} + Σ L_{{t−1}} {brief(steps, 3)} + L_0 {brief(network.decoder, 3)} = "
        f"{brief(prior + steps + network.decoder, 3)} bits/dim."
        f"{_not_drawn(bench.model.schedule, bench.model.prediction, network, exact)}"
    )
