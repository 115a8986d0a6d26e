"""From the scene's words to the schedule and the denoiser that they describe."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from diffviz.diffusion import SCHEDULES, NoiseSchedule, zero_terminal_snr
from diffviz.diffusion.drawn import resampled
from diffviz.diffusion.schedules import BETA_ENDS
from diffviz.scene import MAX_T, ModelSpec, ScheduleSpec
from diffviz.vocabulary import sides

if TYPE_CHECKING:
    from diffviz.diffusion.denoiser import Denoiser
    from diffviz.models import Model


def make_schedule(spec: ScheduleSpec) -> NoiseSchedule:
    """Forward's schedule; ValueError for ends that it cannot have."""
    if spec.name == "custom":
        schedule = resampled(SCHEDULES["custom"](spec.betas), spec.T)
    else:
        ends = {} if spec.scaled else BETA_ENDS.get(spec.name, {})
        schedule = SCHEDULES[spec.name](T=spec.T, **{**ends, **dict(spec.params)})
    return zero_terminal_snr(schedule) if spec.zero_snr else schedule


def same_share(t: int, T: int, other: int) -> int:
    """The level of another schedule of so many that is the same share of its T; 0 is 0 alone."""
    return max(1, round(t * other / T)) if t else 0


def start_level(model_alpha_bar: np.ndarray, alpha_bar: float) -> int:
    """The model's level whose SNR is nearest, in dB, to that of ``alpha_bar``; 0 for a clean picture.

    Args:
        model_alpha_bar: the model's table, T+1 entries.
        alpha_bar: ᾱ of the level shown, in [0, 1].
    """
    if alpha_bar >= 1.0:
        return 0
    table = np.clip(model_alpha_bar[1:], 1e-12, 1 - 1e-12)
    value = min(max(alpha_bar, 1e-12), 1 - 1e-12)
    logit = np.log(table / (1 - table))
    return 1 + int(np.argmin(np.abs(logit - np.log(value / (1 - value)))))


def unwanted(model: Model, spec: ModelSpec) -> str:
    """What a prompt says not to be there, "glasses" of "no glasses"; "" for nothing."""
    words = model.words
    found = () if words is None else (words.read(side).unwanted for side in sides(spec.class_label))
    return ", ".join(filter(None, found))


def denoiser_of(model: Model, spec: ModelSpec, **changes: Any) -> Denoiser:
    """The model as the denoiser that ``spec`` describes; ``changes``: other keywords of ``Model.denoiser``.

    Raises:
        ModelError, ValueError: one sentence, if a setting does not fit the model.
    """
    told = (spec.class_label,) if model.words is None else sides(spec.class_label)
    keywords: dict[str, Any] = {
        "class_label": told[0],
        "guidance": spec.guidance,
        "clip": None if spec.clip == "none" else spec.clip,
        "rederive_eps": spec.rederive_eps,
        "rescale": spec.rescale,
        "away_from": unwanted(model, spec),
    }
    if len(told) > 1 and "class_label" not in changes:
        keywords |= {"blended_with": told[1], "blend": spec.blend}
    if (spec.guidance_low, spec.guidance_high) != (0, MAX_T):
        keywords["guided_between"] = spec.guidance_low, spec.guidance_high
    return model.denoiser(**(keywords | changes))
