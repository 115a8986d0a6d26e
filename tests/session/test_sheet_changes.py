"""What made a sheet of the laboratory, and which settings have changed since."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from diffviz.scene import DataSpec, ExperimentSpec, ModelSpec, RunSpec, SamplerSpec, Scene, params
from diffviz.session.sheets import FIRST_RUNS, changed_for_run, run_with

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
    ],
)
def test_of_what_the_experiment_reads(experiment: ExperimentSpec, change: dict[str, Any], names: set[str]) -> None:
    scene = Scene(model=MODEL, experiment=experiment)
    if "experiment" in change:
        change = {"experiment": dataclasses.replace(experiment, params=change["experiment"])}
    assert not changed_for_run(run_with(scene), scene, open_one=False)
    assert changed_for_run(run_with(scene), scene.replace(**change), open_one=False) == names
