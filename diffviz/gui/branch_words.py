"""What the side panel says of a chain's way: where it comes from and what was changed on it."""

from __future__ import annotations

from diffviz import catalog
from diffviz.gui.runs import Run
from diffviz.scene import Leg, Scene
from diffviz.timeline import level_text

OTHERS = "Settings were changed: G goes on from here with them; P resumes once they are taken back (Ctrl+Z)."
FIRST = "The first goes on with the chain's own noise"


def past_text(run: Run, scene: Scene) -> tuple[str, str]:
    """Where the chain shown comes from, short and long."""
    if run.fan and run.states:
        return f"{run.fan - 1} futures from t = {level_text(run.states[0].t)}", FIRST
    ways = [f"{_sampler(leg)} → {level_text(leg.t)}" for leg in scene.history]
    return ", ".join([*ways, _sampler(scene)]), history_text(scene)


def history_text(scene: Scene) -> str:
    """The changes on a chain's way, in words."""
    if not scene.history:
        return ""
    parts = [f"{_settings(leg)} to t = {level_text(leg.t)}" for leg in scene.history]
    return f"Seed {scene.seed}: {', '.join(parts)}, then {_settings(scene)}. It is saved with the scene."


def _sampler(part: Leg | Scene) -> str:
    return catalog.SAMPLERS[part.sampler.name].label


def _settings(part: Leg | Scene) -> str:
    words = [f"{_sampler(part)} {part.sampler.steps}", part.model.asked]
    if part.model.guidance != 1:
        words.append(f"w {part.model.guidance:g}")
    if part.noise >= 0:
        words.append(f"noise {part.noise}")
    return " · ".join(words)
