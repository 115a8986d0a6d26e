"""held_model: a network and a scheduler that a program already holds -> Model, by the rules of ``load_model``."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from diffviz.diffusion import NoiseSchedule
from diffviz.kinds import LINE, PICTURE, POINTS, Kind
from diffviz.models import network as networks
from diffviz.models.callable import CallableNetwork
from diffviz.models.classes import Classes, checked_classes
from diffviz.models.errors import ModelError
from diffviz.models.fields import MAX_SIDE
from diffviz.models.folder import short
from diffviz.models.loading import any_size, check_process
from diffviz.models.model import Model
from diffviz.models.scheduler import SIGNS, Process, process_of

YOURS = "your network"


def held_model(
    unet: Any,
    scheduler: Any,
    class_names: Sequence[str] | None = None,
    *,
    null_class: int | None = None,
    sample_shape: tuple[int, ...] | None = None,
    prediction: str | None = None,
    name: str = YOURS,
    kind: Kind = PICTURE,
) -> Model:
    """A model of what is in memory. A UNet2DModel is copied as it is now, float32 and in eval mode, on its device.

    Args:
        unet: a UNet2DModel of diffusers, or any callable ``(x, timestep)``, with classes ``(x, timestep,
            class_labels)``, which is called as it is: level t comes as timestep t-1.
        scheduler: one of diffusers' with a table of β, or a NoiseSchedule of ``diffviz.diffusion``.
        class_names: of the labels 0, 1, ...
        null_class: the label that stands for "no class", which guidance needs.
        sample_shape: (C, H, W) of a callable's samples, or of a network whose config names no sample_size; of another
            kind as it has it.
        prediction: "epsilon" (the default), "v", "x0" or "flow"; with a NoiseSchedule only, which does not know it.
        kind: what its samples are; of other kinds than pictures x̂_0 is not clipped.
    Raises:
        ModelError: one sentence, for what does not fit.
    """
    if not isinstance(name, str) or not name.strip():
        raise ModelError(f"name = {short(name)} is no name; give one for the model menu.")
    process = _process(scheduler, prediction, name)
    if kind is not PICTURE:
        process = replace(process, clip=None)
    inner = getattr(unet, "_orig_mod", None) or unet  # of torch.compile
    if isinstance(getattr(inner, "module", None), torch.nn.Module):  # of DataParallel and its kin
        inner = inner.module
    made: Any
    shape: tuple[int, ...]
    if hasattr(inner, "to_json_string") and hasattr(inner, "config") and kind is PICTURE:
        made, config, shape = _copied(inner, sample_shape, name)
    elif callable(unet):
        made, config, shape = _called(unet, class_names, null_class, sample_shape, name, kind)
    else:
        raise ModelError(f"{name}: is a {type(unet).__name__}; pass a UNet2DModel, or a callable (x, timestep).")
    if kind is PICTURE and shape[0] not in (1, 3):
        raise ModelError(
            f"{name}: works on {shape[0]} channels, as latent networks do; pass one that works on pictures, of 1 or 3."
        )
    check_process(process, config, name)
    count = config["num_class_embeds"]
    if count is None and (class_names or null_class is not None):
        raise ModelError(f"{name}: knows no classes; leave class_names and null_class out.")
    names = None if class_names is None else list(class_names)
    classes = Classes() if count is None else checked_classes(names, null_class, count, name)
    notes = any_size(config, "sample_shape=(C, H, W) takes another") if "sample_size" in config else ()
    model = Model(name, Path(name), made, process, classes, shape, notes, kind)
    if isinstance(made, CallableNetwork):
        _try(model)
    return model


def _process(scheduler: Any, prediction: str | None, name: str) -> Process:
    if isinstance(scheduler, NoiseSchedule):
        if prediction not in (None, *SIGNS):
            raise ModelError(f"{name}: prediction = {short(prediction)} is not one of {', '.join(SIGNS)}.")
        return Process(scheduler, prediction or "epsilon")
    if not hasattr(scheduler, "to_json_string"):
        raise ModelError(
            f"{name}: its scheduler is a {type(scheduler).__name__}; pass one of diffusers, or a NoiseSchedule such as "
            'SCHEDULES["linear"]().'
        )
    if prediction is not None:
        raise ModelError(f"{name}: prediction is what the scheduler's own config says; leave it out.")
    return process_of(json.loads(scheduler.to_json_string()), f"{name}: its scheduler")


def _copied(unet: Any, wanted: tuple[int, ...] | None, name: str) -> tuple[Any, dict[str, Any], tuple[int, int, int]]:
    config = json.loads(unet.to_json_string())
    kind = type(unet).__name__
    if kind != "UNet2DModel":
        raise ModelError(
            f"{name}: is a {kind}, which asks for what diffviz cannot give, such as a text; pass a UNet2DModel, or a "
            "callable (x, timestep) that gives it."
        )
    size = config.get("sample_size")
    if size is None and wanted is not None:
        size = list(wanted)[1:]
    arguments = networks.check_config({**config, "_class_name": kind, "sample_size": size}, name)
    shape = (arguments.get("in_channels", 3), *networks.sides(arguments))
    return networks.copy_of(unet, arguments, name), {"num_class_embeds": None, **arguments}, shape


def _called(
    function: Callable[..., Any],
    class_names: Sequence[str] | None,
    null_class: int | None,
    shape: tuple[int, ...] | None,
    name: str,
    kind: Kind,
) -> tuple[CallableNetwork, dict[str, Any], tuple[int, ...]]:
    sides = tuple(shape) if isinstance(shape, tuple | list) else ()
    whole = bool(sides) and all(type(side) is int and side >= 1 for side in sides)
    if kind is PICTURE and not (whole and len(sides) == 3 and max(sides) <= MAX_SIDE):
        raise ModelError(f"{name}: is a callable; say what it works on as sample_shape=(C, H, W), such as (3, 32, 32).")
    if not (whole and kind.fits(sides)):
        raise ModelError(f"{name}: sample_shape = {short(shape)} is no shape of such data; leave it out.")
    weights = list(function.parameters()) if isinstance(function, torch.nn.Module) else []
    device = weights[0].device if weights else torch.device("cpu")
    count = None
    if class_names:
        count = max(len(class_names), -1 if null_class is None else null_class + 1)
    made = CallableNetwork(function, sides[0], count, device, pointwise=kind in (POINTS, LINE))
    return made, dict(made.config), sides


@torch.no_grad()
def _try(model: Model) -> None:
    """One call of a person's function, so that a mistake shows here and not in a chain."""
    x = torch.zeros((2, *model.sample_shape), device=model.device)
    timestep = torch.full((2,), model.schedule.T // 2, device=model.device)
    labels = torch.zeros(2, dtype=torch.int64, device=model.device) if model.classes.count else None
    words = "(x, timestep, class_labels)" if model.classes.count else "(x, timestep)"
    try:
        out = model.run_network(x, timestep, labels)
    except Exception as error:  # a person's own code raises what it likes
        said = short(str(error).partition("\n")[0] or type(error).__name__)
        raise ModelError(f"{model.name}: fails when it is called with {words}: {said}; correct it.") from error
    if out.shape != x.shape:
        raise ModelError(f"{model.name}: returns {tuple(out.shape)} for {tuple(x.shape)}; it must return the same.")
