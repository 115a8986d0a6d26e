"""The forward process: golden values, agreement of jump, chain and posterior, exactness, refusals."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from analytic import noise

from diffviz.diffusion import (
    SCHEDULES,
    add_noise,
    forward_step,
    posterior,
    posterior_coefficients,
    zero_terminal_snr,
)

NAMED = sorted(set(SCHEDULES) - {"custom"})
LINEAR = SCHEDULES["linear"](T=1000)
PAIRS = [(1, 0), (2, 1), (2, 0), (40, 17), (500, 499), (501, 500), (777, 0), (1000, 1), (1000, 400), (1000, 999)]


def max_error(a, b):
    return float((torch.as_tensor(a) - torch.as_tensor(b)).abs().max())


def test_golden_posterior():
    assert posterior_coefficients(501, 500, LINEAR) == pytest.approx((3.05805708e-03, 0.99410435, 1.00513358e-02))
    assert LINEAR.beta[501] == pytest.approx(1.00599600e-02)
    assert posterior_coefficients(1, 0, LINEAR) == (1.0, 0.0, 0.0)
    assert posterior_coefficients(2, 1, LINEAR)[2] == pytest.approx(5.453188e-05, rel=1e-6)


@pytest.mark.parametrize("name", NAMED)
def test_posterior_is_bayes_rule(name):
    """q(x_s | x_t, x_0) is the product of the Gaussians q(x_s | x_0) and q(x_t | x_s), as a function of x_s."""
    schedule = SCHEDULES[name](T=1000)
    for t, s in PAIRS:
        if s == 0:
            continue
        alpha_bar_s = schedule.alpha_bar[s]
        alpha_ts = schedule.alpha_bar[t] / alpha_bar_s
        precision = 1 / (1 - alpha_bar_s) + alpha_ts / (1 - alpha_ts)
        c_0, c_t, variance = posterior_coefficients(t, s, schedule)
        assert variance == pytest.approx(1 / precision, rel=1e-8)
        assert c_0 == pytest.approx(np.sqrt(alpha_bar_s) / (1 - alpha_bar_s) / precision, rel=1e-8)
        assert c_t == pytest.approx(np.sqrt(alpha_ts) / (1 - alpha_ts) / precision, rel=1e-8)


@pytest.mark.parametrize("name", NAMED)
def test_posterior_of_the_jump_has_the_jumps_moments(name):
    """Drawing x_t from x_0, then x_s from the posterior, is drawing x_s from x_0."""
    schedule = SCHEDULES[name](T=1000)
    for t, s in PAIRS:
        c_0, c_t, variance = posterior_coefficients(t, s, schedule)
        alpha_bar_s, alpha_bar_t = schedule.alpha_bar[[s, t]]
        assert c_0 + c_t * alpha_bar_t**0.5 == pytest.approx(alpha_bar_s**0.5, rel=1e-10)
        assert variance + c_t**2 * (1 - alpha_bar_t) == pytest.approx(1 - alpha_bar_s, rel=1e-10, abs=1e-15)


def test_posterior_reads_coefficients():
    x_0, x_t = noise(3, 2, 4, seed=1), noise(3, 2, 4, seed=2)
    for t, s in PAIRS:
        c_0, c_t, expected = posterior_coefficients(t, s, LINEAR)
        mean, variance = posterior(x_0, x_t, t, LINEAR, s)
        assert max_error(mean, c_0 * x_0 + c_t * x_t) < 1e-15
        assert variance.dtype == x_t.dtype and float(variance) == expected
    assert torch.equal(posterior(x_0, x_t, 500, LINEAR)[0], posterior(x_0, x_t, 500, LINEAR, s=499)[0])


def test_posterior_of_a_batch_of_levels():
    x_0, x_t = noise(3, 2, 4, seed=1), noise(3, 2, 4, seed=2)
    t, s = torch.tensor([1, 500, 1000]), torch.tensor([0, 20, 999])
    mean, variance = posterior(x_0, x_t, t, LINEAR, s)
    assert variance.shape == (3, 1, 1)
    for k in range(3):
        one, one_variance = posterior(x_0[k : k + 1], x_t[k : k + 1], int(t[k]), LINEAR, int(s[k]))
        assert max_error(mean[k : k + 1], one) < 1e-15
        assert float(variance[k]) == float(one_variance)
    assert torch.equal(posterior(x_0, x_t, t, LINEAR)[0], posterior(x_0, x_t, t, LINEAR, t - 1)[0])


def test_posterior_at_zero_terminal_snr_is_finite():
    c_0, c_t, variance = posterior_coefficients(1000, 900, zero_terminal_snr(LINEAR))
    assert c_t == 0 and 0 < c_0 < 1 and 0 < variance < 1


def test_posterior_where_alpha_bar_runs_out_of_digits():
    schedule = SCHEDULES["constant"](T=2000, beta=0.9)
    assert schedule.alpha_bar[1000] == schedule.alpha_bar[2000] < 1e-300
    assert posterior_coefficients(1500, 1499, schedule) == pytest.approx((0.0, 0.1**0.5, 0.9))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16])
def test_add_noise_at_0_is_exactly_the_picture_in_a_new_tensor(dtype):
    x_0, eps = noise(2, 3, 8, 8).to(dtype), noise(2, 3, 8, 8, seed=1).to(dtype)
    for t in (0, torch.tensor([0, 0])):
        x_t = add_noise(x_0, t, eps, LINEAR)
        assert torch.equal(x_t, x_0) and x_t.dtype == dtype
        assert x_t.data_ptr() != x_0.data_ptr()


@pytest.mark.parametrize("name", NAMED)
def test_add_noise_is_the_equation(name):
    schedule = SCHEDULES[name](T=1000)
    x_0, eps = noise(2, 3, 4, 4), noise(2, 3, 4, 4, seed=1)
    before = x_0.clone(), eps.clone()
    for t in (1, 250, 999, 1000):
        expected = np.sqrt(schedule.alpha_bar[t]) * x_0.numpy() + np.sqrt(1 - schedule.alpha_bar[t]) * eps.numpy()
        assert max_error(add_noise(x_0, t, eps, schedule), expected) < 1e-15
        single = add_noise(x_0.float(), t, eps.float(), schedule)
        assert single.dtype == torch.float32 and max_error(single, expected) < 1e-6
    assert torch.equal(x_0, before[0]) and torch.equal(eps, before[1])


@pytest.mark.parametrize("function", [add_noise, forward_step])
@pytest.mark.parametrize("shape", [(3,), (3, 2), (3, 3, 4, 4), (3, 1, 2, 2, 2)])
def test_levels_of_a_batch_are_one_by_one(function, shape):
    x, eps = noise(*shape), noise(*shape, seed=1)
    t = torch.tensor([1, 500, 1000])
    together = function(x, t, eps, LINEAR)
    assert together.shape == x.shape
    for k in range(3):
        alone = function(x[k : k + 1], int(t[k]), eps[k : k + 1], LINEAR)
        assert max_error(together[k : k + 1], alone) < 1e-15


def test_add_noise_accepts_numpy_and_0_dimensional_levels():
    x, eps = noise(2, 3), noise(2, 3, seed=1)
    expected = add_noise(x, 7, eps, LINEAR)
    for t in (np.int64(7), torch.tensor(7), torch.tensor([7, 7], dtype=torch.int32)):
        assert max_error(add_noise(x, t, eps, LINEAR), expected) < 1e-15


def test_add_noise_equals_diffusers():
    from diffusers import DDPMScheduler

    x_0, eps = noise(4, 3, 8, 8, dtype=torch.float32), noise(4, 3, 8, 8, seed=1, dtype=torch.float32)
    t = torch.tensor([1, 2, 500, 1000])
    theirs = DDPMScheduler().add_noise(x_0, eps, t - 1)
    assert max_error(add_noise(x_0, t, eps, LINEAR), theirs) < 1e-4


@pytest.mark.parametrize("name", NAMED)
def test_chain_of_steps_has_the_jumps_moments(name):
    """The mean's factor is the chain without noise; the variance adds up as √ of forward steps of unit noise."""
    schedule = SCHEDULES[name](T=50)
    one, zero = torch.ones(1, dtype=torch.float64), torch.zeros(1, dtype=torch.float64)
    mean, variance = one, zero
    for t in range(1, 51):
        spread = forward_step(zero, t, one, schedule) ** 2
        variance = forward_step(one, t, zero, schedule) ** 2 * variance + spread
        mean = forward_step(mean, t, zero, schedule)
        assert float(mean) == pytest.approx(float(add_noise(one, t, zero, schedule)), rel=1e-12)
        assert float(variance) == pytest.approx(float(add_noise(zero, t, one, schedule)) ** 2, rel=1e-12)


@pytest.mark.parametrize("t", [-1, 1001, torch.tensor([3, 1001]), torch.tensor([-1, 3]), torch.tensor(1001)], ids=str)
def test_levels_outside_are_index_errors(t):
    x = noise(2, 3)
    for function in (add_noise, forward_step):
        with pytest.raises(IndexError, match=r"t = (-1|1001) is outside [01]\.\.1000"):
            function(x, t, x, LINEAR)
    with pytest.raises(IndexError, match=r"t = (-1|1001) is outside 1\.\.1000"):
        posterior(x, x, t, LINEAR)


def test_level_0_has_no_step_into_it():
    x = noise(2, 3)
    with pytest.raises(IndexError, match=r"t = 0 is outside 1\.\.1000"):
        forward_step(x, 0, x, LINEAR)
    with pytest.raises(IndexError, match=r"t = 0 is outside 1\.\.1000"):
        posterior(x, x, 0, LINEAR)


@pytest.mark.parametrize("s", [-1, 500, 501])
def test_posterior_goes_down_only(s):
    x = noise(2, 3)
    with pytest.raises(IndexError, match=rf"s = {s} is outside 0\.\.499"):
        posterior(x, x, 500, LINEAR, s)


def test_fractions_are_no_levels():
    x = noise(2, 3)
    with pytest.raises(IndexError, match="whole numbers"):
        add_noise(x, torch.tensor([0.5, 1.0]), x, LINEAR)
    with pytest.raises(TypeError):
        add_noise(x, 0.5, x, LINEAR)
