"""What a change is called: a table over every field of the scene."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from diffviz.scene import (
    DataSpec,
    ExperimentSpec,
    Favourite,
    Leg,
    ModelSpec,
    RunSpec,
    SamplerSpec,
    Scene,
    ScheduleSpec,
    ViewSpec,
    params,
)
from diffviz.session.wording import wording

# a field, a new value of it, the words
TABLE: list[tuple[str, Any, str]] = [
    ("direction", "reverse", "Remove noise"),
    ("t", 7, "t = 7"),
    ("seed", 12, "seed 12"),
    ("count", 9, "samples 9"),
    ("forward_noise", "fresh", "noise fresh at each step"),
    ("noise", 3, "step noise 3"),
    ("start", 400, "from your picture at t = 400"),
    ("class_rows", True, "rows of one class on"),
    ("history", (Leg(40.0),), "1 change on the way"),
    ("favourites", (Favourite(),), "favourite"),
    ("data.kind", "sound", "kind sound"),
    ("data.source", "path:/a/b/my cat.png", "picture my cat.png"),
    ("schedule.name", "cosine", "β schedule cosine"),
    ("schedule.betas", (0.1, 0.2), "2 values of β"),
    ("schedule.title", "mine", "β schedule mine"),
    ("schedule.scaled", False, "β scaled with T off"),
    ("schedule.zero_snr", True, "β schedule linear, zero SNR"),
    ("schedule.T", 321, "T = 321"),
    ("schedule.params", params(beta_end=0.03), "β_T 0.03"),
    ("model.name", "/models/faces/", "model faces"),
    ("model.class_label", "cat", "class cat"),
    ("model.blend", 0.25, "blend 0.25"),
    ("model.guidance", 2.5, "guidance 2.5"),
    ("model.rederive_eps", True, "derive ε̂ again on"),
    ("model.clip", "dynamic", "clipping dynamic"),
    ("model.rescale", 0.7, "rescale 0.7"),
    ("model.guidance_low", 5, "guidance from t = 5"),
    ("model.guidance_high", 800, "guidance up to t = 800"),
    ("sampler.name", "heun", "sampler Heun"),
    ("sampler.steps", 10, "steps 10"),
    ("sampler.spacing", "leading", "spacing leading"),
    ("sampler.params", params(variance="fixed_large"), "variance fixed large"),
    ("sampler.offset", 1, "offset 1"),
    ("inpaint.mask", "path:/a/mask.png", "in-painting"),
    ("inpaint.jump", 3, "jumps of 3 levels"),
    ("inpaint.times", 2, "levels 2 times"),
    ("view.curves", "snr", "curves SNR"),
    ("view.eps_range", 3, "ε at ±3"),
    ("view.heard", "x_0", "x_0 heard"),
    ("view.second", "posterior", "second row posterior"),
    ("view.large", "x_0", "x̂_0 large"),
    ("view.strip", "x_0", "strip of x̂_0"),
    ("view.guess", "network", "the posterior's x_0: the model's x̂_0"),
    ("view.unfolded", True, "from the network to the step on"),
    ("view.split", 0.25, "the line at 25%"),
    ("view.strength", 0.3, "strength 0.3"),
    ("view.forward_t", 60, "t = 60 in Add noise"),
    ("pinned", (ScheduleSpec("cosine"),), "cosine pinned"),
    ("view.own_pixels", True, "the picture's own pixels"),
    ("view.density", False, "density off"),
    ("view.arrows", False, "score off"),
    ("view.paths", False, "paths off"),
    ("view.point", "0.25 -1.5", "another start"),
    ("view.pacing", "t", "pacing even in t"),
    ("view.speed", 0.25, "speed 0.25×"),
    ("view.loop", "loop", "loop"),
    ("view.pace", "10", "pace 10 a second"),
    ("view.lens", "numbers", "lens Numbers"),
    ("view.lens_params", params({"numbers.step": 5}), "by 5"),
    ("view.pixel", "0.5 0.25", "pixel pinned"),
    ("view.page", "laboratory", "Laboratory"),
    ("experiment.name", "guidance", "Guidance"),
    ("experiment.params", params(reference="none"), "reference none"),
    ("experiment.runs", (RunSpec(), RunSpec()), "2 runs to compare"),
]


def changed(scene: Scene, field: str, value: Any) -> Scene:
    part, _, name = field.partition(".")
    return scene.replace(**{part: dataclasses.replace(getattr(scene, part), **{name: value}) if name else value})


def test_a_model_that_is_told_words_has_no_class() -> None:
    told = changed(Scene(), "model.class_label", "red hair")
    assert wording(Scene(), told, worded=True) == "words red hair"
    assert wording(told, Scene(), worded=True) == "no words"


@pytest.mark.parametrize("field, value, words", TABLE, ids=[row[0] for row in TABLE])
def test_a_field_in_words(field: str, value: Any, words: str) -> None:
    new = changed(Scene(), field, value)
    assert wording(Scene(), new) == words
    assert wording(new, Scene()) not in ("", words)


def test_what_an_experiment_begins_with_is_called_as_the_window_does() -> None:
    old = Scene(experiment=ExperimentSpec("strength"))
    new = old.replace(experiment=ExperimentSpec("strength", params(begin="open", strengths="0.5")))
    assert wording(old, new) == "begins with mine, strengths 0.5"


def test_every_field_has_its_words() -> None:
    fields = set()
    for item in dataclasses.fields(Scene):
        value = getattr(Scene(), item.name)
        inner = dataclasses.fields(value) if dataclasses.is_dataclass(value) else ()
        fields |= {f"{item.name}.{field.name}" for field in inner} or {item.name}
    assert {row[0] for row in TABLE} == fields - {"extra"}


A = Scene(seed=1, model=ModelSpec("emoji-32", "person"))
COMPARE = ExperimentSpec("guidance", params(amplify=2))


@pytest.mark.parametrize(
    "new, words",
    [
        (A, ""),
        (A.replace(extra={"weather": "rain"}), ""),
        (A.replace(seed=5, t=3), "seed 5"),
        (A.replace(schedule=ScheduleSpec("linear", 500), t=125), "T = 500"),
        (A.replace(schedule=ScheduleSpec("sigmoid", params=params(tau=2.0))), "β schedule sigmoid in ᾱ"),
        (A.replace(experiment=COMPARE), "Guidance"),
        (A.replace(direction="reverse", t=1000), "Remove noise"),
        (A.replace(direction="reverse", start=300, t=300), "Remove noise"),
        (A.replace(view=ViewSpec(page="laboratory"), direction="reverse"), "Laboratory"),
        (A.replace(data=DataSpec(source="sha256:" + 64 * "0"), start=3), "your own picture"),
        (A.replace(data=DataSpec("points", "sha256:" + 64 * "0")), "your own points"),
        (A.replace(data=DataSpec(source="builtin:coffee_cup")), "picture coffee cup"),
        (A.replace(data=DataSpec("points", "path:/a/moons.csv")), "points moons.csv"),
        (A.replace(model=ModelSpec("faces"), sampler=SamplerSpec("ddim", 20)), "model faces"),
        (A.replace(seed=2, count=4), "seed 2, samples 4"),
        (A.replace(seed=2, count=4, noise=5, class_rows=True), "seed 2, step noise 5, samples 4 and 1 more"),
        (A.replace(data=DataSpec(source="builtin:dog"), model=ModelSpec("faces"), seed=3), "the whole scene"),
    ],
)
def test_several_changes_at_once(new: Scene, words: str) -> None:
    assert wording(A, new) == words


def test_what_goes_away_is_said_too() -> None:
    given = A.replace(schedule=ScheduleSpec(params=params(beta_end=0.03)), favourites=(Favourite(), Favourite(1)))
    assert wording(given, given.replace(schedule=ScheduleSpec())) == "linear's own values"
    assert wording(given, given.replace(favourites=(Favourite(),))) == "one favourite less"
    assert wording(given, given.replace(favourites=())) == "no favourites"
    seen = A.replace(view=ViewSpec(curves="snr", speed=2.0))
    assert wording(seen, seen.replace(view=ViewSpec())) == "the view as at first"


def test_names_of_strangers_are_shown_harmless() -> None:
    words = wording(A, A.replace(data=DataSpec(source="path:/x/" + "a\nb\x1b" + 500 * "c")))
    assert words.isprintable() and len(words) < 60
