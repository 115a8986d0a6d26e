"""diffusers' schedulers that are a table of β over whole t: what each class knows, what a config says of a chain."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from diffviz.bounded import FLAG, among, optional, take, whole
from diffviz.models.folder import short
from diffviz.sampling import Sampling


@dataclass(frozen=True)
class Kind:
    """What a class of schedulers takes for a key that its config leaves out.

    Attributes:
        clips: of clip_sample; None: the class does not know the key and never clips.
        thresholds: whether it knows thresholding.
        spacing: of timestep_spacing.
        to_one: of set_alpha_to_one; None: it ends at ᾱ = 1 whatever the config says.
        grids: whether it knows grids in σ.
        zero_snr: whether it knows rescale_betas_zero_snr.
        own_betas: whether it knows trained_betas.
        spaces: whether it knows timestep_spacing and steps_offset.
        opens: whether it leaves out the lowest level of one more.
    """

    beta_start: float = 0.0001
    beta_end: float = 0.02
    beta_schedule: str = "linear"
    clips: bool | None = None
    thresholds: bool = False
    spacing: str = "linspace"
    to_one: bool | None = None
    grids: bool = False
    zero_snr: bool = False
    own_betas: bool = True
    spaces: bool = True
    opens: bool = False


_DDPM = Kind(clips=True, thresholds=True, spacing="leading", zero_snr=True)
_DDIM = replace(_DDPM, to_one=True)
_CONSISTENT = Kind(0.00085, 0.012, "scaled_linear", False, True, "leading", True, zero_snr=True)
_MULTISTEP = Kind(thresholds=True, grids=True, opens=True)
_MULTISTEP_ZERO = replace(_MULTISTEP, zero_snr=True)
_LATENT = Kind(0.00085, 0.012, grids=True)
DEFAULTS: Mapping[str, Kind] = {
    "DDPMScheduler": _DDPM,
    "DDPMParallelScheduler": _DDPM,
    "DDIMScheduler": _DDIM,
    "DDIMParallelScheduler": _DDIM,
    "DDIMInverseScheduler": replace(_DDIM, thresholds=False),
    "PNDMScheduler": Kind(spacing="leading", to_one=False),
    "RePaintScheduler": Kind(clips=True, spacing="leading", spaces=False),
    "UnCLIPScheduler": Kind(beta_schedule="squaredcos_cap_v2", clips=True, own_betas=False, spaces=False),
    "LCMScheduler": _CONSISTENT,
    "TCDScheduler": _CONSISTENT,
    "DEISMultistepScheduler": _MULTISTEP,
    "DPMSolverMultistepScheduler": _MULTISTEP_ZERO,
    "DPMSolverMultistepInverseScheduler": _MULTISTEP,
    "DPMSolverSinglestepScheduler": replace(_MULTISTEP, spaces=False),
    "UniPCMultistepScheduler": _MULTISTEP_ZERO,
    "SASolverScheduler": _MULTISTEP,
    "EulerDiscreteScheduler": Kind(grids=True, zero_snr=True),
    "EulerAncestralDiscreteScheduler": Kind(zero_snr=True),
    "LMSDiscreteScheduler": Kind(grids=True),
    "HeunDiscreteScheduler": replace(_LATENT, clips=False),
    "KDPM2DiscreteScheduler": _LATENT,
    "KDPM2AncestralDiscreteScheduler": _LATENT,
    "DPMSolverSDEScheduler": _LATENT,
}
# what a network was trained with changes none of these; values under which a key asks for nothing
_IDLE: Mapping[str, tuple[Any, ...]] = {
    "use_beta_sigmas": (False,),
    "use_lu_lambdas": (False,),
    "euler_at_final": (False,),
    "predict_x0": (True,),
    "interpolation_type": ("linear",),
    "sigma_min": (None,),
    "sigma_max": (None,),
    "final_sigmas_type": ("zero",),
    "lambda_min_clipped": (-math.inf,),
    "solver_order": (2,),
    "solver_type": ("midpoint", "bh2", "logrho"),
    "algorithm_type": ("dpmsolver++", "deis", "data_prediction"),
}
_VARIANCES = {"fixed_small_log": "fixed_small"}  # under another name


def sampling_of(config: Mapping[str, Any], kind: Kind, T: int) -> Sampling:
    """How the config says that its network is to be sampled.

    Raises:
        Unreadable: naming an entry that says it in a way that cannot be.
    """
    spacing, offset = kind.spacing, 0
    if kind.spaces:
        spacing = take(config, "timestep_spacing", among("trailing", "leading", "linspace"), kind.spacing)
        offset = take(config, "steps_offset", whole(0, T - 1), 0) if spacing == "leading" else 0
    if kind.opens and spacing != "trailing":
        spacing += "_open"
    params: dict[str, str] = {}
    lost = {key: config[key] for key, idle in _IDLE.items() if kind.grids and config.get(key, idle[0]) not in idle}
    said = config.get("variance_type")
    variance = _VARIANCES.get(said, said) if isinstance(said, str) else said
    if variance in ("fixed_large", "learned_range"):
        params["variance"] = str(variance)
    elif variance not in ("fixed_small", None):
        lost["variance_type"] = said
    for grid in ("karras", "exponential") if kind.grids else ():
        if flag(config, f"use_{grid}_sigmas", False):
            params.setdefault("grid", grid)
    if kind.to_one is not None and not flag(config, "set_alpha_to_one", kind.to_one):
        params["last"] = "first"
    left_out = tuple(f"{key}: {_words(value)}" for key, value in lost.items())
    return Sampling(spacing, offset, tuple(sorted(params.items())), left_out)


def flag(config: Mapping[str, Any], key: str, default: bool) -> bool:
    """A key that is true or false, or null, which diffusers takes for false. Raises Unreadable."""
    return bool(take(config, key, optional(FLAG), default))


def _words(value: Any) -> str:
    return short(json.dumps(value, ensure_ascii=False))
