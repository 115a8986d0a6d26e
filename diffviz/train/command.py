"""``diffviz train``: from what was typed to a recipe, and from there to a model."""

from __future__ import annotations

import argparse
import os
import shlex
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffviz.train.checkpoint import Output, disk_sentence
from diffviz.train.pictures import Pictures, read_class_file, read_pictures
from diffviz.train.recipe import PRESETS, Recipe, TrainError
from diffviz.train.report import Report, reporter
from diffviz.train.stop import StopRequest

if TYPE_CHECKING:
    from accelerate import Accelerator

# what the weights depend on: a training cannot change it halfway
_FIXED = ("size", "preset", "width", "layers", "prediction", "schedule", "T", "drop_class", "hold_out", "seed")
_GIVEN = (*_FIXED, "flip", "dropout", "min_snr", "steps", "minutes", "batch", "lr", "ema")
INTERRUPTED = 130


def check(arguments: argparse.Namespace) -> tuple[Recipe, Output]:
    """The recipe and the place of a command line; reads no picture yet.

    Raises:
        TrainError: if something does not fit.
    """
    output = Output(Path(os.path.abspath(arguments.output)))
    given = {name: getattr(arguments, name) for name in _GIVEN if getattr(arguments, name) is not None}
    if arguments.folder is not None:
        given["data"] = os.path.abspath(arguments.folder)
    if arguments.classes is not None:
        given["classes"] = read_class_file(arguments.classes)
    if arguments.resume:
        recipe = _resumed(output, given)
    else:
        output.check_new()
        recipe = Recipe(**given)
    if not recipe.data:
        raise TrainError("say which folder holds the pictures: diffviz train FOLDER -o OUT.")
    if not recipe.batch:
        recipe = recipe.replace(batch=PRESETS[recipe.preset].batch)
    recipe.check()
    if find_spec("accelerate") is None:
        raise TrainError('training needs the package accelerate; install it with: pip install "diffviz[train]"')
    return recipe, output


def _resumed(output: Output, given: dict[str, Any]) -> Recipe:
    """The recipe of OUT with what may change, changed."""
    stored = output.recipe()
    for name in (*_FIXED, "classes"):
        if name in given and given[name] != getattr(stored, name) and output.has_state():
            was = "other classes" if name == "classes" else f"--{name.replace('_', '-')} {getattr(stored, name)}"
            raise TrainError(
                f"{output.name}: was trained with {was}; leave the option out, or train into a new folder."
            )
    if "steps" in given or "minutes" in given:
        given = {"steps": None, "minutes": None, **given}
    return stored.replace(**given)


def run(recipe: Recipe, output: Output, arguments: argparse.Namespace, device: str) -> int:
    """Train; the exit code.

    Args:
        device: "cpu", or what accelerate finds where it is another word.
    Raises:
        TrainError: if the pictures cannot be used, the disk is full, or the loss is no number any more.
    """
    report = reporter(arguments.progress, output.folder)
    with StopRequest() as stop, report:
        try:
            pictures = read_pictures(recipe, report.reading)
            accelerator = _accelerator(arguments, device)
            if not accelerator.is_main_process:
                report = Report()
            if recipe.batch % accelerator.num_processes:
                raise TrainError(
                    f"--batch {recipe.batch} does not divide among {accelerator.num_processes} processes; "
                    f"choose a multiple of {accelerator.num_processes}."
                )
            return _train(recipe, output, arguments, pictures, accelerator, report, stop)
        except OSError as error:
            raise TrainError(disk_sentence(error, output)) from error


def _train(
    recipe: Recipe,
    output: Output,
    arguments: argparse.Namespace,
    pictures: Pictures,
    accelerator: Accelerator,
    report: Report,
    stop: StopRequest,
) -> int:
    from diffviz.train.loop import Ended, Loop
    from diffviz.train.trainer import Trainer

    report.pictures(pictures)
    trainer = Trainer(recipe, pictures, accelerator)
    seconds = output.read_state(trainer)
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        output.begin(trainer)
        output.trim_losses(trainer.steps_done)
    report.began(trainer, seconds)
    finished = True
    for event in Loop(trainer, output, seconds, stop.asked, arguments.checkpoint).run():
        report.show(event)
        if isinstance(event, Ended):
            finished = event.finished
    accelerator.wait_for_everyone()
    return 0 if finished else INTERRUPTED


def _accelerator(arguments: argparse.Namespace, device: str) -> Accelerator:
    import torch
    from accelerate import Accelerator
    from accelerate.utils import DistributedDataParallelKwargs

    if arguments.threads is not None:
        torch.set_num_threads(arguments.threads)
    precision = arguments.precision
    if precision == "auto":
        precision = "bf16" if device == "cuda" and torch.cuda.is_bf16_supported() else "fp32"
    # buckets as views save a copy of every gradient
    ddp = DistributedDataParallelKwargs(gradient_as_bucket_view=True)
    return Accelerator(
        cpu=device == "cpu", mixed_precision="no" if precision == "fp32" else precision, kwargs_handlers=[ddp]
    )


def resume_line(output: Output) -> str:
    return f"diffviz train --resume -o {shlex.quote(str(output.folder))}"
