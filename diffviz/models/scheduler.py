"""scheduler_config.json of diffusers -> the process that the network was trained with. numpy only."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from diffviz.bounded import Unreadable, among, number, take, whole
from diffviz.diffusion import SCHEDULES, NoiseSchedule, zero_terminal_snr
from diffviz.models.errors import ModelError, SchedulerMissing
from diffviz.models.folder import ModelFolder, read_json, refuse_code, refusing, short
from diffviz.models.scheduler_kinds import DEFAULTS, Kind, flag, sampling_of
from diffviz.sampling import Sampling

QUANTILE = 0.995  # of |x̂_0|, where dynamic thresholding names no other (Saharia et al. 2022)
MAX_T = 10_000  # the window's T goes as far; published models have at most 4,000
PREDICTIONS = {"epsilon": "epsilon", "sample": "x0", "v_prediction": "v"}
SIGNS = {"epsilon": "ε", "x0": "x_0", "v": "v", "flow": "u"}
# diffusers' names -> ours. Its "sigmoid" is GeoDiff's, in β.
BETA_SCHEDULES = {
    "linear": "linear",
    "scaled_linear": "scaled_linear",
    "squaredcos_cap_v2": "cosine",
    "sigmoid": "sigmoid_beta",
}

# Options under which the network no longer belongs to a table of β and an integer t
_OTHER_PROCESSES = {"use_flow_sigmas": True, "timestep_type": "continuous"}


@dataclass(frozen=True)
class SchedulerChoice:
    """What a person says about a network without a scheduler; the defaults are the paper's (Ho et al. 2020).

    ``schedule``: a name of ``SCHEDULES``, with its default parameters; ``T`` in 2..10,000; ``prediction``: "epsilon",
    "v" or "x0"; ``betas``: of "custom" its β at t = 1..T.
    """

    schedule: str = "linear"
    T: int = 1000
    prediction: str = "epsilon"
    betas: tuple[float, ...] = ()

    @property
    def sign(self) -> str:
        """ε, v or x_0."""
        return SIGNS[self.prediction]


@dataclass(frozen=True)
class Process:
    """The forward process of a network, how its output is read, and how its chain goes by default.

    ``clip``: "static" (to [-clip_range, clip_range]), "dynamic" (by ``quantile`` and ``max_scale``) or None, as the
    scheduler clips x̂_0. ``sampling``: None where no scheduler says anything.
    """

    schedule: NoiseSchedule
    prediction: str
    clip: str | None = "static"
    clip_range: float = 1.0
    quantile: float = QUANTILE
    max_scale: float = math.inf
    sampling: Sampling | None = None

    @property
    def summary(self) -> str:
        """ "ε · linear 1000 · clip" """
        zero = " zero-SNR" if self.schedule.alpha_bar[-1] == 0 else ""
        static = "clip" if self.clip_range == 1 else f"clip ±{self.clip_range:g}"
        dynamic = "dynamic clip" + (f" {self.quantile:g}" if self.quantile != QUANTILE else "")
        dynamic += f" up to {self.max_scale:g}" if self.max_scale < math.inf else ""
        clip = {"static": static, "dynamic": dynamic, None: "no clip"}[self.clip]
        return f"{SIGNS[self.prediction]} · {self.schedule.name} {self.schedule.T}{zero} · {clip}"


def chosen_process(choice: SchedulerChoice) -> Process:
    """The process of a choice.

    Raises:
        ModelError: if the choice names no schedule or prediction, or T is out of range.
    """
    names = [name for name in SCHEDULES if name != "custom" or choice.betas]
    predictions = tuple(PREDICTIONS.values())
    if choice.schedule not in names:
        raise ModelError(f"scheduler: {short(choice.schedule)} is no schedule; choose one of {', '.join(names)}.")
    if choice.prediction not in predictions:
        raise ModelError(
            f"scheduler: {short(choice.prediction)} is no prediction; choose one of {', '.join(predictions)}."
        )
    if not 2 <= choice.T <= MAX_T:
        raise ModelError(f"scheduler: T = {choice.T} is outside 2..{MAX_T}.")
    if choice.schedule == "custom":
        return Process(_trained(list(choice.betas), choice.T, "scheduler"), choice.prediction)
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
    config = read_json(folder.scheduler, name, finite=False)
    refuse_code(config, name)
    return process_of(config, name)


def process_of(config: Mapping[str, Any], name: str) -> Process:
    """The process that a scheduler_config describes; ends of β that it gives are taken as they are.

    A key that the class does not know is no word of it: diffusers leaves such keys behind when a pipeline is given
    another scheduler.

    Raises:
        ModelError: naming the entry that is wrong.
    """
    label = config.get("_class_name", "DDPMScheduler")
    if not isinstance(label, str) or label not in DEFAULTS:
        raise ModelError(
            f"{name}: describes {short(label)}, whose process is not a table of β that diffviz knows; "
            "choose a model with a DDPM, DDIM, DPM-Solver, Euler or Heun scheduler."
        )
    kind = DEFAULTS[label]
    for key, value in _OTHER_PROCESSES.items():
        if config.get(key) == value:
            raise ModelError(f"{name}: {key} = {short(value)} is not the discrete process that diffviz shows.")
    if config.get("variance_type") == "learned":
        raise ModelError(f'{name}: variance_type "learned" is not supported; learned_range and the fixed ones are.')
    with refusing(name, "."):
        before = "sample" if config.get("predict_epsilon") is False else "epsilon"  # the key's name until diffusers 0.9
        prediction = PREDICTIONS[take(config, "prediction_type", among(*PREDICTIONS), before)]
        schedule = _schedule_of(config, kind, name)
        clip = _clip_of(config, kind)
        sampling = replace(sampling_of(config, kind, schedule.T), clips=clip["clip"] is not None)
    return Process(schedule, prediction, **clip, sampling=sampling)


def _schedule_of(config: Mapping[str, Any], kind: Kind, name: str) -> NoiseSchedule:
    T = take(config, "num_train_timesteps", whole(2, MAX_T), 1000)
    betas = config.get("trained_betas") if kind.own_betas else None
    try:
        if betas is not None:
            schedule = _trained(betas, T, name)
        else:
            label = take(config, "beta_schedule", among(*BETA_SCHEDULES), kind.beta_schedule)
            ends = {}
            if label != "squaredcos_cap_v2":
                own = {"beta_start": kind.beta_start, "beta_end": kind.beta_end}
                ends = {key: float(take(config, key, number(1e-12, 1 - 1e-9), end)) for key, end in own.items()}
            schedule = SCHEDULES[BETA_SCHEDULES[label]](T=T, **ends)
        rescaled = kind.zero_snr and flag(config, "rescale_betas_zero_snr", False)
        return zero_terminal_snr(schedule) if rescaled else schedule
    except (ModelError, Unreadable):
        raise
    except (ValueError, OverflowError) as error:  # a whole number may be too large for a float
        key = "" if betas is None else "trained_betas: "
        raise ModelError(f"{name}: {key}{error}") from error


def _trained(betas: Any, T: int, name: str) -> NoiseSchedule:
    if not isinstance(betas, list) or len(betas) != T or not all(type(b) in (int, float) for b in betas):
        count = len(betas) if isinstance(betas, list) else short(betas)
        raise ModelError(f"{name}: trained_betas has {count} entries, expected num_train_timesteps = {T} numbers.")
    return NoiseSchedule(np.array([0.0, *map(float, betas)]), "custom")


def _clip_of(config: Mapping[str, Any], kind: Kind) -> dict[str, Any]:
    """Thresholding, else clip_sample, as far as the class has them; a threshold of 1 is plain clipping."""
    if kind.thresholds and flag(config, "thresholding", False):
        most = float(take(config, "sample_max_value", number(1e-3, 1e6), 1.0))
        quantile = float(take(config, "dynamic_thresholding_ratio", number(0, 1), QUANTILE))
        return {"clip": "dynamic", "quantile": quantile, "max_scale": most} if most != 1 else {"clip": "static"}
    if kind.clips is not None and flag(config, "clip_sample", kind.clips):
        return {"clip": "static", "clip_range": float(take(config, "clip_sample_range", number(1e-3, 1e3), 1.0))}
    return {"clip": None}
