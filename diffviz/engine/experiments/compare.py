"""Compare: rows are runs, all from the same x_T; columns are t. What was computed once is not computed again."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import torch

from diffviz.engine.chain import chain_levels
from diffviz.engine.experiments.workbench import Workbench, film, level_columns
from diffviz.engine.messages import State
from diffviz.scene import RunSpec
from diffviz.sheet import Cell, Done, Head, Outline, Part
from diffviz.timeline import Timeline

COLUMNS = 8


@torch.no_grad()
def compare(bench: Workbench) -> Generator[Part, None, None]:
    """One row a run, filled while it runs. Without runs, the chain that the scene describes is the only row."""
    scene, T = bench.scene, bench.model.schedule.T
    runs = scene.experiment.runs or (RunSpec(scene.model, scene.sampler),)
    columns = tuple(round(T * (COLUMNS - 1 - j) / (COLUMNS - 1)) for j in range(COLUMNS))
    yield Outline("Compare", tuple(run_head(run) for run in runs), level_columns(columns))
    done, total = 0, sum(run.sampler.steps for run in runs)
    for row, run in enumerate(runs):
        states: list[State] = []
        visited = Timeline(tuple(run_levels(bench, run)))
        nearest = [visited.nearest(t) for t in columns]
        for state in run_states(bench, run):
            states.append(state)
            done += state.i > 0
            yield Done(done, total)
            for j in (j for j, i in enumerate(nearest) if i == state.i):
                yield Cell(row, j, state.x_t[0])
        yield film(row, states)


def run_levels(bench: Workbench, run: RunSpec) -> list[float]:
    """The levels that a run visits."""
    return chain_levels(bench.scene.replace(sampler=run.sampler), bench.model_of(run.model.name).schedule)


def run_states(bench: Workbench, run: RunSpec) -> Iterator[State]:
    """The run's states, from memory where it was computed before."""
    key = ("run", run, bench.scene.seed)
    known = bench.memory.get(key)
    if known is not None:
        yield from known
        return
    states = []
    for state in bench.chain(bench.scene.replace(model=run.model, sampler=run.sampler)):
        states.append(state)
        yield state
    bench.memory.put(key, tuple(states), sum(s.x_t.nbytes + s.x0_hat.nbytes + s.eps_hat.nbytes for s in states))


def run_head(run: RunSpec) -> Head:
    """What a run is called: its sampler and steps, and below what differs from the plain."""
    sampler, model = run.sampler, run.model
    words = [f"{name} {value}" for name, value in sampler.params]
    if model.guidance != 1:
        words.append(f"w = {model.guidance:g}")
    words.append(model.class_label or "any")
    words.append(model.name.rsplit("/", 1)[-1])
    return Head(f"{sampler.name} {sampler.steps}", " · ".join(words))
