from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from analytic import noise

from diffviz.diffusion.spectrum import Spectra, crossing, spectra, transform

SHAPES = [(3, 64, 64), (1, 48, 65), (3, 33, 40), (2, 4, 5)]


def of(x_0: torch.Tensor, eps: torch.Tensor) -> Spectra:
    return spectra(transform(x_0), transform(eps), x_0.shape[-1])


@pytest.mark.parametrize("shape", SHAPES)
def test_half_a_transform_gives_the_rings_of_the_whole(shape: tuple[int, ...]) -> None:
    """Against numpy's full DFT, ring by ring."""
    x = noise(*shape).numpy()
    height, width = shape[1:]
    rows, columns = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n) for n in shape[1:])
    window = rows[:, None] * columns
    window = window / np.sqrt(np.mean(window**2))
    power = np.abs(np.fft.fft2((x - x.mean((1, 2), keepdims=True)) * window, norm="ortho")) ** 2
    radius = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.fftfreq(width))
    count = min(height, width) // 2
    found = of(torch.from_numpy(x), torch.from_numpy(x))
    assert len(found.frequency) == count
    for k in range(count):
        ring = np.rint(radius * 2 * count) == k + 1
        assert found.frequency[k] == pytest.approx(radius[ring].mean())
        assert found.x_0[k] == pytest.approx(power[:, ring].mean()) == pytest.approx(found.cross[k])


def test_white_noise_is_flat_at_its_variance() -> None:
    found = of(2 * noise(3, 128, 128), noise(3, 128, 128, seed=1))
    # a ring of n frequencies in three channels, half of them independent, and fewer under the window
    n = 3 * 2 * math.pi * np.arange(1, 65)
    assert np.all(np.abs(found.x_0 / 4 - 1) < 8 / np.sqrt(n)) and np.all(np.abs(found.eps - 1) < 8 / np.sqrt(n))
    assert np.all(np.abs(found.cross) < 16 / np.sqrt(n))


@pytest.mark.parametrize("alpha_bar", [1.0, 0.7, 0.02, 0.0])
def test_the_spectrum_of_x_t_is_that_of_the_sum(alpha_bar: float) -> None:
    x_0, eps = noise(3, 24, 30).cumsum(2), noise(3, 24, 30, seed=1)
    x_t = alpha_bar**0.5 * x_0 + (1 - alpha_bar) ** 0.5 * eps
    assert of(x_0, eps).x_t(alpha_bar) == pytest.approx(of(x_t, eps).x_0, rel=1e-9)


def test_over_many_noises_it_is_signal_and_noise_added() -> None:
    x_0 = noise(1, 16, 16).cumsum(1).cumsum(2) / 8
    found = [of(x_0, noise(1, 16, 16, seed=1 + k)) for k in range(400)]
    every = np.array([each.x_t(0.4) for each in found])
    error = every.std(axis=0) / 20
    assert np.all(np.abs(every.mean(axis=0) - (0.4 * found[0].x_0 + 0.6)) < 5 * error)


def test_a_wave_stands_at_its_frequency() -> None:
    wave = torch.sin(2 * math.pi * 10 / 64 * torch.arange(64, dtype=torch.float64)).expand(1, 64, 64)
    found = of(wave, noise(1, 64, 64))
    assert found.frequency[int(found.x_0.argmax())] == pytest.approx(10 / 64, abs=0.006)


def test_the_crossing_of_a_power_law_is_where_it_must_be() -> None:
    frequency = np.linspace(1, 50, 50) / 100
    signal = 0.01 / frequency**2  # crosses the noise n at f = 0.1/√n
    for level in (0.05, 0.2, 1.0, 30.0):
        assert crossing(frequency, signal, level) == pytest.approx(0.1 / math.sqrt(level))
    assert crossing(frequency, signal, 200.0) is None and crossing(frequency, signal, 0.01) is None
    assert crossing(frequency, signal, 0.0) is None


def test_it_never_rises_as_the_noise_grows() -> None:
    """Of a spectrum with peaks too; CONVENTIONS 7: it moves to low frequencies as t grows."""
    frequency = np.linspace(1, 50, 50) / 100
    signal = np.random.default_rng(0).exponential(1, 50) / frequency
    found = [crossing(frequency, signal, level) for level in np.linspace(0.5, 60, 300)]
    known = [f for f in found if f is not None]
    assert len(known) > 100 and known == sorted(known, reverse=True)
