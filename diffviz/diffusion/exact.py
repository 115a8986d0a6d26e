"""The exact denoiser of a finite set of pictures: what a network learns that fits its training data perfectly."""

from __future__ import annotations

import torch
from torch import Tensor

from diffviz.diffusion.denoiser import Prediction
from diffviz.diffusion.schedules import NoiseSchedule

CHUNK = 2**25  # numbers of the largest intermediate table: 128 MiB of float32
REFINED = 8  # nearest pictures of a state whose distances are computed again, in float64
TOLERANCE = 1e-3  # of ln w; below it rounding changes no weight by a thousandth


class ExactDenoiser:
    """E[x_0 | x_t] in closed form for x_0 that is one of N pictures, each as likely (Karras et al. 2022, eq. 57).

    w_i = softmax_i(-‖x_t - √ᾱ_t x_i‖² / (2 (1-ᾱ_t))),   x̂_0 = Σ w_i x_i,   ε̂ = (x_t - √ᾱ_t x̂_0)/√(1-ᾱ_t)

    It is a Denoiser: every sampler runs with it, and its chains end at one of the pictures.

    The distances are two matrix products and a sum, of pictures less their mean. Near t = 0 they are divided by a
    small 1-ᾱ_t and float32 is not enough; the nearest few are then taken again from their differences.

    Attributes:
        mean, offsets: (D,) and (N, D), D numbers a picture: x_i = mean + offsets_i, flattened.

    Args:
        pictures: x_i, floating point (N, *S), N of at least 1; computed in their dtype, on their device.
        schedule: gives ᾱ.
        labels: int64 (N,), the class of each picture; None: there are no classes.
    """

    def __init__(self, pictures: Tensor, schedule: NoiseSchedule, labels: Tensor | None = None) -> None:
        self.schedule, self.labels = schedule, labels
        flat = pictures.flatten(1)
        # long vectors of one sign lose digits where they are multiplied: what is left without the mean does not
        self.mean = flat.mean(dim=0) if len(flat) > 1 else flat[0]
        self.offsets = flat - self.mean
        # MPS has no float64
        self._wide = flat.dtype if flat.device.type == "mps" else torch.float64
        self._half_squares = torch.linalg.vector_norm(self.offsets, dim=1, dtype=self._wide).square().mul_(0.5)

    @property
    def count(self) -> int:
        """N."""
        return len(self.offsets)

    def __call__(self, x_t: Tensor, t: float) -> Prediction:
        """x̂_0 and ε̂ of x_t (B, *S), at a level t in 1..T, whole or between two. Raises IndexError for another t."""
        return self.predict(x_t, t)

    def predict(self, x_t: Tensor, t: float, label: int | Tensor | None = None) -> Prediction:
        """As ``__call__``; ``label``: only the pictures of this class count, one for all or int64 (B,), -1 for any."""
        alpha_bar = self._alpha_bar(t)
        parts = [self.mean_of(each.exp_()) for each in self._log_weights(x_t, alpha_bar, label)]
        x0_hat = torch.cat(parts).view_as(x_t).to(x_t.dtype)
        return Prediction(x0_hat, (x_t - alpha_bar**0.5 * x0_hat) / (1.0 - alpha_bar) ** 0.5)

    def weights(self, x_t: Tensor, t: float, label: int | Tensor | None = None) -> Tensor:
        """w (B, N), each row adding up to 1; arguments as in ``predict``."""
        return self.log_weights(x_t, t, label).exp_()

    def log_weights(self, x_t: Tensor, t: float, label: int | Tensor | None = None) -> Tensor:
        """ln w (B, N), which tells the nearest pictures apart also where their weights round to 0."""
        return torch.cat(self._log_weights(x_t, self._alpha_bar(t), label))

    def mean_of(self, weights: Tensor) -> Tensor:
        """Σ w_i x_i, flattened (B, D), of weights (B, N)."""
        return torch.addmm(self.mean, weights, self.offsets)

    def _alpha_bar(self, t: float) -> float:
        if not 1 <= t <= self.schedule.T:
            raise IndexError(f"t = {t} is outside 1..{self.schedule.T}")
        return self.schedule.alpha_bar_at(t)

    def _log_weights(self, x_t: Tensor, alpha_bar: float, label: int | Tensor | None) -> list[Tensor]:
        """Those of a few states at a time, as many as fit into memory with their tables."""
        x = x_t.flatten(1).to(self.offsets) - alpha_bar**0.5 * self.mean
        wide = max(self.count, REFINED * x.shape[1])
        rows = max(1, CHUNK // wide)
        labels = None if label is None else torch.as_tensor(label, device=x.device).expand(len(x))
        return [
            self._log_weights_of(part, alpha_bar, None if labels is None else labels[i * rows : (i + 1) * rows])
            for i, part in enumerate(x.split(rows))
        ]

    def _log_weights_of(self, x: Tensor, alpha_bar: float, labels: Tensor | None) -> Tensor:
        a, variance = alpha_bar**0.5, 1.0 - alpha_bar
        # ‖x - a x_i‖²/2 without ‖x‖²/2, which is the same for every i, and with the other sign
        half_squares = self._half_squares.to(x.dtype)
        scores = torch.addmm(half_squares, x, self.offsets.T, beta=-(a**2), alpha=a)
        if labels is not None and self.labels is not None:
            outside = (self.labels != labels[:, None]) & (labels[:, None] >= 0)
            scores.masked_fill_(outside, -torch.inf)
        scores.sub_(scores.amax(dim=1, keepdim=True))
        scale = float(x.norm(dim=1).max()) * float(self._half_squares.max()) ** 0.5
        if a * scale * torch.finfo(x.dtype).eps > TOLERANCE * variance:
            self._refine(scores, x, a)
        return scores.div_(variance).log_softmax(dim=1)

    def _refine(self, scores: Tensor, x: Tensor, a: float) -> None:
        """Replace the highest scores by what float64 says, the highest of them being 0."""
        found, nearest = scores.topk(min(REFINED, self.count), dim=1)
        exact = torch.einsum("bd,bkd->bk", x.to(self._wide), self.offsets[nearest].to(self._wide)).mul_(a)
        exact -= a**2 * self._half_squares[nearest]
        exact.masked_fill_(found.isinf(), -torch.inf)
        exact -= exact.amax(dim=1, keepdim=True)
        scores.scatter_(1, nearest, exact.to(scores.dtype))


def exact_denoiser(pictures: Tensor, schedule: NoiseSchedule, labels: Tensor | None = None) -> ExactDenoiser:
    """The exact denoiser ``(x_t, t) -> Prediction`` of pictures (N, *S); see ``ExactDenoiser``."""
    return ExactDenoiser(pictures, schedule, labels)


def effective_number(weights: Tensor) -> Tensor:
    """1/Σ w², how many of N pictures share the weight: 1 for one alone, N for all alike. (B, N) to (B,)."""
    return 1.0 / weights.cpu().double().square().sum(dim=1)  # MPS has no float64
