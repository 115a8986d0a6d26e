"""Chains that begin with a state of the experiment's own: what of the whole chain is left of them, and their steps."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion import SAMPLERS, ReverseStep
from diffviz.engine.chain import chain_levels
from diffviz.engine.denoising import denoiser_of
from diffviz.engine.experiments.runs import check_levels
from diffviz.engine.experiments.workbench import Workbench
from diffviz.engine.noise import ChainNoise
from diffviz.engine.tensors import raster
from diffviz.kinds.kind import GAIN
from diffviz.scene import RunSpec, SamplerSpec

if TYPE_CHECKING:
    from diffviz.diffusion import Denoiser


def cut_sampler(sampler: SamplerSpec, start: int, T: int) -> SamplerSpec:
    """The sampler with as many steps as the share of the levels that lie below ``start``.

    Of n steps for T levels it keeps the whole part of n start/T, and at least one; they are spread anew over 0..start.
    """
    return dataclasses.replace(sampler, steps=max(1, min(sampler.steps, T) * start // T))


def cut_levels(bench: Workbench, start: int, sampler: SamplerSpec | None = None) -> list[float]:
    """The levels of the cut chain, from exactly ``start`` to 0.

    Raises:
        ValueError: one sentence, if the chain cannot be run from there.
    """
    schedule = bench.model.schedule
    chosen = cut_sampler(sampler or bench.scene.sampler, start, schedule.T)
    levels = chain_levels(bench.scene.replace(sampler=chosen), schedule, start)
    check_levels(bench.model, RunSpec(bench.scene.model, chosen), levels)
    return levels


def ode_denoiser(bench: Workbench) -> Denoiser:
    """The denoiser whose ODE leads back where it came from: the scene's class, unguided and unclipped."""
    plain = dataclasses.replace(bench.scene.model, guidance=1.0)
    return denoiser_of(bench.model, plain, clip=None)


def step_noise(bench: Workbench) -> ChainNoise:
    """The fresh noise of the steps of the scene's chain, from behind its x_T on."""
    scene = bench.scene
    noise = ChainNoise(scene.seed if scene.noise < 0 else scene.noise, 1)
    noise.skip(bench.model.sample_shape, 0)
    return noise


def walk_down(
    bench: Workbench, x: Tensor, levels: Sequence[float], denoiser: Denoiser | None = None
) -> Iterator[ReverseStep]:
    """The scene's sampler from states x (B, C, H, W) at the first level; the fresh noise is the same for all B.

    ``denoiser``: another one than the scene's.
    """
    sampler, noise = bench.scene.sampler, step_noise(bench)

    def randn_like(states: Tensor) -> Tensor:
        return noise.randn_like(states[:1]).expand_as(states)

    denoiser = denoiser or denoiser_of(bench.model, bench.scene.model)
    keywords: dict[str, Any] = {**dict(sampler.params), "levels": levels, "randn_like": randn_like}
    yield from SAMPLERS[sampler.name](denoiser, x.to(bench.model.device), bench.model.schedule, **keywords)


def ode_down(bench: Workbench, x: Tensor, levels: Sequence[float]) -> Iterator[ReverseStep]:
    """DDIM with η = 0 and ``ode_denoiser``: the way back of an inversion."""
    yield from SAMPLERS["ddim"](ode_denoiser(bench), x.to(bench.model.device), bench.model.schedule, levels=levels)


def shown(bench: Workbench, x: Tensor) -> np.ndarray:
    """States (B, C, H, W) as pictures, uint8 (B, H, W, 3)."""
    return raster(bench.model.kind, bench.model.decode(x))


def difference(bench: Workbench, a: Tensor, b: Tensor, gain: float = GAIN) -> np.ndarray:
    """gain (a - b) as uint8 (B, H, W, 3): grey is no difference, and the ends are ±1/gain of the range's half."""
    return raster(bench.model.kind, (a - b).to("cpu", torch.float32) * gain)


def whole_numbers(bench: Workbench, name: str, low: int, high: int, most: int = 16) -> tuple[int, ...]:
    """``Workbench.numbers`` that are whole.

    Raises:
        ValueError: one sentence, if they are not.
    """
    values = bench.numbers(name, low, high, most)
    for value in values:
        if value != int(value):
            raise ValueError(f"{name}: {value:g} is no whole number; write {low} to {high}.")
    return tuple(int(value) for value in values)


def linear(a: Tensor, b: Tensor, share: float) -> Tensor:
    """(1-share) a + share b."""
    return torch.lerp(a, b, share)


def spherical(a: Tensor, b: Tensor, share: float) -> Tensor:
    """Along the great circle (Shoemake 1985): (sin((1-share)θ) a + sin(share θ) b)/sin θ, θ the angle between a and b.

    Half-way between two independent Gaussian noises it is Gaussian noise again, where the straight line has lost half
    of its variance. Parallel states are mixed linearly.
    """
    cosine = float((a * b).sum() / (a.norm() * b.norm()).clamp_min(1e-12))
    theta = float(np.arccos(np.clip(cosine, -1.0, 1.0)))
    if np.sin(theta) < 1e-4:
        return linear(a, b, share)
    return (np.sin((1.0 - share) * theta) * a + np.sin(share * theta) * b) / float(np.sin(theta))
