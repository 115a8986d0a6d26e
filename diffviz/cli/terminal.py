"""What the commands share: bad input in words, the settings of a chain, the device and the model."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from diffviz.catalog import CUSTOM, KINDS
from diffviz.checks import MAX_TEXT
from diffviz.cli.words import UsageError, is_file, sampler_params
from diffviz.entries import Entry
from diffviz.export.options import Options
from diffviz.meter import Meter
from diffviz.sampling import PLAIN, Sampling
from diffviz.scene import ModelSpec, SamplerSpec, Scene, ScheduleSpec, params
from diffviz.schedule_file import read_schedule

if TYPE_CHECKING:
    import torch

    from diffviz.export.exporter import Progress
    from diffviz.kinds import Kind
    from diffviz.models import Model

Result = TypeVar("Result")


@contextlib.contextmanager
def border() -> Iterator[None]:
    """A ValueError of the block is bad input, said in words: PictureError, ModelError, ExportError, SceneError."""
    try:
        yield
    except UsageError:
        raise
    except ValueError as error:
        raise UsageError(str(error)) from error


def film_options(arguments: argparse.Namespace, **usual: Any) -> Options:
    """How a film is made; ``usual``: where nothing else was typed."""
    typed = {name: getattr(arguments, name) for name in ("fps", "size", "theme") if getattr(arguments, name)}
    return Options(arguments.frames, duration_s=arguments.duration, hold_s=arguments.hold, **{**usual, **typed})


def follow(film: Generator[Progress, None, None], target: Path, meter: Meter) -> None:
    """Write an export to its end, with a line about how far it is."""
    with contextlib.closing(film) as steps:
        for step in steps:
            if step.note:
                meter.warn(f"{step.note}.")
            meter.show("frame", step.done, step.total)
    meter.note(f"wrote {target}")


def model_spec(arguments: argparse.Namespace) -> ModelSpec:
    """The network, class and guidance that the command line describes."""
    low, high = arguments.guidance_between
    if low >= high:
        raise UsageError(f"--guidance-between {low} {high} acts nowhere; give a lower and a higher t.")
    if len(arguments.class_label or "") > MAX_TEXT:
        raise UsageError(
            f"--prompt has {len(arguments.class_label):,} letters, at most {MAX_TEXT:,} are read; say less."
        )
    spec = ModelSpec(
        arguments.model or ModelSpec().name,
        arguments.class_label,
        arguments.guidance,
        arguments.rederive_eps,
        arguments.clip,
        arguments.guidance_rescale,
        low,
        high,
    )
    if arguments.blend is None:
        return spec
    if not spec.blended:
        raise UsageError('--blend is the share of the second of two prompts; write --prompt "A | B".')
    return dataclasses.replace(spec, blend=arguments.blend)


def sampler_spec(arguments: argparse.Namespace, sampling: Sampling | None = None) -> SamplerSpec:
    """The sampler that the command line describes; what it leaves out is as the model's folder says.

    Raises:
        UsageError: for a parameter that belongs to another sampler.
    """
    given: dict[str, float | str] = {}
    for name, (_, owners) in sampler_params().items():
        value = getattr(arguments, name)
        if value is None:
            continue
        if arguments.sampler not in owners:
            raise UsageError(
                f"--{name} belongs to the sampler {', '.join(owners)}; add --sampler {next(iter(owners))}."
            )
        given[name] = value
    own = SamplerSpec(arguments.sampler, arguments.steps).as_said(sampling or PLAIN)
    said = dict(own.params)
    if arguments.spacing is not None:
        said.pop("grid", None)  # whose levels no spacing would move
    spacing = own.spacing if arguments.spacing is None else arguments.spacing
    offset = own.offset if arguments.offset is None else arguments.offset
    return SamplerSpec(arguments.sampler, arguments.steps, spacing, params(said, **given), offset)


def say_not_taken(model: Model, sampler: str, meter: Meter) -> None:
    """Name what the model's folder says about sampling and the sampler does not do."""
    lost = ", ".join(model.sampling.not_taken(sampler)) if model.sampling else ""
    if lost:
        meter.warn(f"{model.name}: not taken of its scheduler by {sampler}: {lost}.")


def say_not_understood(model: Model, spec: ModelSpec, meter: Meter) -> None:
    """Name the words of a prompt that say nothing to the model."""
    objection = model.words.objection(spec.class_label or "") if model.words else ""
    if objection:
        meter.warn(f"{model.name}: {objection}.")


def warn_of_drift(model: Model, scene: Scene, meter: Meter, experiment: bool = False) -> None:
    """Say where guidance leads DDIM astray, before it does."""
    from diffviz.engine.drift import WARNING, drifts

    if drifts(scene, model.clip is not None, experiment):
        meter.warn(f"{WARNING}; add --rederive-eps.")


def device_of(wanted: str, meter: Meter) -> torch.device:
    """The proved device; one that was named and is not there is bad input, auto takes the next."""
    from diffviz.engine import device as devices

    if wanted != "auto":
        if not devices.available(wanted):
            raise UsageError(f"there is no {wanted.upper()} device here; choose --device auto or cpu.")
        try:
            return devices.prove(wanted)
        except Exception as error:  # a broken driver raises what it likes
            cause = devices.first_line(error)
            raise UsageError(f"the {wanted.upper()} driver failed ({cause}); choose --device cpu.") from error
    device, note = devices.choose("auto")
    if note:
        meter.note(note)
    return device


def load(arguments: argparse.Namespace, device: torch.device, meter: Meter, name: str | None = None) -> Model:
    """The command line's model, or another by its name; a scheduler is taken from the options where it brings none."""
    from diffviz.engine.opening import open_model
    from diffviz.models import SchedulerChoice, SchedulerMissing

    own, name = name is None, name or arguments.model or ModelSpec().name
    given = {key: getattr(arguments, key) for key in ("schedule", "T", "prediction")}
    given = {key: value for key, value in given.items() if value is not None}
    if given.get("schedule") is not None and is_file(given["schedule"]):
        betas = betas_of(given["schedule"], given.get("T"))
        given |= {"schedule": CUSTOM.name, "T": len(betas), "betas": betas}
    meter.note(f"loading {name}")
    with border():
        try:
            model = open_model(name, device)
            if given and own:
                meter.warn(f"{model.name}: brings its own schedule, T and prediction, which are used.")
        except SchedulerMissing:
            choice = SchedulerChoice(**given)
            words = {"schedule": choice.schedule, "T": f"T = {choice.T}", "prediction": f"{choice.sign}-prediction"}
            assumed = ", ".join(word for key, word in words.items() if key not in given)
            if assumed:
                meter.warn(f"{name}: has no scheduler; assuming {assumed}.")
            model = open_model(name, device, choice)
    for note in model.notes:
        meter.warn(f"{model.name}: {note}.")
    return model


def own_schedule(path: str, T: int | None) -> ScheduleSpec:
    """What a network was or is to be trained with, out of a schedule's file: its β as they are.

    Raises:
        UsageError: for a file that holds none, and where T is another number.
    """
    with border():
        spec = read_schedule(path)
    if T not in (None, spec.T):
        name = os.path.basename(path)
        raise UsageError(f"--T {T}: {name} holds {spec.T:,} β, and a network knows no other levels; leave --T out.")
    return spec


def betas_of(path: str, T: int | None) -> tuple[float, ...]:
    """β at t = 1..T of the same."""
    from diffviz.engine.denoising import make_schedule

    return tuple(make_schedule(own_schedule(path, T)).beta[1:].tolist())


def check_not_itself(target: Path, image: str) -> None:
    """Refuse to write over the picture that was given. Raises UsageError."""
    if os.path.exists(target) and os.path.exists(image) and os.path.samefile(target, image):
        raise UsageError(f"{target.name}: is the picture itself; choose another name for what is made of it.")


def check_kind(image: str, kind: Kind, model: Model) -> None:
    """Refuse what the model makes nothing of. Raises UsageError."""
    if kind is not model.kind:
        held, made = KINDS[kind.name], KINDS[model.kind.name]
        raise UsageError(
            f"{os.path.basename(image)}: holds {held.label}, and this model makes "
            f"{made.label if made.cloud else model.kind.many}; choose one of those."
        )


def with_class_name(spec: ModelSpec, model: Model) -> ModelSpec:
    """The settings with the name of a class that was given as a number."""
    given, names = spec.class_label, model.class_names
    if given is None or given in names or not (given.isdecimal() and int(given) < len(names)):
        return spec
    return dataclasses.replace(spec, class_label=names[int(given)])


def on_device(model: Model, arguments: argparse.Namespace, meter: Meter, work: Callable[[Model], Result]) -> Result:
    """Do the work; where a GPU fails under ``--device auto``, once more on the CPU.

    Raises:
        UsageError: where the GPU was asked for by its name.
    """
    try:
        return work(model)
    except Exception as error:
        import torch

        from diffviz.engine import device as devices

        lost = devices.lost(model.device, error)
        if lost is None:
            raise
        if arguments.device != "auto":
            raise UsageError(f"{lost}; choose --device cpu.") from error
        meter.note(f"{lost}; going on with the CPU")
    return work(load(arguments, torch.device("cpu"), meter))


def value_of(entry: Entry, words: str) -> tuple[str, float | str]:
    """NAME=VALUE as an experiment or a lens declares it; whether it is in range, the scene's check says."""
    declared = {param.name: param for param in entry.params}
    name, equals, value = words.partition("=")
    if not equals or name not in declared:
        known = ", ".join(declared) or "none"
        raise UsageError(f"--set {words!r}: {entry.name} has the parameters {known}; write one as NAME=VALUE.")
    param = declared[name]
    if param.choices or param.kind != "number":
        return name, value
    try:
        number = float(value)
    except ValueError:
        raise UsageError(f"--set {name}: {value!r} is no number in {param.low:g}..{param.high:g}.") from None
    return name, int(number) if param.decimals == 0 and number.is_integer() else number
