"""Ways from one x_T: those of long steps are ways of the same noise."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from diffviz.diffusion import SAMPLERS, SCHEDULES, Mixture, Prediction
from diffviz.diffusion import ways as module
from diffviz.diffusion.ways import both_ways, walk_ode, way_levels

SCHEDULE = SCHEDULES["linear"](T=1000)


def test_both_are_ddims_of_all_steps() -> None:
    mixture = Mixture(torch.tensor([[-1.0, 0.5], [1.0, -0.5]]))
    denoiser = mixture.denoiser(SCHEDULE)
    levels, ode, sde = both_ways(denoiser, SCHEDULE, (0.3, -0.2), 5)
    generator = torch.Generator().manual_seed(5)
    for eta, way in ((0.0, ode), (1.0, sde)):
        steps = SAMPLERS["ddim"](denoiser, torch.tensor([[0.3, -0.2]]), SCHEDULE, steps=100, eta=eta,
                                 randn_like=lambda x: torch.randn(x.shape, generator=generator))  # fmt: skip
        assert np.allclose(way[1:], np.concatenate([step.x_s.numpy() for step in steps]), atol=1e-6)
    assert levels.tolist() == [*range(1000, -1, -10)] and np.array_equal(ode[0], sde[0])
    _, many = walk_ode(denoiser, SCHEDULE, torch.tensor([[0.3, -0.2], [1.0, 2.0]]))
    assert np.allclose(many[:, 0], ode, atol=1e-6)


@pytest.mark.parametrize("T", [1000, 200, 7, 2])
def test_a_long_step_gathers_the_noise_of_those_in_it(T: int) -> None:
    """With an x̂_0 that stays as it is, exactly."""
    schedule = SCHEDULES["linear"](T=T)

    def denoiser(x: torch.Tensor, t: float) -> Prediction:
        x0_hat, alpha_bar = torch.full_like(x, 0.4), schedule.alpha_bar_at(t)
        return Prediction(x0_hat, (x - alpha_bar**0.5 * x0_hat) / (1 - alpha_bar) ** 0.5)

    levels, _, sde = both_ways(denoiser, schedule, (1.5, -0.3), 3)
    fewer, _, long = both_ways(denoiser, schedule, (1.5, -0.3), 3, moving=True)
    assert fewer.tolist() == [*levels[:-1].tolist()[:: module.LONG], 0.0] == way_levels(schedule, moving=True)
    assert np.allclose(long, sde[np.isin(levels, fewer)], atol=1e-5)


def test_a_long_step_has_noise_of_deviation_1() -> None:
    z = torch.cat([each for seed in range(400) for each in module._fresh(SCHEDULE, 2, seed, moving=True)])
    assert float(z.std()) == pytest.approx(1, abs=0.01) and float(z.mean()) == pytest.approx(0, abs=0.01)
