"""load_model: a name, a folder or a hub id -> Model."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from diffviz.kinds import PICTURE, Kind
from diffviz.models import network
from diffviz.models.classes import Classes, read_classes, read_kind
from diffviz.models.errors import ModelError
from diffviz.models.fields import is_text
from diffviz.models.model import Model
from diffviz.models.places import locate
from diffviz.models.scheduler import Process, SchedulerChoice, read_process
from diffviz.models.small import is_small, load_small
from diffviz.models.text_encoder import load_text
from diffviz.models.told import Told, read_told
from diffviz.models.weights import read_weights
from diffviz.models.worded import TextNetwork, WordedNetwork

_NAMED = "@64 behind the name takes another"


@dataclass(frozen=True)
class Outline:
    """What a model's JSON says, each value within its bounds; its weights were not looked at.

    ``config``: arguments of its class. ``sample_shape``: (C, H, W). ``told``: of a network of words.
    """

    name: str
    folder: Path
    config: Mapping[str, Any]
    process: Process
    classes: Classes
    sample_shape: tuple[int, int, int]
    told: Told | None = None
    kind: Kind = PICTURE


def read_outline(folder_or_id: str | os.PathLike[str]) -> Outline:
    """Everything of a model but its weights, in milliseconds and without diffusers.

    Args:
        folder_or_id: as for ``load_model``.
    Raises:
        SchedulerMissing: if the scheduler is missing.
        ModelError: if a file cannot be used.
    """
    place = locate(os.fspath(folder_or_id))
    parts = place.parts()
    config = network.read_config(parts, place.size)
    process = read_process(parts, None)
    check_process(process, config, parts.shown(parts.unet / "config.json"))
    classes = read_classes(parts, config.get("num_class_embeds"))
    told = read_told(parts, config)
    shape = _sample_shape(config, told)
    return Outline(place.name, place.folder, config, process, classes, shape, told, read_kind(parts, shape))


def load_model(
    folder_or_id: str | os.PathLike[str],
    device: str | torch.device = "cpu",
    *,
    scheduler: SchedulerChoice | None = None,
) -> Model:
    """Load a network and the process that it was trained with.

    Only JSON and safetensors are read, with limits, and nothing from the folder is executed.

    Args:
        folder_or_id: a shipped model's name ("smileys-32"), a folder (a diffusers pipeline, with a text encoder too, a
            bare UNet2DModel, a training checkpoint or its ``unet`` / ``unet_ema``), the name of one trained in the
            window, or a hub id ("google/ddpm-cifar10-32"). "@64" behind it is the size to work at, where the folder
            names none.
        device: where the network goes; it computes in float32.
        scheduler: used where the folder has no scheduler, and only there.
    Raises:
        SchedulerMissing: if only the scheduler is missing and none was given.
        ModelError: if it cannot be used. One line: the name, the cause, the remedy.
    """
    place = locate(os.fspath(folder_or_id))
    parts = place.parts()
    if is_small(parts):
        return load_small(place, parts, device)
    config = network.read_config(parts, place.size)
    name = parts.shown(parts.unet / "config.json")
    weights = read_weights(parts)
    network.check_against(config, weights, name)
    process = read_process(parts, scheduler)
    check_process(process, config, name)
    classes = read_classes(parts, config.get("num_class_embeds"))
    told = read_told(parts, config)
    unet, left_out = network.build(config, weights, name)
    unet = unet.to(device)
    # second: diffusers imports much of transformers, and without collections on the way
    tokens, encoder = load_text(parts, config["cross_attention_dim"], name) if is_text(config) else (None, None)
    shape = _sample_shape(config, told)
    kind = read_kind(parts, shape)
    not_shown = _not_shown(shape[0]) if kind is PICTURE else ()
    notes = (*place.notes, *weights.notes, *left_out, *not_shown, *any_size(config, _NAMED))
    made, words = unet, told.vocabulary if told else tokens
    if told is not None:
        made = WordedNetwork(unet, told.shuffle)
    elif tokens is not None:
        made = TextNetwork(unet, tokens.length)
    return Model(place.name, place.folder, made, process, classes, shape, notes, kind, words, encoder)


def _sample_shape(config: Mapping[str, Any], told: Told | None) -> tuple[int, int, int]:
    """(C, H, W) of a sample, whose pixels may be channels of the network."""
    shuffle = 1 if told is None else told.shuffle
    height, width = network.sides(config)
    return config.get("in_channels", 3) // shuffle**2, height * shuffle, width * shuffle


def any_size(config: Mapping[str, Any], remedy: str) -> tuple[str, ...]:
    """What to say of a network whose config names no size; ``remedy``: how to ask for another one."""
    if config["sample_size"] is not None:
        return ()
    height, width = network.sides(config)
    return (f"names no sample_size: opened at {width}x{height}; {remedy}",)


def _not_shown(channels: int) -> tuple[str, ...]:
    """What the panels leave out of samples that are no pictures."""
    if channels in (1, 3):
        return ()
    shown = "the first, as grey" if channels == 2 else "the first three, as RGB"
    return (f"shown of its {channels} channels: {shown}",)


def check_process(process: Process, config: Mapping[str, Any], name: str) -> None:
    """The scheduler must fit the network: channels out for channels in, and no level that it has no embedding for."""
    channels, out = config.get("in_channels", 3), config.get("out_channels", 3)
    if out not in (channels, 2 * channels):
        raise ModelError(f"{name}: reads {channels} channels and returns {out}; choose a network that denoises.")
    T, known = process.schedule.T, config.get("num_train_timesteps")
    if known is not None and known < T:
        raise ModelError(f"{name}: the network knows {known} levels, its scheduler has {T}; correct one of them.")
