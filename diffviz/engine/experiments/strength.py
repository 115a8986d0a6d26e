"""Strength: the user's picture noised to t and denoised from there, for a row of t (SDEdit, Meng et al. 2022)."""

from __future__ import annotations

from collections.abc import Generator

import torch

from diffviz.engine.beginning import Beginning
from diffviz.engine.experiments.walks import cut_levels, cut_sampler
from diffviz.engine.experiments.workbench import Reel, Workbench
from diffviz.engine.tensors import raster
from diffviz.sheet import Cell, Curve, Done, Head, Outline, Part, Plot, Remark, RowNote
from diffviz.timeline import level_text

COLUMNS = ("noised to t", "x̂_0 at once", "x̂_0 half-way", "denoised")


@torch.no_grad()
def strength(bench: Workbench) -> Generator[Part, None, None]:
    """One row a strength: the picture, it noised to exactly t = strength · T, and what the chain makes of that.

    Of the scene's n steps a row spreads the whole part of n t/T from its t to 0, by the scene's spacing or grid: with
    trailing ones these are the last steps of the whole chain.
    """
    scene, T = bench.scene, bench.model.schedule.T
    x_0 = bench.picture_x_0()
    starts = [max(1, round(share * T)) for share in bench.numbers("strengths", 1 / T, 1)]
    levels = [cut_levels(bench, start) for start in starts]
    rows = tuple(Head(f"{start / T:.2g}", f"t = {start}") for start in starts)
    name, middle = bench.picture_name, (len(rows) - 1) // 2
    yield Outline("Strength", rows, tuple(map(Head, (name, *COLUMNS))), pair=((middle, 0), (middle, 4)))
    yield Remark(
        f"{bench.asked}: strength s noises to t = s · {T} and spreads s · {scene.sampler.steps} steps "
        "from there to 0, by the same spacing or grid.",
        "RMS: from what stands at the left, in the range −1..1.",
    )
    total, done = sum(len(each) for each in levels), 0
    picture = raster(bench.model.kind, x_0)[0]
    distances: dict[float, float] = {}
    for row, start in enumerate(starts):
        yield Cell(row, 0, picture, still=True)
        cut = scene.replace(sampler=cut_sampler(scene.sampler, start, T))
        reel = Reel(row, levels[row])
        for state in bench.chain(cut, keep_values=True, began=Beginning(x_0, start)):
            x_t, x0_hat, _ = state.frames()
            reel.add(state.i, x_t, x0_hat)
            done += 1
            if state.i == 0:
                yield Cell(row, 1, x_t)
                yield Cell(row, 2, x0_hat)
            if state.i == state.n // 2:
                yield Cell(row, 3, x0_hat, f"t = {level_text(state.t)}")
            yield Cell(row, 4, x_t, f"t = {level_text(state.t)}", x0_hat=x0_hat)  # it may be stopped there
            yield Done(done, total)
        yield reel.film()
        assert state.values is not None
        distances[start / T] = distance = bench.rms(state.values[0], x_0)
        yield Cell(row, 4, x_t, bench.outside(state.values[0], f"RMS {distance:.3f}"))
        own = len(levels[row]) - 1
        yield RowNote(row, f"t = {start} · {own} step{'s' if own > 1 else ''}")
        yield _plot(distances, name)


def _plot(distances: dict[float, float], name: str) -> Plot:
    x = tuple(sorted(distances))
    curve = Curve("denoised", x, tuple(distances[share] for share in x), dots=True)
    return Plot(
        f"Distance to {'' if name.startswith('your') else 'the '}{name}", "strength t/T", "RMS distance", (curve,)
    )
