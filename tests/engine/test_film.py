"""States are developed in order and beside the chain, and a chain that leaves the numbers ends in words."""

from __future__ import annotations

import dataclasses
import threading

import pytest
import torch
from engine_screen import FakeModel

from diffviz.diffusion import Prediction
from diffviz.engine import messages as m
from diffviz.engine.chain import run_chain, snapshots
from diffviz.engine.film import Darkroom, Film, on_the_way
from diffviz.scene import SamplerSpec, Scene

SCENE = Scene(sampler=SamplerSpec("ddpm", 6), seed=3)


class Breaking(FakeModel):
    """A network whose numbers are no numbers from ``level`` down."""

    level, value = 50, float("nan")

    def denoiser(self, *given: object, **keywords: object):  # type: ignore[no-untyped-def]
        honest = super().denoiser()

        def denoise(x_t, t):  # type: ignore[no-untyped-def]
            prediction = honest(x_t, t)
            if t > self.level:
                return prediction
            x0_hat = prediction.x0_hat.clone()
            x0_hat[-1, -1, -1, -1] = self.value
            return Prediction(x0_hat, prediction.eps_hat)

        return denoise


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_a_chain_that_leaves_the_numbers_ends_at_its_step(value: float) -> None:
    model = Breaking()
    model.value = value
    states = []
    with pytest.raises(ValueError, match=r"broke at step 3 of 6, t = 50.*finite"):
        for state in run_chain(model, SCENE):
            states.append(state)
    assert [state.t for state in states] == [100, 83, 67]


def test_a_chain_that_breaks_at_its_first_or_last_step_says_so() -> None:
    model = Breaking()
    model.level = 100
    with pytest.raises(ValueError, match=r"step 1 of 6, t = 100"):
        next(run_chain(model, SCENE))
    model.level = 17
    with pytest.raises(ValueError, match=r"step 5 of 6, t = 17"):
        list(run_chain(model, SCENE))


def test_it_ends_in_words_in_the_engine_too(engine_with_model) -> None:  # type: ignore[no-untyped-def]
    engine, screen, model = engine_with_model
    model.denoiser = Breaking().denoiser
    engine.send(m.GenerateRequest(2, SCENE))
    failed = screen.wait_end(2)
    assert isinstance(failed, m.JobFailed) and "broke at step 3 of 6" in failed.message
    model.denoiser = FakeModel().denoiser
    engine.send(m.GenerateRequest(3, SCENE))
    assert isinstance(screen.wait_end(3), m.JobDone)


def test_what_is_on_the_way_arrives_whole() -> None:
    pair = tuple(torch.randn(2, 3, 4, 4, dtype=torch.float64) for _ in range(3))
    arrived = on_the_way(pair)()
    assert arrived.dtype == torch.float32 and arrived.shape == (3, 2, 3, 4, 4)
    assert torch.equal(arrived, torch.stack(pair).float())


def test_developed_in_the_darkroom_the_states_are_the_chains() -> None:
    film, states = Film(FakeModel()), []
    with Darkroom(lambda shot: states.append(film.state(shot))) as darkroom:
        for shot in snapshots(FakeModel(), SCENE):
            darkroom.put(shot)
        darkroom.drain()
    alone = list(run_chain(FakeModel(), SCENE))
    assert len(states) == len(alone) == 7
    for one, other in zip(states, alone, strict=True):
        assert one.i == other.i and (one.values == other.values).all() and (one.shown.x_t == other.shown.x_t).all()


def test_of_a_latent_model_what_is_clean_is_decoded_and_the_noise_is_not() -> None:
    model = FakeModel()
    model.decode = lambda x: x.repeat_interleave(2, dim=2).repeat_interleave(2, dim=3)
    state = list(run_chain(model, Scene(sampler=SCENE.sampler, count=4)))[2]
    assert state.values.shape == (3, 4, 3, 4, 4)
    assert [each.shape for each in state.shown] == [(4, 8, 8, 3), (4, 8, 8, 3), (4, 4, 4, 3)]
    x_t, x0_hat, eps_hat = (model.kind.raster(values) for values in state.values)
    assert (state.shown.x_t[:, ::2, ::2] == x_t).all() and (state.shown.x0_hat[:, ::2, ::2] == x0_hat).all()
    assert (state.shown.eps_hat == eps_hat).all()


def test_the_chain_runs_at_most_so_far_ahead() -> None:
    go_on, begun = threading.Event(), threading.Semaphore(0)
    seen: list[int] = []

    def work(shot: object) -> None:
        begun.release()
        assert go_on.wait(20)
        seen.append(shot)  # type: ignore[arg-type]

    with Darkroom(work) as darkroom:  # type: ignore[arg-type]
        putting = threading.Thread(target=lambda: [darkroom.put(k) for k in range(Darkroom.AHEAD + 1)])  # type: ignore
        putting.start()
        assert begun.acquire(timeout=20)
        putting.join(0.05)
        assert putting.is_alive(), "the third step waits for the first state"
        go_on.set()
        putting.join(20)
        darkroom.drain()
    assert seen == list(range(Darkroom.AHEAD + 1))


def test_developed_at_once_it_takes_no_thread() -> None:
    seen: list[tuple[object, str]] = []
    with Darkroom(lambda shot: seen.append((shot, threading.current_thread().name)), ahead=0) as darkroom:
        darkroom.put(1)  # type: ignore[arg-type]
        assert seen == [(1, threading.current_thread().name)]
        darkroom.drain()


def test_what_developing_raises_reaches_the_chain_once() -> None:
    def work(shot: object) -> None:
        raise OSError(f"no room for {shot}")

    with Darkroom(work) as darkroom:  # type: ignore[arg-type]
        darkroom.put(1)  # type: ignore[arg-type]
        with pytest.raises(OSError, match="no room for 1"):
            darkroom.drain()
        darkroom.drain()


def test_a_fan_says_how_far_it_spreads_and_a_grid_does_not() -> None:
    shot = next(snapshots(FakeModel(), SCENE.replace(count=4)))
    assert Film(FakeModel()).state(shot).spread is None
    values = shot.pair()
    spread = Film(FakeModel()).state(dataclasses.replace(shot, fan=True)).spread
    assert spread == pytest.approx(float(values[1].var(dim=0, correction=0).mean().sqrt()))
