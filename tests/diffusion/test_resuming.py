"""A chain that is left at any state and gone on with is the chain that was never left, to the last bit."""

from __future__ import annotations

import inspect

import pytest
import torch
from analytic import drawing, network_for, noise
from diffusers import DPMSolverMultistepScheduler

from diffviz import catalog
from diffviz.diffusion import SAMPLERS, SCHEDULES, network_denoiser, sigma_levels, step_levels

SCHEDULE = SCHEDULES["linear"]()
X = noise(2, 3, 8, 8, dtype=torch.float32)
STEPS = 12
KEYWORDS = [
    *((name, {}) for name in catalog.SAMPLERS),
    ("ddpm", {"variance": "fixed_large"}),
    ("ddim", {"eta": 0.5}),
    ("euler_ancestral", {"eta": 0.4}),
]


def denoiser():
    return network_denoiser(network_for(SCHEDULE, "v"), SCHEDULE, prediction="v", clip="static")


def after(draws: int):
    """The noise of a chain that has drawn so often."""
    randn_like = drawing(7)
    for _ in range(draws):
        randn_like(X)
    return randn_like


@pytest.mark.parametrize("grid", ["steps", "karras"])
@pytest.mark.parametrize(("name", "keywords"), KEYWORDS)
def test_going_on_gives_the_same_bytes(name, keywords, grid) -> None:
    levels = step_levels(1000, STEPS) if grid == "steps" else sigma_levels(SCHEDULE, STEPS, grid)
    sampler, drawn = SAMPLERS[name], []
    counted = drawing(7)

    def randn_like(x):
        drawn.append(1)
        return counted(x)

    whole, draws = [], []
    for step in sampler(denoiser(), X, SCHEDULE, levels=levels, randn_like=randn_like, **keywords):
        whole.append(step)
        draws.append(len(drawn))
    for i in range(1, STEPS):
        left = whole[i - 1]
        memory = {"before": (left.t, left.x0_hat)} if "before" in inspect.signature(sampler).parameters else {}
        rest = sampler(
            denoiser(), left.x_s, SCHEDULE, levels=levels[i:], randn_like=after(draws[i - 1]), **keywords, **memory
        )
        for ours, theirs in zip(rest, whole[i:], strict=True):
            assert torch.equal(ours.x_s, theirs.x_s) and torch.equal(ours.x0_hat, theirs.x0_hat)
            assert ours.terms == theirs.terms


def test_without_its_memory_2m_takes_another_way() -> None:
    levels = step_levels(1000, STEPS)
    whole = list(SAMPLERS["dpmpp_2m"](denoiser(), X, SCHEDULE, levels=levels))
    forgetful = list(SAMPLERS["dpmpp_2m"](denoiser(), whole[4].x_s, SCHEDULE, levels=levels[5:]))
    assert float((forgetful[0].x_s - whole[5].x_s).abs().max()) > 1e-4


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")
def test_2m_with_its_memory_is_diffusers_multistep() -> None:
    """Theirs walks the whole chain, ours begins in its middle with what the step before said."""
    scheduler = DPMSolverMultistepScheduler(
        beta_schedule="linear", beta_start=1e-4, beta_end=0.02, final_sigmas_type="zero", timestep_spacing="trailing"
    )
    scheduler.alphas_cumprod = torch.tensor(SCHEDULE.alpha_bar[1:])
    scheduler.set_timesteps(20)
    network, x, theirs, said = network_for(SCHEDULE, "epsilon"), X, [X], []
    denoise = network_denoiser(network, SCHEDULE, prediction="epsilon", clip=None)
    for timestep in scheduler.timesteps:
        at = torch.full((2,), int(timestep), dtype=torch.float64)
        said.append(denoise(x, int(timestep) + 1).x0_hat)
        x = scheduler.step(network(x, at), timestep, x).prev_sample
        theirs.append(x)
    levels = step_levels(1000, 20)
    ours = SAMPLERS["dpmpp_2m"](denoise, theirs[8], SCHEDULE, levels=levels[8:], before=(levels[7], said[7]))
    for i, step in enumerate(ours, start=9):
        assert float((step.x_s - theirs[i]).abs().max()) <= 1e-4 * max(1.0, float(theirs[i].abs().max()))
