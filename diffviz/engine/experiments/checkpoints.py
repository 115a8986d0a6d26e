"""Checkpoints: one network at several times of its training, the same seeds for each."""

from __future__ import annotations

import dataclasses
import math
import os
import re
from collections.abc import Generator
from pathlib import Path

import numpy as np
import torch

from diffviz.engine.experiments.runs import Progress, calls_text, check_run, network_calls, on_its_way, run_levels
from diffviz.engine.experiments.workbench import Workbench
from diffviz.models import ModelError
from diffviz.models.folder import find_parts
from diffviz.models.loading import read_outline
from diffviz.numerals import brief
from diffviz.scene import MAX_RUNS, RunSpec, sample_seed
from diffviz.sheet import Cell, Curve, Head, Outline, Part, Plot, Remark, RowNote
from diffviz.timeline import Timeline


@torch.no_grad()
def checkpoints(bench: Workbench) -> Generator[Part, None, None]:
    """One row a checkpoint, in the order of their steps; columns are seeds; how far each moved from the one before."""
    scene, samples = bench.scene, int(bench.param("samples"))
    folders, remark = _chosen(_folder(bench))
    runs = [RunSpec(dataclasses.replace(scene.model, name=str(folder)), scene.sampler) for folder in folders]
    for folder in folders:
        _check_outline(bench, folder)
    steps = [_step(folder) for folder in folders]
    names = [path.name if n is None else f"step {n:,}" for n, path in zip(steps, folders, strict=True)]
    seeds = tuple(Head(f"seed {sample_seed(scene.seed, k)}") for k in range(samples))
    yield Outline("Checkpoints", tuple(map(Head, names)), seeds)
    yield Remark(f"{bench.settings} · {bench.seed}: {remark}", "Moved: from the row above.")
    progress = Progress(len(runs) * scene.sampler.steps)
    ends: list[np.ndarray | None] = []
    moved: dict[int, float] = {}
    for row, run in enumerate(runs):
        try:
            ends.append((yield from _end(bench, row, run, samples, progress)))
        except (ValueError, OSError) as error:  # a checkpoint that is being written, say: the others are of use
            ends.append(None)
            yield RowNote(row, str(error))
            yield progress.add(scene.sampler.steps)
            continue
        end, before = ends[row], ends[row - 1] if row else None
        note = calls_text(sum(network_calls(run, run_levels(bench, run))), run.model)
        if end is not None and before is not None:
            moved[row] = bench.rms(end, before)
            note += f" · moved RMS {brief(moved[row], 3)}"
        yield RowNote(row, note)
        if moved:
            yield _plot(steps, moved)


def _folder(bench: Workbench) -> Path:
    text = str(bench.param("folder")).strip()
    if not text:
        raise ValueError("Choose a folder that holds a training's checkpoints, one a sub-folder.")
    folder = Path(os.path.abspath(os.path.expanduser(text)))
    if not os.path.isdir(folder):
        raise ValueError(f"{folder.name}: is no folder; choose the one that holds the checkpoints.")
    return folder


def _chosen(folder: Path) -> tuple[list[Path], str]:
    """The models in a folder, at most as many as a sheet has rows, and what to say of them."""
    try:
        inside = [path for path in folder.iterdir() if os.path.isdir(path) and not path.name.startswith(".")]
    except OSError as error:
        raise ValueError(f"{folder.name}: cannot be read ({error.strerror}); check its rights.") from error
    found = sorted((path for path in inside if _is_model(path)), key=_order)
    # its own network is the last one; its parts are no models of their own
    if _is_model(folder):
        found = [*(path for path in found if path.name not in ("unet", "unet_ema")), folder]
    if not found:
        raise ValueError(f"{folder.name}: holds no checkpoints; choose the folder whose sub-folders are models.")
    picked = [found[i] for i in Timeline(tuple(range(len(found)))).thinned(MAX_RUNS)]
    some = f"{len(picked)} of {len(found)} models" if len(picked) < len(found) else f"the models ({len(found)})"
    return picked, f"{some} in {folder.name}, each from the same x_T."


def _is_model(folder: Path) -> bool:
    try:
        find_parts(folder, folder.name)
    except ModelError:
        return False
    return True


def _step(folder: Path) -> int | None:
    """The step that a checkpoint's name ends with: 500 of "checkpoint-500"."""
    found = re.search(r"(?:checkpoint|ckpt|step|iter)[-_ ]?(\d+)$|^(\d+)$", folder.name, re.IGNORECASE)
    return int(found[1] or found[2]) if found else None


def _order(folder: Path) -> tuple[bool, int, str]:
    """By step; what has none comes last, by name."""
    step = _step(folder)
    return step is None, step or 0, folder.name


def _check_outline(bench: Workbench, folder: Path) -> None:
    """Refuse by the JSON alone what does not fit the scene, before any weights are read."""
    outline = read_outline(folder)
    label = bench.scene.model.class_label
    if outline.sample_shape != bench.model.sample_shape:
        other = bench.model.name
        raise ValueError(f"{folder.name}: has samples of another shape than {other}; load one of its models first.")
    if label is not None and label not in outline.classes.names:
        raise ValueError(f"{folder.name}: knows no class {label}; choose another in the side panel.")
    T = outline.process.schedule.T
    if bench.scene.sampler.steps > T:
        raise ValueError(f"{folder.name}: steps = {bench.scene.sampler.steps} is outside 1..{T}, its levels.")


def _end(
    bench: Workbench, row: int, run: RunSpec, samples: int, progress: Progress
) -> Generator[Part, None, np.ndarray]:
    """Where the samples of a checkpoint end, float32 (samples, C, H, W), shown while they are made."""
    check_run(bench, run)
    key = ("samples", bench.model_of(run.model.name).fingerprint, run, bench.scene.seed, bench.scene.noise, samples)
    known: tuple[np.ndarray, np.ndarray] | None = bench.memory.get(key)
    if known is not None:
        pictures, end = known
        yield progress.add(run.sampler.steps)
        for column, picture in enumerate(pictures):
            yield Cell(row, column, picture)
        return end
    state = None
    for state in bench.chain(bench.scene.replace(model=run.model), count=samples, keep_values=True):
        yield progress.add(1 if state.i else 0)
        for column, picture in enumerate(state.rasters().x_t):
            yield Cell(row, column, picture, note := on_its_way(state), passing=bool(note))
    assert state is not None and state.values is not None
    end = state.values[0]
    pictures = state.rasters().x_t
    bench.memory.put(key, (pictures, end), pictures.nbytes + end.nbytes)
    return end


def _plot(steps: list[int | None], moved: dict[int, float]) -> Plot:
    """Over the steps of the training where every name tells them, else over the rows; a gap where one is of no use."""
    rows = range(min(moved), max(moved) + 1)
    known = all(steps[row] is not None for row in rows)
    x = tuple(float((steps[row] or 0) if known else row + 1) for row in rows)
    label = "training step" if known else "row"
    curve = Curve("change", x, tuple(moved.get(row, math.nan) for row in rows), dots=True)
    return Plot("change from the checkpoint before", label, "RMS distance", (curve,))
