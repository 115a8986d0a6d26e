"""scheduler_config.json of diffusers -> the process that the network was trained with. numpy only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from diffviz.diffusion import SCHEDULES, NoiseSchedule, zero_terminal_snr
from diffviz.models.errors import ModelError, SchedulerMissing
from diffviz.models.folder import ModelFolder, read_json, refuse_code, short

MAX_T = 10_000  # the window's T goes as far; published models have at most 4,000
PREDICTIONS = {"epsilon": "epsilon", "sample": "x0", "v_prediction": "v"}
SIGNS = {"epsilon": "ε", "x0": "x_0", "v": "v"}
# diffusers' names -> ours. Its "sigmoid" is GeoDiff's, in β.
BETA_SCHEDULES = {
    "linear": "linear",
    "scaled_linear": "scaled_linear",
    "squaredcos_cap_v2": "cosine",
    "sigmoid": "sigmoid_beta",
}

# (beta_start, beta_end, beta_schedule) of a config that leaves them out, as diffusers' classes have them
_DDPM = (0.0001, 0.02, "linear")
_LATENT = (0.00085, 0.012, "linear")
_LCM = (0.00085, 0.012, "scaled_linear")
# The classes that are a table of β and an integer t; what they do at sampling time is left to our samplers.
DEFAULTS: Mapping[str, tuple[float, float, str]] = {
    **dict.fromkeys(
        (
            "DDPMScheduler",
            "DDPMParallelScheduler",
            "DDIMScheduler",
            "DDIMParallelScheduler",
            "DDIMInverseScheduler",
            "PNDMScheduler",
            "DEISMultistepScheduler",
            "DPMSolverMultistepScheduler",
            "DPMSolverMultistepInverseScheduler",
            "DPMSolverSinglestepScheduler",
            "EulerDiscreteScheduler",
            "EulerAncestralDiscreteScheduler",
            "LMSDiscreteScheduler",
            "UniPCMultistepScheduler",
            "SASolverScheduler",
        ),
        _DDPM,
    ),
    **dict.fromkeys(
        (
            "HeunDiscreteScheduler",
            "KDPM2DiscreteScheduler",
            "KDPM2AncestralDiscreteScheduler",
            "DPMSolverSDEScheduler",
        ),
        _LATENT,
    ),
    **dict.fromkeys(("LCMScheduler", "TCDScheduler"), _LCM),
}
# Options under which the network no longer belongs to a table of β and an integer t
_OTHER_PROCESSES = {"use_flow_sigmas": True, "timestep_type": "continuous"}


@dataclass(frozen=True)
class SchedulerChoice:
    """What a person says about a network without a scheduler; the defaults are the paper's (Ho et al. 2020).

    ``schedule``: a name of ``SCHEDULES`` other than custom, with its default parameters; ``T`` in 2..10,000;
    ``prediction``: "epsilon", "v" or "x0".
    """

    schedule: str = "linear"
    T: int = 1000
    prediction: str = "epsilon"


@dataclass(frozen=True)
class Process:
    """The forward process of a network and how its output is read.

    ``clip``: "static" (to [-clip_range, clip_range]), "dynamic" or None, as the scheduler clips x̂_0.
    """

    schedule: NoiseSchedule
    prediction: str
    clip: str | None = "static"
    clip_range: float = 1.0

    @property
    def summary(self) -> str:
        """ "ε · linear 1000 · clip" """
        zero = " zero-SNR" if self.schedule.alpha_bar[-1] == 0 else ""
        static = "clip" if self.clip_range == 1 else f"clip ±{self.clip_range:g}"
        clip = {"static": static, "dynamic": "dynamic clip", None: "no clip"}[self.clip]
        return f"{SIGNS[self.prediction]} · {self.schedule.name} {self.schedule.T}{zero} · {clip}"


def chosen_process(choice: SchedulerChoice) -> Process:
    """The process of a choice.

    Raises:
        ModelError: if the choice names no schedule or prediction, or T is out of range.
    """
    names = [name for name in SCHEDULES if name != "custom"]
    if choice.schedule not in names:
        raise ModelError(f"scheduler: {short(choice.schedule)} is no schedule; choose one of {', '.join(names)}.")
    if choice.prediction not in SIGNS:
        raise ModelError(f"scheduler: {short(choice.prediction)} is no prediction; choose one of {', '.join(SIGNS)}.")
    if not 2 <= choice.T <= MAX_T:
        raise ModelError(f"scheduler: T = {choice.T} is outside 2..{MAX_T}.")
    return Process(SCHEDULES[choice.schedule](T=choice.T), choice.prediction)


def read_process(folder: ModelFolder, choice: SchedulerChoice | None) -> Process:
    """The folder's scheduler, or the choice where the folder has none.

    Raises:
        SchedulerMissing: if there is neither.
        ModelError: if scheduler_config.json is broken or describes another kind of process.
    """
    if folder.scheduler is None:
        if choice is not None:
            return chosen_process(choice)
        raise SchedulerMissing(
            f"{folder.label}: has no scheduler_config.json; say which schedule, T and prediction "
            "the network was trained with."
        )
    name = folder.shown(folder.scheduler)
    config = read_json(folder.scheduler, name)
    refuse_code(config, name)
    return process_of(config, name)


def process_of(config: Mapping[str, Any], name: str) -> Process:
    """The process that a scheduler_config describes; ends that it gives are taken as they are.

    Clipping: thresholding, else clip_sample, else (schedulers without that key) static, as for any picture.
    ``dynamic_thresholding_ratio`` is taken to be the paper's 0.995; with a ``sample_max_value`` of 1, diffusers'
    default, thresholding is plain clipping, there and here.

    Raises:
        ModelError: naming the entry that is wrong.
    """
    kind = config.get("_class_name", "DDPMScheduler")
    if not isinstance(kind, str) or kind not in DEFAULTS:
        raise ModelError(
            f"{name}: describes {short(kind)}, whose process is not a table of β; "
            "choose a model with a DDPM, DDIM, DPM-Solver, Euler or Heun scheduler."
        )
    for key, value in _OTHER_PROCESSES.items():
        if config.get(key) == value:
            raise ModelError(f"{name}: {key} = {short(value)} is not the discrete process that diffviz shows.")
    prediction = config.get("prediction_type", "epsilon")
    if not isinstance(prediction, str) or prediction not in PREDICTIONS:
        raise ModelError(f'{name}: has "prediction_type": {short(prediction)}, expected {", ".join(PREDICTIONS)}.')
    if config.get("variance_type") == "learned":
        raise ModelError(f'{name}: variance_type "learned" is not supported; learned_range and the fixed ones are.')
    clip, clip_range = _clip_of(config, name)
    return Process(_schedule_of(config, kind, name), PREDICTIONS[prediction], clip, clip_range)


def _schedule_of(config: Mapping[str, Any], kind: str, name: str) -> NoiseSchedule:
    T = config.get("num_train_timesteps", 1000)
    if type(T) is not int or not 2 <= T <= MAX_T:
        raise ModelError(f'{name}: has "num_train_timesteps": {short(T)}, expected a whole number in 2..{MAX_T}.')
    start, end, default = DEFAULTS[kind]
    betas = config.get("trained_betas")
    try:
        if betas is not None:
            schedule = _trained(betas, T, name)
        else:
            label = config.get("beta_schedule", default)
            if not isinstance(label, str) or label not in BETA_SCHEDULES:
                raise ModelError(f'{name}: has "beta_schedule": {short(label)}, expected {", ".join(BETA_SCHEDULES)}.')
            ends = {}
            if label != "squaredcos_cap_v2":
                ends = {
                    "beta_start": _number(config, "beta_start", start, 1e-12, 1 - 1e-9, name),
                    "beta_end": _number(config, "beta_end", end, 1e-12, 1 - 1e-9, name),
                }
            schedule = SCHEDULES[BETA_SCHEDULES[label]](T=T, **ends)
        return zero_terminal_snr(schedule) if _flag(config, "rescale_betas_zero_snr", False, name) else schedule
    except ModelError:
        raise
    except (ValueError, OverflowError) as error:  # a whole number may be too large for a float
        raise ModelError(f"{name}: {error}") from error


def _trained(betas: Any, T: int, name: str) -> NoiseSchedule:
    if not isinstance(betas, list) or len(betas) != T or not all(type(b) in (int, float) for b in betas):
        count = len(betas) if isinstance(betas, list) else short(betas)
        raise ModelError(f"{name}: trained_betas has {count} entries, expected num_train_timesteps = {T} numbers.")
    return NoiseSchedule(np.array([0.0, *map(float, betas)]), "custom")


def _clip_of(config: Mapping[str, Any], name: str) -> tuple[str | None, float]:
    limit = _number(config, "clip_sample_range", 1.0, 1e-3, 1e3, name)
    if _flag(config, "thresholding", False, name):
        return ("dynamic" if _number(config, "sample_max_value", 1.0, 1.0, 1e6, name) > 1 else "static"), 1.0
    return ("static", limit) if _flag(config, "clip_sample", True, name) else (None, 1.0)


def _number(config: Mapping[str, Any], key: str, default: float, low: float, high: float, name: str) -> float:
    value = config.get(key, default)
    if type(value) not in (int, float) or not low <= value <= high:  # neither is NaN
        raise ModelError(f'{name}: has "{key}": {short(value)}, expected a number in {low:g}..{high:g}.')
    return float(value)


def _flag(config: Mapping[str, Any], key: str, default: bool, name: str) -> bool:
    value = config.get(key, default)
    if not isinstance(value, bool):
        raise ModelError(f'{name}: has "{key}": {short(value)}, expected true or false.')
    return value
