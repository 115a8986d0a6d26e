"""What a beginner need not see, as it is where nobody has touched it."""

from __future__ import annotations

import dataclasses

from diffviz import catalog
from diffviz.sampling import PLAIN, Sampling
from diffviz.scene import MAX_T, SamplerSpec, Scene


def as_default(scene: Scene, said: Sampling | None) -> Scene:
    """The scene with its rarer settings as at first: what model, class, samples, sampler and steps leave open.

    Args:
        said: what the model's folder says about sampling.
    """
    model = dataclasses.replace(
        scene.model, guidance=1.0, rederive_eps=False, clip="own", rescale=0.0, guidance_low=0, guidance_high=MAX_T
    )
    sampler = SamplerSpec(scene.sampler.name, scene.sampler.steps).as_said(said or PLAIN)
    own = catalog.defaults(sampler.name)
    if scene.sampler.agrees(said or PLAIN) and {**own, **dict(scene.sampler.params)} == {**own, **dict(sampler.params)}:
        sampler = scene.sampler  # the same in other words
    view = dataclasses.replace(scene.view, pace="max", eps_range=1)
    return scene.replace(model=model, sampler=sampler, view=view, noise=-1, class_rows=False)
