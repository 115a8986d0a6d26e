"""Scene files: JSON, of one format. Unknown keys of a file survive loading and saving again."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
from collections.abc import Mapping
from typing import Any

from diffviz.bounded import Missing, Unreadable, parse_object, read_bytes
from diffviz.files import display_name, write_text
from diffviz.scene import (
    MAX_FAVOURITES,
    MAX_LEGS,
    MAX_RUNS,
    DataSpec,
    ExperimentSpec,
    Favourite,
    Leg,
    ModelSpec,
    RunSpec,
    SamplerSpec,
    Scene,
    SceneError,
    ScheduleSpec,
    ViewSpec,
    check_scene,
    check_type,
    params,
    shown,
)

FORMAT = 1
MAX_SCENE_BYTES = 64 * 2**20  # an embedded picture of 2048x2048 as PNG stays below


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
    name = display_name(path)
    try:
        return from_json(read_bytes(path, MAX_SCENE_BYTES))
    except Missing as error:
        raise SceneError(f"{name}: there is no such scene file; choose a .json file saved by diffviz.") from error
    except Unreadable as error:
        raise SceneError(f"{name}: {error}; choose a scene saved by diffviz.") from error
    except SceneError as error:
        raise SceneError(f"{name}: {error}") from error


def from_json(text: str | bytes) -> tuple[Scene, bytes | None]:
    """Parse ``to_json``'s text. Raises SceneError with what is wrong and what would be right."""
    try:
        value = parse_object(text)
    except Unreadable as error:
        raise SceneError(f"is not a diffviz scene: it {error}; choose one saved by diffviz.") from error
    return from_value(value)


def from_value(value: Mapping[str, Any]) -> tuple[Scene, bytes | None]:
    """The scene that the JSON object describes, and the embedded picture's bytes. Raises SceneError."""
    if "format" not in value:
        raise SceneError('is not a diffviz scene (no "format"); choose a scene saved by diffviz.')
    if value["format"] != FORMAT:
        version = shown(value["format"])
        raise SceneError(f"has format {version}, this diffviz reads format {FORMAT}; a newer diffviz may open it.")
    picture = value.get("picture")
    try:
        data = None if picture is None else base64.b64decode(picture, validate=True)
    except (ValueError, TypeError) as error:
        raise SceneError("has a damaged embedded picture; save the scene again.") from error
    return check_scene(_build({key: item for key, item in value.items() if key not in ("format", "picture")})), data


_PARTS: dict[str, type] = {
    "data": DataSpec,
    "schedule": ScheduleSpec,
    "model": ModelSpec,
    "sampler": SamplerSpec,
    "experiment": ExperimentSpec,
    "view": ViewSpec,
}
_LISTS: dict[str, type] = {"runs": RunSpec, "history": Leg, "favourites": Favourite}
_MOST = {"runs": MAX_RUNS, "history": MAX_LEGS, "favourites": MAX_FAVOURITES}


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
            check_type(name, part, getattr(Scene, name))
        fields[name] = part
    return Scene(**fields, extra=extra)


def _build_part(name: str, value: Any, default: Any) -> tuple[Any, dict[str, Any]]:
    """The part, and its keys that are not known."""
    if not isinstance(value, dict):
        raise SceneError(f'has "{name}": {shown(value)} where an object is expected; save the scene again.')
    fields = {}
    for item in dataclasses.fields(default):
        if item.name not in value:
            continue
        entry = value[item.name]
        if item.name == "params":
            if not isinstance(entry, dict):
                raise SceneError(f'has "{name}.params": {shown(entry)}, not an object; save the scene again.')
            entry = params(entry)
        elif item.name in _LISTS:
            entry = _build_list(f"{name}.{item.name}", entry, _LISTS[item.name]())
        elif item.name in _PARTS:
            entry, _ = _build_part(f"{name}.{item.name}", entry, _PARTS[item.name]())
        else:
            check_type(f"{name}.{item.name}", entry, getattr(default, item.name))
        fields[item.name] = entry
    known = {item.name for item in dataclasses.fields(default)}
    return type(default)(**fields), {key: item for key, item in value.items() if key not in known}


def _build_list(name: str, value: Any, default: Any) -> tuple[Any, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise SceneError(f'has "{name}": {shown(value)}, expected a list of objects; save the scene again.')
    most = _MOST[name.rpartition(".")[2]]
    if len(value) > most:  # now: to build a million of them takes seconds
        raise SceneError(f"the number of {name} = {len(value)} is outside 0..{most}.")
    return tuple(_build_part(name, entry, default)[0] for entry in value)
