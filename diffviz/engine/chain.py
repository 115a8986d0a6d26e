"""One reverse chain, state by state, as screen, export and tests see it."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from diffviz.diffusion import SAMPLERS, NoiseSchedule, ReverseStep, add_noise, sigma_levels, step_levels
from diffviz.engine.denoising import denoiser_of
from diffviz.engine.messages import Resume, State
from diffviz.engine.noise import ChainNoise
from diffviz.engine.pixels import to_uint8
from diffviz.engine.tiles import row_classes, side
from diffviz.scene import Leg, Scene

if TYPE_CHECKING:
    from diffviz.models import Model


def chain_levels(scene: Scene, schedule: NoiseSchedule, start: float | None = None) -> list[float]:
    """The levels that the scene's sampler visits, from ``start`` (default: the first) to 0.

    Raises:
        ValueError: for a grid in σ where σ is infinite at the first level.
    """
    sampler = scene.sampler
    steps = min(sampler.steps, schedule.T if start is None else int(start))
    grid = dict(sampler.params).get("grid", "steps")
    if grid == "steps":
        return step_levels(schedule.T, steps, sampler.spacing, start=start)
    return sigma_levels(schedule, steps, str(grid), start=start)


@dataclass(frozen=True)
class Stretch:
    """Where one leg's settings are in force: from state ``first`` to ``last``; ``levels`` go on from there to 0."""

    leg: Leg
    first: int
    last: int
    levels: list[float]


def stretches(
    scene: Scene, schedule: NoiseSchedule, start: float | None = None, legs: Sequence[Leg] = ()
) -> list[Stretch]:
    """The whole way of a chain that went through ``legs`` before the scene's settings took over.

    New settings visit those of their own levels that lie below the one they begin at: with the same settings the
    levels are the same.

    Raises:
        ValueError: if a leg never comes by the level where it was left.
    """
    found: list[Stretch] = []
    t: float | None = None
    for leg in (*legs, Leg(0, scene.noise, scene.model, scene.sampler)):
        levels = chain_levels(scene.replace(sampler=leg.sampler), schedule, start)
        if t is not None:
            levels = [t, *(level for level in levels if level < t)]
        if leg.t not in levels or (leg.t == 0 and len(found) < len(legs)):
            raise ValueError(f"The chain's history leaves it at t = {leg.t}, where it never was; run a new chain.")
        first = found[-1].last if found else 0
        found.append(Stretch(leg, first, first + levels.index(leg.t), levels))
        t = leg.t
    return found


def all_levels(way: Sequence[Stretch]) -> list[float]:
    """The level of every state of a chain, 0 the last."""
    return [t for part in way[:-1] for t in part.levels[: part.last - part.first]] + way[-1].levels


@torch.no_grad()
def run_chain(
    model: Model,
    scene: Scene,
    *,
    x_0: Tensor | None = None,
    start: int | None = None,
    eps: Tensor | None = None,
    keep_values: bool = True,
    legs: Sequence[Leg] = (),
    resume: tuple[int, Resume] | None = None,
    first: int = 0,
    fan: int = 0,
    resume_every: int = 0,
) -> Iterator[State]:
    """Run the scene's sampler on the model and yield each state as soon as it is known.

    Args:
        model: a loaded model; ``scene`` gives sampler, steps, spacing, class, guidance, seed and count.
        x_0, start, eps: "denoise from here": the picture (1, C, H, W) is noised to exactly level ``start`` with ε
            ``eps`` and the chain runs from there. Without them it starts from the noise of the seed.
        keep_values: whether states carry the unclipped float32 values, five times the memory.
        legs: what runs before the scene's own settings, each down to its level.
        resume: a state's number and what it takes to go on from it, instead of from the beginning.
        first: the number of the first state that is wanted; those before it are computed in silence.
        fan: so many continuations of the one sample from where the last leg ends, each with noise of its own.
        resume_every: every so many states carry what it takes to be resumed, 0 none; with ``keep_values`` they need
            no memory of their own.
    Raises:
        ValueError: if a setting does not fit the model (e.g. more steps than T), or a leg the levels.
    """
    way = stretches(scene, model.schedule, start, legs)
    place = _Place.of(*resume, model.device) if resume else _beginning(model, scene, x_0, start, eps)
    film = _Film(model, keep_values, resume_every, way[-1].first + len(way[-1].levels) - 1)
    step = None
    for part, before in zip(way, (None, *way), strict=False):
        final = part is way[-1]
        if part.last <= place.i and not final:
            continue
        film.fan = bool(fan) and final
        if film.fan:
            place = place.repeated(fan)
        settings = scene.replace(count=fan, class_rows=False) if film.fan else scene
        if before is not None and place.i == part.first and not _ask_alike(before.leg, part.leg):
            place = replace(place, before=None)  # what another network or method has said is no memory of this one
        noise = ChainNoise(scene.seed if part.leg.noise < 0 else part.leg.noise, settings.count, _columns(settings))
        noise.skip(model.sample_shape, place.draws)
        for step in _steps(model, settings, part, place, noise):
            if place.i >= first:
                yield film.state(place, step.t, (step.x_t, step.x0_hat, step.eps_hat), step.s, step.terms)
            place = _Place(place.i + 1, step.x_s, noise.draws, (step.t, step.x0_hat))
            if place.i == part.last and not final:
                break
    if step is not None:
        yield film.state(place, 0, (step.x_s, step.x_s, step.eps_hat))


@dataclass(frozen=True)
class _Place:
    """Where a chain stands: as Resume, with tensors on the model's device, and the state's number."""

    i: int
    x: Tensor
    draws: int
    before: tuple[float, Tensor] | None

    @staticmethod
    def of(i: int, resume: Resume, device: torch.device) -> _Place:
        before = resume.before and (resume.before[0], torch.from_numpy(resume.before[1]).to(device))
        return _Place(i, torch.from_numpy(resume.x).to(device), resume.draws, before)

    def repeated(self, count: int) -> _Place:
        before = self.before and (self.before[0], self.before[1].repeat(count, 1, 1, 1))
        return replace(self, x=self.x.repeat(count, 1, 1, 1), before=before)


def _beginning(model: Model, scene: Scene, x_0: Tensor | None, start: int | None, eps: Tensor | None) -> _Place:
    """x_T of the seed, or the picture at level ``start``."""
    if x_0 is not None and start is not None and eps is not None:
        x = add_noise(x_0.to(model.device), start, eps.to(model.device), model.schedule).repeat(scene.count, 1, 1, 1)
    else:
        x = ChainNoise(scene.seed, scene.count, _columns(scene)).start(model.sample_shape).to(model.device)
    return _Place(0, x, 0, None)


def _columns(scene: Scene) -> int | None:
    """After how many samples the noises come again."""
    return side(scene.count) if scene.class_rows else None


def _ask_alike(one: Leg, other: Leg) -> bool:
    return one.model == other.model and one.sampler.name == other.sampler.name


def _steps(model: Model, scene: Scene, part: Stretch, place: _Place, noise: ChainNoise) -> Iterator[ReverseStep]:
    """The sampler of a stretch, from a place in it."""
    spec, sampler = part.leg.model, SAMPLERS[part.leg.sampler.name]
    label: str | Tensor | None = spec.class_label
    if scene.class_rows and scene.count > 1:
        rows = row_classes(model.class_names, spec.class_label, scene.count)
        labels = [model.class_names.index(name) for name in rows]
        label = torch.tensor(labels).repeat_interleave(side(scene.count))[: scene.count]
    keywords: dict[str, Any] = dict(part.leg.sampler.params)
    if "before" in inspect.signature(sampler).parameters:
        keywords["before"] = place.before
    denoiser = denoiser_of(model, spec, class_label=label)
    levels = part.levels[place.i - part.first :]
    return sampler(denoiser, place.x, model.schedule, levels=levels, randn_like=noise.randn_like, **keywords)


class _Film:
    """Makes States of the places of a chain of ``n`` steps."""

    def __init__(self, model: Model, keep_values: bool, resume_every: int, n: int) -> None:
        self._model, self._keep_values, self._resume_every, self._n = model, keep_values, resume_every, n
        self.fan = False
        self._values: tuple[int, Tensor] | None = None  # of the state before, where they are kept

    def state(
        self,
        place: _Place,
        t: float,
        pair: tuple[Tensor, Tensor, Tensor],
        s: float = 0,
        terms: tuple[tuple[str, float], ...] = (),
    ) -> State:
        """The state at ``place``, with what the denoiser said there."""
        alpha_bar = self._model.schedule.alpha_bar_at(t)
        # one trip to the CPU for all three: on a GPU each copy waits for the step
        values = torch.stack(pair).to("cpu", torch.float32)
        gap = (values[0] - (alpha_bar**0.5 * values[1] + (1 - alpha_bar) ** 0.5 * values[2])).abs().amax()
        shown = to_uint8(self._model.decode(values.flatten(0, 1)))
        x_t, x0_hat, eps_hat = shown.reshape(3, -1, *shown.shape[1:])
        kept = values.numpy() if self._keep_values else None
        spread = float(values[1].var(dim=0, correction=0).mean().sqrt()) if self.fan else None
        resume = self._resume(place, values) if terms else None
        self._values = (place.i, values) if self._keep_values else None
        return State(
            place.i, self._n, t, x_t, x0_hat, eps_hat, kept, float(gap), s, terms, spread, resume, alpha_bar=alpha_bar
        )

    def _resume(self, place: _Place, values: Tensor) -> Resume | None:
        if not self._resume_every or place.i % self._resume_every:
            return None
        before = None
        if place.before is not None:
            same = self._values is not None and self._values[0] == place.i - 1 and not self.fan
            x0_hat = self._values[1][1] if self._values and same else place.before[1].to("cpu", torch.float32)
            before = place.before[0], x0_hat.numpy()
        return Resume(values[0].numpy() if self._keep_values else values[0].numpy().copy(), place.draws, before)
