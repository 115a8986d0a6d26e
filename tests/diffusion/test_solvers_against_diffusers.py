"""Chains of the solvers equal those of diffusers' schedulers step by step: same network, same noise, float32."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from analytic import drawing, network_for, noise
from diffusers import (
    DPMSolverMultistepScheduler,
    EulerAncestralDiscreteScheduler,
    EulerDiscreteScheduler,
    HeunDiscreteScheduler,
)

from diffviz.diffusion import SAMPLERS, SCHEDULES, network_denoiser

RTOL = 1e-4
KINDS = {"epsilon": "epsilon", "v": "v_prediction", "x0": "sample"}
TABLES = {
    "linear": {"beta_schedule": "linear", "beta_start": 1e-4, "beta_end": 0.02},
    "scaled_linear": {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
}
SCHEDULERS = {
    "euler": EulerDiscreteScheduler,
    "euler_ancestral": EulerAncestralDiscreteScheduler,
    "heun": HeunDiscreteScheduler,
    "dpmpp_2m": DPMSolverMultistepScheduler,
}
X = noise(2, 3, 8, 8, dtype=torch.float32)

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")


def scheduler_of(name, table, **keywords):
    """Theirs, with an exact table: float32 keeps three digits of 1-ᾱ where the first β are small."""
    scheduler = SCHEDULERS[name](**TABLES[table], **keywords)
    scheduler.alphas_cumprod = torch.tensor(SCHEDULES[table]().alpha_bar[1:])
    return scheduler


def assert_equal(ours, theirs, where):
    error = float((ours - theirs).abs().max())
    assert ours.dtype == torch.float32
    assert error <= RTOL * max(1.0, float(theirs.abs().max())), f"{where}: {error}"


def compare(name, scheduler, table, prediction="epsilon", clip=None, **keywords):
    """Walk both chains; the largest absolute error of each state, against the state's own size.

    Theirs lives in x_VE = x/√ᾱ, except DPM-Solver's, which also rounds the timesteps that it hands the network: here
    it is asked at the exact ones.
    """
    schedule = SCHEDULES[table]()
    network = network_for(schedule, prediction)
    denoiser = network_denoiser(network, schedule, prediction=prediction, clip=clip)
    ours = list(SAMPLERS[name](denoiser, X, schedule, randn_like=drawing(7), **keywords))
    generator = torch.Generator().manual_seed(7)
    scale = {step.t: 1.0 if name == "dpmpp_2m" else schedule.alpha_bar_at(step.t) ** 0.5 for step in ours} | {0: 1.0}
    x = X / scale[ours[0].t]
    more = {} if name == "heun" else {"generator": generator}
    timesteps = iter(scheduler.timesteps)
    for step in ours:
        # Heun's second half asks at s; the last step has none
        for half in (step.t, step.s) if name == "heun" and step.s else (step.t,):
            timestep = next(timesteps)
            assert float(timestep) == pytest.approx(half - 1, abs=1.0 if name == "dpmpp_2m" else 1e-3)
            at = torch.full((2,), half - 1, dtype=torch.float64)
            output = network(scheduler.scale_model_input(x, timestep), at)
            result = scheduler.step(output, timestep, x, **more)
            x = result.prev_sample
            if half == step.t and name != "dpmpp_2m":  # which does not tell
                assert_equal(step.x0_hat, result.pred_original_sample, f"x̂_0 at t = {step.t}")
        assert_equal(step.x_s, x * scale[step.s], f"x_s at t = {step.t}")
    assert next(timesteps, None) is None


@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize(("table", "prediction"), [("linear", "epsilon"), ("scaled_linear", "v"), ("linear", "x0")])
@pytest.mark.parametrize("steps", [1, 2, 10, 47, 100])
def test_trailing_steps(name, table, prediction, steps):
    if (name, prediction) == ("euler_ancestral", "x0"):
        prediction = "v"  # theirs does not know x0
    scheduler = scheduler_of(name, table, prediction_type=KINDS[prediction], timestep_spacing="trailing")
    scheduler.set_timesteps(steps)
    compare(name, scheduler, table, prediction, steps=steps)


@pytest.mark.parametrize("name", ["euler", "euler_ancestral", "heun"])
@pytest.mark.parametrize(("spacing", "steps"), [("leading", 10), ("leading", 47), ("linspace", 10), ("linspace", 28)])
def test_other_spacings(name, spacing, steps):
    """DPM-Solver's own are of one step more, and its linspace is rounded: ours is the Euler family's, for all."""
    scheduler = scheduler_of(name, "scaled_linear", timestep_spacing=spacing)
    scheduler.set_timesteps(steps)
    compare(name, scheduler, "scaled_linear", spacing=spacing, steps=steps)


@pytest.mark.parametrize("spacing", ["leading", "linspace"])
def test_dpmpp_2m_over_a_list_of_levels(spacing):
    scheduler = scheduler_of("dpmpp_2m", "linear", timestep_spacing=spacing)
    scheduler.set_timesteps(20)
    compare("dpmpp_2m", scheduler, "linear", levels=[*(int(t) + 1 for t in scheduler.timesteps), 0])


@pytest.mark.parametrize("grid", ["karras", "exponential"])
@pytest.mark.parametrize("name", ["euler", "heun", "dpmpp_2m"])
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("steps", [2, 18])
def test_grids_in_sigma(name, grid, table, steps):
    asked = {f"use_{grid}_sigmas": True}
    scheduler = scheduler_of(name, table, timestep_spacing="linspace", **asked)
    scheduler.set_timesteps(steps)
    compare(name, scheduler, table, steps=steps, grid=grid)


def test_karras_sigmas_are_theirs_to_the_last():
    scheduler = scheduler_of("euler", "linear", timestep_spacing="linspace", use_karras_sigmas=True)
    scheduler.set_timesteps(18)
    schedule = SCHEDULES["linear"]()
    denoiser = network_denoiser(network_for(schedule), schedule, clip=None)
    levels = [step.t for step in SAMPLERS["euler"](denoiser, X, schedule, steps=18, grid="karras")]
    sigma = [((1 - alpha_bar) / alpha_bar) ** 0.5 for alpha_bar in map(schedule.alpha_bar_at, levels)]
    np.testing.assert_allclose(sigma, scheduler.sigmas[:-1].numpy(), rtol=1e-6)
    np.testing.assert_allclose(np.asarray(levels) - 1, scheduler.timesteps.numpy(), atol=1e-3)
    assert all(t > s for t, s in pairwise(levels))


def test_heun_with_clipping():
    scheduler = scheduler_of("heun", "linear", timestep_spacing="trailing", clip_sample=True)
    scheduler.set_timesteps(30)
    compare("heun", scheduler, "linear", clip="static", steps=30)


def test_dpmpp_2m_with_clipping():
    scheduler = scheduler_of("dpmpp_2m", "linear", timestep_spacing="trailing", thresholding=True)
    scheduler.set_timesteps(30)
    compare("dpmpp_2m", scheduler, "linear", clip="static", steps=30)
