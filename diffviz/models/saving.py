"""Model -> a folder that ``load_model`` and diffusers' own ``from_pretrained`` open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from diffviz.bounded import json_text
from diffviz.diffusion import NoiseSchedule
from diffviz.diffusion.schedules import BETA_ENDS, MAX_BETA
from diffviz.files import replacing, write_text
from diffviz.kinds import PICTURE, Kind
from diffviz.models.fields import class_of
from diffviz.models.scheduler import BETA_SCHEDULES, PREDICTIONS
from diffviz.models.weights import WEIGHTS

if TYPE_CHECKING:
    from diffusers import UNet2DModel


def write_outline(
    folder: Path,
    network: UNet2DModel,
    schedule: NoiseSchedule,
    prediction: str,
    class_names: Sequence[str] = (),
    null_class: int | None = None,
    notes: Mapping[str, Any] | None = None,
    kind: Kind = PICTURE,
) -> None:
    """Everything of a pipeline folder but the weights: model_index.json, scheduler/, diffviz.json, unet/config.json.

    Args:
        folder: made if it is not there; files are replaced one by one, each whole.
        prediction: "epsilon", "v" or "x0".
        class_names: of the labels 0, 1, ...; empty for an unconditional network.
        notes: what diffviz.json holds besides, for whoever measures the model.
        kind: of its samples; x̂_0 of others than pictures is not clipped.
    Raises:
        OSError: if a file cannot be written.
    """
    import diffusers

    version = diffusers.__version__
    index = {
        "_class_name": "DDPMPipeline",
        "_diffusers_version": version,
        "scheduler": ["diffusers", "DDPMScheduler"],
        "unet": ["diffusers", class_of(network.config)],
    }
    config = {key: value for key, value in network.config.items() if not key.startswith("_")}
    config = {"_class_name": class_of(network.config), "_diffusers_version": version, **config}
    for name in ("unet", "scheduler"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    write_json(folder / "unet" / "config.json", config)
    scheduler = {
        "_class_name": "DDPMScheduler",
        "_diffusers_version": version,
        **scheduler_config(schedule, prediction),
        "clip_sample": kind is PICTURE,
    }
    write_json(folder / "scheduler" / "scheduler_config.json", scheduler)
    names = {"class_names": list(class_names), "null_class": null_class} if class_names else {}
    said = {} if kind is PICTURE else {"kind": kind.name}
    write_json(folder / "diffviz.json", {**names, **said, **(notes or {})})
    write_json(folder / "model_index.json", index)


def write_weights(folder: Path, tensors: Mapping[str, Tensor], dtype: torch.dtype = torch.float16) -> None:
    """The network's tensors as ``unet/diffusion_pytorch_model.safetensors``: the old file or the new one, never half.

    Raises:
        OSError: if the file cannot be written.
    """
    stored = {key: value.detach().to("cpu", dtype).contiguous() for key, value in tensors.items()}
    write_tensors(folder / "unet" / WEIGHTS, stored, {"format": "pt"})


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str]) -> None:
    """A safetensors file, replaced as a whole.

    Raises:
        OSError: if it cannot be written; the file stays as it was.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    with replacing(path) as temporary:
        mode = temporary.stat().st_mode
        try:
            save_file(dict(tensors), temporary, metadata=dict(metadata))
        except SafetensorError as error:
            # its own error hides the system's: "... No space left on device (os error 28)"
            raise _system_error(str(error), path) from error
        temporary.chmod(mode)  # safetensors leaves a file that other users cannot read


def scheduler_config(schedule: NoiseSchedule, prediction: str) -> dict[str, Any]:
    """scheduler_config.json of diffusers' DDPMScheduler for a process with static clipping.

    Schedules that diffusers has no word for, whole or for a parameter (cosine's s and shift), or of which β were
    limited (of few levels), are written as their β.
    """
    foreign = {ours: theirs for theirs, ours in BETA_SCHEDULES.items()}
    ends = _beta_ends(schedule)
    own = dict(schedule.params).keys() - ends.keys() - {"zero_terminal_snr"}
    name = foreign.get(schedule.name) if not own and max(ends.values(), default=0.0) <= MAX_BETA else None
    zero = name is not None and ("zero_terminal_snr", True) in schedule.params
    betas: dict[str, Any] = {"beta_schedule": name or "linear", "beta_start": 0.0001, "beta_end": 0.02}
    if name is None:
        betas["trained_betas"] = schedule.beta[1:].tolist()
    else:
        betas |= ends
    return {
        "num_train_timesteps": schedule.T,
        **betas,
        **({"rescale_betas_zero_snr": True} if zero else {}),
        "prediction_type": {ours: theirs for theirs, ours in PREDICTIONS.items()}[prediction],
        "variance_type": "fixed_small",
        "clip_sample": True,
        "clip_sample_range": 1.0,
        "timestep_spacing": "trailing",
    }


def _beta_ends(schedule: NoiseSchedule) -> dict[str, float]:
    given = dict(schedule.params)
    scale = 1000.0 / schedule.T  # the rule of diffviz for default ends; diffusers has none and takes them as they are
    return {name: given.get(name, end * scale) for name, end in BETA_ENDS.get(schedule.name, {}).items()}


def _system_error(message: str, path: Path) -> OSError:
    import os
    import re

    found = re.search(r"os error (\d+)", message)
    if found is None:
        return OSError(message)
    number = int(found[1])
    return OSError(number, os.strerror(number), str(path))


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """A file of JSON, replaced as a whole. Raises OSError."""
    write_text(path, json_text(value, indent=2) + "\n")
