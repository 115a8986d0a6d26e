"""A training of points on disk: the network that opens, and in training/ what it takes to go on."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from diffviz.bounded import OBJECT, Refusal, Unreadable, among, number, optional, take, text, whole
from diffviz.files import display_name
from diffviz.kinds import POINTS
from diffviz.kinds.points import Points
from diffviz.models import load_model
from diffviz.models.saving import write_tensors
from diffviz.models.small import PREDICTIONS, save_small
from diffviz.train.losses import MAX_STEP, SMALL_STATE, notes_of
from diffviz.train.recipe import TrainError
from diffviz.train.small import SmallRecipe, SmallTraining

_MOST_S = 1e10
_RECIPE = {
    "prediction": among(*PREDICTIONS),
    "seconds": optional(number(0, _MOST_S)),
    "steps": optional(whole(1, MAX_STEP)),
    "width": whole(1, 4096),
    "layers": whole(0, 64),
    "batch": whole(1, 10**6),
    "lr": number(0, 1e3),
    "drop_class": number(0, 1),
    "seed": whole(0, 2**63 - 1),
}
assert set(_RECIPE) == {field.name for field in fields(SmallRecipe)}


@dataclass(frozen=True)
class Begun:
    """A training that can be gone on with: what it learns, by its name and its digest, and how far it is."""

    data: str
    digest: str
    step: int
    seconds: float
    recipe: SmallRecipe


def save_training(folder: Path, training: SmallTraining, data: str) -> None:
    """Write the network and what it takes to go on; ``data``: what it learns, to be named again.

    Raises:
        OSError: if a file cannot be written.
    """
    save_small(folder, training.network, training.schedule, training.points.class_names)
    (folder / SMALL_STATE).parent.mkdir(exist_ok=True)
    far = {"step": training.step, "seconds": training.seconds}
    notes = {"data": data, "digest": training.network.learnt, **far, "recipe": asdict(training.recipe)}
    write_tensors(folder / SMALL_STATE, training.state(), {"diffviz": json.dumps(notes)})


def begun(folder: Path) -> Begun:
    """What a folder holds of a training. Raises TrainError where it is none of points."""
    name = display_name(folder)
    try:
        notes = notes_of(folder / SMALL_STATE)
        given = take(notes, "recipe", OBJECT)
        recipe: dict[str, Any] = {key: take(given, key, kind) for key, kind in _RECIPE.items()}
        data, digest = take(notes, "data", text(4096)), take(notes, "digest", text(64))
        step, seconds = take(notes, "step", whole(0, MAX_STEP)), take(notes, "seconds", number(0, _MOST_S))
    except Unreadable as error:
        advice = "leave --resume out, or name its folder"
        raise TrainError(f"{name}: holds no training of points that could go on ({error})", advice, "place") from error
    return Begun(data, digest, step, float(seconds), SmallRecipe(**recipe))


def restored(folder: Path, points: Points, far: Begun, recipe: SmallRecipe) -> SmallTraining:
    """The training as it was left, to go on by a recipe. Raises TrainError where points or files are others."""
    name = display_name(folder)
    if POINTS.digest(points.array) != far.digest:
        raise TrainError(f"{name}: learnt other points than {points.name}; give those, or train into a new folder.")
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        training = SmallTraining(points, load_model(str(folder), "cpu").schedule, recipe)
        training.restore(load_file(folder / SMALL_STATE), far.step, far.seconds)
    except (SafetensorError, OSError, KeyError, RuntimeError, Refusal) as error:
        raise TrainError(f"{name}: its training cannot be used; train into a new folder.") from error
    return training
