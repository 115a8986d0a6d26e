"""The space that models are measured in, against cases that can be computed by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from .features import FeatureMap, frechet_distance, nearest_rms, precision_recall


@pytest.fixture
def drawn():
    return np.random.default_rng(0)


def pictures(count, seed=0, side=16):
    """Blurred noise, so that neighbouring pixels agree as in pictures."""
    x = torch.randn(count, 3, side // 4, side // 4, generator=torch.Generator().manual_seed(seed))
    return torch.nn.functional.interpolate(x, size=(side, side), mode="bilinear").clamp(-1, 1)


def test_frechet_distance_of_shifted_and_scaled_gaussians(drawn):
    a = drawn.standard_normal((20_000, 3))
    assert frechet_distance(a, a) == pytest.approx(0, abs=1e-9)
    assert frechet_distance(a, a + np.array([3, 0, 4])) == pytest.approx(25)
    # Tr(1 + 4 - 2·2) in each of three dimensions
    assert frechet_distance(a, 2 * drawn.standard_normal((20_000, 3))) == pytest.approx(3, rel=0.05)


def test_precision_and_recall(drawn):
    data = drawn.standard_normal((400, 2))
    same = drawn.standard_normal((400, 2))
    assert min(precision_recall(data, same)) > 0.85
    narrow = 0.1 * drawn.standard_normal((400, 2))
    precision, recall = precision_recall(data, narrow)
    assert precision > 0.95 and recall < 0.1
    wide = 20 * drawn.standard_normal((400, 2))
    precision, recall = precision_recall(data, wide)
    assert precision < 0.1 and recall > 0.8
    assert precision_recall(data, data + 100) == (0, 0)


def test_nearest_sees_copies_and_mirrored_copies():
    x = pictures(20)
    assert nearest_rms(x, x).max() < 1e-6
    assert nearest_rms(x.flip(3), x).max() < 1e-6
    own = nearest_rms(x, x, own=True)
    assert own.min() > 0.1
    shifted = torch.cat([x, x[:1] + 0.05])
    assert nearest_rms(shifted, shifted, own=True)[0] == pytest.approx(0.05, rel=1e-4)


def test_the_map_is_fixed_and_tells_sets_apart():
    data = pictures(200)
    features = FeatureMap(data)
    real = features(data)
    assert real.shape == (200, 64)
    np.testing.assert_array_equal(real, FeatureMap(data)(data))
    assert (real**2).sum(1).mean() == pytest.approx(1, rel=1e-3)
    same = frechet_distance(real, features(pictures(200, seed=1)))
    noise = torch.randn(200, 3, 16, 16, generator=torch.Generator().manual_seed(1)).clamp(-1, 1)
    for other in (0.5 * pictures(200, seed=1), pictures(200, seed=1) + 0.3, noise):
        assert frechet_distance(real, features(other)) > 1.5 * same
