"""What a chain went through, and the samples that were marked, survive a file; bad ones are refused in words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from diffviz.checks import SceneError
from diffviz.scene import Favourite, Leg, ModelSpec, SamplerSpec, Scene, params
from diffviz.scene_file import parsed, to_json

LEGS = (
    Leg(800, -1, ModelSpec(class_label="cat-face"), SamplerSpec("ddpm", 100)),
    Leg(412.0625, 17, ModelSpec(guidance=3.0), SamplerSpec("heun", 20, "leading", params(grid="karras"))),
)
RICH = Scene(
    seed=7,
    noise=3,
    start=900,
    class_rows=True,
    count=64,
    history=LEGS,
    favourites=(
        Favourite(12, 5, 0, ModelSpec(class_label="sun"), SamplerSpec("ddim", 9, params=params(eta=1.0)), LEGS),
    ),
)


def test_a_file_gives_history_and_favourites_back() -> None:
    again = parsed(to_json(RICH)).scene
    assert again == RICH and hash(again) == hash(RICH)
    assert isinstance(again.history[0].t, int) and isinstance(again.history[1].t, float)


def test_an_older_file_has_none() -> None:
    value = json.loads(to_json(RICH))
    for key in ("noise", "start", "class_rows", "history", "favourites"):
        del value[key]
    scene = parsed(json.dumps(value)).scene
    assert (scene.noise, scene.start, scene.class_rows, scene.history, scene.favourites) == (-1, 0, False, (), ())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda v: v.update(history=3), '"history": 3, expected a list of objects'),
        (lambda v: v.update(history=[3]), '"history": [3], expected a list of objects'),
        (lambda v: v["history"][0].update(t="much"), "expected a number"),
        (lambda v: v["history"][0].update(t=0), "history: t = 0 is outside 1..10000"),
        (lambda v: v["history"][1].update(noise=-2), "history: noise = -2 is outside"),
        (lambda v: v["history"][1]["sampler"].update(name="magic"), "history: sampler.name = 'magic'"),
        (lambda v: v["favourites"][0].update(seed=-1), "favourites: seed = -1"),
        (lambda v: v["favourites"][0]["history"][0]["model"].update(guidance=99), "guidance = 99"),
        (lambda v: v["favourites"][0]["model"].update(class_label=4), "expected text"),
        (lambda v: v.update(noise="loud"), "expected a whole number"),
        (lambda v: v.update(start=-1), "start = -1"),
        (lambda v: v.update(favourites=v["favourites"] * 201), "number of favourites = 201"),
        (lambda v: v["favourites"][0].update(history=[{}] * 101), "number of favourites.history = 101"),
        (lambda v: v["history"][0]["model"].update(name="x" * 4097), '"history.model.name" of 4,097 characters'),
        (lambda v: v["model"].update(class_label="x" * 10**7), "at most 4,096 are right"),
        (lambda v: v.update(experiment={"params": {"x": 1}}), "compare has no parameter 'x'"),
        (lambda v: v.update(experiment={"name": "strength", "params": {"strengths": "9" * 5000}}), "5,000 characters"),
    ],
)
def test_a_bad_one_is_refused_in_one_sentence(change: Any, words: str) -> None:
    value = json.loads(to_json(RICH))
    change(value)
    with pytest.raises(SceneError) as caught:
        parsed(json.dumps(value))
    assert words in str(caught.value) and "\n" not in str(caught.value)
