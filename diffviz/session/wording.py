"""What a change of the scene is called: the words of "Undo: class cat"."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from diffviz import catalog
from diffviz.experiment_catalog import BEGINNINGS
from diffviz.lens_catalog import LENSES
from diffviz.numerals import tick_text
from diffviz.scene import DataSpec, ExperimentSpec, Params, SamplerSpec, Scene, ViewSpec

MOST = 3  # so many settings at once are named; more are counted
CURVES = {
    "coefficients": "√ᾱ, √(1−ᾱ)",
    "alpha_bar": "ᾱ, β",
    "alpha": "α",
    "snr": "SNR",
    "sigma": "σ",
    "spread": "spread",
}
ROWS = {"none": "none", "step": "one step", "posterior": "posterior"}
GUESSES = {"true": "the true one", "network": "the model's x̂_0"}
PACES = {"max": "full speed", "step": "step by step"}
LOOPS = {"once": "play once", "loop": "loop", "there_and_back": "there and back"}

# a setting of the scene, in words that hold its new value
_OWN: dict[str, Callable[[Any], str]] = {
    "seed": "seed {}".format,
    "noise": lambda value: f"step noise {value}" if value >= 0 else "step noise from seed",
    "count": "samples {}".format,
    "forward_noise": lambda name: "noise held" if name == "held" else "noise fresh at each step",
    "class_rows": lambda on: f"rows of one class {_on(on)}",
    "start": lambda t: f"from your picture at t = {t}" if t else "from the seed's noise",
    "history": lambda legs: f"{len(legs)} {'change' if len(legs) == 1 else 'changes'} on the way",
    "pinned": lambda pinned: f"{pinned[0].label} pinned" if pinned else "nothing pinned",
    "favourites": lambda kept: f"{len(kept)} {'favourite' if len(kept) == 1 else 'favourites'}",
}
_PARTS: dict[str, dict[str, Callable[[Any], str]]] = {
    "data": {"kind": "kind {}".format, "source": lambda source: f"picture {picture_name(source)}"},
    "schedule": {
        "label": "β schedule {}".format,
        "betas": lambda betas: f"{len(betas):,} values of β",
        "T": "T = {}".format,
        "scaled": lambda on: f"β scaled with T {_on(on)}",
    },
    "model": {
        "name": lambda name: f"model {catalog.model_name(name)}",
        "class_label": lambda name: f"class {name or 'any'}",
        "blend": "blend {:g}".format,
        "guidance": "guidance {:g}".format,
        "rederive_eps": lambda on: f"derive ε̂ again {_on(on)}",
        "clip": lambda name: f"clipping {catalog.CLIPS[name].label}",
        "rescale": "rescale {:g}".format,
        "guidance_low": "guidance from t = {}".format,
        "guidance_high": "guidance up to t = {}".format,
    },
    "sampler": {
        "name": lambda name: f"sampler {catalog.SAMPLERS[name].label}",
        "steps": "steps {}".format,
        "spacing": lambda name: f"spacing {catalog.SPACINGS[name].label}",
        "offset": "offset {}".format,
    },
    "inpaint": {
        "mask": lambda source: "in-painting" if source else "no in-painting",
        "jump": "jumps of {} levels".format,
        "times": "levels {} times".format,
    },
    "experiment": {
        "name": lambda name: catalog.EXPERIMENTS[name].label,
        "runs": lambda runs: f"{len(runs)} {'run' if len(runs) == 1 else 'runs'} to compare",
    },
    "view": {
        "curves": lambda name: f"curves {CURVES[name]}",
        "heard": lambda name: f"{'ε' if name == 'eps' else name} heard",
        "eps_range": lambda ends: f"ε at ±{ends}",
        "second": lambda row: f"second row {ROWS[row]}",
        "large": lambda name: {"": "three pictures of one size", "x_t": "x_t large"}.get(name, "x̂_0 large"),
        "strip": lambda name: f"strip of {'x_t' if name == 'x_t' else 'x̂_0'}",
        "guess": lambda name: f"the posterior's x_0: {guess_name(name)}",
        "unfolded": lambda on: f"from the network to the step {_on(on)}",
        "split": lambda share: f"the line at {share:.0%}",
        "own_pixels": lambda on: "the picture's own pixels" if on else "the picture in the screen's pixels",
        "density": lambda on: f"density {_on(on)}",
        "arrows": lambda on: f"score {_on(on)}",
        "paths": lambda on: f"paths {_on(on)}",
        "point": lambda place: "another start" if place else "the first start",
        "strength": "strength {:g}".format,
        "forward_t": "t = {} in Add noise".format,
        "pacing": lambda name: f"pacing even in {catalog.PACINGS[name].label}",
        "speed": "speed {:g}×".format,
        "loop": lambda name: LOOPS[name],
        "pace": lambda name: f"pace {PACES.get(name, f'{name} a second')}",
        "lens": lambda name: f"lens {LENSES[name].label}",
        "lens_params": lambda given: ", ".join(map(_lens_param, given)) or "the lens's own settings",
        "pixel": lambda place: "pixel pinned" if place else "pixel free",
    },
}
_WORDED: dict[str, Callable[[Any], str]] = {"class_label": lambda words: f"words {words}" if words else "no words"}
_TABLES = {"schedule": catalog.SCHEDULES, "sampler": catalog.SAMPLERS, "experiment": catalog.EXPERIMENTS}
# what only follows where one of these was changed too
_FOLLOWS = {
    "data": ("start", "history", "view.point", "view.pixel"),
    "model.name": ("model", "sampler"),
    "schedule.label": ("schedule.betas",),
    "page": ("t", "start", "history", "view.forward_t"),
}


def wording(old: Scene, new: Scene, worded: bool = False) -> str:
    """What led from a scene to another: "class cat", "seed 7, sampler DDIM"; "" where they are the same.

    ``worded``: the model is told words, no class.
    """
    if new.view == ViewSpec() != old.view and old.replace(view=new.view) == new and _several(old, new):
        return "the view as at first"
    found = dict(_changes(old, new, worded))
    if {"data", "model.name"} <= {_head(name) for name in found} or len(found) > 2 * MOST:
        return "the whole scene"
    for head, names in _FOLLOWS.items():
        if any(_head(name) == head for name in found):
            found = {name: words for name, words in found.items() if _head(name) == head or not _among(name, names)}
    if len(found) > 1:
        found.pop("t", None)
    words = list(dict.fromkeys(found.values()))
    return ", ".join(words[:MOST]) + (f" and {len(words) - MOST} more" if len(words) > MOST else "")


def _changes(old: Scene, new: Scene, worded: bool = False) -> Iterator[tuple[str, str]]:
    """(setting, words), the weightiest first."""
    if old.way != new.way:
        yield "page", page_name(new)
    for part, fields in _PARTS.items():
        one, other = getattr(old, part), getattr(new, part)
        if part == "data" and one.source != other.source:  # "points moons.csv", whatever was open before
            yield "data.source", own_name(other) or f"{other.kind} {picture_name(other.source)}"
            continue
        for name, say in (fields | _WORDED if worded and part == "model" else fields).items():
            if getattr(one, name) != getattr(other, name):
                yield f"{part}.{name}", say(getattr(other, name))
        if part in _TABLES:
            yield from ((f"{part}.params", words) for words in _params(part, one, other))
    for name, say in _OWN.items():
        if getattr(old, name) != getattr(new, name):
            yield name, _favourites(old, new) if name == "favourites" else say(getattr(new, name))
    if old.t != new.t:
        yield "t", f"t = {new.t}"


def page_name(scene: Scene) -> str:
    """Add noise | Remove noise | Laboratory."""
    return {"forward": "Add noise", "reverse": "Remove noise", "laboratory": "Laboratory"}[scene.way]


def _params(part: str, old: Any, new: SamplerSpec | ExperimentSpec) -> Iterator[str]:
    """The parameters that were given; of another sampler they belong to its name."""
    if old.name != new.name or old.params == new.params:
        return
    entry = _TABLES[part][new.name]
    labels = {param.name: re.sub("<sub>(.*?)</sub>", r"_\1", param.label) for param in entry.params}
    named: dict[tuple[str, float | str], str] = {("begin", name): words for name, words in BEGINNINGS.items()}
    given = [
        f"{labels.get(pair[0], pair[0])} {_value(named.get(pair) or pair[1])}" for pair in _new(old.params, new.params)
    ]
    yield ", ".join(given) or f"{entry.label}'s own values"


def _lens_param(pair: tuple[str, float | str]) -> str:
    lens, _, name = pair[0].partition(".")
    label = next((param.label for param in LENSES[lens].params if param.name == name), name)
    return f"{label} {_value(pair[1])}"


def _new(old: Params, new: Params) -> list[tuple[str, float | str]]:
    return [pair for pair in new if pair not in old]


def _value(value: float | str) -> str:
    return tick_text(value) if isinstance(value, int | float) else str(value).replace("_", " ") or "default"


def _favourites(old: Scene, new: Scene) -> str:
    if not new.favourites:
        return "no favourites"
    return "favourite" if len(new.favourites) > len(old.favourites) else "one favourite less"


def picture_name(source: str) -> str:
    """What a picture is called, of whatever source."""
    kind, _, rest = source.partition(":")
    return "your own" if kind == "sha256" else catalog.last_name(rest).replace("_", " ")


def own_name(data: DataSpec) -> str:
    """What data without a file are called, drawn or pasted ones: "your own points"; "" of others."""
    if data.empty:
        return "an empty plane"
    return f"your own {catalog.KINDS[data.kind].label}" if data.source.startswith("sha256:") else ""


def guess_name(guess: str) -> str:
    """What stands in the posterior's place of x_0."""
    return GUESSES.get(guess) or picture_name(guess if ":" in guess else f"builtin:{guess}")


def _on(on: bool) -> str:
    return "on" if on else "off"


def _head(name: str) -> str:
    return "data" if name.startswith("data.") else name


def _among(name: str, names: tuple[str, ...]) -> bool:
    return name in names or name.partition(".")[0] in names


def _several(old: Scene, new: Scene) -> bool:
    return len(list(_changes(old, new))) > 1
