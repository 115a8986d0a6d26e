"""Map: the density over x and t is the exact one, and the ways through it are what the theory says."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from both_kinds import LINEAR, moment_of, picture

from diffviz.chart import Chart, Plot, Series
from diffviz.diffusion.denoiser import Prediction
from diffviz.diffusion.distribution import mixture_density, mixture_of
from diffviz.kinds import LINE, POINTS
from diffviz.kinds.known import Known
from diffviz.lens_catalog import LENSES
from diffviz.lenses import Looked, Moment
from diffviz.lenses.map import WAYS, Map

FIRST = {"channel": 1, "start": 0.9}
DELTAS = LINE.read("builtin:two_deltas")


def down(t: float, lens: Map | None = None, start: float = 0.9, **changes: object) -> Plot:
    return said(t, lens, start, **changes).plots[0]


def said(t: float, lens: Map | None = None, start: float = 0.9, **changes: object) -> Chart:
    told = changes.pop("told", None)
    known = replace(Known(DELTAS.array, DELTAS.labels, -1, 1.0, (0.9, 1.1), 0), **changes)
    none = torch.empty(1, 0)
    moment = Moment(LINEAR, t, 0, none, none, none, "line", True, Looked((), "", ()), known=known, told=told)
    return (lens or Map()).chart(moment, {"channel": 1, "start": start})


def line() -> torch.Tensor:
    return torch.from_numpy(LINE.x_0(LINE.read("builtin:three_classes").array))[None]


def way(plot: Plot, name: str) -> Series:
    return next(each for each in plot.series if each.name == name)


@pytest.mark.parametrize("kind", ["picture", "line"])
def test_each_column_is_the_density_at_its_t(kind: str) -> None:
    x_0 = picture() if kind == "picture" else line()
    plot = Map().chart(moment_of(x_0, 300, kind), FIRST).plots[0]
    (shade,) = plot.shades
    assert plot.t == 300
    edges = np.linspace(-3, 3, len(shade.y) + 1)
    for column in (20, 60, 200):
        alpha_bar = float(LINEAR.alpha_bar[int(shade.x[column])])
        exact = mixture_density(mixture_of(x_0.numpy()), edges, alpha_bar)
        assert np.abs(shade.values[:, column] - exact).max() < 1e-3
    assert np.isfinite(shade.values).all() and shade.shares().max() == 1.0, "at t = 0 too"
    ridge = plot.moving[0]
    assert ridge.x.min() >= 300 and ridge.y.tolist() == shade.y.tolist()


def test_chains_begin_with_the_data_and_the_held_way_passes_through_the_point() -> None:
    moment = moment_of(line(), 300, "line")
    plot = Map().chart(moment, FIRST).plots[0]
    thin = [each for each in plot.series if each.style == "thin"]
    data = set(line().reshape(-1).tolist())
    assert len(thin) == WAYS and all(float(each.y[0]) in data for each in thin)
    held, dot = way(plot, "held ε"), plot.dots[0]
    assert np.interp(300, held.x, held.y) == pytest.approx(dot.y, abs=2e-3) and dot.y == moment.at(moment.x_t)[0]
    fresh = Map().chart(moment_of(line(), 300, "line", fresh=True), FIRST).plots[0]
    assert "held ε" not in [each.name for each in fresh.series]


def test_two_deltas_say_tanh() -> None:
    """E[x_0|x_t] = tanh(√ᾱ x_t/(1-ᾱ)), and the score (√ᾱ E - x_t)/(1-ᾱ), in the words too."""
    chart = said(400)
    x = next(dot.y for dot in chart.plots[0].dots if dot.role == "2")
    a = float(LINEAR.alpha_bar[400])
    mean = np.tanh(a**0.5 * x / (1 - a))
    words = f"E[x_0|x_t] = {mean:.3f}, score {(a**0.5 * mean - x) / (1 - a):.2f}".replace("-", "−")
    assert words in chart.sentence and "the ODE leads to 1.00" in chart.sentence


def test_no_way_of_the_ode_overtakes_another_and_each_stays_a_quantile() -> None:
    plot = down(400)
    bundle = np.array([each.y for each in plot.series if each.style == "thin"])
    assert bundle.shape[0] == WAYS and np.all(np.diff(bundle[:, :-1], axis=0) > 0)
    levels = plot.series[0].x
    for k in (60, 75):  # t = 400, 250
        alpha_bar = LINEAR.alpha_bar[int(levels[k])]
        below = [
            np.mean([float(torch.special.ndtr(torch.tensor((x - s * alpha_bar**0.5) / (1 - alpha_bar) ** 0.5)))
                     for s in (-1, 1)])
            for x in bundle[:, k]
        ]  # fmt: skip
        assert np.abs(below - (np.arange(WAYS) + 0.5) / WAYS).max() < 0.02


def test_the_start_is_one_for_both_and_can_be_dragged() -> None:
    lens = Map()
    one, other = down(1000, lens), down(1000, lens, start=-0.5)
    assert one.grip == 0.9 and way(one, "ODE").y[0] == way(one, "SDE").y[0] == pytest.approx(0.9)
    assert way(other, "ODE").y[-1] == pytest.approx(-1, abs=0.02) and one.shades[0] is other.shades[0]
    assert np.abs(np.diff(way(one, "SDE").y)).max() > 5 * np.abs(np.diff(way(one, "ODE").y)).max(), "rough"
    again = down(500, lens, start=-0.5)
    assert all(a is not b for a, b in zip(again.series[-2:], one.series[-2:], strict=True))


def test_while_its_start_is_dragged_its_ways_have_fewer_steps_and_the_others_all() -> None:
    plot = down(400, moving=True)
    assert [len(way(plot, name).x) for name in ("ODE", "SDE", "ODE from quantiles")] == [26, 26, 101]


def test_a_chains_own_points_take_the_place_of_the_quantiles() -> None:
    ways = np.array([1000.0, 500.0, 0.0]), np.arange(12, dtype=np.float32).reshape(3, 4, 1)
    chart = said(500, ways=ways, made="any · Heun 2")
    thin = [each for each in chart.plots[0].series if each.style == "thin"]
    assert [each.y.tolist() for each in thin] == [[k, 4 + k, 8 + k] for k in range(4)]
    assert thin[0].name == "any · Heun 2" and "points of any · Heun 2" in chart.sentence


def test_of_a_class_its_density_and_guided_the_words_are_others() -> None:
    (shade,) = down(100, label=1).shades
    column = shade.values[:, int(np.abs(shade.x - 100).argmin())]
    assert column[shade.y < -0.5].max() < 1e-3 < column.max()
    assert "both have the density" in said(100, label=1).sentence
    guided = said(100, label=1, guidance=3.0).sentence
    assert "guided with w = 3" in guided and "guided x̂_0 = " in guided and "E[x_0|x_t]" not in guided


def test_a_network_is_told_beside_the_exact_answer() -> None:
    """One that says 0 whatever it is asked leads every way to 0."""

    def nothing(x_t: torch.Tensor, t: float) -> Prediction:
        return Prediction(torch.zeros_like(x_t), x_t / (1 - LINEAR.alpha_bar_at(t)) ** 0.5)

    chart = said(400, told=nothing)
    learnt = [each for each in chart.plots[0].series if each.role == "5"]
    assert len(learnt) == WAYS and learnt[0].name == "the network's ODE"
    assert max(abs(float(each.y[-1])) for each in learnt) < 1e-4 and "the network says 0.000" in chart.sentence
    _, wrong = chart.plots[0].shades
    t = wrong.x[8]
    alpha_bar = float(LINEAR.alpha_bar_at(t))
    mean = np.tanh(alpha_bar**0.5 * wrong.y / (1 - alpha_bar))
    near = np.abs(wrong.y) < 1
    assert wrong.amount and np.abs(wrong.values[near, 8] - np.abs(mean[near])).max() < 1e-4
    assert wrong.values[0, 0] == pytest.approx(0, abs=1e-6), "it fades where x_t is never"
    rms = float(re.search(r"off by (\d\.\d+) \(RMS over x_t\)", chart.sentence)[1])
    x = np.linspace(-6, 6, 4001)
    a = float(LINEAR.alpha_bar_at(400))
    density = sum(np.exp(-((x - side * a**0.5) ** 2) / 2 / (1 - a)) for side in (-1, 1))
    expected = np.sqrt(np.sum(density * np.tanh(a**0.5 * x / (1 - a)) ** 2) / np.sum(density))
    assert rms == pytest.approx(expected, abs=0.01)


def test_points_in_the_plane_show_one_coordinate() -> None:
    moons = POINTS.read("builtin:two_moons")
    plot = down(500, atoms=moons.array, labels=moons.labels)
    assert plot.grip is None and [each.name for each in plot.series] == ["SDE", "ODE"]
    assert way(plot, "ODE").y[0] == pytest.approx(0.9)


def test_a_chain_of_pictures_says_what_it_needs() -> None:
    moment = replace(moment_of(picture(), 300), guessed=True)
    assert Map().chart(moment, FIRST).message == LENSES["map"].only


def test_every_number_is_in_the_csv() -> None:
    text = down_csv()
    rows = [row.split(",") for row in text.splitlines()]
    at = next(k for k, row in enumerate(rows) if row[-1] == "density")
    assert len(rows[at + 1 :]) == 201 * 150 and float(rows[at + 1][1]) == 0


def down_csv() -> str:
    return said(500).to_csv()


def test_what_does_not_move_with_t_stays_the_same_object() -> None:
    """A move of the slider draws neither density nor chains again."""
    lens, x_0, params = Map(), picture(), {"channel": 1, "start": 0.0}
    first = moment_of(x_0, 100)
    moments = first, replace(first, t=200.0, x_t=moment_of(x_0, 200).x_t)
    a, b = (lens.chart(each, params).plots[0] for each in moments)
    assert a.shades[0] is b.shades[0] and len(a.series) == WAYS + 1
    assert all(one is other for one, other in zip(a.series, b.series, strict=True))


def test_the_name_of_what_made_a_chain_keeps_its_hyphens() -> None:
    ways = (np.array([1000.0, 0.0]), np.zeros((2, 3, 1)))
    text = said(500, start=-0.9, ways=ways, made="any · DPM-Solver++ 2M").sentence
    assert "any · DPM-Solver++ 2M" in text and "x_T = −0.90" in text
