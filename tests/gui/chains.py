"""A chain computed beside the window: the bare sampler on the same network, with the same noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from gui_driver import Driver
from pixels import from_uint8, to_uint8
from torch import Tensor

from diffviz.diffusion import SAMPLERS, add_noise, sigma_levels, step_levels
from diffviz.engine.denoising import denoiser_of
from diffviz.engine.noise import ChainNoise, held_noise
from diffviz.kinds.tiles import tile
from diffviz.models import Model, load_model
from diffviz.scene import Scene


@dataclass(frozen=True)
class Shown:
    """What the panels must show of one state: uint8 (N, H, W, 3) each, and how far the sum misses x_t."""

    t: float
    x_t: np.ndarray
    x0_hat: np.ndarray
    eps_hat: np.ndarray
    gap: float


@cache
def network(name: str) -> Model:
    return load_model(name, "cpu")


def x_T(scene: Scene) -> Tensor:
    return ChainNoise(scene.seed, scene.count).start(network(scene.model.name).sample_shape)


def direct(scene: Scene, picture: np.ndarray | None = None, level: int | None = None) -> list[Shown]:
    """The states of the scene's chain; from a picture noised to ``level`` where one is given."""
    model = network(scene.model.name)
    noise = ChainNoise(scene.seed, scene.count)
    x = noise.start(model.sample_shape)
    steps = scene.sampler.steps
    if picture is not None and level is not None:
        eps = held_noise(scene.seed, model.sample_shape)
        x = add_noise(from_uint8(picture), level, eps, model.schedule).repeat(scene.count, 1, 1, 1)
        steps = min(steps, level)
    keywords = dict(scene.sampler.params)
    if keywords.get("grid", "steps") == "steps":
        levels = step_levels(model.schedule.T, steps, scene.sampler.spacing, start=level, offset=scene.sampler.offset)
    else:
        levels = sigma_levels(model.schedule, steps, keywords["grid"], start=level)
    denoiser = denoiser_of(model, scene.model)
    sampler = SAMPLERS[scene.sampler.name]
    taken = list(sampler(denoiser, x, model.schedule, levels=levels, randn_like=noise.randn_like, **keywords))
    states = [_shown(model, step.t, step.x_t, step.x0_hat, step.eps_hat) for step in taken]
    return [*states, _shown(model, 0, taken[-1].x_s, taken[-1].x_s, taken[-1].eps_hat)]


def _shown(model: Model, t: float, x_t: Tensor, x0_hat: Tensor, eps_hat: Tensor) -> Shown:
    alpha_bar = model.schedule.alpha_bar_at(t)
    gap = float(torch.abs(x_t - (alpha_bar**0.5 * x0_hat + (1 - alpha_bar) ** 0.5 * eps_hat)).max())
    return Shown(t, to_uint8(x_t), to_uint8(x0_hat), to_uint8(eps_hat), gap)


def is_shown(driver: Driver, state: Shown) -> bool:
    panels = zip(("x_t", "x_0", "eps"), (state.x_t, state.x0_hat, state.eps_hat), strict=True)
    return all(np.array_equal(driver.shown(name), tile(batch)) for name, batch in panels)
