"""Which chains are warned of: guided DDIM that clips and keeps ε̂."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from diffviz.engine.drift import drifts, rederived
from diffviz.scene import ExperimentSpec, ModelSpec, RunSpec, SamplerSpec, Scene, params

ASTRAY = Scene(model=ModelSpec("m", "dot", 3.0), sampler=SamplerSpec("ddim", 5))
CALM = Scene(model=ModelSpec("m", "dot"), sampler=SamplerSpec("ddim", 5))


def with_model(**changes: Any) -> Scene:
    return ASTRAY.replace(model=dataclasses.replace(ASTRAY.model, **changes))


def test_guided_ddim_that_keeps_eps_goes_astray() -> None:
    assert drifts(ASTRAY)
    assert drifts(with_model(clip="static"), own_clips=False)
    assert drifts(with_model(class_label=None).replace(class_rows=True, count=4))


@pytest.mark.parametrize(
    "scene",
    [
        ASTRAY.replace(sampler=SamplerSpec("ddpm", 5)),
        ASTRAY.replace(sampler=SamplerSpec("heun", 5)),
        *(with_model(**change) for change in ({"guidance": 1.0}, {"rederive_eps": True}, {"clip": "none"})),
        with_model(class_label=None),  # guidance has nothing to lead to
    ],
)
def test_others_do_not(scene: Scene) -> None:
    assert not drifts(scene)


def test_a_model_that_does_not_clip_stays() -> None:
    assert not drifts(ASTRAY, own_clips=False)


def of(scene: Scene, name: str, *runs: RunSpec, **given: Any) -> Scene:
    return scene.replace(experiment=ExperimentSpec(name, params(given), runs))


BAD, GOOD = RunSpec(ASTRAY.model, ASTRAY.sampler), RunSpec(ASTRAY.model, SamplerSpec("heun", 5))


@pytest.mark.parametrize(
    ("scene", "astray"),
    [
        (of(ASTRAY, "compare"), True),
        (of(ASTRAY, "compare", GOOD), False),
        (of(CALM, "compare", GOOD, BAD), True),
        (of(ASTRAY.replace(sampler=SamplerSpec("ddpm")), "convergence", samplers="heun ddim"), True),
        (of(ASTRAY, "convergence", samplers="heun, euler; no"), False),
        (of(ASTRAY, "exact"), False),
        (of(CALM, "weights"), True),
        (of(CALM, "weights", weights="0 1"), False),
        (of(CALM, "weights", weights="much ..."), False),
        (of(ASTRAY, "inversion"), False),
        *(
            (of(ASTRAY, name), False)
            for name in ("mistakes", "loss", "targets", "one_step", "posterior_walk", "wrong_t")
        ),
        (of(ASTRAY.replace(sampler=SamplerSpec("ddpm")), "step_counts"), True),
        (of(ASTRAY, "copies"), True),
        (of(ASTRAY, "strength"), True),
        (of(CALM, "strength"), False),
        (of(with_model(class_label=None).replace(class_rows=True, count=4), "compare"), False),  # of no class there
    ],
)
def test_an_experiment_is_judged_by_the_chains_that_it_runs(scene: Scene, astray: bool) -> None:
    assert drifts(scene, experiment=True) == astray


def test_deriving_again_changes_the_chains_that_will_run_and_those_alone() -> None:
    again = dataclasses.replace(ASTRAY.model, rederive_eps=True)
    assert rederived(ASTRAY).model == again
    ours = rederived(of(CALM, "compare", GOOD, BAD, RunSpec(again, BAD.sampler)), experiment=True)
    assert ours.experiment.runs == (RunSpec(again, GOOD.sampler), RunSpec(again, BAD.sampler))
    assert ours.model == CALM.model, "the rows have settings of their own"
    given = rederived(of(ASTRAY, "compare", GOOD, BAD), experiment=True)
    assert given.model == again and all(run.model == again for run in given.experiment.runs)
    for scene in (ours, given, rederived(of(ASTRAY, "strength"), experiment=True)):
        assert not drifts(scene, experiment=True)
