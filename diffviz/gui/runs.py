"""Runs: recorded chains with the scene that made them, the chain that one of their samples is, their way in words."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from diffviz.engine.futures import adds_noise, future_of
from diffviz.engine.messages import ModelInfo
from diffviz.engine.samples import sample_of
from diffviz.engine.states import State
from diffviz.scene import Favourite, InpaintSpec, Leg, ModelSpec, SamplerSpec, Scene
from diffviz.session.provenance import asked_for, began_with, sampler_of
from diffviz.timeline import level_text


@dataclass(frozen=True)
class Fan:
    """The spread of futures that part at level ``t``: of x̂_0 at each of ``levels``, the outcomes' the last."""

    t: float
    levels: tuple[float, ...]
    spread: tuple[float, ...]

    @property
    def arrived(self) -> bool:
        """Whether the futures have come to their ends."""
        return self.levels[-1] == 0


@dataclass
class Run:
    """A recorded chain.

    Args:
        job: the engine's name of it; -1 is none.
        scene: what made it, history and all.
        shown: the window's scene at that time; of futures it is not what made them.
        fan: how many futures of one state it holds; 0 for a chain.
        first: the number of the first state that is its own.
        states: those recorded so far; of a branch, first those that it shares with the chain that it left.
        total: steps of the whole chain.
        index: the state shown.
        open_tile: the sample that is looked into.
        fans: the spread of futures by the level that they part at, the newest last; of those of one sample and of the
            same settings together, see ``apart``. Futures share their chain's.
        parted: of futures the sample of the chain that they go on from.
        model: the one that made it.
        parents: the chains that it was branched from, the newest last.
    """

    job: int = -1
    scene: Scene = field(default_factory=Scene)
    shown: Scene = field(default_factory=Scene)
    fan: int = 0
    first: int = 0
    states: list[State] = field(default_factory=list)
    total: int = 0
    index: int = 0
    open_tile: int | None = None
    fans: dict[tuple[int, ModelSpec, SamplerSpec], dict[float, Fan]] = field(default_factory=dict)
    parted: int = 0
    model: ModelInfo | None = None
    parents: list[Run] = field(default_factory=list)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of the model that made it."""
        return self.model.class_names if self.model is not None else ()

    @property
    def apart(self) -> tuple[int, ModelSpec, SamplerSpec]:
        """Of futures what those have in common whose spread is one curve."""
        return self.parted, self.scene.model, self.scene.sampler

    @property
    def count(self) -> int:
        """Samples side by side."""
        return self.fan or self.scene.count

    @property
    def chosen(self) -> int | None:
        """The one sample that is looked at, or None where there are several."""
        return 0 if self.count == 1 else self.open_tile

    @property
    def x_T(self) -> np.ndarray | None:
        """What its samples began with, float32 (N, *S), of futures one for all; None where no numbers are kept."""
        if self.fan and self.parents:
            parent = self.parents[-1]
            before, k = parent.x_T, parent.open_tile or 0
            return None if before is None else before[k : k + 1]
        values = self.states[0].values if self.states else None
        return None if values is None else values[0]

    @property
    def on_from(self) -> int:
        """The state that "go on" begins with: the one shown; after arrival at t = 0 the chain's middle in t."""
        if not self.states or self.states[self.index].t > 0:
            return self.index
        half = self.states[0].t / 2  # one of a noisy picture begins below T
        return min(range(len(self.states)), key=lambda i: (self.states[i].t == 0, abs(self.states[i].t - half)))

    def single(self, k: int) -> Scene:
        """The scene whose chain makes sample k alone."""
        return future_of(self.scene, k) if self.fan else sample_of(self.scene, k, self.class_names)

    def favourite(self, k: int) -> Favourite:
        """Sample k, as it can be kept."""
        scene = self.single(k)
        picture, inpaint = (scene.data.source, scene.inpaint) if scene.start else ("", InpaintSpec())
        return Favourite(
            *(scene.seed, scene.noise, scene.start, scene.model, scene.sampler, scene.history, picture, inpaint)
        )


def fan_of(run: Run) -> Fan:
    """The spread of a run of futures, as far as it has come."""
    states = run.states
    return Fan(states[0].t, tuple(state.t for state in states), tuple(state.spread or 0.0 for state in states))


OTHERS = "Settings were changed: G goes on from here with them; P and → do once they are taken back (Ctrl+Z)."
FIRST = "The first goes on with the chain's own noise"


def past_text(run: Run, scene: Scene) -> tuple[str, str]:
    """Where the chain shown comes from, short and long; of one from noise alone, which history the scene has."""
    if run.fan and run.states:
        whose = (
            FIRST if adds_noise(run.shown.sampler) else "Each with fresh noise"
        )  # of which its own sampler adds none
        return f"{run.fan - 1} futures from t = {level_text(run.states[0].t)}", whose
    past = bool(run.scene.start or run.scene.history) or not (scene.start or scene.history)
    made = run.scene if run.states and past else scene
    if made.start and not made.history:
        return began_with(made), history_text(made)
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
