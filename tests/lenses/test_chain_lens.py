"""Chain: steps come to the jump, and their ways lie in its bands."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from both_kinds import LINEAR, moment_of, picture, points

from diffviz.diffusion import SCHEDULES
from diffviz.lenses.chain import PATHS, Chain

FIRST = {"channel": 1}


@pytest.mark.parametrize("kind", ["picture", "points"])
def test_predicted_and_measured_lie_on_the_jump(kind: str) -> None:
    x_0 = picture() if kind == "picture" else points()
    sums, _ = Chain().chart(moment_of(x_0, 300, kind), FIRST).plots
    by_name = {each.name: each for each in sums.series if each.style != "dots"}
    assert np.abs(by_name["∏√(1−β)"].y - by_name["√ᾱ"].y).max() < 1e-12
    assert np.abs(by_name["variance"].y - by_name["1−ᾱ"].y).max() < 1e-12
    signal, variance = (each for each in sums.series if each.style == "dots")
    left = 1 - LINEAR.alpha_bar[signal.x.astype(int)]
    n = min(x_0.numel(), 8000)
    energy = float(x_0.square().mean()) * n
    assert np.all(np.abs(signal.y - np.sqrt(1 - left)) <= 5 * np.sqrt(left / energy) + 1e-6)
    assert np.all(np.abs(variance.y - left) <= 5 * left * np.sqrt(2 / n) + 1e-5)
    assert sums.t == 300


def test_chains_of_a_pixel_begin_with_it_and_fill_the_bands() -> None:
    """Of 20 chains at 500 levels about 95 % lie within two deviations; they are correlated, so wide bounds."""
    moment = moment_of(picture(), 300)
    plot = Chain().chart(moment, {"channel": 2}).plots[1]
    ways = np.array([each.y for each in plot.series if each.style == "thin"])
    wide, narrow = (each for each in plot.series if each.style == "band")
    assert len(ways) == PATHS and np.all(ways[:, 0] == moment.at(moment.x_0)[1])
    inside = [float(((ways > band.low) & (ways < band.y))[:, 1:].mean()) for band in (wide, narrow)]
    assert 0.88 < inside[0] < 1 and 0.55 < inside[1] < 0.8
    held = plot.series[-1]
    assert held.name == "held ε" and plot.dots[0].y == moment.at(moment.x_t)[1]
    assert held.y[150] == pytest.approx(plot.dots[0].y, abs=1e-5)  # t = 300 of every second level
    assert np.abs(np.diff(held.y)).max() < 0.1 < np.abs(np.diff(ways)).max()  # smooth beside rough
    assert "green" in plot.title


def test_where_noise_is_fresh_no_held_way_is_drawn() -> None:
    chart = Chain().chart(moment_of(picture(), 300, fresh=True), FIRST)
    assert "held ε" not in [each.name for each in chart.plots[1].series] and "on the screen" in chart.sentence


def test_a_grey_picture_measures_no_factor_and_says_so() -> None:
    chart = Chain().chart(moment_of(torch.full((1, 3, 16, 16), -0.004), 10, schedule=SCHEDULES["linear"](50)), FIRST)
    assert "too near 0" in chart.sentence
    assert np.isnan(next(each for each in chart.plots[0].series if each.style == "dots").y).all()


@pytest.mark.parametrize("t", [0, 1000])
def test_both_ends(t: int) -> None:
    chart = Chain().chart(moment_of(picture(), t), FIRST)
    assert f"{LINEAR.alpha_bar[t] ** 0.5:.3f}" in chart.sentence and "nan" not in chart.sentence


def test_what_does_not_move_with_t_stays_the_same_object() -> None:
    lens, x_0 = Chain(), picture()
    first = moment_of(x_0, 100)
    a = lens.chart(first, FIRST).plots
    b = lens.chart(moment_of(x_0, 200), FIRST).plots
    assert all(p.series[0] is q.series[0] for p, q in zip(a, b, strict=True))
    other = lens.chart(moment_of(-x_0, 200), FIRST).plots
    assert all(p.series[-1] is not q.series[-1] for p, q in zip(a, other, strict=True))
