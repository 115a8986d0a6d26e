"""What a beginner need not see, as it is where nobody has touched it."""

from __future__ import annotations

import dataclasses
from typing import Any

from diffviz import catalog
from diffviz.sampling import PLAIN, Sampling
from diffviz.scene import MAX_T, SamplerSpec, Scene

GUIDED: dict[str, Any] = {"rescale": 0.0, "guidance_low": 0, "guidance_high": MAX_T}
# of a model's settings, by the names that the laboratory leaves unread
MODEL: dict[str, dict[str, Any]] = {
    "rederive": {"rederive_eps": False},
    "clip": {"clip": "own"},
    "guidance": GUIDED,
    "w": {"guidance": 1.0},
}


def as_default(scene: Scene, said: Sampling | None) -> Scene:
    """The scene with its rarer settings as at first: what model, class, samples, sampler and steps leave open.

    In the laboratory what is not seen there, or its experiment does not read, stays.

    Args:
        said: what the model's folder says about sampling.
    """
    spec, unread = scene.experiment, frozenset[str]()
    if scene.laboratory:
        unread = catalog.unread(spec.name, spec.params)
        unread |= {"w"} if "guidance" in unread else set()
    fields = {name: value for part, own in MODEL.items() if part not in unread for name, value in own.items()}
    scene = scene.replace(model=dataclasses.replace(scene.model, **fields), sampler=_sampler(scene, said, unread))
    if "noise" not in unread:
        scene = scene.replace(noise=-1)
    if scene.laboratory:
        return scene
    return scene.replace(class_rows=False, view=dataclasses.replace(scene.view, pace="max", eps_range=1))


def _sampler(scene: Scene, said: Sampling | None, unread: frozenset[str]) -> SamplerSpec:
    """Its spacing and parameters as the model's folder says, and as it is where that comes to the same."""
    now = scene.sampler
    then, own = SamplerSpec(now.name, now.steps).as_said(said or PLAIN), catalog.defaults(now.name)
    if now.agrees(said or PLAIN) and {**own, **dict(now.params)} == {**own, **dict(then.params)}:
        return now  # the same in other words
    if "spacing" in unread:
        then = dataclasses.replace(then, spacing=now.spacing, offset=now.offset)
    return dataclasses.replace(then, params=now.params) if "sampler" in unread else then
