"""Experiments as jobs of the engine: each can be stopped at once, and says in one sentence what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from diffviz import catalog
from diffviz.engine import messages as m
from diffviz.engine.engine import Engine
from diffviz.engine.experiments.data_set import DataSet
from diffviz.models import Model
from diffviz.models.pictures import PictureSet, write_picture_sheet
from diffviz.scene import ExperimentSpec, ModelSpec, SamplerSpec, Scene, params
from diffviz.train import pictures as reading

PICTURE = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
Start = Callable[..., tuple[Engine, Any]]


@pytest.fixture
def loaded(start_engine: Start, tiny_model_folder: Path) -> tuple[Engine, Any, Path]:
    """An engine with the tiny model, which brings nine pictures."""
    pixels = np.random.default_rng(0).integers(0, 256, (9, 3, 8, 8), dtype=np.uint8)
    write_picture_sheet(tiny_model_folder, PictureSet(pixels, np.arange(9) % 3, ("dot", "ring", "cross")))
    engine, screen = start_engine()
    engine.send(m.LoadRequest(1, str(tiny_model_folder)))
    screen.wait(m.ModelLoaded)
    return engine, screen, tiny_model_folder


def request(job: int, folder: Path, name: str, /, **given: Any) -> m.ExperimentRequest:
    model, sampler = ModelSpec(str(folder), "ring", 2.0), SamplerSpec("ddim", 6)
    scene = Scene(model=model, sampler=sampler, experiment=ExperimentSpec(name, params(given)))
    return m.ExperimentRequest(job, scene, PICTURE)


OF_CLASSES = [entry.name for entry in catalog.EXPERIMENTS.values() if not (entry.cloud or entry.worded)]


@pytest.mark.parametrize("name", OF_CLASSES)
@pytest.mark.parametrize("at", [1, 4])
def test_stop_ends_it_after_the_call_under_way(
    name: str, at: int, loaded: tuple[Engine, Any, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, screen, folder = loaded
    run_network, calls = Model.run_network, []

    def counted(self: Model, *arguments: Any) -> Any:
        calls.append(1)
        if len(calls) == at:
            engine.control.cancel()
        return run_network(self, *arguments)

    monkeypatch.setattr(Model, "run_network", counted)
    if name == "targets":  # it asks the exact denoiser alone
        predict = DataSet.predict

        def counted_too(self: DataSet, *arguments: Any) -> Any:
            calls.append(1)
            if len(calls) == at:
                engine.control.cancel()
            return predict(self, *arguments)

        monkeypatch.setattr(DataSet, "predict", counted_too)
    given = {"checkpoints": {"folder": str(folder)}, "convergence": {"steps": "5 10"}}
    engine.send(request(2, folder, name, **given.get(name, {})))
    assert isinstance(screen.wait_end(2), m.JobCancelled)
    assert len(calls) == at


def test_stop_ends_the_reading_of_pictures(
    loaded: tuple[Engine, Any, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, screen, folder = loaded
    (tmp_path / "own").mkdir()
    for k in range(12):
        Image.new("RGB", (9, 9), (20 * k, 0, 0)).save(tmp_path / "own" / f"{k}.png")
    load_picture, read = reading.load_picture, []

    def counted(path: Path) -> np.ndarray:
        read.append(path)
        if len(read) == 3:
            engine.control.cancel()
        return load_picture(path)

    monkeypatch.setattr(reading, "load_picture", counted)
    engine.send(request(2, folder, "exact", data=str(tmp_path / "own")))
    assert isinstance(screen.wait_end(2), m.JobCancelled)
    assert len(read) == 3


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("checkpoints", {"folder": "~no-such-user/here"}, "here: is no folder"),
        ("exact", {"data": "a\0b"}, "names no folder of pictures"),
        ("exact", {"data": "\ud800"}, "is no folder"),
        ("strength", {"strengths": "9" * 4000 + "x"}, "is no number"),
        ("convergence", {"samplers": "q" * 4000}, "choose of ddim"),
    ],
)
def test_what_cannot_be_is_said_in_one_short_sentence(
    name: str, given: dict[str, Any], words: str, loaded: tuple[Engine, Any, Path]
) -> None:
    engine, screen, folder = loaded
    engine.send(request(2, folder, name, **given))
    end = screen.wait_end(2)
    assert isinstance(end, m.JobFailed) and words in end.message and "Unexpected" not in end.message
    assert len(end.message) < 250 and "\n" not in end.message and end.message.endswith(".")
