"""Sources of frames for films: the forward process on demand, a recorded chain, a chain on disk."""

from __future__ import annotations

import dataclasses
import os

import numpy as np
import pytest
import torch
from engine_screen import FakeModel
from pixels import from_uint8, to_uint8

from diffviz.diffusion import SCHEDULES, add_noise
from diffviz.engine.chain import run_chain
from diffviz.engine.noise import ForwardNoise, held_noise
from diffviz.engine.sources import ForwardSource, RecordedSource, forward_source
from diffviz.engine.spool import SpooledChain
from diffviz.engine.states import State
from diffviz.export.encoders import grain
from diffviz.kinds.tiles import tile
from diffviz.scene import SamplerSpec, Scene, ScheduleSpec, ViewSpec
from diffviz.timeline import forward_timeline

SCHEDULE = SCHEDULES["linear"](T=100)
PICTURE = np.random.default_rng(0).integers(0, 256, (16, 20, 3), dtype=np.uint8)


def chain(count: int = 1) -> list[State]:
    scene = Scene(sampler=SamplerSpec("ddpm", 5), count=count)
    return list(run_chain(FakeModel(), scene))


@pytest.mark.parametrize("value_range", [1, 3])
def test_forward_frames_are_the_jump_to_their_level(value_range: int) -> None:
    timeline = forward_timeline(SCHEDULE.alpha_bar, 7)
    source = ForwardSource(PICTURE, SCHEDULE, timeline, 4, value_range)
    eps = held_noise(4, (3, 16, 20))
    for index, t in enumerate(timeline.levels):
        frame = source.frame(index)
        assert frame.t == t and frame.exact
        if t:
            assert np.array_equal(frame.x_t, to_uint8(add_noise(from_uint8(PICTURE), t, eps, SCHEDULE), value_range)[0])
        assert np.array_equal(frame.x_0, PICTURE)
        assert np.array_equal(frame.eps, to_uint8(eps, value_range)[0])
    assert np.array_equal(source.frame(0).x_t, PICTURE)


def test_of_a_real_chain_each_frame_has_the_noise_gathered_until_then() -> None:
    timeline = forward_timeline(SCHEDULE.alpha_bar, 7)
    source = ForwardSource(PICTURE, SCHEDULE, timeline, 4, fresh=True)
    noise = ForwardNoise(4, (3, 16, 20), SCHEDULE)
    for index, t in enumerate(timeline.levels):
        frame, eps = source.frame(index), noise.eps(t)
        assert np.array_equal(frame.eps, to_uint8(eps)[0])
        assert np.array_equal(frame.x_t, to_uint8(add_noise(from_uint8(PICTURE), t, eps, SCHEDULE))[0])


@pytest.mark.parametrize("fresh", [False, True])
def test_any_order_gives_the_same_frames(fresh: bool) -> None:
    timeline = forward_timeline(SCHEDULE.alpha_bar, 5)
    source = ForwardSource(PICTURE, SCHEDULE, timeline, 0, fresh=fresh)
    rising = [source.frame(i).x_t for i in range(5)]
    falling = [source.frame(i).x_t for i in reversed(range(5))]
    assert all(np.array_equal(a, b) for a, b in zip(rising, reversed(falling), strict=True))


@pytest.mark.parametrize("pacing", ["visible", "t"])
@pytest.mark.parametrize("suffix", [".mp4", ".gif"])
def test_a_scenes_film_is_resized_before_it_is_noised(pacing: str, suffix: str) -> None:
    scene = Scene(seed=2, schedule=ScheduleSpec("cosine", 50), view=ViewSpec(pacing=pacing))
    source = forward_source(PICTURE, scene, 9, 40, suffix)
    assert source.timeline == forward_timeline(SCHEDULES["cosine"](T=50).alpha_bar, 9, pacing)
    frame = source.frame(8)
    assert max(frame.x_t.shape[:2]) == 40 // grain(suffix)
    assert np.array_equal(frame.eps, to_uint8(held_noise(2, (3, *frame.x_t.shape[:2])))[0])


def test_a_pinned_schedule_makes_its_x_t_of_the_same_noise_at_the_same_share_of_T() -> None:
    pinned = ScheduleSpec("cosine", 200)
    scene = Scene(seed=2, schedule=ScheduleSpec("linear", 100), pinned=(pinned,), view=ViewSpec(split=0.25))
    source = forward_source(PICTURE, scene, 5, 16, ".png")
    frame = source.frame(3)
    assert frame.beside is not None and frame.beside.split == 0.25 and frame.beside.names == ("linear", "cosine")
    other = SCHEDULES["cosine"](T=200)
    assert np.array_equal(frame.beside.alpha_bar, other.alpha_bar)
    x_t = add_noise(from_uint8(frame.x_0), 2 * int(frame.t), held_noise(2, (3, *frame.x_0.shape[:2])), other)
    assert np.array_equal(frame.beside.x_t, to_uint8(x_t)[0])


@pytest.mark.parametrize("count", [1, 4])
def test_recorded_frames_are_the_states_as_tiles(count: int) -> None:
    states = chain(count)
    source = RecordedSource(states, FakeModel().schedule.alpha_bar)
    assert source.timeline.levels == tuple(state.t for state in states)
    for index, state in enumerate(states):
        frame = source.frame(index)
        pictures = (frame.x_t, frame.x_0, frame.eps)
        for picture, batch in zip(pictures, state.shown, strict=True):
            assert np.array_equal(picture, tile(batch))
        assert frame.exact


def test_one_of_several_is_recorded_alone() -> None:
    states = chain(4)
    frame = RecordedSource(states, FakeModel().schedule.alpha_bar, sample=2).frame(1)
    for picture, batch in zip((frame.x_t, frame.x_0, frame.eps), states[1].shown, strict=True):
        assert np.array_equal(picture, batch[2])


@pytest.mark.parametrize("count", [1, 4])
def test_a_chain_on_disk_is_the_same_film(count: int) -> None:
    states = chain(count)
    recorded = RecordedSource(states, FakeModel().schedule.alpha_bar)
    spooled = SpooledChain(FakeModel().schedule.alpha_bar)
    try:
        for state in states:
            spooled.add(state)
        assert spooled.timeline == recorded.timeline
        for index in (5, 0, 3, 3):
            a, b = recorded.frame(index), spooled.frame(index)
            assert (a.t, a.exact) == (b.t, b.exact)
            for name in ("x_t", "x_0", "eps"):
                assert np.array_equal(getattr(a, name), getattr(b, name))
    finally:
        spooled.close()


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be deleted on Windows")
def test_a_chain_on_disk_leaves_no_file(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    spooled = SpooledChain(SCHEDULE.alpha_bar)
    spooled.add(chain()[0])
    assert os.listdir(str(tmp_path)) == []  # gone already, whatever happens to the process
    spooled.close()


def test_a_wide_range_is_exported_as_it_is_shown() -> None:
    states = chain(4)
    frame = RecordedSource(states, SCHEDULE.alpha_bar, 3).frame(0)
    values = states[0].values
    assert values is not None
    for picture, batch in ((frame.x_t, values[0]), (frame.eps, values[2])):
        assert np.array_equal(picture, tile(to_uint8(torch.from_numpy(batch), 3)))
    assert np.array_equal(frame.x_0, tile(states[0].shown.x0_hat))
    without = [dataclasses.replace(state, values=None) for state in states]
    assert np.array_equal(RecordedSource(without, SCHEDULE.alpha_bar, 3).frame(0).x_t, tile(states[0].shown.x_t))


def test_a_broken_sum_is_marked() -> None:
    states = [dataclasses.replace(state, gap=0.2) for state in chain()]
    assert not RecordedSource(states, SCHEDULE.alpha_bar).frame(0).exact
