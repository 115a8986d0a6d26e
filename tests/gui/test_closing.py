"""Closing never asks and cancels: while anything runs it ends soon, whole, and with exit code 0."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from gui_driver import Driver
from PySide6.QtWidgets import QApplication, QWidget

from diffviz.diffusion.reverse import Rule, Sampler
from diffviz.engine import chain
from diffviz.files import log_path
from diffviz.gui import app

CLOSE_S = 3.0
ENGINE = {"diffviz-render", "diffviz-jobs"}


def close_and_measure(driver: Driver) -> float:
    began = time.monotonic()
    driver.window.close()
    return time.monotonic() - began


def engine_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name in ENGINE}


@pytest.mark.parametrize("pace", ["full speed", "1 step/s", "step by step"])
def test_during_a_chain(pace: str, make_driver: Callable[..., Driver]) -> None:
    before = engine_threads()
    driver = make_driver()
    driver.set("steps_spin", 100)
    driver.choose("pace_combo", pace)
    driver.trigger("generate")
    driver.until(lambda: driver.window.controller.chains.states)
    assert close_and_measure(driver) < CLOSE_S
    assert engine_threads() == before and driver.window.ended_cleanly
    assert not driver.window.isVisible() and QApplication.activeModalWidget() is None


def test_during_an_export(make_driver: Callable[..., Driver], tmp_path: Path) -> None:
    driver = make_driver()
    options = {"size": 256, "layout": "curves"}
    driver.export(tmp_path / "a.mp4", options, 2000)
    driver.until(lambda: os.listdir(tmp_path))
    assert close_and_measure(driver) < CLOSE_S
    assert os.listdir(tmp_path) == []


def test_during_playback(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver()
    driver.trigger("loop")
    driver.trigger("play")
    driver.paint()
    assert close_and_measure(driver) < CLOSE_S


def test_while_it_starts(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver(idle=False)
    assert close_and_measure(driver) < CLOSE_S


def test_twice(make_driver: Callable[..., Driver]) -> None:
    driver = make_driver()
    driver.window.close()
    driver.window.close()


# -- the program


PROGRAM = """
import sys, time
from PySide6.QtCore import QTimer
from diffviz.gui import app, main_window

show = main_window.MainWindow.showEvent
def shown(window, event):
    show(window, event)
    {what}
main_window.MainWindow.showEvent = shown

def close(window):
    print("closing", time.time(), flush=True)
    window.close()

from diffviz.cli import main
sys.exit(main({arguments}))
"""
WHEN = {
    "at once": "QTimer.singleShot(0, window, lambda: close(window))",
    "loading": "QTimer.singleShot(700, window, lambda: close(window))",
    "chain": """
    def run():
        window.wait_until_idle(180)
        window.controller.generate()
        QTimer.singleShot(400, window, lambda: close(window))
    QTimer.singleShot(0, window, run)
""",
}


def run_program(what: str, arguments: list[str], tmp_path: Path) -> tuple[subprocess.CompletedProcess[str], float]:
    code = PROGRAM.format(what=WHEN[what], arguments=arguments)
    environment = os.environ | {"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, env=environment)
    ended = time.time()
    said = [line for line in done.stdout.splitlines() if line.startswith("closing")]
    assert said, done.stderr
    return done, ended - float(said[-1].split()[1])


@pytest.mark.parametrize("what", WHEN)
def test_the_program_ends_with_exit_code_0(what: str, tmp_path: Path) -> None:
    done, seconds = run_program(what, ["--device", "cpu"], tmp_path)
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert seconds < CLOSE_S + 2.0  # the interpreter's own end on a busy machine


# -- unexpected faults


def test_an_unexpected_fault_is_one_sentence_and_the_window_works_on(tmp_path: Path) -> None:
    """Raised in a slot, as a bug would be: said in the message bar with the log's path, and nothing ends."""
    code = """
import json, sys, time
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication, QLabel
from diffviz.gui import main_window

show = main_window.MainWindow.showEvent
def fail():
    raise ZeroDivisionError("a planted bug")
def until(true):  # not until idle: the network takes seconds to come, and nothing here needs it
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents, 100)
def look(window):
    said = lambda: [l.text() for l in window.findChild(object, "message_bar").findChildren(QLabel) if l.text()]
    forward = window.controller.forward
    until(lambda: said() and forward.picture is not None and not forward.busy)
    window.findChild(object, "t_slider").setValue(400)  # ends the opening, which moves t by itself
    until(lambda: not forward.busy)
    shown = lambda: window.findChild(object, "x_t_panel").displayed_array()
    before = shown()
    window.findChild(object, "t_slider").setValue(500)
    until(lambda: shown().shape != before.shape or (shown() != before).any())
    print(json.dumps([said(), window.controller.scene.t]))
    window.close()
def shown(window, event):
    show(window, event)
    QTimer.singleShot(0, fail)
    QTimer.singleShot(50, window, lambda: look(window))
main_window.MainWindow.showEvent = shown
from diffviz.cli import main
sys.exit(main([]))
"""
    state = tmp_path / "state"
    environment = os.environ | {
        "XDG_CONFIG_HOME": str(tmp_path),
        "HOME": str(tmp_path),
        "DIFFVIZ_STATE_DIR": str(state),
    }
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, env=environment)
    assert done.returncode == 0, done.stderr
    labels, t = json.loads(done.stdout.splitlines()[-1])
    assert t == 500
    [said] = [text for text in labels if "diffviz.log" in text]
    assert "\n" not in said and str(state) in said
    log = (state / log_path().name).read_text()
    assert "ZeroDivisionError: a planted bug" in log and "Traceback" in log


def test_a_fault_in_a_chain_says_where_the_log_is(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> Rule:
        raise KeyError("a planted bug")

    monkeypatch.setitem(chain.SAMPLERS, "ddpm", Sampler(broken))
    driver.generate()
    [said] = [text for text in driver.messages() if "ᾱ at t = T" not in text]  # the tiny model's schedule ends early
    assert "planted bug" in said and str(log_path()) in said and "\n" not in said
    monkeypatch.undo()
    driver.generate()
    assert driver.slider.value() == 0 and driver.shown("x_0").size


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_a_signal_closes_the_window(name: str, driver: Driver) -> None:
    kept = {each: signal.getsignal(each) for each in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    window = QWidget()
    window.show()
    try:
        app._close_when_told(window)  # type: ignore[arg-type]
        os.kill(os.getpid(), getattr(signal, name))
        driver.until(lambda: not window.isVisible())
    finally:
        signal.set_wakeup_fd(-1)
        for each, handler in kept.items():
            signal.signal(each, handler)
        window.deleteLater()
