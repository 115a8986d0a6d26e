"""What the slider shows, against the formulas of the paper."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from pixels import from_uint8, to_uint8

from diffviz import catalog
from diffviz.diffusion import SCHEDULES, add_noise
from diffviz.engine.denoising import make_schedule
from diffviz.engine.messages import NoisedRequest, OneStep, StartRequest, StripRequest
from diffviz.engine.noise import ChainNoise, ForwardNoise, held_noise
from diffviz.engine.renderer import Renderer
from diffviz.kinds.tiles import tile
from diffviz.scene import ScheduleSpec, params

PICTURE = np.random.default_rng(0).integers(0, 256, (12, 9, 3), dtype=np.uint8)


def request(t: int = 30, **changes: object) -> NoisedRequest:
    values: dict[str, object] = {
        "serial": 1,
        "t": t,
        "seed": 5,
        "schedule": ScheduleSpec("linear", 100),
        "picture_id": "a",
        **changes,
    }
    return NoisedRequest(**values)  # type: ignore[arg-type]


def expected(t: int, seed: int = 5, name: str = "linear", T: int = 100, value_range: int = 1) -> np.ndarray:
    eps = held_noise(seed, (3, 12, 9))
    return to_uint8(add_noise(from_uint8(PICTURE), t, eps, SCHEDULES[name](T=T)), value_range)[0]


def test_the_clean_picture_is_shown_exactly() -> None:
    assert np.array_equal(Renderer().render(request(0), PICTURE).x_t, PICTURE)


@pytest.mark.parametrize("size", [(36, 27), (5, 4)])
def test_x_0_is_resampled_before_it_is_noised(size: tuple[int, int]) -> None:
    renderer = Renderer()
    clean = renderer.render(request(0, size=size), PICTURE)
    assert clean.x_t.shape == (*size, 3) and np.array_equal(clean.x_t, clean.x_0)
    noisy = renderer.render(request(60, size=size), PICTURE)
    eps = held_noise(5, (3, *size))
    wanted = add_noise(from_uint8(clean.x_0), 60, eps, SCHEDULES["linear"](T=100))
    assert np.array_equal(noisy.x_t, to_uint8(wanted)[0]) and noisy.x_0 is clean.x_0
    assert noisy.eps_values.shape == (3, *size)
    own = renderer.render(request(0), PICTURE)
    assert np.array_equal(own.x_0, PICTURE) and np.array_equal(own.x_t, PICTURE)


@pytest.mark.parametrize("t", [1, 50, 100])
@pytest.mark.parametrize("name", sorted(catalog.SCHEDULES))
def test_x_t_is_the_jump(t: int, name: str) -> None:
    shown = Renderer().render(request(t, schedule=ScheduleSpec(name, 100)), PICTURE)
    assert np.array_equal(shown.x_t, expected(t, name=name))


def test_one_renderer_follows_every_change() -> None:
    renderer = Renderer()
    for t, seed, name, T in (
        (10, 5, "linear", 100),
        (10, 6, "linear", 100),
        (10, 6, "cosine", 100),
        (10, 6, "cosine", 50),
    ):
        shown = renderer.render(request(t, seed=seed, schedule=ScheduleSpec(name, T)), PICTURE)
        assert np.array_equal(shown.x_t, expected(t, seed, name, T))
        assert np.array_equal(shown.eps, to_uint8(held_noise(seed, (3, 12, 9)))[0])


def test_another_picture_of_the_same_shape() -> None:
    renderer = Renderer()
    renderer.render(request(0), PICTURE)
    assert np.array_equal(renderer.render(request(0, picture_id="b"), 255 - PICTURE).x_t, 255 - PICTURE)


def test_another_picture_of_another_shape_gets_its_own_noise() -> None:
    renderer = Renderer()
    renderer.render(request(0), PICTURE)
    shown = renderer.render(request(10, picture_id="b"), PICTURE[:6])
    assert np.array_equal(shown.eps, to_uint8(held_noise(5, (3, 6, 9)))[0])


def test_the_wide_range_changes_x_t_and_noise_alike() -> None:
    renderer = Renderer()
    for value_range in (1, 3, 1):
        shown = renderer.render(request(100, eps_range=value_range), PICTURE)
        assert np.array_equal(shown.x_t, expected(100, value_range=value_range))
        assert np.array_equal(shown.eps, to_uint8(held_noise(5, (3, 12, 9)), value_range)[0])


def test_noise_values_are_not_clipped() -> None:
    shown = Renderer().render(request(), PICTURE)
    assert np.array_equal(shown.eps_values, held_noise(5, (3, 12, 9))[0].numpy())


def test_given_parameters_reach_the_schedule() -> None:
    given = ScheduleSpec("linear", 100, params(beta_start=0.01, beta_end=0.05))
    schedule = make_schedule(given)
    assert schedule.beta[1] == pytest.approx(0.01) and schedule.beta[-1] == pytest.approx(0.05)


@pytest.mark.parametrize("t", [1, 37, 100])
def test_one_step_is_the_chains_step_with_fresh_noise(t: int) -> None:
    schedule = SCHEDULES["linear"](T=100)
    step = Renderer().render(request(t, second="step"), PICTURE).step
    assert step is not None
    x_s = add_noise(from_uint8(PICTURE), t - 1, held_noise(5, (3, 12, 9)), schedule)
    assert np.array_equal(step.x_s, to_uint8(x_s)[0])
    # √(1-β) x_{t-1} + √β z, of what is shown: each of the pictures was rounded to half a grey level and clamped
    beta = float(schedule.beta[t])
    values = [array.astype(np.float64) / 127.5 - 1 for array in (step.x_t, step.x_s, step.z)]
    inside = np.all([(array > 0) & (array < 255) for array in (step.x_t, step.x_s, step.z)], axis=0)
    assert inside.mean() > 0.1
    miss = values[0] - ((1 - beta) ** 0.5 * values[1] + beta**0.5 * values[2])
    assert np.abs(miss[inside]).max() < 3 / 255


def test_the_steps_noise_is_fresh_and_comes_back() -> None:
    renderer = Renderer()
    first, other, again = (renderer.render(request(t, second="step"), PICTURE) for t in (20, 21, 20))
    assert first.step and other.step and again.step
    assert not np.array_equal(first.step.z, first.eps)
    assert not np.array_equal(first.step.z, other.step.z)
    assert np.array_equal(first.step.z, again.step.z)
    assert np.array_equal(first.step.x_t, again.step.x_t)


def test_mean_and_deviation_of_both_ways_agree() -> None:
    """The sentence on the screen: both ways have the same distribution. 48,000 pixels of a grey picture show it."""
    grey = np.full((128, 125, 3), 150, np.uint8)
    schedule = SCHEDULES["linear"](T=100)
    step = Renderer().render(request(60, second="step"), grey).step
    assert step is not None
    mean = float(schedule.alpha_bar[60]) ** 0.5 * (150 / 127.5 - 1)
    deviation = (1 - float(schedule.alpha_bar[60])) ** 0.5
    assert step.jump_mean == pytest.approx(mean, abs=0.02) and step.step_mean == pytest.approx(mean, abs=0.02)
    assert step.jump_std == pytest.approx(deviation, abs=0.02) and step.step_std == pytest.approx(deviation, abs=0.02)


# -- fresh noise at each step


def gathered(t: int) -> torch.Tensor:
    return ForwardNoise(5, (3, 12, 9), SCHEDULES["linear"](T=100)).eps(t)


def test_with_fresh_noise_x_t_is_that_of_one_real_chain() -> None:
    renderer, schedule = Renderer(), SCHEDULES["linear"](T=100)
    for t in (0, 1, 57, 56, 100, 57):
        shown = renderer.render(request(t, fresh=True), PICTURE)
        x_t = add_noise(from_uint8(PICTURE), t, gathered(t), schedule)
        assert np.array_equal(shown.x_t, to_uint8(x_t)[0]), t
        assert np.array_equal(shown.eps_values, gathered(t)[0].numpy())
        assert np.array_equal(shown.eps, to_uint8(gathered(t))[0])
    assert np.array_equal(renderer.render(request(57), PICTURE).x_t, expected(57))  # and held again


@pytest.mark.parametrize("t", [1, 2, 57, 100])
def test_its_one_step_leads_from_the_real_x_before_to_the_same_x_t(t: int) -> None:
    renderer = Renderer()
    shown, before = (renderer.render(request(level, second="step", fresh=True), PICTURE) for level in (t, t - 1))
    assert isinstance(shown.step, OneStep)
    assert np.array_equal(shown.step.x_s, before.x_t)
    assert np.abs(shown.step.x_t.astype(int) - shown.x_t).max() <= 1  # rounding of float32 at half a grey level
    assert shown.step.step_mean == pytest.approx(shown.step.jump_mean, abs=1e-5)


def test_its_strip_is_what_the_slider_shows_and_waits_for_it() -> None:
    hurried = [False, True, True]
    renderer = Renderer(lambda: bool(hurried) and hurried.pop(0))
    strip = StripRequest(1, request(0, fresh=True), (0, 40, 41, 100), (12, 9))
    tries = [renderer.strip(strip, PICTURE) for _ in range(3)]
    assert tries[:2] == [None, None] and tries[2] is not None
    for t, small in zip(strip.levels, tries[2].pictures, strict=True):
        assert np.array_equal(small, renderer.render(request(t, fresh=True), PICTURE).x_t)


def test_no_step_leads_to_the_clean_picture() -> None:
    assert Renderer().render(request(0, second="step"), PICTURE).step is None


def test_t_outside_the_schedule_is_refused() -> None:
    with pytest.raises(IndexError, match=r"101.*0\.\.100"):
        Renderer().render(request(101), PICTURE)


@pytest.mark.parametrize("value_range", [1, 3])
def test_start_noise_is_what_the_chain_starts_from(value_range: int) -> None:
    start = Renderer().start_noise(StartRequest(1, 9, 4, (3, 8, 8), value_range))
    x_T = ChainNoise(9, 4).start((3, 8, 8))
    assert np.array_equal(start.x_T, tile(to_uint8(x_T, value_range)))
    assert np.array_equal(start.values, x_T.numpy())


def test_the_answer_is_a_new_array() -> None:
    renderer = Renderer()
    first = renderer.render(request(30), PICTURE).x_t
    kept = first.copy()
    renderer.render(request(60), PICTURE)
    assert np.array_equal(first, kept)
    assert torch.is_grad_enabled()


def test_the_start_of_rows_of_classes_has_one_row_of_noises() -> None:
    answer = Renderer().start_noise(StartRequest(1, 9, 9, (3, 8, 8), columns=3))
    row = ChainNoise(9, 3).start((3, 8, 8)).numpy()
    assert all(np.array_equal(answer.values[k], row[k % 3]) for k in range(9))
