"""The exact theory of data that is m atoms of few dimensions: at each level a mixture of m Gaussians."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion.denoiser import Prediction
from diffviz.diffusion.schedules import NoiseSchedule
from diffviz.evenly import evenly

BLOCK_BYTES = 2**21  # of a table of places and atoms: one stays in a core's cache, where all of it would not
TOLERANCE = 1e-3  # of ln w; where float32 would err by more, float64 takes its place
MOST = 10_000  # atoms of a cloud under somebody's hand: a larger one is thinned, evenly
LEAST = -80.0  # of ln w: what is less counts for nothing, and its denormal numbers would cost ten times the time


class Mixture:
    """q(x_t) of x_0 that is one of m atoms, each as likely, and what follows from it (Karras et al. 2022, app. B.3).

    q(x) = 1/m Σ_i N(x; √ᾱ x_i, (1-ᾱ) I),   w_i = softmax_i(-‖x - √ᾱ x_i‖² / (2 (1-ᾱ))),
    E[x_0|x] = Σ w_i x_i,   ∇ ln q(x) = (√ᾱ E[x_0|x] - x)/(1-ᾱ)

    As ``ExactDenoiser`` of pictures, for data of so few dimensions that there are many places to ask about instead:
    table by table, each small, none kept; with density and score.

    Args:
        atoms: x_i, float (m, D), m of at least 1; the work is done in their dtype, on their device.
        labels: int64 (m,), the class of each atom, 0 or more; None: there are no classes.
    """

    def __init__(self, atoms: Tensor, labels: Tensor | None = None) -> None:
        self._of_class: dict[int, tuple[int, int]] = {}
        if labels is not None:
            # a class is one piece of the table
            order = labels.argsort(stable=True)
            atoms, labels = atoms[order], labels[order]
            bounds = torch.searchsorted(labels.contiguous(), torch.arange(int(labels[-1]) + 2, device=labels.device))
            self._of_class = {k: (a, b) for k, (a, b) in enumerate(pairwise(bounds.tolist()))}
        self.atoms = atoms.contiguous()
        self._half_squares = atoms.square().sum(dim=1).mul_(0.5)
        self._wide = atoms.dtype if atoms.device.type == "mps" else torch.float64  # MPS has no float64
        self._reach = float(atoms.norm(dim=1).max())

    def mean(self, x: Tensor, alpha_bar: float, labels: int | Tensor = -1) -> Tensor:
        """E[x_0 | x_t = x], (B, D) as x.

        Args:
            x: places (B, D).
            alpha_bar: ᾱ in [0, 1).
            labels: only the atoms of this class count, one for all or int64 (B,); -1 for any.
        """
        if isinstance(labels, Tensor):
            return self.evaluate(x, alpha_bar, labels)[1]
        return _joined([mean for _, _, mean in self._blocks(x, alpha_bar, labels)]).to(x.dtype)

    def log_density(self, x: Tensor, alpha_bar: float, labels: int | Tensor = -1) -> Tensor:
        """ln q(x), (B,), in nats; arguments as in ``mean``."""
        return self.evaluate(x, alpha_bar, labels)[0]

    def score(self, x: Tensor, alpha_bar: float, labels: int | Tensor = -1) -> Tensor:
        """∇ ln q(x), (B, D); arguments as in ``mean``."""
        return score_of(x, self.mean(x, alpha_bar, labels), alpha_bar)

    def evaluate(self, x: Tensor, alpha_bar: float, labels: int | Tensor = -1) -> tuple[Tensor, Tensor]:
        """ln q(x) (B,) and E[x_0|x] (B, D) in one pass; arguments as in ``mean``.

        Raises:
            ValueError: for an ᾱ outside [0, 1): at t = 0 there are the atoms alone, and no density.
        """
        if not isinstance(labels, Tensor):
            return self._evaluate(x, alpha_bar, labels)
        log_density, mean = x.new_empty(len(x)), torch.empty_like(x)
        for label in labels.unique().tolist():
            here = labels == label
            log_density[here], mean[here] = self._evaluate(x[here], alpha_bar, label)
        return log_density, mean

    def density_on(self, columns: Tensor, rows: Tensor, alpha_bar: float, label: int = -1, blur: float = 0.0) -> Tensor:
        """q on a grid of the plane, (len(rows), len(columns)), of points of D = 2.

        A Gaussian of the plane is the product of one over x and one over y: their sum over the atoms is one product of
        matrices, with no table of places and atoms. What is less than float32 can hold is 0.

        Args:
            columns, rows: the x and the y of the grid.
            blur: a variance added to 1-ᾱ, so that what is narrower than a cell of the grid is not missed.
        """
        first, last = self._of_class.get(label, (0, len(self.atoms)))
        variance = 1.0 - alpha_bar + blur
        over_x, over_y = (
            (ends[:, None] - alpha_bar**0.5 * self.atoms[first:last, k])
            .square_()
            .mul_(-0.5 / variance)
            .clamp_(min=LEAST)
            .exp_()
            for k, ends in enumerate((columns, rows))
        )
        return (over_y @ over_x.T).div_((last - first) * 2 * math.pi * variance)

    def denoiser(self, schedule: NoiseSchedule, label: int = -1, guidance: float = 1.0) -> MixtureDenoiser:
        """``(x_t, t) -> Prediction`` of x_t (B, ..., D), for the samplers; see ``MixtureDenoiser``."""
        return MixtureDenoiser(self, schedule, label, guidance)

    def _evaluate(self, x: Tensor, alpha_bar: float, label: int) -> tuple[Tensor, Tensor]:
        highest, totals, means = map(_joined, zip(*self._blocks(x, alpha_bar, label), strict=True))
        first, last = self._of_class.get(label, (0, len(self.atoms)))
        variance = 1.0 - alpha_bar
        constant = math.log(last - first) + x.shape[1] / 2 * math.log(2 * math.pi * variance)
        logs = (highest + totals.log()).squeeze(1)
        log_density = logs - x.to(logs.dtype).square().sum(dim=1) / (2 * variance) - constant
        return log_density.to(x.dtype), means.to(x.dtype)

    def _blocks(self, x: Tensor, alpha_bar: float, label: int) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Of a few places after the other ln of the largest of the m terms, their sum by it, and Σ w_i x_i."""
        if not 0 <= alpha_bar < 1:
            raise ValueError(f"ᾱ = {alpha_bar} is outside [0, 1).")
        first, last = self._of_class.get(label, (0, len(self.atoms)))
        atoms, half_squares = self.atoms[first:last], self._half_squares[first:last]
        a, variance = alpha_bar**0.5, 1.0 - alpha_bar
        dtype = self.atoms.dtype
        if len(x) and a * self._reach * float(x.norm(dim=1).max()) * torch.finfo(dtype).eps > TOLERANCE * variance:
            dtype = self._wide
        atoms, places = atoms.to(dtype), x.to(dtype)
        # -‖x - a x_i‖²/(2 variance) without the part of ‖x‖², which is the same for every i
        offsets = half_squares.to(dtype) * (-(alpha_bar / variance))
        step = max(1, BLOCK_BYTES // (places.element_size() * len(atoms)))
        return [self._block(part, atoms, offsets, a / variance) for part in places.split(step)]

    @staticmethod
    def _block(x: Tensor, atoms: Tensor, offsets: Tensor, factor: float) -> tuple[Tensor, Tensor, Tensor]:
        table = torch.addmm(offsets, x, atoms.T, alpha=factor)
        highest = table.amax(dim=1, keepdim=True)
        weights = table.sub_(highest).clamp_(min=LEAST).exp_()
        total = weights.sum(dim=1, keepdim=True)
        return highest, total, (weights @ atoms) / total


def _joined(parts: Sequence[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


class MixtureDenoiser:
    """The denoiser of a mixture under a schedule.

    Args:
        label: of one class, -1 for any.
        guidance: w of uncond + w (cond - uncond), of a class (Ho & Salimans 2022); 1 is off.
    """

    def __init__(self, mixture: Mixture, schedule: NoiseSchedule, label: int = -1, guidance: float = 1.0) -> None:
        self._mixture, self._schedule = mixture, schedule
        self._label, self._guidance = label, guidance if label >= 0 else 1.0

    def __call__(self, x_t: Tensor, t: float) -> Prediction:
        """x̂_0 and ε̂ of x_t (B, ..., D), at a level t in 1..T, whole or between two. Raises IndexError otherwise."""
        if not 1 <= t <= self._schedule.T:
            raise IndexError(f"t = {t} is outside 1..{self._schedule.T}")
        alpha_bar = self._schedule.alpha_bar_at(t)
        x0_hat = self.mean(x_t.reshape(-1, x_t.shape[-1]), alpha_bar).view_as(x_t)
        return Prediction(x0_hat, (x_t - alpha_bar**0.5 * x0_hat) / (1.0 - alpha_bar) ** 0.5)

    def mean(self, x: Tensor, alpha_bar: float) -> Tensor:
        """E[x_0|x] of the class, guided, (B, D); arguments as in ``Mixture.mean``."""
        mean = self._mixture.mean(x, alpha_bar, self._label)
        if self._guidance == 1:
            return mean
        uncond = self._mixture.mean(x, alpha_bar)
        return uncond + self._guidance * (mean - uncond)


def mixture_in_hand(atoms: np.ndarray, labels: np.ndarray | None) -> Mixture:
    """Of points, float32 (m, D), and the class of each, int64 (m,), or None; of more than ``MOST`` so many, evenly."""
    picked = evenly(len(atoms), min(MOST, len(atoms)))
    return Mixture(torch.from_numpy(atoms[picked]), None if labels is None else torch.from_numpy(labels[picked]))


def score_of(x: Tensor, mean: Tensor, alpha_bar: float) -> Tensor:
    """The score at x_t = x of E[x_0|x] (Tweedie's formula): (√ᾱ E[x_0|x] - x)/(1-ᾱ)."""
    return (alpha_bar**0.5 * mean - x) / (1.0 - alpha_bar)
