"""``diffviz train points.csv``: a small network of points, in seconds."""

from __future__ import annotations

import argparse
import dataclasses
import math
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from diffviz import catalog
from diffviz.cli import terminal
from diffviz.cli.words import UsageError, is_file
from diffviz.meter import Meter
from diffviz.train.losses import SMALL_STATE

if TYPE_CHECKING:
    from diffviz.kinds.points import Points
    from diffviz.train.small import SmallRecipe, SmallTraining

# what a training of pictures or sounds has besides
_OF_PICTURES = (
    *("kind", "recipe", "start", "size", "flip", "classes", "captions", "preset", "dropout", "min_snr", "word_weight"),
    *("quiet_weight", "focus", "hold_out", "ema", "device", "precision", "threads", "checkpoint"),
)
# of a training of points: what stays as it was when it goes on, and what may be another
_FIXED = ("prediction", "schedule", "T", "width", "layers", "seed")
_GIVEN = ("batch", "lr", "drop_class")
SECONDS, SAVE_S = 10.0, 60.0


def meant(arguments: argparse.Namespace) -> bool:
    """Whether the first word names points: a file, or a cloud that ships; or OUT goes on learning some."""
    folder = arguments.folder
    if folder is None:
        return bool(arguments.resume) and os.path.isfile(os.path.join(arguments.output, SMALL_STATE))
    return not os.path.isdir(folder) and (os.path.isfile(folder) or _ships(folder))


def _ships(name: str) -> bool:
    return catalog.exact_cloud(name) != name


def run(arguments: argparse.Namespace) -> int:
    """Train and write OUT; the exit code. Raises UsageError for bad input."""
    wrong = next((name for name in _OF_PICTURES if getattr(arguments, name) is not None), None)
    if wrong is not None or arguments.progress == "json":
        option = "progress json" if wrong is None else {"start": "from"}.get(wrong, wrong).replace("_", "-")
        raise UsageError(f"--{option} is of trainings on pictures or sounds; leave it out where points are learnt.")
    from diffviz.models import cores
    from diffviz.train.recipe import TrainError
    from diffviz.train.small_state import save_training

    with Meter() as meter:
        try:
            training, data, output = (_resumed if arguments.resume else _new)(arguments)
            if training.points.note:
                meter.warn(training.points.note)
            cores.use(1)
            due, sound = time.monotonic() + SAVE_S, True
            try:
                for learnt in training.run(in_all=True):
                    meter.line(f"step {learnt.step} · loss {learnt.loss:.4f} · floor {learnt.floor:.4f}")
                    if time.monotonic() >= due:
                        save_training(output, training, data)
                        due = time.monotonic() + SAVE_S
            except TrainError:  # it has diverged: what was saved before stays
                sound = False
                raise
            finally:  # interrupted too: what was learnt is kept
                if sound:
                    save_training(output, training, data)
        except TrainError as error:
            raise UsageError(str(error)) from error
        meter.note(f"wrote {output}: {learnt.step} steps, loss {learnt.loss:.4f}, of which {learnt.floor:.4f} is noise")
    return 0


def _new(arguments: argparse.Namespace) -> tuple[SmallTraining, str, Path]:
    """The training, what it learns by the name that finds it again, and its folder."""
    from diffviz.engine.denoising import make_schedule
    from diffviz.scene import ScheduleSpec
    from diffviz.train.small import SmallTraining as Training

    points, recipe, output = _points(arguments.folder), _recipe(arguments), _output(arguments.output)
    if arguments.schedule is not None and is_file(arguments.schedule):
        spec = terminal.own_schedule(arguments.schedule, arguments.T)
    else:
        spec = ScheduleSpec(arguments.schedule or "linear", arguments.T or 1000)
    return Training(points, make_schedule(spec), recipe), _name(arguments.folder), output


def _resumed(arguments: argparse.Namespace) -> tuple[SmallTraining, str, Path]:
    """The same of one that goes on. Raises TrainError and UsageError."""
    from diffviz.train.small_state import begun, restored

    fixed = next((name for name in _FIXED if getattr(arguments, name) is not None), None)
    if fixed is not None:
        raise UsageError(f"--{fixed} was chosen when the training began; leave it out beside --resume.")
    output = Path(os.path.abspath(arguments.output))
    far = begun(output)
    data = far.data if arguments.folder is None else _name(arguments.folder)
    if not os.path.isfile(data) and not _ships(data):
        raise UsageError(f"{output.name}: the points that it learnt are gone; name them before -o OUT --resume.")
    given = {name: getattr(arguments, name) for name in _GIVEN if getattr(arguments, name) is not None}
    if arguments.steps is not None or arguments.minutes is not None:
        given |= {"steps": arguments.steps, "seconds": None if arguments.minutes is None else 60 * arguments.minutes}
    recipe = dataclasses.replace(far.recipe, **given)
    if far.step >= (recipe.steps or math.inf) or far.seconds >= (recipe.seconds or math.inf):
        long = f"{far.step:,} steps in {far.seconds:.0f} s"
        raise UsageError(f"{output.name}: has been trained, {long}; give --steps or --minutes of more, in all.")
    return restored(output, _points(data), far, recipe), data, output


def _name(points: str) -> str:
    return os.path.abspath(points) if os.path.isfile(points) else points


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
        more = ", or add --resume to go on" if (folder / SMALL_STATE).is_file() else ""
        raise TrainError(f"{folder.name}: is there already; choose a new name for -o OUT{more}.")
    return folder
