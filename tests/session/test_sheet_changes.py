"""What made a sheet of the laboratory, and which settings have changed since."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from diffviz.scene import DataSpec, ExperimentSpec, Favourite, ModelSpec, RunSpec, SamplerSpec, Scene, params
from diffviz.session.sheets import FIRST_RUNS, changed_for_run

MODEL = ModelSpec("emoji-32", "person", 2.0)
OTHER = dataclasses.replace(MODEL, rederive_eps=True)
GIVEN = tuple(RunSpec(MODEL, SamplerSpec(name, steps)) for name, steps in FIRST_RUNS)
DRAWN = DataSpec(source="path:a.png")


@pytest.mark.parametrize(
    "experiment, change, names",
    [
        (ExperimentSpec(runs=GIVEN), {"seed": 4, "count": 9, "t": 3}, {"seed"}),
        (ExperimentSpec(runs=GIVEN), {"sampler": SamplerSpec("heun", 9)}, set()),
        (ExperimentSpec(runs=GIVEN), {"model": OTHER}, {"model.rederive_eps"}),
        (ExperimentSpec(runs=GIVEN[:2]), {"model": OTHER}, set()),
        (ExperimentSpec(runs=GIVEN), {"experiment": params(reference="none")}, {"experiment.reference"}),
        (ExperimentSpec("weights"), {"model": dataclasses.replace(MODEL, guidance=5.0)}, set()),
        (ExperimentSpec("weights"), {"sampler": SamplerSpec("ddpm", 9)}, {"sampler.steps"}),
        (ExperimentSpec("weights"), {"experiment": params(weights="0 1 2 4 8")}, set()),
        (ExperimentSpec("convergence"), {"sampler": SamplerSpec("heun", 9), "noise": 4}, set()),
        (ExperimentSpec("inversion"), {"data": DRAWN}, set()),
        (ExperimentSpec("inversion", params(begin="open")), {"data": DRAWN}, {"experiment.picture"}),
        (ExperimentSpec("weights"), {"data": DRAWN}, set()),
        (ExperimentSpec("inversion"), {"data": DataSpec(source="sha256:00")}, {"experiment.begin"}),
        (ExperimentSpec("inversion"), {"experiment": params(begin="open")}, {"experiment.begin"}),
        (ExperimentSpec("inversion"), {"seed": 3, "sampler": SamplerSpec("heun", 9)}, set()),
        (ExperimentSpec("learning"), {"data": DataSpec("points", "builtin:rings")}, {"experiment.picture"}),
    ],
)
def test_of_what_the_experiment_reads(experiment: ExperimentSpec, change: dict[str, Any], names: set[str]) -> None:
    scene = Scene(model=MODEL, experiment=experiment)
    if "experiment" in change:
        change = {"experiment": dataclasses.replace(experiment, params=change["experiment"])}
    assert not changed_for_run(scene.read, scene, "picture", brings=True)
    assert changed_for_run(scene.read, scene.replace(**change), "picture", brings=True) == names


def test_what_was_drawn_is_begun_with_whichever_is_chosen() -> None:
    """Its row was marked, and Run made the same sheet."""
    scene = Scene(model=MODEL, data=DataSpec(source="sha256:00"), experiment=ExperimentSpec("inversion"))
    mine = scene.replace(experiment=ExperimentSpec("inversion", params(begin="open")))
    assert not changed_for_run(scene.read, mine, "picture", brings=True)
    assert changed_for_run(scene.read, mine.replace(data=DRAWN), "picture", brings=True) == {"experiment.picture"}
    rocket = scene.replace(data=DRAWN)
    assert changed_for_run(scene.read, rocket, "picture", brings=True) == {"experiment.begin"}


def test_what_is_read_is_the_same_whatever_is_set_beside_it() -> None:
    scene = Scene(model=MODEL, sampler=SamplerSpec("ddim", 9), experiment=ExperimentSpec("weights"))
    beside = scene.replace(model=dataclasses.replace(MODEL, guidance=7.0), count=4, t=3, favourites=(Favourite(),))
    beside = beside.replace(sampler=SamplerSpec("ddim", 9, params=params(eta=0.0)))
    assert beside.read == scene.read == scene.read.read != scene.replace(seed=1).read
    rows = scene.replace(experiment=ExperimentSpec(runs=GIVEN[1:]))
    assert rows.replace(model=ModelSpec(), sampler=SamplerSpec()).read == rows.read
    assert (rows.read.model, rows.read.sampler.steps) == (MODEL, GIVEN[1].sampler.steps)
