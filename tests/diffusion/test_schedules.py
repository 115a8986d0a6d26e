"""Schedules: golden values, properties of all, agreement with diffusers and catalog, refusals in words."""

from __future__ import annotations

import dataclasses
import inspect

import numpy as np
import pytest

from diffviz import catalog
from diffviz.diffusion import SCHEDULES, NoiseSchedule, zero_terminal_snr
from diffviz.diffusion.schedules import shifted

NAMED = sorted(set(SCHEDULES) - {"custom"})

# name: ᾱ at t = 1, 500 and 1000 of T = 1000
GOLDEN = {
    "linear": (0.9999, 0.07858724, 4.035830e-05),
    "scaled_linear": (0.99915, 0.27766965, 4.660099e-03),
    "quadratic": (0.9999, 0.33318777, 7.334124e-04),
    "cosine": (0.99995872, 0.49384359, 2.428767e-09),
    "sigmoid_beta": (0.99985079, 0.30193106, 3.968182e-05),
    "sigmoid": (0.99969972, 0.5, 3.002792e-07),
    "constant": (0.99, 0.00657048, 4.317125e-05),
    "exponential": (0.98807171, 0.00247875, 6.144212e-06),
    "flow": (0.99999900, 0.5, 1.002003e-09),
}


def test_every_schedule_has_golden_values():
    assert set(GOLDEN) == set(NAMED)


@pytest.mark.parametrize("name", NAMED)
def test_golden_alpha_bar(name):
    schedule = SCHEDULES[name](T=1000)
    np.testing.assert_allclose(schedule.alpha_bar[[1, 500, 1000]], GOLDEN[name], rtol=2e-6)
    # the default T is the paper's
    assert np.array_equal(SCHEDULES[name]().beta, schedule.beta)


def test_golden_ends_when_T_changes():
    assert SCHEDULES["linear"](T=200).alpha_bar[-1] == pytest.approx(3.03e-5, rel=2e-3)
    given = SCHEDULES["linear"](T=200, beta_start=1e-4, beta_end=0.02)
    assert given.alpha_bar[-1] == pytest.approx(0.132, rel=5e-3)
    assert given.beta[1] == 1e-4 and given.beta[-1] == 0.02


@pytest.mark.parametrize(("tau", "alpha_bar", "scale"), [(0.25, 0.9, 0.790569), (0.5, 0.5, 0.707107)])
def test_golden_straight_way(tau, alpha_bar, scale):
    """x_τ = (1-τ) x_0 + τ ε = c x_t with golden ᾱ and c (CONVENTIONS 7)."""
    schedule = SCHEDULES["flow"](T=1000)
    found = schedule.alpha_bar[round(1000 * tau)]
    assert found == pytest.approx(alpha_bar, rel=1e-9)
    assert (1 - tau) / found**0.5 == pytest.approx(scale, abs=1e-6) == tau / (1 - found) ** 0.5
    assert schedule.sigma[round(1000 * tau)] == pytest.approx(tau / (1 - tau), rel=1e-9)


@pytest.mark.parametrize(("s", "tau", "moved"), [(3, 0.5, 0.75), (3, 0.25, 0.5), (0.5, 0.5, 1 / 3), (1, 0.3, 0.3)])
def test_golden_shift_of_the_straight_way(s, tau, moved):
    """τ' = sτ/(1+(s-1)τ) (Esser et al. 2024): the level t/T = τ is that of τ' unshifted."""
    found = SCHEDULES["flow"](T=1000, shift=s).alpha_bar[round(1000 * tau)]
    assert moved == pytest.approx(s * tau / (1 + (s - 1) * tau))
    assert found == pytest.approx((1 - moved) ** 2 / ((1 - moved) ** 2 + moved**2), rel=1e-9)


@pytest.mark.parametrize("name", ["cosine", "flow"])
def test_a_shift_multiplies_sigma_and_takes_its_logarithm_from_log_snr(name):
    plain, moved = SCHEDULES[name](T=500), SCHEDULES[name](T=500, shift=4)
    assert moved.params == (("shift", 4),)
    inner = slice(1, 500)  # the last β is limited
    np.testing.assert_allclose(moved.sigma[inner], 4 * plain.sigma[inner], rtol=1e-6)
    np.testing.assert_allclose(np.log(moved.snr[inner]), np.log(plain.snr[inner]) + 2 * np.log(1 / 4), atol=1e-6)
    back = shifted(shifted(plain.alpha_bar, 4), 0.25)
    np.testing.assert_allclose(back, plain.alpha_bar, rtol=1e-12)


def test_the_straight_way_is_that_of_diffusers():
    from diffusers import FlowMatchEulerDiscreteScheduler

    scheduler = FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000, shift=3.0)
    theirs = scheduler.sigmas[:1000].numpy().astype(np.float64)  # τ, falling from 1
    ours = SCHEDULES["flow"](T=1000, shift=3.0)
    tau = ours.sigma / (1 + ours.sigma)
    np.testing.assert_allclose(tau[1:1000], theirs[::-1][:999], rtol=1e-5)


def test_golden_sigma_of_linear():
    sigma = SCHEDULES["linear"](T=1000).sigma
    assert sigma[1] == pytest.approx(0.0100, abs=5e-5)
    assert sigma[1000] == pytest.approx(157.407, abs=5e-4)


def test_golden_zero_terminal_snr():
    plain = SCHEDULES["linear"](T=1000)
    schedule = zero_terminal_snr(plain)
    assert schedule.alpha_bar[500] == pytest.approx(0.07602875, rel=1e-7)
    assert schedule.alpha_bar[1] == pytest.approx(plain.alpha_bar[1], rel=1e-14)
    assert schedule.alpha_bar[0] == 1 and schedule.alpha_bar[-1] == 0 and schedule.beta[-1] == 1
    assert schedule.snr[-1] == 0 and schedule.sigma[-1] == np.inf and schedule.snr_db[-1] == -np.inf


@pytest.mark.parametrize("T", [1, 2, 3, 10, 250, 1000, 10_000])
@pytest.mark.parametrize("name", NAMED)
def test_tables_are_a_forward_process(name, T):
    schedule = SCHEDULES[name](T=T)
    assert schedule.T == T and schedule.name == name and schedule.params == ()
    for table in (schedule.beta, schedule.alpha, schedule.alpha_bar, schedule.snr, schedule.snr_db, schedule.sigma):
        assert table.shape == (T + 1,) and table.dtype == np.float64
        assert not np.isnan(table).any()
        with pytest.raises(ValueError, match="read-only"):
            table[0] = 0.5
    assert schedule.beta[0] == 0 and schedule.alpha_bar[0] == 1
    assert np.all(schedule.beta[1:] > 0) and np.all(schedule.beta <= 0.999)
    assert np.all(np.diff(schedule.alpha_bar) < 0) and schedule.alpha_bar[-1] > 0
    np.testing.assert_allclose(schedule.alpha_bar, np.cumprod(1 - schedule.beta), rtol=1e-12)
    inner = schedule.alpha_bar[1:]
    np.testing.assert_allclose(schedule.snr[1:], inner / (1 - inner), rtol=1e-12)
    np.testing.assert_allclose(schedule.snr_db[1:], 10 * np.log10(schedule.snr[1:]), rtol=1e-12)
    np.testing.assert_allclose(schedule.sigma[1:], schedule.snr[1:] ** -0.5, rtol=1e-12)
    assert schedule.snr[0] == np.inf and schedule.snr_db[0] == np.inf and schedule.sigma[0] == 0


@pytest.mark.parametrize("T", [20, 50, 200, 5000])
@pytest.mark.parametrize("name", NAMED)
def test_defaults_reach_noise_for_every_T(name, T):
    assert SCHEDULES[name](T=T).alpha_bar[-1] < 1e-2


@pytest.mark.parametrize("name", ["linear", "scaled_linear", "quadratic", "sigmoid_beta"])
def test_default_ends_scale_and_given_ends_do_not(name):
    # sigmoid_beta reaches 0.25 % of the range short of its ends
    start, end = (0.00085, 0.012) if name == "scaled_linear" else (1e-4, 0.02)
    tolerance = 0.0025 * (end - start) if name == "sigmoid_beta" else 1e-15
    assert SCHEDULES[name](T=500).beta[[1, -1]] == pytest.approx([2 * start, 2 * end], abs=2 * tolerance)
    given = SCHEDULES[name](T=500, beta_start=start, beta_end=end)
    assert given.beta[[1, -1]] == pytest.approx([start, end], abs=tolerance)
    assert given.params == (("beta_start", start), ("beta_end", end))
    one = SCHEDULES[name](T=500, beta_end=end)
    assert one.beta[[1, -1]] == pytest.approx([2 * start, end], abs=2 * tolerance)


def test_alpha_bar_does_not_underflow():
    # Π (1 - β) is 1e-600 and less here: a denormal would stand still, and 0 would be a picture that is erased
    for given in ({"beta_start": 0.9}, {"beta_end": 0.9, "T": 10_000}):
        schedule = SCHEDULES["linear"](**given)
        assert schedule.alpha_bar[-1] == np.finfo(float).tiny
        for table in (schedule.alpha_bar, schedule.snr[1:], schedule.snr_db[1:], schedule.sigma):
            assert np.isfinite(table).all()
        assert np.isfinite(schedule.alpha_bar_at(schedule.T - 0.5))
    assert NoiseSchedule(np.array([0, 0.5, 1, 0.5])).alpha_bar.tolist() == [1, 0.5, 0, 0]


def test_constant_scales_its_default_only():
    assert np.all(SCHEDULES["constant"](T=500).beta[1:] == 0.02)
    assert np.all(SCHEDULES["constant"](T=500, beta=0.01).beta[1:] == 0.01)


def test_cosine_sigmoid_and_flow_reach_the_limit_at_the_last_step_only():
    for name in ("cosine", "sigmoid", "flow"):
        beta = SCHEDULES[name](T=1000).beta
        assert np.flatnonzero(beta == 0.999).tolist() == [1000]


def test_scaled_ends_above_the_limit_are_clipped():
    beta = SCHEDULES["linear"](T=4).beta[1:]
    assert beta.tolist() == pytest.approx([0.025, 0.999, 0.999, 0.999])


def test_custom_takes_betas_as_they_are():
    betas = [0.3, 1e-6, 0.9999, 0.5]
    schedule = SCHEDULES["custom"](betas)
    assert schedule.beta.tolist() == [0.0, *betas] and schedule.T == 4 and schedule.name == "custom"
    assert SCHEDULES["custom"](betas=iter(betas)).beta.tolist() == [0.0, *betas]
    given = np.array(betas)
    schedule = SCHEDULES["custom"](given)
    given[0] = 0.9
    assert schedule.beta[1] == 0.3


def test_schedule_keeps_its_own_copy():
    given = np.array([0.0, 0.1, 0.2])
    schedule = NoiseSchedule(given)
    given[1] = 0.9
    assert schedule.beta[1] == 0.1 and given.flags.writeable


def test_from_alpha_bar_inverts_alpha_bar():
    alpha_bar = SCHEDULES["linear"](T=300).alpha_bar
    again = NoiseSchedule.from_alpha_bar(alpha_bar, "drawn")
    np.testing.assert_allclose(again.alpha_bar, alpha_bar, rtol=1e-12)
    assert again.name == "drawn"
    # a curve that is flat or reaches 0 still makes a process
    drawn = NoiseSchedule.from_alpha_bar(np.array([1.0, 1.0, 0.5, 0.5, 0.0, 0.0]))
    assert np.all(drawn.beta[1:] > 0) and np.all(drawn.beta <= 0.999) and np.all(np.diff(drawn.alpha_bar) < 0)


def test_schedule_is_frozen_and_says_what_it_is():
    schedule = SCHEDULES["cosine"](T=100, s=0.01)
    with pytest.raises(dataclasses.FrozenInstanceError):
        schedule.name = "other"  # type: ignore[misc]
    assert repr(schedule) == "NoiseSchedule(cosine, T=100, s=0.01)"
    assert "zero_terminal_snr" in repr(zero_terminal_snr(schedule))
    assert len({schedule, SCHEDULES["cosine"](T=100, s=0.01)}) == 2  # hashable, by identity


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (("linear", {}), {"beta_schedule": "linear"}),
        (("linear", {"beta_start": 0.001, "beta_end": 0.01}), {"beta_start": 0.001, "beta_end": 0.01}),
        (
            ("scaled_linear", {}),
            {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
        ),
        (("quadratic", {}), {"beta_schedule": "scaled_linear"}),
        (("cosine", {}), {"beta_schedule": "squaredcos_cap_v2"}),
        (("sigmoid_beta", {}), {"beta_schedule": "sigmoid"}),
        (("custom", {"betas": [0.1, 0.2, 0.05]}), {"trained_betas": [0.1, 0.2, 0.05]}),
    ],
    ids=lambda value: str(value[0]) if isinstance(value, tuple) else None,
)
def test_equals_diffusers(ours, theirs):
    from diffusers import DDPMScheduler

    name, keywords = ours
    schedule = SCHEDULES[name](**keywords)
    scheduler = DDPMScheduler(num_train_timesteps=schedule.T, **theirs)
    np.testing.assert_allclose(schedule.alpha_bar[1:], scheduler.alphas_cumprod.numpy(), rtol=5e-5)
    np.testing.assert_allclose(schedule.beta[1:], scheduler.betas.numpy(), rtol=1e-4)


def test_zero_terminal_snr_equals_diffusers():
    from diffusers import DDIMScheduler

    scheduler = DDIMScheduler(rescale_betas_zero_snr=True)
    ours = zero_terminal_snr(SCHEDULES["linear"]()).alpha_bar[1:]
    np.testing.assert_allclose(ours, scheduler.alphas_cumprod.numpy(), rtol=1e-4, atol=1e-7)


@pytest.mark.parametrize("name", NAMED)
def test_zero_terminal_snr_of_every_schedule(name):
    for T in (2, 10, 1000):
        plain = SCHEDULES[name](T=T)
        schedule = zero_terminal_snr(plain)
        assert schedule.alpha_bar[-1] == 0 and np.all(np.diff(schedule.alpha_bar) < 0)
        assert schedule.alpha_bar[1] == pytest.approx(plain.alpha_bar[1], rel=1e-12)


def test_catalog_offers_every_schedule_with_its_keywords():
    assert set(catalog.SCHEDULES) == set(NAMED)
    for name, entry in catalog.SCHEDULES.items():
        parameters = inspect.signature(SCHEDULES[name]).parameters
        assert list(parameters) == ["T", *(param.name for param in entry.params)]
        for param in entry.params:
            assert parameters[param.name].default == param.default


def _corners():
    for name, entry in catalog.SCHEDULES.items():
        for param in entry.params:
            for value in (param.low, param.high):
                if not (name == "sigmoid" and param.name == "end" and value == param.low):
                    yield name, {param.name: value}
    yield "sigmoid", {"start": 2.9, "end": 3.0, "tau": 0.1}
    yield "sigmoid", {"start": -10.0, "end": 10.0, "tau": 0.1}


@pytest.mark.parametrize(("name", "keywords"), list(_corners()), ids=str)
def test_the_menus_corners_are_processes(name, keywords):
    for T in (2, 1000, 10_000):
        schedule = SCHEDULES[name](T=T, **keywords)
        assert np.all(schedule.beta[1:] > 0) and np.all(schedule.beta <= 0.999)
        assert np.all(1 - schedule.alpha_bar[1:] > 0)
        assert not any(np.isnan(table).any() for table in (schedule.snr, schedule.sigma, schedule.snr_db))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: SCHEDULES["linear"](T=0), r"T = 0 is not a whole number in 1\.\.1,000,000"),
        (lambda: SCHEDULES["cosine"](T=10.5), r"T = 10\.5 is not a whole number"),
        (lambda: SCHEDULES["exponential"](T=10**12), r"T = 1000000000000 is not"),
        (lambda: SCHEDULES["linear"](beta_start=0.0), r"beta_start = 0\.0 is not between 0 and 1"),
        (lambda: SCHEDULES["quadratic"](beta_end=1.0), r"beta_end = 1\.0 is not between 0 and 1"),
        (lambda: SCHEDULES["scaled_linear"](beta_end=float("nan")), r"beta_end = nan is not"),
        (lambda: SCHEDULES["constant"](beta=-0.1), r"beta = -0\.1 is not between 0 and 1"),
        (lambda: SCHEDULES["cosine"](s=-1.0), r"s = -1\.0 is not at least 0"),
        (lambda: SCHEDULES["cosine"](s=float("inf")), r"s = inf is not"),
        (lambda: SCHEDULES["flow"](shift=0.0), r"shift = 0\.0 is not above 0"),
        (lambda: SCHEDULES["cosine"](shift=float("nan")), r"shift = nan is not"),
        (lambda: SCHEDULES["sigmoid"](start=3.0), r"start = 3\.0 is not below end = 3\.0"),
        (lambda: SCHEDULES["sigmoid"](tau=0.0), r"tau = 0\.0 is not above 0"),
        (lambda: SCHEDULES["sigmoid"](start=900.0, end=901.0), r"the sigmoid is flat"),
        (lambda: SCHEDULES["custom"]([]), r"at least one number"),
        (lambda: SCHEDULES["custom"]([[0.1, 0.2]]), r"not a list"),
        (lambda: SCHEDULES["custom"](["a"]), r"not a list"),
        (lambda: SCHEDULES["custom"]([0.1, 1.0]), r"beta at t = 2 is 1, which is not between 0 and 1"),
        (lambda: SCHEDULES["custom"]([0.1, float("nan")]), r"beta at t = 2 is nan"),
        (lambda: NoiseSchedule(np.array([0.1, 0.2])), r"beta at t = 0 is 0\.1"),
        (lambda: NoiseSchedule(np.array([0.0, 0.0])), r"beta at t = 1 is 0"),
        (lambda: NoiseSchedule(np.array([0.0])), r"shape \(1,\)"),
        (lambda: NoiseSchedule.from_alpha_bar(np.array([1.0, 0.5, 0.6])), r"never rises"),
        (lambda: NoiseSchedule.from_alpha_bar(np.array([0.9, 0.5])), r"begins with 1"),
        (lambda: NoiseSchedule.from_alpha_bar(np.array([1.0, np.nan])), r"begins with 1"),
        (lambda: zero_terminal_snr(SCHEDULES["linear"](T=1)), r"T is at least 2"),
    ],
)
def test_bad_values_are_refused_in_words(make, words):
    with pytest.raises(ValueError, match=words):
        make()
