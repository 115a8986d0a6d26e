"""What stands in the posterior's place of x_0, and why it does not."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace

import pytest
import torch

from diffviz.diffusion import SCHEDULES, Prediction
from diffviz.engine.guess import Guess, Lending
from diffviz.engine.messages import NoisedRequest
from diffviz.kinds import PICTURE, POINTS
from diffviz.scene import ModelSpec, ScheduleSpec

SCHEDULE = SCHEDULES["linear"](T=100)
REQUEST = NoisedRequest(1, 40, 0, ScheduleSpec("linear", 100), "p", second="posterior", model=ModelSpec("m"))
X_0, X_T = torch.zeros(1, 3, 8, 8), torch.ones(1, 3, 8, 8)


def lent(shape: tuple[int, ...] = (3, 8, 8)) -> Lending:
    lending = Lending()
    model = SimpleNamespace(
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


def test_there_is_a_sentence_where_there_is_no_guess() -> None:
    busy = lent()
    busy.lock.acquire()
    for lending, words in (
        (lent((3, 16, 16)), "the network makes 16x16 RGB, x_0 here is 8x8 RGB; open one of its size"),
        (Lending(), "no model is loaded; choose one"),
        (busy, "the network is at work"),
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
