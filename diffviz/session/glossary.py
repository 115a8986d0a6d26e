"""The glossary: tooltips out of its entries, and the scene that shows one."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Sequence

from diffviz import catalog
from diffviz.scene import DataSpec, ExperimentSpec, ModelSpec, Scene
from diffviz.session.terms import TERMS

# those that are looked up in a line of words
SIGNS = {"x_t", "x_0", "x_T", "eps", "beta", "signal", "noise", "one_step", "x0_hat", "eps_hat", "posterior"}


def explain(key: str, *more: str) -> str:
    """A tooltip: formula, meaning, and whatever else is to be said."""
    term = TERMS[key]
    lines = (f"<b>{term.sign}</b>, {term.name}", term.formula if term.formula != term.sign else "", term.meaning, *more)
    return "<br>".join(filter(None, lines))


def signs_of(text: str) -> str:
    """A tooltip for words in rich text: each sign in them with its name and formula, "" where there is none."""
    text = text.replace("\u200a", "")
    terms = [term for key, term in TERMS.items() if key in SIGNS and _holds(text, term.sign)]
    return "<br>".join(f"<b>{term.sign}</b>, {term.name}: {term.formula}" for term in terms)


def _holds(text: str, sign: str) -> bool:
    """Whether a sign stands in a text by itself: not in √ᾱ, when it is ᾱ, or below a hat."""
    return re.search(rf"(?<![\w√(]){re.escape(sign)}(?![\w\u0300-\u036f])", text) is not None


def output_tip(summary: str, exact: bool = False) -> str:
    """What a network returns, by its one-line summary; or ``exact`` data that stand for one."""
    returned = next((word for word in ("v", "ε", "x_0") if word in summary.split(" · ")), "")
    follow = {"v": "ε̂ and x̂<sub>0</sub> follow", "ε": "x̂<sub>0</sub> follows", "x_0": "ε̂ follows"}
    if not returned:
        return ""
    if exact:
        return f"{TERMS['exact'].sign}, computed from the data themselves; there is no network, and {follow[returned]}"
    sign = "x<sub>0</sub>" if returned == "x_0" else returned
    formula = f"<br>{TERMS['v'].formula}" if returned == "v" else ""
    return f"<b>{sign}</b>: what this network was trained to return; {follow[returned]} from it{formula}"


def shown(scene: Scene, key: str, classes: Sequence[str] = ()) -> Scene:
    """The scene in which a term is seen.

    ``classes``: what the network can be guided to.
    """
    show = TERMS[key].show
    if show.plane:
        scene = _in_plane(scene)
    if show.guidance:
        scene = _guided(scene, show.guidance, classes)
    view = dataclasses.replace(scene.view, **dict(show.view))
    scene = scene.replace(view=view).on(show.way)
    if show.experiment:
        scene = scene.replace(experiment=ExperimentSpec(show.experiment))
    if show.share is not None:
        scene = scene.replace(t=round(show.share * scene.schedule.T))
    if show.noise:
        scene = scene.replace(forward_noise=show.noise)
    if show.sampler:
        scene = scene.replace(sampler=dataclasses.replace(scene.sampler, name=show.sampler, params=()))
    return scene


def _guided(scene: Scene, w: float, classes: Sequence[str]) -> Scene:
    """Guided to the class that is set, or to the first; where there is none, one of two moons to the upper."""
    if not classes:
        scene, classes = _in_plane(scene.replace(data=DataSpec())), ("upper",)
    elif catalog.KINDS[scene.data.kind].plane:
        scene = scene.replace(count=1)  # arrows are over one cloud
    spec = scene.model
    label = spec.class_label if spec.class_label in classes else classes[0]
    guidance = spec.guidance if spec.guidance > 1 else w
    return scene.replace(model=dataclasses.replace(spec, class_label=label, guidance=guidance))


def _in_plane(scene: Scene) -> Scene:
    """One cloud of points in the plane, with the exact model of it: what is open, or else two moons."""
    if catalog.KINDS[scene.data.kind].plane:
        return scene.replace(count=1)
    data, inpaint = DataSpec("points", "builtin:two_moons"), dataclasses.replace(scene.inpaint, mask="")
    model = ModelSpec(catalog.exact_cloud("two_moons"))
    return scene.replace(count=1, data=data, model=model, inpaint=inpaint, start=0, history=())
