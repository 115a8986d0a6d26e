"""One reverse chain, state by state, as screen, export and tests see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from diffviz.diffusion import SAMPLERS, NoiseSchedule, ReverseStep, add_noise, inpaint, sigma_levels, step_levels
from diffviz.engine.beginning import Beginning
from diffviz.engine.denoising import denoiser_of
from diffviz.engine.film import Film, Place, Snapshot, on_the_way
from diffviz.engine.noise import ChainNoise, held_noise
from diffviz.engine.states import Resume, State
from diffviz.kinds.tiles import row_classes, side
from diffviz.scene import Leg, Scene

if TYPE_CHECKING:
    from diffviz.models import Model


_BETWEEN = ("euler", "euler_ancestral", "heun")  # their linspace is not rounded, as in diffusers' classes


def chain_levels(scene: Scene, schedule: NoiseSchedule, start: float | None = None) -> list[float]:
    """The levels that the scene's sampler visits, from ``start`` (default: the first) to 0.

    A grid in σ is spread between the first and the last of leading spacing, else over all levels.

    Raises:
        ValueError: for a grid in σ where σ is infinite at the first level.
    """
    sampler = scene.sampler
    steps = min(sampler.steps, schedule.T if start is None else int(start))
    grid = dict(sampler.params).get("grid", "steps")
    if grid != "steps" and sampler.spacing != "leading":
        return sigma_levels(schedule, steps, str(grid), start=start)
    whole = sampler.name not in _BETWEEN
    levels = step_levels(schedule.T, steps, sampler.spacing, start, sampler.offset, whole)
    if grid == "steps":
        return levels
    return sigma_levels(schedule, steps, str(grid), start=levels[0], last=levels[-2])


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


def run_chain(
    model: Model, scene: Scene, *, keep_values: bool = True, resume_every: int = 0, **keywords: Any
) -> Iterator[State]:
    """Run the scene's sampler on the model and yield each state as soon as it is known.

    Args:
        model: a loaded model; ``scene`` gives sampler, steps, spacing, class, guidance, seed and count.
        keep_values, resume_every: what is kept of a state, as ``Film`` has it.
        keywords: of ``snapshots``.
    Raises:
        ValueError: if a setting does not fit the model (e.g. more steps than T), or a leg the levels; if the chain
            leaves the numbers.
    """
    film = Film(model, keep_values, resume_every)
    yield from map(film.state, snapshots(model, scene, **keywords))


@torch.no_grad()
def snapshots(
    model: Model,
    scene: Scene,
    *,
    began: Beginning | None = None,
    legs: Sequence[Leg] = (),
    resume: tuple[int, Resume] | None = None,
    first: int = 0,
    fan: int = 0,
) -> Iterator[Snapshot]:
    """The states of a chain, not yet developed.

    Args:
        began: without it the chain begins with the noise of the seed.
        legs: what runs before the scene's own settings, each down to its level.
        resume: a state's number and what it takes to go on from it, instead of from the beginning.
        first: the number of the first state that is wanted; those before it are computed in silence.
        fan: so many continuations of the one sample from where the last leg ends, each with noise of its own.
    Raises:
        ValueError: as ``run_chain``.
    """
    way = stretches(scene, model.schedule, began.level if began else None, legs)
    place = Place.of(*resume, model.device) if resume else _beginning(model, scene, began)
    n = way[-1].first + len(way[-1].levels) - 1
    step, fanned = None, False
    for part, before in zip(way, (None, *way), strict=False):
        final = part is way[-1]
        if part.last <= place.i and not final:
            continue
        fanned = bool(fan) and final
        if fanned:
            place = place.repeated(fan)
        settings = scene.replace(count=fan, class_rows=False) if fanned else scene
        if before is not None and place.i == part.first and not _ask_alike(before.leg, part.leg):
            place = replace(place, before=None)  # what another network or method has said is no memory of this one
        noise = ChainNoise(scene.seed if part.leg.noise < 0 else part.leg.noise, settings.count, _columns(settings))
        noise.skip(model.sample_shape, place.draws)
        kept = began if began is not None and began.keep is not None else None
        for step in _steps(model, settings, part, place, noise, kept):
            if place.i >= first:
                pair = on_the_way((step.x_t, step.x0_hat, step.eps_hat))
                yield Snapshot(place, n, step.t, pair, step.s, step.terms, fanned, jumped=kept is not None)
            place = Place(place.i + 1, step.x_s, noise.draws, (step.t, step.x0_hat))
            if place.i == part.last and not final:
                break
    if step is not None:
        yield Snapshot(place, n, 0, on_the_way((step.x_s, step.x_s, step.eps_hat)), fan=fanned)


def _beginning(model: Model, scene: Scene, began: Beginning | None) -> Place:
    """x_T of the seed, or an x_0 at its level."""
    if began is not None:
        eps = held_noise(scene.seed, model.sample_shape).to(model.device)
        noisy = add_noise(began.x_0.to(model.device), began.level, eps, model.schedule)
        return Place(0, noisy, 0, None).repeated(scene.count)
    x = ChainNoise(scene.seed, scene.count, _columns(scene)).start(model.sample_shape).to(model.device)
    return Place(0, x, 0, None)


def _columns(scene: Scene) -> int | None:
    """After how many samples the noises come again."""
    return side(scene.count) if scene.class_rows else None


def _ask_alike(one: Leg, other: Leg) -> bool:
    return one.model == other.model and one.sampler.name == other.sampler.name


def _steps(
    model: Model, scene: Scene, part: Stretch, place: Place, noise: ChainNoise, kept: Beginning | None
) -> Iterator[ReverseStep]:
    """The sampler of a stretch, from a place in it; ``kept``: of which picture a part is."""
    spec, sampler = part.leg.model, SAMPLERS[part.leg.sampler.name]
    of_rows: dict[str, Tensor] = {}
    if scene.in_rows and model.class_names:
        rows = row_classes(model.class_names, spec.class_label, scene.count)
        labels = [model.class_names.index(name) for name in rows]
        of_rows["class_label"] = torch.tensor(labels).repeat_interleave(side(scene.count))[: scene.count]
    keywords: dict[str, Any] = dict(part.leg.sampler.params)
    if sampler.remembers:
        keywords["before"] = place.before
    denoiser = denoiser_of(model, spec, **of_rows)
    levels = part.levels[place.i - part.first :]
    keywords |= {"levels": levels, "randn_like": noise.randn_like}
    if kept is None or kept.keep is None:
        return sampler(denoiser, place.x, model.schedule, **keywords)
    x_0, keep = kept.x_0.to(model.device), kept.keep.to(model.device)
    jump, times = scene.inpaint.jump, scene.inpaint.times
    return inpaint(sampler, denoiser, place.x, model.schedule, x_0, keep, jump=jump, times=times, **keywords)
