"""From a network's output to a Prediction: what it says about the clean picture and the noise."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from diffviz.diffusion.schedules import NoiseSchedule

PREDICTIONS = ("epsilon", "v", "x0", "flow")
CLIPS = ("static", "dynamic", None)

# Saharia et al. 2022: of |x̂_0|, per sample
DYNAMIC_QUANTILE = 0.995


@dataclass(frozen=True)
class Prediction:
    """What a denoiser says about one state x_t.

    Attributes:
        x0_hat: the clean picture E[x_0 | x_t], shape of x_t, clipped if the denoiser clips.
        eps_hat: the noise. x_t = √ᾱ_t x0_hat + √(1-ᾱ_t) eps_hat, unless clipping broke the sum.
        variance: of networks that learn it: v in [-1, 1], shape of x_t, between log β̃ (-1) and log β (1) of the step
            that a sampler takes from here (Nichol & Dhariwal 2021, eq. 15). Else None.
    """

    x0_hat: Tensor
    eps_hat: Tensor
    variance: Tensor | None = None


@dataclass(frozen=True)
class Limits:
    """How far clipping goes: to [-range, range], or to a quantile of |x̂_0|, itself kept in 1..max_scale."""

    range: float = 1.0
    quantile: float = DYNAMIC_QUANTILE
    max_scale: float = math.inf


PLAIN = Limits()

Denoiser = Callable[[Tensor, float], Prediction]

# (x (B, C, H, W), timestep (B,), class labels (B, ...) or None) -> (B, C or 2C, H, W)
# The timestep is int64 at whole levels, float32 between two of them.
Network = Callable[[Tensor, Tensor, Tensor | None], Tensor]


def network_denoiser(
    network: Network,
    schedule: NoiseSchedule,
    *,
    prediction: str = "epsilon",
    clip: str | None = "static",
    limits: Limits = PLAIN,
    rederive_eps: bool = False,
    class_labels: int | Tensor | None = None,
    null_label: int | Tensor | None = None,
    guidance: float = 1.0,
    rescale: float = 0.0,
    guided_between: tuple[float, float] | None = None,
    blended_with: int | Tensor | None = None,
    blend: float = 0.5,
) -> Denoiser:
    """A denoiser ``(x_t, t) -> Prediction`` made of a network: the one place where level t becomes timestep t-1.

    t is an int; between whole levels it is a float, and so is the timestep.

    Args:
        network: ``(x, timestep, class_labels) -> output``, C channels, or 2C: prediction and v of a learned variance.
        schedule: the one that the network was trained with.
        prediction: what the output is: "epsilon", "v" (Salimans & Ho 2022), "x0" or "flow" (Lipman et al. 2023).
        clip: "static" or "dynamic", as ``clip_static`` and ``clip_dynamic`` do within ``limits``; None leaves x̂_0.
        rederive_eps: after clipping, compute ε̂ again from x_t and the clipped x̂_0, instead of keeping the network's.
        class_labels: one for all, or integer tensor (B, ...). None is ``null_label``, or no label where that is None.
        null_label: the class that stands for "no class".
        guidance: w of uncond + w (cond - uncond) (Ho & Salimans 2022, whose own w is one less); 1 is off.
        rescale: φ in 0..1 of ``rescaled``, for the guided output; 0 is off.
        guided_between: (low, high) with 0 <= low < high: guidance acts at low <= t <= high alone, elsewhere the
            conditional prediction stands, at half the work (Kynkäänniemi et al. 2024). None: at every t.
        blended_with: a second condition: (1 - b) cond + b cond', b = ``blend`` in 0..1, stands for cond then (Liu et
            al. 2022, arXiv 2206.01714, eq. 11, with weights that add up to 1).
    Raises:
        ValueError: if an argument is none of these, or guidance is asked for without a class and a null class.
    """
    _check(prediction, clip, rescale, guided_between, blend)
    guided = _guides(guidance, class_labels, null_label)
    asked = _asked(null_label if class_labels is None else class_labels, blended_with, blend)

    def denoise(x_t: Tensor, t: float) -> Prediction:
        alpha_bar = _alpha_bar(schedule, t, prediction)
        twice = guided and (guided_between is None or guided_between[0] <= t <= guided_between[1])
        # all that a step is made of in one batch: unconditional, conditional, the one that is blended in
        told = [null_label, *asked] if twice else asked
        output, variance = _split(network(*_batch(told, x_t, t)).to(x_t.dtype), x_t)
        uncond, *_ = outputs = output.chunk(len(told))
        output = cond = _blended(outputs[-len(asked) :], blend)
        if twice:
            output = rescaled(uncond + guidance * (cond - uncond), cond, rescale)
        variance = None if variance is None else _blended(variance.chunk(len(told))[-len(asked) :], blend)
        x0_hat, eps_hat = to_x0_eps(output, x_t, alpha_bar, prediction)
        if clip is not None:
            x0_hat = clip_static(x0_hat, limits) if clip == "static" else clip_dynamic(x0_hat, limits)
            if rederive_eps:
                eps_hat = (x_t - alpha_bar**0.5 * x0_hat) / (1.0 - alpha_bar) ** 0.5
        return Prediction(x0_hat, eps_hat, variance)

    return denoise


def to_x0_eps(output: Tensor, x_t: Tensor, alpha_bar: float, prediction: str) -> tuple[Tensor, Tensor]:
    """x̂_0 and ε̂ of a network's output (Salimans & Ho 2022, app. D).

    v = √ᾱ ε - √(1-ᾱ) x_0,  x_0 = √ᾱ x_t - √(1-ᾱ) v,  ε = √ᾱ v + √(1-ᾱ) x_t;  u = ε - x_0 of the straight path
    x_τ = (1-τ) x_0 + τ ε = x_t/(√ᾱ + √(1-ᾱ)) with τ = √(1-ᾱ)/(√ᾱ + √(1-ᾱ)):  x_0 = x_τ - τ u,  ε = x_τ + (1-τ) u

    Args:
        output: shape of x_t.
        alpha_bar: ᾱ of x_t's level, in 0..1; above 0 for "epsilon", below 1 for "x0".
        prediction: what the output is: "epsilon", "v", "x0" or "flow".
    """
    a, b = alpha_bar**0.5, (1.0 - alpha_bar) ** 0.5
    if prediction == "epsilon":
        return (x_t - b * output) / a, output
    if prediction == "x0":
        return output, (x_t - a * output) / b
    if prediction == "flow":
        return (x_t - b * output) / (a + b), (x_t + a * output) / (a + b)
    return a * x_t - b * output, a * output + b * x_t


def rescaled(guided: Tensor, cond: Tensor, phi: float) -> Tensor:
    """A guided output brought back towards the deviation of the conditional one (Lin et al. 2024, eq. 15 and 16).

    φ std(cond)/std(guided) guided + (1 - φ) guided, std over each sample: guidance makes pictures too bright and
    too saturated.

    Args:
        guided, cond: outputs of the network, shape (B, *S).
        phi: φ in 0..1; 0 returns ``guided``, the paper likes 0.7.
    """
    if phi == 0:
        return guided
    over = tuple(range(1, guided.ndim))
    ratio = cond.std(dim=over, keepdim=True) / guided.std(dim=over, keepdim=True)
    return guided * (phi * ratio + (1.0 - phi))


def clip_static(x0_hat: Tensor, limits: Limits = PLAIN) -> Tensor:
    """x̂_0 clamped to [-range, range]."""
    return x0_hat.clamp(-limits.range, limits.range)


def clip_dynamic(x0_hat: Tensor, limits: Limits = PLAIN) -> Tensor:
    """x̂_0 clamped to [-s, s] and divided by s = clamp(quantile of |x̂_0|, 1, max_scale), per sample (Saharia 2022)."""
    # sample by sample: torch.quantile refuses more than 16 million numbers at once
    scales = [torch.quantile(sample.abs().flatten(), limits.quantile) for sample in x0_hat]
    s = torch.stack(scales).clamp(1.0, limits.max_scale).view(-1, *(1,) * (x0_hat.ndim - 1))
    return x0_hat.clamp(-s, s) / s


def _guides(guidance: float, label: int | Tensor | None, null: int | Tensor | None) -> bool:
    if guidance != 1 and (label is None or null is None):
        raise ValueError(f"guidance = {guidance:g} needs a class label and a null label; without them it is 1.")
    return guidance != 1


def _asked(label: int | Tensor | None, other: int | Tensor | None, blend: float) -> list[int | Tensor | None]:
    """The conditions that the network is asked with: at the ends of a blend one of them alone."""
    if other is None or blend == 0:
        return [label]
    return [other] if blend == 1 else [label, other]


def _batch(told: list[int | Tensor | None], x_t: Tensor, t: float) -> tuple[Tensor, Tensor, Tensor | None]:
    """What the network is called with: x_t once for each condition, the timestep, the labels."""
    x = torch.cat([x_t] * len(told)) if len(told) > 1 else x_t
    each = [_labels(label, x_t) for label in told if label is not None]
    timestep = torch.full((len(x),), t - 1, dtype=torch.float32 if t % 1 else torch.long, device=x.device)
    return x, timestep, torch.cat(each) if each else None


def _blended(outputs: tuple[Tensor, ...], blend: float) -> Tensor:
    return outputs[0] if len(outputs) == 1 else torch.lerp(outputs[0], outputs[1], blend)


def _check(
    prediction: str, clip: str | None, rescale: float, guided_between: tuple[float, float] | None, blend: float
) -> None:
    if prediction not in PREDICTIONS:
        raise ValueError(f"prediction = {prediction!r} is not one of {', '.join(PREDICTIONS)}.")
    if clip not in CLIPS:
        raise ValueError(f"clip = {clip!r} is not one of 'static', 'dynamic', None.")
    if not 0 <= rescale <= 1:
        raise ValueError(f"rescale = {rescale:g} is outside 0..1.")
    if not 0 <= blend <= 1:
        raise ValueError(f"blend = {blend:g} is outside 0..1.")
    if guided_between is not None and not 0 <= guided_between[0] < guided_between[1]:
        low, high = guided_between
        raise ValueError(f"guidance between t = {low:g} and t = {high:g} acts nowhere; give a lower and a higher t.")


def predicts(prediction: str, alpha_bar: float) -> bool:
    """Whether x̂_0 follows from what is predicted at ᾱ: ε says nothing of it where x_t is noise alone."""
    return prediction != "epsilon" or alpha_bar > 0


def _alpha_bar(schedule: NoiseSchedule, t: float, prediction: str) -> float:
    if not 1 <= t <= schedule.T:
        raise IndexError(f"t = {t} is outside 1..{schedule.T}")
    alpha_bar = schedule.alpha_bar_at(t)
    if not predicts(prediction, alpha_bar):
        raise ValueError(
            f"ε-prediction says nothing about the picture at t = {t}, where ᾱ is 0 (zero terminal SNR); "
            "start below it, or use a network that predicts v or x0."
        )
    return alpha_bar


def _labels(labels: int | Tensor, x: Tensor) -> Tensor:
    """(B, ...): one label per sample of x, on its device; int64, but for the floats of an encoded text."""
    if not isinstance(labels, Tensor):
        return torch.full((len(x),), labels, dtype=torch.long, device=x.device)
    each = labels if labels.ndim > 1 else labels.flatten()
    if len(each) not in (1, len(x)):
        raise ValueError(f"{len(each)} class labels do not fit a batch of {len(x)}; give one, or one for each.")
    dtype = each.dtype if each.is_floating_point() else torch.long
    return each.to(device=x.device, dtype=dtype).expand(len(x), *each.shape[1:])


def _split(output: Tensor, x_t: Tensor) -> tuple[Tensor, Tensor | None]:
    """The prediction, and v where the network learns the variance."""
    channels = x_t.shape[1]
    if output.shape[1] == channels:
        return output, None
    if output.shape[1] == 2 * channels:
        mean, variance = output.split(channels, dim=1)
        return mean, variance
    raise ValueError(
        f"the network returns {output.shape[1]} channels for pictures of {channels}; "
        f"{channels} or, with a learned variance, {2 * channels} are right."
    )
