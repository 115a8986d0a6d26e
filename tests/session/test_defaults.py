"""What a beginner need not see, as at first: of a page what is seen there."""

from __future__ import annotations

import dataclasses

import pytest

from diffviz.scene import ExperimentSpec, ModelSpec, SamplerSpec, Scene
from diffviz.session.defaults import as_default

MODEL = ModelSpec("emoji-32", guidance=3.0, rederive_eps=True, clip="none", rescale=0.5, guidance_low=10)
CHANGED = Scene(model=MODEL, sampler=SamplerSpec("ddim", 20, "leading", params=(("eta", 0.5),)), noise=3)


def in_laboratory(scene: Scene, experiment: str) -> Scene:
    view = dataclasses.replace(scene.view, page="laboratory", pace="slow", eps_range=3)
    return scene.replace(view=view, experiment=ExperimentSpec(experiment), class_rows=True)


def test_all_of_it_goes_back_on_the_equations_pages() -> None:
    was = CHANGED.replace(class_rows=True, view=dataclasses.replace(CHANGED.view, pace="slow", eps_range=3))
    scene = as_default(was, None)
    assert scene.model == ModelSpec("emoji-32") and scene.sampler.spacing == "trailing"
    assert dict(scene.sampler.params).get("eta", 0) == 0 and scene.noise == -1 and not scene.class_rows
    assert (scene.view.pace, scene.view.eps_range) == ("max", 1)


def test_in_the_laboratory_what_is_not_seen_there_stays() -> None:
    """Back to defaults unticked the rows of classes, which only Remove noise shows."""
    was = in_laboratory(CHANGED, "compare")
    scene = as_default(was, None)
    assert scene.model == ModelSpec("emoji-32") and scene.noise == -1
    assert scene.class_rows and scene.view == was.view
    assert as_default(scene, None) == scene


@pytest.mark.parametrize(
    ("experiment", "stay", "go"),
    [("weights", {"guidance"}, {"rescale", "clip"}), ("checkpoints", set(), {"guidance", "rescale", "clip"})],
)
def test_what_an_experiment_does_not_read_stays(experiment: str, stay: set[str], go: set[str]) -> None:
    scene = as_default(in_laboratory(CHANGED, experiment), None)
    for name in stay | go:
        assert (getattr(scene.model, name) == getattr(CHANGED.model, name)) == (name in stay), name
