"""The exact denoiser: by brute force in float64, at its limits, and under every sampler."""

from __future__ import annotations

import inspect

import pytest
import torch
from analytic import Gaussian, drawing, max_error, noise
from torch import Tensor

from diffviz.diffusion import SAMPLERS, SCHEDULES, add_noise, zero_terminal_snr
from diffviz.diffusion import exact as module
from diffviz.diffusion.exact import ExactDenoiser, effective_number, exact_denoiser

SCHEDULE = SCHEDULES["linear"]()
LEVELS = (1, 2, 10, 100, 400.5, 700, 1000)


def brute_force(x_t: Tensor, t: float, pictures: Tensor) -> tuple[Tensor, Tensor]:
    """Weights and mean by the formula, in float64."""
    alpha_bar = SCHEDULE.alpha_bar_at(t)
    differences = x_t.double()[:, None] - alpha_bar**0.5 * pictures.double()[None]
    squares = differences.square().flatten(2).sum(2)
    weights = torch.softmax(-squares / (2 * (1 - alpha_bar)), dim=1)
    return weights, torch.einsum("bn,n...->b...", weights, pictures.double())


def pictures_like(count: int = 40, seed: int = 3, dtype: torch.dtype = torch.float32) -> Tensor:
    """Pictures of one family: bright, and near each other."""
    base = 0.6 + 0.3 * noise(1, 3, 16, 16, seed=seed)
    return (base + 0.2 * noise(count, 3, 16, 16, seed=seed + 1)).clamp(-1, 1).to(dtype)


@pytest.mark.parametrize("t", LEVELS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_equals_brute_force_in_float64(t: float, dtype: torch.dtype) -> None:
    pictures = pictures_like(dtype=dtype)
    alpha_bar = SCHEDULE.alpha_bar_at(t)
    x_t = (alpha_bar**0.5 * pictures[:5] + (1 - alpha_bar) ** 0.5 * noise(5, 3, 16, 16).to(dtype)).to(dtype)
    weights, mean = brute_force(x_t, t, pictures)
    denoiser = exact_denoiser(pictures, SCHEDULE)
    prediction = denoiser(x_t, t)
    assert prediction.x0_hat.dtype == dtype
    tolerance = 2e-3 if dtype == torch.float32 else 1e-9
    assert max_error(denoiser.weights(x_t, t).double(), weights) < tolerance
    assert max_error(prediction.x0_hat.double(), mean) < tolerance
    again = alpha_bar**0.5 * prediction.x0_hat + (1 - alpha_bar) ** 0.5 * prediction.eps_hat
    assert max_error(again, x_t) < 1e-5


def test_float32_tells_near_twins_apart_near_t_0() -> None:
    """At t = 1 the distances of twins differ by less than the rounding of a float32 product of pictures."""
    pictures = 0.9 * noise(30, 3, 32, 32, seed=8).sign().float()
    pictures[15:] = pictures[:15]
    pictures[15:, 0, 0, 0] += 0.012
    x_t = (SCHEDULE.alpha_bar_at(1) ** 0.5 * pictures) + 0.01 * noise(30, 3, 32, 32).float()
    weights, _ = brute_force(x_t, 1, pictures)
    assert weights.amax(dim=1).min() < 0.7, "a twin is not certain"
    assert max_error(exact_denoiser(pictures, SCHEDULE).weights(x_t, 1).double(), weights) < 2e-3


@pytest.mark.parametrize("t", LEVELS)
def test_of_one_picture_it_is_that_picture(t: float) -> None:
    picture = pictures_like(1)
    x_t = noise(4, 3, 16, 16).float()
    assert torch.equal(exact_denoiser(picture, SCHEDULE)(x_t, t).x0_hat, picture.expand(4, -1, -1, -1))


def test_of_two_far_apart_the_nearer_wins_at_small_t_and_neither_at_large_t() -> None:
    pictures = torch.stack([torch.full((3, 4, 4), -0.8), torch.full((3, 4, 4), 0.8)])
    denoiser = exact_denoiser(pictures, SCHEDULE)
    x_t = add_noise(pictures, 50, noise(2, 3, 4, 4).float(), SCHEDULE)
    assert max_error(denoiser(x_t, 50).x0_hat, pictures) < 1e-6
    assert float(denoiser(torch.zeros(1, 3, 4, 4), 1000).x0_hat.abs().max()) < 1e-6
    assert effective_number(denoiser.weights(torch.zeros(1, 3, 4, 4), 1000)).item() == pytest.approx(2)


def test_many_gaussian_pictures_tend_to_the_gaussian_denoiser() -> None:
    schedule = SCHEDULES["linear"](T=100)
    points = 0.3 + 0.5 * noise(200_000, 1, seed=7)
    x_t = torch.tensor([[-1.0], [0.2], [1.1]], dtype=torch.float64)
    for t in (30, 60, 100):
        found = exact_denoiser(points, schedule)(x_t, t).x0_hat
        assert max_error(found, Gaussian(schedule, 0.3, 0.5)(x_t, t).x0_hat) < 0.02


@pytest.mark.parametrize("name", SAMPLERS)
def test_every_sampler_ends_at_a_picture(name: str) -> None:
    pictures = pictures_like(12)
    x_T = noise(6, 3, 16, 16, seed=5).float()
    keywords = {"randn_like": drawing(2)} if "randn_like" in inspect.signature(SAMPLERS[name]).parameters else {}
    for step in SAMPLERS[name](exact_denoiser(pictures, SCHEDULE), x_T, SCHEDULE, steps=60, **keywords):
        last = step
    ends = torch.cdist(last.x_s.flatten(1), pictures.flatten(1)) / (3 * 16 * 16) ** 0.5
    assert float(ends.min(dim=1).values.max()) < 1e-3
    assert len(set(ends.argmin(dim=1).tolist())) > 1, "not all the same one"


def test_a_class_is_its_pictures_alone() -> None:
    pictures, labels = pictures_like(9), torch.arange(9) % 3
    denoiser = exact_denoiser(pictures, SCHEDULE, labels)
    x_t = noise(3, 3, 16, 16).float()
    alone = exact_denoiser(pictures[labels == 1], SCHEDULE)(x_t, 600).x0_hat
    assert max_error(denoiser.predict(x_t, 600, 1).x0_hat, alone) < 1e-5
    each = denoiser.predict(x_t, 600, torch.tensor([1, -1, 2])).x0_hat
    assert max_error(each[:1], alone[:1]) < 1e-5
    assert max_error(each[1:2], denoiser(x_t, 600).x0_hat[1:2]) < 1e-6
    near = denoiser.weights(add_noise(pictures, 3, noise(9, 3, 16, 16).float(), SCHEDULE), 3, 1)
    assert not near[:, labels != 1].any() and torch.allclose(near.sum(1), torch.ones(9))


def test_the_batch_may_be_larger_than_memory_holds_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures, x_t = pictures_like(10), noise(7, 3, 16, 16).float()
    labels = torch.arange(10) % 2
    wanted = torch.tensor([0, 1, -1, 0, 1, 1, 0])
    whole = ExactDenoiser(pictures, SCHEDULE, labels).predict(x_t, 300, wanted).x0_hat
    monkeypatch.setattr(module, "CHUNK", 2 * module.REFINED * 3 * 16 * 16)
    assert max_error(ExactDenoiser(pictures, SCHEDULE, labels).predict(x_t, 300, wanted).x0_hat, whole) < 1e-5


def test_without_signal_every_picture_weighs_the_same() -> None:
    pictures = pictures_like(5)
    denoiser = exact_denoiser(pictures, zero_terminal_snr(SCHEDULE))
    x_T = noise(2, 3, 16, 16).float()
    prediction = denoiser(x_T, 1000)
    assert max_error(prediction.x0_hat, pictures.mean(0).expand(2, -1, -1, -1)) < 1e-6
    assert torch.equal(prediction.eps_hat, x_T)


@pytest.mark.parametrize("t", [0, 0.5, 1001])
def test_a_level_outside_is_an_index_error(t: float) -> None:
    with pytest.raises(IndexError, match=r"outside 1\.\.1000"):
        exact_denoiser(pictures_like(2), SCHEDULE)(noise(1, 3, 16, 16).float(), t)
