"""First launch: never empty, one hint, nothing heavy before the first paint; and waiting until idle."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from gui_driver import Driver
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QApplication, QLabel

from diffviz.assets import asset
from diffviz.diffusion import SCHEDULES
from diffviz.gui.app import build_window
from diffviz.images import load_picture
from diffviz.kinds import PICTURE
from diffviz.scene import DataSpec, Scene

pytestmark = pytest.mark.display

HINT = "Drag to add noise"
WATCH = """
import json, os, sys
from PySide6.QtCore import QEvent, QEventLoop, QObject
from PySide6.QtWidgets import QApplication
from diffviz.gui.app import build_window

class FirstPaint(QObject):
    loaded = None
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and self.loaded is None:
            self.loaded = sorted(sys.modules)
        return False

window = build_window()  # makes the application
app = QApplication.instance()
watch = FirstPaint()
app.installEventFilter(watch)
at_show = sorted({"torch", "diffusers"} & set(sys.modules))
window.show()
while watch.loaded is None:
    app.processEvents()
shape = [0]
while not shape[0]:  # not until idle: the network takes seconds to come
    app.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 100)
    shape = list(window.findChild(QObject, "x_t_panel").displayed_array().shape)
print(json.dumps([at_show, watch.loaded, "torch" in sys.modules, shape]), flush=True)
window.close()
if not window.ended_cleanly:  # as app.run does: the network is still on its way
    os._exit(0)
"""

COLLECTED = """
import gc, os, sys
from PySide6.QtCore import QTimer
from diffviz.gui import app
from diffviz import cli

def ready(_):
    before = gc.isenabled(), "torch" in sys.modules
    QTimer.singleShot(0, lambda: told(*before))

def told(*before):
    if not gc.isenabled() and tries.pop():  # the import of diffusers may be on its way, without it
        QTimer.singleShot(100, lambda: told(*before))
        return
    print(*before, gc.isenabled(), gc.get_freeze_count() > 100_000, flush=True)
    os._exit(0)

tries = [False] + [True] * 300

build = app.build_window

def watched(*args):
    window = build(*args)
    window.controller.device_changed.connect(ready)
    return window

app.build_window = watched
cli.main(["gui"])
"""


def hints(driver: Driver) -> list[QLabel]:
    return [label for label in driver.window.findChildren(QLabel) if HINT in label.text() and label.isVisible()]


# what is opened later is made later
LATER = {
    *("diffviz.sheet", "diffviz.gui.laboratory", "diffviz.gui.panels.sheet_curves"),
    "diffviz.gui.panels.experiment_card",
    *("diffviz.train", "diffviz.gui.training", "diffviz.gui.panels.train_dialog", "diffviz.gui.panels.export_dialog"),
}


def test_nothing_heavy_and_nothing_of_later_pages_is_imported_before_the_first_paint() -> None:
    done = subprocess.run([sys.executable, "-c", WATCH], capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    at_show, at_paint, torch_at_last, shape = json.loads(done.stdout.splitlines()[-1])
    absent = {"torch", "diffusers", "pyqtgraph", "av", "miniaudio", "PIL.Image", "difflib", *LATER}
    assert at_show == [] and not absent & set(at_paint)
    assert torch_at_last and shape[0] == shape[1] > 200


def test_garbage_is_looked_for_when_torch_is_there_and_not_in_torch(tmp_path: Path) -> None:
    """A collection through all of torch's objects would stop the window for a third of a second."""
    home = {name: str(tmp_path) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME")}
    command = [sys.executable, "-c", COLLECTED]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env={**os.environ, **home})
    assert done.stdout.split() == ["False", "True", "True", "True"], done.stderr


def test_the_first_launch_shows_a_recognisable_sample_and_one_hint(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(None)
    samples = [load_picture(path) for path in asset("images").glob("*.png")]
    shown = driver.shown("x_0")
    assert any(np.array_equal(shown, PICTURE.resampled(sample, shown.shape[:2])) for sample in samples)
    t, T = driver.slider.value(), driver.slider.maximum()
    assert 0 < t < T == 1000
    signal = float(SCHEDULES["linear"](T=T).alpha_bar[t]) ** 0.5
    assert 0.4 < signal < 0.95  # noise is seen, and so is the picture
    assert driver.scene.direction == "forward" and driver.action("direction_forward").isChecked()
    assert len(hints(driver)) == 1
    assert driver.messages() == []
    driver.key(Qt.Key.Key_Right)
    driver.idle()
    assert hints(driver) == []
    driver.set_t(0)
    assert hints(driver) == []


def test_every_panel_has_a_picture_once_it_is_idle(driver: Driver) -> None:
    assert all(driver.shown(name).size for name in ("x_t", "x_0", "eps"))


# -- waiting


def test_idle_comes_back_at_once_when_nothing_is_to_do(driver: Driver) -> None:
    took = []
    for _ in range(100):
        began = time.perf_counter()
        driver.window.wait_until_idle(1.0)
        took.append(time.perf_counter() - began)
    assert np.median(took) < 2e-3  # another process may have the core now and then


def test_idle_times_out_in_words(driver: Driver) -> None:
    driver.choose("pace_combo", "step by step")
    driver.trigger("generate")
    with pytest.raises(TimeoutError, match=r"0\.05"):
        driver.window.wait_until_idle(0.05)
    driver.trigger("cancel")
    driver.window.wait_until_idle(20.0)


def test_playback_is_not_work(driver: Driver) -> None:
    driver.trigger("loop")
    driver.trigger("play")
    began = time.monotonic()
    driver.window.wait_until_idle(5.0)
    assert time.monotonic() - began < 4.0
    assert driver.action("play").text() == "Pause"  # it plays on


def test_idle_means_that_the_newest_request_is_painted(driver: Driver) -> None:
    for t in (10, 60, 35):
        driver.slider.setValue(t)
        driver.window.wait_until_idle(10.0)
        schedule = SCHEDULES["linear"](T=100)
        assert driver.coefficients()[1] == pytest.approx(float(schedule.alpha_bar[t]) ** 0.5, abs=6e-4)
        assert not driver.window.controller.view.fresh


def test_idle_in_the_middle_of_a_local_loop(driver: Driver) -> None:
    """Called from a timer while work is under way, it still returns."""
    done: list[int] = []
    driver.slider.setValue(77)
    QTimer.singleShot(0, lambda: (driver.window.wait_until_idle(10.0), done.append(1)))
    driver.until(lambda: done)


def test_a_window_that_was_never_shown_closes(tiny_scene: Scene, qapp: QApplication) -> None:
    window = build_window(tiny_scene)
    window.close()
    window.deleteLater()


def test_a_window_becomes_idle_without_being_shown(tiny_scene: Scene, qapp: QApplication) -> None:
    window = build_window(tiny_scene, device="cpu")
    window.wait_until_idle(60.0)
    assert window.findChild(QObject, "x_t_panel").displayed_array().size
    window.close()
    window.deleteLater()


def test_a_scene_whose_picture_is_gone_says_so_and_shows_a_sample(
    make_driver: Callable[..., Driver], tiny_scene: Scene, tmp_path: Path
) -> None:
    driver = make_driver(tiny_scene.replace(data=DataSpec(source=f"path:{tmp_path / 'gone.png'}")))
    assert any("gone.png" in text for text in driver.messages())
    assert driver.shown("x_0").size and driver.shown("x_t").size


def test_starting_in_reverse_shows_x_T(make_driver: Callable[..., Driver], tiny_scene: Scene) -> None:
    driver = make_driver(tiny_scene.replace(direction="reverse"))
    assert driver.shown("x_t").shape == (8, 8, 3)
    assert driver.slider.value() == driver.slider.maximum() == 100
    driver.trigger("direction_forward")
    driver.idle()
    assert driver.shown("x_t").shape == driver.shown("x_0").shape != (8, 8, 3) and driver.slider.value() > 0


def test_painting_starts_the_engine_by_itself(qapp: QApplication, tiny_scene: Scene) -> None:
    window = build_window(tiny_scene, device="cpu")
    window.show()
    driver = Driver(window, tiny_scene)
    driver.until(lambda: "CPU" in driver.words("device_label"), 60.0)
    driver.idle(60.0)
    window.close()
    window.deleteLater()
