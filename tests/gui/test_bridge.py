"""The way from the engine's threads into Qt's, and what the window says of the device."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from gui_driver import Driver
from PySide6.QtCore import QCoreApplication

from diffviz.engine import messages as m
from diffviz.gui.controller import Bridge


def test_events_of_a_thread_arrive_in_order_and_in_qts_thread(qapp: QCoreApplication) -> None:
    bridge = Bridge()
    heard: list[tuple[int, str]] = []
    bridge.arrived.connect(lambda event: heard.append((event.job, threading.current_thread().name)))

    def send() -> None:
        for job in range(200):
            bridge.emit_event(m.JobDone(job))

    sender = threading.Thread(target=send)
    sender.start()
    sender.join()
    assert heard == []  # nothing runs in the sender's thread
    while len(heard) < 200:
        qapp.processEvents()
    assert [job for job, _ in heard] == list(range(200))
    assert {name for _, name in heard} == {threading.main_thread().name}


# -- what the window says of the device


def test_a_device_that_is_not_here_is_said_and_the_cpu_works(make_driver: Callable[..., Driver]) -> None:
    import torch

    if torch.cuda.is_available():
        pytest.skip("this machine has a CUDA device")
    driver = make_driver(device="cuda")
    assert any("CUDA" in text and "CPU" in text for text in driver.messages())
    assert "CPU" in driver.words("device_label")
    driver.set_t(10)
    assert driver.shown("x_t").size


def test_a_device_that_fails_later_is_said_and_shown(driver: Driver) -> None:
    note = "CUDA ran out of memory; working on the CPU from now on."
    driver.window.controller.bridge.emit_event(m.DeviceReady("cpu", "CPU, 3 threads", note))
    driver.paint()
    assert driver.messages() == [note] and "3 threads" in driver.words("device_label")


@pytest.mark.gpu
def test_the_window_on_a_real_gpu(make_driver: Callable[..., Driver]) -> None:
    import torch

    if not (torch.cuda.is_available() or torch.backends.mps.is_available()):
        pytest.skip("no CUDA or MPS device here")
    driver = make_driver(device="auto")
    assert "CPU" not in driver.words("device_label")
    driver.generate()
    assert driver.slider.value() == 0 and driver.shown("x_0").size
