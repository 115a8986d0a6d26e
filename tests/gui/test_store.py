"""The one place where the scene changes, without a window; and the way from the engine's threads into Qt's."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from gui_driver import Driver
from PySide6.QtCore import QCoreApplication

from diffviz.engine import messages as m
from diffviz.gui.bridge import Bridge
from diffviz.gui.store import UNDO_LIMIT, SceneStore
from diffviz.scene import Scene, ScheduleSpec


@pytest.fixture
def store(qapp: QCoreApplication) -> SceneStore:
    return SceneStore(Scene())


def test_a_change_says_what_was_and_what_is(store: SceneStore) -> None:
    heard: list[tuple[Scene, Scene]] = []
    store.changed.connect(lambda old, new: heard.append((old, new)))
    store.edit(t=7)
    store.edit(t=7)  # no change, no signal
    assert [(old.t, new.t) for old, new in heard] == [(250, 7)]


def test_forwards_t_ends_at_its_T_whoever_asks(store: SceneStore) -> None:
    store.edit(schedule=ScheduleSpec(T=8))
    assert store.scene.t == 8
    store.edit(t=860)  # of a slider's range that has gone
    assert store.scene.t == 8
    store.edit(direction="reverse", t=860)  # the model's own T
    assert store.scene.t == 860
    store.edit(direction="forward")
    assert store.scene.t == 8


def test_undo_and_redo_are_the_same_scenes(store: SceneStore) -> None:
    first = store.scene
    store.edit(t=1)
    store.edit(seed=2)
    last = store.scene
    store.undo()
    store.undo()
    assert store.scene == first and not store.can_undo
    store.undo()  # nothing more
    store.redo()
    store.redo()
    assert store.scene == last and not store.can_redo


def test_a_gesture_is_one_entry(store: SceneStore) -> None:
    store.begin_gesture()
    for t in range(50):
        store.edit(t=t)
    store.end_gesture()
    store.undo()
    assert store.scene.t == 250 and not store.can_undo


def test_a_gesture_without_a_change_is_none(store: SceneStore) -> None:
    store.begin_gesture()
    store.edit(t=9)
    store.edit(t=250)
    store.end_gesture()
    assert not store.can_undo


def test_undo_in_the_middle_of_a_gesture_ends_it(store: SceneStore) -> None:
    store.begin_gesture()
    store.edit(t=9)
    store.undo()
    assert store.scene.t == 250
    store.edit(t=30)
    assert store.can_undo


def test_the_history_is_bounded(store: SceneStore) -> None:
    for seed in range(UNDO_LIMIT + 50):
        store.edit(seed=seed + 1)
    for _ in range(UNDO_LIMIT + 50):
        store.undo()
    assert store.scene.seed == 50


def test_what_is_not_for_undo_leaves_no_entry(store: SceneStore) -> None:
    store.edit(undo=False, t=3)
    assert not store.can_undo


def test_events_of_a_thread_arrive_in_order_and_in_qts_thread(qapp: QCoreApplication) -> None:
    bridge = Bridge()
    heard: list[tuple[int, str]] = []
    bridge.arrived.connect(lambda event: heard.append((event.job, threading.current_thread().name)))

    def send() -> None:
        for job in range(200):
            bridge.emit_event(m.JobDone(job, "generate"))

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
