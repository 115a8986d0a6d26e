"""An engine without a window, and models that need no weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import torch
from engine_screen import FakeModel, Screen

from diffviz import models
from diffviz.engine.engine import Engine
from diffviz.engine.messages import LoadRequest, ModelLoaded


@pytest.fixture
def start_engine() -> Iterator[Callable[..., tuple[Engine, Screen]]]:
    """Make an engine and its screen; ``start=False`` leaves the threads to the test."""
    engines: list[Engine] = []

    def make(device: str = "cpu", start: bool = True) -> tuple[Engine, Screen]:
        screen = Screen()
        engine = Engine(screen.emit, device)
        screen.engine = engine
        engines.append(engine)
        if start:
            engine.start()
        return engine, screen

    yield make
    for engine in engines:
        assert engine.close(timeout_s=20.0), "the engine's threads did not end"


@pytest.fixture
def fake_models(monkeypatch: pytest.MonkeyPatch) -> list[FakeModel]:
    """``load_model`` makes FakeModels; they are listed in the order of loading."""
    made: list[FakeModel] = []

    def load_model(name: str, device: torch.device | str = "cpu", **_: Any) -> FakeModel:
        made.append(FakeModel(name, device))
        return made[-1]

    monkeypatch.setattr(models, "load_model", load_model)
    return made


@pytest.fixture
def engine_with_model(
    start_engine: Callable[..., tuple[Engine, Screen]], fake_models: list[FakeModel]
) -> tuple[Engine, Screen, FakeModel]:
    """An engine that has loaded a FakeModel."""
    engine, screen = start_engine()
    engine.send(LoadRequest(1, "fake"))
    screen.wait(ModelLoaded)
    return engine, screen, fake_models[0]
