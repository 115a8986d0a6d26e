"""What made a sheet of the laboratory."""

from __future__ import annotations

from diffviz.scene import Scene, ViewSpec

# what a first look at samplers should show: DDPM needs its steps, DDIM few, and second order fewer
FIRST_RUNS = (("ddpm", 50), ("ddim", 50), ("ddim", 8), ("dpmpp_2m", 8))


def run_with(scene: Scene) -> Scene:
    """What a sheet depends on: not where it is looked at, and of runs that bring their own not the settings."""
    runs = scene.experiment.runs if scene.experiment.name == "compare" else ()
    if runs:
        scene = scene.replace(model=runs[0].model, sampler=runs[0].sampler)
    return scene.replace(view=ViewSpec(), t=0)


def given_before(scene: Scene) -> bool:
    """Whether the rows are those that Run gave, of another model or of something else that was asked of it."""
    runs = scene.experiment.runs
    given = [(run.sampler.name, run.sampler.steps) for run in runs] == list(FIRST_RUNS)
    return given and all(run.model == runs[0].model != scene.model for run in runs)
