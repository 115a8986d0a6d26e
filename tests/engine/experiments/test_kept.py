"""An experiment that is asked for again is there at once, and one that was stopped goes on where it was."""

from __future__ import annotations

import dataclasses
import os
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
from benches import bench, gaussian_bench, sheet

from diffviz.engine.experiments.kept import kept_parts
from diffviz.engine.experiments.memory import REST
from diffviz.engine.experiments.workbench import Workbench
from diffviz.scene import DataSpec, ExperimentSpec, ModelSpec, RunSpec, SamplerSpec, params
from diffviz.sheet import Done, Outline, Sheet


def run(work: Workbench, stop_at: int = 10**9) -> tuple[Sheet, list[Done]]:
    """What is shown, and how far it said to be, up to a part at which it is stopped."""
    made, done = Sheet(), []
    known, rest = kept_parts(work, work.memory)
    for k, part in enumerate(chain(known, rest)):
        made = made.with_part(part)
        done += [part] if isinstance(part, Done) else []
        if k == stop_at:
            break
    rest.close()
    return made, done


GIVEN = {"one_step": {"futures": 3, "chain_steps": 5}, "step_counts": {"steps": "2 5"}}


@pytest.mark.parametrize("name", ["mistakes", "step_counts", "one_step", "translator", "compare"])
def test_what_was_stopped_goes_on_and_what_is_done_is_there_at_once(name: str) -> None:
    whole = sheet(gaussian_bench(name, **GIVEN.get(name, {})))
    work = gaussian_bench(name, **GIVEN.get(name, {}))
    half, _ = run(work, 12)
    asked = len(work.model.asked)
    first, done = run(work)
    kept = [each.kept for each in done]
    assert done[0].kept == done[0].done > 0 and max(kept) < done[-1].total, "what was kept took no time in this run"
    assert kept == sorted(kept)
    assert half.cells.keys() <= first.cells.keys() and done[-1].done == done[-1].total
    assert first.shows_as(whole) and first.remark.endswith(whole.remark) and first.rows == whole.rows
    calls = len(work.model.asked)
    again, done = run(work)
    assert len(work.model.asked) == calls > asked > 0, "nothing is computed twice"
    assert again.shows_as(first) and again.films.keys() == first.films.keys() and len(done) == 1
    fresh = gaussian_bench(name, **GIVEN.get(name, {}))
    run(fresh)
    assert len(fresh.model.asked) == calls, "and nothing of the stopped one was"


def test_rows_that_bring_their_settings_do_not_depend_on_those_of_the_scene() -> None:
    work = gaussian_bench("compare", runs=(RunSpec(ModelSpec("gaussian"), SamplerSpec("ddim", 4)),))
    run(work)
    calls = len(work.model.asked)
    run(dataclasses.replace(work, scene=work.scene.replace(sampler=SamplerSpec("heun", 9))))
    assert len(work.model.asked) == calls


def test_other_settings_and_other_files_are_another_sheet(tiny_model_folder: Path) -> None:
    work = bench(tiny_model_folder, "strength", strengths="0.5")
    run(work)
    asked: list[int] = []
    hook = work.model.network.register_forward_hook(lambda *_: asked.append(1))

    def computes(other: Workbench) -> bool:
        asked.clear()
        run(other)
        return bool(asked)

    scene = work.scene
    assert not computes(dataclasses.replace(work, scene=scene.replace(t=7)))
    told = scene.replace(experiment=ExperimentSpec("wrong_t"))
    assert computes(dataclasses.replace(work, scene=told))
    told = told.replace(noise=4, sampler=SamplerSpec("heun", 9))
    assert not computes(dataclasses.replace(work, scene=told)), "it reads neither"
    assert computes(dataclasses.replace(work, scene=work.scene.replace(seed=1)))
    assert computes(dataclasses.replace(work, picture=255 - np.asarray(work.picture)))
    lone = scene.replace(experiment=ExperimentSpec("one_step", params(futures=2, chain_steps=5)))
    assert computes(dataclasses.replace(work, scene=lone))
    lone = lone.replace(data=DataSpec(source="sha256:00"))
    lone = dataclasses.replace(work, picture=255 - np.asarray(work.picture), scene=lone)
    assert not computes(lone), "it begins with no picture"
    os.utime(next(tiny_model_folder.rglob("*.safetensors")), ns=(1, 1))
    assert computes(work)
    hook.remove()


def test_what_fails_and_what_is_of_a_model_that_went_begins_anew() -> None:
    work = gaussian_bench("mistakes")
    run(work, 12)
    work.memory.forget(REST)
    calls = len(work.model.asked)
    run(work)
    assert len(work.model.asked) - calls == 11 * 5
    broken = gaussian_bench("mistakes")
    broken.model.denoiser = lambda **_: 1 / 0
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            run(broken)


def test_a_sheet_is_made_of_its_parts() -> None:
    made = sheet(gaussian_bench("mistakes"))
    again, parts = Sheet(), made.parts()
    for part in parts:
        again = again.with_part(part)
    assert isinstance(parts[0], Outline) and again.shows_as(made)
    assert (again.rows, again.remark, again.pair, again.films) == (made.rows, made.remark, made.pair, made.films)
    assert Sheet().parts() == ()
