"""The mixture of a few atoms: by its closed forms, by autograd, and by chains whose marginals it must be."""

from __future__ import annotations

import math

import pytest
import torch
from analytic import drawing, max_error, noise
from torch import Tensor

from diffviz.diffusion import SAMPLERS, SCHEDULES, exact_denoiser
from diffviz.diffusion import mixture as module
from diffviz.diffusion.mixture import Mixture

SCHEDULE = SCHEDULES["linear"]()
LEVELS = (1, 2, 10, 100, 400.5, 700, 1000)


def log_q(x: Tensor, alpha_bar: float, atoms: Tensor) -> Tensor:
    """ln 1/m Σ N(x; √ᾱ x_i, (1-ᾱ) I), as it is written."""
    variance = 1 - alpha_bar
    squares = (x[:, None] - alpha_bar**0.5 * atoms[None]).square().sum(2)
    each = -squares / (2 * variance) - x.shape[1] / 2 * math.log(2 * math.pi * variance)
    return each.logsumexp(dim=1) - math.log(len(atoms))


def cloud(count: int = 50, dimensions: int = 2, seed: int = 3) -> Tensor:
    return noise(count, dimensions, seed=seed)


@pytest.mark.parametrize("t", LEVELS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_density_mean_and_score_are_those_of_the_formula(t: float, dtype: torch.dtype) -> None:
    atoms, alpha_bar = cloud(), SCHEDULE.alpha_bar_at(t)
    x = (alpha_bar**0.5 * atoms[:20] + (1 - alpha_bar) ** 0.5 * noise(20, 2, seed=5)).requires_grad_()
    expected = log_q(x, alpha_bar, atoms)
    score = torch.autograd.grad(expected.sum(), x)[0]
    mixture = Mixture(atoms.to(dtype))
    found = mixture.log_density(x.detach().to(dtype), alpha_bar)
    tolerance = (1e-9, 1e-9) if dtype == torch.float64 else (2e-3, 4e-3)
    assert found.dtype == dtype and max_error(found.double(), expected.detach()) < tolerance[0]
    deviation = (1 - alpha_bar) ** 0.5  # of the score times it, which is -ε: at t = 1 the score itself is in hundreds
    found = deviation * mixture.score(x.detach().to(dtype), alpha_bar)
    assert max_error(found.double(), deviation * score) < tolerance[1]


def test_two_deltas_on_a_line_are_the_hyperbolic_tangent() -> None:
    mixture = Mixture(torch.tensor([[-1.0], [1.0]], dtype=torch.float64))
    x = torch.linspace(-3, 3, 25, dtype=torch.float64)[:, None]
    for t in LEVELS:
        alpha_bar = SCHEDULE.alpha_bar_at(t)
        assert max_error(mixture.mean(x, alpha_bar), torch.tanh(alpha_bar**0.5 * x / (1 - alpha_bar))) < 1e-9
    assert float(mixture.mean(torch.tensor([[0.3]], dtype=torch.float64), 0.5)) == pytest.approx(0.4005166, abs=1e-7)


def test_many_atoms_of_a_gaussian_are_a_gaussian() -> None:
    """x_0 of N(0.3, 0.5²): x_t is N(√ᾱ 0.3, 0.25 ᾱ + 1-ᾱ). The atoms are its quantiles, so that nothing is drawn."""
    levels = (torch.arange(20_000, dtype=torch.float64) + 0.5) / 20_000
    atoms = (0.3 + 0.5 * math.sqrt(2) * torch.erfinv(2 * levels - 1))[:, None]
    x = torch.linspace(-1.5, 2, 9, dtype=torch.float64)[:, None]
    for alpha_bar in (0.9, 0.5, 0.1):
        middle, variance = alpha_bar**0.5 * 0.3, 0.25 * alpha_bar + 1 - alpha_bar
        log_density, mean = Mixture(atoms).evaluate(x, alpha_bar)
        bell = -((x - middle) ** 2) / (2 * variance) - 0.5 * math.log(2 * math.pi * variance)
        assert max_error(log_density, bell[:, 0]) < 2e-3
        assert max_error(mean, 0.3 + alpha_bar**0.5 * 0.25 / variance * (x - middle)) < 2e-3


def test_the_density_is_one_in_all() -> None:
    side = torch.linspace(-6, 6, 240)
    places = torch.cartesian_prod(side, side)
    for alpha_bar in (0.9, 0.2, 0.0):
        density = Mixture(cloud().float()).log_density(places, alpha_bar).exp()
        assert float(density.sum()) * float(side[1] - side[0]) ** 2 == pytest.approx(1, abs=1e-4)


def test_it_agrees_with_the_denoiser_of_pictures() -> None:
    atoms, x = cloud().float(), noise(40, 2, seed=9).float()
    for t in (5, 300, 1000):
        found, expected = Mixture(atoms).denoiser(SCHEDULE)(x, t), exact_denoiser(atoms, SCHEDULE)(x, t)
        assert max_error(found.x0_hat, expected.x0_hat) < 1e-3 and max_error(found.eps_hat, expected.eps_hat) < 1e-3


def test_a_class_is_its_atoms_alone() -> None:
    atoms, labels, x = cloud(), torch.arange(50) % 3, noise(6, 2, seed=1)
    mixture = Mixture(atoms, labels)
    for k in range(3):
        alone = Mixture(atoms[labels == k])
        assert max_error(mixture.mean(x, 0.6, k), alone.mean(x, 0.6)) < 1e-12
        assert max_error(mixture.log_density(x, 0.6, k), alone.log_density(x, 0.6)) < 1e-12
    each = mixture.mean(x, 0.6, torch.tensor([0, 1, 2, -1, 1, 0]))
    assert max_error(each[1:2], mixture.mean(x[1:2], 0.6, 1)) < 1e-12
    assert max_error(each[3:4], Mixture(atoms).mean(x[3:4], 0.6)) < 1e-12


def test_table_by_table_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    mixture, x = Mixture(cloud()), noise(33, 2, seed=2)
    whole = mixture.evaluate(x, 0.4)
    monkeypatch.setattr(module, "BLOCK_BYTES", 8 * 50 * 7)
    assert all(max_error(a, b) < 1e-12 for a, b in zip(whole, mixture.evaluate(x, 0.4), strict=True))
    assert mixture.mean(x[:0], 0.4).shape == (0, 2)


def test_what_is_no_level_is_refused() -> None:
    for alpha_bar in (1.0, -0.1, math.nan):
        with pytest.raises(ValueError, match="outside"):
            Mixture(cloud()).mean(noise(2, 2), alpha_bar)
    for t in (0, 0.5, 1001):
        with pytest.raises(IndexError, match="outside"):
            Mixture(cloud()).denoiser(SCHEDULE)(noise(2, 2), t)


def test_ode_and_sde_from_the_same_noise_share_their_marginals() -> None:
    """Means and covariances of 20,000 chains within 3 standard errors of q's, at each t, though no path is shared."""
    schedule = SCHEDULES["linear"](T=250)
    atoms = torch.tensor([[-1.2, 0.0], [0.8, 0.9], [0.8, -0.9], [0.3, 0.1]])
    x_T = noise(20_000, 2, seed=4).float()
    denoiser, ends = Mixture(atoms).denoiser(schedule), []
    centre, spread = atoms.mean(0), torch.cov(atoms.T, correction=0)
    for eta in (0.0, 1.0):
        for step in SAMPLERS["ddim"](denoiser, x_T, schedule, eta=eta, randn_like=drawing(7)):
            if step.s in (125, 60, 25):
                alpha_bar, x = float(schedule.alpha_bar[int(step.s)]), step.x_s.double()
                covariance = alpha_bar * spread.double() + (1 - alpha_bar) * torch.eye(2, dtype=torch.float64)
                off = x - alpha_bar**0.5 * centre.double()
                _within(off.mean(0), torch.zeros(2), off.std(0))
                products = off[:, :, None] * off[:, None]
                _within(products.mean(0), covariance, products.std(0))
        ends.append(step.x_s)
    assert float((ends[0] - ends[1]).norm(dim=1).mean()) > 0.3, "but no path is shared"


def _within(found: Tensor, expected: Tensor, deviation: Tensor) -> None:
    assert bool(((found - expected).abs() <= 3 * deviation / 20_000**0.5).all()), (found, expected)
