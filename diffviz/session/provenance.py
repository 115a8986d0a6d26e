"""What made a chain, in words and in the settings that have changed since."""

from __future__ import annotations

from typing import Any

from diffviz import catalog
from diffviz.scene import MADE, Favourite, Leg, ModelSpec, Scene
from diffviz.timeline import level_text

ROWS = "one class a row"
BEGIN, END = 44, 24  # letters of long words in a menu

# of the parts of a scene that make a chain, what does
_PARTS = {
    "model": (
        *("name", "class_label", "blend", "guidance", "rederive_eps"),
        *("rescale", "guidance_low", "guidance_high", "clip"),
    ),
    "sampler": ("name", "steps", "spacing", "offset"),
}


def shortened(words: str) -> str:
    """As much as a menu or a notice has room for: how it begins and how it ends."""
    return words if len(words) <= BEGIN + END else f"{words[:BEGIN].rstrip()} … {words[-END:].lstrip()}"


def settings_of(made: Scene) -> dict[str, Any]:
    """The fields of a scene that make its chain."""
    return {name: getattr(made, name) for name in MADE}


def changed_settings(made: Scene, scene: Scene) -> frozenset[str]:
    """Which settings of ``scene`` are others than those of a chain's scene: "seed", "model.guidance", "sampler.eta"."""
    names = {name for name in ("seed", "count", "class_rows", "noise") if getattr(made, name) != getattr(scene, name)}
    for part, fields in _PARTS.items():
        one, other = getattr(made, part), getattr(scene, part)
        names |= {f"{part}.{name}" for name in fields if getattr(one, name) != getattr(other, name)}
    if made.sampler.name == scene.sampler.name:  # of another sampler they are no change of their own
        defaults = catalog.defaults(made.sampler.name)
        one, other = {**defaults, **dict(made.sampler.params)}, {**defaults, **dict(scene.sampler.params)}
        names |= {f"sampler.{name}" for name in {*one, *other} if one.get(name) != other.get(name)}
    return frozenset(names)


def made_with(made: Scene, model: str = "") -> str:
    """What made a chain, short: "person · DDPM 250 · seed 0"; ``model``: its name, where it is to be said."""
    words = [model] if model else []
    parts: tuple[Leg | Scene, ...] = (*made.history, made)
    asked = [asked_for(part.model, made.in_rows) for part in parts]
    ways = [f"{sampler_of(leg)} → {level_text(leg.t)}" for leg in made.history]
    ways.append(f"{sampler_of(made)} {made.sampler.steps}")
    if len(set(asked)) == 1:
        words += [asked[0], ", ".join(ways)]
    else:
        words.append(", then ".join(f"{said} · {way}" for said, way in zip(asked, ways, strict=True)))
    words.append(f"seed {made.seed}" + (f", noise {made.noise}" if made.noise >= 0 else ""))
    if made.start:
        words.append(began_with(made))
    return " · ".join(words)


def began_with(made: Scene) -> str:
    """What a chain that began with what was open began with."""
    what = catalog.KINDS[made.data.kind].label
    return f"from your {what} at t = {made.start}" + (", in-painted" if made.inpaint.mask else "")


def asked_for(model: ModelSpec, rows: bool = False) -> str:
    """What a network was asked for: "person · w 2", in ``rows`` one class each; without a class or words guidance leads
    nowhere."""
    guided = model.guidance != 1 and (rows or model.class_label)
    return (ROWS if rows else model.asked) + (f" · w {model.guidance:g}" if guided else "")


def sampler_of(part: Leg | Scene | Favourite) -> str:
    """What the sampler of a part of a chain's way is called; DDIM with noise is another than DDIM: "DDIM (η 1)"."""
    eta = dict(part.sampler.params).get("eta", 0)
    return catalog.SAMPLERS[part.sampler.name].label + (f" (η {eta:g})" if eta else "")
