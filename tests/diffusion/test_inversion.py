"""DDIM inversion: the ODE upwards, its order, the way back, and diffusers' map."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch
from analytic import Gaussian, max_error, network_for, noise
from torch import Tensor

from diffviz.diffusion import SAMPLERS, SCHEDULES, network_denoiser, step_levels
from diffviz.diffusion.exact import exact_denoiser
from diffviz.diffusion.inversion import ddim_inversion

SCHEDULE = SCHEDULES["linear"]()


def x_T_of(denoiser, x_0: Tensor, steps: int) -> Tensor:
    *_, last = ddim_inversion(denoiser, x_0, SCHEDULE, steps=steps)
    return last.x_t


def back(denoiser, x_T: Tensor, steps: int) -> Tensor:
    *_, last = SAMPLERS["ddim"](denoiser, x_T, SCHEDULE, steps=steps)
    return last.x_s


def slope(errors: dict[int, float]) -> float:
    (n, first), *_, (m, last) = errors.items()
    return math.log(last / first) / math.log(m / n)


def test_the_way_up_is_the_ode_to_first_order() -> None:
    denoiser = Gaussian(SCHEDULE, 0.2, 0.6)
    x_0 = 0.2 + 0.6 * noise(4, 3, 2, 2)
    # the ODE has a level from which it goes up: ``path`` from 0, where x_0 is data without noise
    exact = denoiser.path(x_0, 0, 1000)
    errors = {n: max_error(x_T_of(denoiser, x_0, n), exact) for n in (50, 100, 200, 400)}
    assert -1.25 < slope(errors) < -0.75


def test_there_and_back_errs_by_the_first_order() -> None:
    denoiser = Gaussian(SCHEDULE, 0.2, 0.6)
    x_0 = 0.2 + 0.6 * noise(4, 3, 2, 2)
    errors = {n: max_error(back(denoiser, x_T_of(denoiser, x_0, n), n), x_0) for n in (50, 100, 200, 400)}
    assert -1.25 < slope(errors) < -0.75
    assert errors[400] < 0.02


def test_the_noise_of_gaussian_data_is_gaussian() -> None:
    denoiser = Gaussian(SCHEDULE, 0.2, 0.6)
    x_0 = 0.2 + 0.6 * noise(20_000, 1)
    x_T = x_T_of(denoiser, x_0, 200)
    assert abs(float(x_T.mean())) < 0.03 and abs(float(x_T.std()) - 1) < 0.03


def test_records_climb_and_hold_the_equation() -> None:
    denoiser = network_denoiser(network_for(SCHEDULE), SCHEDULE, clip=None)
    x_0 = 0.5 * noise(2, 3, 8, 8)
    steps = list(ddim_inversion(denoiser, x_0, SCHEDULE, steps=7))
    levels = step_levels(1000, 7)[::-1]
    assert [(step.i, step.n, step.s, step.t) for step in steps] == [(i, 7, levels[i], levels[i + 1]) for i in range(7)]
    assert torch.equal(steps[0].x_s, x_0) and torch.equal(steps[0].x0_hat, x_0)
    for step, after in pairwise(steps):
        assert after.x_s is step.x_t
    for step in steps:
        for t, x in ((step.s, step.x_s), (step.t, step.x_t)):
            alpha_bar = SCHEDULE.alpha_bar_at(t)
            if t:
                assert max_error(alpha_bar**0.5 * step.x0_hat + (1 - alpha_bar) ** 0.5 * step.eps_hat, x) < 1e-9


@pytest.mark.parametrize("prediction", ["epsilon", "x0", "v"])
def test_the_map_is_that_of_diffusers_step_by_step(prediction: str) -> None:
    """Given the same output at the same state.

    diffusers leaves it to the caller at which timestep the network is asked; its pipelines name the level that is gone
    to, ours is asked at the level where the state is. At level 0 only ε says anything: x0 and v begin one step later.
    """
    from diffusers import DDIMInverseScheduler

    theirs = DDIMInverseScheduler(
        prediction_type={"epsilon": "epsilon", "x0": "sample", "v": "v_prediction"}[prediction],
        beta_start=1e-4,
        beta_end=0.02,
        clip_sample=False,
        timestep_spacing="trailing",
        set_alpha_to_one=True,
    )
    theirs.set_timesteps(20)
    network = network_for(SCHEDULE, prediction)
    denoiser = network_denoiser(network, SCHEDULE, prediction=prediction, clip=None)
    steps = list(ddim_inversion(denoiser, 0.5 * noise(2, 3, 8, 8), SCHEDULE, steps=20))
    assert [step.t - 1 for step in steps] == theirs.timesteps.tolist()
    for step in steps:
        if step.s == 0 and prediction != "epsilon":
            continue
        output = network(step.x_s, torch.tensor([max(step.s, 1) - 1])).double()
        x_t, x0_hat = theirs.step(output, step.t - 1, step.x_s, return_dict=False)
        assert max_error(x_t, step.x_t) < 2e-4 * float(step.x_t.abs().max())
        if step.s:
            assert max_error(x0_hat, step.x0_hat) < 2e-3 * float(step.x0_hat.abs().max())


def test_a_picture_of_the_data_set_comes_back_through_its_own_noise() -> None:
    pictures = (0.5 * noise(6, 3, 8, 8, seed=4)).clamp(-1, 1)
    denoiser = exact_denoiser(pictures, SCHEDULE)
    assert max_error(back(denoiser, x_T_of(denoiser, pictures, 100), 100), pictures) < 1e-3


def test_levels_are_those_of_a_sampler_and_nothing_given_is_written_to() -> None:
    denoiser = Gaussian(SCHEDULE, 0.0, 1.0)
    x_0 = noise(1, 2)
    kept = x_0.clone()
    levels = [600, 250.5, 1, 0]
    steps = list(ddim_inversion(denoiser, x_0, SCHEDULE, levels=levels))
    assert [step.s for step in steps] + [steps[-1].t] == levels[::-1]
    assert torch.equal(x_0, kept)
    with pytest.raises(ValueError, match="strictly falling"):
        ddim_inversion(denoiser, x_0, SCHEDULE, levels=[1, 600, 0])
    with pytest.raises(ValueError, match=r"outside 1\.\.1000"):
        ddim_inversion(denoiser, x_0, SCHEDULE, steps=1001)
