"""Schedule files: a list of β as diffusers writes it, in and out; and those that a person has named.

{"num_train_timesteps": 3, "trained_betas": [0.1, 0.2, 0.3]}, which is a scheduler_config too, or the bare list;
"alphas_cumprod" in its place gives ᾱ.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from diffviz.bounded import Missing, Refusal, Unreadable, parse_json, read_bytes, short
from diffviz.catalog import CUSTOM
from diffviz.files import NoHome, data_dir, display_name, write_text
from diffviz.scene import MAX_T, MAX_TITLE, ScheduleSpec

SUFFIX = ".json"
MOST_BYTES = 2**20  # 10,000 of the longest numbers have 250 kB
RIGHT = "choose a JSON list of β, or one with trained_betas or alphas_cumprod"


class ScheduleError(Refusal):
    """A schedule file that cannot be used; the message is one sentence with the file's name and a remedy."""


def read_schedule(path: str | os.PathLike[str]) -> ScheduleSpec:
    """The schedule in a file, called as the file is.

    Raises:
        ScheduleError: if it is missing, too large, or no list of β in (0, 1) or of falling ᾱ.
    """
    name = display_name(path)
    try:
        value = parse_json(read_bytes(path, MOST_BYTES), finite=False)  # a NaN is named by its t
        return _spec_of(value, Path(display_name(path, MAX_TITLE)).stem)
    except Missing as error:
        raise ScheduleError(f"{name}: there is no such file; {RIGHT}.") from error
    except Unreadable as error:
        raise ScheduleError(f"{name}: {error}; {RIGHT}.") from error


def schedule_text(betas: Sequence[float], zero_snr: bool = False) -> str:
    """The file's text, which diffusers' schedulers take as their config."""
    value: dict[str, Any] = {"num_train_timesteps": len(betas), "trained_betas": list(betas)}
    if zero_snr:
        value["rescale_betas_zero_snr"] = True
    return json.dumps(value) + "\n"


def _spec_of(value: Any, title: str) -> ScheduleSpec:
    betas, zero = value, False
    if isinstance(value, dict):
        betas = next((value[key] for key in ("trained_betas", "betas") if value.get(key) is not None), None)
        zero = value.get("rescale_betas_zero_snr") is True
        if betas is None and value.get("alphas_cumprod") is not None:
            betas = _betas_of(_numbers(value["alphas_cumprod"], "ᾱ"))
        if betas is None:
            raise Unreadable('has neither "trained_betas" nor "alphas_cumprod"')
    betas = _numbers(betas, "β")
    wrong = next((t for t, beta in enumerate(betas, 1) if not 0 < beta < 1), 0)
    if wrong:
        raise Unreadable(f"has β = {betas[wrong - 1]:g} at t = {wrong}, and every β lies between 0 and 1")
    return ScheduleSpec(CUSTOM.name, len(betas), betas=betas, title=title, zero_snr=zero)


def _numbers(value: Any, sign: str) -> tuple[float, ...]:
    if not isinstance(value, list):
        raise Unreadable(f"has {short(value)} where a list of {sign} is expected")
    if not 2 <= len(value) <= MAX_T:
        raise Unreadable(f"has {len(value):,} {sign}, and T lies in 2..{MAX_T:,}")
    wrong = next((t for t, number in enumerate(value, 1) if type(number) not in (int, float)), 0)
    if wrong:
        raise Unreadable(f"has {sign} = {short(value[wrong - 1])} at t = {wrong}, which is no number")
    return tuple(map(float, value))


def _betas_of(alpha_bar: Sequence[float]) -> list[float]:
    """Each ᾱ but the first one divided by the one before it; the clean picture's, 1, may stand first."""
    levels = alpha_bar[1:] if alpha_bar[0] == 1 else alpha_bar
    before = (1.0, *levels[:-1])
    for t, (a, b) in enumerate(zip(before, levels, strict=True), 1):
        if not 0 < b < a:
            raise Unreadable(f"has ᾱ = {b:g} at t = {t} after {a:g}, and ᾱ falls from 1 and stays above 0")
    return [1.0 - b / a for a, b in zip(before, levels, strict=True)]


# -- those that a person has named


def own_folder() -> Path:
    """Where they lie; not created here. Raises NoHome."""
    return data_dir() / "schedules"


def own_schedules() -> list[str]:
    """Their names, sorted."""
    try:
        files = sorted(own_folder().iterdir())
    except (OSError, NoHome):  # none was saved yet
        return []
    return [file.stem for file in files if file.suffix == SUFFIX and not file.name.startswith(".")]


def own_path(title: str) -> Path:
    """The file of that name.

    Raises:
        ScheduleError: for what no file can be called.
        NoHome: where there is no folder.
    """
    if not title or len(title) > MAX_TITLE or title.startswith(".") or set(title) & set('/\\:*?"<>|\0'):
        raise ScheduleError(
            f"{short(title) or 'An empty line'} is no name for a schedule; "
            f"use 1..{MAX_TITLE} letters without / \\ : or *."
        )
    return own_folder() / f"{title}{SUFFIX}"


def save_own(title: str, betas: Sequence[float], zero_snr: bool) -> None:
    """Keep a schedule by its name, in the place of another of that name. Raises as ``own_path``, and OSError."""
    path = own_path(title)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, schedule_text(betas, zero_snr))
