"""``diffviz train points.csv``: a small network of points, in seconds."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from diffviz import catalog
from diffviz.cli import terminal
from diffviz.cli.words import UsageError, is_file
from diffviz.meter import Meter

if TYPE_CHECKING:
    from diffviz.kinds.points import Points
    from diffviz.train.small import SmallRecipe

# what a training of pictures has besides
_OF_PICTURES = (
    *("kind", "recipe", "start", "size", "flip", "classes", "captions", "preset", "dropout", "min_snr", "focus"),
    *("hold_out", "ema", "device", "precision", "threads", "checkpoint"),
)
SECONDS = 10.0


def meant(folder: str | None) -> bool:
    """Whether the first word names points: a file, or a cloud that ships."""
    return folder is not None and not os.path.isdir(folder) and (os.path.isfile(folder) or _ships(folder))


def _ships(name: str) -> bool:
    return catalog.exact_cloud(name) != name


def run(arguments: argparse.Namespace) -> int:
    """Train and write OUT; the exit code. Raises UsageError for bad input."""
    wrong = next((name for name in _OF_PICTURES if getattr(arguments, name) is not None), None)
    if wrong is not None or arguments.resume or arguments.progress == "json":
        option = {"start": "from"}.get(wrong or "", wrong) or ("resume" if arguments.resume else "progress json")
        option = option.replace("_", "-")
        raise UsageError(f"--{option} is of trainings on pictures; leave it out where points are learnt.")
    from diffviz.engine.denoising import make_schedule
    from diffviz.models import cores
    from diffviz.models.small import save_small
    from diffviz.scene import ScheduleSpec
    from diffviz.train.recipe import TrainError
    from diffviz.train.small import SmallTraining

    try:
        points, recipe, output = _points(arguments.folder), _recipe(arguments), _output(arguments.output)
        if arguments.schedule is not None and is_file(arguments.schedule):
            spec = terminal.own_schedule(arguments.schedule, arguments.T)
        else:
            spec = ScheduleSpec(arguments.schedule or "linear", arguments.T or 1000)
        schedule = make_schedule(spec)
        training = SmallTraining(points, schedule, recipe)
    except TrainError as error:
        raise UsageError(str(error)) from error
    cores.use(1)
    with Meter() as meter:
        if points.note:
            meter.warn(points.note)
        try:
            for learnt in training.run():
                meter.line(f"step {learnt.step} · loss {learnt.loss:.4f} · floor {learnt.floor:.4f}")
        except TrainError as error:
            raise UsageError(str(error)) from error
        finally:  # interrupted too: what was learnt is kept
            save_small(output, training.network, training.schedule, points.class_names)
        meter.note(f"wrote {output}: {learnt.step} steps, loss {learnt.loss:.4f}, of which {learnt.floor:.4f} is noise")
    return 0


def _points(name: str) -> Points:
    from diffviz.bounded import Refusal
    from diffviz.kinds import LINE, POINTS, read_file
    from diffviz.kinds.points import Points as Read

    if not os.path.isfile(name):
        cloud = catalog.exact_cloud(name).removeprefix("exact:")
        return next(kind for kind in (POINTS, LINE) if cloud in kind.samples).read(f"builtin:{cloud}")
    try:
        found = read_file(name)[1]
    except Refusal as error:
        raise UsageError(str(error)) from error
    if not isinstance(found, Read):
        name = os.path.basename(name)
        raise UsageError(f"{name}: holds no points; choose a folder of pictures, or a file of points.")
    return found


def _recipe(arguments: argparse.Namespace) -> SmallRecipe:
    from diffviz.train.small import SmallRecipe as Recipe

    names = ("prediction", "steps", "width", "layers", "batch", "lr", "drop_class", "seed")
    given = {name: getattr(arguments, name) for name in names if getattr(arguments, name) is not None}
    seconds = None if "steps" in given else SECONDS if arguments.minutes is None else 60 * arguments.minutes
    return Recipe(**given, seconds=seconds)


def _output(name: str) -> Path:
    from diffviz.train.recipe import TrainError

    folder = Path(os.path.abspath(name))
    if not folder.parent.is_dir():
        raise TrainError(f"{folder.parent.name}: there is no such folder; make it first, or name another -o OUT.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise TrainError(f"{folder.name}: is there already; choose a new name for -o OUT.")
    return folder
