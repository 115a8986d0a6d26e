"""Everything that only a real GPU can show, in one file of a few minutes: ``python -m pytest -m gpu tests/engine``."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from engine_screen import Screen

from diffviz.diffusion import SAMPLERS
from diffviz.engine import device as devices
from diffviz.engine import messages as m
from diffviz.engine.engine import Engine
from diffviz.engine.film import on_the_way
from diffviz.engine.noise import ChainNoise
from diffviz.models import load_model
from diffviz.scene import ModelSpec, SamplerSpec, Scene

CUDA, ANY = torch.cuda.is_available(), torch.cuda.is_available() or torch.backends.mps.is_available()
pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not ANY, reason="no CUDA or MPS device here")]
needs_cuda = pytest.mark.skipif(not CUDA, reason="no CUDA device here")
KIND = "cuda" if CUDA else "mps"
MODEL = "emoji-32"
Started = Callable[..., tuple[Engine, Screen]]


def chain(job: int, steps: int = 10, sampler: str = "ddim", **changes: Any) -> m.GenerateRequest:
    scene = Scene(sampler=SamplerSpec(sampler, steps), model=ModelSpec(MODEL, "person"), seed=3)
    return m.GenerateRequest(job, scene.replace(**changes))


def loaded(start_engine: Started, device: str = "auto") -> tuple[Engine, Screen]:
    engine, screen = start_engine(device)
    engine.send(m.LoadRequest(1, MODEL))
    screen.wait(m.ModelLoaded)
    return engine, screen


@pytest.fixture
def full() -> Iterator[Callable[[], None]]:
    """Call it, and the GPU has no memory left for anything new."""

    def fill() -> None:
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(1e-6)

    yield fill
    torch.cuda.set_per_process_memory_fraction(1.0)
    gc.collect()
    torch.cuda.empty_cache()


def test_it_is_proved_and_named() -> None:
    device, note = devices.choose("auto")
    assert device.type == KIND and note is None
    assert devices.label(device) != devices.label(torch.device("cpu"))


@pytest.mark.parametrize("batch", [1, 2, 16, 64])
def test_one_network_call_is_the_cpus(batch: int) -> None:
    """Three calls: on CUDA the second and third of a small batch are replays. float32 of other kernels: 1e-3."""
    there, here = load_model(MODEL, torch.device(KIND)), load_model(MODEL, "cpu")
    for t in (1, 500, 1000):
        x = torch.randn(batch, *here.sample_shape, generator=torch.Generator().manual_seed(t))
        ours = there.denoiser("person")(x.to(KIND), t).x0_hat.cpu()
        assert float((ours - here.denoiser("person")(x, t).x0_hat).abs().max()) < 1e-3


@pytest.mark.parametrize("guidance", [1.0, 3.0])
@pytest.mark.parametrize("sampler", SAMPLERS)
def test_each_samplers_chain_looks_like_the_cpus(sampler: str, guidance: float, start_engine: Started) -> None:
    results = []
    for device in ("auto", "cpu"):
        engine, screen = loaded(start_engine, device)
        engine.send(chain(2, sampler=sampler, model=ModelSpec(MODEL, "person", guidance, rederive_eps=True)))
        assert isinstance(screen.wait_end(2), m.JobDone)
        results.append(screen.states(2))
        assert (screen.wait(m.DeviceReady).device == "cpu") == (device == "cpu")
        engine.close()
    for a, b in zip(*results, strict=True):
        assert np.abs(a.shown.x_t.astype(int) - b.shown.x_t.astype(int)).mean() < 1.0


def test_a_grid_on_it_is_its_samples_alone(start_engine: Started) -> None:
    engine, screen = loaded(start_engine)
    engine.send(chain(2, count=16))
    assert isinstance(screen.wait_end(2), m.JobDone)
    engine.send(chain(3, seed=5))
    assert isinstance(screen.wait_end(3), m.JobDone)
    grid, alone = screen.states(2)[-1].shown.x_t[2], screen.states(3)[-1].shown.x_t[0]
    assert np.abs(grid.astype(int) - alone.astype(int)).mean() < 1.0


def test_a_chain_on_it_is_repeated_byte_for_byte(start_engine: Started) -> None:
    engine, screen = loaded(start_engine)
    engine.send(chain(2))
    assert isinstance(screen.wait_end(2), m.JobDone)
    engine.send(chain(3))
    assert isinstance(screen.wait_end(3), m.JobDone)
    assert all(np.array_equal(a.shown, b.shown) for a, b in zip(screen.states(2), screen.states(3), strict=True))


def test_what_is_on_the_way_arrives_as_it_was_made() -> None:
    """Though its tensors are written over behind the copy."""
    for _ in range(20):
        pair = tuple(torch.randn(4, 3, 64, 64, device=KIND) for _ in range(3))
        expected = torch.stack(pair).cpu()
        waiting = on_the_way(pair)
        if CUDA:  # the copy stands in the stream before this
            for each in pair:
                each.mul_(0)
        assert torch.equal(waiting(), expected)


def test_noise_reaches_it_whole() -> None:
    noise, same = ChainNoise(7, 16), ChainNoise(7, 16)
    x = torch.empty(16, 3, 32, 32)
    for _ in range(50):
        assert torch.equal(noise.randn_like(x.to(KIND)).cpu(), same.randn_like(x))


@needs_cuda
def test_small_batches_are_replayed() -> None:
    model = load_model(MODEL, "cuda")
    denoise = model.denoiser("person")
    for _ in range(2):
        denoise(torch.randn(1, *model.sample_shape, device="cuda"), 500)
    assert model._forward._graphs is not None and model._forward._graphs.captured == 1


@needs_cuda
@pytest.mark.parametrize("k", [1, 4])
def test_when_it_is_full_at_step_k_the_cpu_takes_over(k: int, start_engine: Started, full: Callable[[], None]) -> None:
    engine, screen = loaded(start_engine)
    engine.control.set_pace("step")
    engine.send(chain(2, count=64))
    for i in range(1, k):
        screen.wait_states(2, i)
        engine.control.advance()
    screen.wait_states(2, k)
    full()
    engine.control.set_pace("max")
    ended = screen.wait_end(2)
    assert isinstance(ended, m.JobFailed) and "memory" in ended.message
    assert screen.wait(m.DeviceReady, lambda event: event.device == "cpu").note
    engine.send(chain(3))
    assert isinstance(screen.wait_end(3), m.JobDone)


def test_stop_ends_a_chain_on_it(start_engine: Started) -> None:
    engine, screen = loaded(start_engine)
    engine.send(chain(2, steps=1000))
    screen.wait_states(2, 3)
    engine.control.cancel()
    assert isinstance(screen.wait_end(2), m.JobCancelled)
    engine.send(chain(3))
    assert isinstance(screen.wait_end(3), m.JobDone)


@needs_cuda
def test_a_replaced_model_gives_its_memory_back(start_engine: Started, tiny_model_folder: Path) -> None:
    engine, screen = loaded(start_engine)
    engine.send(chain(2, count=4))
    screen.wait_end(2)
    for job in (3, 4, 5):
        engine.send(m.LoadRequest(job, str(tiny_model_folder) if job % 2 else MODEL))
        screen.wait(m.ModelLoaded, lambda event, job=job: event.job == job)
    gc.collect()
    torch.cuda.empty_cache()
    assert torch.cuda.memory_allocated() < 64 * 2**20
