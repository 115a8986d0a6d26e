"""The bare sampler loop, beside diffusers' own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import torch

from diffviz.diffusion import SAMPLERS, step_levels
from diffviz.engine import threads
from diffviz.models import load_model

from .figures import Bound, Figure, judged, median, skipped
from .rows import Plan

if TYPE_CHECKING:
    from diffviz.models import Model

MODEL = "smileys-32"
CLASS = 0
# our sampler -> diffusers' class of the same method
SCHEDULERS = {
    "ddpm": "DDPMScheduler",
    "ddim": "DDIMScheduler",
    "euler": "EulerDiscreteScheduler",
    "euler_ancestral": "EulerAncestralDiscreteScheduler",
    "heun": "HeunDiscreteScheduler",
    "dpmpp_2m": "DPMSolverMultistepScheduler",
}


def measure_loop(plan: Plan) -> Iterator[Figure]:
    """Same weights, dtype, threads, batch and steps; short chains in turn."""
    threads.for_jobs()
    for device in ("cpu", "cuda"):
        for batch, steps in ((1, plan.times(60, 4)), (16, plan.times(16, 2))):
            row, bound = f"bare loop / diffusers, batch {batch}, {device}", Bound(">=", 1.0, True)
            if device == "cuda" and not torch.cuda.is_available():
                yield skipped(row, bound, "no CUDA device")
                continue
            yield _beside_diffusers(row, bound, device, batch, steps, plan.times(9, 1))


def measure_samplers(plan: Plan) -> Iterator[Figure]:
    """The same for every other sampler, one sample on the CPU; each beside diffusers' scheduler of that method."""
    threads.for_jobs()
    for sampler in SCHEDULERS:
        if sampler != "ddpm":  # the row "loop"
            row = f"bare loop / diffusers, {sampler}, cpu"
            yield _beside_diffusers(row, Bound(">=", 1.0, True), "cpu", 1, plan.times(50, 4), plan.times(7, 1), sampler)


def _beside_diffusers(
    row: str, bound: Bound, device: str, batch: int, steps: int, times: int, sampler: str = "ddpm"
) -> Figure:
    model = load_model(MODEL, torch.device(device))
    other = Diffusers(model, device, sampler)
    pairs = []
    for i in range(1 + times):
        pair = bare_steps_per_s(model, batch, steps, sampler), other.steps_per_s(batch, steps)
        if i:  # the first chain chooses algorithms and touches new memory
            pairs.append(pair)
    ours, theirs = (median(column) for column in zip(*pairs, strict=True))
    ratio = median([a / b for a, b in pairs])
    return judged(row, bound, ours, "it/s", theirs, ratio)


def bare_steps_per_s(
    model: Model, batch: int, steps: int, sampler: str = "ddpm", told: int | str = CLASS, guidance: float = 1.0
) -> float:
    """The sampler's loop with nothing around it."""
    x = torch.randn((batch, *model.sample_shape), generator=torch.Generator().manual_seed(0)).to(model.device)
    levels = step_levels(model.schedule.T, steps)
    denoiser = model.denoiser(told, guidance)
    began = time.perf_counter()
    for step in SAMPLERS[sampler](denoiser, x, model.schedule, levels=levels):
        x = step.x_s
    _finish(x)
    return steps / (time.perf_counter() - began)


class Diffusers:
    """The yardstick: diffusers' network as it loads it, and its scheduler."""

    def __init__(self, model: Model, device: str, sampler: str = "ddpm") -> None:
        import diffusers

        self._shape = model.sample_shape
        self._device = device
        self._network = diffusers.UNet2DModel.from_pretrained(
            model.folder / "unet", local_files_only=True, torch_dtype=torch.float32, low_cpu_mem_usage=False
        )
        self._network.to(device).eval()
        kind = getattr(diffusers, SCHEDULERS[sampler])
        self._scheduler = kind.from_pretrained(
            model.folder / "scheduler", local_files_only=True, timestep_spacing="trailing"
        )

    @torch.no_grad()
    def steps_per_s(self, batch: int, steps: int) -> float:
        x = torch.randn((batch, *self._shape), generator=torch.Generator().manual_seed(0)).to(self._device)
        labels = torch.full((batch,), CLASS, device=self._device)
        self._scheduler.set_timesteps(steps)
        x = x * self._scheduler.init_noise_sigma
        began = time.perf_counter()
        for t in self._scheduler.timesteps:
            scaled = self._scheduler.scale_model_input(x, t)
            output = self._network(scaled, t, labels, return_dict=False)[0]
            x = self._scheduler.step(output, t, x, return_dict=False)[0]
        _finish(x)
        return steps / (time.perf_counter() - began)


def _finish(x: torch.Tensor) -> None:
    """Wait for the device: a GPU runs behind the loop."""
    x.to("cpu")
