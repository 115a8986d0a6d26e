"""The device: proved by an operation, and another one in words where it fails."""

from __future__ import annotations

import pytest
import torch

from diffviz.engine import device as devices
from diffviz.engine.device import choose, label, lost, out_of_memory, prove


def has(*kinds: str):
    return lambda kind: kind in kinds


def failing(*kinds: str):
    def prove_(kind: str) -> torch.device:
        if kind in kinds:
            raise RuntimeError(f"{kind} driver is too old\nsecond line")
        return torch.device(kind)

    return prove_


def test_the_cpu_is_proved() -> None:
    assert prove("cpu") == torch.device("cpu")


def test_a_wrong_number_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.nn.functional, "conv2d", lambda *_: torch.full((1, 1, 6, 6), 8.9))
    with pytest.raises(RuntimeError, match="324"):
        prove("cpu")


@pytest.mark.parametrize(
    ("there", "expected"), [(("cuda", "mps", "cpu"), "cuda"), (("mps", "cpu"), "mps"), (("cpu",), "cpu")]
)
def test_auto_takes_cuda_then_mps_then_cpu(
    there: tuple[str, ...], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "available", has(*there))
    monkeypatch.setattr(devices, "prove", failing())
    device, note = choose("auto")
    assert device.type == expected and note is None


def test_auto_says_that_a_driver_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available", has("cuda", "cpu"))
    monkeypatch.setattr(devices, "prove", failing("cuda"))
    device, note = choose("auto")
    assert device.type == "cpu"
    assert note is not None and "CUDA" in note and "cuda driver is too old" in note and "second line" not in note


def test_mps_takes_over_from_a_broken_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available", has("cuda", "mps", "cpu"))
    monkeypatch.setattr(devices, "prove", failing("cuda"))
    device, note = choose("auto")
    assert device.type == "mps"
    assert note is not None and "CPU" not in note  # the note names the device that was really taken


def test_a_wanted_device_that_is_not_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available", has("cpu"))
    device, note = choose("cuda")
    assert device.type == "cpu" and note is not None and "CUDA" in note and "CPU" in note


def test_the_cpu_is_taken_where_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "available", has("cuda", "cpu"))
    assert choose("cpu") == (torch.device("cpu"), None)


def test_label_says_device_and_threads() -> None:
    assert label(torch.device("cpu")).startswith("CPU")
    assert str(torch.get_num_threads()) in label(torch.device("cpu"))


def test_memory_used_up_is_recognised() -> None:
    assert out_of_memory(torch.OutOfMemoryError("x"))
    assert out_of_memory(RuntimeError("CUDA out of memory. Tried to allocate 20 GiB"))
    assert not out_of_memory(RuntimeError("shape mismatch"))


@pytest.mark.parametrize(("kind", "error", "said"), [
    ("cuda", torch.OutOfMemoryError("CUDA out of memory"), "CUDA ran out of memory"),
    ("mps", RuntimeError("MPS backend out of memory"), "MPS ran out of memory"),
    ("cuda", RuntimeError("CUDA error: launch failure\nmore"), "The CUDA driver failed (CUDA error: launch failure)"),
    ("cuda", KeyError("x"), None),
    ("cuda", ValueError("steps = 0"), None),
    ("cpu", RuntimeError("out of memory"), None),
])  # fmt: skip
def test_what_became_of_the_gpu(kind: str, error: Exception, said: str | None) -> None:
    assert lost(torch.device(kind), error) == said
