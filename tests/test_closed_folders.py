"""Folders that may not be looked into: each way in refuses them in words, also where pathlib would raise."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from diffviz.bounded import Refusal
from diffviz.engine.opening import open_model, read_picture_set
from diffviz.gui.file_kinds import kind_of, model_of
from diffviz.models import load_model
from diffviz.train.checkpoint import Output
from diffviz.train.past import past_training
from diffviz.train.pictures import holds_pictures, survey

WAYS: dict[str, Callable[[Path], Any]] = {
    "exact": lambda folder: open_model(f"exact:{folder}"),
    "pictures": lambda folder: read_picture_set(str(folder)),
    "model": lambda folder: load_model(folder),
    "file": lambda folder: model_of(folder / "weights.safetensors"),
    "kind": lambda folder: kind_of(folder / "a"),
    "training": lambda folder: past_training(folder),
    "output": lambda folder: (Output(folder).has_recipe(), Output(folder).has_state()),
    "new": lambda folder: Output(folder / "new").check_new(),
    "survey": lambda folder: survey(folder / "below"),
    "look": holds_pictures,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_closed_folder_is_refused_or_passed_over(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed, whole = tmp_path / "closed", os.stat
    closed.mkdir()

    def stat(path: Any, *rest: Any, **more: Any) -> os.stat_result:
        if isinstance(path, str | os.PathLike) and Path(path).is_relative_to(closed) and Path(path) != closed:
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return whole(path, *rest, **more)

    monkeypatch.setattr(os, "stat", stat)  # which root is never refused
    try:
        WAYS[way](closed)
    except Refusal as error:
        assert "\n" not in str(error)
