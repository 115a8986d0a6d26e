"""Scene: what the user sees, as one frozen value.

Undo is a list of Scenes, saving is JSON (``diffviz.scene_file``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from diffviz import catalog
from diffviz.sampling import SAID, Sampling
from diffviz.vocabulary import sides

DIRECTIONS = ("forward", "reverse")
# What the window calls its pages: direction and page of the view. Experiments run reverse chains.
WAYS = {"forward": ("forward", "equation"), "reverse": ("reverse", "equation"), "laboratory": ("reverse", "laboratory")}
CURVES = ("coefficients", "alpha_bar", "alpha", "snr", "sigma", "spread")
COUNTS = (1, 4, 9, 16, 25, 36, 49, 64)
MAX_T = 10_000
MAX_GUIDANCE = 50.0
GUESSES = ("true", "network")
SECOND = ("none", "step", "posterior")
FORWARD_NOISE = ("held", "fresh")
MAX_RUNS = 24
MAX_SEED = 2**31 - 1
MAX_FAVOURITES = 200
MAX_PINNED = 1
MAX_LEGS = 100
MAX_TIMES = 100  # that levels are gone through
MADE = ("seed", "count", "class_rows", "noise", "start", "inpaint", "history", "model", "sampler")  # what makes a chain
MAX_TITLE = 60  # of a schedule
# what an experiment may leave unread, by the names of ``catalog.unread``: fields of the scene and of its parts
UNREAD: Mapping[str, tuple[str, ...]] = {
    "seed": ("seed",),
    "noise": ("noise",),
    "class": ("model.class_label", "model.blend"),
    "w": ("model.guidance",),
    "guidance": ("model.guidance", "model.rescale", "model.guidance_low", "model.guidance_high"),
    "rederive": ("model.rederive_eps",),
    "clip": ("model.clip",),
    "sampler": ("sampler.name", "sampler.params"),
    "steps": ("sampler.steps",),
    "spacing": ("sampler.spacing", "sampler.offset"),
}
NO_POINTS = "sha256:c571327cb01ac1de6972713cbf6cc1fc3c2cab8b581ee0bc3fe6d8b56963fd5b"  # the source of an empty plane

Params = tuple[tuple[str, float | str], ...]


def sample_seed(seed: int, k: int) -> int:
    """The seed of sample k beside that of sample 0; the one after the last is 0."""
    return (seed + k) % (MAX_SEED + 1)


def params(mapping: Mapping[str, float | str] | None = None, **more: float | str) -> Params:
    """Keyword values as a sorted, hashable tuple of pairs."""
    return tuple(sorted({**(mapping or {}), **more}.items()))


def with_param(current: Params, name: str, value: float | str) -> Params:
    """Parameters with one of them given."""
    return params(dict(current), **{name: value})


def _all_of(given: Params, defaults: Mapping[str, Any]) -> Params:
    return params({**defaults, **dict(given)})


@dataclass(frozen=True)
class DataSpec:
    """What x_0 is. ``source`` is ``builtin:NAME``, ``path:/a/picture.png`` or ``sha256:HEX`` (pasted, embedded)."""

    kind: str = "picture"
    source: str = "builtin:cat"

    @property
    def empty(self) -> bool:
        """Whether it is a plane without points, which a brush is to fill."""
        return self.source == NO_POINTS

    def handed_to(self, kind: str) -> bool:
        """Whether it was drawn or pasted, and is of the kind that a model knows: an experiment begins with it then."""
        return self.source.startswith("sha256:") and self.kind == kind


@dataclass(frozen=True)
class ScheduleSpec:
    """Forward's schedule: a name of ``catalog.SCHEDULES``, T in 2..10,000 and only the parameters that were given.

    ``betas``: of the name "custom", β at t = 1, 2, ...; for a T of another number ln ᾱ stays the same function of t/T.
    ``title``: what that list is called. ``scaled``: default ends of β are multiplied by 1000/T.
    ``zero_snr``: moved so that ᾱ_T is 0 (Lin et al. 2024).
    """

    name: str = "linear"
    T: int = 1000
    params: Params = ()
    betas: tuple[float, ...] = ()
    title: str = ""
    scaled: bool = True
    zero_snr: bool = False

    @property
    def label(self) -> str:
        """What it is called on the screen."""
        words = "".join(c if c.isprintable() else " " for c in self.title) or catalog.schedule(self.name).label
        return f"{words}, zero SNR" if self.zero_snr else words


@dataclass(frozen=True)
class ModelSpec:
    """The network: a shipped model's name, a folder or a hub id. ``class_label`` None is the null class.

    ``blend``: of a prompt "A | B", from A at 0 to B at 1.

    ``rederive_eps``: after x̂_0 was clipped, ε̂ is derived from it again; False keeps the network's own.
    ``clip``: of x̂_0: "own" (what the model's scheduler says), "static", "dynamic" or "none".
    ``rescale``: φ of guidance rescale; 0 is off. Guidance acts at ``guidance_low`` <= t <= ``guidance_high`` alone.
    """

    name: str = "emoji-32"
    class_label: str | None = None
    guidance: float = 1.0
    rederive_eps: bool = False
    clip: str = "own"
    rescale: float = 0.0
    guidance_low: int = 0
    guidance_high: int = MAX_T
    blend: float = 0.5

    @property
    def asked(self) -> str:
        """What is asked for, in words."""
        return (self.class_label or "any") + (f" · blend {self.blend:g}" if self.blended else "")

    @property
    def blended(self) -> bool:
        """Whether there are two prompts."""
        return len(sides(self.class_label)) > 1


@dataclass(frozen=True)
class SamplerSpec:
    """How the chain is run: a name of ``catalog.SAMPLERS``, its number of steps, their spacing, its parameters.

    ``offset`` is added to the levels of leading spacing.
    """

    name: str = "ddpm"
    steps: int = 250
    spacing: str = "trailing"
    params: Params = ()
    offset: int = 0

    def as_said(self, sampling: Sampling) -> SamplerSpec:
        """The same with everything that the model's folder says about sampling; the rest stays."""
        said = sampling.params_of(self.name)
        free = {name: value for name, value in self.params if name not in SAID}
        return dataclasses.replace(self, spacing=sampling.spacing, offset=sampling.offset, params=params(free, **said))

    def agrees(self, sampling: Sampling) -> bool:
        """Whether the chain runs as the model's folder says."""
        own, defaults = self.as_said(sampling), catalog.defaults(self.name)
        if {**defaults, **dict(self.params)} != {**defaults, **dict(own.params)}:
            return False
        spacings = {self.spacing, own.spacing}
        if dict(own.params).get("grid", "steps") != "steps" and "leading" not in spacings:  # see chain_levels
            return True
        return len(spacings) == 1 and (not self.spacing.startswith("leading") or self.offset == own.offset)


@dataclass(frozen=True)
class InpaintSpec:
    """What a chain that began with a picture keeps of it.

    ``mask``: the source of a picture, white where x_0 is kept and black where it is drawn anew; "" keeps nothing. Each
    ``jump`` levels are gone through ``times`` times (RePaint's resampling).
    """

    mask: str = ""
    jump: int = 10
    times: int = 5


@dataclass(frozen=True)
class RunSpec:
    """One row of a comparison: a network and how its chain is run."""

    model: ModelSpec = ModelSpec()
    sampler: SamplerSpec = SamplerSpec()


@dataclass(frozen=True)
class ExperimentSpec:
    """What the laboratory does: a name of ``catalog.EXPERIMENTS``, the parameters given, the runs to compare."""

    name: str = "compare"
    params: Params = ()
    runs: tuple[RunSpec, ...] = ()


@dataclass(frozen=True)
class Leg:
    """A stretch of a chain that was changed on its way: these settings ran it down to level ``t``.

    ``noise``: seed of the fresh noise of its steps; -1 is the chain's own seed.
    """

    t: float = 0.0
    noise: int = -1
    model: ModelSpec = ModelSpec()
    sampler: SamplerSpec = SamplerSpec()


@dataclass(frozen=True)
class Favourite:
    """One sample, as the chain that makes it again: see the fields of the same names in Scene.

    ``picture``: the source of the one that it began with, where ``start`` says that it began with one.
    """

    seed: int = 0
    noise: int = -1
    start: int = 0
    model: ModelSpec = ModelSpec()
    sampler: SamplerSpec = SamplerSpec()
    history: tuple[Leg, ...] = ()
    picture: str = ""
    inpaint: InpaintSpec = InpaintSpec()


VIEW_CHOICES: Mapping[str, Any] = {
    **{"curves": CURVES, "pacing": catalog.PACINGS, "second": SECOND, "loop": ("once", "loop", "there_and_back")},
    **{"pace": ("max", "30", "10", "4", "1", "step"), "eps_range": (1, 3), "large": ("", "x_t", "x_0")},
    **{"strip": ("x_t", "x_0"), "heard": ("x_t", "x_0", "eps"), "page": ("equation", "laboratory")},
}


@dataclass(frozen=True)
class ViewSpec:
    """How it is shown; nothing here changes a number."""

    curves: str = "coefficients"
    eps_range: int = 1  # ε and x_t are shown over [-eps_range, eps_range]: 1 or 3
    second: str = "none"  # row of pictures: none | step | posterior
    pacing: str = "visible"
    speed: float = 1.0
    loop: str = "once"  # once | loop | there_and_back
    pace: str = "max"  # of a chain: max | 30 | 10 | 4 | 1 | step
    page: str = "equation"  # equation | laboratory
    large: str = ""  # of a grid: the picture that is large beside small ones, x_t | x_0; "" for none
    strip: str = "x_t"  # of a chain: x_t | x_0, which is x̂_0
    own_pixels: bool = False  # x_0 is noised in its file's pixels; else in those of the screen that it fills
    lens: str = "schedule"  # what the lower card shows
    lens_params: Params = ()  # of all lenses, as given: "numbers.step"
    pixel: str = ""  # that lenses look at, shares of width and height: "0.25 0.5"; "" is the one under the cursor
    guess: str = "true"  # of the posterior's x_0: true | network | a picture that ships, by its name | path:FILE
    unfolded: bool = False  # of a chain's step, how it comes from what the network returns
    split: float = 0.5  # where the line to the pinned schedule's x_t stands, as a share of the picture's width
    density: bool = True  # of points: q(x_t) is shaded
    arrows: bool = True  # of points: the score's field is drawn
    paths: bool = True  # of points: the way of one of them is drawn
    heard: str = "x_t"  # of a sound: x_t | x_0 | eps
    strength: float = 0.0  # of a drawing: the share of T that it is noised to; 0 is the one that suits it
    point: str = ""  # whose: x and y; in "Remove noise" its x_T, in "Add noise" the nearest to it; "" is START
    forward_t: int = 250  # "Add noise": the t that it was left at


@dataclass(frozen=True)
class Scene:
    direction: str = "forward"
    t: int = 250
    seed: int = 0
    count: int = 1
    data: DataSpec = DataSpec()
    schedule: ScheduleSpec = ScheduleSpec()
    model: ModelSpec = ModelSpec()
    sampler: SamplerSpec = SamplerSpec()
    view: ViewSpec = ViewSpec()
    experiment: ExperimentSpec = ExperimentSpec()
    forward_noise: str = "held"  # "Add noise": one ε at every t, or "fresh" at each step: a real chain x_1..x_T
    noise: int = -1  # seed of the steps' fresh noise; -1 is ``seed``, which x_T comes from
    start: int = 0  # the level that the chain's picture was noised to ("denoise from here"); 0: it began with x_T
    inpaint: InpaintSpec = InpaintSpec()
    class_rows: bool = False  # in a grid each row is of one class, with the same noises
    history: tuple[Leg, ...] = ()  # what ran before the settings above took over
    favourites: tuple[Favourite, ...] = ()
    pinned: tuple[ScheduleSpec, ...] = ()  # the schedule that is seen beside the present one, or none
    # Unknown keys of a newer file, those inside a part under the part's name; left out of == and hash.
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def replace(self, **changes: Any) -> Scene:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)

    @property
    def forward(self) -> bool:
        """Whether noise is added; else it is removed."""
        return self.direction == "forward"

    @property
    def fresh(self) -> bool:
        """Whether each step of "Add noise" has noise of its own; else one ε is held."""
        return self.forward_noise == "fresh"

    @property
    def laboratory(self) -> bool:
        """Whether the laboratory is seen, not the equation."""
        return self.view.page == "laboratory"

    @property
    def in_rows(self) -> bool:
        """Whether each row of samples is of another class."""
        return self.class_rows and self.count > 1

    @property
    def way(self) -> str:
        """The page that is seen: one of ``WAYS``."""
        return "laboratory" if self.laboratory else self.direction

    @property
    def pointless(self) -> bool:
        """Whether its model is exact of points that are still to be drawn; the one that is there is of others."""
        return self.data.empty and self.model.name.startswith("exact")

    def model_at(self, t: float) -> ModelSpec:
        """The network's settings that ran the chain to level t: a branch has had others before."""
        return next((leg.model for leg in self.history if t > leg.t), self.model)

    def sampler_at(self, t: float) -> SamplerSpec:
        """The sampler that takes the step from level t."""
        return next((leg.sampler for leg in self.history if t > leg.t), self.sampler)

    def begins_with_open(self, kind: str, brings: bool) -> bool:
        """Whether its experiment reads what is open.

        Args:
            kind: of data, that the model knows. brings: the model brings pictures that it was trained on.
        """
        spec = self.experiment
        if catalog.EXPERIMENTS[spec.name].cloud:
            return not self.model.name.startswith("exact")
        begin = {**catalog.experiment_defaults(spec.name), **dict(spec.params)}.get("begin")
        own = brings and begin == "known" and not self.data.handed_to(kind)
        return catalog.begins_with_picture(spec.name, spec.params) and not own

    @cached_property
    def read(self) -> Scene:
        """The same for its experiment with all that this leaves unread as at first: equal where nothing that it reads
        is another. Rows that bring their settings stand for the scene's; what is open stays."""
        spec = self.experiment
        rows = spec.runs[:1] if spec.name == "compare" else ()
        model, sampler = next(((run.model, run.sampler) for run in rows), (self.model, self.sampler))
        first: dict[str, dict[str, Any]] = {"": {}, "model": {}, "sampler": {}}
        first["sampler"]["params"] = _all_of(sampler.params, catalog.defaults(sampler.name))
        usual = Scene()
        for name in () if rows else catalog.unread(spec.name, spec.params):
            for part, _, field_ in (each.rpartition(".") for each in UNREAD[name]):
                first[part][field_] = getattr(getattr(usual, part) if part else usual, field_)
        return Scene(
            "reverse",
            **{"seed": self.seed, "noise": self.noise, **first[""]},
            data=self.data,
            model=dataclasses.replace(model, **first["model"]),
            sampler=dataclasses.replace(sampler, **first["sampler"]),
            experiment=dataclasses.replace(spec, params=_all_of(spec.params, catalog.experiment_defaults(spec.name))),
        )

    def on(self, way: str) -> Scene:
        """The same on another page."""
        direction, page = WAYS[way]
        view = dataclasses.replace(self.view, page=page)
        if self.forward and direction != self.direction:
            view = dataclasses.replace(view, forward_t=self.t)
        if direction != self.direction and catalog.KINDS[self.data.kind].cloud:
            # of a chain it names a point by where that began, of x_t a place: neither is meant by the other
            view = dataclasses.replace(view, pixel="")
        return self.replace(direction=direction, view=view)
