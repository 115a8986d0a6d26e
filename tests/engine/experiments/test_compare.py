"""Comparing runs: each row is the chain itself, all start alike, and nothing is computed twice."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from benches import bench, parts, sheet

from diffviz.engine.chain import run_chain
from diffviz.scene import ModelSpec, RunSpec, SamplerSpec, params
from diffviz.sheet import Done, Film


def runs_of(folder: Path) -> tuple[RunSpec, ...]:
    model = ModelSpec(str(folder), "ring")
    ancestral = SamplerSpec("ddim", 4, params=params(eta=1.0))
    return (RunSpec(model, SamplerSpec("ddim", 6)), RunSpec(model, ancestral), RunSpec(model, SamplerSpec("heun", 3)))


def test_a_row_is_the_run_itself(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "compare", runs=runs_of(tiny_model_folder))
    made = sheet(work)
    for row, run in enumerate(work.scene.experiment.runs):
        scene = work.scene.replace(model=run.model, sampler=run.sampler)
        expected = np.stack([state.x_t[0] for state in run_chain(work.model, scene)])
        film = made.film(row)
        assert film is not None and np.array_equal(film.x_t, expected)
        assert np.array_equal(made.cells[row, len(made.columns) - 1].picture, expected[-1])


def test_all_rows_start_from_the_same_noise(tiny_model_folder: Path) -> None:
    made = sheet(bench(tiny_model_folder, "compare", runs=runs_of(tiny_model_folder)))
    first = [made.films[row].x_t[0] for row in range(3)]
    assert np.array_equal(first[0], first[1]) and np.array_equal(first[0], first[2])
    assert not np.array_equal(made.films[0].x_t[-1], made.films[1].x_t[-1])


def test_without_runs_the_scene_is_the_run(tiny_model_folder: Path) -> None:
    made = sheet(bench(tiny_model_folder, "compare"))
    assert [row.title for row in made.rows] == ["ddim 5"]
    assert len(made.films[0].levels) == 6


def test_what_was_computed_is_not_computed_again(tiny_model_folder: Path) -> None:
    runs = runs_of(tiny_model_folder)
    work = bench(tiny_model_folder, "compare", runs=runs[:2])
    first = sheet(work)
    calls: list[int] = []
    network = work.model.network
    network.register_forward_hook(lambda *_: calls.append(1))
    spec = dataclasses.replace(work.scene.experiment, runs=(runs[1], runs[0]))
    again = sheet(dataclasses.replace(work, scene=work.scene.replace(experiment=spec)))
    assert not calls
    assert np.array_equal(again.films[1].x_t, first.films[0].x_t)
    sheet(dataclasses.replace(work, scene=work.scene.replace(seed=5)))
    assert len(calls) == 10, "another seed is another x_T"


def test_progress_counts_every_step(tiny_model_folder: Path) -> None:
    done = [
        part
        for part in parts(bench(tiny_model_folder, "compare", runs=runs_of(tiny_model_folder)))
        if isinstance(part, Done)
    ]
    assert done[-1] == Done(13, 13)


def test_a_run_of_another_size_is_refused(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "compare", runs=(RunSpec(ModelSpec("smileys-32"), SamplerSpec("ddim", 2)),))
    with pytest.raises(ValueError, match="another shape"):
        parts(work)


def test_films_arrive_when_their_row_is_done(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "compare", runs=runs_of(tiny_model_folder))
    assert [part.row for part in parts(work) if isinstance(part, Film)] == [0, 1, 2]
