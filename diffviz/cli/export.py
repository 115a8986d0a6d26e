"""``diffviz export``: films, filmstrips and run files without a display. What needs torch is imported where it does."""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from diffviz.cli import lens, sound, terminal
from diffviz.cli.words import UsageError, is_file
from diffviz.export.options import FRAMES, Options
from diffviz.kinds import named
from diffviz.meter import Meter
from diffviz.scene import COUNTS, DataSpec, InpaintSpec, Scene, ScheduleSpec
from diffviz.scene_check import check_scene
from diffviz.schedule_file import read_schedule
from diffviz.timeline import Timeline, forward_timeline

if TYPE_CHECKING:
    import numpy as np

    from diffviz.engine.beginning import Beginning
    from diffviz.engine.spool import SpooledChain
    from diffviz.engine.states import State
    from diffviz.export.source import Source
    from diffviz.models import Model


def run(arguments: argparse.Namespace) -> int:
    """Export what the parsed words ask for; the exit code. Raises UsageError for bad input."""
    return {"forward": _forward, "reverse": _reverse, "training": _learning}[arguments.direction](arguments)


def _forward(arguments: argparse.Namespace) -> int:
    from diffviz.files import suffix_of

    options, heard = _options(arguments), sound.alone(arguments)
    by_itself = not heard and lens.alone(arguments)
    with terminal.border():
        target = _target(arguments, sound.ALONE if heard else lens.ALONE if by_itself else ())
        spec = _schedule(arguments.schedule, arguments.T)
        pinned = () if arguments.pin is None else (_schedule(arguments.pin, arguments.T),)
        kind, where = named(arguments.image)
        picture = kind.read(where)
    terminal.check_not_itself(target, arguments.image)
    import torch

    from diffviz.engine.sources import forward_source

    # one multiply-add a frame: a second team of threads would only take the cores from the video encoder
    torch.set_num_threads(1)
    scene = Scene(
        t=spec.T // 4 if arguments.t is None else arguments.t,
        seed=arguments.seed,
        forward_noise=arguments.noise,
        data=DataSpec(kind.name, where),
        schedule=spec,
        pinned=pinned,
        view=lens.view_of(arguments),
    )
    with terminal.border():
        check_scene(scene)
    frames = arguments.filmstrip or arguments.frames or FRAMES
    with Meter() as meter:
        if picture.note:
            meter.warn(picture.note)
        if heard or by_itself:
            (lens.write_alone if by_itself else sound.write_x_t)(scene, kind, picture.array, target)
            meter.note(f"wrote {target}")
            return 0
        source = forward_source(picture.array, scene, frames, options.size, suffix_of(target))
        _write(source, target, options, arguments.filmstrip, meter)
    return 0


def _schedule(name: str, T: int | None) -> ScheduleSpec:
    """A schedule that noise is added by: a formula, or a file's list, which says its T itself."""
    if not is_file(name):
        return ScheduleSpec(name, T or ScheduleSpec().T)
    spec = read_schedule(name)
    return dataclasses.replace(spec, T=T or spec.T)


def _reverse(arguments: argparse.Namespace) -> int:
    options, heard = _options(arguments), sound.alone(arguments)
    lens.check_under(arguments)
    scene = _reverse_scene(arguments)
    if arguments.output is None and arguments.save_run is None:
        raise UsageError("reverse writes nothing without -o OUT or --save-run RUN; give one of them.")
    from diffviz.engine.chain import chain_levels
    from diffviz.export.exporter import frame_rate

    with terminal.border():
        target = None if arguments.output is None else _target(arguments, sound.ALONE if heard else ())
        run_target = None if arguments.save_run is None else _run_target(arguments)
    with Meter() as meter:
        model = terminal.load(arguments, terminal.device_of(arguments.device, meter), meter)
        if heard:
            sound.check(model.kind)
        sampler = terminal.sampler_spec(arguments, model.sampling)
        scene = scene.replace(model=terminal.with_class_name(scene.model, model), sampler=sampler)
        options = _fitting(model, scene, arguments, options)
        with terminal.border():
            began = _beginning(arguments, model, meter)
            level = began.level if began else None
            scene = scene.replace(start=level or 0)
            levels = chain_levels(scene, model.schedule, level)
            picks = [len(levels) - 1] if heard else _picks(levels, arguments, model.schedule.alpha_bar)
            if target is not None and not (heard or arguments.filmstrip):
                frame_rate(target, options, len(picks))  # before the chain, not after it
        terminal.say_not_taken(model, sampler.name, meter)
        terminal.say_not_understood(model, scene.model, meter)
        terminal.warn_of_drift(model, scene, meter)
        rest = (picks, len(levels), meter, began, options.size)
        work = terminal.on_device(model, arguments, meter, lambda m: (m, *_spool(m, scene, arguments, *rest)))
        model, spooled, states = work
        with contextlib.closing(spooled) as chain:
            if run_target is not None:
                _save_run(run_target, scene, model, states, meter)
            if target is not None and heard:
                sound.write(chain.wave(0), chain.rate, target)
                meter.note(f"wrote {target}")
            elif target is not None:
                _write(chain, target, options, arguments.filmstrip, meter)
    return 0


def _reverse_scene(arguments: argparse.Namespace) -> Scene:
    if arguments.class_rows and arguments.count < 3:
        raise UsageError(f"--one-class-per-row with --count {arguments.count} has one row; add --count 4 or more.")
    return Scene(
        direction="reverse",
        seed=arguments.seed,
        count=arguments.count,
        class_rows=arguments.class_rows,
        data=DataSpec(source=named(arguments.picture)[1]) if arguments.picture else DataSpec(),
        inpaint=_inpaint(arguments),
        view=lens.view_of(arguments),
        model=terminal.model_spec(arguments),
        sampler=terminal.sampler_spec(arguments),
    )


def _inpaint(arguments: argparse.Namespace) -> InpaintSpec:
    """What is kept of the picture.

    Raises:
        UsageError: for an option whose picture or mask is not there.
    """
    spec = InpaintSpec()
    for name in ("mask", "strength"):
        if getattr(arguments, name) is not None and arguments.picture is None:
            raise UsageError(f"--{name} is of a picture; add --picture IMAGE.")
    for name in ("jump", "times"):
        if getattr(arguments, name) is not None and arguments.mask is None:
            raise UsageError(f"--{name} belongs to in-painting; add --mask IMAGE.")
    mask = "" if arguments.mask is None else named(arguments.mask)[1]
    return InpaintSpec(mask, arguments.jump or spec.jump, arguments.times or spec.times)


def _beginning(arguments: argparse.Namespace, model: Model, meter: Meter) -> Beginning | None:
    """The picture that the chain begins with, if there is one."""
    from diffviz.engine.beginning import Beginning

    if arguments.picture is None:
        return None
    pictures = []
    for image in (arguments.picture, arguments.mask):
        kind, where = (model.kind, "") if image is None else named(image)
        picture = kind.read(where) if where else None
        terminal.check_kind(image, kind, model)
        if picture is not None and picture.note:
            meter.warn(picture.note)
        pictures.append(None if picture is None else picture.array)
    datum, mask = pictures
    if datum is not None and mask is not None and datum.shape != mask.shape:
        sizes = " and ".join(f"{array.shape[1]}x{array.shape[0]}" for array in (mask, datum))
        raise UsageError(f"{os.path.basename(arguments.mask)}: mask and picture are {sizes}; give a mask of its size.")
    strength = arguments.strength or (0.6 if mask is None else 1.0)
    return Beginning.of(model, datum, max(1, round(strength * model.schedule.T)), mask)


def _learning(arguments: argparse.Namespace) -> int:
    from diffviz.export.learning import FPS, default_size, export_learning
    from diffviz.files import display_name, model_folder
    from diffviz.train.past import past_training

    folder = Path(os.path.abspath(model_folder(arguments.model)))
    name = display_name(folder)
    past = past_training(folder)
    if past is None:
        raise UsageError(f"{name}: holds no training; give a folder that diffviz train made.")
    shots = [(grid.note, grid.path) for grid in past.grids]
    with Meter() as meter, terminal.border():
        options = terminal.film_options(arguments, fps=FPS, size=arguments.size or default_size(shots))
        film = export_learning(name, past.columns, shots, arguments.output, options)
        terminal.follow(film, Path(arguments.output), meter)
    return 0


def _options(arguments: argparse.Namespace) -> Options:
    usual = {"size": Options.size} if arguments.filmstrip is None else {"size": 256, "theme": "light"}
    layout = arguments.layout or ("curves" if getattr(arguments, "lens", None) else "x_t")
    return terminal.film_options(arguments, layout=layout, **usual)


def _target(arguments: argparse.Namespace, suffixes: Sequence[str] = ()) -> Path:
    from diffviz.export.target import check_target

    if suffixes:
        return check_target(arguments.output, suffixes)
    return check_target(arguments.output, (".png",)) if arguments.filmstrip else check_target(arguments.output)


def _run_target(arguments: argparse.Namespace) -> Path:
    from diffviz.engine.run_file import SUFFIX
    from diffviz.export.target import check_target

    if arguments.count not in COUNTS:
        counts = ", ".join(map(str, COUNTS))
        raise UsageError(f"--save-run with --count {arguments.count}: the window shows {counts} samples; choose one.")
    return check_target(arguments.save_run, (SUFFIX,))


def _save_run(target: Path, scene: Scene, model: Model, states: Sequence[State], meter: Meter) -> None:
    from diffviz.engine.jobs import info_of
    from diffviz.engine.run_file import RecordedRun, save_run

    try:
        save_run(target, RecordedRun(scene, info_of(model, scene.model.name), tuple(states)))
    except OSError as error:
        raise UsageError(f"{target.name}: could not be written ({error.strerror}); make room.") from error
    meter.note(f"wrote {target}")


def _write(source: Source, target: Path, options: Options, filmstrip: int | None, meter: Meter) -> None:
    from diffviz.export import exporter

    with terminal.border():
        if filmstrip is None:
            terminal.follow(exporter.export(source, target, options), target, meter)
            return
        exporter.export_filmstrip(source, target, dataclasses.replace(options, frames=filmstrip))
    meter.note(f"wrote {target}")


def _fitting(model: Model, scene: Scene, arguments: argparse.Namespace, options: Options) -> Options:
    """The options with a size that holds the samples, after the settings were checked against the model."""
    from diffviz.engine.denoising import denoiser_of
    from diffviz.kinds.tiles import row_classes

    T = model.schedule.T
    if scene.sampler.steps > T:
        raise UsageError(f"--steps {scene.sampler.steps} is outside 1..{T}, the levels of this model.")
    height, width = model.kind.raster_size(model.sample_shape)
    rows, columns = model.kind.grid(scene.count)
    side = max(columns * width, rows * height if model.kind.keeps_rasters else 0)
    if side > options.size and arguments.size is not None and model.kind.keeps_rasters:
        raise UsageError(f"--size {options.size} is smaller than the samples; choose {side} or more.")
    with terminal.border():
        denoiser_of(model, scene.model)
        if scene.class_rows:
            row_classes(model.class_names, scene.model.class_label, scene.count)
    return options if arguments.size is not None else dataclasses.replace(options, size=max(options.size, side))


def _spool(
    model: Model,
    scene: Scene,
    arguments: argparse.Namespace,
    chosen: Sequence[int],
    count: int,
    meter: Meter,
    began: Beginning | None,
    px: int,
) -> tuple[SpooledChain, list[State]]:
    """The ``chosen`` of ``count`` states, which become frames, on disk; and those that a run file keeps."""
    from diffviz.engine.chain import run_chain
    from diffviz.engine.lensing import chain_charts
    from diffviz.engine.recording import Plan
    from diffviz.engine.samples import row_names
    from diffviz.engine.spool import SpooledChain
    from diffviz.engine.states import before_last

    plan = Plan.of(model.kind, scene.count, model.sample_shape, count)
    kept: list[State] = []
    before: list[State] = []  # the newest one, of which a lens may tell at t = 0
    chart_of = chain_charts(scene, model.schedule, model, before_last=lambda: before_last(before))
    picks = Counter(chosen)
    values = chart_of is not None or (plan.values and arguments.save_run is not None)
    names = partial(row_names, scene, model.class_names, model.kind.grid(scene.count))
    chain = SpooledChain(model.schedule.alpha_bar, chart_of, model.kind.tile_size((px, px), scene.count), names)
    try:
        with (
            terminal.border()
        ):  # what does not fit the model shows at the first step, a chain that breaks at a later one
            for state in run_chain(model, scene, keep_values=values, began=began):
                for _ in range(picks[state.i] if arguments.output is not None else 0):
                    chain.add(state)
                if arguments.save_run is not None and plan.keeps(state):
                    kept.append(
                        state if plan.values or state.shown is None else dataclasses.replace(state, values=None)
                    )
                before[:] = [state] if chart_of is not None else []
                meter.show("step", state.i, state.n)
    except BaseException as error:
        chain.close()
        if isinstance(error, OSError):
            raise UsageError(f"the temporary folder cannot take the chain ({error.strerror}); make room.") from error
        raise
    return chain, kept


def _picks(levels: Sequence[float], arguments: argparse.Namespace, alpha_bar: np.ndarray) -> Sequence[int]:
    """Indices of the states that become frames, both ends among them, some of them twice where a pacing asks for it."""
    states, frames = Timeline(tuple(levels)), arguments.filmstrip or arguments.frames
    if frames is None or arguments.pacing is None:
        return states.thinned(frames)
    wanted = forward_timeline(alpha_bar, frames, arguments.pacing).levels
    inner = [states.nearest(t) for t in wanted[1:-1]]
    return [0, *inner, len(states) - 1]
