"""What made a sheet of the laboratory."""

from __future__ import annotations

from diffviz import catalog
from diffviz.scene import Scene, ViewSpec
from diffviz.session.provenance import changed_settings

# what a first look at samplers should show: DDPM needs its steps, DDIM few, and second order fewer
FIRST_RUNS = (("ddpm", 50), ("ddim", 50), ("ddim", 8), ("dpmpp_2m", 8))
# what the laboratory leaves unread, by the settings' names; of "sampler" the rest of a sampler's too
_UNREAD = {
    "seed": {"seed"},
    "noise": {"noise"},
    "class": {"model.class_label", "model.blend"},
    "w": {"model.guidance"},
    "guidance": {f"model.{name}" for name in ("guidance", "rescale", "guidance_low", "guidance_high")},
    "rederive": {"model.rederive_eps"},
    "clip": {"model.clip"},
    "steps": {"sampler.steps"},
    "spacing": {"sampler.spacing", "sampler.offset"},
}


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


def changed_for_run(made: Scene, scene: Scene, open_one: bool) -> frozenset[str]:
    """Which settings that the experiment reads are others than those that its sheet was run with, as
    ``changed_settings`` names them; "experiment.weights" is a parameter of its own, "experiment.picture" what is open.

    Args:
        open_one: it can begin with nothing but what is open.
    """
    spec = scene.experiment
    names = set(changed_settings(made, scene)) - {"count", "class_rows"}
    for name in catalog.unread(spec.name, spec.params):
        names -= _UNREAD.get(name, set())
        if name == "sampler":
            kept = {"sampler.steps", *_UNREAD["spacing"]}
            names = {each for each in names if not each.startswith("sampler.") or each in kept}
    if spec.name == "compare" and spec.runs:  # rows have their own; those that Run gave are of the model's
        rows_follow = given_before(scene)
        names = {each for each in names if "." not in each or (rows_follow and each.startswith("model."))}
    own = {param.name: param.default for param in catalog.EXPERIMENTS[spec.name].params}
    one, other = {**own, **dict(made.experiment.params)}, {**own, **dict(spec.params)}
    names |= {f"experiment.{name}" for name in {*one, *other} if one.get(name) != other.get(name)}
    begins = catalog.begins_with_picture(spec.name, spec.params) and (open_one or other.get("begin", "open") == "open")
    return frozenset(names | ({"experiment.picture"} if begins and made.data != scene.data else set()))
