"""diffviz.explore: the window on a network that a notebook holds."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from chains import direct, is_shown
from gui_driver import Driver, close_windows
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QComboBox

import diffviz
from diffviz import notebook
from diffviz.diffusion import SCHEDULES, Mixture
from diffviz.kinds import LINE, POINTS, SOUND
from diffviz.kinds.points import PointCloud
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


@contextlib.contextmanager
def on(function: Callable[..., torch.Tensor], **words: Any) -> Iterator[Driver]:
    threads = set(threading.enumerate())
    window = diffviz.explore(function, SCHEDULES["linear"](T=100), block=False, **words)
    driver = Driver(window, window.controller.scene)
    driver.idle(60.0)
    try:
        yield driver
    finally:
        close_windows([driver], threads)
        notebook._open.clear()


@pytest.mark.parametrize("kind, source", [(POINTS, "two_moons"), (LINE, "three_classes")])
def test_points_are_seen_beside_what_is_exact_for_them(qapp: QApplication, kind: PointCloud, source: str) -> None:
    points, asked = 1.1 * kind.read(f"builtin:{source}").array, []
    exact = Mixture(torch.from_numpy(points))

    def mean(x: torch.Tensor, timestep: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
        asked.append((x.shape, timestep.shape, labels.shape))
        return exact.mean(x, float(SCHEDULES["linear"](T=100).alpha_bar[int(timestep[0]) + 1]))

    classes = {"class_names": ["one"], "null_class": 1, "prediction": "x0"}
    with on(mean, data=points if kind is POINTS else points[:, 0].tolist(), **classes) as driver:
        controller = driver.window.controller
        assert driver.scene.data.kind == kind.name and driver.scene.view.lens == kind.lens
        assert asked[-1] == ((10_000, kind.columns), (10_000,), (10_000,)), "one level for each point"
        assert np.array_equal(controller.shelf.kept(driver.scene.data).array, points.astype(np.float32)), "as it is"
        driver.set("steps_spin", 20)
        driver.trigger("generate")
        driver.idle(60.0)
        made = controller.chains.states[-1].values[0, 0]
        assert made.shape == (5000, kind.columns) and made.std() == pytest.approx(points.std(), rel=0.1)
        assert controller.plane.busy is False and driver.messages() == []


def test_a_sound_is_heard_as_its_network_makes_it(qapp: QApplication) -> None:
    wave = SOUND.read("builtin:drum").array["wave"][:8000]
    with on(lambda x, t: x, data=wave, rate=16_000, prediction="v") as driver:
        model = driver.window.controller.chains.model
        assert model.sample_shape == (4000,) and driver.scene.data.kind == "sound"
        driver.set("steps_spin", 3)
        driver.trigger("generate")
        driver.idle(60.0)
        state = driver.window.controller.chains.state
        assert state.rate == 8000 and state.wave(0, 0).shape == (4000,)


def test_data_far_from_x_T_is_said_to_be(qapp: QApplication) -> None:
    points = 40 * POINTS.read("builtin:two_moons").array + 7
    with on(lambda x, t: x, data=points) as driver:
        assert "your data: is off the middle by 7 and has deviation 40; x_T has 0 and 1." in driver.messages()


@pytest.mark.parametrize(
    "words, why",
    [
        ({"data": []}, "your data: holds 0 numbers"),
        ({"data": [[1, 2, 3]]}, "your data: holds 1x3 numbers"),
        ({"data": [[1.0, float("nan")]] * 3}, "numbers that are not finite"),
        ({"data": [[1, 1]] * 5}, "all its points are one"),
        ({"data": [[1, 2], [3]]}, "your data: is no array of numbers"),
        ({"data": [1, 2, 3], "rate": 16_000}, "a sound is one row of 256 finite numbers"),
        ({"data": np.ones(500), "rate": 100}, "rate = 100 is outside 8,000..48,000 Hz"),
        ({"rate": 16_000}, "rate belongs to a sound"),
        ({"data": [[1, 2], [3, 5]], "sample_shape": (3, 8, 8)}, "is no shape of such data; leave it out"),
        ({"data": [[1, 2], [3, 5]], "prediction": "score"}, "prediction = score is not one of"),
    ],
)
def test_data_of_no_use_opens_no_window(words: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        diffviz.explore(lambda x, t: x, SCHEDULES["linear"](), **words)


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
