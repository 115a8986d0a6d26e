"""A chain state by state: the pairs that the steps used, by a sampler run beside it."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pytest
import torch
from engine_screen import FakeModel
from pixels import to_uint8

from diffviz import catalog
from diffviz.diffusion import SAMPLERS, add_noise, sigma_levels, step_levels
from diffviz.engine.beginning import Beginning
from diffviz.engine.chain import chain_levels, run_chain
from diffviz.engine.noise import ChainNoise, held_noise
from diffviz.scene import InpaintSpec, SamplerSpec, Scene, params

MODEL = FakeModel()


def scene(sampler: str = "ddpm", steps: int = 5, **changes: object) -> Scene:
    return Scene(sampler=SamplerSpec(sampler, steps), seed=3).replace(**changes)


def test_levels_are_the_samplers_list() -> None:
    assert chain_levels(scene(steps=10), MODEL.schedule) == step_levels(100, 10, "trailing")


def test_levels_begin_at_exactly_the_start() -> None:
    levels = chain_levels(scene(steps=10), MODEL.schedule, start=37)
    assert levels[0] == 37 and levels[-1] == 0 and len(levels) == 11


@pytest.mark.parametrize("grid", ["karras", "exponential"])
def test_levels_of_a_grid_in_sigma(grid: str) -> None:
    asked = Scene(sampler=SamplerSpec("heun", 10, params=params(grid=grid)))
    assert chain_levels(asked, MODEL.schedule) == sigma_levels(MODEL.schedule, 10, grid)
    assert chain_levels(asked, MODEL.schedule, start=37) == sigma_levels(MODEL.schedule, 10, grid, start=37)
    assert chain_levels(asked, MODEL.schedule, start=3) == sigma_levels(MODEL.schedule, 3, grid, start=3)


def test_no_more_steps_than_levels_below_the_start() -> None:
    assert chain_levels(scene(steps=250), MODEL.schedule, start=3) == [3, 2, 1, 0]


@pytest.mark.parametrize(
    ("name", "keywords"),
    [
        *((name, {}) for name in catalog.SAMPLERS),
        ("ddpm", {"variance": "fixed_large"}),
        ("ddim", {"eta": 0.5}),
        ("heun", {"grid": "karras"}),
        ("euler_ancestral", {"eta": 0.4, "grid": "exponential"}),
    ],
)
@pytest.mark.parametrize("count", [1, 4])
def test_states_are_the_samplers_steps(name: str, keywords: dict[str, float | str], count: int) -> None:
    asked = Scene(sampler=SamplerSpec(name, 5, params=params(keywords)), seed=3, count=count)
    states = list(run_chain(MODEL, asked))
    noise = ChainNoise(3, count)
    x = noise.start(MODEL.sample_shape)
    steps = list(SAMPLERS[name](MODEL.denoiser(), x, MODEL.schedule, steps=5, randn_like=noise.randn_like, **keywords))
    assert [state.t for state in states] == [*(step.t for step in steps), 0]
    for state, step in zip(states[:-1], steps, strict=True):
        assert (state.i, state.n, state.s) == (step.i, 5, step.s)
        for shown, tensor in (
            (state.shown.x_t, step.x_t),
            (state.shown.x0_hat, step.x0_hat),
            (state.shown.eps_hat, step.eps_hat),
        ):
            assert np.array_equal(shown, to_uint8(tensor))
        assert np.array_equal(state.values, torch.stack([step.x_t, step.x0_hat, step.eps_hat]).numpy())
        assert state.terms == step.terms
        assert state.alpha_bar == MODEL.schedule.alpha_bar_at(step.t)
    assert np.array_equal(states[-1].shown.x_t, to_uint8(steps[-1].x_s))


def test_n_steps_are_n_plus_one_states_and_the_last_is_the_picture() -> None:
    states = list(run_chain(MODEL, scene(steps=7)))
    assert [state.i for state in states] == list(range(8))
    assert {state.n for state in states} == {7}
    last = states[-1]
    assert last.t == 0 and not last.terms
    assert np.array_equal(last.shown.x_t, last.shown.x0_hat)
    assert np.array_equal(last.shown.eps_hat, states[-2].shown.eps_hat)


def test_the_live_line_adds_up() -> None:
    """x_s = sum of factor and tensor, the numbers that are shown, for every step of a deterministic chain."""
    states = list(run_chain(MODEL, scene("ddim", 6)))
    for state, following in pairwise(states):
        named = dict(zip(("x_t", "x̂_0", "ε̂"), state.values, strict=True))
        total = sum(factor * named[name] for name, factor in state.terms if name != "z")
        assert dict(state.terms)["z"] == 0
        assert np.abs(total - following.values[0]).max() < 1e-5


def test_between_two_levels_the_pair_still_sums_to_x_t() -> None:
    """The gap is taken with ᾱ of the very level, not of a whole one near it."""
    states = list(run_chain(MODEL, Scene(sampler=SamplerSpec("euler", 9, params=params(grid="karras")))))
    assert sum(state.t % 1 > 0 for state in states) >= 6
    assert max(state.gap for state in states) < 1e-5


def test_the_gap_is_what_clipping_broke() -> None:
    class Clipping(FakeModel):
        def denoiser(self, *_: object, **__: object):  # type: ignore[no-untyped-def]
            exact = super().denoiser()

            def denoise(x_t, t):  # type: ignore[no-untyped-def]
                prediction = exact(x_t, t)
                return dataclasses.replace(prediction, x0_hat=prediction.x0_hat - 0.25)

            return denoise

    honest = list(run_chain(MODEL, scene()))
    assert max(state.gap for state in honest) < 1e-5
    model = Clipping()
    for state in list(run_chain(model, scene()))[:-1]:
        assert state.gap == pytest.approx(0.25 * float(model.schedule.alpha_bar[state.t]) ** 0.5, abs=1e-4)


def test_values_can_be_left_out() -> None:
    full, lean = (list(run_chain(MODEL, scene(), keep_values=keep)) for keep in (True, False))
    assert all(state.values is None for state in lean)
    assert all(np.array_equal(a.shown.x_t, b.shown.x_t) for a, b in zip(full, lean, strict=True))


@pytest.mark.parametrize("count", [1, 4])
def test_denoise_from_here_noises_to_exactly_its_level_with_the_held_noise(count: int) -> None:
    x_0 = torch.linspace(-1, 1, 48).reshape(1, 3, 4, 4)
    eps = held_noise(3, MODEL.sample_shape)
    states = list(run_chain(MODEL, scene(count=count), began=Beginning(x_0, 40)))
    assert states[0].t == 40
    expected = add_noise(x_0, 40, eps, MODEL.schedule)
    for k in range(count):
        assert np.array_equal(states[0].values[0, k], expected[0].numpy())


def test_sample_k_does_not_depend_on_the_count() -> None:
    one, many = (list(run_chain(MODEL, scene(count=count))) for count in (1, 4))
    for a, b in zip(one, many, strict=True):
        assert np.array_equal(a.shown.x_t[0], b.shown.x_t[0])
    second = list(run_chain(MODEL, scene(seed=4)))
    assert np.array_equal(many[-2].shown.x_t[1], second[-2].shown.x_t[0])


def test_frames_do_not_alias() -> None:
    states = list(run_chain(MODEL, scene()))
    arrays = [array for state in states for array in state.shown]
    kept = [array.copy() for array in arrays]
    for i, array in enumerate(arrays):
        array += 1
        assert all(np.array_equal(arrays[j], kept[j]) for j in range(i + 1, len(arrays)))


@pytest.mark.parametrize("count", [1, 4])
def test_what_a_mask_keeps_is_the_picture_and_the_rest_is_drawn(count: int) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (4, 4, 3), np.uint8)
    mask = np.zeros((4, 4, 3), np.uint8)
    mask[:2] = 255
    began = Beginning.of(MODEL, picture, MODEL.schedule.T, mask)
    asked = scene(count=count, inpaint=InpaintSpec("builtin:cat", 2, 2))
    last = list(run_chain(MODEL, asked, began=began))[-1]
    for drawn in last.shown.x_t:
        assert np.array_equal(drawn[:2], picture[:2]) and not np.array_equal(drawn[2:], picture[2:])


def test_a_mask_that_keeps_all_is_refused() -> None:
    white = np.full((4, 4, 3), 255, np.uint8)
    with pytest.raises(ValueError, match="keeps all of the picture; paint black"):
        Beginning.of(MODEL, white, 5, white)
