"""What the commands share: what happens where a GPU fails."""

from __future__ import annotations

import argparse
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from diffviz.cli import terminal
from diffviz.cli.words import UsageError
from diffviz.meter import Meter

GPU, CPU = (SimpleNamespace(device=torch.device(kind)) for kind in ("cuda", "cpu"))


def work(model: Any) -> str:
    if model is GPU:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20 GiB")
    return "done"


def test_with_auto_the_cpu_takes_the_work_of_a_gpu_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "load", lambda *_: CPU)
    with Meter() as meter:
        assert terminal.on_device(GPU, argparse.Namespace(device="auto"), meter, work) == "done"  # type: ignore[arg-type]


def test_a_gpu_that_was_asked_for_is_not_left_in_silence() -> None:
    with Meter() as meter, pytest.raises(UsageError, match=r"^CUDA ran out of memory; choose --device cpu\.$"):
        terminal.on_device(GPU, argparse.Namespace(device="cuda"), meter, work)  # type: ignore[arg-type]


def test_another_error_stays_what_it_is() -> None:
    def wrong(model: Any) -> None:
        raise KeyError("x")

    with Meter() as meter, pytest.raises(KeyError):
        terminal.on_device(GPU, argparse.Namespace(device="auto"), meter, wrong)  # type: ignore[arg-type]
