"""What the futures of a chain differ in, which samplers have some that differ, and what stands in for the others."""

from __future__ import annotations

import pytest
import torch

from diffviz import catalog
from diffviz.diffusion import SAMPLERS, SCHEDULES, Prediction
from diffviz.engine.futures import FUTURES, adds_noise, future_of, with_noise
from diffviz.scene import Leg, ModelSpec, SamplerSpec, Scene, params

LEGS = (Leg(80, -1, ModelSpec(class_label="b"), SamplerSpec("ddim")), Leg(40, 20, ModelSpec(), SamplerSpec("heun")))
MADE = Scene(seed=5, sampler=SamplerSpec("euler"), model=ModelSpec(class_label="c"), history=LEGS)


@pytest.mark.parametrize(("noise", "expected"), [(-1, [-1, 6, 7]), (30, [30, 31, 32])])
def test_futures_differ_in_their_noise_alone(noise: int, expected: list[int]) -> None:
    ones = [future_of(MADE.replace(noise=noise), k) for k in range(3)]
    assert [one.noise for one in ones] == expected
    assert all(one.replace(noise=0) == MADE.replace(noise=0) for one in ones)


def test_a_leg_that_marks_nothing_but_the_parting_is_left_out_of_the_first_future() -> None:
    same = MADE.replace(history=(*LEGS, Leg(20, MADE.noise, MADE.model, MADE.sampler)))
    assert future_of(same, 0) == MADE and future_of(same, 1).history == same.history


def draws(spec: SamplerSpec) -> int:
    """How often a chain of the sampler asks for noise."""
    asked = []

    def randn_like(x: torch.Tensor) -> torch.Tensor:
        asked.append(1)
        return torch.zeros_like(x)

    schedule = SCHEDULES["linear"](T=100)
    x = torch.ones(1, 1, 2, 2)
    keywords = dict(spec.params)
    list(
        SAMPLERS[spec.name](
            lambda x_t, t: Prediction(0 * x_t, x_t), x, schedule, steps=4, randn_like=randn_like, **keywords
        )
    )
    return len(asked)


@pytest.mark.parametrize("name", catalog.SAMPLERS)
def test_the_catalog_says_truly_who_draws_noise(name: str) -> None:
    spec = SamplerSpec(name)
    assert adds_noise(spec) == (draws(spec) > 0)
    assert draws(with_noise(spec)) > 0 and adds_noise(with_noise(spec))


def test_eta_decides() -> None:
    assert adds_noise(SamplerSpec("ddim", params=params(eta=0.1)))
    assert not adds_noise(SamplerSpec("euler_ancestral", params=params(eta=0.0)))
    assert with_noise(SamplerSpec("ddim", 20)) == SamplerSpec("ddim", 20, params=params(eta=1.0))


def test_the_counterpart_keeps_steps_and_grid() -> None:
    spec = SamplerSpec("heun", 18, "linspace", params(grid="karras"))
    assert with_noise(spec) == SamplerSpec("euler_ancestral", 18, "linspace", params(grid="karras"))


def test_who_has_noise_stays() -> None:
    spec = SamplerSpec("ddpm", 50, params=params(variance="fixed_large"))
    assert with_noise(spec) is spec


def test_the_futures_fill_a_square() -> None:
    assert FUTURES == 3 * 3
