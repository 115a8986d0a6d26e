"""What made a chain, in words, and which settings have changed since."""

from __future__ import annotations

import dataclasses

import pytest

from diffviz.scene import Leg, ModelSpec, SamplerSpec, Scene, ScheduleSpec, ViewSpec, params
from diffviz.session.provenance import changed_settings, made_with, settings_of, shortened

MADE = Scene(seed=3, model=ModelSpec("emoji-32", "person", 2.0), sampler=SamplerSpec("ddim", 50))


@pytest.mark.parametrize(
    "change, names",
    [
        ({}, set()),
        ({"t": 3, "view": ViewSpec(speed=2.0), "schedule": ScheduleSpec("cosine"), "favourites": ()}, set()),
        ({"seed": 4}, {"seed"}),
        ({"count": 4, "class_rows": True, "noise": 2}, {"count", "class_rows", "noise"}),
        ({"model": dataclasses.replace(MADE.model, class_label=None)}, {"model.class_label"}),
        ({"model": dataclasses.replace(MADE.model, blend=0.3)}, {"model.blend"}),
        ({"model": ModelSpec("smileys-32", "person", 1.0)}, {"model.name", "model.guidance"}),
        ({"sampler": SamplerSpec("ddim", 20)}, {"sampler.steps"}),
        ({"sampler": SamplerSpec("ddim", 50, params=params(eta=0.5))}, {"sampler.eta"}),
        ({"sampler": SamplerSpec("ddim", 50, params=params(eta=0.0))}, set()),
        ({"sampler": SamplerSpec("ddpm", 50, params=params(variance="fixed_large"))}, {"sampler.name"}),
        ({"sampler": SamplerSpec("ddim", 50, "leading")}, {"sampler.spacing"}),
    ],
)
def test_changed_settings(change: dict[str, object], names: set[str]) -> None:
    assert changed_settings(MADE, MADE.replace(**change)) == names
    assert changed_settings(MADE.replace(**change), MADE) == names


def test_a_blend_of_prompts_is_said_with_its_share() -> None:
    assert made_with(Scene(model=ModelSpec(class_label="a | b", blend=0.3))).startswith("a | b · blend 0.3 · ")
    assert "blend" not in made_with(Scene(model=ModelSpec(class_label="a", blend=0.3)))


def test_the_settings_of_a_chain_make_its_scene_again() -> None:
    other = Scene(t=77, seed=9, count=4, history=(Leg(40.0),), start=60)
    again = other.replace(**settings_of(MADE))
    assert not changed_settings(MADE, again) and again.history == () and again.start == 0 and again.t == 77


def test_in_words() -> None:
    assert made_with(MADE) == "person · w 2 · DDIM 50 · seed 3"
    assert made_with(Scene()) == "any · DDPM 250 · seed 0"
    assert made_with(Scene(noise=4), "smileys-32") == "smileys-32 · any · DDPM 250 · seed 0, noise 4"
    assert made_with(Scene(count=9, class_rows=True)) == "one class a row · DDPM 250 · seed 0"
    noisy = SamplerSpec("ddim", 20, params=params(eta=1.0))
    assert made_with(Scene(sampler=noisy)) == "any · DDIM (η 1) 20 · seed 0"
    guided = ModelSpec("emoji-32", guidance=4.0)
    assert made_with(Scene(count=9, class_rows=True, model=guided)) == "one class a row · w 4 · DDPM 250 · seed 0"
    legs = (Leg(500.0, model=MADE.model, sampler=SamplerSpec("ddpm", 100)),)
    assert made_with(MADE.replace(history=legs)) == "person · w 2 · DDPM → 500.00, DDIM 50 · seed 3"
    other = (Leg(500.0, -1, ModelSpec("emoji-32", "cat"), SamplerSpec("ddpm", 100)),)
    assert made_with(MADE.replace(history=other)) == "cat · DDPM → 500.00, then person · w 2 · DDIM 50 · seed 3"
    assert made_with(Scene(start=400)).endswith("from your picture at t = 400")


def test_guidance_is_said_where_something_is_told_that_it_could_lead_to() -> None:
    nothing = dataclasses.replace(MADE.model, class_label=None)
    assert made_with(MADE.replace(model=nothing)) == "any · DDIM 50 · seed 3"


def test_long_words_keep_their_beginning_and_their_end() -> None:
    words = made_with(dataclasses.replace(MADE, model=ModelSpec("faces-64", "pixel face, " * 9, 2.0)), "faces-64")
    assert len(shortened(words)) < 75 < len(words)
    assert shortened(words).startswith("faces-64 · pixel face") and shortened(words).endswith("DDIM 50 · seed 3")
    assert shortened(made_with(MADE)) == made_with(MADE)
