"""load_model: a name, a folder or a hub id -> Model."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from diffviz.assets import asset, builtin_models
from diffviz.models import hub, network
from diffviz.models.classes import read_classes
from diffviz.models.errors import ModelError
from diffviz.models.folder import find_parts
from diffviz.models.model import Model
from diffviz.models.scheduler import SchedulerChoice, read_process
from diffviz.models.weights import find_weights, read_weights


def load_model(
    folder_or_id: str | os.PathLike[str],
    device: str | torch.device = "cpu",
    *,
    scheduler: SchedulerChoice | None = None,
) -> Model:
    """Load a network and the process that it was trained with.

    Only JSON and safetensors are read, with limits, and nothing from the folder is executed.

    Args:
        folder_or_id: a shipped model's name ("smileys-32"), a folder (a diffusers pipeline, a bare UNet2DModel, a
            training checkpoint or its ``unet`` / ``unet_ema``), or a hub id ("google/ddpm-cifar10-32").
        device: where the network goes; it computes in float32.
        scheduler: used where the folder has no scheduler, and only there.
    Raises:
        SchedulerMissing: if only the scheduler is missing and none was given.
        ModelError: if it cannot be used. One line: the name, the cause, the remedy.
    """
    name = os.fspath(folder_or_id)
    if name in builtin_models():
        folder = asset("models", name)
    elif os.path.isdir(name):
        folder = Path(name)
    else:
        folder = hub.fetch(name)
    parts = find_parts(folder)
    config = network.read_config(parts)
    config_name = parts.shown(parts.unet / "config.json")
    weights_path = find_weights(parts)
    weights = read_weights(weights_path, parts.shown(weights_path))
    network.check_against(config, weights, config_name)
    process = read_process(parts, scheduler)
    classes = read_classes(parts, config.get("num_class_embeds"))
    channels, out_channels = config.get("in_channels", 3), config.get("out_channels", 3)
    if out_channels not in (channels, 2 * channels):
        raise ModelError(f"{config_name}: reads {channels} channels and returns {out_channels}; it is no denoiser.")
    if process.schedule.T > (config.get("num_train_timesteps") or process.schedule.T):
        raise ModelError(f"{config_name}: the network knows fewer levels than the scheduler's {process.schedule.T}.")
    unet = network.build(config, weights, config_name).to(device)
    shape = (channels, *network.sides(config))
    return Model(_shown_name(name), folder, unet, process, classes, shape)


def _shown_name(name: str) -> str:
    """A folder's last part, or with its parent where that says more ("run-3/unet_ema"); ids and names as they are."""
    if not os.path.isdir(name):
        return name
    path = Path(os.path.abspath(name))
    return f"{path.parent.name}/{path.name}" if path.name in ("unet", "unet_ema") else path.name
