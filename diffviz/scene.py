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
CURVES = ("coefficients", "alpha_bar", "snr", "sigma", "spread")
COUNTS = (1, 4, 9, 16, 25, 36, 49, 64)
PAGES = ("equation", "laboratory")
MAX_RUNS = 24
MAX_SEED = 2**31 - 1
MAX_FAVOURITES = 200
MAX_LEGS = 100

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
class Leg:
    """A stretch of a chain that was changed on its way: these settings ran it down to level ``t``.

    ``noise``: seed of the fresh noise of its steps; -1 is the chain's own seed.
    """

    t: float = 0.0
    noise: int = -1
    model: ModelSpec = ModelSpec()
    sampler: SamplerSpec = SamplerSpec()


@dataclass(frozen=True)
class Favourite:
    """One sample, as the chain that makes it again: see the fields of the same names in Scene."""

    seed: int = 0
    noise: int = -1
    start: int = 0
    model: ModelSpec = ModelSpec()
    sampler: SamplerSpec = SamplerSpec()
    history: tuple[Leg, ...] = ()


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
    noise: int = -1  # seed of the steps' fresh noise; -1 is ``seed``, which x_T comes from
    start: int = 0  # the level that the chain's picture was noised to ("denoise from here"); 0: it began with x_T
    class_rows: bool = False  # in a grid each row is of one class, with the same noises
    history: tuple[Leg, ...] = ()  # what ran before the settings above took over
    favourites: tuple[Favourite, ...] = ()
    # Unknown keys of a newer file, those inside a part under the part's name; left out of == and hash.
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False)

    def replace(self, **changes: Any) -> Scene:
        """A copy with some fields changed."""
        return dataclasses.replace(self, **changes)


def to_json(scene: Scene, picture: bytes | None = None) -> str:
    """The scene as JSON text; ``picture`` (PNG bytes) is embedded, for pictures that are in no file."""
    value = dataclasses.asdict(scene)
    extra = value.pop("extra")
    _params_as_dicts(value)
    for part in _PARTS:
        value[part] = {**extra.get(part, {}), **value[part]}
    if picture is not None:
        value["picture"] = base64.b64encode(picture).decode("ascii")
    # ASCII, because a path may hold undecodable bytes, which JSON can escape and UTF-8 cannot hold
    return json.dumps({"format": FORMAT, **extra, **value}, indent=1, ensure_ascii=True)


def _params_as_dicts(value: Any) -> None:
    for key, item in value.items():
        if key == "params":
            value[key] = dict(item)
        for inner in item if isinstance(item, tuple) and key in _LISTS else [item]:
            if isinstance(inner, dict):
                _params_as_dicts(inner)


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
_LISTS: dict[str, type] = {"runs": RunSpec, "history": Leg, "favourites": Favourite}


def _build(value: dict[str, Any]) -> Scene:
    known = {item.name for item in dataclasses.fields(Scene)} - {"extra"}
    fields: dict[str, Any] = {}
    extra = {key: item for key, item in value.items() if key not in known}
    for name in sorted(known & value.keys()):
        part = value[name]
        if name in _PARTS:
            part, unknown = _build_part(name, part, _PARTS[name]())
            if unknown:
                extra[name] = unknown
        elif name in _LISTS:
            part = _build_list(name, part, _LISTS[name]())
        else:
            _check_type(name, part, getattr(Scene, name))
        fields[name] = part
    return Scene(**fields, extra=extra)


def _build_part(name: str, value: Any, default: Any) -> tuple[Any, dict[str, Any]]:
    """The part, and its keys that are not known."""
    if not isinstance(value, dict):
        raise SceneError(f'has "{name}": {_shown(value)} where an object is expected; save the scene again.')
    fields = {}
    for item in dataclasses.fields(default):
        if item.name not in value:
            continue
        entry = value[item.name]
        if item.name == "params":
            if not isinstance(entry, dict):
                raise SceneError(f'has "{name}.params": {_shown(entry)}, not an object; save the scene again.')
            entry = params(entry)
        elif item.name in _LISTS:
            entry = _build_list(f"{name}.{item.name}", entry, _LISTS[item.name]())
        elif item.name in _PARTS:
            entry, _ = _build_part(f"{name}.{item.name}", entry, _PARTS[item.name]())
        else:
            _check_type(f"{name}.{item.name}", entry, getattr(default, item.name))
        fields[item.name] = entry
    known = {item.name for item in dataclasses.fields(default)}
    return type(default)(**fields), {key: item for key, item in value.items() if key not in known}


def _build_list(name: str, value: Any, default: Any) -> tuple[Any, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise SceneError(f'has "{name}": {_shown(value)}, expected a list of objects; save the scene again.')
    return tuple(_build_part(name, entry, default)[0] for entry in value)


def _check_type(name: str, value: Any, default: Any) -> None:
    expected: tuple[type, ...] = (str, type(None)) if name.endswith("model.class_label") else (type(default),)
    if isinstance(default, float):
        expected = (float, int)
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
    _between("view.speed", scene.view.speed, 0.1, 10)
    _among("view.page", scene.view.page, PAGES)
    _among("experiment.name", scene.experiment.name, catalog.EXPERIMENTS)
    _check_params("schedule", catalog.SCHEDULES[scene.schedule.name], scene.schedule.params)
    _check_params("experiment", catalog.EXPERIMENTS[scene.experiment.name], scene.experiment.params)
    _between("the number of experiment.runs", len(scene.experiment.runs), 0, MAX_RUNS)
    for run in scene.experiment.runs:
        _check_run("experiment.runs: ", run)
    _between("the number of favourites", len(scene.favourites), 0, MAX_FAVOURITES)
    _check_chain("", scene)
    for favourite in scene.favourites:
        _check_chain("favourites: ", favourite)
    return scene


def _check_chain(where: str, chain: Scene | Favourite) -> None:
    _check_run(where, chain)
    _between(f"{where}seed", chain.seed, 0, MAX_SEED)
    _between(f"{where}start", chain.start, 0, 10_000)
    _between(f"the number of legs in {where}history", len(chain.history), 0, MAX_LEGS)
    _between(f"{where}noise", chain.noise, -1, MAX_SEED)
    for leg in chain.history:
        _check_run(f"{where}history: ", leg)
        _between(f"{where}history: t", leg.t, 1, 10_000)
        _between(f"{where}history: noise", leg.noise, -1, MAX_SEED)


def _check_run(where: str, run: RunSpec | Leg | Favourite | Scene) -> None:
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
