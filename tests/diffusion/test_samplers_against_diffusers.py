"""Chains equal those of diffusers' schedulers step by step: same analytic network, same injected noise, float32."""

from __future__ import annotations

import pytest
import torch
from analytic import network_for
from diffusers import DDIMScheduler, DDPMScheduler

from diffviz.diffusion import SAMPLERS, SCHEDULES, network_denoiser, zero_terminal_snr

SHAPE = (2, 3, 8, 8)
RTOL = 1e-4
KINDS = {"epsilon": "epsilon", "v": "v_prediction", "x0": "sample"}
TABLES = {
    "linear": {"beta_schedule": "linear"},
    "cosine": {"beta_schedule": "squaredcos_cap_v2"},
    "scaled_linear": {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
}


def scheduler_of(kind, table, **keywords):
    scheduler = kind(**TABLES[table], **keywords)
    return with_exact_table(scheduler) if table == "cosine" else scheduler


def with_exact_table(scheduler):
    """Their float32 ᾱ keeps three digits of 1-ᾱ where the first β are small, which shows in the last steps."""
    scheduler.alphas_cumprod = torch.cumprod(1 - scheduler.betas.double(), dim=0)
    return scheduler


def start():
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(0))


def our_chain(name, denoiser, schedule, **keywords):
    generator = torch.Generator().manual_seed(7)
    draw = lambda x: torch.randn(x.shape, generator=generator, dtype=x.dtype)  # noqa: E731
    return list(SAMPLERS[name](denoiser, start(), schedule, randn_like=draw, **keywords))


def compare(steps, scheduler, model, skip_last_state=False, **keywords):
    """Walk their chain beside ours; the largest absolute error of each state, against the state's own size."""
    generator = torch.Generator().manual_seed(7)
    x = start()
    assert [step.t - 1 for step in steps] == scheduler.timesteps.tolist()
    for step, timestep in zip(steps, scheduler.timesteps, strict=True):
        output = model(x, timestep.expand(len(x)))
        theirs = scheduler.step(output, timestep, x, generator=generator, **keywords)
        x = theirs.prev_sample
        for ours, other in ((step.x_s, x), (step.x0_hat, theirs.pred_original_sample)):
            if other is x and skip_last_state and step.s == 0:
                continue
            assert ours.dtype == torch.float32
            error = float((ours - other).abs().max())
            assert error <= RTOL * max(1.0, float(other.abs().max())), f"t = {step.t}: {error}"


# of one linspace step diffusers keeps the clean end, we the noisy one
GRIDS = [(spacing, steps) for spacing in ("trailing", "leading", "linspace") for steps in (1, 10, 47, 250)]
GRIDS.remove(("linspace", 1))


# each prediction and each table on every grid, and each of both on one
PAIRS = list(zip(KINDS, TABLES, strict=True))
EVERY = [(kind, table) for kind in KINDS for table in TABLES]


@pytest.mark.parametrize(
    ("spacing", "steps", "prediction", "table"),
    dict.fromkeys([(*grid, *pair) for grid in GRIDS for pair in PAIRS] + [("trailing", 47, *pair) for pair in EVERY]),
)
@pytest.mark.parametrize("variance", ["fixed_small", "fixed_large"])
def test_ddpm(variance, spacing, steps, prediction, table):
    scheduler = scheduler_of(
        DDPMScheduler, table, variance_type=variance, timestep_spacing=spacing, prediction_type=KINDS[prediction]
    )
    scheduler.set_timesteps(steps)
    schedule = SCHEDULES[table](T=1000)
    network = network_for(schedule, prediction)
    denoiser = network_denoiser(network, schedule, prediction=prediction)
    ours = our_chain("ddpm", denoiser, schedule, steps=steps, spacing=spacing, variance=variance)
    # into the clean picture diffusers adds noise unless its timestep is 0; we never do
    compare(ours, scheduler, network, skip_last_state=spacing == "trailing" and variance == "fixed_large")


def test_ddpm_over_all_levels():
    scheduler = with_exact_table(DDPMScheduler())
    scheduler.set_timesteps(1000)
    schedule = SCHEDULES["linear"]()
    network = network_for(schedule)
    compare(our_chain("ddpm", network_denoiser(network, schedule), schedule), scheduler, network)


def test_ddpm_over_a_list_of_levels():
    levels = [980, 979, 500, 120, 119, 7, 1, 0]
    scheduler = DDPMScheduler()
    scheduler.set_timesteps(timesteps=[level - 1 for level in levels[:-1]])
    schedule = SCHEDULES["linear"]()
    network = network_for(schedule)
    compare(our_chain("ddpm", network_denoiser(network, schedule), schedule, levels=levels), scheduler, network)


@pytest.mark.parametrize("steps", [10, 100])
def test_ddpm_with_learned_range(steps):
    scheduler = DDPMScheduler(variance_type="learned_range", timestep_spacing="leading")
    scheduler.set_timesteps(steps)
    schedule = SCHEDULES["linear"]()
    network = network_for(schedule, learned=True)
    denoiser = network_denoiser(network, schedule)
    ours = our_chain("ddpm", denoiser, schedule, steps=steps, spacing="leading", variance="learned_range")
    compare(ours, scheduler, network)


@pytest.mark.parametrize("clip", ["static", "dynamic", None])
def test_ddpm_with_each_clip(clip):
    scheduler = DDPMScheduler(
        timestep_spacing="trailing",
        prediction_type="v_prediction",
        clip_sample=clip == "static",
        thresholding=clip == "dynamic",
        sample_max_value=1e6,
    )
    scheduler.set_timesteps(50)
    schedule = SCHEDULES["linear"]()
    network = network_for(schedule, "v")
    denoiser = network_denoiser(network, schedule, prediction="v", clip=clip)
    ours = our_chain("ddpm", denoiser, schedule, steps=50)
    compare(ours, scheduler, network)
    unclipped = our_chain("ddpm", network_denoiser(network, schedule, prediction="v", clip=None), schedule, steps=50)
    assert torch.equal(ours[-1].x_s, unclipped[-1].x_s) == (clip is None), "the data never left [-1, 1]"


@pytest.mark.parametrize(
    ("spacing", "steps", "prediction", "table"),
    [
        *((*grid, *pair) for grid in [("trailing", 10), ("trailing", 250), ("leading", 250)] for pair in PAIRS),
        *(("leading", 47, *pair) for pair in EVERY),
    ],
)
@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_ddim(eta, spacing, steps, prediction, table):
    scheduler = scheduler_of(DDIMScheduler, table, timestep_spacing=spacing, prediction_type=KINDS[prediction])
    scheduler.set_timesteps(steps)
    schedule = SCHEDULES[table](T=1000)
    network = network_for(schedule, prediction)
    denoiser = network_denoiser(network, schedule, prediction=prediction)
    ours = our_chain("ddim", denoiser, schedule, steps=steps, spacing=spacing, eta=eta)
    compare(ours, scheduler, network, eta=eta)


@pytest.mark.parametrize("eta", [0.0, 0.5, 1.0])
def test_ddim_with_eps_derived_again(eta):
    scheduler = DDIMScheduler(timestep_spacing="trailing")
    scheduler.set_timesteps(50)
    schedule = SCHEDULES["linear"]()
    network = network_for(schedule)
    denoiser = network_denoiser(network, schedule, rederive_eps=True)
    ours = our_chain("ddim", denoiser, schedule, steps=50, eta=eta)
    compare(ours, scheduler, network, eta=eta, use_clipped_model_output=True)


@pytest.mark.parametrize("eta", [0.0, 1.0])
def test_ddim_from_zero_terminal_snr(eta):
    scheduler = DDIMScheduler(timestep_spacing="trailing", prediction_type="v_prediction", rescale_betas_zero_snr=True)
    scheduler.set_timesteps(50)
    schedule = zero_terminal_snr(SCHEDULES["linear"]())
    network = network_for(schedule, "v")
    denoiser = network_denoiser(network, schedule, prediction="v")
    compare(our_chain("ddim", denoiser, schedule, steps=50, eta=eta), scheduler, network, eta=eta)
