"""Runs: rows that each are a chain from the same x_T; whether they can be run, and what of them is kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Hashable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from diffviz.diffusion import SAMPLERS
from diffviz.engine.chain import chain_levels
from diffviz.engine.denoising import denoiser_of
from diffviz.engine.experiments.heads import run_heads
from diffviz.engine.experiments.memory import MEMORY_BYTES
from diffviz.engine.experiments.workbench import Reel, Workbench
from diffviz.engine.futures import adds_noise
from diffviz.engine.noise import ChainNoise
from diffviz.engine.states import State
from diffviz.scene import ModelSpec, RunSpec, SamplerSpec
from diffviz.sheet import Cell, Done, Head, Part, RowNote
from diffviz.timeline import Timeline, level_text

if TYPE_CHECKING:
    from diffviz.models import Model

REFERENCE_STEPS = 1000
COLUMNS = 8


class Progress:
    """Counts network calls."""

    def __init__(self, total: int) -> None:
        self._done, self._total, self._kept = 0, total, 0

    def add(self, calls: int, known: bool = False) -> Done:
        """``known``: none of them is made."""
        self._done += calls
        self._kept += calls if known else 0
        return Done(self._done, self._total, self._kept)


def check_runs(bench: Workbench, runs: Sequence[RunSpec]) -> None:
    """Refuse what cannot be run before anything is: ValueError, one sentence that names the row."""
    heads, _ = run_heads(runs)
    for number, (run, head) in enumerate(zip(runs, heads, strict=True), 1):
        try:
            check_run(bench, run)
        except ValueError as error:
            raise ValueError(f"Row {number} ({head.title}): {error}" if len(runs) > 1 else str(error)) from error


def check_run(bench: Workbench, run: RunSpec) -> list[float]:
    """The levels that a run visits.

    Raises:
        ValueError: one sentence, if a run does not fit its model, or the model the scene's.
    """
    model, steps = bench.model_of(run.model.name), run.sampler.steps
    T = model.schedule.T
    if not 1 <= steps <= T:
        raise ValueError(f"steps = {steps} is outside 1..{T}, the levels of {model.name}.")
    levels = run_levels(bench, run)
    check_levels(model, run, levels)
    return levels


def check_levels(model: Model, run: RunSpec, levels: Sequence[float]) -> None:
    """Raise ValueError with one sentence if a run's sampler and network cannot walk down these levels."""
    sampler = run.sampler
    if ("variance", "learned_range") in sampler.params and not model.learned_variance:
        raise ValueError(f"learned_range needs a variance, which {model.name} has not learned; use fixed_small.")
    if model.prediction == "epsilon" and model.schedule.alpha_bar_at(levels[0]) == 0:
        raise ValueError(
            f"{model.name} predicts ε, which says nothing about the picture at t = {levels[0]}, where ᾱ is 0; "
            "begin below it, with spacing leading or less noise."
        )
    # a sampler refuses its arguments at the call, before its first step
    keywords: dict[str, Any] = dict(sampler.params)
    SAMPLERS[sampler.name](denoiser_of(model, run.model), torch.zeros(1), model.schedule, levels=levels, **keywords)


def run_levels(bench: Workbench, run: RunSpec) -> list[float]:
    """The levels that a run visits."""
    return chain_levels(bench.scene.replace(sampler=run.sampler), bench.model_of(run.model.name).schedule)


def network_calls(run: RunSpec, levels: Sequence[float]) -> list[int]:
    """How many pictures the network sees in each step: one, one more for a blend and one where it guides, as often as
    its sampler asks."""
    spec = run.model
    guided = spec.guidance != 1 and spec.class_label is not None
    told = 2 if spec.blended and 0 < spec.blend < 1 else 1

    def at(t: float) -> int:
        return told + (guided and spec.guidance_low <= t <= spec.guidance_high)

    more = SAMPLERS[run.sampler.name].asks - 1
    return [at(t) + (more * at(s) if s > 0 else 0) for t, s in pairwise(levels)]


def _key(bench: Workbench, run: RunSpec) -> Hashable:
    return "run", bench.model_of(run.model.name).fingerprint, run, bench.scene.seed, bench.scene.noise


def is_known(bench: Workbench, run: RunSpec) -> bool:
    """Whether its states were computed before."""
    return bench.memory.get(_key(bench, run)) is not None


def run_states(bench: Workbench, run: RunSpec) -> Iterator[State]:
    """The run's states, from memory where it was computed before; the last one with its unclipped values."""
    key = _key(bench, run)
    known = bench.memory.get(key)
    if known is not None:
        yield from known
        return
    states: list[State] = []
    size_bytes = 0
    for state in bench.chain(bench.scene.replace(model=run.model, sampler=run.sampler), keep_values=True):
        kept = state if state.i == state.n else state.lean()
        yield kept
        size_bytes += kept.nbytes
        if size_bytes > MEMORY_BYTES:  # more than is kept: not for a moment either
            states.clear()
        states.append(kept)
    if size_bytes <= MEMORY_BYTES:
        bench.memory.put(key, tuple(states), size_bytes)


def end_parts(
    bench: Workbench, run: RunSpec, levels: Sequence[float], progress: Progress
) -> Generator[Part, None, np.ndarray]:
    """Where a run without fresh noise ends, float32 (C, H, W), from memory where it was computed before.

    The end is the generator's value (``yield from``); a part is yielded each step.
    """
    key = ("end", bench.model_of(run.model.name).fingerprint, run, tuple(levels), bench.scene.seed)
    known: np.ndarray | None = bench.memory.get(key)
    calls = network_calls(run, levels)
    if known is not None:
        yield progress.add(sum(calls), known=True)
        return known
    model = bench.model_of(run.model.name)
    x = ChainNoise(bench.scene.seed, 1).start(model.sample_shape).to(model.device)
    keywords: dict[str, Any] = dict(run.sampler.params)
    steps = SAMPLERS[run.sampler.name](denoiser_of(model, run.model), x, model.schedule, levels=levels, **keywords)
    for step, cost in zip(steps, calls, strict=True):
        x = step.x_s
        yield progress.add(cost)
    end = x[0].to("cpu", torch.float32).numpy()
    bench.memory.put(key, end, end.nbytes)
    return end


def reference_of(bench: Workbench, run: RunSpec) -> RunSpec | None:
    """The run whose end is the right one for this run: 1,000 steps of the same ODE. None: there is no single one.

    All solvers share the probability-flow ODE, which DPM-Solver++ 2M follows closest at one call a step. DDIM is one of
    them too unless it goes on with an ε̂ that no longer belongs to a clipped x̂_0: that way leads elsewhere.
    """
    if adds_noise(run.sampler):  # its end is one of many
        return None
    model, spec = bench.model_of(run.model.name), run.model
    steps = min(REFERENCE_STEPS, model.schedule.T)
    clips = (model.clip if spec.clip == "own" else spec.clip) not in (None, "none")
    own_way = run.sampler.name == "ddim" and clips and not spec.rederive_eps
    if own_way or model.schedule.alpha_bar_at(model.schedule.T) == 0:
        return RunSpec(spec, SamplerSpec("ddim", steps))
    return RunSpec(dataclasses.replace(spec, rederive_eps=False), SamplerSpec("dpmpp_2m", steps))


def level_steps(T: int) -> tuple[int, ...]:
    """The levels of the columns, T first and 0 last."""
    return tuple(round(T * (COLUMNS - 1 - j) / (COLUMNS - 1)) for j in range(COLUMNS))


def columns_of(bench: Workbench, runs: Sequence[RunSpec]) -> tuple[Head, ...]:
    """Heads that say the t of a column where all rows have it; else its share of T, and each cell says its own t."""
    found = [[levels[i] for i in nearest_states(bench, run)] for run in runs for levels in [run_levels(bench, run)]]
    common = [len({row[j] for row in found}) == 1 for j in range(COLUMNS)]
    return tuple(
        Head(f"t = {level_text(found[0][j])}", t=found[0][j])
        if common[j]
        else Head(f"near {COLUMNS - 1 - j}/{COLUMNS - 1} T" if j else "T", t=t)
        for j, t in enumerate(level_steps(bench.model.schedule.T))
    )


def nearest_states(bench: Workbench, run: RunSpec) -> list[int]:
    """The states of a run that are its cells; a model of another T is shown at the same shares of it."""
    T, own = bench.model.schedule.T, bench.model_of(run.model.name).schedule.T
    line = Timeline(tuple(run_levels(bench, run)))
    return [line.nearest(t * own / T) for t in level_steps(T)]


def cells_at(nearest: Sequence[int], columns: Sequence[Head], i: int, t: float) -> list[tuple[int, str]]:
    """The columns of ``nearest_states`` that show state i, at t; each with that t where its head says another one."""
    own = f"t = {level_text(t)}"
    return [(j, "" if columns[j].title == own else own) for j, state in enumerate(nearest) if state == i]


def on_its_way(state: State) -> str:
    """The t of a cell that shows a chain as it runs: it may be stopped there. At its end there is nothing to say."""
    return "" if state.i == state.n else f"t = {level_text(state.t)}"


def ddpm_run(bench: Workbench, steps: int) -> tuple[RunSpec, list[float]]:
    """DDPM in so many steps, spread as the scene says, and its levels. ValueError as ``check_run``."""
    sampler = bench.scene.sampler
    run = RunSpec(bench.scene.model, SamplerSpec("ddpm", steps, sampler.spacing, offset=sampler.offset))
    return run, check_run(bench, run)


def fill_rows(bench: Workbench, runs: Sequence[RunSpec], progress: Progress) -> Generator[Part, None, list[np.ndarray]]:
    """Run them all: cells while a row is filled, its film and what it cost when it is done. The value: their ends."""
    ends, columns = [], columns_of(bench, runs)
    for row, run in enumerate(runs):
        levels = run_levels(bench, run)
        reel = Reel(row, levels)
        nearest = nearest_states(bench, run)
        costs = network_calls(run, levels)
        known = is_known(bench, run)
        for state in run_states(bench, run):
            x_t, x0_hat, _ = state.frames()
            reel.add(state.i, x_t, x0_hat)
            yield progress.add(costs[state.i - 1] if state.i else 0, known)
            for j, note in cells_at(nearest, columns, state.i, state.t):
                end = None if state.values is None or state.t else state.values[0]  # noise lies outside on its way
                note = note if end is None else bench.outside(end, note)
                yield Cell(row, j, x_t, note, x0_hat=x0_hat, t=state.t)
        yield reel.film()
        yield RowNote(row, calls_text(sum(costs), run.model))
        assert state.values is not None  # run_states keeps the last one's
        ends.append(state.values[0, 0])
    return ends


def calls_text(calls: int, model: ModelSpec) -> str:
    """What a row cost; an exact model is asked as often, and no network is."""
    what = "call" if model.name.startswith("exact") else "network call"
    return f"{calls:,} {what}{'s' if calls != 1 else ''}"
