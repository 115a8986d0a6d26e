"""Small networks are trained as a job: watched on the way, stopped, gone on with, and opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine_screen import Screen

from diffviz.engine import messages as m
from diffviz.engine.engine import Engine
from diffviz.kinds import LINE
from diffviz.scene import ScheduleSpec

Started = Callable[..., tuple[Engine, Screen]]


def order(job: int, folder: Path, seconds: float, **changes: object) -> m.TrainRequest:
    datum = LINE.read("builtin:two_deltas")
    return m.TrainRequest(job, str(folder), datum, ScheduleSpec("linear", 50), "v", seconds, **changes)


def test_it_is_stopped_gone_on_with_and_opened(start_engine: Started, tmp_path: Path) -> None:
    engine, screen = start_engine()
    folder = tmp_path / "two deltas v"
    engine.send(order(1, folder, 600.0))
    first = screen.wait(m.Learned).learnt
    assert first.step == 0 and first.snapshot.tensors["last.weight"].shape == (1, 128)
    engine.control.cancel()
    assert screen.wait((m.JobDone, m.JobFailed, m.JobCancelled)) == m.JobDone(1, str(folder)), "stopped, kept"
    before = next(event.learnt for event in reversed(screen.events) if isinstance(event, m.Learned))
    engine.send(order(2, folder, 0.01, go_on=True))
    assert isinstance(screen.wait_end(2), m.JobDone)
    after = next(event.learnt for event in reversed(screen.events) if isinstance(event, m.Learned))
    assert after.step > before.step
    engine.send(m.LoadRequest(3, str(folder)))
    info = screen.wait((m.ModelLoaded, m.ModelFailed)).info
    assert info.kind == "line" and info.small is not None and info.schedule.T == 50
    assert (info.small.tensors["last.weight"] == after.snapshot.tensors["last.weight"]).all()


def test_what_cannot_be_is_said(start_engine: Started, tmp_path: Path) -> None:
    engine, screen = start_engine()
    engine.send(order(1, tmp_path / "m", 0.01, go_on=True))
    assert "no longer in memory" in screen.wait((m.JobDone, m.JobFailed)).message
