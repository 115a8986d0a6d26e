"""Loading, devices that fail, and exports, by the engine's job thread."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import torch
from engine_screen import FakeModel, Screen
from PIL import Image
from pixels import from_uint8, to_uint8

from diffviz import models
from diffviz.diffusion import SAMPLERS, add_noise
from diffviz.engine import device as devices
from diffviz.engine import messages as m
from diffviz.engine import recording
from diffviz.engine.engine import Engine
from diffviz.engine.noise import ChainNoise, held_noise
from diffviz.export.encoders import ENCODERS
from diffviz.export.options import Options
from diffviz.kinds.picture import in_channels
from diffviz.models import load_model
from diffviz.scene import ModelSpec, SamplerSpec, Scene, ScheduleSpec

PICTURE = np.random.default_rng(0).integers(0, 256, (24, 24, 3), dtype=np.uint8)
Started = Callable[..., tuple[Engine, Screen]]
Loaded = tuple[Engine, Screen, FakeModel]


def chain(job: int, steps: int = 5, **changes: object) -> m.GenerateRequest:
    return m.GenerateRequest(job, Scene(sampler=SamplerSpec("ddim", steps)).replace(**changes))


def one_sentence(text: str) -> bool:
    return "\n" not in text and text.endswith(".") and "Traceback" not in text


# -- models


def test_a_loaded_model_tells_what_the_window_shows(start_engine: Started, tiny_model_folder: Path) -> None:
    engine, screen = start_engine()
    engine.send(m.LoadRequest(1, str(tiny_model_folder)))
    info = screen.wait((m.ModelLoaded, m.ModelFailed)).info
    assert info.name == str(tiny_model_folder)
    assert info.class_names == ("dot", "ring", "cross") and info.null_class == 3
    assert info.sample_shape == (3, 8, 8) and info.schedule.T == 100 and info.prediction == "v"
    assert "8x8 RGB" in info.summary and "linear 100" in info.summary and "cpu" in info.summary


@pytest.mark.parametrize("name", ["ddpm", "ddim"])
def test_a_real_networks_chain_equals_the_bare_sampler(
    name: str, start_engine: Started, tiny_model_folder: Path
) -> None:
    engine, screen = start_engine()
    engine.send(m.LoadRequest(1, str(tiny_model_folder)))
    screen.wait(m.ModelLoaded)
    scene = Scene(seed=11, count=4, sampler=SamplerSpec(name, 4), model=ModelSpec(str(tiny_model_folder), "ring", 2.0))
    engine.send(m.GenerateRequest(2, scene))
    assert isinstance(screen.wait_end(2), m.JobDone)
    model, noise = load_model(str(tiny_model_folder), "cpu"), ChainNoise(11, 4)
    denoiser = model.denoiser("ring", 2.0)
    x = noise.start(model.sample_shape)
    steps = list(SAMPLERS[name](denoiser, x, model.schedule, steps=4, randn_like=noise.randn_like))
    for state, step in zip(screen.states(2), steps, strict=False):
        assert np.array_equal(state.shown.x_t, to_uint8(step.x_t))
        assert np.array_equal(state.shown.x0_hat, to_uint8(step.x0_hat))
        assert np.array_equal(state.shown.eps_hat, to_uint8(step.eps_hat))
    assert np.array_equal(screen.states(2)[-1].shown.x_t, to_uint8(steps[-1].x_s))


def test_a_refused_model_leaves_the_old_one_in_use(
    start_engine: Started, tiny_model_folder: Path, tmp_path: Path
) -> None:
    engine, screen = start_engine()
    engine.send(m.LoadRequest(1, str(tiny_model_folder)))
    screen.wait(m.ModelLoaded)
    (tmp_path / "empty").mkdir()
    engine.send(m.LoadRequest(2, str(tmp_path / "empty")))
    failed = screen.wait(m.ModelFailed)
    assert failed.job == 2 and "empty" in failed.message and not failed.ask_scheduler
    engine.send(chain(3, steps=1, model=ModelSpec(str(tiny_model_folder), "dot")))
    assert isinstance(screen.wait_end(3), m.JobDone)


def test_a_missing_scheduler_is_asked_for_and_taken(start_engine: Started, tiny_model_folder: Path) -> None:
    engine, screen = start_engine()
    (tiny_model_folder / "scheduler" / "scheduler_config.json").unlink()
    engine.send(m.LoadRequest(1, str(tiny_model_folder)))
    assert screen.wait(m.ModelFailed).ask_scheduler
    engine.send(m.LoadRequest(2, str(tiny_model_folder), ("cosine", 77, "x0")))
    info = screen.wait(m.ModelLoaded).info
    assert info.schedule.T == 77 and info.schedule.name == "cosine" and info.prediction == "x0"


def test_an_unknown_class_is_refused_in_words(start_engine: Started, tiny_model_folder: Path) -> None:
    engine, screen = start_engine()
    engine.send(m.LoadRequest(1, str(tiny_model_folder)))
    screen.wait(m.ModelLoaded)
    engine.send(chain(2, model=ModelSpec("x", "zebra")))
    failed = screen.wait_end(2)
    assert isinstance(failed, m.JobFailed) and "zebra" in failed.message and "ring" in failed.message


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_denoise_from_here_with_any_number_of_channels(
    channels: int, start_engine: Started, fake_models: list[FakeModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FakeModel, "sample_shape", (channels, 4, 4))
    engine, screen = start_engine()
    engine.send(m.LoadRequest(1, "fake"))
    screen.wait(m.ModelLoaded)
    start = m.StartFrom(PICTURE[:4, :4].copy(), 30)
    engine.send(m.GenerateRequest(2, chain(2).scene, start))
    ended = screen.wait_end(2)
    if channels == 4:
        assert isinstance(ended, m.JobFailed) and "4 channels" in ended.message and one_sentence(ended.message)
        return
    assert isinstance(ended, m.JobDone)
    x_0 = in_channels(from_uint8(start.picture), channels)
    expected = add_noise(x_0, 30, held_noise(0, (channels, 4, 4)), fake_models[0].schedule)
    assert np.array_equal(screen.states(2)[0].shown.x_t, to_uint8(expected))


def test_an_unexpected_fault_of_loading_is_one_sentence(start_engine: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    def load_model(*_: object, **__: object) -> None:
        raise KeyError("down_block_types")

    monkeypatch.setattr(models, "load_model", load_model)
    engine, screen = start_engine()
    engine.send(m.LoadRequest(1, "/models/odd"))
    failed = screen.wait(m.ModelFailed)
    assert failed.message.startswith("odd") and one_sentence(failed.message)


def test_an_unexpected_fault_of_a_chain_is_one_sentence(engine_with_model: Loaded) -> None:
    engine, screen, model = engine_with_model

    def on_step(n: int) -> None:
        raise KeyError("surprise")

    model.on_step = on_step
    engine.send(chain(2))
    failed = screen.wait_end(2)
    assert isinstance(failed, m.JobFailed) and "surprise" in failed.message and one_sentence(failed.message)


# -- devices


@pytest.fixture
def false_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that is not the CPU and computes nothing: torch's own "meta"."""
    monkeypatch.setattr(devices, "available", lambda kind: kind in ("cuda", "cpu"))
    monkeypatch.setattr(devices, "prove", lambda kind: torch.device("meta" if kind == "cuda" else kind))
    monkeypatch.setattr(devices, "label", lambda device: f"device {device}")


@pytest.mark.parametrize(
    "error",
    [torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 9 GiB"), RuntimeError("CUDA error: launch failure")],
    ids=["memory", "driver"],
)
@pytest.mark.usefixtures("false_gpu")
def test_a_device_that_fails_in_a_chain_gives_way_to_the_cpu(
    error: Exception, start_engine: Started, fake_models: list[FakeModel]
) -> None:
    engine, screen = start_engine("auto")
    engine.send(m.LoadRequest(1, "fake"))
    screen.wait(m.ModelLoaded)
    assert screen.wait(m.DeviceReady).device == "meta"

    def on_step(n: int) -> None:
        raise error

    fake_models[0].on_step = on_step
    engine.send(chain(2))
    failed = screen.wait_end(2)
    assert isinstance(failed, m.JobFailed) and one_sentence(failed.message) and "CPU" in failed.message
    ready = screen.wait(m.DeviceReady, lambda event: event.device == "cpu")
    assert ready.note and ("memory" in ready.note or "driver" in ready.note)
    engine.send(chain(3))  # the next run works
    assert isinstance(screen.wait_end(3), m.JobDone)
    assert [str(model.device) for model in fake_models] == ["meta", "cpu"]
    assert len(screen.states(3)) == 6


@pytest.mark.usefixtures("false_gpu")
def test_a_model_that_does_not_fit_the_device_is_loaded_on_the_cpu(
    start_engine: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load_model(name: str, device: torch.device, **_: object) -> FakeModel:
        if device.type != "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return FakeModel(name, device)

    monkeypatch.setattr(models, "load_model", load_model)
    engine, screen = start_engine("auto")
    engine.send(m.LoadRequest(1, "big"))
    screen.wait(m.ModelLoaded)
    note = screen.wait(m.DeviceReady, lambda event: event.device == "cpu").note
    assert note and "memory" in note
    engine.send(chain(2))
    assert isinstance(screen.wait_end(2), m.JobDone)


@pytest.mark.usefixtures("false_gpu")
def test_a_model_that_cannot_be_read_again_leaves_the_job_thread_alive(
    start_engine: Started, fake_models: list[FakeModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, screen = start_engine("auto")
    engine.send(m.LoadRequest(1, "folder/fake", ("cosine", 100, "v")))
    screen.wait(m.ModelLoaded)
    read = models.load_model
    asked: list[tuple[object, ...]] = []

    def gone(name: str, device: torch.device, *rest: object, **words: object) -> FakeModel:
        asked.append((name, *rest, *words.values()))
        raise models.ModelError("its folder has gone")

    monkeypatch.setattr(models, "load_model", gone)

    def on_step(n: int) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    fake_models[0].on_step = on_step
    engine.send(chain(2))
    assert isinstance(screen.wait_end(2), m.JobFailed)
    assert asked[0][0] == "folder/fake" and any("cosine" in str(word) for word in asked[0])
    engine.send(chain(3))
    failed = screen.wait_end(3)
    assert isinstance(failed, m.JobFailed) and "No model is loaded" in failed.message
    monkeypatch.setattr(models, "load_model", read)
    engine.send(m.LoadRequest(4, "fake"))
    screen.wait(m.ModelLoaded, lambda event: event.job == 4)


def test_a_broken_driver_at_the_start_is_said(start_engine: Started, monkeypatch: pytest.MonkeyPatch) -> None:
    prove = devices.prove

    def broken(kind: str) -> torch.device:
        if kind == "cuda":
            raise RuntimeError("driver too old")
        return prove(kind)

    monkeypatch.setattr(devices, "available", lambda kind: kind in ("cuda", "cpu"))
    monkeypatch.setattr(devices, "prove", broken)
    _, screen = start_engine("auto")
    ready = screen.wait(m.DeviceReady)
    assert ready.device == "cpu" and ready.note and "driver too old" in ready.note


# -- memory of a recording


def test_a_long_recording_keeps_its_budget(engine_with_model: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    engine, screen, _ = engine_with_model
    state_bytes = 3 * 16 * 3 * 4 * 4
    monkeypatch.setattr(recording, "BUDGET_BYTES", 20 * state_bytes)
    engine.send(chain(2, steps=50, count=16))
    screen.wait_end(2)
    states = screen.states(2)
    assert len(states) * state_bytes <= 21 * state_bytes
    assert states[0].i == 0 and states[-1].i == 50 and states[-1].t == 0  # both ends are kept
    assert all(state.values is None for state in states)
    assert screen.wait(m.ChainStarted).stride == states[1].i - states[0].i


# -- exports


def export(job: int, path: Path, scene: Scene | None = None, frames: int = 5, **options: object) -> m.ExportRequest:
    scene = scene or Scene(schedule=ScheduleSpec("linear", 50))
    return m.ExportRequest(job, scene, str(path), Options(frames=frames, size=48, **options), PICTURE)


def test_a_forward_export_is_written_and_counted(start_engine: Started, tmp_path: Path) -> None:
    engine, screen = start_engine()
    engine.send(export(1, tmp_path / "a.gif", hold_s=0))
    done = screen.wait_end(1)
    assert isinstance(done, m.JobDone) and done.path == str(tmp_path / "a.gif")
    with av.open(str(tmp_path / "a.gif")) as film:
        assert len(list(film.decode(video=0))) == 5
    progress = screen.of(m.ExportProgress)
    assert [event.done for event in progress] == sorted(event.done for event in progress)
    assert progress[-1].done == progress[-1].total == 5


def test_a_recorded_chain_is_exported(engine_with_model: Loaded, tmp_path: Path) -> None:
    engine, screen, _ = engine_with_model
    engine.send(chain(2, steps=3))
    screen.wait_end(2)
    engine.send(export(3, tmp_path / "frames", Scene(direction="reverse"), frames=99, hold_s=0, layout="x_t"))
    assert isinstance(screen.wait_end(3), m.JobDone)
    files = sorted((tmp_path / "frames").glob("*.png"))
    assert len(files) == 4
    states = screen.states(2)
    for file, state in zip(files, states, strict=True):
        with Image.open(file) as picture:
            shown = np.asarray(picture.convert("RGB"))
        inner = shown[:: shown.shape[0] // 4, :: shown.shape[1] // 4][:4, :4]
        assert np.array_equal(inner, state.shown.x_t[0])


def test_without_a_chain_a_reverse_export_is_refused(start_engine: Started, tmp_path: Path) -> None:
    engine, screen = start_engine()
    engine.send(export(1, tmp_path / "a.gif", Scene(direction="reverse")))
    failed = screen.wait_end(1)
    assert isinstance(failed, m.JobFailed) and "Generate" in failed.message
    assert os.listdir(tmp_path) == []


def test_a_missing_folder_is_one_sentence(start_engine: Started, tmp_path: Path) -> None:
    engine, screen = start_engine()
    engine.send(export(1, tmp_path / "nowhere" / "a.gif"))
    failed = screen.wait_end(1)
    assert isinstance(failed, m.JobFailed) and "nowhere" in failed.message and one_sentence(failed.message)


@pytest.mark.parametrize("name", ["a.mp4", "a.gif", "frames"])
def test_a_cancelled_export_leaves_nothing(name: str, start_engine: Started, tmp_path: Path) -> None:
    engine, screen = start_engine()
    emit, cancelled = screen.emit, threading.Event()

    def cancel_early(event: m.Event) -> None:
        if isinstance(event, m.ExportProgress) and event.done == 2:
            engine.control.cancel()
            cancelled.set()
        emit(event)

    engine._emit = cancel_early
    engine.send(export(1, tmp_path / name, frames=200))
    assert isinstance(screen.wait_end(1), m.JobCancelled) and cancelled.is_set()
    assert os.listdir(tmp_path) == []


def test_an_export_that_is_cancelled_when_its_file_is_in_place_is_done(start_engine: Started, tmp_path: Path) -> None:
    engine, screen = start_engine()
    emit = screen.emit

    def cancel_late(event: m.Event) -> None:
        if isinstance(event, m.ExportProgress) and event.done == event.total:
            engine.control.cancel()
        emit(event)

    engine._emit = cancel_late
    engine.send(export(1, tmp_path / "a.gif", frames=3))
    assert isinstance(screen.wait_end(1), m.JobDone) and os.listdir(tmp_path) == ["a.gif"]


def test_an_export_that_is_cancelled_while_its_file_is_finished_leaves_none(
    start_engine: Started, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It said "cancelling…", and then that the film is written."""
    engine, screen = start_engine()
    encoder = ENCODERS[".gif"]
    close = encoder.close
    monkeypatch.setattr(encoder, "close", lambda self: (engine.control.cancel(), close(self)))
    engine.send(export(1, tmp_path / "a.gif", frames=3))
    assert isinstance(screen.wait_end(1), m.JobCancelled) and os.listdir(tmp_path) == []


def test_a_cancelled_export_leaves_the_old_file(start_engine: Started, tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(b"old")
    engine, screen = start_engine()
    emit = screen.emit
    engine._emit = lambda event: (emit(event), engine.control.cancel() if isinstance(event, m.ExportProgress) else None)
    engine.send(export(1, tmp_path / "a.gif", frames=200))
    assert isinstance(screen.wait_end(1), m.JobCancelled)
    assert (tmp_path / "a.gif").read_bytes() == b"old" and os.listdir(tmp_path) == ["a.gif"]


def test_a_filmstrip_is_a_picture(start_engine: Started, tmp_path: Path) -> None:
    engine, screen = start_engine()
    request = m.ExportRequest(
        1,
        Scene(schedule=ScheduleSpec("linear", 50)),
        str(tmp_path / "a.png"),
        Options(frames=4, size=48),
        PICTURE,
        True,
    )
    engine.send(request)
    assert isinstance(screen.wait_end(1), m.JobDone)
    with Image.open(tmp_path / "a.png") as picture:
        assert picture.format == "PNG" and picture.width > picture.height


def test_closing_ends_a_running_export_and_leaves_nothing(start_engine: Started, tmp_path: Path) -> None:
    engine, screen = start_engine()
    engine.send(export(1, tmp_path / "a.mp4", frames=2000))
    screen.wait(m.ExportProgress, lambda event: event.done > 2)
    assert engine.close()
    assert os.listdir(tmp_path) == []


# -- one closing event, whatever is raised


class Odd(Exception):
    """An exception whose text raises."""

    def __str__(self) -> str:
        raise RuntimeError("its text raises")


RAISED = [SystemExit(3), GeneratorExit(), KeyboardInterrupt(), Odd(), StopIteration(), RuntimeError("a\nb\n" * 400)]


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_a_chain_in_which_anything_is_raised_ends_once_and_the_next_one_runs(
    error: BaseException, engine_with_model: Loaded
) -> None:
    engine, screen, model = engine_with_model

    def fail(n: int) -> None:
        raise error

    model.on_step = fail
    engine.send(chain(2))
    failed = screen.wait_end(2)
    assert isinstance(failed, m.JobFailed) and failed.fault and one_sentence(failed.message)
    assert len(failed.message) < 700
    model.on_step = lambda n: None
    engine.send(chain(3))
    assert isinstance(screen.wait_end(3), m.JobDone)
    closing = [event for event in screen.events if getattr(event, "job", 0) == 2 and isinstance(event, m.JobFailed)]
    assert len(closing) == 1


@pytest.mark.parametrize("error", RAISED, ids=lambda error: type(error).__name__)
def test_loading_in_which_anything_is_raised_ends_once_and_keeps_the_model(
    error: BaseException, engine_with_model: Loaded, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, screen, _ = engine_with_model

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(models, "load_model", fail)
    engine.send(m.LoadRequest(2, "other"))
    failed = screen.wait(m.ModelFailed)
    assert one_sentence(failed.message) and failed.name == "other"
    engine.send(chain(3))
    assert isinstance(screen.wait_end(3), m.JobDone)


def test_a_refusal_is_no_fault_and_one_line(engine_with_model: Loaded) -> None:
    engine, screen, model = engine_with_model

    def fail(n: int) -> None:
        raise ValueError("one\n  two")

    model.on_step = fail
    engine.send(chain(2))
    failed = screen.wait_end(2)
    assert isinstance(failed, m.JobFailed) and failed.message == "one two" and not failed.fault
