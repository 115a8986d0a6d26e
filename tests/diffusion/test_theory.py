from __future__ import annotations

import math

import pytest
import torch
from analytic import Gaussian, drawing, noise, noise_correlation

from diffviz.diffusion import SCHEDULES, forward_chain, kl_to_prior, vlb_terms
from diffviz.diffusion.theory import bits_per_dimension, vlb_weight

LINEAR = SCHEDULES["linear"](1000)
F64 = torch.float64


def test_golden_distance_of_the_end_to_noise():
    """CONVENTIONS 7: mean x_0² = 1/3, linear, t = T."""
    x_0 = torch.full((2, 3, 32, 32), (1 / 3) ** 0.5, dtype=F64)
    nats = kl_to_prior(x_0, 1000, LINEAR)
    assert nats.shape == (2,) and float(nats[0]) / 3072 == pytest.approx(6.72679e-6, rel=1e-5)
    assert float(nats[0]) / math.log(2) == pytest.approx(0.029813, rel=1e-4)


@pytest.mark.parametrize("t", [1, 40, 100])
def test_it_is_the_divergence_of_two_gaussians(t):
    schedule, x_0 = SCHEDULES["cosine"](100), noise(4, 3, 5)
    alpha_bar = schedule.alpha_bar_at(t)
    q = torch.distributions.Normal(alpha_bar**0.5 * x_0, (1 - alpha_bar) ** 0.5)
    expected = torch.distributions.kl_divergence(q, torch.distributions.Normal(torch.zeros(1, dtype=F64), 1.0))
    torch.testing.assert_close(kl_to_prior(x_0, t, schedule), expected.flatten(1).sum(dim=1))


def test_the_clean_picture_is_infinitely_far_and_the_way_there_falls():
    x_0 = noise(1, 8).clamp(-1, 1)
    far = [float(kl_to_prior(x_0, t, LINEAR)) for t in (0, 1, 10, 100, 500, 1000)]
    assert far[0] == math.inf and far == sorted(far, reverse=True)
    with pytest.raises(IndexError, match=r"outside 0\.\.1000"):
        kl_to_prior(x_0, 1001, LINEAR)


def test_the_forward_chain_has_the_jumps_marginals_and_the_noises_correlation():
    schedule = SCHEDULES["linear"](50)
    x_0 = torch.full((40_000, 1), 0.7, dtype=F64)
    chain = list(forward_chain(x_0, schedule, drawing(3)))
    assert len(chain) == 50
    eps = {}
    for t in (5, 20, 50):
        alpha_bar = schedule.alpha_bar_at(t)
        eps[t] = (chain[t - 1] - alpha_bar**0.5 * 0.7) / (1 - alpha_bar) ** 0.5
        assert abs(float(eps[t].mean())) < 0.02 and float(eps[t].std()) == pytest.approx(1, abs=0.015)
    for s, t in ((5, 20), (20, 50), (5, 50)):
        measured = float((eps[s] * eps[t]).mean())
        assert measured == pytest.approx(noise_correlation(s, t, schedule), abs=0.02)
    assert noise_correlation(20, 20, schedule) == pytest.approx(1)


@pytest.mark.parametrize(("t", "weight"), [(100, 8.942977e-2), (500, 4.697938e-4), (1000, 4.118529e-7)])
def test_golden_weights_of_the_bound(t, weight):
    assert vlb_weight(t, LINEAR) == pytest.approx(weight, rel=1e-5)


def test_a_term_is_the_divergence_of_two_posteriors():
    from diffviz.diffusion import posterior

    schedule, x_0 = SCHEDULES["linear"](100), noise(3, 4).clamp(-1, 1)
    denoiser, eps = Gaussian(schedule, 0.1, 0.4), noise(3, 4, seed=9)
    for t in (2, 30, 100):
        term = vlb_terms(denoiser, x_0, schedule, [t], lambda x: eps).steps[t]
        x_t = schedule.alpha_bar_at(t) ** 0.5 * x_0 + (1 - schedule.alpha_bar_at(t)) ** 0.5 * eps
        true, variance = posterior(x_0, x_t, t, schedule)
        guessed, _ = posterior(denoiser(x_t, t).x0_hat, x_t, t, schedule)
        torch.testing.assert_close(term, ((true - guessed) ** 2).sum(dim=1) / (2 * float(variance)), rtol=1e-6, atol=0)


def test_the_decoder_is_a_distribution_over_256_values():
    schedule = SCHEDULES["linear"](1000, beta_start=2e-4, beta_end=0.02)
    values = torch.arange(256, dtype=F64)[:, None] / 127.5 - 1
    for guess in (-1.0, 0.003, 0.99):
        terms = vlb_terms(Gaussian(schedule, guess, 1e-9), values, schedule, [1])
        assert float((-terms.decoder).exp().sum()) == pytest.approx(1, abs=1e-9)
        assert torch.isfinite(terms.decoder).all() and not terms.steps


def test_the_bound_is_that_of_gaussian_data_in_closed_form():
    """With the exact denoiser E‖x_0 - x̂_0‖² is the variance of x_0 given x_t; it lies above the data's entropy."""
    schedule, deviation = SCHEDULES["linear"](1000), 0.25
    x_0 = (deviation * noise(3000, 1, seed=2)).clamp(-1, 1)
    terms = vlb_terms(Gaussian(schedule, 0.0, deviation), x_0, schedule, eps_like=drawing(5))
    expected = 0.0
    for t, term in terms.steps.items():
        noisy = 1 - schedule.alpha_bar_at(t)
        left = deviation**2 * noisy / ((1 - noisy) * deviation**2 + noisy)
        expected += vlb_weight(t, schedule) * left
        if t in (2, 100, 900):
            error = float(term.std()) / 3000**0.5
            assert float(term.mean()) == pytest.approx(vlb_weight(t, schedule) * left, abs=4 * error)
    steps = torch.stack(list(terms.steps.values())).sum(dim=0)
    assert float(steps.mean()) == pytest.approx(expected, abs=4 * float(steps.std()) / 3000**0.5)
    bits = float(bits_per_dimension(terms.prior + terms.decoder + steps, x_0).mean())
    entropy = (0.5 * math.log(2 * math.pi * math.e * deviation**2) - math.log(1 / 127.5)) / math.log(2)
    assert bits > entropy - 0.05
