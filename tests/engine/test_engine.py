"""The engine without a window: mailbox, jobs, cancel, pace, and a screen that stalls."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable

import numpy as np
import pytest
from engine_screen import CLOSING, FakeModel, Screen
from pixels import from_uint8, to_uint8

from diffviz.diffusion import SCHEDULES, add_noise
from diffviz.engine import messages as m
from diffviz.engine.chain import run_chain
from diffviz.engine.control import Control
from diffviz.engine.engine import Engine
from diffviz.engine.noise import held_noise
from diffviz.export.options import Options
from diffviz.scene import SamplerSpec, Scene, ScheduleSpec

PICTURE = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
Started = Callable[..., tuple[Engine, Screen]]
Loaded = tuple[Engine, Screen, FakeModel]


def noised(serial: int, t: int = 10, **changes: object) -> m.NoisedRequest:
    values: dict[str, object] = {"seed": 0, "schedule": ScheduleSpec("linear", 100), "picture_id": "p", **changes}
    return m.NoisedRequest(serial, t, **values)  # type: ignore[arg-type]


def chain(job: int, steps: int = 5, name: str = "ddpm", **changes: object) -> m.GenerateRequest:
    return m.GenerateRequest(job, Scene(sampler=SamplerSpec(name, steps)).replace(**changes))


# -- starting


def test_making_an_engine_imports_neither_torch_nor_qt() -> None:
    code = (
        "import sys; from diffviz.engine.engine import Engine; e = Engine(print); "
        "print(sorted({'torch', 'diffusers', 'PySide6'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_device_is_said_before_anything_is_asked(start_engine: Started) -> None:
    _, screen = start_engine()
    ready = screen.wait(m.DeviceReady)
    assert ready.device == "cpu" and ready.label.startswith("CPU") and ready.note is None


def test_an_engine_that_never_started_closes(start_engine: Started) -> None:
    engine, _ = start_engine(start=False)
    assert engine.close()


@pytest.mark.parametrize("module", ["jobs", "renderer"])
def test_a_torch_that_cannot_be_loaded_is_said_and_nobody_waits(
    module: str, start_engine: Started, fake_models: list[FakeModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, f"diffviz.engine.{module}", None)  # the import raises ImportError
    engine, screen = start_engine(start=False)
    engine.put_picture("p", PICTURE)
    engine.send(noised(1))
    engine.send(m.LoadRequest(1, "smileys-32"))
    engine.send(chain(2))
    engine.start()
    ready = screen.wait(m.DeviceReady)
    if module == "jobs":
        assert ready.note and "torch" in ready.note and ready.note.endswith(".")
        assert "torch" in screen.wait(m.ModelFailed).message
        ended = screen.wait_end(2)
        assert isinstance(ended, m.JobFailed) and "torch" in ended.message
        engine.send(chain(3))
        assert isinstance(screen.wait_end(3), m.JobFailed)
    else:
        fault = screen.wait(m.Fault)
        assert fault.message.endswith(".") and "\n" not in fault.message


# -- the slider's mailbox


def test_the_newest_request_wins(start_engine: Started) -> None:
    engine, screen = start_engine(start=False)
    engine.put_picture("p", PICTURE)
    for serial in range(1, 51):
        engine.send(noised(serial, t=serial))
    engine.start()
    screen.wait(m.Noised)
    engine.close()
    assert [event.request.serial for event in screen.of(m.Noised)] == [50]


def test_a_fast_drag_is_answered_in_order_and_to_the_end(start_engine: Started) -> None:
    engine, screen = start_engine()
    engine.put_picture("p", PICTURE)
    for serial in range(1, 301):
        engine.send(noised(serial, t=serial % 101))
    last = screen.wait(m.Noised, lambda event: event.request.serial == 300)
    serials = [event.request.serial for event in screen.of(m.Noised)]
    assert serials == sorted(set(serials))
    expected = add_noise(from_uint8(PICTURE), 300 % 101, held_noise(0, (3, 16, 16)), SCHEDULES["linear"](T=100))
    assert np.array_equal(last.x_t, to_uint8(expected)[0])


def test_a_request_is_for_the_picture_that_it_names(start_engine: Started) -> None:
    engine, screen = start_engine()
    engine.put_picture("p", PICTURE)
    engine.send(noised(1, t=0))
    screen.wait(m.Noised)
    engine.put_picture("q", 255 - PICTURE)
    engine.send(noised(2, t=0, picture_id="q"))
    second = screen.wait(m.Noised, lambda event: event.request.serial == 2)
    assert np.array_equal(second.x_t, 255 - PICTURE)


def test_a_fault_is_a_sentence_and_the_next_request_works(start_engine: Started) -> None:
    engine, screen = start_engine()
    engine.put_picture("p", PICTURE)
    engine.send(noised(1, t=5000))
    fault = screen.wait(m.Fault)
    assert "5000" in fault.message and fault.message.endswith(".") and "\n" not in fault.message
    engine.send(noised(2))
    screen.wait(m.Noised, lambda event: event.request.serial == 2)


def test_the_slider_is_answered_while_a_chain_runs(engine_with_model: Loaded) -> None:
    engine, screen, model = engine_with_model
    inside, go_on = threading.Event(), threading.Event()
    model.on_step = lambda n: (inside.set(), go_on.wait(20.0))
    engine.put_picture("p", PICTURE)
    engine.send(chain(2, steps=1))
    assert inside.wait(20.0)
    engine.send(noised(7))
    screen.wait(m.Noised, lambda event: event.request.serial == 7)  # with the network's call still open
    go_on.set()
    screen.wait_end(2)


# -- chains


def test_a_chain_arrives_whole_in_order_and_ends_once(engine_with_model: Loaded) -> None:
    engine, screen, model = engine_with_model
    request = chain(2, steps=20)
    engine.send(request)
    assert isinstance(screen.wait_end(2), m.JobDone)
    direct = list(run_chain(FakeModel(), request.scene))
    states = screen.states(2)
    assert [state.i for state in states] == list(range(21))
    for a, b in zip(states, direct, strict=True):
        assert (
            (a.t, a.s) == (b.t, b.s)
            and np.array_equal(a.shown.x_t, b.shown.x_t)
            and np.array_equal(a.shown.x0_hat, b.shown.x0_hat)
        )
    started = screen.wait(m.ChainStarted)
    assert started.levels == tuple(state.t for state in direct) and started.stride == 1
    assert model.calls == 20
    engine.close()
    assert len([event for event in screen.of(CLOSING) if event.job == 2]) == 1
    assert isinstance(screen.events[-1], m.JobDone)  # no state after the end


@pytest.mark.parametrize("how", ["done", "cancelled", "failed"])
def test_every_chain_ends_in_exactly_one_closing_event(how: str, engine_with_model: Loaded) -> None:
    engine, screen, model = engine_with_model

    def on_step(n: int) -> None:
        if n == 3 and how == "cancelled":
            engine.control.cancel()
        if n == 3 and how == "failed":
            raise RuntimeError("a wire is loose")

    model.on_step = on_step
    engine.send(chain(2))
    ended = screen.wait_end(2)
    kind = {"done": m.JobDone, "cancelled": m.JobCancelled, "failed": m.JobFailed}[how]
    assert isinstance(ended, kind)
    model.on_step = lambda n: None
    engine.send(chain(3))  # and the next one works
    assert isinstance(screen.wait_end(3), m.JobDone)
    engine.close()
    assert [event.job for event in screen.of(CLOSING)] == [2, 3]


@pytest.mark.parametrize("kind", ["generate", "export"])
def test_a_second_job_is_refused_in_words_and_the_first_goes_on(
    kind: str, engine_with_model: Loaded, tmp_path: object
) -> None:
    engine, screen, _ = engine_with_model
    engine.control.set_pace("step")
    engine.send(chain(2))
    screen.wait_states(2, 1)
    if kind == "generate":
        engine.send(chain(3))
    else:
        engine.send(m.ExportRequest(3, Scene(), f"{tmp_path}/a.gif", Options(size=32), picture=PICTURE))
    refused = screen.wait_end(3)
    assert isinstance(refused, m.JobFailed) and "running" in refused.message
    engine.control.set_pace("max")
    assert isinstance(screen.wait_end(2), m.JobDone)
    assert len(screen.states(2)) == 6


def test_cancel_works_within_one_step_and_keeps_what_there_is(engine_with_model: Loaded) -> None:
    engine, screen, model = engine_with_model
    inside, go_on = threading.Event(), threading.Event()

    def on_step(n: int) -> None:
        if n == 4:
            inside.set()
            go_on.wait(20.0)

    model.on_step = on_step
    engine.send(chain(2, steps=50))
    assert inside.wait(20.0)
    engine.control.cancel()  # in the middle of the fourth step
    go_on.set()
    assert isinstance(screen.wait_end(2), m.JobCancelled)
    assert model.calls == 4
    assert [state.i for state in screen.states(2)] in ([0, 1, 2], [0, 1, 2, 3])


@pytest.mark.parametrize("pace", ["0.001", "step"])
def test_cancel_does_not_wait_for_the_pace(pace: str, engine_with_model: Loaded) -> None:
    engine, screen, _ = engine_with_model
    engine.control.set_pace(pace)
    engine.send(chain(2))
    screen.wait_states(2, 1)
    engine.control.cancel()
    assert isinstance(screen.wait_end(2), m.JobCancelled)
    assert [state.i for state in screen.states(2)] == [0]


def test_cancel_without_a_job_does_no_harm(engine_with_model: Loaded) -> None:
    engine, screen, _ = engine_with_model
    engine.control.cancel()
    engine.send(chain(2))
    assert isinstance(screen.wait_end(2), m.JobDone)


def test_at_pace_step_each_advance_is_one_state(engine_with_model: Loaded) -> None:
    engine, screen, _ = engine_with_model
    engine.control.set_pace("step")
    engine.send(chain(2, steps=3))
    for count in (1, 2, 3):
        assert len(screen.wait_states(2, count)) == count
        engine.control.advance()
    assert isinstance(screen.wait_end(2), m.JobDone)  # after three advances, not two: the last state waits as well
    assert [state.i for state in screen.states(2)] == [0, 1, 2, 3]


def test_a_pace_is_kept_and_counts_the_steps_own_time(engine_with_model: Loaded) -> None:
    engine, screen, model = engine_with_model
    own: list[float] = []

    def step(n: int) -> None:
        began = time.monotonic()
        time.sleep(0.09)
        own.append(time.monotonic() - began)  # more on a busy machine

    model.on_step = step
    engine.control.set_pace("10")
    began = time.monotonic()
    engine.send(chain(2, steps=8))
    screen.wait_end(2)
    passed = time.monotonic() - began
    assert passed > 0.8 * 0.95
    rate = screen.of(m.ChainStates)[-1].steps_per_s
    kept = sum(max(0.1, each) for each in own)
    assert 8 / (kept + 0.4) < rate < 11  # 10 a second; 8 / (kept + 0.72) where it did not count the steps' own time


def test_a_stalled_screen_bounds_what_is_in_flight_and_loses_nothing(engine_with_model: Loaded) -> None:
    engine, screen, model = engine_with_model
    screen.stalled = True
    model.on_step = lambda n: time.sleep(0.005)  # slower than a burst: many events, if nothing held them back
    engine.send(chain(2, steps=60))
    assert isinstance(screen.wait_end(2), m.JobDone)
    assert [state.i for state in screen.states(2)] == list(range(61))
    assert len(screen.of(m.ChainStates)) <= Control.IN_FLIGHT + 1  # the last one brings the rest


def test_a_paced_chain_keeps_the_bound_too(engine_with_model: Loaded) -> None:
    engine, screen, _ = engine_with_model
    screen.stalled = True
    engine.control.set_pace("100")
    engine.send(chain(2, steps=20))
    assert isinstance(screen.wait_end(2), m.JobDone)
    assert [state.i for state in screen.states(2)] == list(range(21))
    assert len(screen.of(m.ChainStates)) <= Control.IN_FLIGHT + 1


def test_a_stalled_screen_still_gets_single_steps(engine_with_model: Loaded) -> None:
    engine, screen, _ = engine_with_model
    screen.stalled = True
    engine.control.set_pace("step")
    engine.send(chain(2, steps=9))
    for _ in range(5):
        engine.control.advance()
    assert len(screen.wait_states(2, 6)) == 6  # none waits for a next step that nobody asks for
    engine.control.cancel()
    screen.wait_end(2)


def test_without_a_model_a_chain_is_refused_in_words(start_engine: Started) -> None:
    engine, screen = start_engine()
    engine.send(chain(1))
    failed = screen.wait_end(1)
    assert isinstance(failed, m.JobFailed) and "model" in failed.message


# -- closing


@pytest.mark.parametrize("pace", ["max", "step", "0.001"])
def test_closing_ends_a_running_chain(pace: str, engine_with_model: Loaded) -> None:
    engine, screen, _ = engine_with_model
    engine.control.set_pace(pace)
    engine.send(chain(2, steps=100))
    screen.wait_states(2, 1)
    assert engine.close()
    names = {thread.name for thread in threading.enumerate()}
    assert not names & {"diffviz-render", "diffviz-jobs"}
    count = len(screen.events)
    engine.send(noised(1))
    assert len(screen.events) == count


def test_closing_says_when_a_thread_does_not_end(engine_with_model: Loaded) -> None:
    engine, screen, model = engine_with_model
    inside, go_on = threading.Event(), threading.Event()
    model.on_step = lambda n: (inside.set(), go_on.wait(20.0))
    engine.send(chain(2))
    assert inside.wait(20.0)
    assert not engine.close(timeout_s=0.1)
    go_on.set()
    assert engine.close()
    assert not screen.of(CLOSING)  # nobody listens any more


def test_events_come_from_the_engines_threads_alone(engine_with_model: Loaded) -> None:
    engine, screen, _ = engine_with_model
    engine.put_picture("p", PICTURE)
    engine.send(noised(1))
    engine.send(chain(2))
    screen.wait_end(2)
    screen.wait(m.Noised)
    assert screen.threads == {"diffviz-render", "diffviz-jobs", "diffviz-film_0"}
