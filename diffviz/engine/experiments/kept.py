"""Experiments that ran: asked for again with the same settings they are there at once, and go on where they stopped."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Generator, Hashable

from diffviz import catalog
from diffviz.engine.experiments import parts_of
from diffviz.engine.experiments.memory import REST, SHEET, Memory
from diffviz.engine.experiments.workbench import Workbench
from diffviz.scene import DataSpec
from diffviz.sheet import Done, Part, Sheet


@dataclasses.dataclass
class _Run:
    """An experiment as far as it has come: ``rest`` yields what is still to come, nothing where it is done."""

    rest: Generator[Part, None, None]
    sheet: Sheet = dataclasses.field(default_factory=Sheet)
    done: Done | None = None


def kept_parts(bench: Workbench, memory: Memory) -> tuple[tuple[Part, ...], Generator[Part, None, None]]:
    """``parts_of``: those that are known, and those that are still to come.

    These, closed between two of them, are kept in ``memory``, which is of sheets alone: a large one pushes out no runs.
    """
    asked = _asked(bench)
    run: _Run = memory.get((SHEET, *asked)) or memory.take((REST, *asked)) or _Run(parts_of(bench))
    known = *run.sheet.parts(), *((dataclasses.replace(run.done, kept=run.done.done),) if run.done else ())
    return known, _go_on(run, asked, memory)


def _go_on(run: _Run, asked: tuple[Hashable, ...], memory: Memory) -> Generator[Part, None, None]:
    """What is still to come, and keeps the whole at its end or where it is closed."""
    kept, before = REST, run.done or Done(0, 0)
    try:
        for part in run.rest:
            run.sheet = run.sheet.with_part(part)
            if isinstance(part, Done):
                run.done = part
                yield dataclasses.replace(part, kept=before.done + part.kept - before.kept)
            else:
                yield part
        kept = SHEET
    except GeneratorExit:
        pass
    memory.put((kept, *asked), run, run.sheet.nbytes)


def _asked(bench: Workbench) -> tuple[Hashable, ...]:
    """All that a sheet depends on: what is read of what was set and is open, the model, and the files of its names."""
    read = bench.scene.read
    spec, picture = read.experiment, bench.picture if bench.reads_open else None
    opened = "" if picture is None else hashlib.sha256(picture.tobytes()).hexdigest()
    kinds = {param.name: param.kind for param in catalog.EXPERIMENTS[spec.name].params}
    named = [str(value) for name, value in spec.params if kinds.get(name) in ("folder", "picture")]
    places = {*named, *(run.model.name for run in spec.runs), str(bench.model.folder)}
    written = frozenset((place, _written(place)) for place in places)
    data = read.data if bench.reads_open else None
    return read.replace(data=DataSpec()), data, opened, bench.model.fingerprint, written


def _written(place: str) -> Hashable:
    """When the files of a folder, or the file, were written, with their sizes; nothing where none is there."""
    try:
        path = os.path.expanduser(place)
        files = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names] or [path]
        return frozenset((file, stat.st_mtime_ns, stat.st_size) for file in files for stat in (os.stat(file),))
    except (OSError, ValueError):  # reading it says in words what is wrong
        return ()
