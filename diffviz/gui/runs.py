"""Runs: recorded chains with the scene that made them, and the chain that one of their samples is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

from diffviz.engine.messages import ModelInfo, State
from diffviz.engine.tiles import row_classes, side
from diffviz.scene import Favourite, Leg, ModelSpec, Scene, sample_seed

# of a scene: what made the chain, and nothing else
MADE = ("seed", "count", "class_rows", "noise", "start", "history", "model", "sampler")


@dataclass(frozen=True)
class Fan:
    """The spread of futures that part at level ``t``: of x̂_0 at each of ``levels``, the outcomes' the last."""

    t: float
    levels: tuple[float, ...]
    spread: tuple[float, ...]


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
        fans: the spread of this chain's futures, by the level that they part at; futures share their chain's.
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
    fans: dict[float, Fan] = field(default_factory=dict)
    model: ModelInfo | None = None
    parents: list[Run] = field(default_factory=list)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of the model that made it."""
        return self.model.class_names if self.model is not None else ()

    @property
    def count(self) -> int:
        """Samples side by side."""
        return self.fan or self.scene.count

    @property
    def chosen(self) -> int | None:
        """The one sample that is looked at, or None where there are several."""
        return 0 if self.count == 1 else self.open_tile

    def single(self, k: int) -> Scene:
        """The scene whose chain makes sample k alone."""
        scene, names = self.scene, self.class_names
        if self.fan:
            own = scene.seed if scene.noise < 0 else scene.noise
            if k:
                return scene.replace(noise=sample_seed(own, k))
            *before, last = scene.history or (None,)
            marks = last is not None and (last.noise, last.model, last.sampler) == (
                scene.noise,
                scene.model,
                scene.sampler,
            )
            return scene.replace(history=tuple(before)) if marks else scene  # it only says where the others part
        if scene.count == 1:
            return scene
        across = side(scene.count)
        column = k % across if scene.class_rows else k

        def model(spec: ModelSpec) -> ModelSpec:
            if not scene.class_rows:
                return spec
            return dataclasses.replace(spec, class_label=row_classes(names, spec.class_label, scene.count)[k // across])

        def noise(seed: int) -> int:
            return seed if seed < 0 else sample_seed(seed, column)

        legs = tuple(Leg(leg.t, noise(leg.noise), model(leg.model), leg.sampler) for leg in scene.history)
        return scene.replace(
            seed=sample_seed(scene.seed, column),
            noise=noise(scene.noise),
            count=1,
            class_rows=False,
            model=model(scene.model),
            history=legs,
        )

    def favourite(self, k: int) -> Favourite:
        """Sample k, as it can be kept."""
        scene = self.single(k)
        picture = scene.data.source if scene.start else ""
        return Favourite(scene.seed, scene.noise, scene.start, scene.model, scene.sampler, scene.history, picture)


def made_by_its_chain(scene: Scene, run: Run) -> Scene:
    """The scene with what made the chain that it shows, where settings were changed since: it opens as that picture."""
    if scene.direction != "reverse" or not run.states or run.fan:
        return scene
    return scene.replace(**{name: getattr(run.scene, name) for name in MADE})


def settings_at(made: Scene, t: float) -> Scene:
    """The settings that led a chain to its state at t, with the history until then."""
    led = next((leg for leg in made.history if leg.t < t), None)  # those after it came later
    if led is None:
        return made
    kept = tuple(leg for leg in made.history if leg.t >= t)
    return made.replace(history=kept, noise=led.noise, model=led.model, sampler=led.sampler)


def fan_of(run: Run) -> Fan:
    """The spread of a run of futures, as far as it has come."""
    states = run.states
    return Fan(states[0].t, tuple(state.t for state in states), tuple(state.spread or 0.0 for state in states))
