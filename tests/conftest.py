"""Fixtures that several test folders use, and what every test runs under: no display, no traces, no leaks."""

from __future__ import annotations

import gc
import os
import shutil
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

# Before Qt or the hub's library is loaded: both read the environment once.
if os.environ.get("DIFFVIZ_TEST_DISPLAY") == "1":
    os.environ.pop("QT_QPA_PLATFORM", None)
else:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
os.environ.pop("HF_HUB_OFFLINE", None)
# before torch is loaded: the test's thread and the engine's would each spin a team of their own on the same few cores
os.environ.setdefault("OMP_NUM_THREADS", "1")

CLEANUP_S = 20.0  # how long threads and deleted widgets may take to go after a test, on a busy machine
FOREIGN_THREADS = ("TMonitor",)  # tqdm's, started once by the first progress bar of a library, never joined

# Files of more than about seven seconds, the longest first, so that both workers end with short ones
LONG = ("train/test_train_processes", "train/test_train_command", "gui/test_training.py", "gui/test_closing",
        "gui/test_look", "gui/test_small_window", "gui/test_last_time", "test_sampling", "gui/test_any_order",
        "models/test_traced", "train/test_trainer", "train/test_train_from", "test_streams", "gui/test_branches",
        "gui/test_saved_scenes", "gui/test_launch", "gui/test_exporting.py", "attack/", "test_bench",
        "test_architecture", "engine/experiments/test_compare", "models/test_load_model", "models/test_shipped",
        "models/test_weights_refusals", "train/", "gui/", "models/", "cli/")  # fmt: skip

TINY_CLASSES = ["dot", "ring", "cross"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first; within a file the order stays."""

    def place(item: pytest.Item) -> int:
        path = item.path.as_posix()
        return next((i for i, part in enumerate(LONG) if f"/tests/{part}" in path), len(LONG))

    items.sort(key=place)


@pytest.fixture(scope="session")
def _tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    import json

    import torch
    from diffusers import DDPMScheduler, UNet2DModel

    from diffviz.models import load_model, traced

    traced._IN_USE = dict(traced._IN_USE)  # see _recordings_stay
    folder = tmp_path_factory.mktemp("models") / "tiny"
    torch.manual_seed(0)
    network = UNet2DModel(
        sample_size=8,
        block_out_channels=(8, 8),
        down_block_types=("DownBlock2D", "AttnDownBlock2D"),
        up_block_types=("AttnUpBlock2D", "UpBlock2D"),
        layers_per_block=1,
        norm_num_groups=4,
        attention_head_dim=4,
        num_class_embeds=len(TINY_CLASSES) + 1,
    )
    network.save_pretrained(folder / "unet")
    said = {"prediction_type": "v_prediction", "timestep_spacing": "trailing"}  # what a chain does unasked
    DDPMScheduler(num_train_timesteps=100, **said).save_pretrained(folder / "scheduler")
    index = {
        "_class_name": "DDPMPipeline",
        "_diffusers_version": "0.35.0",
        "scheduler": ["diffusers", "DDPMScheduler"],
        "unet": ["diffusers", "UNet2DModel"],
    }
    (folder / "model_index.json").write_text(json.dumps(index), encoding="utf-8")
    classes = {"class_names": TINY_CLASSES, "null_class": len(TINY_CLASSES)}
    (folder / "diffviz.json").write_text(json.dumps(classes), encoding="utf-8")
    load_model(folder).warm_up()
    return folder


@pytest.fixture
def tiny_model_folder(_tiny_model: Path, tmp_path: Path) -> Path:
    """A pipeline folder to do anything with: 8x8 RGB, v, linear, T = 100, classes dot, ring, cross and a null class."""
    return Path(shutil.copytree(_tiny_model, tmp_path / "tiny"))


@pytest.fixture(scope="session", autouse=True)
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Log and settings go to a temporary folder."""
    folder = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIFFVIZ_STATE_DIR", str(folder / "state"))
        patch.setenv("DIFFVIZ_DATA_DIR", str(folder / "data"))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
        yield


@pytest.fixture(scope="module", autouse=True)
def _little_to_collect() -> None:
    """What was there before a module stays: collections, of which every closed window takes some, pass over torch."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _recordings_stay() -> None:
    """Of whatever network was recorded once, the next of its outline need not record its operations anew."""
    traced = sys.modules.get("diffviz.models.traced")
    if traced is not None:
        traced._IN_USE = dict(traced._IN_USE)


@pytest.fixture(autouse=True)
def _no_leaks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that leaves a thread, a running QTimer or a window behind, and name it."""
    threads = set(threading.enumerate())
    windows = set(_windows())
    started = _record_timers(monkeypatch)
    yield
    leaks: list[str] = []
    deadline = time.monotonic() + CLEANUP_S
    while time.monotonic() < deadline:
        leaks = (
            _threads_since(threads)
            + _running(started)
            + [_named(window) for address, window in _windows().items() if address not in windows]
        )
        if not leaks:
            return
        gc.collect()
        _finish_deletions()
        time.sleep(0.005)
    for address, window in _windows().items():
        if address not in windows:
            window.close()  # its threads must end before it goes
            window.deleteLater()  # so that the next test is judged by its own leaks
    _finish_deletions()
    pytest.fail("left behind: " + ", ".join(leaks))


def _threads_since(before: set[threading.Thread]) -> list[str]:
    new = [thread for thread in threading.enumerate() if thread not in before]
    return [f"thread {thread.name}" for thread in new if type(thread).__name__ not in FOREIGN_THREADS]


def _windows() -> dict[int, Any]:
    """Top-level widgets that nobody owns, by their address in C++; none where the test has not touched Qt."""
    widgets = sys.modules.get("PySide6.QtWidgets")
    if widgets is None or widgets.QApplication.instance() is None:
        return {}
    from shiboken6 import getCppPointer

    free = [w for w in widgets.QApplication.topLevelWidgets() if w.parent() is None]
    return {getCppPointer(w)[0]: w for w in free}


def _named(widget: Any) -> str:
    return f"{type(widget).__name__} {widget.objectName() or widget.windowTitle() or 'without a name'}"


def _record_timers(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], Any]]:
    """Weak references to every QTimer that Python code starts from now on."""
    started: list[Callable[[], Any]] = []
    core = sys.modules.get("PySide6.QtCore")
    if core is not None:
        start = core.QTimer.start

        def recording_start(timer: Any, *args: Any) -> None:
            started.append(weakref.ref(timer))
            start(timer, *args)

        monkeypatch.setattr(core.QTimer, "start", recording_start)
    return started


def _running(started: list[Callable[[], Any]]) -> list[str]:
    if not started:
        return []
    from shiboken6 import isValid

    timers = {id(timer): timer for reference in started if (timer := reference()) is not None and isValid(timer)}
    return [f"QTimer of {type(t.parent()).__name__} ({t.interval()} ms)" for t in timers.values() if t.isActive()]


def _finish_deletions() -> None:
    core = sys.modules.get("PySide6.QtCore")
    if core is not None and core.QCoreApplication.instance() is not None:
        core.QCoreApplication.sendPostedEvents(None, core.QEvent.Type.DeferredDelete)
        core.QCoreApplication.processEvents()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command line in this process: exit code, standard output, standard error."""

    from diffviz import cli

    def main(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main([str(word) for word in words])
        out, err = capsys.readouterr()
        return code, out, err

    return main
