"""Denoisers and networks in closed form, and noise that can be drawn again."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from diffviz.diffusion import NoiseSchedule, Prediction
from diffviz.diffusion.denoiser import Network


def noise(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def drawing(seed: int = 1) -> Callable[[Tensor], Tensor]:
    generator = torch.Generator().manual_seed(seed)
    return lambda x: torch.randn(x.shape, generator=generator, dtype=x.dtype)


def max_error(a: Tensor, b: Tensor) -> float:
    return float((a - b).abs().max())


class Gaussian:
    """The exact denoiser of data N(mean, deviation²): E[x_0 | x_t] in closed form."""

    def __init__(self, schedule: NoiseSchedule, mean: float, deviation: float) -> None:
        self.schedule, self.mean, self.deviation = schedule, mean, deviation

    def gain(self, t: float) -> float:
        """Of x_t in E[x_0 | x_t]."""
        alpha_bar = self.schedule.alpha_bar_at(t)
        return alpha_bar**0.5 * self.deviation**2 / (alpha_bar * self.deviation**2 + 1 - alpha_bar)

    def __call__(self, x_t: Tensor, t: float) -> Prediction:
        alpha_bar = self.schedule.alpha_bar_at(t)
        x0_hat = self.mean + self.gain(t) * (x_t - alpha_bar**0.5 * self.mean)
        return Prediction(x0_hat, (x_t - alpha_bar**0.5 * x0_hat) / (1 - alpha_bar) ** 0.5)

    def path(self, x_t: Tensor, t: float, s: float) -> Tensor:
        """Where the probability-flow ODE leads x_t at level s: a shift and a stretch."""
        alpha_bar_t, alpha_bar_s = self.schedule.alpha_bar_at(t), self.schedule.alpha_bar_at(s)
        spread_t, spread_s = (
            (alpha_bar * self.deviation**2 + 1 - alpha_bar) ** 0.5 for alpha_bar in (alpha_bar_t, alpha_bar_s)
        )
        return alpha_bar_s**0.5 * self.mean + spread_s / spread_t * (x_t - alpha_bar_t**0.5 * self.mean)


def network_for(schedule: NoiseSchedule, prediction: str = "epsilon", learned: bool = False) -> Network:
    """The exact network of Gaussian data around a pattern that reaches beyond [-1, 1], bent a little.

    It forgets small errors as it goes down, so that a chain measures the sampler and not its network.
    """
    pattern = torch.linspace(-6, 6, 3 * 8 * 8, dtype=torch.float64).sin().view(1, 3, 8, 8)

    def network(x: Tensor, timestep: Tensor, class_labels: Tensor | None = None) -> Tensor:
        alpha_bar = schedule.alpha_bar_at(float(timestep[0]) + 1)
        a, b = alpha_bar**0.5, (1 - alpha_bar) ** 0.5
        x = x.double()
        gain = a * 0.3**2 / (alpha_bar * 0.3**2 + b**2)
        x_0 = pattern + gain * (x - a * pattern) + 0.1 * b * torch.sin(2 * x)
        eps = (x - a * x_0) / b
        output = {"epsilon": eps, "v": a * eps - b * x_0, "x0": x_0}[prediction].float()
        return torch.cat([output, torch.tanh(output)], dim=1) if learned else output

    return network


def noise_correlation(s: float, t: float, schedule: NoiseSchedule) -> float:
    """corr(ε_s, ε_t) of a forward chain's accumulated noise, √(ᾱ_t (1-ᾱ_s) / (ᾱ_s (1-ᾱ_t))) for 1 <= s <= t."""
    low, high = schedule.alpha_bar_at(s), schedule.alpha_bar_at(t)
    return float((high * (1.0 - low) / (low * (1.0 - high))) ** 0.5)
