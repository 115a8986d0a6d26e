"""Scene files: JSON, of one format. Unknown keys of a file survive loading and saving again."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from diffviz.bounded import Missing, Unreadable, parse_object, read_bytes
from diffviz.checks import SceneError, check_type, shown
from diffviz.files import display_name, write_text
from diffviz.scene import (
    MADE,
    MAX_FAVOURITES,
    MAX_LEGS,
    MAX_PINNED,
    MAX_RUNS,
    DataSpec,
    ExperimentSpec,
    Favourite,
    InpaintSpec,
    Leg,
    ModelSpec,
    RunSpec,
    SamplerSpec,
    Scene,
    ScheduleSpec,
    ViewSpec,
    params,
)
from diffviz.scene_check import check_scene

FORMAT = 1
MAX_SCENE_BYTES = 64 * 2**20  # an embedded picture of 2048x2048 as PNG stays below


@dataclass(frozen=True)
class Saved:
    """What a scene file holds.

    Args:
        scene: what was set, with the file's unknown keys.
        picture: the embedded picture's bytes, or None.
        made: a scene whose fields ``MADE`` are what the chain shown then was made with; None where there was none.
        mask: the bytes of the picture that ``scene.inpaint.mask`` names, or None.
        sha256: of the pixels of the scene's picture, "" where it is not known; name: what it is called, likewise.
        clouds: bytes of the points that its models are exact of, where these are not the scene's own data.
    """

    scene: Scene
    picture: bytes | None = None
    made: Scene | None = None
    sha256: str = ""
    mask: bytes | None = None
    name: str = ""
    clouds: tuple[bytes, ...] = ()


def to_json(
    scene: Scene,
    picture: bytes | None = None,
    made: Scene | None = None,
    sha256: str = "",
    folder: str | os.PathLike[str] | None = None,
    mask: bytes | None = None,
    name: str = "",
    clouds: Sequence[bytes] = (),
) -> str:
    """The scene as JSON text, see ``Saved``.

    ``picture`` (PNG bytes) is embedded; ``folder``: where the text will lie, for paths relative to it.
    """
    value, extra = _as_object(scene), dict(scene.extra)
    for part in _PARTS:
        value[part] = {**extra.get(part, {}), **value[part]}
    value["data"]["source"] = _relative(scene.data.source, folder)
    value["view"]["guess"] = _relative(scene.view.guess, folder)
    value["data"] |= {key: item for key, item in (("sha256", sha256), ("name", name)) if item}
    if made is not None:
        all_made = _as_object(made)
        known = extra.get("made")  # its unknown keys
        value["made"] = {**(known if isinstance(known, dict) else {}), **{name: all_made[name] for name in MADE}}
    if clouds:
        value["clouds"] = [base64.b64encode(cloud).decode("ascii") for cloud in clouds]
    if mask is not None:
        value["mask"] = base64.b64encode(mask).decode("ascii")
    if picture is not None:
        value["picture"] = base64.b64encode(picture).decode("ascii")
    # ASCII, because a path may hold undecodable bytes, which JSON can escape and UTF-8 cannot hold
    return json.dumps({"format": FORMAT, **extra, **value}, indent=1, ensure_ascii=True)


def _as_object(scene: Scene) -> dict[str, Any]:
    """Without its unknown keys."""
    value = dataclasses.asdict(scene.replace(extra={}))
    del value["extra"]
    _params_as_dicts(value)
    return value


def _relative(source: str, folder: str | os.PathLike[str] | None) -> str:
    """A picture's source with its path as seen from a folder, where there is a way."""
    kind, _, path = source.partition(":")
    if kind != "path" or folder is None or not os.path.isabs(path):
        return source
    try:
        return f"path:{PurePath(os.path.relpath(path, os.path.abspath(folder))).as_posix()}"
    except ValueError:  # another drive
        return source


def _whole(source: str, folder: str) -> str:
    """The same back again: a relative path begins at the folder."""
    kind, _, path = source.partition(":")
    return source if kind != "path" or os.path.isabs(path) else f"path:{os.path.normpath(os.path.join(folder, path))}"


def _params_as_dicts(value: Any) -> None:
    for key, item in value.items():
        if key.endswith("params"):
            value[key] = dict(item)
        for inner in item if isinstance(item, tuple) and key in _LISTS else [item]:
            if isinstance(inner, dict):
                _params_as_dicts(inner)


def save_scene(
    scene: Scene,
    path: str | os.PathLike[str],
    picture: bytes | None = None,
    made: Scene | None = None,
    sha256: str = "",
    mask: bytes | None = None,
    name: str = "",
    clouds: Sequence[bytes] = (),
) -> None:
    """Write a scene file, atomically."""
    write_text(path, to_json(scene, picture, made, sha256, Path(path).parent, mask, name, clouds))


def read_scene(path: str | os.PathLike[str]) -> Saved:
    """Read a scene file, with all that it holds; a picture's path that is relative begins at the file's folder.

    Raises:
        SceneError: if the file is missing, too large, not a scene, or of a newer format.
    """
    name = display_name(path)
    try:
        saved = parsed(read_bytes(path, MAX_SCENE_BYTES))
        scene, folder = saved.scene, os.path.abspath(os.path.dirname(path))
        whole = scene.replace(
            data=dataclasses.replace(scene.data, source=_whole(scene.data.source, folder)),
            view=dataclasses.replace(scene.view, guess=_whole(scene.view.guess, folder)),
        )
        return saved if whole == scene else dataclasses.replace(saved, scene=check_scene(whole))
    except Missing as error:
        raise SceneError(f"{name}: there is no such scene file; choose a .json file saved by diffviz.") from error
    except Unreadable as error:
        raise SceneError(f"{name}: {error}; choose a scene saved by diffviz.") from error
    except SceneError as error:
        raise SceneError(f"{name}: {error}") from error


def parsed(text: str | bytes) -> Saved:
    """What ``to_json``'s text holds. Raises SceneError with what is wrong and what would be right."""
    try:
        value = parse_object(text)
    except Unreadable as error:
        raise SceneError(f"is not a diffviz scene: it {error}; choose one saved by diffviz.") from error
    return saved_from(value)


def saved_from(value: Mapping[str, Any]) -> Saved:
    """All that the JSON object of a scene file describes. Raises SceneError."""
    if "format" not in value:
        raise SceneError('is not a diffviz scene (no "format"); choose a scene saved by diffviz.')
    if value["format"] != FORMAT:
        version = shown(value["format"])
        raise SceneError(f"has format {version}, this diffviz reads format {FORMAT}; a newer diffviz may open it.")
    picture, mask = (_embedded(value.get(name)) for name in ("picture", "mask"))
    clouds = value.get("clouds", [])
    if not isinstance(clouds, list) or len(clouds) > MAX_RUNS + 1 or not all(isinstance(each, str) for each in clouds):
        raise SceneError('has "clouds" that are no list of points; save the scene again.')
    rest = {key: item for key, item in value.items() if key not in ("format", "picture", "mask", "clouds")}
    scene = check_scene(_build(rest))
    sha256, name = (scene.extra.get("data", {}).pop(key, "") for key in ("sha256", "name"))
    if sha256 != "" and not (isinstance(sha256, str) and re.fullmatch("[0-9a-f]{64}", sha256)):
        raise SceneError('has a "data.sha256" that is not 64 hexadecimal digits; save the scene again.')
    check_type("data.name", name, "")
    if not scene.extra.get("data", True):
        scene = scene.replace(extra={key: item for key, item in scene.extra.items() if key != "data"})
    points = tuple(decoded for each in clouds if (decoded := _embedded(each, "set of points")) is not None)
    return Saved(scene, picture, _made(value.get("made")), sha256, mask, name, points)


def _embedded(text: Any, what: str = "picture") -> bytes | None:
    try:
        return None if text is None else base64.b64decode(text, validate=True)
    except (ValueError, TypeError) as error:
        raise SceneError(f"has a damaged embedded {what}; save the scene again.") from error


def _made(value: Any) -> Scene | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise SceneError(f'has "made": {shown(value)} where an object is expected; save the scene again.')
    try:
        return check_scene(_build({name: value[name] for name in MADE if name in value}))
    except SceneError as error:
        raise SceneError(f'in "made": {error}') from error


_PARTS: dict[str, type] = {
    "data": DataSpec,
    "schedule": ScheduleSpec,
    "model": ModelSpec,
    "sampler": SamplerSpec,
    "experiment": ExperimentSpec,
    "view": ViewSpec,
    "inpaint": InpaintSpec,
}
_LISTS: dict[str, type] = {"runs": RunSpec, "history": Leg, "favourites": Favourite, "pinned": ScheduleSpec}
_MOST = {"runs": MAX_RUNS, "history": MAX_LEGS, "favourites": MAX_FAVOURITES, "pinned": MAX_PINNED}


def _build(value: dict[str, Any]) -> Scene:
    known = {item.name for item in dataclasses.fields(Scene)} - {"extra"}
    fields: dict[str, Any] = {}
    extra = {key: item for key, item in value.items() if key not in known}
    for name in sorted(known & value.keys()):
        part = value[name]
        if name == "view" and isinstance(part, dict) and part.get("one_step") is True:  # what "step" was called before
            part = {"second": "step", **part}
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
        if item.name.endswith("params"):
            if not isinstance(entry, dict):
                raise SceneError(f'has "{name}.{item.name}": {shown(entry)}, not an object; save the scene again.')
            entry = params(entry)
        elif item.name in _LISTS:
            entry = _build_list(f"{name}.{item.name}", entry, _LISTS[item.name]())
        elif item.name in _PARTS:
            entry, _ = _build_part(f"{name}.{item.name}", entry, _PARTS[item.name]())
        else:
            check_type(f"{name}.{item.name}", entry, getattr(default, item.name))
            entry = tuple(map(float, entry)) if isinstance(entry, list) else entry
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
