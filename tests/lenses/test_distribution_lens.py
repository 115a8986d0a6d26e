"""Distribution: what is counted is what is predicted, and how far it is from pure noise."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from both_kinds import LINEAR, moment_of, picture, points

from diffviz.chart import Chart, Plot
from diffviz.diffusion import kl_to_prior
from diffviz.lenses.distribution import Distribution, signed
from diffviz.lenses.lens import some_of
from diffviz.lenses.map import Map


def series(plot: Plot) -> dict[str, np.ndarray]:
    return {each.name: each.y for each in plot.series}


@pytest.mark.parametrize("t", [0, 1, 300, 1000])
@pytest.mark.parametrize("kind", ["picture", "points"])
def test_what_is_counted_follows_the_mixture(kind: str, t: int) -> None:
    x_0 = picture() if kind == "picture" else points()
    plots = Distribution().chart(moment_of(x_0, t, kind), {}).plots
    over_pixels = plots[:-2]
    assert len(over_pixels) == (1 if kind == "picture" else 2)
    for plot in over_pixels:
        lines, width = series(plot), plot.series[0].x[1] - plot.series[0].x[0]
        n = x_0.numel() / len(over_pixels)
        error = np.sqrt(np.maximum(lines["mixture"], 0) * width / n) / width
        assert np.all(np.abs(lines["counted"] - lines["mixture"]) <= 5 * error + 25 / (n * width))
        assert lines["counted"].sum() * width == pytest.approx(1, abs=0.01)


@pytest.mark.parametrize("t", [1, 400])
def test_one_pixel_over_eps_is_a_bell_around_what_is_left_of_it(t: int) -> None:
    """Its draw lies in it, as high as it says: the mark is x_t itself."""
    moment = moment_of(picture(), t)
    plot = Distribution().chart(moment, {}).plots[-2]
    alpha_bar = LINEAR.alpha_bar_at(t)
    assert [mark.x for mark in plot.marks] == moment.at(moment.x_t)
    assert all(mark.name == "x_t" for mark in plot.marks)
    for bell, x_0 in zip(plot.series, moment.at(moment.x_0), strict=False):
        mean = (bell.x * bell.y).sum() / bell.y.sum()
        assert mean == pytest.approx(alpha_bar**0.5 * x_0, abs=0.02)
        spread = ((bell.x - mean) ** 2 * bell.y).sum() / bell.y.sum()
        assert spread == pytest.approx(1 - alpha_bar, rel=0.02)
        assert bell.y.max() == pytest.approx(1)
    assert plot.series[-1].name == "N(0, 1)" and [each.name for each in plot.series[:3]] == ["red", "green", "blue"]


def divergence(chart: Chart) -> Plot:
    return chart.plots[-1]


def test_the_divergence_is_the_pictures_own_and_its_sentence_says_how_nearly() -> None:
    """CONVENTIONS 7: 0.029813 bits in 3x32x32 numbers of mean square 1/3."""
    lens, x_0 = Distribution(), torch.full((1, 3, 32, 32), (1 / 3) ** 0.5)
    for t in (1, 500, 1000):
        chart = lens.chart(moment_of(x_0, t), {})
        bits = float(kl_to_prior(x_0.double(), t, LINEAR)) / math.log(2)
        (dot,) = divergence(chart).dots
        assert (dot.x, dot.y) == (t, pytest.approx(bits, rel=1e-5)) and dot.text in chart.sentence
        assert divergence(chart).series[0].y[t] == pytest.approx(bits, rel=1e-5) and divergence(chart).t == t
    assert dot.y == pytest.approx(0.029813, rel=1e-4)
    assert re.search(r"in 54\.[01] % of cases", chart.sentence), "54.050 %"


def test_a_sum_over_all_numbers_says_of_which_size_and_what_one_has() -> None:
    sentences, bits = [], []
    for side in (16, 64):
        chart = Distribution().chart(moment_of(torch.full((1, 3, side, side), 0.5), 600), {})
        assert f"bits of {side}x{side} RGB" in chart.sentence
        assert divergence(chart).title == f"KL to N(0, I), bits of {side}x{side} RGB"
        bits.append(divergence(chart).dots[0].y)
        sentences.append(re.search(r"([\d.]+\S*) a number", chart.sentence))
    assert bits[1] == pytest.approx(16 * bits[0])
    assert sentences[0] and sentences[1] and sentences[0][1] == sentences[1][1]


def test_mean_and_deviation_are_those_of_all_pixels_and_the_bars_say_how_many_they_count() -> None:
    x_0 = torch.zeros(1, 3, 160, 160)
    moment = moment_of(x_0, 1000)
    sentence = Distribution().chart(moment, {}).sentence
    mean, deviation = float(moment.x_t.double().mean()), float(moment.x_t.double().std(correction=0))
    assert f"mean {mean:+.3f}".replace("-", "−") in sentence and f"deviation {deviation:.3f} (" in sentence
    assert "; bars: 65,536 of 76,800 numbers" in sentence
    assert "bars" not in Distribution().chart(moment_of(picture(), 1000), {}).sentence


def test_what_follows_from_the_networks_guess_is_no_prediction() -> None:
    """A chain that fails agrees with its own x̂_0 too."""
    moment = moment_of(picture(), 300)
    said, of_guess = (Distribution().chart(replace(moment, guessed=guessed), {}).sentence for guessed in (False, True))
    assert "(predicted " in said and "(from x̂_0 " not in said
    assert "(predicted " not in of_guess and "(from x̂_0 " in of_guess


def test_at_t_0_there_is_no_bell_and_no_dot() -> None:
    chart = Distribution().chart(moment_of(picture(), 0), {})
    assert [each.name for each in chart.plots[1].series] == ["N(0, 1)"]
    assert not divergence(chart).dots and "no noise yet" in chart.sentence


def test_what_does_not_move_with_t_stays_the_same_object() -> None:
    lens, x_0 = Distribution(), picture()
    a, b = (divergence(lens.chart(moment_of(x_0, t), {})) for t in (100, 200))
    assert a.series[0] is b.series[0] and (a.x, a.y) == (b.x, b.y)


def test_some_of_many_values_are_spread_evenly_and_the_same_every_time() -> None:
    values = np.arange(10_000.0).reshape(100, 100)
    some = some_of(values, 100)
    assert np.array_equal(some // 100, np.arange(100)) and np.array_equal(some, some_of(values, 100))
    assert len(set(some % 100)) > 40  # no pattern of columns
    assert np.array_equal(some_of(values, 10_000), values.reshape(-1))


@pytest.mark.parametrize(("kind", "x_0"), [("picture", picture()), ("sound", torch.zeros(1, 400))])
def test_its_words_are_those_of_the_kind(kind: str, x_0: torch.Tensor) -> None:
    parts = {"picture": "pixels", "sound": "samples"}[kind]
    chart = Distribution().chart(moment_of(x_0, 300, kind), {})
    assert chart.plots[0].title == f"x_t over all {parts}: a mixture" and f"Over all {parts}: mean" in chart.sentence
    assert f"one of the {parts}" in Distribution().chart(moment_of(x_0, 0, kind), {}).sentence


def test_of_a_guess_the_axis_is_as_high_as_what_is_seen() -> None:
    """A guess is another one at each t: at t = T a narrow one, whose density at t = 0 would be high."""
    narrow = 0.1 * points()
    made = replace(moment_of(narrow, 700, "points"), guessed=True)
    assert Distribution().chart(made, {}).plots[0].y.high == 0.46
    assert Distribution().chart(replace(made, guessed=False), {}).plots[0].y.high > 1, "of x_0 one axis for all t"


@pytest.mark.parametrize(("value", "text"), [(-0.0004, "+0.000"), (-0.0006, "−0.001"), (0.25, "+0.250")])
def test_a_mean_that_rounds_to_nothing_is_not_below_it(value: float, text: str) -> None:
    assert signed(value) == text
    data = torch.tensor([[-1.0 + 2 * value], [1.0]])[None]
    assert f"x_t has mean {text}" in Map().chart(moment_of(data, 0, "line"), {"channel": 1, "start": 0.9}).sentence
