"""Chains that are left and gone on with: the same bytes where nothing was changed, and again by seed and history."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from engine_screen import FakeModel

from diffviz import catalog
from diffviz.diffusion import step_levels
from diffviz.engine.beginning import Beginning
from diffviz.engine.chain import all_levels, run_chain, stretches
from diffviz.engine.noise import ChainNoise
from diffviz.engine.states import State
from diffviz.kinds.tiles import row_classes
from diffviz.models import Model, load_model
from diffviz.scene import InpaintSpec, Leg, ModelSpec, SamplerSpec, Scene, params

KEYWORDS = [*((name, {}) for name in catalog.SAMPLERS), ("ddim", {"eta": 0.6}), ("dpmpp_2m", {"grid": "karras"})]


@pytest.fixture(scope="module")
def model(_tiny_model: Path) -> Model:
    return load_model(str(_tiny_model), "cpu")


def scene(name: str = "ddpm", steps: int = 6, **changes: object) -> Scene:
    made = Scene(seed=3, sampler=SamplerSpec(name, steps), model=ModelSpec(class_label="dot", guidance=2.0))
    return made.replace(**changes)


def left(asked: Scene, t: float) -> tuple[Leg, ...]:
    """The history of a chain of the scene that is left at t."""
    return (*asked.history, Leg(t, asked.noise, asked.model, asked.sampler))


def same(ours: list[State], theirs: list[State]) -> bool:
    return len(ours) == len(theirs) and all(
        (a.values is None or np.array_equal(a.values, b.values))
        and np.array_equal(a.shown.x_t, b.shown.x_t)
        and (a.i, a.t, a.n) == (b.i, b.t, b.n)
        for a, b in zip(ours, theirs, strict=True)
    )


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize(("name", "keywords"), KEYWORDS)
def test_with_unchanged_settings_the_rest_has_the_same_bytes(
    model: Model, name: str, keywords: dict[str, float | str], count: int
) -> None:
    asked = scene(name, count=count, sampler=SamplerSpec(name, 6, params=params(keywords)))
    whole = list(run_chain(model, asked, resume_every=1))
    for state in whole[:-1]:
        legs = left(asked, state.t)
        rest = list(run_chain(model, asked, legs=legs, resume=(state.i, state.resume), first=state.i))
        assert same(rest, whole[state.i :]), f"from state {state.i}"
    assert same(list(run_chain(model, asked, legs=left(asked, whole[3].t))), whole), "from the seed"
    assert whole[-1].resume is None


@pytest.mark.parametrize("i", [0, 1, 4])
def test_a_branch_comes_again_from_seed_and_history(model: Model, i: int) -> None:
    """Twice changed on its way: by what is recorded, and from nothing but the scene."""
    first = scene("dpmpp_2m", 8)
    states = list(run_chain(model, first, resume_every=1))
    second = scene("ddpm", 12, model=ModelSpec(class_label="ring"), noise=40, history=left(first, states[i].t))
    states = [
        *states[:i],
        *run_chain(model, second, legs=second.history, resume=(i, states[i].resume), first=i, resume_every=1),
    ]
    j = i + 2
    third = scene("ddim", 5, sampler=SamplerSpec("ddim", 5, params=params(eta=1.0)), history=left(second, states[j].t))
    states = [*states[:j], *run_chain(model, third, legs=third.history, resume=(j, states[j].resume), first=j)]
    again = list(run_chain(model, third, legs=third.history))
    assert len(again) == len(states)
    for ours, theirs in zip(again, states, strict=True):
        assert np.array_equal(ours.values, theirs.values) and (ours.i, ours.t) == (theirs.i, theirs.t)
    assert [state.t for state in again] == all_levels(stretches(third, model.schedule, None, third.history))


def test_where_memory_is_short_a_state_before_it_will_do(model: Model) -> None:
    asked = scene("dpmpp_2m", 9, count=4)
    whole = list(run_chain(model, asked))
    lean = list(run_chain(model, asked, keep_values=False, resume_every=4))
    assert [state.i for state in lean if state.resume is not None] == [0, 4, 8]
    legs = left(asked, whole[7].t)
    rest = list(run_chain(model, asked, legs=legs, resume=(4, lean[4].resume), first=7))
    assert same(rest, whole[7:])


def test_a_resumed_state_can_be_resumed(model: Model) -> None:
    asked = scene("dpmpp_2m", 9)
    whole = list(run_chain(model, asked, resume_every=1))
    once = left(asked, whole[2].t)
    rest = list(run_chain(model, asked, legs=once, resume=(2, whole[2].resume), first=2, resume_every=1))
    twice = (*once, Leg(whole[5].t, -1, asked.model, asked.sampler))
    again = list(run_chain(model, asked, legs=twice, resume=(5, rest[3].resume), first=5))
    assert same(again, whole[5:])


def test_new_settings_visit_their_own_levels_below(model: Model) -> None:
    before, after = scene(steps=10), scene("euler", 4)
    way = stretches(after, model.schedule, None, left(before, 60))
    assert way[0].levels == step_levels(100, 10) and way[1].levels == [60, 50, 25, 0]
    assert all_levels(way) == [100, 90, 80, 70, 60, 50, 25, 0]


def test_another_noise_is_that_of_its_seed_and_x_T_stays(model: Model) -> None:
    own, other = (list(run_chain(model, scene(noise=noise))) for noise in (-1, 9))
    assert np.array_equal(own[0].values[0], other[0].values[0])
    assert not np.array_equal(own[1].values[0], other[1].values[0])
    assert same(own, list(run_chain(model, scene(noise=3)))), "the seed's own noise, by its number"
    state, z = other[0], ChainNoise(9, 1)
    z.start(model.sample_shape)
    terms = dict(state.terms)
    x_s = terms["x̂_0"] * state.values[1] + terms["x_t"] * state.values[0]
    x_s = x_s + terms["z"] * z.randn_like(torch.empty(1, *model.sample_shape)).numpy()
    assert np.abs(other[1].values[0] - x_s).max() < 1e-5


def test_a_method_that_takes_over_has_no_memory_of_another(model: Model) -> None:
    before, after = scene("euler", 8), scene("dpmpp_2m", 8)
    whole = list(run_chain(model, before, resume_every=1))
    rest = list(run_chain(model, after, legs=left(before, whole[3].t), resume=(3, whole[3].resume), first=3))
    assert "x̂_0 old" not in dict(rest[0].terms) and "x̂_0 old" in dict(rest[1].terms)


def test_futures_share_their_start_and_have_noises_of_their_own(model: Model) -> None:
    asked = scene(steps=8)
    whole = list(run_chain(model, asked, resume_every=1))
    legs = left(asked, whole[3].t)
    fan = list(run_chain(model, asked, legs=legs, resume=(3, whole[3].resume), first=3, fan=9))
    assert fan[0].shown.x_t.shape[0] == 9 and fan[0].t == whole[3].t
    assert all(np.array_equal(fan[0].values[0, k], whole[3].values[0, 0]) for k in range(9))
    for k in (0, 5):
        single = asked.replace(noise=asked.seed + k)
        alone = list(run_chain(model, single, legs=legs))
        assert np.abs(alone[-1].values[0, 0] - fan[-1].values[0, k]).max() < 1e-4
    assert np.abs(fan[-1].values[0, 0] - whole[-1].values[0, 0]).max() < 1e-4, "the first is the chain's own"


def test_spread_is_the_deviation_over_the_futures(model: Model) -> None:
    asked = scene(steps=8)
    whole = list(run_chain(model, asked, resume_every=1))
    assert all(state.spread is None for state in whole)
    legs = left(asked, whole[2].t)
    fan = list(run_chain(model, asked, legs=legs, resume=(2, whole[2].resume), first=2, fan=9))
    for state in fan:
        expected = np.sqrt(state.values[1].astype(np.float64).var(axis=0).mean())
        assert state.spread == pytest.approx(expected, abs=1e-6)
    assert fan[0].spread == pytest.approx(0, abs=1e-6) and fan[-1].spread > 0


def test_futures_of_a_method_without_noise_are_all_equal(model: Model) -> None:
    asked = scene("heun", 5)
    fan = list(run_chain(model, asked, legs=left(asked, 60), fan=9, first=2))
    assert max(state.spread for state in fan) < 1e-6


@pytest.mark.parametrize("keeps_values", [True, False])
@pytest.mark.parametrize("at", [3, 4])
@pytest.mark.parametrize("kept", [False, True], ids=["noised", "in-painted"])
@pytest.mark.parametrize("sampler", ["ddpm", "dpmpp_2m"])
def test_a_chain_from_a_picture_goes_on_from_it(
    model: Model, sampler: str, kept: bool, at: int, keeps_values: bool
) -> None:
    x_0 = torch.linspace(-1, 1, 3 * 8 * 8).reshape(1, 3, 8, 8)
    keep = torch.ones(1, 1, 8, 8)
    keep[..., 4:] = 0
    begun = {"began": Beginning(x_0, 70, keep if kept else None)}
    asked = scene(sampler, 7).replace(inpaint=InpaintSpec("builtin:cat", 3, 2))
    keywords = {"keep_values": keeps_values, **begun}
    whole = list(run_chain(model, asked, resume_every=1, **keywords))
    legs = left(asked, whole[at].t)
    rest = list(run_chain(model, asked, legs=legs, resume=(at, whole[at].resume), first=at, **keywords))
    assert same(rest, whole[at:])
    assert same(list(run_chain(model, asked, legs=legs, **keywords)), whole)


@pytest.mark.parametrize("t", [57, 0])
def test_a_history_that_leaves_the_chain_where_it_never_was_is_refused(model: Model, t: float) -> None:
    asked = scene(steps=10)
    with pytest.raises(ValueError, match="where it never was; run a new chain"):
        list(run_chain(model, asked, legs=left(asked, t)))


# -- one class per row


def test_rows_are_classes_and_columns_are_noises() -> None:
    seen = []

    class Listening(FakeModel):
        class_names = ("one", "two", "three")

        def denoiser(self, class_label: object = None, *_: object, **__: object):  # type: ignore[no-untyped-def]
            seen.append(class_label)
            return super().denoiser()

    asked = Scene(sampler=SamplerSpec(steps=5), seed=3, count=9, class_rows=True, model=ModelSpec(class_label="two"))
    states = list(run_chain(Listening(), asked))
    assert seen[0].tolist() == [1, 1, 1, 2, 2, 2, 0, 0, 0]
    for state in states[:-1]:
        grid = state.values[0].reshape(3, 3, 3, 4, 4)
        assert np.array_equal(grid[0], grid[1]) and np.array_equal(grid[0], grid[2]), "this model hears no class"
        assert not np.array_equal(grid[0, 0], grid[0, 1])
    alone = list(run_chain(FakeModel(), asked.replace(seed=4, count=1)))
    assert all(np.array_equal(a.values[0, 4], b.values[0, 0]) for a, b in zip(states, alone, strict=True))


def test_one_sample_is_of_the_class_chosen(model: Model) -> None:
    one, other = (list(run_chain(model, scene(class_rows=rows))) for rows in (True, False))
    assert same(one, other)


def test_row_classes() -> None:
    names = ["a", "b", "c", "d"]
    assert row_classes(names, "c", 16) == ["c", "d", "a", "b"]
    assert row_classes(names, None, 5) == ["a", "b"]
    with pytest.raises(ValueError, match="needs 5 classes, and this model has 4 classes; take fewer samples"):
        row_classes(names, None, 25)
    with pytest.raises(ValueError, match="this model has no classes"):
        row_classes([], None, 4)


def test_levels_fall_through_every_history(model: Model) -> None:
    rng = np.random.default_rng(0)
    for _ in range(60):
        now = scene(str(rng.choice(list(catalog.SAMPLERS))), int(rng.integers(1, 30)))
        legs: tuple[Leg, ...] = ()
        for _ in range(int(rng.integers(0, 4))):
            way = stretches(now, model.schedule, None, legs)
            visited = way[-1].levels[:-1]
            legs = (*legs, Leg(visited[int(rng.integers(len(visited)))], -1, now.model, now.sampler))
            now = scene(str(rng.choice(list(catalog.SAMPLERS))), int(rng.integers(1, 30)))
        levels = all_levels(stretches(now, model.schedule, None, legs))
        assert levels[-1] == 0 and all(t > s for t, s in pairwise(levels))
        assert all(leg.t in levels for leg in legs)
