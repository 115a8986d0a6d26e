"""The engine's side of a chain in the person's hands: pause, steps, branches, futures, and what is kept of them."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from engine_screen import FakeModel, Screen

from diffviz.engine import messages as m
from diffviz.engine import recording
from diffviz.engine.engine import Engine
from diffviz.engine.recording import Plan
from diffviz.engine.run_file import load_run
from diffviz.engine.states import State
from diffviz.kinds import PICTURE
from diffviz.scene import Leg, ModelSpec, SamplerSpec, Scene

Loaded = tuple[Engine, Screen, FakeModel]


def scene(name: str = "ddpm", steps: int = 10, **changes: Any) -> Scene:
    return Scene(direction="reverse", seed=5, sampler=SamplerSpec(name, steps)).replace(**changes)


def left(asked: Scene, t: float) -> Scene:
    """The scene whose history is the same settings down to t."""
    return asked.replace(history=(Leg(t, asked.noise, asked.model, asked.sampler),))


def run(engine: Engine, screen: Screen, job: int, asked: Scene, fork: m.Fork | None = None) -> list[State]:
    engine.send(m.GenerateRequest(job, asked, fork=fork))
    ended = screen.wait_end(job)
    assert isinstance(ended, m.JobDone), ended
    return screen.states(job)


# -- pause


def paused_at(loaded: Loaded, step: int) -> None:
    """Run a chain of ten steps and pause it while it computes a step."""
    engine, screen, model = loaded
    model.on_step = lambda n: engine.control.pause(True) if n == step else None
    engine.send(m.GenerateRequest(2, scene()))
    screen.wait_states(2, step)


def stopped_at(loaded: Loaded, step: int) -> None:
    """The same, and stop it there."""
    paused_at(loaded, step)
    engine, screen, model = loaded
    engine.control.cancel()
    screen.wait_end(2)
    model.on_step = lambda n: None


def test_a_pause_shows_the_newest_state_and_holds_there(engine_with_model: Loaded) -> None:
    engine, screen, model = engine_with_model
    paused_at(engine_with_model, 4)
    threading.Event().wait(0.1)
    assert [state.i for state in screen.states(2)] == [0, 1, 2, 3] and model.calls == 4
    engine.control.pause(False)
    screen.wait_end(2)
    assert [state.i for state in screen.states(2)] == list(range(11))


def test_a_paused_chain_does_one_step_at_each_advance(engine_with_model: Loaded) -> None:
    engine, screen, model = engine_with_model
    paused_at(engine_with_model, 3)
    for count in (4, 5, 6):
        engine.control.advance()
        screen.wait_states(2, count)
        threading.Event().wait(0.05)
        assert model.calls == count
    engine.control.pause(False)
    assert isinstance(screen.wait_end(2), m.JobDone)


def test_steps_asked_for_before_a_pause_are_not_made_up_for(engine_with_model: Loaded) -> None:
    engine, screen, model = engine_with_model
    engine.control.advance()
    paused_at(engine_with_model, 3)
    threading.Event().wait(0.05)
    assert model.calls == 3
    engine.control.cancel()
    assert isinstance(screen.wait_end(2), m.JobCancelled)


def test_a_pause_takes_a_pace_along(engine_with_model: Loaded) -> None:
    engine, screen, _ = engine_with_model
    engine.control.set_pace("30")
    paused_at(engine_with_model, 2)
    engine.control.set_pace("max")  # changes the pace, not the pause
    threading.Event().wait(0.05)
    assert len(screen.states(2)) == 2
    engine.control.pause(False)
    screen.wait_end(2)


def test_the_next_chain_is_not_paused(engine_with_model: Loaded) -> None:
    engine, screen, _ = engine_with_model
    stopped_at(engine_with_model, 2)
    assert len(run(engine, screen, 3, scene())) == 11


# -- branches


@pytest.fixture
def loaded(start_engine: Any, _tiny_model: Path) -> tuple[Engine, Screen]:
    """An engine with a real network."""
    engine, screen = start_engine()
    engine.send(m.LoadRequest(1, str(_tiny_model)))
    screen.wait(m.ModelLoaded)
    return engine, screen


@pytest.mark.parametrize("name", ["ddpm", "dpmpp_2m"])
def test_going_on_unchanged_is_the_same_chain(loaded: tuple[Engine, Screen], name: str) -> None:
    engine, screen = loaded
    asked = scene(name, count=4)
    whole = run(engine, screen, 2, asked)
    for job, i in ((3, 0), (4, 4), (5, 9)):
        rest = run(engine, screen, job, left(asked, whole[i].t), m.Fork(2, i))
        assert [state.i for state in rest] == list(range(i, 11))
        assert all(np.array_equal(a.values, b.values) for a, b in zip(rest, whole[i:], strict=True))


def test_the_branch_of_one_sample_is_its_own_single_chain(loaded: tuple[Engine, Screen]) -> None:
    engine, screen = loaded
    asked = scene(count=4)
    whole = run(engine, screen, 2, asked)
    single = asked.replace(seed=asked.seed + 2, count=1)
    rest = run(engine, screen, 3, left(single, whole[4].t), m.Fork(2, 4, sample=2))
    assert rest[0].shown.x_t.shape[0] == 1 and np.array_equal(rest[0].values[0, 0], whole[4].values[0, 2])
    assert np.abs(rest[-1].values[0, 0] - whole[-1].values[0, 2]).max() < 1e-4


def test_futures_and_a_branch_of_one_of_them(loaded: tuple[Engine, Screen]) -> None:
    engine, screen = loaded
    asked = scene()
    whole = run(engine, screen, 2, asked)
    there = left(asked, whole[3].t)
    fan = run(engine, screen, 3, there, m.Fork(2, 3, fan=9))
    assert [state.i for state in fan] == list(range(3, 11)) and len(fan[0].shown.x_t) == 9
    assert fan[0].spread == pytest.approx(0, abs=1e-6) and fan[-1].spread > 0
    future = there.replace(noise=asked.seed + 4)
    legs = (*future.history, Leg(fan[2].t, future.noise, future.model, future.sampler))
    rest = run(engine, screen, 4, future.replace(history=legs), m.Fork(3, 5, sample=4))
    assert np.array_equal(rest[0].values[0, 0], fan[2].values[0, 4])
    assert np.abs(rest[-1].values[0, 0] - fan[-1].values[0, 4]).max() < 1e-4


def test_a_stopped_chain_can_be_gone_on_with(engine_with_model: Loaded) -> None:
    engine, screen, _ = engine_with_model
    stopped_at(engine_with_model, 4)
    states = screen.states(2)
    rest = run(engine, screen, 3, left(scene(), states[-1].t), m.Fork(2, 3))
    assert [state.i for state in rest] == list(range(3, 11))


def test_short_of_memory_the_branch_is_the_same(loaded: tuple[Engine, Screen], monkeypatch: pytest.MonkeyPatch) -> None:
    engine, screen = loaded
    asked = scene("dpmpp_2m")
    whole = run(engine, screen, 2, asked)
    monkeypatch.setattr(recording, "BUDGET_BYTES", 11 * 3 * 8 * 8 * 3 + 2 * 2 * 8 * 8 * 3 * 4)
    lean = run(engine, screen, 3, asked)
    assert [state.i for state in lean if state.resume is not None] == [0, 6]
    assert screen.wait(m.ChainStarted, lambda event: event.job == 3).kept == (3,)
    rest = run(engine, screen, 4, left(asked, whole[8].t), m.Fork(3, 8))
    assert np.array_equal(rest[-1].shown.x_t, whole[-1].shown.x_t)


def test_the_oldest_chains_go_when_room_is_short(engine_with_model: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, screen, model = engine_with_model
    size = Plan.of(PICTURE, 1, model.sample_shape, 11).size
    monkeypatch.setattr(recording, "BUDGET_BYTES", 2 * size)
    for job in (2, 3, 4):
        run(engine, screen, job, scene())
    assert [event.kept for event in screen.of(m.ChainStarted)] == [(2,), (2, 3), (3, 4)]
    engine.send(m.GenerateRequest(5, left(scene(), 50), fork=m.Fork(2, 5)))
    assert "no longer recorded" in screen.wait_end(5).message


def test_an_ancestor_goes_last(engine_with_model: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, screen, model = engine_with_model
    size = Plan.of(PICTURE, 1, model.sample_shape, 11).size
    monkeypatch.setattr(recording, "BUDGET_BYTES", 3 * size)
    run(engine, screen, 2, scene())
    run(engine, screen, 3, scene(seed=1))
    for job in (4, 5):
        run(engine, screen, job, left(scene(), 50), m.Fork(2, 5))
    assert [event.kept for event in screen.of(m.ChainStarted)] == [(2,), (2, 3), (2, 3, 4), (2, 4, 5)]


def test_one_sample_of_a_state_keeps_no_memory_of_the_others(loaded: tuple[Engine, Screen]) -> None:
    engine, screen = loaded
    state = run(engine, screen, 2, scene(count=9))[3].sample(4)
    assert state.resume is not None and state.values is not None
    for array in (*state.shown, state.values, state.resume.x):
        assert array.base is None


def test_a_chain_outlives_its_model_and_cannot_be_gone_on_with_by_another(
    engine_with_model: Loaded, tmp_path: Path
) -> None:
    engine, screen, _ = engine_with_model
    states = run(engine, screen, 2, scene())
    engine.send(m.LoadRequest(3, "other"))
    screen.wait(m.ModelLoaded, lambda event: event.job == 3)
    engine.send(m.GenerateRequest(4, left(scene(), 50), fork=m.Fork(2, 5)))
    assert "another model" in screen.wait_end(4).message
    path = str(tmp_path / "kept.diffviz-run")
    engine.send(m.SaveRunRequest(5, scene(), path, 2))
    assert isinstance(screen.wait_end(5), m.JobDone)
    kept = load_run(path)
    assert kept.info.name == "fake" and len(kept.states) == len(states)
    run(engine, screen, 6, scene(seed=8))
    assert screen.of(m.ChainStarted)[-1].kept == (2, 6)


def test_a_history_runs_again_from_nothing(loaded: tuple[Engine, Screen]) -> None:
    engine, screen = loaded
    first = scene("ddim", 8)
    whole = run(engine, screen, 2, first)
    branch = left(first, whole[3].t).replace(sampler=SamplerSpec("ddpm", 20), model=ModelSpec(class_label="ring"))
    rest = run(engine, screen, 3, branch, m.Fork(2, 3))
    again = run(engine, screen, 4, branch)
    assert np.array_equal(again[-1].values, rest[-1].values)
    assert [state.t for state in again] == [state.t for state in [*whole[:3], *rest]]


def test_rows_of_classes_that_the_model_lacks_are_refused(engine_with_model: Loaded) -> None:
    engine, screen, _ = engine_with_model
    engine.send(m.GenerateRequest(2, scene(count=9, class_rows=True)))
    assert "needs 3 classes, and this model has 2 classes; take fewer samples" in screen.wait_end(2).message


@pytest.mark.parametrize("count", [1, 9, 64])
@pytest.mark.parametrize("states", [2, 251, 1001])
@pytest.mark.parametrize("side", [8, 32, 256])
def test_a_recording_stays_in_its_budget(count: int, states: int, side: int) -> None:
    shape = (3, side, side)
    plan = Plan.of(PICTURE, count, shape, states)
    pixels = count * 3 * side * side
    kept = len({*range(0, states, plan.stride), states - 1})
    assert plan.size <= recording.BUDGET_BYTES or kept <= 2
    assert not plan.resume_every or plan.resume_every % plan.stride == 0
    if plan.values:
        assert (plan.stride, plan.resume_every) == (1, 1) and plan.size == states * 3 * pixels * 5
    assert plan.size >= kept * 3 * pixels
