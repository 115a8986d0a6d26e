"""``diffviz experiment``: an experiment of the laboratory without its window, with the same numbers."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from diffviz import catalog
from diffviz.cli import terminal
from diffviz.cli.words import Parser, UsageError, WordsError, add_chain, sampler_params
from diffviz.meter import Meter
from diffviz.scene import ExperimentSpec, ModelSpec, RunSpec, SamplerSpec, Scene, params
from diffviz.scene_check import check_scene
from diffviz.sheet import Done, Sheet

if TYPE_CHECKING:
    import numpy as np

    from diffviz.engine.experiments import Workbench
    from diffviz.models import Model


def run(arguments: argparse.Namespace) -> int:
    """Run the experiment and write its sheet to every OUT; the exit code.

    Raises:
        UsageError: for whatever cannot be used, before anything is computed where that shows.
    """
    if arguments.list:
        print(listing())
        return 0
    rows = [_row(words, arguments) for words in arguments.run]
    scene = _scene(arguments, rows)
    if not arguments.output:
        raise UsageError("experiment writes nothing without -o OUT; add one, such as -o sheet.png.")
    from diffviz.export.encoders import ENCODERS
    from diffviz.export.exporter import rate_refused
    from diffviz.export.sheets import SUFFIXES
    from diffviz.export.target import check_target
    from diffviz.kinds import named

    with terminal.border():
        targets = [check_target(output, SUFFIXES) for output in arguments.output]
        kind, where = (None, "") if arguments.image is None else named(arguments.image)
        picture = None if kind is None else kind.read(where)
    for target in targets:
        if arguments.image is not None:
            terminal.check_not_itself(target, arguments.image)
        suffix = target.suffix.lower()
        if arguments.fps and suffix in ENCODERS and (wrong := rate_refused(suffix, arguments.fps)):
            raise UsageError(f"{target.name}: {wrong}; choose another --fps.")
    with Meter() as meter:
        if picture is not None and picture.note:
            meter.warn(picture.note)
        pixels = None if picture is None else picture.array
        model = terminal.load(arguments, terminal.device_of(arguments.device, meter), meter)
        if kind is not None:
            terminal.check_kind(arguments.image, kind, model)
        sheet = terminal.on_device(model, arguments, meter, lambda m: _sheet(m, scene, arguments, rows, pixels, meter))
        for target in targets:
            _write(sheet, target, arguments, meter)
    return 0


def listing() -> str:
    """The experiments with their parameters, for people."""
    lines: list[str] = []
    for entry in catalog.EXPERIMENTS.values():
        lines += ([""] if lines else []) + [f"{entry.name}: {entry.tip}"]
        for param in entry.params:
            allowed = "|".join(param.choices) or {"number": f"{param.low:g}..{param.high:g}"}.get(
                param.kind, param.kind.upper()
            )
            default = f"{param.default:g}" if isinstance(param.default, float | int) else param.default
            lines.append(f"  --set {param.name}={allowed}  (default: {default or 'none'})  {param.tip}")
    return "\n".join(lines)


# -- from words to a scene


def _scene(arguments: argparse.Namespace, rows: Sequence[argparse.Namespace]) -> Scene:
    """The scene as far as it is known before a model's folder has said its own."""
    if arguments.name is None:
        raise UsageError("name an experiment; diffviz experiment --list says what there is.")
    if arguments.name not in catalog.EXPERIMENTS:
        raise UsageError(f"there is no experiment {arguments.name!r}; choose one of {', '.join(catalog.EXPERIMENTS)}.")
    if arguments.run and arguments.name != "compare":
        raise UsageError(f"--run is a row of compare, and {arguments.name} has none; leave it out.")
    runs = tuple(RunSpec(terminal.model_spec(row), terminal.sampler_spec(row)) for row in rows)
    chosen = dict(terminal.value_of(catalog.EXPERIMENTS[arguments.name], words) for words in arguments.set)
    if arguments.image is not None and catalog.EXPERIMENTS[arguments.name].picture:
        chosen.setdefault("begin", "open")
    given = params(chosen)
    with terminal.border():
        return check_scene(
            Scene(
                direction="reverse",
                seed=arguments.seed,
                model=terminal.model_spec(arguments),
                # of a comparison each row says which parameters its sampler has
                sampler=runs[0].sampler if runs else terminal.sampler_spec(arguments),
                experiment=ExperimentSpec(arguments.name, given, runs),
            )
        )


def _row(words: str, arguments: argparse.Namespace) -> argparse.Namespace:
    """The options of one row: "sampler=ddim steps=20", each word one of the command line without its dashes."""
    parser = Parser(prog="diffviz experiment", usage=argparse.SUPPRESS, add_help=False)
    parser.add_argument("--model")
    add_chain(parser)
    common = {key: value for key, value in vars(arguments).items() if key not in sampler_params()}
    parser.set_defaults(**common)
    options: list[str] = []
    try:
        parts = shlex.split(words)
    except ValueError as error:
        raise UsageError(f"--run {words!r}: {str(error).lower()}; close it.") from error
    for part in parts:
        name, equals, value = part.partition("=")
        several = value.split(",") if name == "guidance-between" else [value]
        options += [f"--{name}", *(several if equals else [])]
    try:
        own = parser.parse_args(options)
    except WordsError as error:
        raise UsageError(f"--run {words!r}: {error.cause}; see diffviz experiment --help.") from error
    for name, (_, owners) in sampler_params().items():
        if getattr(own, name) is None and own.sampler in owners:  # as the options say, where the row's sampler has it
            setattr(own, name, getattr(arguments, name))
    return own


# -- running and writing


def _sheet(
    model: Model,
    scene: Scene,
    arguments: argparse.Namespace,
    rows: Sequence[argparse.Namespace],
    picture: np.ndarray | None,
    meter: Meter,
) -> Sheet:
    from diffviz.engine.experiments import Workbench, parts_of
    from diffviz.engine.experiments.memory import Memory
    from diffviz.engine.experiments.workbench import PictureMissing

    def named(spec: ModelSpec) -> ModelSpec:
        return terminal.with_class_name(spec, model) if spec.name == scene.model.name else spec

    bench = Workbench(model, scene, Memory(), lambda name: terminal.load(arguments, model.device, meter, name), picture)
    samplers = _samplers(bench, rows or [arguments], meter)
    runs = tuple(RunSpec(named(run.model), own) for run, own in zip(scene.experiment.runs, samplers, strict=False))
    experiment = dataclasses.replace(scene.experiment, runs=runs)
    scene = scene.replace(model=named(scene.model), sampler=samplers[0], experiment=experiment)
    bench = dataclasses.replace(bench, scene=scene)
    terminal.say_not_understood(model, scene.model, meter)
    terminal.warn_of_drift(model, scene, meter, experiment=True)
    sheet = Sheet()
    try:
        with terminal.border(), contextlib.closing(parts_of(bench)) as parts:
            for part in parts:
                sheet = sheet.with_part(part)
                if isinstance(part, Done):
                    meter.show("network call", part.done, part.total)
    except UsageError as error:
        if isinstance(error.__cause__, PictureMissing):
            raise UsageError(f"{experiment.name} begins with a picture; give IMAGE after the name.") from error
        raise
    return sheet


def _samplers(bench: Workbench, rows: Sequence[argparse.Namespace], meter: Meter) -> list[SamplerSpec]:
    """The rows' samplers; what a row leaves out is as its own model's folder says."""
    samplers: list[SamplerSpec] = []
    said: set[tuple[str, str]] = set()
    for row in rows:
        sampling, name = None, row.model or ModelSpec().name
        with contextlib.suppress(ValueError):  # the experiment refuses it, and says which row it is
            model = bench.model_of(name)
            sampling = model.sampling
            if (name, row.sampler) not in said:
                terminal.say_not_taken(model, row.sampler, meter)
            said.add((name, row.sampler))
        samplers.append(terminal.sampler_spec(row, sampling))
    return samplers


def _write(sheet: Sheet, target: Path, arguments: argparse.Namespace, meter: Meter) -> None:
    from diffviz.export.figure import default_size
    from diffviz.export.sheets import export_sheet

    theme = "light" if target.suffix.lower() in (".png", ".csv") else "dark"
    with terminal.border():
        options = terminal.film_options(arguments, size=default_size(sheet), theme=theme)
        terminal.follow(export_sheet(sheet, target, options), target, meter)
