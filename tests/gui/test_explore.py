"""diffviz.explore: the window on a network that a notebook holds."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from chains import direct, is_shown
from gui_driver import Driver, close_windows
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QComboBox

import diffviz
from diffviz import notebook
from diffviz.diffusion import SCHEDULES
from diffviz.models import ModelError
from diffviz.scene import ModelSpec


@pytest.fixture
def explored(qapp: QApplication, _tiny_model: Path) -> Iterator[Driver]:
    """A window on the tiny network, as a cell that does not wait leaves it."""
    from diffusers import DDPMScheduler, UNet2DModel

    threads = set(threading.enumerate())
    unet = UNet2DModel.from_pretrained(_tiny_model / "unet", low_cpu_mem_usage=False)
    scheduler = DDPMScheduler.from_pretrained(_tiny_model / "scheduler")
    window = diffviz.explore(unet, scheduler, ["dot", "ring", "cross"], null_class=3, seed=4, block=False)
    driver = Driver(window, window.controller.scene)
    driver.idle(60.0)
    driver.paint()
    yield driver
    close_windows([driver], threads)
    notebook._open.clear()


def test_its_chain_runs_in_the_window(explored: Driver, _tiny_model: Path) -> None:
    assert explored.find("model_combo", QComboBox).currentText() == "your network"
    assert explored.scene.direction == "reverse" and explored.scene.seed == 4 and explored.scene.t == 100
    explored.set("steps_spin", 4)
    explored.choose("class_combo", "ring")
    explored.trigger("generate")
    explored.idle()
    states = direct(explored.scene.replace(model=ModelSpec(str(_tiny_model), "ring")))
    assert is_shown(explored, states[-1])


def test_another_model_and_back_again(explored: Driver) -> None:
    explored.choose("model_combo", "smileys-32")
    explored.idle(60.0)
    assert explored.window.controller.chains.model.sample_shape == (3, 32, 32)
    explored.choose("model_combo", "your network")
    explored.idle()
    assert explored.window.controller.chains.model.sample_shape == (3, 8, 8)


def test_it_waits_until_the_window_is_closed(qapp: QApplication) -> None:
    threads = set(threading.enumerate())
    seen: list[bool] = []

    def close() -> None:
        window = notebook._open[-1]
        seen.append(window.isVisible())
        window.close()

    timer = QTimer()
    timer.setSingleShot(True)
    timer.timeout.connect(close)
    timer.start(200)
    window = diffviz.explore(lambda x, t: x, SCHEDULES["linear"](T=50), sample_shape=(3, 8, 8), block=True)
    assert seen == [True] and not window.isVisible()
    close_windows([Driver(window, window.controller.scene)], threads)
    notebook._open.clear()


def test_inside_a_running_loop_it_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    shell = SimpleNamespace(active_eventloop=None)
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    assert not notebook._loop_runs()
    shell.active_eventloop = "qt6"
    assert notebook._loop_runs()


def test_what_does_not_fit_opens_no_window() -> None:
    with pytest.raises(ModelError, match="sample_shape"):
        diffviz.explore(lambda x, t: x, SCHEDULES["linear"]())


def test_without_a_display_or_in_another_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(RuntimeError, match="there is no display here"):
        diffviz.explore(lambda x, t: x, SCHEDULES["linear"](), sample_shape=(3, 8, 8))
    said: list[str] = []

    def elsewhere() -> None:
        try:
            diffviz.explore(torch.nn.Identity(), SCHEDULES["linear"](), sample_shape=(3, 8, 8))
        except RuntimeError as error:
            said.append(str(error))

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert said == ["explore opens a window; call it in the main thread."]


def test_nothing_else_is_there() -> None:
    with pytest.raises(AttributeError, match="no attribute 'explode'"):
        diffviz.explode  # noqa: B018
    assert np.isscalar(diffviz.__version__)
