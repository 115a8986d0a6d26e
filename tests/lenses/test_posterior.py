"""The Posterior lens: its numbers are those of q(x_s | x_t, x_0), whichever s."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from moments import LINEAR, chart_of, moment

from diffviz.chart import number
from diffviz.diffusion import SCHEDULES, posterior_coefficients, posterior_columns, zero_terminal_snr


@pytest.mark.parametrize("name", sorted(SCHEDULES.keys() - {"custom"}))
@pytest.mark.parametrize("back", [1, 7, 60])
def test_columns_over_t_are_the_coefficients_of_each_t(name: str, back: int) -> None:
    schedule = SCHEDULES[name](T=50)
    columns = posterior_columns(schedule, back)
    for t in (1, 2, 8, 30, 49):
        wanted = posterior_coefficients(t, max(t - back, 0), schedule)
        assert [columns.c_0[t], columns.c_t[t], columns.beta_tilde[t]] == pytest.approx(wanted, rel=1e-6, abs=1e-15)
    assert all(math.isnan(column[0]) for column in columns)


def test_columns_at_zero_terminal_snr_are_numbers() -> None:
    schedule = zero_terminal_snr(SCHEDULES["linear"](T=50))
    for back in (1, 5):
        columns = posterior_columns(schedule, back)
        assert np.isfinite(np.stack(columns)[:, 1:]).all()
        assert columns.c_t[50] == 0 and columns.c_0[50] == pytest.approx(schedule.alpha_bar[50 - back] ** 0.5)


@pytest.mark.parametrize("t", [1, 2, 100, 501, 1000])
def test_beside_the_true_posterior_stands_that_with_the_networks_guess(t: int) -> None:
    what = moment(LINEAR, t)
    guess = what.x_0 + 0.5
    chart = chart_of("posterior", replace(what, guess=guess, said="network, 32x32 RGB"))
    c_0, c_t, variance = posterior_coefficients(t, t - 1, LINEAR)
    x_t, hat = (float(x[0, 0, 4, 4]) for x in (what.x_t, guess))
    near = chart.plots[2]
    assert "of the picture at 32x32 RGB" in chart.sentence and "p_θ" in chart.sentence
    assert {mark.name: mark.x for mark in chart.plots[1].marks}["x̂_0"] == pytest.approx(hat)
    if t == 1:  # x_0 itself: no bell
        assert variance == 0 and near.x.low < hat < near.x.high
        return
    bells = {each.name: each for each in near.series}
    q, p = bells["q(x_s | x_t, x_0)"], bells["p_θ(x_s | x_t)"]
    assert np.average(p.x, weights=p.y) == pytest.approx(c_0 * hat + c_t * x_t, abs=1e-5)
    assert np.average(p.x, weights=p.y) - np.average(q.x, weights=q.y) == pytest.approx(0.5 * c_0, abs=1e-5)
    assert near.x.low < np.average(p.x, weights=p.y) < near.x.high
    assert f"{number(0.5 * c_0 / math.sqrt(variance))[:4]}" in chart.sentence.split("p_θ")[1]


def test_a_step_of_a_chain_says_what_p_theta_is_and_why_it_may_be_long() -> None:
    for s, skips in ((499, False), (480, True)):
        said = chart_of("posterior", moment(LINEAR, 500, s, guessed=True)).sentence
        assert "p_θ is the posterior with the model's guess" in said and ("may skip levels" in said) is skips


def test_why_there_is_no_guess_is_said() -> None:
    chart = chart_of("posterior", replace(moment(LINEAR, 300), said="the network makes moons"))
    assert "No p_θ here: the network makes moons." in chart.sentence and len(chart.plots[2].series) == 2


def test_the_posterior_is_the_forward_bell_after_x_t_is_seen() -> None:
    """Bayes, by quadrature: q(x_s | x_0) q(x_t | x_s) has the mean and variance that are shown."""
    t, s, x_0, x_t = 300, 250, 0.4, -0.2
    a_s, a_ts = LINEAR.alpha_bar[s], LINEAR.alpha_bar[t] / LINEAR.alpha_bar[s]
    x = np.linspace(-6, 6, 200_001)
    log_density = -((x - a_s**0.5 * x_0) ** 2) / (2 * (1 - a_s)) - (x_t - a_ts**0.5 * x) ** 2 / (2 * (1 - a_ts))
    weight = np.exp(log_density - log_density.max())
    mean = float((weight * x).sum() / weight.sum())
    variance = float((weight * (x - mean) ** 2).sum() / weight.sum())
    c_0, c_t, beta_tilde = posterior_coefficients(t, s, LINEAR)
    assert mean == pytest.approx(c_0 * x_0 + c_t * x_t, abs=1e-9)
    assert variance == pytest.approx(beta_tilde, rel=1e-8)


def test_the_numbers_at_the_pixel() -> None:
    what = moment(LINEAR, 501)
    chart = chart_of("posterior", what, channel=2)
    over_t, wide, near = chart.plots
    assert [dot.text for dot in over_t.dots] == ["3.058·10⁻³", "0.9941", "0.01005"]
    assert over_t.t == 501
    x_0, x_t = (float(x[0, 1, 4, 4]) for x in (what.x_0, what.x_t))
    mean = 3.05805708e-03 * x_0 + 0.99410435 * x_t
    assert near.marks[0].x == pytest.approx(mean, abs=1e-6)
    assert {mark.name: mark.x for mark in wide.marks} == pytest.approx({"x_t": x_t, "x_0": x_0})
    assert "green of x = 4, y = 4" in chart.sentence
    bell = near.series[-1]
    assert bell.name == "q(x_s | x_t, x_0)"
    assert float(bell.x[np.argmax(bell.y)]) == pytest.approx(mean, abs=1e-3)
    width = np.trapezoid(bell.y, bell.x) if hasattr(np, "trapezoid") else np.trapz(bell.y, bell.x)
    assert width / math.sqrt(2 * math.pi) == pytest.approx(math.sqrt(1.00513358e-02), rel=1e-3)  # √β̃


def test_any_lower_level_can_be_asked_for() -> None:
    chart = chart_of("posterior", moment(LINEAR, 500), back=100)
    assert chart.plots[0].dots[0].y == pytest.approx(posterior_coefficients(500, 400, LINEAR)[0])
    assert "x_s at s = 400" in chart.sentence and "may skip levels" in chart.sentence


@pytest.mark.parametrize("t", [0, 1, 1000])
@pytest.mark.parametrize("back", [1, 5000])
def test_both_ends(t: int, back: int) -> None:
    chart = chart_of("posterior", moment(LINEAR, t), back=back)
    if t == 0:
        assert len(chart.plots) == 1 and "no step leads back" in chart.sentence
    elif t == 1 or back > 1:  # x_0 itself: a bell without width
        assert [series.name for series in chart.plots[2].series] == []
        assert "deviation √β̃ = 0." in chart.sentence
    assert not any(np.isnan(dot.y) for plot in chart.plots for dot in plot.dots)
    assert dict(chart.used).get("back", back) <= max(back * (t == 0), LINEAR.T), "no further back than there are levels"


def test_a_state_of_a_chain_shows_where_its_own_step_goes() -> None:
    chart = chart_of("posterior", moment(LINEAR, 500, 480, guessed=True))
    assert "x_s at s = 480" in chart.sentence
    assert chart.plots[2].series[-1].name == "p_θ(x_s | x_t)"


def test_the_curves_are_kept_while_t_moves() -> None:
    from diffviz.lenses.posterior import Posterior

    lens, params = Posterior(), {"back": 1, "channel": 1}
    one, other = (lens.chart(moment(LINEAR, t), params) for t in (300, 301))
    assert all(a is b for a, b in zip(one.plots[0].series, other.plots[0].series, strict=True))


@pytest.mark.parametrize("t", [2, 100, 900])
def test_both_bells_and_all_marks_have_names(t: int) -> None:
    """Those of marks that are near one another are led: the plot leaves room for them at every t."""
    _, wide, near = chart_of("posterior", moment(LINEAR, t)).plots
    assert [series.name for series in wide.series] == ["q(x_s | x_0)", "q(x_s | x_t, x_0)"]
    assert {mark.name for mark in near.marks} == {"mean", "x_t", "x_0"} and wide.named and near.named
