"""Small networks are trained as a job: watched on the way, stopped, gone on with, and opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine_screen import Screen

from diffviz.engine import messages as m
from diffviz.engine.engine import Engine
from diffviz.kinds import LINE
from diffviz.scene import ScheduleSpec
from diffviz.train.small_state import begun

Started = Callable[..., tuple[Engine, Screen]]


def order(job: int, folder: Path, seconds: float, prediction: str = "v", points: str = "two_deltas") -> m.TrainRequest:
    datum = LINE.read(f"builtin:{points}")
    return m.TrainRequest(job, str(folder), datum, ScheduleSpec("linear", 50), prediction, seconds)


def test_it_is_stopped_gone_on_with_and_opened(start_engine: Started, tmp_path: Path) -> None:
    engine, screen = start_engine()
    folder = tmp_path / "two deltas v"
    engine.send(order(1, folder, 600.0))
    first = screen.wait(m.Learned).learnt
    assert first.step == 0 and first.snapshot.tensors["last.weight"].shape == (1, 128)
    engine.control.cancel()
    assert screen.wait((m.JobDone, m.JobFailed, m.JobCancelled)) == m.JobDone(1, str(folder)), "stopped, kept"
    before = next(event.learnt for event in reversed(screen.events) if isinstance(event, m.Learned))
    engine.send(order(2, folder, 0.01, prediction=""))
    assert isinstance(screen.wait_end(2), m.JobDone)
    after = next(event.learnt for event in reversed(screen.events) if isinstance(event, m.Learned))
    assert after.step > before.step
    engine.send(m.LoadRequest(3, str(folder)))
    info = screen.wait((m.ModelLoaded, m.ModelFailed)).info
    assert info.kind == "line" and info.small is not None and info.schedule.T == 50
    assert (info.small.tensors["last.weight"] == after.snapshot.tensors["last.weight"]).all()


def test_what_cannot_be_is_said(start_engine: Started, tmp_path: Path) -> None:
    engine, screen = start_engine()
    engine.send(order(1, tmp_path / "m", 0.01, prediction=""))
    said = screen.wait_end(1).message
    assert "m: holds no training of points that could go on" in said and said.endswith("Train a new network.")


def test_each_can_be_gone_on_with_whatever_was_trained_since(start_engine: Started, tmp_path: Path) -> None:
    """Only the newest could, and none of an earlier window."""
    engine, screen = start_engine()
    for job, name in ((1, "a"), (2, "b")):
        engine.send(order(job, tmp_path / name, 0.05))
        assert isinstance(screen.wait_end(job), m.JobDone)
    far = begun(tmp_path / "a")
    engine.send(order(3, tmp_path / "a", 0.05, prediction=""))
    assert isinstance(screen.wait_end(3), m.JobDone)
    learnt = [event.learnt.step for event in screen.events if isinstance(event, m.Learned) and event.job == 3]
    assert far.step > 0 and learnt[0] == far.step < learnt[-1] == begun(tmp_path / "a").step
    engine.send(order(4, tmp_path / "a", 0.05, prediction="", points="uniform"))
    assert "a: learnt other points than" in screen.wait_end(4).message
    assert begun(tmp_path / "a").step == learnt[-1], "it stays as it was"
