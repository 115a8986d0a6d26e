"""What a training begins with where it does not begin at random: network, process and weights of another model."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from diffviz.diffusion import NoiseSchedule
from diffviz.kinds import SOUND
from diffviz.models import Model, ModelError, load_model
from diffviz.models.fields import is_text
from diffviz.models.loading import Outline, read_outline
from diffviz.models.worded import bare
from diffviz.train.recipe import BANDS, Recipe, TrainError
from diffviz.vocabulary import Vocabulary

CLASS_TABLE = "class_embedding.weight"
# the network adds a class's row to this layer's output, so a row can be folded into it
_TIME_BIAS = "time_embedding.linear_2.bias"


@dataclass(frozen=True, eq=False)
class Start:
    """A network's outline and process.

    ``model`` holds its weights, or is None where a checkpoint brings them.
    """

    outline: Mapping[str, Any]
    schedule: NoiseSchedule
    model: Model | None = None

    def network_config(self, class_count: int, dropout: float) -> dict[str, Any]:
        """Arguments of UNet2DModel, with a table for the new classes and the null class after them."""
        count = class_count + 1 if class_count else None
        return {**self.outline, "num_class_embeds": count, "dropout": dropout}

    def worded_config(self, dropout: float) -> dict[str, Any]:
        """Arguments of UNet2DConditionModel: it keeps its words."""
        return {**self.outline, "dropout": dropout}

    def weights(self, class_names: Sequence[str]) -> dict[str, Tensor]:
        """The model's tensors for a network of these classes.

        Classes that the model knows by name keep their row, and so does the null class, which is the last. A new class
        begins as the null class: it draws what the model draws unasked until it has learnt better.
        """
        assert self.model is not None
        tensors = {key: value.clone() for key, value in self.model.network.state_dict().items()}
        table = tensors.pop(CLASS_TABLE, None)
        if table is None:
            if class_names:  # rows of zeros change nothing
                tensors[CLASS_TABLE] = torch.zeros(len(class_names) + 1, len(tensors[_TIME_BIAS]))
            return tensors
        null = self.model.null_class
        unasked = table.mean(dim=0) if null is None else table[null]
        if not class_names:
            tensors[_TIME_BIAS] += unasked
            return tensors
        known = {name: table[k] for k, name in enumerate(self.model.class_names)}
        tensors[CLASS_TABLE] = torch.stack([*(known.get(name, unasked) for name in class_names), unasked])
        return tensors


def resolved(name: str) -> str:
    """The name as a recipe keeps it: folders by their absolute path, which means the same wherever it is resumed."""
    from diffviz.assets import builtin_models
    from diffviz.files import model_folder

    if name in builtin_models():
        return name
    folder = model_folder(name)
    return os.path.abspath(folder) if os.path.isdir(folder) else name


def load_start(name: str) -> Start:
    """The model with its weights. Raises TrainError if it cannot be used."""
    try:
        model = load_model(name, "cpu")
    except ModelError as error:
        raise _unusable(str(error)) from error
    config = {key: value for key, value in bare(model.network).config.items() if not key.startswith("_")}
    return Start(config, model.schedule, model)


def resumed_start(folder: Path) -> Start:
    """The outline of a training that has a checkpoint. Raises TrainError if its files are broken."""
    try:
        outline = read_outline(str(folder))
    except ModelError as error:
        raise TrainError(str(error)) from error
    return Start(outline.config, outline.process.schedule)


def known_words(name: str) -> Vocabulary | None:
    """The words of a model that a training begins with. Raises TrainError if there is no such model."""
    told = _outline(name).told
    return None if told is None else told.vocabulary


def folder_of(name: str) -> Path:
    """Where the model's files lie. Raises TrainError if there is no such model."""
    return _outline(name).folder


def adopt(recipe: Recipe, given: Mapping[str, Any]) -> Recipe:
    """The recipe with what its ``start`` decides: size, schedule, T and prediction.

    Args:
        given: the options that were typed.
    Raises:
        TrainError: if the model cannot be trained on, or an option contradicts it.
    """
    outline = _outline(recipe.start)
    if recipe.kind != outline.kind.name:
        raise _unusable(f"{outline.name} makes {outline.kind.many}; say --kind {outline.kind.name}, or choose another.")
    size = _trainable_size(outline)
    if bool(recipe.captions) != (outline.told is not None):
        takes = "classes" if outline.told is None else "words, so it needs --captions"
        raise _unusable(f"{outline.name} is told {takes}; choose a model that is trained alike.")
    schedule, prediction = outline.process.schedule, outline.process.prediction
    adopted = recipe.replace(size=size, schedule=schedule.name, T=schedule.T, prediction=prediction, betas=())
    for name in ("size", "T", "prediction"):
        if given.get(name, getattr(adopted, name)) != getattr(adopted, name):
            raise _contradiction(name, given, outline, getattr(adopted, name))
    if "schedule" in given:
        beta = recipe.replace(schedule=given["schedule"], T=schedule.T).noise_schedule().beta
        if beta.shape != schedule.beta.shape or not np.allclose(beta, schedule.beta, rtol=1e-5):
            raise _contradiction("schedule", given, outline, schedule.name)
    preset = recipe.network_preset
    own = (tuple(outline.config["block_out_channels"]), outline.config["layers_per_block"])
    typed = [name for name in ("preset", "width", "layers") if name in given]
    if typed and (preset.channels, preset.layers) != own:
        channels = ", ".join(map(str, own[0]))
        raise _contradiction(typed[0], given, outline, f"channels {channels} and {own[1]} layers a level")
    return adopted


def _outline(name: str) -> Outline:
    try:
        outline = read_outline(name)
    except ModelError as error:
        raise _unusable(str(error)) from error
    if is_text(outline.config):
        raise _unusable(f"{name}: is told by a text encoder, which diffviz does not train with; choose another model.")
    return outline


def _unusable(problem: str) -> TrainError:
    return TrainError(problem, reason="start", option="--from")


def _trainable_size(outline: Outline) -> int:
    """The recipe's size for it, after everything that a training needs was looked at."""
    channels, height, width = outline.sample_shape
    if outline.config.get("out_channels", 3) != outline.config.get("in_channels", 3):
        raise _unusable(f"{outline.name} says a variance too, which diffviz does not train; choose another model.")
    if outline.kind is SOUND:
        if channels != BANDS or height != width:
            raise _unusable(f"{outline.name} has sounds of {channels}x{height}x{width}, not {BANDS} bands in a square.")
        return height * math.isqrt(BANDS)
    if channels != 3:
        raise _unusable(f"{outline.name} is no network from RGB to RGB, which training needs; choose another model.")
    if height != width:
        raise _unusable(f"{outline.name} has pictures of {width}x{height}, not square ones; choose another.")
    return height


def _contradiction(name: str, given: Mapping[str, Any], outline: Outline, own: object) -> TrainError:
    return TrainError(
        f"--{name} {given[name]} contradicts --from: {outline.name} has {own}; leave the option out, or --from."
    )
