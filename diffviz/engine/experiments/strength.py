"""Strength: the user's picture noised to t and denoised from there, for a row of t (SDEdit, Meng et al. 2022)."""

from __future__ import annotations

from collections.abc import Generator

import torch

from diffviz.engine.chain import chain_levels
from diffviz.engine.experiments.workbench import Workbench, film
from diffviz.engine.pixels import to_uint8
from diffviz.sheet import Cell, Done, Head, Outline, Part


@torch.no_grad()
def strength(bench: Workbench) -> Generator[Part, None, None]:
    """One row a strength: the picture, it noised to exactly t = strength · T, and what the chain makes of that."""
    x_0, eps, T = bench.picture_x_0(), bench.held_eps(), bench.model.schedule.T
    starts = [max(1, round(share * T)) for share in bench.numbers("strengths", 1 / T, 1)]
    rows = tuple(Head(f"{start / T:.2g}", f"t = {start}") for start in starts)
    yield Outline("Strength", rows, (Head("your picture"), Head("noised to t"), Head("denoised")))
    total = sum(len(chain_levels(bench.scene, bench.model.schedule, start)) for start in starts)
    done = 0
    for row, start in enumerate(starts):
        yield Cell(row, 0, to_uint8(x_0)[0])
        states = []
        for state in bench.chain(bench.scene, x_0=x_0, start=start, eps=eps):
            states.append(state)
            done += 1
            yield Cell(row, 1 if state.i == 0 else 2, state.x_t[0])
            yield Done(done, total)
        yield film(row, states)
