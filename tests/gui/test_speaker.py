"""The device, of miniaudio's own that is heard by nobody; and what is said where there is none."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from diffviz.gui import speaker
from diffviz.gui.speaker import NoSound, Speaker

miniaudio = pytest.importorskip("miniaudio")


@pytest.fixture(autouse=True)
def _nobody_hears(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speaker, "BACKENDS", [miniaudio.Backend.NULL])


class Asked:
    """Notes how many samples a device asked for."""

    def __init__(self) -> None:
        self.counts: list[int] = []
        self.enough = threading.Event()

    def __call__(self, count: int) -> np.ndarray:
        self.counts.append(count)
        if len(self.counts) >= 3:
            self.enough.set()
        return np.zeros(count, np.float32)


@pytest.fixture
def asked() -> Asked:
    return Asked()


@pytest.fixture
def device(asked: Asked) -> Iterator[Speaker]:
    made = Speaker(asked)
    yield made
    made.close()


def test_a_device_asks_block_by_block_and_rests(device: Speaker, asked: Asked) -> None:
    device.start(16_000)
    assert asked.enough.wait(20) and device.running and max(asked.counts) <= 16_000 // 10
    device.stop()
    assert not device.running
    asked.enough.clear()
    asked.counts.clear()
    device.start(16_000)
    assert asked.enough.wait(20), "it is kept, and begins again"
    kept = device._device
    device.start(8_000)
    assert device.running and device._device is not kept, "another rate is another device"


def test_no_device_and_no_library_are_one_sentence(device: Speaker, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object, **__: object) -> None:
        raise miniaudio.MiniaudioError("failed to init device", -401)

    monkeypatch.setattr(miniaudio, "PlaybackDevice", none)
    with pytest.raises(NoSound, match=r"^No sound device was found; .*\.$"):
        device.start(16_000)
    monkeypatch.setitem(sys.modules, "miniaudio", None)
    with pytest.raises(NoSound, match="needs the package miniaudio"):
        device.start(16_000)
    assert not device.running
