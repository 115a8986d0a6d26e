"""A small network of points: it learns what the exact answer says, is never better, and is saved and opened."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from diffviz.diffusion import SCHEDULES, zero_terminal_snr
from diffviz.diffusion.denoiser import to_x0_eps
from diffviz.kinds import LINE, POINTS
from diffviz.kinds.kind import Kind
from diffviz.kinds.points import Points
from diffviz.models import ModelError, load_model
from diffviz.models.small import CLASS, PREDICTIONS, network_of, save_small, snapshot_of
from diffviz.train.objective import wanted
from diffviz.train.recipe import TrainError
from diffviz.train.small import Learnt, SmallRecipe, SmallTraining, _Adam

SHORT = SmallRecipe("v", seconds=None, steps=250, width=32, layers=1, lr=1e-2)
LINEAR = SCHEDULES["linear"](T=100)


def trained(points: Points, recipe: SmallRecipe = SHORT) -> tuple[SmallTraining, list[Learnt]]:
    training = SmallTraining(points, LINEAR, recipe)
    return training, list(training.run())


@pytest.fixture(scope="module")
def deltas() -> tuple[SmallTraining, list[Learnt]]:
    torch.set_num_threads(1)
    return trained(LINE.read("builtin:two_deltas"))


def test_its_loss_falls_to_the_floor_and_not_below(deltas: tuple[SmallTraining, list[Learnt]]) -> None:
    _, seen = deltas
    first, last = seen[0], seen[-1]
    assert (first.step, last.step) == (0, 250) and first.floor == last.floor
    assert last.loss < first.floor + 0.2 * (first.loss - first.floor)
    assert last.loss > last.floor - 0.01, "the same x_t for both: only luck is below"
    assert len(last.at) == len(last.losses) == len(last.floors) and last.losses.mean() == pytest.approx(last.loss)


@pytest.mark.parametrize(("kind", "name"), [(POINTS, "eight_gaussians"), (LINE, "two_gaussians")])
def test_as_it_comes_it_learns_clouds_that_are_nearly_gaussian(kind: Kind, name: str) -> None:
    """Asked for v it learns nothing of them: E[v|x_t] has no linear part."""
    seen = trained(kind.read(f"builtin:{name}"), SmallRecipe(seconds=None, steps=400))[1]
    first, last = seen[0], seen[-1]
    assert last.loss < last.floor + 0.2 * (first.loss - first.floor)


def test_it_says_tanh_of_two_deltas(deltas: tuple[SmallTraining, list[Learnt]], tmp_path: Path) -> None:
    """E[x_0|x_t] = tanh(√ᾱ x_t/(1-ᾱ)), of any class."""
    training, _ = deltas
    save_small(tmp_path / "m", training.network, LINEAR, training.points.class_names)
    model = load_model(str(tmp_path / "m"))
    assert model.kind is LINE and model.class_names == ("minus one", "plus one") and model.null_class == 2
    x = torch.linspace(-2, 2, 41)[None, :, None]
    for t in (30, 60):
        a = float(LINEAR.alpha_bar[t])
        said = model.denoiser()(x, t).x0_hat
        assert float((said - torch.tanh(a**0.5 * x / (1 - a))).abs().mean()) < 0.15
        one = model.denoiser("plus one")(x, t).x0_hat
        assert float(one.mean()) > float(said.mean()) + 0.3


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_the_floor_is_the_exact_answers_whatever_is_predicted(prediction: str) -> None:
    """The floors of the four differ by known factors of that of x_0: its error times 1, ᾱ/(1-ᾱ), 1/(1-ᾱ) and so on."""
    points = POINTS.read("builtin:rings")
    of = [SmallTraining(points, LINEAR, replace(SHORT, prediction=each)) for each in ("x0", prediction)]
    checks = {training.recipe.prediction: training._check for training in of}
    floors, at = {each: check.floors for each, check in checks.items()}, checks["x0"].at
    alpha_bar = LINEAR.alpha_bar[at]
    a, b = alpha_bar**0.5, (1 - alpha_bar) ** 0.5
    factor = {"x0": np.ones(len(at)), "epsilon": (a / b) ** 2, "v": 1 / b**2, "flow": ((a + b) / b) ** 2}[prediction]
    assert np.allclose(floors[prediction], factor * floors["x0"], rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("prediction", PREDICTIONS)
def test_what_is_wanted_leads_back_to_both(prediction: str) -> None:
    x_0, eps = torch.randn((2, 50, 2), generator=torch.Generator().manual_seed(0))
    for alpha_bar in (0.999, 0.3, 1e-3):
        a, b = torch.tensor(alpha_bar**0.5), torch.tensor((1 - alpha_bar) ** 0.5)
        back = to_x0_eps(wanted(x_0, eps, a, b, prediction), a * x_0 + b * eps, alpha_bar, prediction)
        assert torch.allclose(back[0], x_0, atol=2e-3) and torch.allclose(back[1], eps, atol=2e-3)


def test_it_goes_on_and_stops_when_it_is_told() -> None:
    training, _ = trained(POINTS.read("builtin:two_moons"), replace(SHORT, steps=3))
    seen = list(training.run(replace(SHORT, steps=2)))
    assert [learnt.step for learnt in seen] == [3, 5]
    stopped = list(training.run(replace(SHORT, steps=100), lambda: training.step >= 7))
    assert stopped[-1].step == 7


def test_the_same_seed_is_the_same_network() -> None:
    one, other = (trained(POINTS.read("builtin:spiral"), replace(SHORT, steps=3))[0] for _ in range(2))
    assert all(torch.equal(a, b) for a, b in zip(one.network.parameters(), other.network.parameters(), strict=True))


def test_a_snapshot_is_the_network_under_any_schedule(deltas: tuple[SmallTraining, list[Learnt]]) -> None:
    training, seen = deltas
    network = network_of(seen[-1].snapshot, SCHEDULES["cosine"]())
    again = snapshot_of(network)
    assert all(np.array_equal(again.tensors[key], value) for key, value in seen[-1].snapshot.tensors.items())
    x, t = torch.randn(1, 5, 1), int(np.abs(SCHEDULES["cosine"]().alpha_bar - LINEAR.alpha_bar[40]).argmin())
    one = network(x, torch.tensor([t - 1]))[0]
    other = training.network(x, torch.tensor([39]))[0]
    assert torch.allclose(one, other, atol=0.02), "it is told the noise, not t"


def test_what_cannot_be_is_refused_in_words(tmp_path: Path, deltas: tuple[SmallTraining, list[Learnt]]) -> None:
    with pytest.raises(TrainError, match="not one of epsilon, v, x0, flow"):
        SmallRecipe("score").check()
    with pytest.raises(TrainError, match="either seconds or steps"):
        SmallRecipe(steps=3).check()
    points = LINE.read("builtin:two_deltas")
    broken = SmallTraining(points, LINEAR, replace(SHORT, lr=1e20, steps=40))
    with pytest.raises(TrainError, match="diverged"):
        list(broken.run())
    folder, config = tmp_path / "m", tmp_path / "m" / "unet" / "config.json"
    save_small(folder, deltas[0].network, LINEAR)
    text = config.read_text()
    for old, new, why in (
        ('"width": 32', '"width": 33', "do not belong together"),
        ('"width": 32', '"width": 32000', "expected a whole number in 4..1024"),
        ('"layers": 1', '"layers": null', "a whole number in 1..8"),
        (f'"{CLASS}"', '"Another"', "describes Another"),
    ):
        assert old in text
        config.write_text(text.replace(old, new))
        with pytest.raises(ModelError, match=why):
            load_model(str(folder))


def test_adam_is_torchs_own() -> None:
    generator = torch.Generator().manual_seed(0)
    one, other = (torch.ones(3, 2, requires_grad=True) for _ in range(2))
    ours, theirs = _Adam([one]), torch.optim.Adam([other], lr=0.01)
    for _ in range(5):
        grad = torch.randn(3, 2, generator=generator)
        other.grad = grad
        theirs.step()
        with torch.no_grad():
            ours.step([grad], 0.01)
    assert torch.allclose(one, other, atol=1e-6)


def test_a_schedule_of_its_own_parameters_is_opened_as_it_was_learnt(
    deltas: tuple[SmallTraining, list[Learnt]], tmp_path: Path
) -> None:
    for k, params in enumerate(({}, {"shift": 3.0}, {"s": 0.05})):
        schedule = SCHEDULES["cosine"](T=100, **params)
        save_small(tmp_path / str(k), deltas[0].network, schedule, deltas[0].points.class_names)
        opened = load_model(str(tmp_path / str(k))).schedule
        np.testing.assert_allclose(opened.alpha_bar, schedule.alpha_bar, rtol=1e-6)


def test_epsilon_is_not_learnt_where_it_says_nothing_of_the_points() -> None:
    """The network that came of it could make no chain."""
    zero = zero_terminal_snr(LINEAR)
    with pytest.raises(TrainError, match=r"ε says nothing of x_0 at t = T.*let it predict v, x_0 or flow\."):
        SmallTraining(LINE.read("builtin:two_deltas"), zero, replace(SHORT, prediction="epsilon"))
    for prediction in set(PREDICTIONS) - {"epsilon"}:
        SmallTraining(LINE.read("builtin:two_deltas"), zero, replace(SHORT, prediction=prediction))
