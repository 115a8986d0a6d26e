"""``diffviz train``: a model from a folder of pictures, or of a file of points."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from diffviz.catalog import CUSTOM
from diffviz.cli import terminal, train_points
from diffviz.cli.words import UsageError, is_file
from diffviz.meter import Meter

if TYPE_CHECKING:
    from diffviz.train.recipe import TrainError


def run(arguments: argparse.Namespace) -> int:
    """Train until the recipe's end; the exit code. Raises UsageError for bad input."""
    if train_points.meant(arguments):
        return train_points.run(arguments)
    if arguments.prediction == "flow":
        raise UsageError("--prediction flow is of points; of pictures choose epsilon, v or x0.")
    from diffviz.train import command

    saved_step = None
    try:
        _read_schedule(arguments)
        recipe, output = command.check(arguments)
        if "LOCAL_RANK" in os.environ:
            _take_own_gpu()
        with Meter() as meter:
            device = terminal.device_of(_launched_device() or recipe.device, meter).type
        try:
            return command.run(recipe, output, device, arguments.progress, arguments.stop_at_eof)
        finally:
            saved_step = output.saved_step
    except Exception as error:
        why = _why_not_trained(error, saved_step)
        if arguments.progress == "json":
            command.tell_failure(why, saved_step)
        if why.reason == "fault":
            raise
        raise UsageError(str(why)) from error


def _read_schedule(arguments: argparse.Namespace) -> None:
    """Put the β of a schedule's file in the place of its name. Raises TrainError where it cannot be used."""
    from diffviz.train.recipe import TrainError

    if arguments.schedule is None or not is_file(arguments.schedule):
        return
    try:
        betas = terminal.betas_of(arguments.schedule, arguments.T)
    except UsageError as error:
        raise TrainError(str(error)) from error
    arguments.schedule, arguments.T, arguments.betas = CUSTOM.name, len(betas), betas


def _why_not_trained(error: Exception, saved_step: int | None) -> TrainError:
    from diffviz.faults import named
    from diffviz.train.recipe import TrainError

    if isinstance(error, TrainError):
        return error
    if isinstance(error, UsageError):  # the only one behind ``check``
        return TrainError(str(error), reason="device")
    if isinstance(error, RuntimeError):
        from diffviz.engine import device as devices

        if devices.out_of_memory(error):
            kept = "" if saved_step is None else f"; the checkpoint of step {saved_step} is kept"
            return TrainError(f"the device is out of memory{kept}", "choose a smaller --batch or --preset", "memory")
    return TrainError(f"{named(error)}.", reason="fault")


def _take_own_gpu() -> None:
    """Under a launcher each process has a GPU of its own: none of them may begin on the first one."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count())


def _launched_device() -> str | None:
    """The kind of device that ``accelerate launch --cpu`` asks for."""
    return "cpu" if os.environ.get("ACCELERATE_USE_CPU", "").lower() in ("1", "true", "yes") else None
