"""One reverse chain, state by state, as screen, export and tests see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from diffviz.diffusion import SAMPLERS, NoiseSchedule, add_noise, sigma_levels, step_levels
from diffviz.engine.messages import State
from diffviz.engine.noise import ChainNoise
from diffviz.engine.pixels import to_uint8
from diffviz.scene import Scene

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


@torch.no_grad()
def run_chain(
    model: Model,
    scene: Scene,
    *,
    x_0: Tensor | None = None,
    start: int | None = None,
    eps: Tensor | None = None,
    keep_values: bool = True,
) -> Iterator[State]:
    """Run the scene's sampler on the model and yield each state as soon as it is known.

    Args:
        model: a loaded model; ``scene`` gives sampler, steps, spacing, class, guidance, seed and count.
        x_0, start, eps: "denoise from here": the picture (1, C, H, W) is noised to exactly level ``start`` with ε
            ``eps`` and the chain runs from there. Without them it starts from the noise of the seed.
        keep_values: whether states carry the unclipped float32 values, five times the memory.
    Raises:
        ValueError: if a setting does not fit the model (e.g. more steps than T).
    """
    schedule, device = model.schedule, model.device
    levels = chain_levels(scene, schedule, start)
    noise = ChainNoise(scene.seed, scene.count)
    x = noise.start(model.sample_shape).to(device)
    if x_0 is not None and start is not None and eps is not None:
        x = add_noise(x_0.to(device), start, eps.to(device), schedule).repeat(scene.count, 1, 1, 1)
    spec = scene.model
    denoiser = model.denoiser(spec.class_label, spec.guidance, rederive_eps=spec.rederive_eps)
    sampler = SAMPLERS[scene.sampler.name]
    keywords = dict(scene.sampler.params)
    last = None
    for step in sampler(denoiser, x, schedule, levels=levels, randn_like=noise.randn_like, **keywords):
        pair = (step.x_t, step.x0_hat, step.eps_hat)
        yield _state(model, step.i, step.n, step.t, pair, keep_values, step.s, step.terms)
        last = step
    if last is not None:
        yield _state(model, last.n, last.n, 0, (last.x_s, last.x_s, last.eps_hat), keep_values)


def _state(
    model: Model,
    i: int,
    n: int,
    t: float,
    pair: tuple[Tensor, Tensor, Tensor],
    keep_values: bool,
    s: float = 0,
    terms: tuple[tuple[str, float], ...] = (),
) -> State:
    alpha_bar = model.schedule.alpha_bar_at(t)
    # one trip to the CPU for all three: on a GPU each copy waits for the step
    values = torch.stack(pair).to("cpu", torch.float32)
    gap = (values[0] - (alpha_bar**0.5 * values[1] + (1 - alpha_bar) ** 0.5 * values[2])).abs().amax()
    shown = to_uint8(model.decode(values.flatten(0, 1)))
    x_t, x0_hat, eps_hat = shown.reshape(3, -1, *shown.shape[1:])
    kept = values.numpy() if keep_values else None
    return State(i, n, t, x_t, x0_hat, eps_hat, kept, float(gap), s, terms, alpha_bar=alpha_bar)
