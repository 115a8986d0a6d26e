from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from diffviz.diffusion import SCHEDULES, kl_to_prior
from diffviz.diffusion.distribution import (
    density_over,
    histogram,
    mixture_density,
    mixture_of,
    noised,
    normal_density,
    told_apart,
)
from diffviz.diffusion.quantities import kl_per_dimension

LINEAR = SCHEDULES["linear"](1000)
EDGES = np.linspace(-6, 6, 97)
RNG = np.random.default_rng(0)
PICTURE = RNG.choice([0, 3, 90, 91, 200, 255], (40, 50, 3)).astype(np.uint8)


def test_a_pictures_mixture_is_its_values_and_their_shares() -> None:
    x_0 = (PICTURE / 127.5 - 1).astype(np.float32)
    mixture = mixture_of(x_0, -1, 1)
    assert mixture.values == pytest.approx(np.array([0, 3, 90, 91, 200, 255]) / 127.5 - 1, abs=1e-6)
    assert mixture.shares == pytest.approx(np.bincount(PICTURE.reshape(-1))[[0, 3, 90, 91, 200, 255]] / PICTURE.size)
    assert (mixture.mean, mixture.variance) == pytest.approx((x_0.mean(), x_0.var()), abs=1e-6)


@pytest.mark.parametrize("x_0", [RNG.normal(0, 1, 5000), np.zeros(7), np.array([-2.0, 5.0])])
def test_of_any_numbers_the_bins_keep_mean_and_nearly_all_spread(x_0: np.ndarray) -> None:
    mixture = mixture_of(x_0)
    assert len(mixture.values) <= 256 and mixture.shares.sum() == pytest.approx(1)
    assert mixture.mean == pytest.approx(x_0.mean())
    assert mixture.variance == pytest.approx(x_0.var(), rel=1e-3)


@pytest.mark.parametrize("t", [0, 1, 50, 300, 1000])
def test_the_density_is_one_and_has_the_moments_of_x_t(t: int) -> None:
    alpha_bar = float(LINEAR.alpha_bar[t])
    mixture = mixture_of(PICTURE / 127.5 - 1, -1, 1)
    width, middles = EDGES[1] - EDGES[0], (EDGES[1:] + EDGES[:-1]) / 2
    density = mixture_density(mixture, EDGES, alpha_bar)
    mean, variance = noised(mixture, alpha_bar)
    assert density.sum() * width == pytest.approx(1, abs=1e-6) and density.min() >= 0
    assert (density * middles).sum() * width == pytest.approx(mean, abs=width / 2)
    spread = (density * np.square(middles - mean)).sum() * width
    assert spread == pytest.approx(variance, abs=2 * width * math.sqrt(variance) + width**2)


def test_one_value_over_eps_is_one_bell() -> None:
    fine = np.linspace(-6, 6, 4801)
    density = mixture_density(mixture_of(np.full(9, 0.5)), fine, 0.3)
    bell = normal_density((fine[1:] + fine[:-1]) / 2, 0.3**0.5 * 0.5, 0.7**0.5)
    assert np.abs(density - bell).max() < 1e-5


@pytest.mark.parametrize("t", [1, 200, 1000])
def test_the_histogram_of_x_t_converges_to_the_mixture(t: int) -> None:
    """Monte Carlo: each bin's count is binomial; five of its deviations are allowed."""
    alpha_bar = float(LINEAR.alpha_bar[t])
    x_0 = np.repeat((PICTURE / 127.5 - 1).reshape(-1), 20)
    x_t = alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * RNG.standard_normal(x_0.size)
    expected = mixture_density(mixture_of(x_0, -1, 1), EDGES, alpha_bar)
    width = EDGES[1] - EDGES[0]
    error = np.sqrt(expected * width / x_0.size) / width
    assert np.all(np.abs(histogram(x_t, EDGES) - expected) <= 5 * error + 25 / (x_0.size * width))


def test_the_histogram_is_numpys() -> None:
    x = RNG.normal(0, 2, 4000)
    wanted = np.histogram(x, EDGES)[0] / (x.size * (EDGES[1] - EDGES[0]))
    assert np.abs(histogram(x, EDGES) - wanted).max() < 1e-12
    assert histogram(x, EDGES).sum() * (EDGES[1] - EDGES[0]) < 1  # what lies outside is nowhere


def test_golden_distance_to_noise_a_dimension() -> None:
    """CONVENTIONS 7, and the same as of whole samples."""
    far = kl_per_dimension(1 / 3, LINEAR.alpha_bar)
    assert far[1000] == pytest.approx(6.72679e-6, rel=1e-5) and far[0] == math.inf
    assert far[1000] * 3072 / math.log(2) == pytest.approx(0.029813, rel=1e-4)
    x_0 = torch.from_numpy(RNG.uniform(-1, 1, (1, 6)))
    for t in (1, 400, 1000):
        alone = kl_per_dimension(float(x_0.square().mean()), LINEAR.alpha_bar[t])
        assert float(kl_to_prior(x_0, t, LINEAR)) == pytest.approx(6 * float(alone), rel=1e-9)


def test_golden_of_the_best_judge_where_both_deviations_are_nearly_1() -> None:
    """N(m, 1) and N(0, 1): right Φ(m/2) of the time; 3x32x32 numbers of mean square 1/3 at T have m = 0.2033."""
    for alpha_bar in (1e-7, float(LINEAR.alpha_bar[1000])):
        m = math.sqrt(alpha_bar * 1024)
        assert told_apart(1 / 3, 3072, alpha_bar) == pytest.approx(0.5 * math.erfc(-m / 2 / 2**0.5), abs=1e-5)
    assert told_apart(1 / 3, 3072, float(LINEAR.alpha_bar[1000])) == pytest.approx(0.5405, abs=5e-5)
    assert told_apart(0.2, 3, 0.0) == 0.5 and told_apart(0.2, 3, 1.0) == 1


@pytest.mark.parametrize("dimensions, error", [(2, 0.01), (30, 0.003)])
@pytest.mark.parametrize("alpha_bar", [1e-3, 0.1, 0.6, 0.99])
def test_the_best_judge_is_right_as_often_as_the_likelihoods_are(
    dimensions: int, error: float, alpha_bar: float
) -> None:
    """Monte Carlo: the likelier of the two is said of each of 40,000 draws of both; four deviations are allowed."""
    x_0, z = 0.7, np.random.default_rng(1).standard_normal((2, 40_000, dimensions))
    mean, left = alpha_bar**0.5 * x_0, 1 - alpha_bar

    def likelier(x: np.ndarray) -> np.ndarray:
        ratio = np.square(x) / 2 - np.square(x - mean) / (2 * left) - math.log(left) / 2
        return ratio.sum(axis=1) > 0

    right = (likelier(mean + left**0.5 * z[0]).mean() + 1 - likelier(z[1]).mean()) / 2
    said = told_apart(x_0**2, dimensions, alpha_bar)
    assert said == pytest.approx(right, abs=error + 4 * math.sqrt(0.125 / 40_000))
    nats = dimensions * float(kl_per_dimension(x_0**2, np.array(alpha_bar)))
    bound = min(math.sqrt(nats / 2), math.sqrt(-math.expm1(-nats)))
    assert 0.5 <= said <= 0.5 + 0.5 * bound, "Pinsker, Bretagnolle and Huber"


def test_the_density_over_x_and_t_is_that_of_each_level() -> None:
    mixture, alpha_bar = mixture_of(np.array([-1.0, -1.0, 0.51])), LINEAR.alpha_bar[[0, 1, 100, 600, 1000]]
    over = density_over(mixture, EDGES, alpha_bar)
    assert over.shape == (96, 5) and over.dtype == np.float32
    for k, each in enumerate(alpha_bar.tolist()):
        assert np.abs(over[:, k] - mixture_density(mixture, EDGES, each)).max() < 1e-5
