"""Samplers: what every one of them promises, and exact answers on Gaussian data."""

from __future__ import annotations

import dataclasses
import inspect
import math
from itertools import pairwise

import pytest
import torch
from analytic import Gaussian, drawing, max_error, noise

from diffviz import catalog
from diffviz.diffusion import (
    SAMPLERS,
    SCHEDULES,
    Prediction,
    network_denoiser,
    posterior,
    posterior_coefficients,
    step_levels,
    zero_terminal_snr,
)

LINEAR = SCHEDULES["linear"](T=1000)
SPACINGS = ["trailing", "leading", "linspace"]
# every sampler with every kind of noise it can add
WAYS = [
    ("ddpm", {}),
    ("ddpm", {"variance": "fixed_large"}),
    ("ddim", {}),
    ("ddim", {"eta": 0.5}),
    ("ddim", {"eta": 1.0}),
    ("euler", {}),
    ("euler_ancestral", {}),
    ("euler_ancestral", {"eta": 0.5}),
    ("heun", {}),
    ("dpmpp_2m", {}),
]
IN_SIGMA = ("euler", "euler_ancestral", "heun", "dpmpp_2m")


def wavy(schedule=LINEAR, **keywords):
    """A fixed denoiser, smooth in x and t, whose x̂_0 leaves [-1, 1] at times."""
    keywords = {"prediction": "v", "clip": "static", **keywords}
    return network_denoiser(lambda x, t, c: torch.sin(1.3 * x + t[0] / 90) - 0.4 * x, schedule, **keywords)


def adds_noise(name, keywords):
    return name == "ddpm" or keywords.get("eta", 1.0 if name == "euler_ancestral" else 0.0) > 0


def with_variance(denoiser, v=0.3):
    return lambda x_t, t: dataclasses.replace(denoiser(x_t, t), variance=torch.full_like(x_t, v))


def test_every_sampler_is_tried_and_offered_with_its_keywords():
    assert {name for name, _ in WAYS} == set(SAMPLERS)
    assert list(SAMPLERS) == list(catalog.SAMPLERS)
    shared = ["denoiser", "x", "schedule", "steps", "spacing", "levels", "randn_like"]
    for name, entry in catalog.SAMPLERS.items():
        parameters = inspect.signature(SAMPLERS[name]).parameters
        own = [keyword for keyword in parameters if keyword != "before"]  # which resumes a chain and is no setting
        assert own == shared + [param.name for param in entry.params]
        assert parameters["spacing"].default == "trailing" and parameters["steps"].default is None
        for param in entry.params:
            assert parameters[param.name].default == param.default
            for choice in param.choices:
                denoiser = with_variance(wavy())
                assert list(SAMPLERS[name](denoiser, noise(1, 1, 2, 2), LINEAR, steps=2, **{param.name: choice}))


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize(("name", "keywords"), WAYS)
def test_steps_join_up(name, keywords, spacing):
    x = noise(2, 3, 4, 4)
    steps = list(SAMPLERS[name](wavy(), x, LINEAR, steps=7, spacing=spacing, randn_like=drawing(), **keywords))
    levels = step_levels(1000, 7, spacing)
    assert [(step.i, step.n, step.t, step.s) for step in steps] == [(i, 7, levels[i], levels[i + 1]) for i in range(7)]
    assert all(type(number) is int for step in steps for number in (step.i, step.n, step.t, step.s))
    assert steps[0].x_t is x
    assert all(before.x_s is after.x_t for before, after in pairwise(steps))
    for step in steps:
        assert step.x_s.shape == step.x0_hat.shape == step.eps_hat.shape == x.shape
        assert step.x_s.dtype == torch.float64 and step.x_s.isfinite().all()
    # with every sampler the chain ends in the clean picture itself
    assert torch.equal(steps[-1].x_s, steps[-1].x0_hat)


@pytest.mark.parametrize(("name", "keywords"), WAYS)
def test_terms_are_the_step(name, keywords):
    """x_s is the sum of the terms, also where clipping broke the pair's own equation."""
    draws, said = [], []

    def randn_like(x):
        draws.append(noise(*x.shape, seed=len(draws) + 5))
        return draws[-1]

    def denoiser(x_t, t):
        said.append((t, wavy()(x_t, t)))
        return said[-1][1]

    clipped = 0
    before = None
    for step in SAMPLERS[name](denoiser, noise(2, 3, 4, 4), LINEAR, steps=20, randn_like=randn_like, **keywords):
        factors = dict(step.terms)
        assert all(type(factor) is float for factor in factors.values())
        tensors = {
            "x̂_0": step.x0_hat,
            "x̂_0′": said[-1][1].x0_hat,
            "x̂_0 old": before,
            "ε̂": step.eps_hat,
            "x_t": step.x_t,
            "z": draws[-1] if factors["z"] else torch.zeros_like(step.x_t),
        }
        second = {"heun": ["x̂_0′"], "dpmpp_2m": ["x̂_0 old"]}.get(name, []) if step.s else []
        if name == "dpmpp_2m" and step.i == 0:
            second = []
        assert list(factors) == ["x̂_0", *second, "ε̂" if name == "ddim" else "x_t", "z"]
        assert said[-1][0] == (step.s if name == "heun" and step.s else step.t)
        total = sum(factor * tensors[term] for term, factor in factors.items())
        assert max_error(step.x_s, total) < 1e-12
        alpha_bar = LINEAR.alpha_bar[step.t]
        clipped += max_error(step.x_t, alpha_bar**0.5 * step.x0_hat + (1 - alpha_bar) ** 0.5 * step.eps_hat) > 0.01
        before = step.x0_hat
    assert clipped > 3
    assert dict(step.terms)["z"] == 0.0


@pytest.mark.parametrize("levels", [None, [800, 300, 299, 1, 0], [1000, 0], [1, 0]])
@pytest.mark.parametrize(("name", "keywords"), WAYS)
def test_noise_is_drawn_once_per_step_that_adds_it(name, keywords, levels):
    calls = []

    def randn_like(*arguments):
        calls.append(arguments)
        return torch.zeros_like(arguments[0])

    steps = list(
        SAMPLERS[name](wavy(), noise(2, 1, 2, 2), LINEAR, steps=5, levels=levels, randn_like=randn_like, **keywords)
    )
    adding = [step for step in steps if dict(step.terms)["z"] > 0]
    assert len(calls) == len(adding) == (len(steps) - 1 if adds_noise(name, keywords) else 0)
    assert all(len(arguments) == 1 and arguments[0].shape == (2, 1, 2, 2) for arguments in calls)


def test_ddpm_draws_from_the_posterior_between_neighbours_of_the_list():
    levels = [990, 700, 650, 3, 0]
    zero = list(SAMPLERS["ddpm"](wavy(), noise(2, 3, 4, 4), LINEAR, levels=levels, randn_like=torch.zeros_like))
    for step in zero:
        mean, variance = posterior(step.x0_hat, step.x_t, step.t, LINEAR, step.s)
        assert max_error(step.x_s, mean) < 1e-14
        assert dict(step.terms)["z"] == pytest.approx(float(variance) ** 0.5)
    large = list(SAMPLERS["ddpm"](wavy(), noise(2, 3, 4, 4), LINEAR, levels=levels, variance="fixed_large"))
    for step in large[:-1]:
        beta = 1 - LINEAR.alpha_bar[step.t] / LINEAR.alpha_bar[step.s]
        assert dict(step.terms)["z"] == pytest.approx(beta**0.5, rel=1e-9)
    assert dict(large[-1].terms)["z"] == 0


@pytest.mark.parametrize("name", sorted(set(SCHEDULES) - {"custom"}))
def test_ddim_of_eta_1_is_ddpm(name):
    schedule = SCHEDULES[name](T=60)
    denoiser = wavy(schedule, clip=None)
    x = noise(2, 3, 4, 4)
    ddpm = list(SAMPLERS["ddpm"](denoiser, x, schedule, randn_like=drawing()))
    ddim = list(SAMPLERS["ddim"](denoiser, x, schedule, eta=1.0, randn_like=drawing()))
    assert len(ddpm) == len(ddim) == 60
    for a, b in zip(ddpm, ddim, strict=True):
        assert max_error(a.x_s, b.x_s) < 1e-11
        assert dict(a.terms)["z"] == pytest.approx(dict(b.terms)["z"], rel=1e-12)


@pytest.mark.parametrize("name", sorted(set(SCHEDULES) - {"custom"}))
def test_every_schedule_and_T_gives_finite_chains(name):
    for T in (2, 10, 1000):
        for schedule in (SCHEDULES[name](T=T), zero_terminal_snr(SCHEDULES[name](T=T))):
            for sampler, keywords in WAYS:
                if schedule.alpha_bar[-1] == 0 and sampler in IN_SIGMA:
                    continue  # refused, see test_solvers
                chain = SAMPLERS[sampler](wavy(schedule), noise(1, 1, 4, 4), schedule, steps=2, **keywords)
                assert all(step.x_s.isfinite().all() for step in chain)


@pytest.mark.parametrize(("name", "keywords"), WAYS)
def test_nothing_given_or_yielded_is_written_to(name, keywords):
    kept = []

    def lazy(x_t, t):
        """Hands back the very tensors that it was given or keeps, as a careless denoiser may."""
        prediction = Prediction(x_t, x_t if t % 2 else x)
        return prediction

    def randn_like(like):
        kept.append((z := noise(*like.shape, seed=3), z.clone()))
        return z

    x = noise(2, 3, 4, 4)
    kept.append((x, x.clone()))
    for step in SAMPLERS[name](lazy, x, LINEAR, steps=9, randn_like=randn_like, **keywords):
        for tensor in (step.x_t, step.x_s, step.x0_hat, step.eps_hat):
            kept.append((tensor, tensor.clone()))
        assert step.x_s.data_ptr() not in (x.data_ptr(), step.x_t.data_ptr(), step.x0_hat.data_ptr())
    assert all(torch.equal(tensor, copy) for tensor, copy in kept)


@pytest.mark.parametrize(("name", "keywords"), WAYS)
def test_chain_records_no_gradient_and_leaves_the_callers_mode(name, keywords):
    weight = torch.ones(1, requires_grad=True, dtype=torch.float64)
    denoiser = network_denoiser(lambda x, t, c: weight * x, LINEAR)
    x = noise(2, 1, 2, 2).requires_grad_()
    assert torch.is_grad_enabled()
    for step in SAMPLERS[name](denoiser, x, LINEAR, steps=3, **keywords):
        assert torch.is_grad_enabled()
        assert not step.x_s.requires_grad and not step.x0_hat.requires_grad
    assert torch.is_grad_enabled()


@pytest.mark.parametrize("shape", [(3,), (3, 2), (2, 3, 4, 4), (2, 1, 2, 2, 2)])
@pytest.mark.parametrize(("name", "keywords"), WAYS)
def test_any_shape_and_dtype(name, keywords, shape):
    gaussian = Gaussian(LINEAR, 0.2, 0.5)
    ends = {}
    for dtype in (torch.float32, torch.float64):
        draw = drawing(2)
        steps = list(
            SAMPLERS[name](
                gaussian,
                noise(*shape).to(dtype),
                LINEAR,
                steps=30,
                randn_like=lambda x, draw=draw: draw(x.double()).to(x.dtype),
                **keywords,
            )
        )
        assert {step.x_s.dtype for step in steps} == {dtype} and steps[-1].x_s.shape == shape
        ends[dtype] = steps[-1].x_s
    assert 0 < max_error(ends[torch.float32], ends[torch.float64]) < 1e-4


def test_ddim_follows_the_exact_path_of_gaussian_data_ever_closer():
    """η = 0 solves the probability-flow ODE, whose solution on Gaussian data is a shift and a stretch."""
    gaussian, x = Gaussian(LINEAR, 0.3, 0.4), noise(1000)
    errors = {}
    for steps in (25, 100, 400):
        *_, last = SAMPLERS["ddim"](gaussian, x, LINEAR, steps=steps)
        errors[steps] = max_error(last.x_s, gaussian.path(x, 1000, 0))
    assert errors[400] < 0.02
    # first order: a slope of 1 on log-log axes
    assert math.log(errors[25] / errors[400]) / math.log(16) == pytest.approx(1.0, abs=0.2)


@pytest.mark.parametrize(("name", "keywords"), WAYS)
def test_chain_reproduces_gaussian_data(name, keywords):
    """400 steps, 20,000 samples: mean and deviation of the data come out."""
    mean, deviation = 0.3, 0.4
    x = noise(20_000, seed=11)
    gaussian = Gaussian(LINEAR, mean, deviation)
    *_, last = SAMPLERS[name](gaussian, x, LINEAR, steps=400, randn_like=drawing(12), **keywords)
    assert float(last.x_s.mean()) == pytest.approx(mean, abs=0.01)
    assert float(last.x_s.std()) == pytest.approx(deviation, rel=0.02)


@pytest.mark.parametrize("variance", ["fixed_small", "fixed_large"])
def test_short_ddpm_chain_has_the_moments_of_its_own_recursion(variance):
    """On Gaussian data a chain is affine in its noise: mean and variance follow by hand, few steps' error included."""
    mean, deviation, levels = 0.3, 0.4, step_levels(1000, 8)
    gaussian = Gaussian(LINEAR, mean, deviation)
    m, v = 0.0, 1.0
    for t, s in pairwise(levels):
        c_0, c_t, beta_tilde = posterior_coefficients(t, s, LINEAR)
        slope = c_0 * gaussian.gain(t) + c_t
        m = slope * m + c_0 * mean * (1 - gaussian.gain(t) * float(LINEAR.alpha_bar[t]) ** 0.5)
        added = beta_tilde if variance == "fixed_small" else 1 - LINEAR.alpha_bar[t] / LINEAR.alpha_bar[s]
        v = slope**2 * v + (added if s else 0)
    x = noise(40_000, seed=21)
    *_, last = SAMPLERS["ddpm"](gaussian, x, LINEAR, levels=levels, variance=variance, randn_like=drawing(22))
    assert float(last.x_s.mean()) == pytest.approx(m, abs=0.01)
    assert float(last.x_s.var()) == pytest.approx(v, rel=0.03)


def test_learned_range_lies_between_small_and_large():
    x = noise(2, 3, 4, 4)

    def factors(v):
        steps = SAMPLERS["ddpm"](with_variance(wavy(), v), x, LINEAR, steps=6, variance="learned_range")
        return [dict(step.terms)["z"] for step in steps]

    def fixed(variance):
        return [dict(s.terms)["z"] for s in SAMPLERS["ddpm"](wavy(), x, LINEAR, steps=6, variance=variance)]

    assert factors(-1.0) == pytest.approx(fixed("fixed_small"))
    assert factors(1.0) == pytest.approx(fixed("fixed_large"))
    middle = [(a * b) ** 0.5 for a, b in zip(fixed("fixed_small"), fixed("fixed_large"), strict=True)]
    assert factors(0.0) == pytest.approx(middle)


def test_learned_range_without_a_learned_variance_is_refused_in_words():
    chain = SAMPLERS["ddpm"](wavy(), noise(1, 1, 2, 2), LINEAR, steps=3, variance="learned_range")
    with pytest.raises(ValueError, match="needs a network that learns it"):
        next(chain)


@pytest.mark.parametrize("name", SAMPLERS)
@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"steps": 0}, r"steps = 0 is outside 1\.\.1000"),
        ({"steps": 1001}, r"steps = 1001 is outside 1\.\.1000"),
        ({"spacing": "even"}, r"spacing = 'even' is not one of"),
        ({"levels": [500, 500, 0]}, r"levels = \[500, 500, 0\] is not a strictly falling list"),
        ({"levels": [500, 600, 0]}, "strictly falling"),
        ({"levels": [500, 1]}, r"from a level in 1\.\.1000 to 0"),
        ({"levels": [1001, 0]}, r"from a level in 1\.\.1000 to 0"),
        ({"levels": [0]}, r"from a level in 1\.\.1000 to 0"),
        ({"levels": []}, r"from a level in 1\.\.1000 to 0"),
        ({"levels": [5, 0, -1]}, r"from a level in 1\.\.1000 to 0"),
        ({"levels": [5, 0.5, 0]}, r"from a level in 1\.\.1000 to 0"),
        ({"levels": [0.5, 0]}, r"from a level in 1\.\.1000 to 0"),
        ({"levels": [5, float("nan"), 0]}, r"from a level in 1\.\.1000 to 0"),
    ],
)
def test_bad_values_are_refused_in_words_at_the_call(name, keywords, words):
    with pytest.raises(ValueError, match=words):
        SAMPLERS[name](wavy(), noise(1, 1, 2, 2), LINEAR, **keywords)


@pytest.mark.parametrize("eta", [-0.1, 1.01, float("nan")])
@pytest.mark.parametrize("name", ["ddim", "euler_ancestral"])
def test_eta_is_a_share(name, eta):
    with pytest.raises(ValueError, match=rf"eta = {eta} is outside 0\.\.1"):
        SAMPLERS[name](wavy(), noise(1, 1, 2, 2), LINEAR, eta=eta)


def test_variance_is_one_of_the_known():
    with pytest.raises(ValueError, match="variance = 'fixed' is not one of fixed_small, fixed_large, learned_range"):
        SAMPLERS["ddpm"](wavy(), noise(1, 1, 2, 2), LINEAR, variance="fixed")


def test_levels_override_steps_and_spacing():
    steps = list(SAMPLERS["ddim"](wavy(), noise(1, 1, 2, 2), LINEAR, steps=0, spacing="?", levels=[9, 4, 0]))
    assert [(step.t, step.s) for step in steps] == [(9, 4), (4, 0)]


@pytest.mark.parametrize(("name", "keywords"), WAYS)
def test_levels_may_lie_between_whole_ones(name, keywords):
    """A fork from a grid in σ begins at such a level, with any sampler."""
    asked = []

    def denoiser(x_t, t):
        asked.append(t)
        return Gaussian(LINEAR, 0.3, 0.4)(x_t, t)

    x = noise(2, 3, 4, 4)

    def chain(*levels):
        return list(SAMPLERS[name](denoiser, x, LINEAR, levels=levels, randn_like=drawing(3), **keywords))

    levels = [873.5, 700.0, 412.5, 100, 1, 0]
    steps = chain(*levels)
    assert [step.t for step in steps] == levels[:-1] and [step.s for step in steps] == levels[1:]
    assert [type(step.t) for step in steps] == [float, int, float, int, int] and type(steps[-1].s) is int
    assert set(asked) == set(levels[:-1])
    # between the chains of whole levels on both sides
    below, above = (chain(873 + up, 700, 412 + up, 100, 1, 0)[-1].x_s for up in (0, 1))
    assert max_error(steps[-1].x_s, (below + above) / 2) < 1e-4 < max_error(below, above)


def test_steps_are_made_one_at_a_time():
    asked = []

    def denoiser(x_t, t):
        asked.append(t)
        return wavy()(x_t, t)

    chain = SAMPLERS["ddpm"](denoiser, noise(1, 1, 2, 2), LINEAR, steps=4)
    assert asked == []
    next(chain)
    assert asked == [1000]


def test_step_is_frozen():
    step = next(SAMPLERS["ddim"](wavy(), noise(1, 1, 2, 2), LINEAR, steps=4))
    with pytest.raises(dataclasses.FrozenInstanceError):
        step.t = 3  # type: ignore[misc]


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_says_its_keywords_and_takes_no_other(name: str) -> None:
    sampler = SAMPLERS[name]
    known = list(inspect.signature(sampler).parameters)
    assert known[:7] == ["denoiser", "x", "schedule", "steps", "spacing", "levels", "randn_like"]
    assert set(known[7:]) == set(sampler.own) and sampler.remembers == ("before" in known)
    assert sampler.__name__ == name and sampler.__doc__
    list(sampler(wavy(), noise(1, 1, 2, 2), LINEAR, steps=2, **sampler.own))
    with pytest.raises(TypeError, match="unexpected keyword argument 'strength'"):
        sampler(wavy(), noise(1, 1, 2, 2), LINEAR, steps=2, strength=1)
