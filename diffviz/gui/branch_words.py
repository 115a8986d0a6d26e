"""What the side panel says of a chain's way: where it comes from and what was changed on it."""

from __future__ import annotations

from diffviz.gui.runs import Run
from diffviz.scene import Leg, Scene
from diffviz.session.provenance import asked_for, sampler_of
from diffviz.timeline import level_text

OTHERS = "Settings were changed: G goes on from here with them; P resumes once they are taken back (Ctrl+Z)."
FIRST = "The first goes on with the chain's own noise"


def past_text(run: Run, scene: Scene) -> tuple[str, str]:
    """Where the chain shown comes from, short and long; of a scene whose chain has not run its history."""
    if run.fan and run.states:
        return f"{run.fan - 1} futures from t = {level_text(run.states[0].t)}", FIRST
    made = run.scene if run.states else scene
    parts: tuple[Leg | Scene, ...] = (*made.history, made)
    names, classes = [sampler_of(part) for part in parts], [asked_for(part.model) for part in parts]
    if len(set(names)) == 1 < len(set(classes)):
        names = classes
    ways = [f"{name} → {level_text(leg.t)}" for name, leg in zip(names, made.history, strict=False)]
    return ", ".join([*ways, names[-1]]), history_text(made)


def history_text(scene: Scene) -> str:
    """The changes on a chain's way, in words."""
    if not scene.history:
        return ""
    parts = [f"{_settings(leg)} to t = {level_text(leg.t)}" for leg in scene.history]
    return f"Seed {scene.seed}: {', '.join(parts)}, then {_settings(scene)}. It is saved with the scene."


def _settings(part: Leg | Scene) -> str:
    words = [f"{sampler_of(part)} {part.sampler.steps}", asked_for(part.model)]
    if part.noise >= 0:
        words.append(f"noise {part.noise}")
    return " · ".join(words)
