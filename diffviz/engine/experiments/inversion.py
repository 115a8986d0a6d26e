"""Inversion: the user's picture up to the noise that DDIM would make it of, and back, for a row of step counts."""

from __future__ import annotations

import math
from collections.abc import Generator

import torch
from torch import Tensor

from diffviz.diffusion import ddim_inversion, step_levels
from diffviz.engine.experiments.runs import calls_text
from diffviz.engine.experiments.walks import difference, ode_denoiser, ode_down, shown, whole_numbers
from diffviz.engine.experiments.workbench import Reel, Workbench
from diffviz.kinds.kind import GAIN
from diffviz.sheet import Cell, Curve, Done, Head, Outline, Part, Plot, Remark, RowNote
from diffviz.timeline import level_text

COLUMNS = ("x_T found", "back again", f"difference × {GAIN}")


@torch.no_grad()
def inversion(bench: Workbench) -> Generator[Part, None, None]:
    """One row a step count: x_0 → x_T → x_0 by DDIM at η = 0, unguided and unclipped, and what got lost on the way."""
    schedule = bench.model.schedule
    x_0 = bench.picture_x_0().to(bench.model.device)
    counts = whole_numbers(bench, "steps", 1, schedule.T)
    if bench.model.prediction == "epsilon" and schedule.alpha_bar_at(schedule.T) == 0:
        raise ValueError(f"{bench.model.name} predicts ε and has ᾱ = 0 at T, so nothing leads back; choose another.")
    ode_denoiser(bench)  # refuses a class that the model lacks
    rows, most = tuple(Head(f"{n} steps") for n in counts), counts.index(max(counts))
    columns = tuple(map(Head, (bench.picture_name, *COLUMNS)))
    yield Outline("DDIM inversion", rows, columns, pair=((most, 0), (most, 2)))
    done, total = 0, 2 * sum(counts)
    errors: dict[int, float] = {}
    picture = shown(bench, x_0)[0]
    for row, n in enumerate(counts):
        levels = step_levels(schedule.T, n)
        yield Cell(row, 0, picture, still=True)
        reel = Reel(row, levels)
        x_T = x_0
        for up in ddim_inversion(ode_denoiser(bench), x_0, schedule, levels=levels):
            done += 1
            x_T, x0_hat = up.x_t, shown(bench, up.x0_hat)[0]
            reel.add(n - up.i, shown(bench, up.x_s)[0], x0_hat)
            yield Cell(row, 1, shown(bench, x_T)[0], f"t = {level_text(up.t)}", x0_hat=x0_hat)
            yield Done(done, total)
        reel.add(0, shown(bench, x_T)[0], x0_hat)
        yield Cell(row, 1, shown(bench, x_T)[0], bench.outside(x_T, gaussian_note(x_T)))
        yield reel.film()  # seen from its end as chains are: T first
        x = x_T
        for down in ode_down(bench, x_T, levels):
            x = down.x_s
            done += 1
            note = f"t = {level_text(down.s)}"  # it may be stopped there
            yield Cell(row, 2, shown(bench, x)[0], note, x0_hat=shown(bench, down.x0_hat)[0])
            yield Done(done, total)
        errors[n] = error = bench.rms(x, x_0)
        yield Cell(row, 2, shown(bench, x)[0], bench.outside(x, f"RMS {error:.4f}"))
        yield Cell(row, 3, difference(bench, x, x_0)[0], still=True)
        yield RowNote(row, calls_text(2 * n, bench.scene.model))
        yield _plot(errors)
    yield Remark(f"{bench.asked}: {_remark(errors, x_T)}")


def gaussian_note(x: Tensor) -> str:
    """What tells noise from a picture: mean, deviation, and correlation of neighbouring pixels; 0, 1, 0 for noise.

    Points have no neighbours in their order.
    """
    mean, r = (round(value, 2) + 0.0 for value in (float(x.mean()), neighbour_correlation(x)))  # no −0.00
    words = f"mean {mean:.2f} · std {float(x.std()):.2f}" + (f" · r {r:.2f}" if _pixels(x) else "")
    return words.replace("-", "−")


def _pixels(x: Tensor) -> bool:
    """Whether x (B, *S) lies on a grid."""
    return x.dim() == 4


def neighbour_correlation(x: Tensor) -> float:
    """Of each pixel with the one to its right and the one below, over all of x (B, C, H, W)."""
    x = x.cpu().double()
    x = x - x.mean()
    variance = float(x.square().mean())
    right, below = (x[..., 1:] * x[..., :-1]).mean(), (x[..., 1:, :] * x[..., :-1, :]).mean()
    return float(right + below) / 2 / variance if variance > 0 else 0.0


def _plot(errors: dict[int, float]) -> Plot:
    """Nothing at an error of 0, which no logarithm has."""
    counts = tuple(n for n in sorted(errors) if errors[n] > 0)
    curve = Curve("round trip", tuple(float(n) for n in counts), tuple(errors[n] for n in counts), dots=True)
    return Plot("Round-trip error", "steps", "RMS distance", (curve,), log_x=True, log_y=True)


def _remark(errors: dict[int, float], x_T: Tensor) -> str:
    words = "DDIM with η = 0, unguided and unclipped, there and back; RMS in the range −1..1. "
    few, many = min(errors), max(errors)
    if few != many and min(errors.values()) > 0:
        slope = math.log(errors[many] / errors[few]) / math.log(many / few)
        power = f"{slope:.2f}".replace("-", "−")
        words += f"From {few} to {many} steps the error goes as steps^{power} (first order: −1). "
    noise = "mean 0, deviation 1 and r = 0 between neighbours" if _pixels(x_T) else "mean 0 and deviation 1"
    return words + f"Noise has {noise}; the last x_T: {gaussian_note(x_T)}."
