from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from analytic import Gaussian, drawing, max_error, noise

from diffviz.diffusion import SAMPLERS, SCHEDULES, Prediction, add_noise, inpaint

T = 100
SCHEDULE = SCHEDULES["linear"](T)
DENOISER = Gaussian(SCHEDULE, 0.2, 0.5)


class Correlated:
    """The exact denoiser of two numbers, each N(0, 1), with correlation rho."""

    def __init__(self, rho):
        self.covariance = torch.tensor([[1.0, rho], [rho, 1.0]], dtype=torch.float64)

    def __call__(self, x_t, t):
        alpha_bar = SCHEDULE.alpha_bar_at(t)
        spread = alpha_bar * self.covariance + (1 - alpha_bar) * torch.eye(2, dtype=torch.float64)
        x0_hat = alpha_bar**0.5 * x_t @ torch.linalg.solve(spread, self.covariance)
        return Prediction(x0_hat, (x_t - alpha_bar**0.5 * x0_hat) / (1 - alpha_bar) ** 0.5)


class Watched:
    """A sampler whose x_s are kept in ``drawn``, before a part of the picture takes their place."""

    def __init__(self, name):
        self.sampler, self.remembers, self.drawn = SAMPLERS[name], SAMPLERS[name].remembers, []

    def __call__(self, *given, **keywords):
        for step in self.sampler(*given, **keywords):
            self.drawn.append(step.x_s)
            yield step


def chain(keep, sampler="ddpm", randn_like=None, **keywords):
    x, x_0 = noise(2, 3, 4, 4), noise(1, 3, 4, 4, seed=5)
    keywords = {"steps": 20, "randn_like": randn_like or drawing(1), **keywords}
    made = SAMPLERS[sampler] if isinstance(sampler, str) else sampler
    return list(inpaint(made, DENOISER, x, SCHEDULE, x_0, keep, **keywords))


@pytest.mark.parametrize("sampler", SAMPLERS)
@pytest.mark.parametrize(("jump", "times"), [(1, 1), (5, 3), (7, 2)])
def test_what_is_kept_ends_as_it_was_and_the_levels_fall(sampler, jump, times):
    keep = torch.zeros(1, 1, 4, 4, dtype=torch.float64)
    keep[..., :2] = 1
    watched = Watched(sampler)
    steps = chain(keep, watched, jump=jump, times=times)
    assert [step.i for step in steps] == list(range(20)) and {step.n for step in steps} == {20}
    assert all(step.t > step.s for step in steps) and steps[-1].s == 0
    assert all(max_error(a.x_s, b.x_t) == 0 for a, b in pairwise(steps) if (20 - b.i) % jump)
    assert max_error(steps[-1].x_s[..., :2], noise(1, 3, 4, 4, seed=5)[..., :2].expand(2, -1, -1, -1)) == 0
    assert max_error(steps[-1].x_s[..., 2:], watched.drawn[-1][..., 2:]) == 0


def test_each_step_joins_the_noised_picture_and_what_the_sampler_drew():
    keep = torch.rand(1, 1, 4, 4, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    watched, source, z = Watched("ddim"), drawing(1), []

    def kept(x):
        z.append(source(x))
        return z[-1]

    steps = chain(keep, watched, kept)
    z.append(torch.zeros(()))  # at level 0 the picture is as it is
    x_0 = noise(1, 3, 4, 4, seed=5).expand(2, -1, -1, -1)
    for step, drawn, each in zip(steps, watched.drawn, z, strict=True):
        known = add_noise(x_0, step.s, each, SCHEDULE) if step.s else x_0
        assert max_error(step.x_s, keep * known + (1 - keep) * drawn) < 1e-12


def test_the_known_part_has_the_deviation_of_its_level():
    x_0 = torch.full((1, 1, 1, 1), 0.5, dtype=torch.float64)
    keep = torch.ones(1, 1, 1, 1, dtype=torch.float64)
    x = noise(20_000, 1, 1, 1)
    for step in inpaint(SAMPLERS["ddim"], DENOISER, x, SCHEDULE, x_0, keep, steps=4, randn_like=drawing()):
        alpha_bar = SCHEDULE.alpha_bar_at(step.s)
        assert abs(float(step.x_s.mean()) - alpha_bar**0.5 * 0.5) < 0.03
        assert abs(float(step.x_s.std()) - (1 - alpha_bar) ** 0.5) < 0.02


@pytest.mark.parametrize("sampler", ["ddim", "euler", "heun", "dpmpp_2m"])
def test_where_nothing_is_kept_it_is_the_sampler_itself(sampler):
    keep = torch.zeros(1, dtype=torch.float64)
    alone = list(SAMPLERS[sampler](DENOISER, noise(2, 3, 4, 4), SCHEDULE, steps=20))
    assert all(max_error(a.x_s, b.x_s) < 1e-12 for a, b in zip(chain(keep, sampler), alone, strict=True))


def test_going_up_again_leads_to_the_conditional_distribution():
    """Of the second number, given the first: N(rho a, 1 - rho²). Once through falls short of it."""
    rho, a, count = 0.9, 1.5, 4000
    x_0, keep = torch.tensor([[a, 0.0]], dtype=torch.float64), torch.tensor([[1.0, 0.0]], dtype=torch.float64)

    def drawn(times):
        steps = inpaint(
            SAMPLERS["ddpm"], Correlated(rho), noise(count, 2), SCHEDULE, x_0, keep,
            steps=T, jump=5, times=times, randn_like=drawing(),
        )  # fmt: skip
        return [step.x_s for step in steps][-1][:, 1]

    errors = [abs(float(drawn(times).mean()) - rho * a) for times in (1, 20)]
    assert errors[1] < 0.06 and errors[0] > 0.2, errors
    assert abs(float(drawn(20).std()) - (1 - rho**2) ** 0.5) < 0.06


@pytest.mark.parametrize("sampler", ["ddim", "dpmpp_2m"])
@pytest.mark.parametrize("at", [3, 10, 13])
def test_a_chain_that_is_taken_up_on_its_way_goes_on_as_it_would_have(sampler, at):
    keep = torch.ones(1, 1, 4, 4, dtype=torch.float64)
    keep[..., 2:] = 0
    source = drawing(4)
    whole = []
    drawn_before = {}
    count = 0

    def counted(x):
        nonlocal count
        count += 1
        return source(x)

    x, x_0 = noise(2, 3, 4, 4), noise(1, 3, 4, 4, seed=5)
    make = SAMPLERS[sampler]
    for step in inpaint(make, DENOISER, x, SCHEDULE, x_0, keep, steps=20, jump=5, times=3, randn_like=counted):
        whole.append(step)
        drawn_before[step.i + 1] = count
    left = whole[at - 1]
    again = drawing(4)
    for _ in range(drawn_before[at]):
        again(left.x_s)
    levels = [step.t for step in whole[at:]] + [0]
    before = {"before": (left.t, left.x0_hat)} if make.remembers else {}
    rest = inpaint(
        make, DENOISER, left.x_s, SCHEDULE, x_0, keep, levels=levels, jump=5, times=3, randn_like=again, **before
    )
    assert all(max_error(a.x_s, b.x_s) == 0 for a, b in zip(rest, whole[at:], strict=True))


def test_a_jump_up_is_the_forward_process():
    keep = torch.ones(1, dtype=torch.float64)
    x_0 = torch.zeros(1, 1, dtype=torch.float64)
    x = noise(20_000, 1)
    ddim = SAMPLERS["ddim"]
    steps = list(inpaint(ddim, DENOISER, x, SCHEDULE, x_0, keep, steps=10, jump=5, times=2, randn_like=drawing()))
    expected = add_noise(x_0, steps[5].t, torch.ones(1, 1, dtype=torch.float64), SCHEDULE)
    assert abs(float(steps[5].x_t.std()) - float(expected)) < 0.02


@pytest.mark.parametrize("wrong", [{"jump": 0}, {"times": 0}])
def test_what_is_below_one_is_refused(wrong):
    with pytest.raises(ValueError, match="1 or more"):
        chain(torch.zeros(1, dtype=torch.float64), **wrong)
