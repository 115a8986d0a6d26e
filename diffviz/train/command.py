"""``diffviz train``: from what was typed to a recipe, and from there to a model."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from diffviz.kinds import KINDS
from diffviz.train.captions import BESIDE
from diffviz.train.checkpoint import Output, disk_error
from diffviz.train.classes import read_classes
from diffviz.train.events import AllRead, Began, Failed, Interrupted, Reading
from diffviz.train.held_out import Before, read_before
from diffviz.train.pictures import Pictures, read_pictures
from diffviz.train.recipe import FIELDS, PRESETS, Recipe, TrainError, read_given
from diffviz.train.report import JsonReport, Report, TextReport
from diffviz.train.start import Start, adopt, folder_of, known_words, load_start, resolved, resumed_start
from diffviz.train.stop import StopRequest, interruptible

if TYPE_CHECKING:
    from accelerate import Accelerator

    from diffviz.train.loop import Loop
    from diffviz.vocabulary import Vocabulary

# what the weights depend on: a training cannot change it halfway
_FIXED = (
    *("start", "kind", "captions", "size", "preset", "width", "layers"),
    *("prediction", "schedule", "T", "betas", "drop_class", "hold_out", "seed"),
)
_NAMED = {"start": "from"}  # options that are called otherwise than the recipe's field
WORD_WEIGHT = 0.75  # of a training with captions
OF_SOUNDS = {"preset": "sound", "size": 64, "quiet_weight": 0.6}
INTERRUPTED = 130


def check(arguments: argparse.Namespace) -> tuple[Recipe, Output]:
    """The recipe and the place of a command line; reads no picture yet.

    Raises:
        TrainError: if something does not fit.
    """
    output = Output(Path(os.path.abspath(arguments.output)))
    given = given_options(arguments)
    if arguments.recipe is not None:
        total = {"steps", "minutes"}
        kept = read_given(arguments.recipe)
        given = {name: value for name, value in kept.items() if not (name in total and total & set(given))} | given
    if arguments.folder is not None:
        given["data"] = arguments.folder
    if given.get("data"):
        given["data"] = os.path.abspath(given["data"])
    if given.get("captions") and given["captions"] != BESIDE:
        given["captions"] = os.path.abspath(given["captions"])
    if given.get("captions") and not {"preset", "start"} & set(given):
        given["preset"] = "words"
    if arguments.classes is not None:
        given["classes"] = read_classes(arguments.classes)
    if given.get("start"):
        given["start"] = resolved(given["start"])
    if arguments.resume:
        recipe = _resumed(output, given)
    else:
        output.check_new()
        usual = OF_SOUNDS if given.get("kind") == "sound" else {}
        recipe = Recipe(**{**({"word_weight": WORD_WEIGHT} if given.get("captions") else usual), **given})
    if recipe.start and not output.has_state():
        recipe = adopt(recipe, given)
    if not recipe.data:
        raise TrainError(f"say which folder holds the {recipe.kind}s: diffviz train FOLDER -o OUT.")
    if not recipe.batch:
        recipe = recipe.replace(batch=PRESETS[recipe.preset].batch)
    recipe.check()
    if find_spec("accelerate") is None:
        raise TrainError('training needs the package accelerate; install it with: pip install "diffviz[train]"')
    return recipe, output


def given_options(arguments: argparse.Namespace) -> dict[str, Any]:
    """The fields of a recipe that were typed, but for the folder and the classes."""
    typed = {name: getattr(arguments, name) for name in FIELDS if name not in ("data", "classes")}
    given = {name: value for name, value in typed.items() if value is not None}
    return {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}


def _resumed(output: Output, given: dict[str, Any]) -> Recipe:
    """The recipe of OUT with what may change, changed."""
    stored = output.recipe()
    for name in (*_FIXED, "classes"):
        if name in given and given[name] != getattr(stored, name) and output.has_state():
            option = _NAMED.get(name, name.replace("_", "-"))
            named = {"classes": "other classes", "betas": "another --schedule"}
            before = getattr(stored, name)
            was = named.get(name) or f"--{option} {'(none)' if before == '' else before}"
            raise TrainError(
                f"{output.name}: was trained with {was}; leave the option out, or train into a new folder."
            )
    if "steps" in given or "minutes" in given:
        given = {"steps": None, "minutes": None, **given}
    return stored.replace(**given)


def run(recipe: Recipe, output: Output, device: str, progress: str, stop_at_eof: bool = False) -> int:
    """Train; the exit code: 0 all of it, 130 stopped at a checkpoint.

    Args:
        device: "cpu", "cuda" or "mps"; under a launcher each process takes its own of that kind.
        progress: "text" or "json".
        stop_at_eof: whether the end of standard input asks for a checkpoint and the end, as SIGTERM does.
    Raises:
        TrainError: if the pictures cannot be used, OUT cannot be written, or the loss is no number any more.
    """
    first = _is_first()
    report = Report()
    if first:
        report = JsonReport() if progress == "json" else TextReport(output.folder, KINDS[recipe.kind])
    with StopRequest(stop_at_eof) as stop, report, contextlib.ExitStack() as stack:
        try:
            if first:
                stack.enter_context(output.locked())

            def asked() -> bool:
                return stop.asked() or report.deserted

            known = _known_words(recipe, output)
            before = _before(recipe, output)
            seen = interruptible(lambda done, total: report.show(Reading(done, total)), asked)
            pictures = read_pictures(recipe, seen, before=before, known=known)
            held_out = int(pictures.held_out.sum())
            report.show(AllRead(len(pictures), pictures.class_names, held_out, pictures.skipped))
            output.check_classes(pictures.class_names)
            loop = _loop(recipe, output, device, pictures, asked)
            report.show(_began(loop))
            for event in loop.run():
                report.show(event)
        except OSError as error:
            raise disk_error(error, output) from error
        except KeyboardInterrupt:
            report.show(Interrupted(output.saved_step))
            return INTERRUPTED
        loop.trainer.accelerator.wait_for_everyone()
        return 0 if loop.finished else INTERRUPTED


def tell_failure(why: TrainError, saved_step: int | None) -> None:
    """Say to a program that watches why the training ended; ``saved_step`` as in ``Failed``."""
    if _is_first():
        JsonReport().show(Failed(why.reason, str(why), why.problem, saved_step))


def _is_first() -> bool:
    """Whether this is the first of a launcher's processes, or the only one."""
    return os.environ.get("RANK", "0") == "0"


def _loop(recipe: Recipe, output: Output, device: str, pictures: Pictures, asked: Callable[[], bool]) -> Loop:
    """Everything that is needed before the first step; OUT is begun, its checkpoint read."""
    from diffviz.train.loop import Loop
    from diffviz.train.precision import best_precision
    from diffviz.train.trainer import Trainer

    if recipe.precision == "auto":
        recipe = recipe.replace(precision=best_precision(device))
    accelerator = _accelerator(recipe, device)
    count = accelerator.num_processes
    if recipe.batch % count:
        raise TrainError(
            f"--batch {recipe.batch} does not divide among {count} processes; choose a multiple of {count}."
        )
    trainer = Trainer(recipe, pictures, accelerator, _start(recipe, output))
    seconds = output.read_state(trainer)
    accelerator.wait_for_everyone()
    before: list[float] = []
    if accelerator.is_main_process:
        output.begin(trainer)
        before = output.trim_losses(trainer.steps_done)
    return Loop(trainer, output, seconds, asked, before)


def _began(loop: Loop) -> Began:
    trainer, accelerator = loop.trainer, loop.trainer.accelerator
    parameters = sum(weight.numel() for weight in trainer.network.parameters())
    return Began(trainer.steps_done, loop.seconds, str(accelerator.device), accelerator.num_processes, parameters)


def _known_words(recipe: Recipe, output: Output) -> Vocabulary | None:
    """The words of the network that is trained on; None where the captions decide."""
    if not recipe.captions or not (recipe.start or output.has_state()):
        return None
    return known_words(str(output.folder) if output.has_state() else recipe.start)


def _before(recipe: Recipe, output: Output) -> Before | None:
    """The training whose weights this one goes on with."""
    if output.has_state():
        return read_before(output.folder, goes_on=True)
    return read_before(folder_of(recipe.start), goes_on=False) if recipe.start else None


def _start(recipe: Recipe, output: Output) -> Start | None:
    """What a recipe with a ``start`` begins with; a checkpoint brings its own weights, so the model may have gone."""
    if not recipe.start:
        return None
    return resumed_start(output.folder) if output.has_state() else load_start(recipe.start)


def _accelerator(recipe: Recipe, device: str) -> Accelerator:
    import torch
    from accelerate import Accelerator
    from accelerate.utils import DistributedDataParallelKwargs

    if recipe.threads:
        torch.set_num_threads(recipe.threads)
    # buckets as views save a copy of every gradient
    ddp = DistributedDataParallelKwargs(gradient_as_bucket_view=True)
    mixed = {"bf16": "bf16", "fp32": "no"}[recipe.precision]
    return Accelerator(cpu=device == "cpu", mixed_precision=mixed, kwargs_handlers=[ddp])
