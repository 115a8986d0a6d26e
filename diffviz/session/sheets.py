"""What made a sheet of the laboratory."""

from __future__ import annotations

from diffviz.scene import Scene
from diffviz.session.provenance import changed_settings

# what a first look at samplers should show: DDPM needs its steps, DDIM few, and second order fewer
FIRST_RUNS = (("ddpm", 50), ("ddim", 50), ("ddim", 8), ("dpmpp_2m", 8))


def given_before(scene: Scene) -> bool:
    """Whether the rows are those that Run gave, of another model or of something else that was asked of it."""
    runs = scene.experiment.runs
    given = [(run.sampler.name, run.sampler.steps) for run in runs] == list(FIRST_RUNS)
    return given and all(run.model == runs[0].model != scene.model for run in runs)


def changed_for_run(made: Scene, scene: Scene, kind: str, brings: bool) -> frozenset[str]:
    """Which settings that the experiment reads are others than those that its sheet was run with, as
    ``changed_settings`` names them; "experiment.weights" is a parameter of its own, "experiment.picture" what is open.

    Args:
        made: what the sheet was run with, ``Scene.read``. kind, brings: as in ``Scene.begins_with_open``.
    """
    now = scene.read
    was = made if made.experiment == now.experiment else made.replace(experiment=scene.experiment)
    asked = now.replace(model=scene.model) if given_before(scene) else now  # Run gives rows of it
    names = set(changed_settings(was.read, asked))
    one, other = dict(made.experiment.params), dict(now.experiment.params)
    others = {*one, *other} - {"begin"}  # which may be what is open either way
    names |= {f"experiment.{name}" for name in others if one.get(name) != other.get(name)}
    opened = [each.data if each.begins_with_open(kind, brings) else None for each in (made, scene)]
    if opened[0] != opened[1]:
        names.add("experiment.picture" if None not in opened else "experiment.begin")
    return frozenset(names)
