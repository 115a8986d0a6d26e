"""Run files: a recorded chain with the scene and the model that made it, in one file, to be walked anywhere.

The format is safetensors: a JSON header of bounded size with one entry of our own, and plain arrays. Nothing in it can
run. ``beta``: float64 (T+1,); ``values``: of S states x_t, x̂_0 and ε̂, float32 (S, 3, N, *S), unclipped, of which the
kind of data makes what is seen; where they would be too large ``shown``, uint8 (S, 3, N, H, W, 3), in their place.

Format 1 held pictures: ``x_t``, ``x0_hat`` and ``eps_hat``, uint8 (S, N, H, W, 3), and ``values`` where they fitted.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

from diffviz import bounded
from diffviz.bounded import (
    ANYTHING,
    FLAG,
    OBJECT,
    Kind,
    Missing,
    Refusal,
    Unreadable,
    among,
    number,
    optional,
    several,
    take,
    whole,
)
from diffviz.checks import SceneError
from diffviz.diffusion import NoiseSchedule
from diffviz.engine.messages import ModelInfo
from diffviz.engine.states import Shown, State
from diffviz.files import display_name, replacing
from diffviz.kinds import KINDS, PICTURE
from diffviz.kinds.tiles import side
from diffviz.scene import MAX_T, DataSpec, ExperimentSpec, Scene, ViewSpec
from diffviz.scene_file import saved_from, to_json

FORMAT = 2
SUFFIX = ".diffviz-run"
MAX_RUN_BYTES = 2 * 2**30
MAX_VALUES_BYTES = 256 * 2**20  # above, the pictures take their place: they are enough to walk a chain
MAX_NAME = 4096
RUN_KEY = "diffviz_run"
_PICTURES = ("x_t", "x0_hat", "eps_hat")  # of format 1
_DTYPES = {"beta": "F64", "values": "F32", **dict.fromkeys(("shown", *_PICTURES), "U8")}
_BYTES = {"F64": 8, "F32": 4, "U8": 1}


class RunError(Refusal):
    """A run file that cannot be used; the message is one sentence with the file's name and a remedy."""


@dataclass(frozen=True)
class RecordedRun:
    """``scene``: what made the chain. ``fan``: how many futures of one state it holds; 0 for a chain."""

    scene: Scene
    info: ModelInfo
    states: tuple[State, ...]
    fan: int = 0


# -- writing


def save_run(path: str | os.PathLike[str], run: RecordedRun) -> None:
    """Write the file, atomically; memory does not grow with it.

    Raises:
        OSError: if it cannot be written; what was there stays.
    """
    beta = np.asarray(run.info.schedule.beta, dtype=np.float64)
    shape, parts = _numbers(run.states)
    name = "values" if parts[0].dtype == np.float32 else "shown"
    header: dict[str, Any] = {"__metadata__": {RUN_KEY: json.dumps(_words(run), ensure_ascii=True)}}
    end = 0
    for key, of in (("beta", beta.shape), (name, shape)):
        start, end = end, end + math.prod(of) * _BYTES[_DTYPES[key]]
        header[key] = {"dtype": _DTYPES[key], "shape": list(of), "data_offsets": [start, end]}
    text = json.dumps(header, ensure_ascii=True).encode()
    text += b" " * (-len(text) % 8)
    with replacing(path) as temporary, temporary.open("wb") as file:
        file.write(len(text).to_bytes(8, "little") + text)
        for part in (beta, *parts):
            file.write(np.ascontiguousarray(part).data)


def _numbers(states: Sequence[State]) -> tuple[tuple[int, ...], list[np.ndarray]]:
    """The shape of what is written of the states, and its parts one after the other: values, or what is shown."""
    values = [state.values for state in states if state.values is not None]
    shown = [state.shown for state in states if state.shown is not None]
    few = sum(each.nbytes for each in values) <= MAX_VALUES_BYTES
    if len(values) == len(states) and (few or len(shown) < len(states)):
        return (len(states), *values[0].shape), values
    return (len(states), 3, *shown[0].x_t.shape), [picture for each in shown for picture in each]


def _words(run: RecordedRun) -> dict[str, Any]:
    info = run.info
    # neither the person's picture nor what the laboratory did belongs to the chain
    scene = run.scene.replace(data=DataSpec(), experiment=ExperimentSpec(), view=ViewSpec(), favourites=(), extra={})
    model = {"schedule": info.schedule.name, **{name: getattr(info, name) for name in _KEPT}}
    if scene.start:  # nobody goes on with what began with a picture that is not here
        model["weights"] = ""
    return {
        "format": FORMAT,
        "scene": json.loads(to_json(scene)),
        "fan": run.fan,
        "model": model,
        "n": run.states[-1].n,
        "states": [
            {
                "i": state.i,
                "t": state.t,
                "s": state.s,
                "gap": state.gap if math.isfinite(state.gap) else 1e30,  # JSON has no infinity
                "alpha_bar": state.alpha_bar,
                "terms": [list(term) for term in state.terms],
                **({} if state.spread is None else {"spread": state.spread}),
            }
            for state in run.states
        ],
    }


# -- reading


def load_run(path: str | os.PathLike[str]) -> RecordedRun:
    """Read a run file.

    Raises:
        RunError: if it is missing, too large, no run, cut short, contradicts itself, or is of a newer format.
    """
    name = display_name(path)
    try:
        bounded.read_head(path, 8)  # a regular file that may be read; safetensors would wait for a pipe
        if os.path.getsize(path) > MAX_RUN_BYTES:
            raise RunError(f"is too large for a run (over {MAX_RUN_BYTES >> 30} GiB); choose a file saved by diffviz.")
        return _read(Path(path))
    except Missing as error:
        raise RunError(f"{name}: there is no such run file; choose one saved by diffviz ({SUFFIX}).") from error
    except OSError as error:
        raise RunError(f"{name}: cannot be read ({error.strerror or error}); check the file and its rights.") from error
    except Unreadable as error:
        raise RunError(f"{name}: {error}; save or fetch it again.") from error
    except (RunError, SceneError) as error:
        raise RunError(f"{name}: {error}") from error


def _read(path: Path) -> RecordedRun:
    from safetensors import SafetensorError, safe_open

    try:
        # it checks that the header is sane and that the file holds exactly what it claims
        with safe_open(path, framework="numpy") as file:
            words = _parse((file.metadata() or {}).get(RUN_KEY))
            found = {key: file.get_slice(key) for key in file.keys()}  # noqa: SIM118  it is no dict
            shapes = {key: tuple(part.get_shape()) for key, part in found.items()}
            for key, part in found.items():
                if _DTYPES.get(key) != part.get_dtype():
                    _refuse()
            scene = _check(words, shapes)
            arrays = {key: file.get_tensor(key) for key in shapes}
    except SafetensorError as error:
        raise RunError("is no run of diffviz, or was cut short; save or fetch it again.") from error
    values = arrays.get("values")
    if values is not None and not np.isfinite(values).all():
        _refuse("holds numbers that are not finite")
    info = _info(words["model"], arrays["beta"])
    return RecordedRun(scene, info, _states(words["states"], words["n"], arrays, info.kind), words["fan"])


def _refuse(what: str = "contradicts itself") -> NoReturn:
    raise RunError(f"{what}; save or fetch it again.")


@contextlib.contextmanager
def _refusing(what: str) -> Iterator[None]:
    try:
        yield
    except Unreadable as error:
        _refuse(f"{what} ({error})")


def _parse(text: str | None) -> dict[str, Any]:
    if text is None:
        raise RunError("is no run of diffviz; choose a file that it saved.")
    with _refusing("is no run of diffviz that can be read"):
        words = bounded.parse_object(text)
        version = take(words, "format", ANYTHING)
    if version not in (1, FORMAT):
        shown = bounded.short(version)
        raise RunError(f"has format {shown}, this diffviz reads formats 1 and {FORMAT}; a newer diffviz may open it.")
    return words


# "<": the window would take such names for rich text
_WORD = Kind(
    lambda value: bounded.text(MAX_NAME, 1).fits(value) and "<" not in value, f"1..{MAX_NAME} letters without <"
)
_TERM = Kind(
    lambda value: (
        isinstance(value, list)
        and len(value) == 2
        and bounded.text(64).fits(value[0])
        and "<" not in value[0]
        and number(-math.inf, math.inf).fits(value[1])
    ),
    "[name, factor]",
)
_KEPT = (
    *("name", "kind", "summary", "class_names", "null_class", "sample_shape", "prediction", "learned_variance"),
    *("learnt", "weights"),
)
_MODEL = {
    **dict.fromkeys(("name", "summary", "schedule", "prediction"), _WORD),
    "class_names": several(bounded.text(MAX_NAME)),
    "null_class": optional(whole(0, 100_000)),
    "sample_shape": several(whole(1, 2**24), 1, 4),
    "learned_variance": FLAG,
}


def _check(words: Mapping[str, Any], shapes: Mapping[str, tuple[int, ...]]) -> Scene:
    """The scene, once everything fits together; no array was read yet. Raises SceneError and RunError."""
    with _refusing("contradicts itself"):
        info, states = take(words, "model", OBJECT), take(words, "states", several(ANYTHING, 1, 2 * MAX_T + 1))
        fan, n = take(words, "fan", whole(0, 64)), take(words, "n", whole(1, 2 * MAX_T))
        scene = saved_from(take(words, "scene", OBJECT)).scene
    with _refusing("describes its model in a way that cannot be"):
        for key, kind in _MODEL.items():
            take(info, key, kind)
        for digest in ("learnt", "weights"):
            take(info, digest, bounded.text(64), "")
        kept_kind = KINDS[take(info, "kind", among(*KINDS), PICTURE.name)]
    count, shape = fan or scene.count, info["sample_shape"]
    named = not scene.in_rows or len(info["class_names"]) * side(scene.count) >= scene.count
    if not (kept_kind.fits(shape) and named):
        _refuse()
    raster = (count, *kept_kind.raster_size(shape), 3)
    could = {"values": (len(states), 3, count, *shape), "shown": (len(states), 3, *raster)}
    could |= dict.fromkeys(_PICTURES, (len(states), *raster))
    held = {key: of for key, of in shapes.items() if key != "beta"}
    needed = {"values"} if not kept_kind.keeps_rasters else {"values", "shown"}
    enough = not needed.isdisjoint(held) if words["format"] == FORMAT else set(_PICTURES) <= set(held)
    beta = shapes.get("beta", ())
    if not enough or any(could[key] != of for key, of in held.items()) or len(beta) != 1:
        _refuse()
    if not 3 <= beta[0] <= MAX_T + 1:
        _refuse()
    with _refusing("holds a state that no chain has"):
        _check_states(states, n, beta[0] - 1)
    return scene


def _check_states(states: Sequence[Mapping[str, Any]], n: int, T: int) -> None:
    kinds = {
        "i": whole(0, n),
        **dict.fromkeys(("t", "s"), number(0, T)),
        "gap": number(0, math.inf),
        "alpha_bar": number(0, 1),
        "terms": several(_TERM),
    }
    i, t = -1, math.inf
    for k, state in enumerate(states):
        take({f"states[{k}]": state}, f"states[{k}]", OBJECT)
        for key, kind in kinds.items():
            take(state, key, kind)
        take(state, "spread", number(0, math.inf), None)
        if not (state["i"] > i and state["t"] < t):
            raise Unreadable(f"{i}, {t:g} before {state['i']}, {state['t']:g}")
        i, t = state["i"], state["t"]


def _info(info: Mapping[str, Any], beta: np.ndarray) -> ModelInfo:
    try:
        schedule = NoiseSchedule(beta, info["schedule"])
    except ValueError as error:
        raise RunError(f"has a schedule that cannot be: {error}") from error
    known = {name: info[name] for name in _KEPT if name in info}
    lists = {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
    return ModelInfo(schedule=schedule, **(known | lists))


def _states(
    states: Sequence[Mapping[str, Any]], n: int, arrays: Mapping[str, np.ndarray], kind: str
) -> tuple[State, ...]:
    values = arrays.get("values")
    return tuple(
        State(
            state["i"],
            n,
            state["t"],
            values=None if values is None else values[k],
            shown=_shown(arrays, k, kind),
            gap=float(state["gap"]),
            s=state["s"],
            terms=tuple((name, float(factor)) for name, factor in state["terms"]),
            spread=state.get("spread"),
            alpha_bar=float(state["alpha_bar"]),
            kind=kind,
        )
        for k, state in enumerate(states)
    )


def _shown(arrays: Mapping[str, np.ndarray], k: int, kind: str) -> Shown | None:
    """What is seen of state k: as it was written, or made of its values."""
    if "shown" in arrays:
        return Shown(*arrays["shown"][k])
    if "x_t" in arrays:
        return Shown(*(arrays[name][k] for name in _PICTURES))
    if not KINDS[kind].keeps_rasters:
        return None
    with np.errstate(over="ignore"):  # numbers that no chain has end at black and white
        return Shown(*map(KINDS[kind].raster, arrays["values"][k]))
