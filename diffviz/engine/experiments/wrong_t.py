"""Tell the network a wrong t: its error over the t that it is told and the t that is true, as a map."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np
import torch

from diffviz.diffusion import NoiseSchedule, add_noise
from diffviz.engine.experiments.loss import level_noise
from diffviz.engine.experiments.walks import ode_denoiser, shown
from diffviz.engine.experiments.workbench import Workbench, rms
from diffviz.sheet import Cell, Curve, Done, Head, Outline, Part, Plot, Remark

LEVELS = 8
HEAT = ((13, 8, 60), (120, 28, 109), (229, 92, 48), (252, 210, 60))  # from no error to the largest: brighter is worse


@torch.no_grad()
def wrong_t(bench: Workbench) -> Generator[Part, None, None]:
    """Rows are the true t of x_t, columns what the network is told; each cell x̂_0, its edge as bright as ε̂ is wrong."""
    schedule = bench.model.schedule
    x_0 = bench.picture_x_0().to(bench.model.device)
    levels = map_levels(schedule)
    heads = tuple(Head(f"told {t}") for t in levels)
    middle = len(levels) // 2
    pair = ((middle, middle), (middle, 0))  # the truth told, and T
    yield Outline("Tell it a wrong t", tuple(Head(f"true t = {t}") for t in levels), heads, pair=pair)
    denoiser = ode_denoiser(bench)
    errors = np.full((len(levels), len(levels)), np.nan)
    pictures: dict[tuple[int, int], np.ndarray] = {}
    for row, true in enumerate(levels):
        eps = level_noise(bench.scene.seed, true, x_0)
        x_t = add_noise(x_0, true, eps, schedule)
        a, b = schedule.alpha_bar[true] ** 0.5, (1.0 - schedule.alpha_bar[true]) ** 0.5
        for column, told in enumerate(levels):
            eps_hat = denoiser(x_t, told).eps_hat
            errors[row, column] = rms(eps_hat, eps)
            pictures[row, column] = shown(bench, (x_t - b * eps_hat) / max(a, 1e-6))[0]
            yield Cell(row, column, pictures[row, column], f"{errors[row, column]:.2f}", row == column)
            yield Done(row * len(levels) + column + 1, len(levels) ** 2)
        yield _plot(levels, errors[: row + 1])
    for (row, column), picture in pictures.items():  # the colours are known when the largest error is
        edge = heat(errors[row, column] / errors.max())
        yield Cell(row, column, picture, f"{errors[row, column]:.2f}", row == column, edge=edge)
    yield Remark(_remark(bench, levels, errors))


def map_levels(schedule: NoiseSchedule) -> list[int]:
    """Levels even in the angle arctan(√(1-ᾱ)/√ᾱ), in which noise takes over evenly; T first, none twice."""
    angle = np.arctan2(np.sqrt(1.0 - schedule.alpha_bar), np.sqrt(schedule.alpha_bar))
    wanted = np.linspace(angle[-1], angle[1], LEVELS)
    return sorted({int(np.abs(angle[1:] - each).argmin()) + 1 for each in wanted}, reverse=True)


def heat(share: float) -> tuple[int, int, int]:
    """The colour of an error, 0..1 of the largest."""
    red, green, blue = (round(np.interp(share, np.linspace(0, 1, len(HEAT)), part)) for part in zip(*HEAT, strict=True))
    return red, green, blue


def _plot(levels: list[int], errors: np.ndarray) -> Plot:
    t = tuple(map(float, reversed(levels)))
    rows = zip(levels, errors, strict=False)  # those that are known
    curves = (Curve(f"true t = {true}", t, tuple(map(float, row[::-1])), dots=True) for true, row in rows)
    return Plot("Error of ε̂ over the t told", "t told", "RMS of ε̂ − ε", tuple(curves))


def _remark(bench: Workbench, levels: list[int], errors: np.ndarray) -> str:
    best = errors.argmin(axis=1)
    near = sum(abs(int(k) - row) <= 1 for row, k in enumerate(best))
    middle = len(levels) // 2
    low, high = errors[middle, middle:].max(), errors[middle, :middle].max()
    return (
        f"{bench.asked}: RMS of ε̂ − ε, the edge from dark (0) to bright ({errors.max():.2f}). Least at the true t or "
        f"beside it in {near} of {len(levels)} rows. At t = {levels[middle]} told too low a t it takes out too "
        f"little noise (up to {low:.2f}), told too high a t too much, and the picture with it (up to "
        f"{high:.2f})."
    )
