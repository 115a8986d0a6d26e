"""What stands in the posterior's place of x_0, and why it does not."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from PIL import Image

from diffviz.diffusion import SCHEDULES, Mixture, Prediction, add_noise
from diffviz.engine.denoising import start_level
from diffviz.engine.guess import Guess, Lending
from diffviz.engine.messages import NoisedRequest
from diffviz.engine.noise import held_noise
from diffviz.engine.opening import open_model
from diffviz.kinds import PICTURE, POINTS
from diffviz.scene import ModelSpec, ScheduleSpec

SCHEDULE = SCHEDULES["linear"](T=100)
REQUEST = NoisedRequest(1, 40, 0, ScheduleSpec("linear", 100), "p", second="posterior", model=ModelSpec("m"))
X_0, X_T = torch.zeros(1, 3, 8, 8), torch.ones(1, 3, 8, 8)


def lent(shape: tuple[int, ...] = (3, 8, 8)) -> Lending:
    lending = Lending()
    model = SimpleNamespace(
        words=None,
        kind=PICTURE,
        sample_shape=shape,
        schedule=SCHEDULE,
        device=torch.device("cpu"),
        denoiser=lambda **_: lambda x, t: Prediction(x * t, x),
    )
    lending.model = lambda: model  # type: ignore[assignment, return-value]
    return lending


def asked(name: str, lending: Lending, **more: object) -> tuple[torch.Tensor | None, str]:
    request = dataclasses.replace(REQUEST, guess=name, **more)  # type: ignore[arg-type]
    return Guess(lending).of(request, X_0, X_T, SCHEDULE)


def test_the_networks_guess_is_of_the_level_of_the_same_snr() -> None:
    assert asked("true", lent()) == (None, "")
    x0_hat, words = asked("network", lent())
    assert words == "network" and x0_hat is not None and torch.equal(x0_hat, 40 * X_T)


def test_another_picture_has_the_size_of_x_0() -> None:
    other, words = asked("coffee", lent())
    assert words == "coffee" and other is not None and other.shape == X_0.shape and other.abs().max() <= 1


@pytest.mark.parametrize("channels", [1, 3])
def test_for_a_network_of_another_size_the_picture_is_reduced_before_it_is_noised(channels: int) -> None:
    x_0 = PICTURE.x_0(PICTURE.read("builtin:coffee").array[:200, :150])
    x_0 = torch.from_numpy(x_0)[None]
    x_t = torch.randn(x_0.shape)
    request = dataclasses.replace(REQUEST, guess="network", seed=3)
    guess, words = Guess(lent((channels, 16, 16))).of(request, x_0, x_t, SCHEDULE)
    assert guess is not None and guess.shape == x_0.shape
    assert words == f"network, 16x16 {'grey' if channels == 1 else 'RGB'}"
    small = torch.from_numpy(PICTURE.refitted(x_0.numpy(), (channels, 16, 16)))
    expected = 40 * add_noise(small, 40, held_noise(3, (channels, 16, 16)), SCHEDULE)  # lent's network returns x t
    seen = {round(float(value), 3) for value in expected.flatten()}
    assert {round(float(value), 3) for value in guess.flatten()} == seen  # enlarged pixel by pixel, none left out
    assert torch.equal(guess[0, :, 0, 0], expected[0, :, 0, 0].expand(3))


def test_another_picture_out_of_a_file_and_what_is_wrong_with_it(tmp_path: Path) -> None:
    path = tmp_path / "my cat.png"
    Image.new("RGB", (5, 9), (255, 0, 0)).save(path)
    other, words = asked(f"path:{path}", lent())
    assert words == path.name and other is not None and torch.equal(other[0, :, 3, 3], torch.tensor([1.0, -1.0, -1.0]))
    guess, words = asked(f"path:{tmp_path / 'gone.png'}", lent())
    assert guess is None and words.startswith("no guess, gone.png: ")


def test_there_is_a_sentence_where_there_is_no_guess() -> None:
    busy = lent()
    busy.lock.acquire()
    for lending, words in (
        (lent((4, 16, 16)), "the model makes 16x16 4 channels, x_0 here is 8x8 RGB; open one of its size"),
        (Lending(), "no model is loaded; choose one"),
        (busy, "a chain or experiment has the model"),
    ):
        guess, said = asked("network", lending)
        assert guess is None and words in said
    guess, said = asked("two_moons", lent())
    assert guess is None and "another kind" in said


@pytest.mark.parametrize("name", ["rings", "cat"])
def test_of_points_too(name: str) -> None:
    cloud = torch.from_numpy(POINTS.x_0(POINTS.read("builtin:two_moons").array))[None]
    request = dataclasses.replace(REQUEST, guess=name, kind="points")
    guess, said = Guess(lent()).of(request, cloud, cloud, SCHEDULE)
    assert (guess is not None and said == "rings") or "another" in said


def test_a_model_of_points_takes_fewer_than_it_makes() -> None:
    cloud = torch.from_numpy(POINTS.x_0(POINTS.read("builtin:two_moons").array))[None]
    model = open_model("exact:two_moons", "cpu")
    assert model.sample_shape[0] > cloud.shape[1]
    lending = Lending()
    lending.model = lambda: model
    x_t = add_noise(cloud, 40, torch.randn(cloud.shape, generator=torch.Generator().manual_seed(0)), SCHEDULE)
    request = dataclasses.replace(REQUEST, guess="network", kind="points", model=ModelSpec("exact:two_moons"))
    guess, said = Guess(lending).of(request, cloud, x_t, SCHEDULE)
    assert said == "network" and guess is not None and guess.shape == cloud.shape
    level = start_level(model.schedule.alpha_bar, float(SCHEDULE.alpha_bar[request.t]))
    exact = Mixture(cloud[0]).denoiser(model.schedule)(x_t, level).x0_hat
    assert torch.allclose(guess, exact, atol=1e-3)
    many = cloud.repeat(1, 3, 1)
    guess, said = Guess(lending).of(request, many, many, SCHEDULE)
    assert guess is None and said == "the model takes 5,000 points; open no more for its x̂_0"


def test_of_the_same_x_t_the_network_is_asked_once() -> None:
    """A lens asks again wherever the cursor goes."""
    asked_at: list[float] = []
    lending = lent()
    model = lending.model()
    model.denoiser = lambda **_: lambda x, t: (asked_at.append(t), Prediction(x * t, x))[1]  # type: ignore[union-attr]
    guess = Guess(lending)
    first = guess.predicted(REQUEST, X_0, X_T, SCHEDULE)
    assert guess.predicted(REQUEST, X_0, X_T, SCHEDULE) is first and len(asked_at) == 1
    for request, x_t in ((dataclasses.replace(REQUEST, model=ModelSpec("m", "cat")), X_T), (REQUEST, X_T.clone())):
        guess.predicted(request, X_0, x_t, SCHEDULE)
    assert len(asked_at) == 3
    lending.model = lambda: None
    assert guess.predicted(REQUEST, X_0, X_T, SCHEDULE) == (None, "no model is loaded; choose one for its x̂_0")
