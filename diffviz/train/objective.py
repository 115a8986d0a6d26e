"""What the network is asked for, and how far off it is."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from diffviz.diffusion import NoiseSchedule

LOSS_NAMES = {"epsilon": "ε", "v": "v", "x0": "x_0"}


def target(x_0: Tensor, eps: Tensor, t: Tensor, schedule: NoiseSchedule, prediction: str) -> Tensor:
    """The right answer at level t: ε, x_0, or v = √ᾱ ε - √(1-ᾱ) x_0 (Salimans & Ho 2022, app. D).

    Args:
        x_0, eps: (B, *S). t: int64 (B,), in 1..T, on the CPU. prediction: "epsilon", "v" or "x0".
    """
    values = torch.from_numpy(schedule.alpha_bar[t.numpy()]).to(x_0.dtype)
    alpha_bar = values.to(x_0.device).view(-1, *(1,) * (x_0.ndim - 1))
    return wanted(x_0, eps, alpha_bar.sqrt(), (1.0 - alpha_bar).sqrt(), prediction)


def wanted(x_0: Tensor, eps: Tensor, a: Tensor, b: Tensor, prediction: str) -> Tensor:
    """The same for the roots a = √ᾱ and b = √(1-ᾱ) of a level, and of "flow" the velocity u = ε - x_0."""
    if prediction == "v":
        return a * eps - b * x_0
    return eps - x_0 if prediction == "flow" else {"epsilon": eps, "x0": x_0}[prediction]


def level_weights(t: Tensor, schedule: NoiseSchedule, prediction: str, gamma: float) -> Tensor:
    """Min-SNR weights (Hang et al. 2023, arXiv 2303.09556, sec. 3.4), float32 (B,): min(SNR, γ) for x_0, over SNR for ε
    and over SNR + 1 for v. 1 for every level where γ is 0."""
    if gamma == 0:
        return torch.ones(len(t))
    snr = torch.from_numpy(schedule.snr[t.numpy()])
    over = {"epsilon": snr, "v": snr + 1.0, "x0": torch.ones_like(snr)}[prediction]
    # at ᾱ = 0 both sides of ε's quotient are 0, and its limit is 1
    return torch.where(over > 0, snr.clamp(max=gamma) / over.clamp(min=1e-30), 1.0).to(torch.float32)


def losses(output: Tensor, wanted: Tensor, squares: Callable[[Tensor], Tensor] = torch.square) -> Tensor:
    """Mean squared error of each picture, float32 (B,); ``squares`` may weigh them, (B, *S) -> (B, ...)."""
    return squares(output.float() - wanted).flatten(1).mean(1)
