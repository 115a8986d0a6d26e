"""Scene: what the user sees, as one frozen value.

Undo is a list of Scenes, saving is JSON. Unknown keys of a file survive loading and saving again.
"""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from diffviz import catalog
from diffviz.assets import builtin_images
from diffviz.files import display_name, write_text

FORMAT = 1
MAX_SCENE_BYTES = 64 * 2**20  # an embedded picture of 2048x2048 as PNG stays below
DIRECTIONS = ("forward", "reverse")
CURVES = ("coefficients", "alpha_bar", "snr", "sigma")
COUNTS = (1, 4, 16)
PAGES = ("equation", "laboratory")
MAX_RUNS = 24

Params = tuple[tuple[str, float | str], ...]


class SceneError(ValueError):
    """A scene file that cannot be used; the message is one sentence with the file's name and a remedy."""


def params(mapping: Mapping[str, float | str] | None = None, **more: float | str) -> Params:
    """Keyword values as a sorted, hashable tuple of pairs."""
    return tuple(sorted({**(mapping or {}), **more}.items()))


@dataclass(frozen=True)
class DataSpec:
    """What x_0 is. ``source`` is ``builtin:NAME``, ``path:/a/picture.png`` or ``sha256:HEX`` (pasted, embedded)."""

    kind: str = "picture"
    source: str = "builtin:cat"


@dataclass(frozen=True)
class ScheduleSpec:
    """Forward's schedule: a name of ``catalog.SCHEDULES``, T in 2..10,000 and only the parameters that were given."""

    name: str = "linear"
    T: int = 1000
    params: Params = ()


@dataclass(frozen=True)
class ModelSpec:
    """The network: a shipped model's name, a folder or a hub id. ``class_label`` None is the null class.

    ``rederive_eps``: after x̂_0 was clipped, ε̂ is derived from it again; False keeps the network's own.
    """

    name: str = "smileys-32"
    class_label: str | None = None
    guidance: float = 1.0
    rederive_eps: bool = False


@dataclass(frozen=True)
class SamplerSpec:
    """How the chain is run: a name of ``catalog.SAMPLERS``, its number of steps, their spacing, its parameters."""

    name: str = "ddpm"
    steps: int = 250
    spacing: str = "trailing"
    params: Params = ()


@dataclass(frozen=True)
class RunSpec:
    """One row of a comparison: a network and how its chain is run."""

    model: ModelSpec = ModelSpec()
    sampler: SamplerSpec = SamplerSpec()


@dataclass(frozen=True)
class ExperimentSpec:
    """What the laboratory does: a name of ``catalog.EXPERIMENTS``, the parameters given, the runs to compare."""

    name: str = "compare"
    params: Params = ()
    runs: tuple[RunSpec, ...] = ()


@dataclass(frozen=True)
class ViewSpec:
    """How it is shown; nothing here changes a number."""

    curves: str = "coefficients"
    eps_range: int = 1  # ε and x_t are shown over [-eps_range, eps_range]: 1 or 3
    one_step: bool = False
    pacing: str = "visible"
    speed: float = 1.0
    loop: str = "once"  # once | loop | there_and_back
    pace: str = "max"  # of a chain: max | 30 | 10 | 4 | 1 | step
    page: str = "equation"  # equation | laboratory


@dataclass(frozen=True)
class Scene:
    direction: str = "forward"
    t: int = 250
    seed: int = 0
    count: int = 1
    data: DataSpec = DataSpec()
    schedule: ScheduleSpec = ScheduleSpec()
    model: ModelSpec = ModelSpec()
    sampler: SamplerSpec = SamplerSpec()
    view: ViewSpec = ViewSpec()
    experiment: ExperimentSpec = ExperimentSpec()
    # Unknown keys of a newer file, those inside a part under the part's name; left out of == and hash.
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def replace(self, **changes: Any) -> Scene:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)


def to_json(scene: Scene, picture: bytes | None = None) -> str:
    """The scene as JSON text; ``picture`` (PNG bytes) is embedded, for pictures that are in no file."""
    value = dataclasses.asdict(scene)
    extra = value.pop("extra")
    for part in (value["schedule"], value["sampler"], value["experiment"]):
        part["params"] = dict(part["params"])
    for run in value["experiment"]["runs"]:
        run["sampler"]["params"] = dict(run["sampler"]["params"])
    for part in _PARTS:
        value[part] = {**extra.get(part, {}), **value[part]}
    if picture is not None:
        value["picture"] = base64.b64encode(picture).decode("ascii")
    # ASCII, because a path may hold undecodable bytes, which JSON can escape and UTF-8 cannot hold
    return json.dumps({"format": FORMAT, **extra, **value}, indent=1, ensure_ascii=True)


def save_scene(scene: Scene, path: str | os.PathLike[str], picture: bytes | None = None) -> None:
    """Write a scene file, atomically."""
    write_text(path, to_json(scene, picture))


def load_scene(path: str | os.PathLike[str]) -> tuple[Scene, bytes | None]:
    """Read a scene file: the scene, and the embedded picture's bytes if there is one.

    Raises:
        SceneError: if the file is missing, too large, not a scene, or of a newer format.
    """
    path, name = Path(path), display_name(path)
    try:
        if not path.is_file():
            raise SceneError(f"{name}: there is no such scene file; choose a .json file saved by diffviz.")
        if path.stat().st_size > MAX_SCENE_BYTES:
            raise SceneError(f"{name}: too large for a scene (over 64 MiB); choose a file saved by diffviz.")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SceneError(f"{name}: cannot be read ({error.strerror}); check the file and its rights.") from error
    except UnicodeDecodeError as error:
        raise SceneError(f"{name}: is not a scene but some other file; choose one saved by diffviz.") from error
    try:
        return from_json(text)
    except SceneError as error:
        raise SceneError(f"{name}: {error}") from error


def from_json(text: str) -> tuple[Scene, bytes | None]:
    """Parse ``to_json``'s text. Raises SceneError with what is wrong and what would be right."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SceneError("is not valid JSON; choose a scene saved by diffviz.") from error
    if not isinstance(value, dict) or "format" not in value:
        raise SceneError('is not a diffviz scene (no "format"); choose a scene saved by diffviz.')
    version = value.pop("format")
    if version != FORMAT:
        raise SceneError(
            f"has format {_shown(version)}, this diffviz reads format {FORMAT}; a newer diffviz may open it."
        )
    picture = value.pop("picture", None)
    try:
        data = None if picture is None else base64.b64decode(picture, validate=True)
    except (ValueError, TypeError) as error:
        raise SceneError("has a damaged embedded picture; save the scene again.") from error
    return check_scene(_build(value)), data


_PARTS: dict[str, type] = {
    "data": DataSpec,
    "schedule": ScheduleSpec,
    "model": ModelSpec,
    "sampler": SamplerSpec,
    "experiment": ExperimentSpec,
    "view": ViewSpec,
}


def _build(value: dict[str, Any]) -> Scene:
    known = {item.name for item in dataclasses.fields(Scene)} - {"extra"}
    fields: dict[str, Any] = {}
    extra = {key: item for key, item in value.items() if key not in known}
    for name in sorted(known & value.keys()):
        part = value[name]
        if name in _PARTS:
            part, unknown = _build_part(name, part)
            if unknown:
                extra[name] = unknown
        else:
            _check_type(name, part, getattr(Scene, name))
        fields[name] = part
    return Scene(**fields, extra=extra)


def _build_part(name: str, value: Any) -> tuple[Any, dict[str, Any]]:
    """The part, and its keys that are not known."""
    if not isinstance(value, dict):
        raise SceneError(f'has "{name}": {_shown(value)} where an object is expected; save the scene again.')
    default: Any = _PARTS[name]()
    fields = {}
    for item in dataclasses.fields(default):
        if item.name not in value:
            continue
        entry = value[item.name]
        if item.name == "params":
            if not isinstance(entry, dict):
                raise SceneError(f'has "{name}.params": {_shown(entry)}, not an object; save the scene again.')
            entry = params(entry)
        elif item.name == "runs":
            entry = _build_runs(entry)
        else:
            _check_type(f"{name}.{item.name}", entry, getattr(default, item.name))
        fields[item.name] = entry
    known = {item.name for item in dataclasses.fields(default)}
    return type(default)(**fields), {key: item for key, item in value.items() if key not in known}


def _build_runs(value: Any) -> tuple[RunSpec, ...]:
    if not isinstance(value, list) or not all(isinstance(run, dict) for run in value):
        raise SceneError(f'has "experiment.runs": {_shown(value)}, expected a list of objects; save the scene again.')
    return tuple(
        RunSpec(_build_part("model", run.get("model", {}))[0], _build_part("sampler", run.get("sampler", {}))[0])
        for run in value
    )


def _check_type(name: str, value: Any, default: Any) -> None:
    expected: tuple[type, ...] = (str, type(None)) if name == "model.class_label" else (type(default),)
    if isinstance(default, float):
        expected = (int, float)
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
        raise SceneError(
            f'has "{name}": {_shown(value)}, expected {_words(expected[0])}; mend the value or save again.'
        )


def check_scene(scene: Scene) -> Scene:
    """The same scene, or a SceneError that names the value that is out of range and the range."""
    _among("direction", scene.direction, DIRECTIONS)
    _among("data.kind", scene.data.kind, ("picture",))
    _check_source(scene.data.source)
    _among("schedule.name", scene.schedule.name, catalog.SCHEDULES)
    _among("view.curves", scene.view.curves, CURVES)
    _among("view.pacing", scene.view.pacing, catalog.PACINGS)
    _among("view.loop", scene.view.loop, ("once", "loop", "there_and_back"))
    _among("view.pace", scene.view.pace, ("max", "30", "10", "4", "1", "step"))
    _among("view.eps_range", scene.view.eps_range, (1, 3))
    _among("count", scene.count, COUNTS)
    _between("schedule.T", scene.schedule.T, 2, 10_000)
    _between("t", scene.t, 0, scene.schedule.T if scene.direction == "forward" else 10_000)
    _between("seed", scene.seed, 0, 2**31 - 1)
    _between("view.speed", scene.view.speed, 0.1, 10)
    _among("view.page", scene.view.page, PAGES)
    _among("experiment.name", scene.experiment.name, catalog.EXPERIMENTS)
    _check_params("schedule", catalog.SCHEDULES[scene.schedule.name], scene.schedule.params)
    _check_params("experiment", catalog.EXPERIMENTS[scene.experiment.name], scene.experiment.params)
    _between("the number of experiment.runs", len(scene.experiment.runs), 0, MAX_RUNS)
    _check_run("", RunSpec(scene.model, scene.sampler))
    for run in scene.experiment.runs:
        _check_run("experiment.runs: ", run)
    return scene


def _check_run(where: str, run: RunSpec) -> None:
    _among(f"{where}sampler.name", run.sampler.name, catalog.SAMPLERS)
    _among(f"{where}sampler.spacing", run.sampler.spacing, catalog.SPACINGS)
    _between(f"{where}sampler.steps", run.sampler.steps, 1, 10_000)
    _between(f"{where}model.guidance", run.model.guidance, 0, 50)
    _check_params("sampler", catalog.SAMPLERS[run.sampler.name], run.sampler.params)


def _check_source(source: str) -> None:
    scheme, _, rest = source.partition(":")
    _among("data.source's scheme", scheme, ("builtin", "path", "sha256"))
    if scheme == "builtin":
        _among("data.source's picture", rest, builtin_images())
    elif scheme == "sha256" and not re.fullmatch("[0-9a-f]{64}", rest):
        raise SceneError(f"data.source = {_shown(source)} is not sha256: and 64 hexadecimal digits.")


def _check_params(part: str, entry: catalog.Entry, given: Params) -> None:
    declared = {param.name: param for param in entry.params}
    for name, value in given:
        if name not in declared:
            raise SceneError(f"{entry.name} has no parameter {_shown(name)}; it has {', '.join(declared) or 'none'}.")
        param = declared[name]
        if param.choices:
            _among(f"{part}.{name}", value, param.choices)
        elif param.kind != "number":
            _check_type(f"{part}.{name}", value, "")
        else:
            _between(f"{part}.{name}", value, param.low, param.high)


def _among(name: str, value: Any, allowed: Any) -> None:
    if value not in allowed:
        raise SceneError(f"{name} = {_shown(value)} is not one of {', '.join(str(item) for item in allowed)}.")


def _between(name: str, value: Any, low: float, high: float) -> None:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
        raise SceneError(f"{name} = {_shown(value)} is outside {low:g}..{high:g}.")


def _shown(value: Any) -> str:
    """The value in a message, short: a file may hold anything, of any length."""
    return reprlib.repr(value)


def _words(kind: type) -> str:
    return {str: "text", int: "a whole number", float: "a number", bool: "true or false"}[kind]
