"""A folder of pictures, and the command that trains on it within this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from train_shapes import TINY, draw_folder

from diffviz.cli import main
from diffviz.train import grid

Train = Callable[..., int]


@pytest.fixture(scope="session")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """27 pictures in three classes. Read only."""
    return draw_folder(tmp_path_factory.mktemp("pictures") / "shapes")


@pytest.fixture(scope="session")
def trained_folder(shapes: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that has learnt the shapes: 8x8, 0.24 M parameters, a few seconds of training. Read only."""
    folder = tmp_path_factory.mktemp("models") / "shapes-8"
    words = ("--steps", "100", "--lr", "4e-3", "--batch", "16", "--ema", "0.9", "--T", "100", "--drop-class", "0.1")
    assert main(["train", str(shapes), *TINY, *words, "-o", str(folder)]) == 0
    _forget_accelerator()
    return folder


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "model"


@pytest.fixture
def train(shapes: Path, out: Path) -> Train:
    """``train("--steps", 3)`` trains the tiny network on the shapes into ``out``; with --resume it adds nothing."""

    def run(*words: object, data: Path = shapes, into: Path = out) -> int:
        given = [str(word) for word in words]
        fixed = [] if "--resume" in given else [str(data), *TINY]
        return main(["train", *fixed, "-o", str(into), *given])

    return run


@pytest.fixture(autouse=True)
def _grids_are_soon_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """In two steps: a network that has learnt for a moment shows nothing in more."""
    monkeypatch.setattr(grid, "MIN_STEPS", 2)
    monkeypatch.setattr(grid, "STEPS", 2)


@pytest.fixture(autouse=True)
def _one_accelerator_a_test() -> Iterator[None]:
    """accelerate keeps the process's device and precision; a command line has a process of its own."""
    yield
    _forget_accelerator()


def _forget_accelerator() -> None:
    from accelerate.state import AcceleratorState

    AcceleratorState._reset_state(reset_partial_state=True)
