"""The plane under the slider: density, score and paths of the cloud that is open."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from diffviz.diffusion import SCHEDULES, Mixture, mixture, zero_terminal_snr
from diffviz.engine import field as module
from diffviz.engine.field import Field
from diffviz.engine.plane import PlaneRequest
from diffviz.kinds import POINTS
from diffviz.kinds.known import Snapshot
from diffviz.models.small import snapshot_of
from diffviz.train.small import SmallRecipe, SmallTraining

SCHEDULE = SCHEDULES["linear"](T=200)
RINGS = POINTS.read("builtin:rings")
REQUEST = PlaneRequest(1, 80, RINGS.array, RINGS.labels, SCHEDULE, 3.0, start=(0.5, 1.5))


def test_density_and_arrows_are_the_mixtures() -> None:
    plane, alpha_bar = Field().answer(REQUEST), SCHEDULE.alpha_bar_at(80)
    mixture = Mixture(torch.from_numpy(RINGS.array))
    places, steps = torch.from_numpy(plane.arrows)
    assert torch.allclose(steps, (1 - alpha_bar) * mixture.score(places, alpha_bar), atol=1e-4)
    cell = 6 / module.GRID
    assert float(plane.density.sum()) * cell**2 == pytest.approx(1, abs=0.02)
    x, y = torch.tensor([[(40 + 0.5) * cell - 3, (90 + 0.5) * cell - 3]])[0]
    expected = float(mixture.log_density(torch.stack((x, y))[None], alpha_bar).exp())
    assert plane.density[90, 40] == pytest.approx(expected, rel=0.02), "the first row is the lowest"


def test_the_place_under_the_cursor_is_read_exactly() -> None:
    alpha_bar = SCHEDULE.alpha_bar_at(80)
    mixture = Mixture(torch.from_numpy(RINGS.array), torch.from_numpy(RINGS.labels))
    place = torch.tensor([[0.4, -1.1]])
    asked = replace(REQUEST, cursor=(0.4, -1.1))
    here = Field().answer(asked).here
    assert here.log_density == pytest.approx(float(mixture.log_density(place, alpha_bar)), abs=1e-5)
    assert torch.from_numpy(here.score).allclose(mixture.score(place, alpha_bar)[0], atol=1e-5) and here.guided is None
    here = Field().answer(replace(asked, label=1, guidance=3.0)).here
    of_any, of_one = mixture.score(place, alpha_bar)[0], mixture.score(place, alpha_bar, 1)[0]
    assert here.log_density == pytest.approx(float(mixture.log_density(place, alpha_bar, 1)), abs=1e-5)
    assert torch.from_numpy(here.score).allclose(of_one, atol=1e-5)
    assert torch.from_numpy(here.guided).allclose(of_any + 3 * (of_one - of_any), atol=1e-4)
    assert Field().answer(replace(asked, t=0)).here is None and Field().answer(REQUEST).here is None


def test_how_far_the_ends_of_a_chain_are_from_the_data_beside_how_far_these_are_apart() -> None:
    corners = np.array([[0, 0], [0, 2], [2, 0], [2, 2]], np.float32)
    ends = np.repeat(corners, 700, axis=0) + np.array((0.03, 0.04), np.float32)  # more than are measured
    request = replace(REQUEST, atoms=corners, labels=None, ends=ends)
    field = Field()
    near = field.answer(request).near
    assert near == pytest.approx((0.05, 2.0), abs=1e-4)
    assert field.answer(replace(request, t=0)).near is near, "measured once"
    assert field.answer(REQUEST).near is None


def test_at_0_and_1_no_point_is_missed_between_two_cells() -> None:
    for t in (0, 1):
        plane = Field().answer(replace(REQUEST, t=t))
        assert float(plane.density.sum()) * (6 / module.GRID) ** 2 == pytest.approx(1, abs=0.02)
    assert Field().answer(replace(REQUEST, t=0)).arrows is None, "at 0 there is no density, and no score"


def test_the_paths_begin_at_one_place_and_end_in_the_data() -> None:
    field = Field()
    paths = field.answer(REQUEST).paths
    assert paths.t[0] == 200 and paths.t[-1] == 0 and len(paths.ode) == len(paths.sde) == len(paths.t)
    assert np.array_equal(paths.ode[0], paths.sde[0]) and paths.ode[0] == pytest.approx((0.5, 1.5))
    for way in (paths.ode, paths.sde):
        assert float(np.sqrt(((RINGS.array - way[-1]) ** 2).sum(1)).min()) < 0.05
    assert not np.allclose(paths.ode, paths.sde) and np.array_equal(paths.at(200)[0], paths.ode[0])
    assert field.answer(replace(REQUEST, t=20)).paths is paths, "the level moves none of them"
    other = field.answer(replace(REQUEST, seed=1)).paths
    assert np.array_equal(other.ode, paths.ode) and not np.array_equal(other.sde, paths.sde)


def test_while_its_start_is_dragged_nothing_but_the_paths_is_made_anew() -> None:
    field = Field()
    whole = field.answer(REQUEST)
    dragged = field.answer(replace(REQUEST, start=(0.6, 1.4), moving=True))
    assert dragged.density is whole.density and dragged.arrows is whole.arrows
    assert len(dragged.paths.t) == 1 + len(whole.paths.t) // 4 and dragged.paths.ode[0] == pytest.approx((0.6, 1.4))
    assert len(field.answer(replace(REQUEST, start=(0.6, 1.4))).paths.t) == len(whole.paths.t), "let go: all steps"


def test_guidance_adds_to_the_way_to_a_class_what_parts_it_from_the_others() -> None:
    plane = Field().answer(replace(REQUEST, label=1, guidance=3.0))
    guided = plane.guided
    assert np.allclose(guided.guided, guided.uncond + 3 * (guided.cond - guided.uncond), atol=1e-5)
    assert Field().answer(replace(REQUEST, label=1)).guided is None, "w = 1 is off"
    end = plane.paths.ode[-1]
    assert np.hypot(*end) > 1, "the outer ring"


def test_a_large_cloud_is_thinned_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mixture, "MOST", 50)
    assert Field().answer(REQUEST).most == 50


def test_a_network_is_told_beside_the_exact_answer_and_where_it_is_wrong() -> None:
    """Its last layer says nothing: x̂_0 of "x0" is 0 everywhere, so its error is |E[x_0|x_t]| itself."""
    training = SmallTraining(RINGS, SCHEDULE, SmallRecipe("x0", None, steps=1, width=8, layers=1))
    snapshot = snapshot_of(training.network)
    empty = Snapshot(snapshot.config, {**snapshot.tensors, **{
        key: np.zeros_like(snapshot.tensors[key]) for key in ("last.weight", "last.bias")}})  # fmt: skip
    told = Field().answer(replace(REQUEST, network=empty)).told
    mixture, alpha_bar = Mixture(torch.from_numpy(RINGS.array)), SCHEDULE.alpha_bar_at(80)
    assert np.allclose(told.arrows[1], -told.arrows[0], atol=1e-5), "√ᾱ x̂_0 − x"
    cell = 6 / module.ERROR_GRID
    for row, column in ((30, 20), (24, 35)):
        place = torch.tensor([[(column + 0.5) * cell - 3, (row + 0.5) * cell - 3]])
        assert told.error[row, column] == pytest.approx(float(mixture.mean(place, alpha_bar).norm()), abs=1e-4)
    noise = np.random.default_rng(0).normal(size=RINGS.array.shape)
    x_t = alpha_bar**0.5 * RINGS.array + (1 - alpha_bar) ** 0.5 * noise
    means = mixture.mean(torch.from_numpy(x_t.astype(np.float32)), alpha_bar)
    assert told.rms == pytest.approx(float(means.square().sum(1).mean().sqrt()), rel=0.05)
    ends = (torch.arange(module.ERROR_GRID) + 0.5) * cell - 3
    places = torch.cartesian_prod(ends, ends)
    share = (mixture.log_density(places, alpha_bar) - mixture.log_density(places, alpha_bar).max()).exp()[0]
    faded = float(mixture.mean(places[:1], alpha_bar).norm() * (share / module.RARE).sqrt())
    assert share < module.RARE and told.error[0, 0] == pytest.approx(faded, rel=0.1), "hardly any x_t is in the corner"
    near = Field().answer(replace(REQUEST, network=empty, told_reach=1.0, reach=9.0)).told
    assert np.abs(near.arrows[0]).max() < 1 and near.rms == pytest.approx(told.rms, rel=0.5), "over x_0's own range"
    assert Field().answer(REQUEST).told is None and Field().answer(replace(REQUEST, network=empty, t=0)).told is None


@pytest.mark.parametrize("prediction", ["epsilon", "v"])
def test_where_nothing_of_the_picture_is_left_a_network_that_says_epsilon_says_nothing(prediction: str) -> None:
    """x_t of the level before stayed, and the person was told to read the log."""
    training = SmallTraining(RINGS, SCHEDULE, SmallRecipe(prediction, None, steps=1, width=8, layers=0))
    schedule = zero_terminal_snr(SCHEDULE)
    asked = replace(REQUEST, schedule=schedule, t=schedule.T, start=None, network=snapshot_of(training.network))
    plane = Field().answer(asked)
    assert plane.density is not None and (plane.told is None) is (prediction == "epsilon")
    assert Field().answer(replace(asked, t=schedule.T - 1)).told is not None
