"""Targets and weights, held against the papers' formulas by another route."""

from __future__ import annotations

import pytest
import torch
from torch.testing import assert_close

from diffviz.diffusion import SCHEDULES, add_noise, zero_terminal_snr
from diffviz.diffusion.denoiser import to_x0_eps
from diffviz.train.objective import level_weights, losses, target

T = 50


@pytest.fixture
def drawn():
    generator = torch.Generator().manual_seed(0)
    x_0 = torch.rand(T, 3, 4, 4, generator=generator, dtype=torch.float64) * 2 - 1
    return x_0, torch.randn(x_0.shape, generator=generator, dtype=torch.float64), torch.arange(1, T + 1)


@pytest.mark.parametrize("prediction", ["epsilon", "v", "x0"])
def test_a_network_that_hits_the_target_gives_the_picture_and_the_noise_back(drawn, prediction):
    """The denoiser that reads outputs knows nothing of targets: it is the oracle."""
    x_0, eps, t = drawn
    schedule = SCHEDULES["linear"](T=T)
    x_t = add_noise(x_0, t, eps, schedule)
    wanted = target(x_0, eps, t, schedule, prediction)
    for k in range(T):
        x0_hat, eps_hat = to_x0_eps(wanted[k], x_t[k], float(schedule.alpha_bar[k + 1]), prediction)
        assert_close(x0_hat, x_0[k], rtol=0, atol=1e-10)
        assert_close(eps_hat, eps[k], rtol=0, atol=1e-10)


@pytest.mark.parametrize("prediction", ["epsilon", "v", "x0"])
def test_min_snr_weighs_the_error_of_x0_by_the_snr_up_to_gamma(drawn, prediction):
    """Whatever is predicted, an error of x̂_0 must count min(SNR, γ) times its square (Hang et al. 2023, eq. 6)."""
    x_0, eps, t = drawn
    schedule = SCHEDULES["cosine"](T=T)
    x_t = add_noise(x_0, t, eps, schedule)
    gamma = 5.0
    wrong = x_0 + 0.1
    alpha_bar = torch.tensor(schedule.alpha_bar[1:])[:, None, None, None]
    implied_eps = (x_t - alpha_bar.sqrt() * wrong) / (1 - alpha_bar).sqrt()
    output = target(wrong, implied_eps, t, schedule, prediction)
    error = (output - target(x_0, eps, t, schedule, prediction)).square().flatten(1).mean(1)
    weights = level_weights(t, schedule, prediction, gamma).double()
    expected = torch.tensor(schedule.snr[1:]).clamp(max=gamma) * 0.01
    assert_close(weights * error, expected, rtol=1e-6, atol=0)


@pytest.mark.parametrize("prediction", ["epsilon", "v", "x0"])
def test_weights_are_finite_without_any_signal(prediction):
    schedule = zero_terminal_snr(SCHEDULES["linear"](T=T))
    weights = level_weights(torch.tensor([1, T]), schedule, prediction, 5.0)
    assert bool(torch.isfinite(weights).all())


def test_gamma_0_weighs_all_alike():
    assert level_weights(torch.arange(1, 4), SCHEDULES["linear"](), "epsilon", 0).tolist() == [1, 1, 1]


def test_the_loss_of_each_picture_is_its_own():
    output = torch.zeros(3, 1, 2, 2)
    wanted = torch.tensor([0.0, 1.0, 2.0])[:, None, None, None].expand(3, 1, 2, 2)
    assert losses(output, wanted).tolist() == [0, 1, 4]
