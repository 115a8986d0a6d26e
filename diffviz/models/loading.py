"""load_model: a name, a folder or a hub id -> Model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from diffviz.assets import asset, builtin_models
from diffviz.files import display_name, own_model
from diffviz.models import hub, network
from diffviz.models.classes import Classes, read_classes
from diffviz.models.errors import ModelError
from diffviz.models.folder import CHECKPOINT_PARTS, PICKLE_SUFFIXES, find_parts, pickle_remedy, short
from diffviz.models.model import Model
from diffviz.models.scheduler import Process, SchedulerChoice, read_process
from diffviz.models.weights import read_weights


@dataclass(frozen=True)
class Outline:
    """What a model's JSON says, each value within its bounds; its weights were not looked at.

    ``config``: arguments of UNet2DModel. ``sample_shape``: (C, H, W).
    """

    name: str
    folder: Path
    config: Mapping[str, Any]
    process: Process
    classes: Classes
    sample_shape: tuple[int, int, int]


def read_outline(folder_or_id: str | os.PathLike[str]) -> Outline:
    """Everything of a model but its weights, in milliseconds and without diffusers.

    Args:
        folder_or_id: as for ``load_model``.
    Raises:
        SchedulerMissing: if the scheduler is missing.
        ModelError: if a file cannot be used.
    """
    folder, label = _locate(os.fspath(folder_or_id))
    parts = find_parts(folder, label)
    config = network.read_config(parts)
    process = read_process(parts, None)
    check_process(process, config, parts.shown(parts.unet / "config.json"))
    classes = read_classes(parts, config.get("num_class_embeds"))
    return Outline(label, folder, config, process, classes, (config.get("in_channels", 3), *network.sides(config)))


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
            training checkpoint or its ``unet`` / ``unet_ema``), the name of one trained in the window, or a hub id
            ("google/ddpm-cifar10-32").
        device: where the network goes; it computes in float32.
        scheduler: used where the folder has no scheduler, and only there.
    Raises:
        SchedulerMissing: if only the scheduler is missing and none was given.
        ModelError: if it cannot be used. One line: the name, the cause, the remedy.
    """
    folder, label = _locate(os.fspath(folder_or_id))
    parts = find_parts(folder, label)
    config = network.read_config(parts)
    name = parts.shown(parts.unet / "config.json")
    weights = read_weights(parts)
    network.check_against(config, weights, name)
    process = read_process(parts, scheduler)
    check_process(process, config, name)
    classes = read_classes(parts, config.get("num_class_embeds"))
    unet, left_out = network.build(config, weights, name)
    shape = (config.get("in_channels", 3), *network.sides(config))
    return Model(label, folder, unet.to(device), process, classes, shape, (*weights.notes, *left_out))


def _locate(wanted: str) -> tuple[Path, str]:
    """The folder, absolute, and what to call it: a shipped name, a hub id, or the folder's name."""
    if wanted in builtin_models():
        return asset("models", wanted), wanted
    # neither the empty name nor a zero byte can be asked the file system about
    path = Path(os.path.abspath(wanted)) if wanted and "\0" not in wanted else None
    if path is not None and os.path.isdir(path):
        return path, f"{path.parent.name}/{path.name}" if path.name in CHECKPOINT_PARTS else path.name or str(path)
    if path is not None and os.path.lexists(path):
        if path.suffix.lower() in PICKLE_SUFFIXES:
            raise ModelError(f"{path.parent.name}/{pickle_remedy(path)}")
        raise ModelError(f"{path.name}: is not a folder; choose the one that holds the weights and config.json.")
    own = own_model(wanted)
    if own is not None:
        return own, wanted
    if hub.ID.fullmatch(wanted):
        return hub.fetch(wanted), wanted
    shipped = ", ".join(builtin_models())
    name = display_name(wanted) if path else short(wanted)
    raise ModelError(f"{name}: is no folder; choose a model's folder, a hub id or a shipped model ({shipped}).")


def check_process(process: Process, config: Mapping[str, Any], name: str) -> None:
    """The scheduler must fit the network: channels out for channels in, and no level that it has no embedding for."""
    channels, out = config.get("in_channels", 3), config.get("out_channels", 3)
    if out not in (channels, 2 * channels):
        raise ModelError(f"{name}: reads {channels} channels and returns {out}; choose a network that denoises.")
    T, known = process.schedule.T, config.get("num_train_timesteps")
    if known is not None and known < T:
        raise ModelError(f"{name}: the network knows {known} levels, its scheduler has {T}; correct one of them.")
